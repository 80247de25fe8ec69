"""Says why notes have no pictures."""

from __future__ import annotations

from notegen_desktop.services.ports import PicturesTaken
from notegen_desktop.ui.kit.messages import Message, MessageBar


class PictureNews:
    """Says once what hinders several notes. Pictures that came are there to be seen."""

    def __init__(self, messages: MessageBar) -> None:
        self._messages = messages
        self._failures: set[str] = set()

    def tell(self, taken: PicturesTaken) -> None:
        """What became of the pictures of a note."""
        failure = taken.failure
        if failure is not None and failure.message not in self._failures:
            self._failures.add(failure.message)
            words = f"No pictures in “{taken.note.title}”: {failure.message}"
            self._messages.show_message(Message(words, failure.hint, tone="info"))
