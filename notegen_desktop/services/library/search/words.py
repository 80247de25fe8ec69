"""Normalizes words for search: without case and accents, characters of scripts without spaces one
by one."""

from __future__ import annotations

import re
import unicodedata

from notegen_desktop.domain.text.scripts import UNSPACED, characters

MAX_WORDS = 24
MAX_CHARS = 64
"""Maximum characters of a query's word; longer ones are cut."""

TITLE_WEIGHT = 8.0
"""Weight of a word in a title or the name of a channel; in the text it is 1."""

UNSPACED_LETTER = re.compile(f"([{UNSPACED}{characters('Tibetan', 'Bopomofo')}])")
_WORD = re.compile(r"[^\W_]+")
MARKS = (
    "\u0300-\u036f"  # of Latin, Greek and Cyrillic letters
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"  # Arabic vowel signs, hamza, tatweel
)
"""Marks that users omit when they type a word; those of other scripts are spelling."""

_MARK = re.compile(f"[{MARKS}]")
_PLAIN_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}
)
"""Letters with a stroke, which Unicode does not decompose."""


def words_of(query: str) -> list[str]:
    """Return the folded words of a query; those of scripts without spaces as phrases of
    characters."""
    runs = (folded(chunk).strip() for chunk in query[: MAX_WORDS * MAX_CHARS].split())
    return [run[:MAX_CHARS].strip() for run in runs if run][:MAX_WORDS]


def folded(value: str) -> str:
    """Return the words without case and accents, surrounded by spaces."""
    plain = unicodedata.normalize("NFKC", value).translate(FOLDING)
    words = _WORD.findall(UNSPACED_LETTER.sub(r" \1 ", plain))
    return f" {' '.join(words)} "


class _Folding(dict[int, str]):
    """A table for `str.translate` that folds each character."""

    def __missing__(self, code: int) -> str:
        bare = _MARK.sub("", unicodedata.normalize("NFD", chr(code).casefold()))
        self[code] = unicodedata.normalize("NFC", bare.translate(_PLAIN_LETTERS))
        return self[code]


FOLDING = _Folding()


def titles_first(best: list[int], titled: list[int]) -> list[int]:
    """Put notes with the words in a title first, older ones too, then the rest of the ranked
    notes."""
    among, ranked = set(titled), set(best)
    older = [each for each in titled if each not in ranked]
    return [e for e in best if e in among] + older + [e for e in best if e not in among]
