"""Key terms, questions, flashcards and steps, from definitions, counted steps and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from . import markup
from .analysis import Analysis
from .choice import Picker, Unit
from .headings import clause
from .language import Role, said, word_pattern
from .ranking import alike
from .sentences import Sentence
from .spoken import Definition, step_words
from .terms import Term
from .topics import SentenceRange

GAP = "___"
_TERMS = (4, 8, 14)
_QUESTIONS = (3, 5, 8)
"""Number of questions at the three levels."""
_CARDS_AN_HOUR = 10.0
_WORDS_AN_HOUR = 9000.0
_NUMBER = re.compile(
    r"(?<![\w.,-])(?<!\d )[$€£]?\d+(?:[.,]\d+)*(?:\s?%|\s(?:percent|per cent)\b)?(?![\w.,-]\w)"
)
_WORTH = 0.3
"""Minimum score of a sentence worth memorizing."""
_STEP_WORDS = 110.0
"""Maximum quoted words of a step."""

Texts = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Drill:
    """A heading, texts at the three levels, and the sentences they quote."""

    heading: str
    texts: Texts
    cited: list[int]


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its answer as a quote, and the quoted sentences."""

    asked: str
    answer: str
    unit: Unit
    worth: float


class Drills:
    """Creates the drills of one note; no sentence is used for two questions."""

    def __init__(self, analysis: Analysis, picker: Picker) -> None:
        self._analysis = analysis
        self._picker = picker

    # --- terms ---

    def terms(self, stretch: SentenceRange | None) -> Drill | None:
        """Return the definitions, in order of first use; None without any."""
        found = self._definitions(stretch or self._analysis.whole)[: _TERMS[-1]]
        if not found:
            return None
        texts = []
        for level, most in enumerate(_nested(_TERMS, len(found))):
            shown = sorted(found[:most], key=lambda each: each.sentence)
            after = level if len(found) == 1 else level // 2
            texts.append("\n".join(self._entry(each, after) for each in shown))
        cited = [i for each in found for i in self._around(each.sentence, after=1)]
        return Drill("", (texts[0], texts[1], texts[2]), cited)

    def _entry(self, definition: Definition, after: int) -> str:
        unit = self._around(definition.sentence, after=after)
        return f"- **{markup.escaped(definition.term)}**: {markup.quote(self._said(unit))}"

    def _definitions(self, scope: SentenceRange) -> list[Definition]:
        """Return the definitions of a range, the clearest and most used first; one per sentence."""
        analysis = self._analysis
        chosen: list[Definition] = []
        inside = [each for each in analysis.definitions if each.sentence in scope]
        clearly = [each for each in inside if each.clear > 1]
        inside = clearly if len(clearly) >= 5 else inside
        for each in sorted(inside, key=lambda d: (-self._worth(d), d.sentence)):
            sentence = analysis.sentences[each.sentence]
            if any(alike(sentence, analysis.sentences[other.sentence]) for other in chosen):
                continue
            chosen.append(each)
        return chosen

    def _worth(self, definition: Definition) -> float:
        """Return the score of a definition: clearness, then frequency, then form."""
        times = self._analysis.defined[definition.key]
        return definition.clear + min(1.0, 0.1 * times) + self._analysis.worth[definition.sentence]

    # --- questions and cards ---

    def questions(self, stretch: SentenceRange | None) -> Drill | None:
        """Return questions with their answers; None if there are fewer than two."""
        found = self._asked(stretch or self._analysis.whole, _QUESTIONS[-1])
        if len(found) < 2:
            return None
        texts = []
        for level, most in enumerate(_nested(_QUESTIONS, len(found))):
            shown = sorted(found[:most], key=lambda each: each.unit)
            texts.append("\n\n".join(self._answered(each, wide=level == 2) for each in shown))
        cited = [i for each in found for i in self._widened(each.unit)]
        return Drill("", (texts[0], texts[1], texts[2]), cited)

    def cards(self, least: int, most: int) -> list[Drill]:
        """Return flashcards, one per fact worth knowing, about ten per hour of video."""
        wanted = round(_CARDS_AN_HOUR * (self._analysis.words / _WORDS_AN_HOUR) ** 0.5)
        found = self._asked(self._analysis.whole, max(least, min(most, wanted)))
        return [self._card(each) for each in sorted(found, key=lambda each: each.unit)]

    def _card(self, question: Question) -> Drill:
        wide = self._widened(question.unit)
        answer = markup.quote(self._said(question.unit))
        if question.answer:
            short = f"**{markup.escaped(question.answer)}**"
            last = self._analysis.sentences[question.unit[-1]]
            texts = (markup.labelled(short, last), f"{short}\n\n{answer}")
        else:
            texts = (answer, markup.quote(self._said(self._widened(question.unit, back=False))))
        whole = markup.quote(self._said(wide))
        if len(whole) <= len(texts[1]):
            whole = f"{texts[1]}\n\n{whole}" if wide != question.unit else texts[1]
        return Drill(question.asked, (*texts, whole), list(wide))

    def _answered(self, question: Question, *, wide: bool) -> str:
        unit = self._widened(question.unit) if wide else question.unit
        answer = markup.quote(self._said(unit))
        if question.answer:
            short = f"**{markup.escaped(question.answer)}**"
            answer = f"{short} {answer}" if wide else markup.labelled(short, self._said(unit)[-1])
        return f"**Q:** {markup.escaped(question.asked)}  \n**A:** {answer}"

    def _asked(self, scope: SentenceRange, wanted: int) -> list[Question]:
        """Return questions: definitions first, then numbers and names in good sentences."""
        ask = said(self._analysis.language.code).ask
        found = [
            Question(ask.format(term=each.term), "", self._around(each.sentence, after=0), 2.0)
            for each in self._definitions(scope)[:wanted]
        ]
        sentences = self._analysis.sentences
        answers: set[str] = set()
        for gap in sorted(self._gaps(scope), key=lambda each: (-each.worth, each.unit)):
            if len(found) >= wanted:
                break
            near = (sentences[i] for other in found for i in other.unit)
            fresh = gap.answer.casefold() not in answers
            if fresh and not any(alike(sentences[gap.unit[-1]], other) for other in near):
                answers.add(gap.answer.casefold())
                found.append(gap)
        return found

    def _gaps(self, scope: SentenceRange) -> Iterator[Question]:
        """Yield cloze questions: self-contained sentences with a gap for a number or a name."""
        analysis = self._analysis
        chatter = analysis.playing(Role.SMALL_TALK)
        fillers = analysis.language.words.fillers
        top = analysis.terms[0].score if analysis.terms else 1.0
        names: dict[int, list[Term]] = {}
        for term in analysis.terms[:100]:
            if term.words > 1 or analysis.language.unspaced:
                for index in term.where:
                    names.setdefault(index, []).append(term)
        for index in scope.indexes:
            sentence = analysis.sentences[index]
            good = 8 <= sentence.length <= 26 and not sentence.question
            good = good and analysis.worth[index] >= _WORTH and index not in chatter
            good = good and fillers.isdisjoint(sentence.words)
            if not good or self._picker.unit(index) != (index,):
                continue
            text = sentence.opened
            numbers = [m for m in _NUMBER.finditer(text) if m.start() > 3]
            if numbers:
                yield _gapped(index, text, numbers[-1].span(), 0.4 + analysis.worth[index])
                continue
            for term in () if sentence.broken else names.get(index, ()):
                places = [m.span() for m in re.finditer(re.escape(term.text), text)]
                if len(places) == 1 and places[0][0] > 3 and _free(text, *places[0], analysis):
                    value = analysis.worth[index] * (0.4 + term.score / top)
                    yield _gapped(index, text, places[0], value)
                    break

    # --- steps ---

    def steps(self) -> list[Drill]:
        """Return one drill per step that the speaker counts or instructs."""
        language = self._analysis.language
        made: list[Drill] = []
        for indexes in self._analysis.steps:
            unit = [*indexes]
            while len(unit) > 1 and self._length(unit) > _STEP_WORDS:
                unit.pop()
            first, *rest = self._said(tuple(unit))
            words = step_words(first, language)
            opening = markup.labelled(markup.escaped(words), first)
            told = f" {markup.quote(rest)}" if rest else ""
            more = f" {markup.labelled(markup.escaped(rest[0].text), rest[0])}" if rest else ""
            made.append(Drill(clause(words, 80), (opening, opening + more, opening + told), unit))
        return made

    # --- what is quoted together ---

    def _said(self, unit: Sequence[int]) -> list[Sentence]:
        return [self._analysis.sentences[index] for index in unit]

    def _length(self, unit: Sequence[int]) -> float:
        return sum(sentence.length for sentence in self._said(unit))

    def _around(self, index: int, *, after: int) -> Unit:
        """Return a sentence with those it needs and at most `after` that continue it."""
        unit = self._picker.unit(index) or (index,)
        short = self._length(unit) < 9
        last = unit[-1]
        for _ in range(after + short):
            if last + 1 < len(self._analysis.sentences) and self._goes_on(last + 1):
                last += 1
        return tuple(range(unit[0], last + 1))

    def _widened(self, unit: Unit, *, back: bool = True) -> Unit:
        first, last = unit[0], unit[-1]
        back = back and first > 0 and self._goes_on(first - 1) and self._picker.opens(first - 1)
        first -= back
        last += last + 1 < len(self._analysis.sentences) and self._goes_on(last + 1)
        return tuple(range(first, last + 1))

    def _goes_on(self, index: int) -> bool:
        return index not in self._analysis.playing(Role.SMALL_TALK)


def _gapped(index: int, text: str, span: tuple[int, int], worth: float) -> Question:
    start, end = span
    asked = f"{text[:start]}{GAP}{text[end:]}"
    return Question(asked, text[start:end], (index,), worth)


def _free(text: str, start: int, end: int, analysis: Analysis) -> bool:
    """Return True if the words beside a gap neither reveal nor belong to the answer."""
    if analysis.language.unspaced:
        return True
    before = word_pattern().findall(text[:start].lower())
    after = word_pattern().findall(text[end:].lower())
    alone = not after or analysis.language.is_stop(after[0]) or text[end : end + 1] in ".,;:!?"
    capital = re.search(r"[A-Z]\w*\W*$", text[:start])
    return bool(before) and before[-1] not in ("a", "an") and alone and not capital


def _nested(levels: tuple[int, int, int], available: int) -> tuple[int, int, int]:
    """Return the number of entries at each level, growing as far as there are enough."""
    third = min(levels[2], available)
    second = min(levels[1], third)
    return max(1, min(levels[0], second - 1)), second, third
