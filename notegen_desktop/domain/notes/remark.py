"""The user's remarks: marked text in a note, or in the transcript, with a comment.

A remark is bound to its text, not to a position: only letters and digits count, so that it stays
when the text around it is edited, or other characters, emphasis or times are inserted. If its text
is deleted, the remark is kept and shown apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from notegen_desktop.domain.words import N_

MARK_COLOURS = {
    "yellow": N_("Yellow"),
    "green": N_("Green"),
    "blue": N_("Blue"),
    "pink": N_("Pink"),
}
"""Marker colours; the first is the default."""

BEFORE_CHARS = 40
"""Letters before the marked text that are stored: they identify it among equal texts."""

_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Remark:
    """Marked text, in a `color`, and its comment (`text`, may be empty).

    A remark on a note has a `section` (its heading) and a `level`, and the text `before` it. One on
    the transcript has the time `start_s` in seconds. `made_at` is ISO 8601 in UTC.
    """

    id: str
    quote: str
    text: str = ""
    color: str = "yellow"
    section: str = ""
    level: str = ""
    before: str = ""
    start_s: float | None = None
    made_at: str = ""

    @property
    def known_color(self) -> str:
        """Its colour, or the default for an unknown one."""
        return self.color if self.color in MARK_COLOURS else next(iter(MARK_COLOURS))

    @property
    def is_spoken(self) -> bool:
        """True for a remark on the transcript."""
        return self.start_s is not None


def letters(text: str) -> tuple[str, list[int]]:
    """Return the letters and digits of a text, and their positions."""
    places = [at for at, sign in enumerate(text) if not _SIGNS.match(sign)]
    return "".join(text[at].casefold()[0] for at in places), places


def span_of(text: str, remark: Remark) -> tuple[int, int] | None:
    """Return the span of a remark's text: the match whose preceding text is most similar to the
    stored one. None if it is deleted."""
    words, places = letters(text)
    quote, before = letters(remark.quote)[0], letters(remark.before)[0]
    best: tuple[int, int] | None = None
    at = words.find(quote) if quote else -1
    while at >= 0:
        alike = _alike(words[:at], before)
        if best is None or alike > best[0]:
            best = (alike, at)
        at = words.find(quote, at + 1)
    if best is None:
        return None
    return places[best[1]], places[best[1] + len(quote) - 1] + 1


def _alike(before: str, wanted: str) -> int:
    count = 0
    for one, other in zip(reversed(before), reversed(wanted), strict=False):
        if one != other:
            break
        count += 1
    return count
