"""Compares texts, and detects endless repetition, as of models that lost the thread.

Repetition is detected while an answer grows, which limits its cost. A refrain, a table and a list
of similar items repeat themselves, too, but not as often, as long, or as literally.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise, takewhile

from notegen_desktop.domain.notes.note import DraftSection
from notegen_desktop.domain.text.features import tokens

TAIL_CHARS = 4_000
"""Characters at the end of a text that are examined."""
MIN_REPEATED_CHARS = 600
MIN_REPETITIONS = 6
"""Minimum repetitions, and minimum characters that they cover."""
ALIKE = 0.9
"""Minimum share of common words, counted with repetitions, of equal texts."""
SECTIONS = 8
"""Equal sections in a row from which an answer is no note any more."""
MIN_WORDS = 12
"""Minimum words of compared sections; shorter ones, such as “Yes” on a card, may be equal."""

_DIGITS = re.compile(r"\d+")
_LISTING = re.compile(r'(?:"[\d:]{1,8}",\s*){200}\Z')
"""Labels in JSON: more in a row than any section can cite."""


def ends_in_repetition(text: str) -> bool:
    """Return True if the end of a text is one passage repeated, with equal or counting numbers."""
    tail = text[-TAIL_CHARS:]
    if _is_repetition(tail, min_chars=MIN_REPEATED_CHARS) or _LISTING.search(tail):
        return True
    counted = _DIGITS.sub("0", tail)
    return counted != tail and _is_repetition(
        counted, min_chars=2 * MIN_REPEATED_CHARS, min_letters=20
    )


def _is_repetition(tail: str, *, min_chars: int, min_letters: int = 0) -> bool:
    """Return True if at least the last `min_chars` characters repeat a passage with
    `min_letters` letters or more."""
    if len(tail) < min_chars:
        return False
    probe = tail[-40:]
    before = tail.rfind(probe, 0, len(tail) - 1)
    if before < 0:
        return False
    size = len(tail) - 40 - before
    reach = max(min_chars, MIN_REPETITIONS * size)
    if reach > len(tail) or sum(map(str.isalpha, tail[-size:])) < min_letters:
        return False
    return tail[-reach:-size] == tail[-reach + size :]


def repeated_sections(sections: Sequence[DraftSection]) -> int:
    """Return the number of sections at the end that repeat the one before; 0 for too few."""
    whole = sections[:-1][-3 * SECTIONS :]
    if len(whole) < SECTIONS:
        return 0
    # Called for each chunk of an answer: words are counted only as far back as texts are alike.
    counted = (Counter(tokens(section.comprehensive)) for section in reversed(whole))
    number = sum(1 for _ in takewhile(lambda pair: alike(*pair), pairwise(counted)))
    return number if number + 1 >= SECTIONS else 0


def alike(first: Counter[str], second: Counter[str]) -> bool:
    """Return True if two texts of some length, given by their words, are nearly equal."""
    sizes = first.total(), second.total()
    if min(sizes) < MIN_WORDS or min(sizes) < ALIKE * ALIKE * max(sizes):
        return False
    return overlap(first, second) >= ALIKE


def overlap(first: Counter[str], second: Counter[str]) -> float:
    """Return the share of common words of two texts, with repetitions; 1 for equal ones."""
    total = first.total() + second.total()
    return 2 * (first & second).total() / total if total else 1.0


def heading_key(heading: str) -> str:
    """Return the normalized form of a heading, equal for different spellings."""
    return " ".join(tokens(heading)) or heading.strip()
