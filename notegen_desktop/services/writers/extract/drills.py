"""Sections to learn with: key terms, questions with answers, flashcards."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from . import markup
from .analysis import Analysis
from .language import Role
from .quiz import Cloze, Quiz
from .ranking import alike
from .sentences import Sentence
from .terms import Term
from .topics import Stretch

_QUESTIONS = (3, 5, 8)
"""Questions at the three levels."""


@dataclass(frozen=True, slots=True)
class Drill:
    """The three texts of a section, the sentences they cite, and what a card asks."""

    texts: tuple[str, str, str]
    cited: list[int]
    asked: str = ""


class Drills:
    """Makes the drills of one note; no sentence is asked about twice in it."""

    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._quiz = Quiz(analysis)

    # --- terms ---

    def terms(self, stretch: Stretch | None) -> Drill | None:
        """Key terms with their meaning, in order of first use; None if there are no terms."""
        glossary = entries(self._analysis, within=stretch)
        if not glossary:
            return None
        texts: list[str] = []
        for level, most in enumerate(_nested(LEVELS, len(glossary))):
            shown = sorted(glossary[:most], key=lambda e: (e.term.where[0], e.term.text))
            texts.append("\n".join(self._entry(entry, level) for entry in shown))
        cited = [s.index for e in glossary for s in (e.meaning, e.more) if s is not None]
        return Drill((texts[0], texts[1], texts[2]), cited)

    def _entry(self, entry: Entry, level: int) -> str:
        line = f"- **{markup.escaped(entry.term.text)}**: {markup.escaped(entry.meaning.text)}"
        if level < 2:
            return line
        line += self._stamp(entry.meaning)
        if entry.more is not None:
            line += f" {markup.escaped(entry.more.text)}{self._stamp(entry.more)}"
        return line

    # --- questions ---

    def questions(self, stretch: Stretch | None) -> Drill:
        """Questions with their answers: with choices at the standard level, then with context."""
        clozes = self._clozes(stretch or self._analysis.whole, _QUESTIONS[-1])
        asked = {cloze.sentence.index for cloze in clozes}
        texts: list[str] = []
        for level, most in enumerate(_nested(_QUESTIONS, len(clozes))):
            shown = sorted(clozes[:most], key=lambda cloze: cloze.sentence.index)
            texts.append("\n\n".join(self._question(cloze, level, asked) for cloze in shown))
        after = [self._after(cloze, asked) for cloze in clozes]
        cited = sorted(asked | {sentence.index for sentence in after if sentence is not None})
        return Drill((texts[0], texts[1], texts[2]), cited)

    def _clozes(self, scope: Stretch, wanted: int) -> list[Cloze]:
        """Questions from all over a scope, the best first."""
        whole = scope == self._analysis.whole
        parts = self._analysis.parts(wanted) if whole else [scope] * wanted
        found = [cloze for part in parts if (cloze := self._quiz.best(part)) is not None]
        while len(found) < wanted and (cloze := self._quiz.best(scope)) is not None:
            found.append(cloze)
        found.sort(key=lambda cloze: (-cloze.score, cloze.sentence.index))
        while len(found) < 3 and (cloze := self._quiz.completion(scope)) is not None:
            found.append(cloze)
        return found or [self._quiz.anything(scope)]

    def _question(self, cloze: Cloze, level: int, asked: Collection[int]) -> str:
        choices = _choices(cloze) if level > 0 else ""
        answer = f"**A:** {markup.escaped(cloze.answer)}"
        if level == 2:
            answer += self._stamp(cloze.sentence)
            after = self._after(cloze, asked)
            answer += f"  \n{markup.escaped(after.text)}" if after is not None else ""
        return f"**Q:** {markup.escaped(cloze.asked)}{choices}  \n{answer}"

    def _after(self, cloze: Cloze, asked: Collection[int]) -> Sentence | None:
        """The sentence after the one asked about, unless it would give another answer away."""
        index = cloze.sentence.index + 1
        return None if index in asked else self._neighbour(index)

    # --- cards ---

    def card(self, stretch: Stretch | None, *, asking: bool) -> Drill:
        """One flashcard: the answer, then with its sentence, then with what is said around it.

        Where the heading does not ask (`asking`), the text has to put the question as well.
        """
        scope = stretch or self._analysis.whole
        cloze = self._quiz.best(scope) or self._quiz.completion(scope)
        cloze = cloze or self._quiz.anything(scope)
        answer = f"**{markup.escaped(cloze.answer)}**"
        whole = f"{answer}\n\n{markup.escaped(cloze.sentence.text)}"
        index = cloze.sentence.index
        around = (self._neighbour(index - 1), cloze.sentence, self._neighbour(index + 1))
        said = [sentence for sentence in around if sentence is not None]
        context = f"{answer}\n\n{markup.prose(said)}{self._stamp(said[0])}"
        if not asking:
            answer = f"{answer}\n\n{markup.escaped(cloze.asked)}"
            whole = f"{answer}{_choices(cloze) or self._stamp(cloze.sentence)}"
            context = context if len(context) > len(whole) else whole
        return Drill((answer, whole, context), [s.index for s in said], cloze.asked)

    # --- both ---

    def _neighbour(self, index: int) -> Sentence | None:
        """The sentence at an index, if there is one and it says anything about the subject."""
        sentences = self._analysis.sentences
        chatter = self._analysis.playing(Role.SMALL_TALK)
        return sentences[index] if 0 <= index < len(sentences) and index not in chatter else None

    def _stamp(self, sentence: Sentence) -> str:
        return markup.stamp(sentence, timed=self._analysis.timed)


def _choices(cloze: Cloze) -> str:
    """The right answer among wrong ones, in an order that tells nothing."""
    if not cloze.others:
        return ""
    choices = sorted((*cloze.others, cloze.answer), key=lambda text: text.casefold()[::-1])
    return f" ({' · '.join(markup.escaped(choice) for choice in choices)})"


def _nested(levels: tuple[int, int, int], available: int) -> tuple[int, int, int]:
    """How many entries each level shows, growing from level to level as far as there are enough."""
    if available >= levels[2]:
        return levels
    if available <= 2:
        return available, available, available
    first = max(1, min(levels[0], round(available * levels[0] / levels[2])))
    second = max(first + 1, min(levels[1], round(available * levels[1] / levels[2])))
    return first, min(second, available), available


# --- Key terms, each with the sentence that comes nearest to a definition ---

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
