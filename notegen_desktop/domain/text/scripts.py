"""Scripts: their characters, and which have no spaces between words.

Each value is the inside of a character class of a regular expression. The blocks are Unicode's,
with a script's characters outside its main block: half-width kana, Arabic presentation forms.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import chain

HIRAGANA = "\u3040-\u309f"
KATAKANA = "\u30a1-\u30ff\u31f0-\u31ff\uff66-\uff9f"

SCRIPTS: dict[str, str] = {
    "Kana": "\u3040-\u30ff\u31f0-\u31ff\uff66-\uff9f",
    "Hangul": "\u1100-\u11ff\u3131-\u318e\ua960-\ua97f\uac00-\ud7ff",
    "Han": "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af",
    "Bopomofo": "\u3100-\u312f\u31a0-\u31bf",
    "Thai": "\u0e00-\u0e7f",
    "Lao": "\u0e80-\u0eff",
    "Tibetan": "\u0f00-\u0fff",
    "Burmese": "\u1000-\u109f",
    "Khmer": "\u1780-\u17ff",
    "Hebrew": "\u0590-\u05ff\ufb1d-\ufb4f",
    "Arabic": "\u0600-\u06ff\u0750-\u077f\u0870-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
    "Greek": "\u0370-\u03ff\u1f00-\u1fff",
    "Cyrillic": "\u0400-\u052f",
    "Armenian": "\u0530-\u058f",
    "Georgian": "\u10a0-\u10ff",
    "Ethiopic": "\u1200-\u137f",
    "Devanagari": "\u0900-\u097f",
    "Bengali": "\u0980-\u09ff",
    "Gurmukhi": "\u0a00-\u0a7f",
    "Gujarati": "\u0a80-\u0aff",
    "Tamil": "\u0b80-\u0bff",
    "Telugu": "\u0c00-\u0c7f",
    "Kannada": "\u0c80-\u0cff",
    "Malayalam": "\u0d00-\u0d7f",
    "Sinhala": "\u0d80-\u0dff",
    "Latin": "A-Za-z\u00c0-\u024f\u1e00-\u1eff",
}


def characters(*names: str) -> str:
    """Return the characters of several scripts, for one character class."""
    return "".join(SCRIPTS[name] for name in names)


UNSPACED = characters("Thai", "Lao", "Burmese", "Khmer", "Han", "Kana")
"""Scripts without spaces between words. Tibetan separates its syllables by a mark."""

WIDE_MARKS = "\u3000-\u303f\uff01-\uff65"
"""East Asian punctuation, which includes its own space; full-width letters and digits, too."""

CJK = f"\u2e80-\u2fdf{characters('Han', 'Kana', 'Bopomofo')}{WIDE_MARKS}"
"""Characters of Chinese and Japanese texts, radicals and punctuation included: no space within."""

GLUED = "\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc"
"""Hebrew, Arabic and related scripts: written from right to left, with articles and prepositions
attached to words."""


def _vowel_signs() -> str:
    blocks = chain(range(0x0900, 0x1000), range(0x1700, 0x1D00), range(0xA800, 0xAC00))
    marks = (chr(code) for code in blocks if unicodedata.category(chr(code)) in ("Mn", "Mc"))
    return re.sub(f"[{UNSPACED}]", "", "".join(marks))


VOWEL_SIGNS = _vowel_signs()
"""Vowels and marks written around the letters of Indic scripts with spaces between words: part of
a word, though `\\w` does not match them."""
