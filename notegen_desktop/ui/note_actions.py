"""What is done with a note outside the window: opening its video, following links, saving it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QUrl
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.notes import Level, Note
from notegen_desktop.domain.outgoing_links import plain_mail
from notegen_desktop.domain.video import Video
from notegen_desktop.services.machine.local_files import local_path
from notegen_desktop.services.ports import Exporter

from .messages import Message, MessageBar
from .outside import open_outside
from .tasks import Tasks


class NoteActions(QObject):
    """Carries out the wishes of note pages; says in the message bar what came of them.

    `name_of` gives the name of a template by its id.
    """

    def __init__(
        self,
        window: QWidget,
        tasks: Tasks,
        messages: MessageBar,
        *,
        name_of: Callable[[str], str],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._tasks = tasks
        self._messages = messages
        self._name_of = name_of
        self._exporter: Exporter | None = None
        self._folder: Path | None = None

    def attach(self, exporter: Exporter) -> None:
        self._exporter = exporter

    def open_at(self, video: Video, seconds: float) -> bool:
        """The video at a time, in the browser; a local file in its own program.

        Returns whether it opened; where it did not, that is said.
        """
        address = video.link_at(seconds)
        url = QUrl(address or local_path(video.url).absolute().as_uri())
        return self._open(url, "video")

    def open_link(self, url: str, video: Video | None) -> None:
        """An address that stands in a note; another site than the video's is asked about."""
        from .dialogs import confirm_external_link  # late: the first paint does not need it

        self._tasks.start(
            confirm_external_link(self._window, url, video),
            done=lambda yes: self._open(QUrl(plain_mail(url)), "link") if yes else None,
        )

    def say(self, words: str) -> None:
        """A piece of good news."""
        self._messages.show_message(Message(words, tone="success"))

    def save(self, note: Note, format: str, level: Level) -> None:
        """Ask where to, then write the file there."""
        from .saving import ask_where, write_note  # late: the first paint does not need it

        exporter = self._exporter
        if exporter is None:
            return
        kind = self._name_of(note.template)

        def write(path: Path | None) -> None:
            if path is not None:
                work = write_note(path, exporter, note, format, level, kind=kind)
                self._tasks.start(work, done=self._saved, to_end=True)

        asking = ask_where(self._window, note, format, kind=kind, folder=self._folder)
        self._tasks.start(asking, done=write)

    def _saved(self, path: Path) -> None:
        self._folder = path.parent
        folder = QUrl(path.parent.absolute().as_uri())
        self._messages.show_message(
            Message(
                f"Saved as {path.name}.",
                tone="success",
                action="Show folder",
                on_action=lambda: self._open(folder, "folder"),
            )
        )

    def _open(self, url: QUrl, what: str) -> bool:
        return open_outside(url, self._tasks, self._messages.show_message, what=what)
