"""Display of text from outside: on one line, shortened, in its own direction; display names."""

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
    """Return `text` without characters that text engines or clipboards cannot handle."""
    return _NONCHARACTERS.sub("\ufffd", harmless(text))


def one_line(text: str) -> str:
    """Return a title, name or label on one line, with invisible characters made visible."""
    return " ".join(visible(plain(text)).split())


def shortened(text: str, chars: int) -> str:
    """Return `text` cut to at most `chars` characters plus an ellipsis.

    The cut is between words if possible, never within a letter. For a width in pixels use `elided`.
    """
    if len(text) <= chars:
        return text
    end = chars
    while end > 1 and _belongs_to_letter_before(text[end]):
        end -= 1
    space = text.rfind(" ", 0, end + 1)
    return f"{text[: space if space > chars * 2 // 3 else end].rstrip()}…"


def _belongs_to_letter_before(char: str) -> bool:
    """Return True for combining marks, joiners and variation selectors of emoji."""
    return unicodedata.category(char) in ("Mn", "Mc", "Me") or char in "\u200d\ufe0f"


def has_right_to_left(text: str) -> bool:
    """Return True if any letter belongs to a right-to-left script."""
    return not text.isascii() and any(
        unicodedata.bidirectional(char) in ("R", "AL") for char in text
    )


def runs_right_to_left(text: str) -> bool:
    """Return True if most letters at the beginning belong to a right-to-left script."""
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
    """Return tag and name of the languages notes can be written in, sorted by name."""
    named = [(tag, _(name)) for tag, name in known_languages().items()]
    return sorted(named, key=lambda one: one[1].casefold())


def engine_name(engine: str) -> str:
    return _(ENGINE_NAMES.get(engine, engine))


class Written(Protocol):
    """Engine and model that wrote a note: a note, or a row about one."""

    @property
    def engine(self) -> str: ...
    @property
    def model(self) -> str: ...


def written_by(note: Written, twins: Iterable[Written]) -> str:
    """Return what distinguishes a note from others of the same template.

    This is its engine, or its model if the engines are the same; "" if neither differs.
    """
    twins = tuple(twins)
    if any(twin.engine != note.engine for twin in twins):
        return engine_name(note.engine)
    return note.model if any(twin.model != note.model for twin in twins) else ""


# --- Tooltips ---

TIP_CHARS = 72
"""Maximum characters per line of a tooltip."""


def plain_tip(text: str) -> str:
    """Return `text` for a tooltip, escaped so that Qt does not take it for HTML; "" for none.

    Screen readers speak the raw tooltip, so HTML is used only if the text contains "<".
    """
    if "<" not in text:
        lines = plain(text).splitlines()
        return "\n".join(part for line in lines for part in textwrap.wrap(line, TIP_CHARS))
    escaped = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    return f"<qt>{escaped}</qt>"
