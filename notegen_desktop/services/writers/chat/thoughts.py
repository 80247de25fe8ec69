"""What a model thinks before it answers is no part of the answer, however it is marked."""

from __future__ import annotations

import re

_OPEN = re.compile(
    r"\s*(?:<(?:seed:)?(?:think|thinking|thought|reasoning)>|\[THINK\]|<\|channel\|>analysis)"
)
_CLOSE = re.compile(
    r"</(?:seed:)?(?:think|thinking|thought|reasoning)>|\[/THINK\]|<\|channel\|>final<\|message\|>"
)
"""Marks of Qwen and DeepSeek, of others like them, of Magistral, and of gpt-oss where its server
does not read them."""
_BEGINNINGS = ("{", "[", "```")


class ThoughtFilter:
    """Text in, text without thoughts out.

    Thoughts stand between two marks; some servers leave out the first. So what begins like no
    answer is held back until it is known what it was.
    """

    def __init__(self) -> None:
        self._held = ""
        self._answers = False

    def feed(self, text: str) -> str:
        if self._answers:
            return text
        self._held += text
        closed = None
        if not self._is_answer(self._held):  # an answer may speak of the mark
            closed = _CLOSE.search(self._held)
            self._held = self._held[closed.end() :] if closed else self._held
        if self._is_answer(self._held) or (closed and self._held.strip()):
            self._answers = True
            held, self._held = self._held, ""
            return held
        return ""

    @staticmethod
    def _is_answer(held: str) -> bool:
        begun = held.lstrip()
        if begun.startswith("[") and "[THINK]".startswith(begun[:7]):
            return False  # a mark, or the beginning of one
        return begun.startswith(_BEGINNINGS)

    def end(self) -> str:
        """What was held back after all, unless it is a thought without an end."""
        held, self._held = self._held, ""
        return "" if _OPEN.match(held) else held
