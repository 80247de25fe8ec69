"""What a model thinks before it answers is no part of the answer, however it is marked."""

from __future__ import annotations

_OPEN, _CLOSE = "<think>", "</think>"
_BEGINNINGS = ("{", "[", "```")


class ThoughtFilter:
    """Text in, text without thoughts out.

    Thoughts stand between `<think>` and `</think>`; some servers leave out the first mark. So what
    begins like no answer is held back until it is known what it was.
    """

    def __init__(self) -> None:
        self._held = ""
        self._answers = False

    def feed(self, text: str) -> str:
        if self._answers:
            return text
        self._held += text
        closed = ""
        if not self._held.lstrip().startswith(_BEGINNINGS):  # an answer may speak of the mark
            _, closed, rest = self._held.partition(_CLOSE)
            self._held = rest if closed else self._held
        begun = self._held.lstrip()
        if begun.startswith(_BEGINNINGS) or (closed and begun):
            self._answers = True
            held, self._held = self._held, ""
            return held
        return ""

    def end(self) -> str:
        """What was held back after all, unless it is a thought without an end."""
        held, self._held = self._held, ""
        return "" if held.lstrip().startswith(_OPEN) else held
