"""Finds the terms of a transcript: phrases that name its subjects, longer ones preferred.

With spaces: runs of meaningful words, weighted by frequency and unevenness, minus their share in a
longer phrase. Without: runs of one script (Japanese) or strings of characters whose neighbours vary
(Chinese, by branching entropy).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from . import candidates
from .candidates import Candidate
from .language import UNSPACED, Language
from .sentences import Sentence


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase in its most frequent spelling. `where` are sentence indexes; `whole` means that it
    mostly occurs by itself, not as a part of a longer phrase."""

    text: str
    key: tuple[str, ...]
    score: float
    where: tuple[int, ...]
    whole: bool = True

    @property
    def words(self) -> int:
        return len(self.key)


_SPREAD = 24
"""Blocks the transcript is divided into to measure how unevenly a phrase occurs."""


def find(sentences: Sequence[Sentence], language: Language) -> list[Term]:
    """Return all terms, best first. A phrase said once is a term only if the transcript is very
    short."""
    find_candidates = candidates.unspaced if language.unspaced else candidates.spaced
    found_by_key = find_candidates(sentences, language)
    blocks = max(1, min(_SPREAD, len(sentences) // 4))
    per_block = max(1, -(-len(sentences) // blocks))
    nested = _nested(found_by_key)
    scored: list[Term] = []
    for key, found in found_by_key.items():
        own = found.times - nested.get(key, 0.0)
        if own < 1 or (own < 0.34 * found.times and found.times > 1):
            continue
        spread = len({index // per_block for index in found.where})
        burst = log(1 + blocks / spread)
        score = own**0.38 * _width(key, language) * (0.6 + 0.4 * burst)
        form = min(found.forms.items(), key=lambda item: (-item[1], item[0]))[0]
        if found.times == 1:
            score *= (
                0.45  # in a short transcript a term may occur once, but a repeated one is better
            )
        if _is_name(form, found.forms, language):
            score *= 1.25
        whole = 2 * found.closed > found.times or language.unspaced
        scored.append(Term(form, key, score, tuple(dict.fromkeys(found.where)), whole))
    scored.sort(key=lambda term: (-term.score, term.where[0], term.text))
    return scored


def _width(key: tuple[str, ...], language: Language) -> float:
    """Return the weight of a phrase of several words, or characters, over a single one."""
    if not language.unspaced:
        return 1.0 + 0.9 * (min(len(key), 3) - 1)
    if len(key) == 1 and not UNSPACED.match(key[0]):
        return 1.6 + 0.3 * min(2, key[0].count(" "))
    return float(min(sum(len(part) for part in key), 6) ** 0.6)


def _nested(phrases: dict[tuple[str, ...], Candidate]) -> dict[tuple[str, ...], float]:
    """Return how often each phrase occurs only as a part of longer ones."""
    inside: dict[tuple[str, ...], float] = defaultdict(float)
    for key, found in phrases.items():
        if found.times < 2:
            continue
        for size in range(1, len(key)):
            for start in range(len(key) - size + 1):
                part = key[start : start + size]
                if part in phrases:
                    inside[part] = max(inside[part], float(found.times))
    return inside


def _is_name(form: str, forms: Counter[str], language: Language) -> bool:
    """Return True if a phrase is mostly written with capitals (in German every noun is)."""
    if language.code == "de":
        return False
    return form[:1].isupper() and form.lower() != form and sum(forms.values()) > 1
