"""Questions to test oneself: a sentence of the talk with a gap where a term stood.

A gap is only made where grammar does not give it away: the term stands once in the sentence, not
after "a" or "an", and the wrong answers offered are terms of the same talk and the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from .analysis import Analysis
from .language import UNSPACED, Role, word_pattern
from .ranking import alike
from .sentences import Sentence
from .terms import Term
from .topics import Stretch

GAP = "___"
_CHOICES = 2
"""Wrong answers offered beside the right one."""


@dataclass(frozen=True, slots=True)
class Cloze:
    """A sentence with a gap. `asked` is the sentence with the gap, `answer` what stood there."""

    sentence: Sentence
    asked: str
    answer: str
    others: tuple[str, ...]
    score: float


class Quiz:
    """All gaps that a talk offers, best first; each sentence and each answer is used sparingly."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._top = analysis.terms[0].score if analysis.terms else 1.0
        self._by_sentence: dict[int, list[Term]] = {}
        for term in analysis.terms[:250]:
            for index in term.where:
                self._by_sentence.setdefault(index, []).append(term)
        self._sentences: list[Sentence] = []
        self._answers: dict[str, int] = {}
        self._rivals: dict[tuple[str, ...], list[Term]] = {}

    def best(self, stretch: Stretch) -> Cloze | None:
        """The best new question of a stretch, or None if it has none left; marks it as used."""
        found: Cloze | None = None
        for index in stretch.indexes:
            for cloze in self._clozes(index):
                used = self._answers.get(cloze.answer.casefold(), 0)
                score = cloze.score * 0.3**used
                if used > 2 or (found is not None and score <= found.score):
                    continue
                if not any(alike(cloze.sentence, other) for other in self._sentences):
                    found = replace(cloze, score=score)
        if found is not None:
            self._take(found)
        return found

    def completion(self, stretch: Stretch) -> Cloze | None:
        """A sentence to be completed, where a stretch has no term to ask for; marks it as used."""
        fresh = [i for i in stretch.indexes if self._analysis.sentences[i] not in self._sentences]
        if not fresh:
            return None
        index = max(fresh, key=lambda i: (self._analysis.worth[i], -i))
        cloze = _halved(self._analysis.sentences[index])
        self._take(cloze)
        return cloze

    def anything(self, stretch: Stretch) -> Cloze:
        """A sentence to be completed, one used before if need be: a section is never empty."""
        index = max(stretch.indexes, key=lambda i: (self._analysis.worth[i], -i))
        return _halved(self._analysis.sentences[index])

    def _take(self, cloze: Cloze) -> None:
        self._sentences.append(cloze.sentence)
        answer = cloze.answer.casefold()
        self._answers[answer] = self._answers.get(answer, 0) + 1

    def _clozes(self, index: int) -> Iterator[Cloze]:
        sentence = self._analysis.sentences[index]
        if not 7 <= sentence.length <= 34 or sentence.question:
            return
        if index in self._analysis.playing(Role.SMALL_TALK):
            return
        for term in self._by_sentence.get(index, ()):
            span = self._span(sentence, term)
            if span is None:
                continue
            start, end = span
            others = self._others(term, sentence)
            if len(others) < _CHOICES:
                continue
            asked = f"{sentence.text[:start]}{GAP}{sentence.text[end:]}"
            value = (0.15 + self._analysis.worth[index]) * (0.3 + term.score / self._top)
            if start < 4:
                value *= 0.8
            yield Cloze(sentence, asked, sentence.text[start:end], others, value)

    def _span(self, sentence: Sentence, term: Term) -> tuple[int, int] | None:
        """Where a term stands in a sentence, if it stands there once and cannot be guessed."""
        language = self._analysis.language
        if language.unspaced:
            spans = [m.span() for m in re.finditer(re.escape(term.text), sentence.text)]
            return spans[0] if len(spans) == 1 else None
        matches = list(word_pattern().finditer(sentence.text))
        stems = [language.stem(re.sub(r"['’]s?$", "", m.group().lower())) for m in matches]
        size = len(term.key)
        starts = range(len(stems) - size + 1)
        places = [at for at in starts if tuple(stems[at : at + size]) == term.key]
        if len(places) != 1:
            return None
        at = places[0]
        inside = {stem for stem in term.key if not language.is_stop(stem)}
        elsewhere = {*stems[:at], *stems[at + size :]}
        if inside & elsewhere or len(elsewhere & sentence.stem_set) < 3:
            return None
        before = matches[at - 1].group().lower() if at else ""
        if language.code == "en" and before in ("a", "an"):
            return None
        last = matches[at + size - 1]
        tail = re.search(r"['’]s?$", last.group())
        return matches[at].start(), last.end() - (len(tail.group()) if tail else 0)

    def _others(self, term: Term, sentence: Sentence) -> tuple[str, ...]:
        """Wrong answers that fit the gap as well: same shape, not in the sentence."""
        rivals = self._rivals.get(term.key)
        if rivals is None:
            rivals = [
                other
                for other in self._analysis.terms[:120]
                if not set(other.key) & set(term.key) and _same_shape(other.text, term.text)
            ]
            rivals.sort(
                key=lambda o: (abs(len(o.text) - len(term.text)) / 12 - o.score / self._top, o.text)
            )
            self._rivals[term.key] = rivals
        fitting = (other.text for other in rivals if sentence.index not in other.where)
        return tuple(islice(fitting, _CHOICES))


def _same_shape(one: str, other: str) -> bool:
    """Alike in number of words, in capitals, and in looking like a plural."""
    if UNSPACED.match(one) or UNSPACED.match(other):
        return bool(UNSPACED.match(one)) == bool(UNSPACED.match(other))
    return (
        abs(one.count(" ") - other.count(" ")) <= 1
        and one[:1].isupper() == other[:1].isupper()
        and one.endswith("s") == other.endswith("s")
    )


def _halved(sentence: Sentence) -> Cloze:
    """The first part of a sentence, to be completed with the second."""
    text = sentence.text
    words = list(word_pattern().finditer(text))
    if len(words) > 1:
        cut = words[(len(words) * 3 + 2) // 5].start()
    else:
        cut = len(text) * 3 // 5 if len(text) > 4 else 0
    answer = text[cut:].strip()
    return Cloze(sentence, f"{text[:cut].rstrip()} {GAP}".strip(), answer, (), 0.0)
