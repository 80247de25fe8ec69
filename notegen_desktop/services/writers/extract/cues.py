"""Turns of phrase that give a sentence its part: advice, a definition, a warning, a greeting.

One pattern for each part and language, searched in lower-case text. A part without a pattern in a
language is simply not recognised there, and the engine falls back on relevance.
"""

from __future__ import annotations

import re
from functools import cache

from .parts import Part
from .phrases import OTHERS
from .phrases_english import ENGLISH


@cache
def _pattern(part: Part, code: str) -> re.Pattern[str] | None:
    source = ENGLISH[part] if code == "en" else OTHERS[part].get(code)
    if source is None:
        return None
    open_ended = code in ("zh", "ja", "ar", "ru", "de")  # these inflect or have no word borders
    return re.compile(source if open_ended else rf"(?<!\w)(?:{source})")


def hits(part: Part, code: str, text: str) -> int:
    """How many turns of phrase of a part a text has, at most three."""
    pattern = _pattern(part, code)
    if pattern is None:
        return 0
    found = 0
    for _ in pattern.finditer(text.lower().replace("’", "'")):
        found += 1
        if found == 3:
            break
    return found


def knows(part: Part, code: str) -> bool:
    """Whether a part can be recognised in a language at all."""
    return code == "en" or code in OTHERS[part]
