"""What a reader marks in a note, or in the words of its video, and says of it.

A remark holds on to its words, not to a place: letters and digits alone count, so that it stays
where the text around it is edited, and other signs, stress or times come into it. Where its words
are gone it is told so, and kept.
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
"""What words can be marked with; the first unless another is chosen."""

BEFORE_CHARS = 40
"""Letters before the words that are kept: they tell which of several such places is meant."""

_SIGNS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Remark:
    """Words that were marked, in a `color`, and what is said of them (`text`, may be empty).

    Those of a note stood in a `section` (its heading) at a `level`, behind `before`. Those of the
    transcript were said at `start_s` seconds. `made_at` is ISO 8601 in UTC.
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
        """Its colour, or the first where a file has another."""
        return self.color if self.color in MARK_COLOURS else next(iter(MARK_COLOURS))

    @property
    def is_spoken(self) -> bool:
        """Whether it is on the words of the video."""
        return self.start_s is not None


def letters(text: str) -> tuple[str, list[int]]:
    """The letters and digits of a text, and where in it each of them stands."""
    places = [at for at, sign in enumerate(text) if not _SIGNS.match(sign)]
    return "".join(text[at].casefold()[0] for at in places), places


def span_of(text: str, remark: Remark) -> tuple[int, int] | None:
    """Where the words of a remark stand in a text: the place whose beginning is most like that
    which they stood behind. None where they are gone."""
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
