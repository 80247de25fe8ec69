"""Creates headings for ranges of the transcript: the phrase that distinguishes each from the
others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import log

from .analysis import Analysis
from .language import joined
from .ranking import local_worth
from .terms import Term
from .topics import SentenceRange

_MAX_CHARS = 60
"""Maximum characters of a heading."""
_NAME = 0.4
"""Weight of a person's name in headings, compared with other phrases."""
_CLAUSE_END = re.compile(r"[,;:.!?](?=\s|$)|[，；：。！？、]| --? ")


def for_stretches(analysis: Analysis, stretches: Sequence[SentenceRange]) -> list[str]:
    """Return a heading for each range, without duplicates and repeated names."""
    used: set[str] = set()
    spent: set[tuple[str, ...]] = set()
    headings: list[str] = []
    for stretch in stretches:
        heading = _named(analysis, stretch, stretches, spent)
        if not heading or heading.casefold() in used:
            heading = _from_sentence(analysis, stretch, used)
        used.add(heading.casefold())
        headings.append(heading)
    return headings


def _named(
    analysis: Analysis,
    stretch: SentenceRange,
    stretches: Sequence[SentenceRange],
    spent: set[tuple[str, ...]],
) -> str:
    """Return the best name of a range, or its two best if each is too short."""
    fresh = [t for t in _own_terms(analysis, stretch, stretches) if not _met(t, spent)]
    if not fresh:
        return ""
    first = fresh[0]
    names = [first]
    if _is_short(first, analysis):
        others = [t for t in fresh[1:12] if not set(t.key) & set(first.key)]
        whole = next((t for t in others if not _is_short(t, analysis)), None)
        if whole is None and not others:
            return ""
        names = [whole] if whole else [first, others[0]]
    spent.update(term.key for term in names)
    return _titled(joined([term.text for term in names], analysis.language.code))


def _met(term: Term, spent: set[tuple[str, ...]]) -> bool:
    """Return True if an earlier heading contains half of the words of a term."""
    return any(2 * len(set(term.key) & set(key)) > len(set(key)) for key in spent)


def _is_short(term: Term, analysis: Analysis) -> bool:
    """Return True if a term is too short to be a heading by itself."""
    if not analysis.language.unspaced:
        return term.words == 1 and len(term.text) < 14
    return len(term.key) < 4 and " " not in term.text


def _own_terms(
    analysis: Analysis, stretch: SentenceRange, stretches: Sequence[SentenceRange]
) -> list[Term]:
    """Return the terms of a range, best first: frequent here and rare elsewhere."""
    ranked: list[tuple[float, Term]] = []
    for term in analysis.names:
        here = sum(index in stretch for index in term.where)
        if not here or len(term.text) > _MAX_CHARS or not term.whole:
            continue
        among = sum(any(index in other for index in term.where) for other in stretches)
        rare = log(1 + len(stretches) / among)
        width = min(term.words, 3) if not analysis.language.unspaced else len(term.text) ** 0.5
        share = here / max(1, len(term.where))
        favour = 2.0 if term.key in analysis.defined else _NAME if _is_name(term, analysis) else 1.0
        value = log(1 + here) * rare * (0.5 + 0.5 * width) * (0.4 + share) * term.score**0.3
        ranked.append((value * favour, term))
    ranked.sort(key=lambda pair: (-pair[0], pair[1].text))
    return [term for _, term in ranked]


def _is_name(term: Term, analysis: Analysis) -> bool:
    """Return True if a term is written as a name, most likely of a person."""
    capitals = all(word[:1].isupper() for word in term.text.split())
    return capitals and analysis.language.code != "de" and not analysis.language.unspaced


def _from_sentence(analysis: Analysis, stretch: SentenceRange, used: set[str]) -> str:
    """Return the best short sentence or clause of a range without a name."""
    scores = local_worth(analysis.sentences, stretch, analysis.worth)
    ranked = [analysis.sentences[i] for i in sorted(scores, key=lambda i: (-scores[i], i))]
    best = ranked[: max(3, len(ranked) // 2)]
    short = [s for s in best if 3 <= s.length <= 9 and not s.question and not s.broken]
    heading = ""
    for sentence in (*short, *ranked):
        heading = clause(sentence.opened)
        if heading.casefold() not in used:
            return heading
    number = 2
    while f"{heading} ({number})".casefold() in used:
        number += 1
    return f"{heading} ({number})"


def clause(text: str, limit: int = _MAX_CHARS) -> str:
    """Return the first clauses of a sentence that fit a heading; if none does, cut with an
    ellipsis."""
    bare = text.rstrip(".。!?！？ ")
    if len(bare) <= limit:
        return bare
    ends = [m.start() for m in _CLAUSE_END.finditer(bare) if 12 <= m.start() <= limit]
    if ends:
        return bare[: ends[-1]].rstrip(" ,;:，；：、")
    cut = bare[:limit]
    if " " in cut[limit // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:，；：、") + " …"


def _titled(text: str) -> str:
    """Return a phrase as a heading: its first letter capitalized, the rest unchanged."""
    first = text.split(maxsplit=1)[0] if text.split() else ""
    if any(char.isupper() for char in first[1:]):
        return text
    return text[:1].upper() + text[1:]
