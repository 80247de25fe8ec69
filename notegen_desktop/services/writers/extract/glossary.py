"""Key terms, each with the sentence of the talk that comes nearest to a definition."""

from __future__ import annotations

from dataclasses import dataclass, replace

from .analysis import Analysis
from .language_data import Role
from .ranking import alike
from .sentences import Sentence
from .terms import Term
from .topics import Stretch

LEVELS = (4, 8, 14)
"""Terms at the three levels."""

_WORDS_A_TERM = 120.0
"""A short talk has fewer terms: one for about so many of its words."""

_OPENING = 14
"""A sentence that has a term within so many characters of its start is about that term."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A term and what the talk says of it; `more` is a second sentence, where there is one."""

    term: Term
    meaning: Sentence
    more: Sentence | None = None


def entries(
    analysis: Analysis, wanted: int = LEVELS[-1], *, within: Stretch | None = None
) -> list[Entry]:
    """The most important terms (of a stretch) first; no two share a sentence or most words."""
    scope = within or analysis.whole
    said = sum(analysis.sentences[index].length for index in scope.indexes)
    wanted = max(3, min(wanted, round(said / _WORDS_A_TERM)))
    chosen: list[Entry] = []
    quoted: list[Sentence] = []
    for term in analysis.terms[: 12 * wanted]:
        if len(chosen) >= wanted:
            break
        if any(_overlaps(term, entry.term, analysis) for entry in chosen):
            continue
        ranked = [s for s in _ranked(analysis, term) if s.index in scope]
        fresh = [s for s in ranked if not any(alike(s, other) for other in quoted)]
        if not fresh:
            continue
        quoted.append(fresh[0])
        chosen.append(Entry(term, fresh[0]))
    return [_enriched(analysis, entry, quoted, scope) for entry in chosen]


def _enriched(analysis: Analysis, entry: Entry, quoted: list[Sentence], scope: Stretch) -> Entry:
    """The entry with a second sentence, if the talk has one that no entry quotes yet."""
    for sentence in _ranked(analysis, entry.term):
        if sentence.index in scope and not any(alike(sentence, other) for other in quoted):
            quoted.append(sentence)
            return replace(entry, more=sentence)
    return entry


def _overlaps(one: Term, other: Term, analysis: Analysis) -> bool:
    if analysis.language.unspaced:
        return one.text in other.text or other.text in one.text
    shared = len(set(one.key) & set(other.key))
    return shared * 2 > min(len(one.key), len(other.key))


def _ranked(analysis: Analysis, term: Term) -> list[Sentence]:
    """The sentences with a term, best meaning first: "X is …", early, worth quoting."""
    defining = analysis.playing(Role.DEFINITION)
    heads = [other.text.casefold() for other in analysis.terms[:40] if other.key != term.key]
    head = term.text.casefold()

    def score(index: int) -> float:
        opening = analysis.sentences[index].text.casefold()[: _OPENING + len(head)]
        value = analysis.worth[index] + 0.02
        if head in opening:
            value *= 2.5 if index in defining else 1.3
        elif any(other in opening[:_OPENING] for other in heads):
            value *= 0.5  # says what something else is
        if index == term.where[0]:
            value *= 1.15
        return value

    return [analysis.sentences[i] for i in sorted(term.where, key=lambda i: (-score(i), i))]
