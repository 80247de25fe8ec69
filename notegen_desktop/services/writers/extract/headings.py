"""Headings for stretches of the talk: the phrase that tells each from the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from .analysis import Analysis
from .language import joined
from .ranking import local_worth
from .sentences import Sentence
from .terms import Term
from .topics import Stretch

_WEAK_OPENINGS = frozenset(
    {"i", "i'm", "i'll", "i've", "let's", "here", "here's", "there", "there's", "otherwise", "well"}
)
"""English words that open a sentence which only points at something."""

_MAX_CHARS = 60
"""Characters of a heading made from a sentence."""


_TELLING_WORTH = 0.3
"""How good a sentence must be, compared with the best of its stretch, to be a heading."""

_ENOUGH = 4
"""Sentences a stretch must have before one of them is used up as its heading."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, and the index of the sentence it is, where it is one."""

    text: str
    sentence: int | None = None


def for_stretches(
    analysis: Analysis, stretches: Sequence[Stretch], *, telling: bool = False
) -> list[Heading]:
    """A heading for each stretch, no two the same.

    `telling` prefers a short sentence of the stretch, where there is one that says something, over
    the name of its subject: for steps and slides. Others get one only for want of a good name.
    """
    used: set[str] = set()
    spent: set[tuple[str, ...]] = set()
    headings: list[Heading] = []
    for stretch in stretches:
        heading = _telling(analysis, stretch, used) if telling else None
        heading = heading or _naming(analysis, stretch, stretches, used, spent)
        used.add(heading.text.casefold())
        headings.append(heading)
    return headings


def _naming(
    analysis: Analysis,
    stretch: Stretch,
    stretches: Sequence[Stretch],
    used: set[str],
    spent: set[tuple[str, ...]],
) -> Heading:
    fresh = [term for term in _own_terms(analysis, stretch, stretches) if term.key not in spent]
    if not fresh:
        return Heading(_from_sentence(analysis, stretch, used))
    first = fresh[0]
    names = [first.text]
    if _is_short(first, analysis):
        partner = next((t for t in fresh[1:6] if not set(t.key) & set(first.key)), None)
        if partner is not None and not _is_short(partner, analysis):
            first, names = partner, [partner.text]
        elif partner is not None:
            names.append(partner.text)
    if len(names) > 1 and (telling := _telling(analysis, stretch, used)) is not None:
        return telling  # two words side by side say less than a short sentence
    spent.add(first.key)
    heading = _titled(joined(names, analysis.language.code))
    if heading.casefold() in used:
        heading = _from_sentence(analysis, stretch, used)
    return Heading(heading)


def _is_short(term: Term, analysis: Analysis) -> bool:
    """Whether a term says too little to be a heading by itself."""
    if not analysis.language.unspaced:
        return term.words == 1
    return len(term.key) < 4 and " " not in term.text


def _own_terms(analysis: Analysis, stretch: Stretch, stretches: Sequence[Stretch]) -> list[Term]:
    """The terms of a stretch, best first: said often here and seldom elsewhere."""
    ranked: list[tuple[float, Term]] = []
    for term in analysis.terms[:400]:
        here = sum(index in stretch for index in term.where)
        if not here or _too_long(term.text):
            continue
        among = sum(any(index in other for index in term.where) for other in stretches)
        rare = log(1 + len(stretches) / among)
        width = min(term.words, 3) if not analysis.language.unspaced else len(term.text) ** 0.5
        share = here / max(1, len(term.where))
        ranked.append(
            (log(1 + here) * rare * (0.5 + 0.5 * width) * (0.4 + share) * term.score**0.3, term)
        )
    ranked.sort(key=lambda pair: (-pair[0], pair[1].text))
    return [term for _, term in ranked]


def _too_long(text: str) -> bool:
    return len(text) > _MAX_CHARS


def _telling(analysis: Analysis, stretch: Stretch, used: set[str]) -> Heading | None:
    if stretch.last - stretch.first < _ENOUGH:
        return None
    scores = local_worth(analysis.sentences, stretch, analysis.worth)
    fitting = [index for index in scores if _stands_alone(analysis, analysis.sentences[index])]
    for index in sorted(fitting, key=lambda i: (-scores[i], i))[:3]:
        text = analysis.sentences[index].text.rstrip(".。 ")
        if text.casefold() not in used and scores[index] >= _TELLING_WORTH:
            return Heading(text, index)
    return None


def _stands_alone(analysis: Analysis, sentence: Sentence) -> bool:
    words = analysis.language.words
    first = sentence.words[0] if sentence.words else ""
    return (
        3 <= sentence.length <= 8.5
        and len(sentence.text) <= _MAX_CHARS
        and not sentence.broken
        and not sentence.question
        and len(sentence.stem_set) >= 2
        and first not in words.anaphora | words.connectors | _WEAK_OPENINGS
        and not re.search(r"--|[:;\"“”：，]", sentence.text)
    )


def _from_sentence(analysis: Analysis, stretch: Stretch, used: set[str]) -> str:
    """The beginning of the best sentence, for a stretch that has no term of its own left."""
    scores = local_worth(analysis.sentences, stretch, analysis.worth)
    heading = ""
    for index in sorted(scores, key=lambda i: (-scores[i], i)):
        heading = shortened(analysis.sentences[index].text)
        if heading.casefold() not in used:
            return heading
    number = 2
    while f"{heading} ({number})".casefold() in used:
        number += 1
    return f"{heading} ({number})"


def shortened(text: str, limit: int = _MAX_CHARS) -> str:
    """A text cut at a word so that it fits a heading; an ellipsis says so."""
    bare = text.rstrip(".。 ")
    if len(bare) <= limit:
        return bare
    cut = bare[:limit]
    if " " in cut[limit // 2 :]:
        cut = cut[: cut.rindex(" ")]
    return cut.rstrip(" ,;:，；：、") + " …"


def _titled(text: str) -> str:
    """A phrase as a heading: its first letter large, the rest as the talk has it."""
    first = text.split(maxsplit=1)[0] if text.split() else ""
    if any(char.isupper() for char in first[1:]):
        return text
    return text[:1].upper() + text[1:]
