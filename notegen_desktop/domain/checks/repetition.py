"""Whether texts are alike, and whether one goes round in circles, as models do that have lost the
thread.

Circles are seen while an answer grows, so that little is paid for it. A refrain, a table and a list
of likes repeat themselves, too, but not so often, not for so long, or not to the letter.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, takewhile

from notegen_desktop.domain.notes.note import DraftSection
from notegen_desktop.domain.text.features import tokens

TAIL_CHARS = 4_000
"""So much of the end of a text is looked at."""
LEAST_CHARS = 600
LEAST_TIMES = 6
"""A circle is gone round at least so often, over at least so many characters."""
ALIKE = 0.9
"""Two texts that share this much of their words, counted with repeats, are one text."""
SECTIONS = 8
"""So many sections in a row that say the same are no note any more."""
MIN_WORDS = 12
"""Shorter sections, such as “Yes” on a card, may well be alike."""

_DIGITS = re.compile(r"\d+")
_LISTING = re.compile(r'(?:"[\d:]{1,8}",\s*){200}\Z')
"""Labels as they stand in JSON: more in a row than any section can rest on."""


def goes_in_circles(text: str) -> bool:
    """Whether the end of a text is one passage over and over, be its numbers alike or counted."""
    tail = text[-TAIL_CHARS:]
    if _is_circle(tail, least=LEAST_CHARS) or _LISTING.search(tail):
        return True
    counted = _DIGITS.sub("0", tail)
    return counted != tail and _is_circle(counted, least=2 * LEAST_CHARS, letters=20)


def _is_circle(tail: str, *, least: int, letters: int = 0) -> bool:
    """Whether the last `least` characters or more repeat a passage of at least so many letters."""
    if len(tail) < least:
        return False
    probe = tail[-40:]
    before = tail.rfind(probe, 0, len(tail) - 1)
    if before < 0:
        return False
    size = len(tail) - 40 - before
    reach = max(least, LEAST_TIMES * size)
    if reach > len(tail) or sum(map(str.isalpha, tail[-size:])) < letters:
        return False
    return tail[-reach:-size] == tail[-reach + size :]


def repeated_sections(sections: Sequence[DraftSection]) -> int:
    """How many sections at the end say what another before them says; 0 where it is no circle."""
    whole = sections[:-1][-3 * SECTIONS :]
    if len(whole) < SECTIONS:
        return 0
    # Asked for each piece of an answer: words are counted only as far back as texts are alike.
    counted = (Counter(tokens(section.comprehensive)) for section in reversed(whole))
    number = sum(1 for _ in takewhile(lambda pair: alike(*pair), pairwise(counted)))
    return number if number + 1 >= SECTIONS else 0


def alike(first: Counter[str], second: Counter[str]) -> bool:
    """Whether two texts of some length, given by their words, are nearly the same."""
    sizes = first.total(), second.total()
    if min(sizes) < MIN_WORDS or min(sizes) < ALIKE * ALIKE * max(sizes):
        return False
    return overlap(first, second) >= ALIKE


def overlap(first: Counter[str], second: Counter[str]) -> float:
    """How much of two texts is the same words, repeats counted; 1 for equal ones."""
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 1.0


def heading_key(heading: str) -> str:
    """What two spellings of one heading have in common."""
    return " ".join(tokens(heading)) or heading.strip()
