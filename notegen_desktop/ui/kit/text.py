"""Text from outside as it is shown: on one line, in its own direction, with names people know."""

from __future__ import annotations

import re
import textwrap
import unicodedata
from collections.abc import Iterable
from typing import Protocol

from notegen_desktop.domain.text.cleaning import harmless, visible
from notegen_desktop.domain.text.languages import known_languages
from notegen_desktop.domain.words import N_, _

_NONCHARACTERS = re.compile("[\ufffe\uffff]")


def plain(text: str) -> str:
    """`text` without what no text engine or clipboard should meet."""
    return _NONCHARACTERS.sub("\ufffd", harmless(text))


def one_line(text: str) -> str:
    """A title, name or label: all that is in it is seen."""
    return " ".join(visible(plain(text)).split())


def shortened(text: str, chars: int) -> str:
    """`text` with at most `chars` characters before an ellipsis, cut between words if it can be and
    never within a letter. Where the room is known in px, `elided` is the way."""
    if len(text) <= chars:
        return text
    end = chars
    while end > 1 and _belongs_to_letter_before(text[end]):
        end -= 1
    space = text.rfind(" ", 0, end + 1)
    return f"{text[: space if space > chars * 2 // 3 else end].rstrip()}…"


def _belongs_to_letter_before(char: str) -> bool:
    """Accents, vowel signs and what joins or varies emoji."""
    return unicodedata.category(char) in ("Mn", "Mc", "Me") or char in "\u200d\ufe0f"


def runs_right_to_left(text: str) -> bool:
    """Whether most of the letters at the beginning belong to a right-to-left script."""
    if text.isascii():
        return False
    kinds = [unicodedata.bidirectional(char) for char in text[:2000]]
    right = sum(kind in ("R", "AL") for kind in kinds)
    return right > kinds.count("L")


ENGINE_NAMES = {
    "gemini": "Gemini",
    "gemini-legacy": "Gemini (legacy)",
    "offline": N_("Offline extract"),
}


def offered_languages() -> list[tuple[str, str]]:
    """Languages that notes can be written in, by name: tag and name."""
    named = [(tag, _(name)) for tag, name in known_languages().items()]
    return sorted(named, key=lambda one: one[1].casefold())


def engine_name(engine: str) -> str:
    return _(ENGINE_NAMES.get(engine, engine))


class Written(Protocol):
    """What was written, by what: a note, or a row about one."""

    @property
    def engine(self) -> str: ...
    @property
    def model(self) -> str: ...


def written_by(note: Written, twins: Iterable[Written]) -> str:
    """What tells a note from others of the same kind: its engine, or its model where the engine is
    the same; "" where neither does."""
    twins = tuple(twins)
    if any(twin.engine != note.engine for twin in twins):
        return engine_name(note.engine)
    return note.model if any(twin.model != note.model for twin in twins) else ""


# --- Tool tips that show their words as they are ---

TIP_CHARS = 72
"""As wide as a tip becomes."""


def plain_tip(text: str) -> str:
    """`text` for a tool tip, which would otherwise guess whether it is HTML; "" for none.

    A screen reader reads a tip as it stands, so it is HTML only where it would be taken for it.
    """
    if "<" not in text:
        lines = plain(text).splitlines()
        return "\n".join(part for line in lines for part in textwrap.wrap(line, TIP_CHARS))
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    return f"<qt>{escaped}</qt>"
