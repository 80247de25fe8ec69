"""The whole note: every planned section filled, no stretch of the talk left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from notegen_desktop.domain.notes import DraftSection
from notegen_desktop.domain.templates import NoteTemplate, SectionKind
from notegen_desktop.domain.video import Video

from . import glossary, markup, wording
from .analysis import Analysis
from .parts import Part
from .plan import Planned, plan
from .quiz import Cloze, Quiz
from .quotes import Picker, Quotes
from .ranking import local_worth
from .recipes import Shape
from .sentences import Sentence
from .topics import Stretch

_QUESTIONS = (3, 5, 8)
"""Questions at the three levels."""


@dataclass(slots=True)
class _Filled:
    """A section with its three texts or, while it may still grow, the quotes they are made of."""

    planned: Planned
    heading: str
    quotes: Quotes | None = None
    texts: tuple[str, str, str] = ("", "", "")
    cited: list[int] = field(default_factory=list)


def compose(
    template: NoteTemplate,
    analysis: Analysis,
    video: Video,
    check: Callable[[], None] = lambda: None,
) -> list[DraftSection]:
    """The sections of a note. `check` is called before each and may raise to stop the work."""
    return _Composer(template, analysis, video, check).sections()


class _Composer:
    def __init__(
        self, template: NoteTemplate, analysis: Analysis, video: Video, check: Callable[[], None]
    ) -> None:
        self._analysis = analysis
        self._check = check
        self._plan = plan(template, analysis, video)
        self._picker = Picker(analysis, [planned.kind for planned in self._plan])
        self._quiz = Quiz(analysis)

    def sections(self) -> list[DraftSection]:
        filled = [self._fill(planned) for planned in self._plan]
        self._cover(filled)
        return [self._draft(section, first=number == 0) for number, section in enumerate(filled)]

    # --- filling ---

    def _fill(self, planned: Planned) -> _Filled:
        self._check()
        match planned.kind:
            case SectionKind.TERMS:
                return self._terms(planned)
            case SectionKind.QUESTIONS:
                return self._questions(planned)
            case SectionKind.CARD:
                return self._card(planned)
            case _:
                quotes = self._picker.pick(planned.kind, planned.stretch, without=planned.spoken)
                return _Filled(planned, planned.heading, quotes=quotes)

    def _terms(self, planned: Planned) -> _Filled:
        entries = glossary.entries(self._analysis, within=planned.stretch)
        if not entries:
            quotes = self._picker.pick(SectionKind.TOPIC, planned.stretch)
            quotes.shape, quotes.nearest = Shape.LIST, True
            return _Filled(planned, planned.heading, quotes=quotes)
        texts: list[str] = []
        for level, most in enumerate(_nested(glossary.LEVELS, len(entries))):
            shown = sorted(entries[:most], key=lambda e: (e.term.where[0], e.term.text))
            texts.append("\n".join(self._entry(entry, level) for entry in shown))
        cited = [s.index for e in entries for s in (e.meaning, e.more) if s is not None]
        self._picker.note_use(cited)
        return _Filled(planned, planned.heading, texts=(texts[0], texts[1], texts[2]), cited=cited)

    def _entry(self, entry: glossary.Entry, level: int) -> str:
        line = f"- **{markup.escaped(entry.term.text)}**: {markup.escaped(entry.meaning.text)}"
        if level < 2:
            return line
        line += self._stamp(entry.meaning)
        if entry.more is not None:
            line += f" {markup.escaped(entry.more.text)}{self._stamp(entry.more)}"
        return line

    def _questions(self, planned: Planned) -> _Filled:
        scope = planned.stretch or self._analysis.whole
        clozes = self._clozes(scope, _QUESTIONS[-1])
        texts: list[str] = []
        for level, most in enumerate(_nested(_QUESTIONS, len(clozes))):
            shown = sorted(clozes[:most], key=lambda cloze: cloze.sentence.index)
            texts.append("\n\n".join(self._question(cloze, level) for cloze in shown))
        cited = [cloze.sentence.index for cloze in clozes]
        self._picker.note_use(cited)
        return _Filled(planned, planned.heading, texts=(texts[0], texts[1], texts[2]), cited=cited)

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

    def _question(self, cloze: Cloze, level: int) -> str:
        asked = markup.escaped(cloze.asked)
        choices = self._choices(cloze) if level > 0 else ""
        answer = f"**A:** {markup.escaped(cloze.answer)}"
        if level == 2:
            answer += self._stamp(cloze.sentence)
            after = self._after(cloze.sentence)
            answer += f"  \n{markup.escaped(after.text)}" if after is not None else ""
        return f"**Q:** {asked}{choices}  \n{answer}"

    @staticmethod
    def _choices(cloze: Cloze) -> str:
        if not cloze.others:
            return ""
        choices = sorted((*cloze.others, cloze.answer), key=lambda text: text.casefold()[::-1])
        return f" ({' · '.join(markup.escaped(choice) for choice in choices)})"

    def _card(self, planned: Planned) -> _Filled:
        scope = planned.stretch or self._analysis.whole
        cloze = self._quiz.best(scope) or self._quiz.completion(scope)
        cloze = cloze or self._quiz.anything(scope)
        answer = f"**{markup.escaped(cloze.answer)}**"
        whole = f"{answer}\n\n{markup.escaped(cloze.sentence.text)}"
        around = [self._before(cloze.sentence), cloze.sentence, self._after(cloze.sentence)]
        said = [sentence for sentence in around if sentence is not None]
        context = f"{answer}\n\n{markup.prose(said)}{self._stamp(said[0])}"
        heading = planned.heading or cloze.asked
        if planned.heading:
            asked = f"{answer}\n\n{markup.escaped(cloze.asked)}"
            whole = f"{asked}{self._choices(cloze) or self._stamp(cloze.sentence)}"
            answer = asked
        cited = [sentence.index for sentence in said]
        return _Filled(planned, heading, texts=(answer, whole, context), cited=cited)

    def _before(self, sentence: Sentence) -> Sentence | None:
        return self._neighbour(sentence.index - 1)

    def _after(self, sentence: Sentence) -> Sentence | None:
        return self._neighbour(sentence.index + 1)

    def _neighbour(self, index: int) -> Sentence | None:
        """The sentence at an index, if there is one and it says anything about the subject."""
        sentences = self._analysis.sentences
        chatter = self._analysis.playing(Part.SMALL_TALK)
        return sentences[index] if 0 <= index < len(sentences) and index not in chatter else None

    # --- leaving nothing out ---

    def _cover(self, filled: Sequence[_Filled]) -> None:
        """Give each stretch of the talk that no section cites its best sentence somewhere."""
        growing = [section for section in filled if section.quotes is not None]
        for stretch in self._analysis.stretches:
            if any(index in stretch for section in filled for index in _cited(section)):
                continue
            scores = local_worth(self._analysis.sentences, stretch, self._analysis.worth)
            best = max(scores, key=lambda index: (scores[index], -index))
            home = next((s for s in growing if _holds(s, best)), None)
            general = [s for s in growing if s.planned.stretch is None]
            home = home or min(general, key=lambda s: len(_cited(s)), default=None)
            if home is not None and home.quotes is not None:
                home.quotes.comprehensive = sorted({*home.quotes.comprehensive, best})

    # --- setting ---

    def _draft(self, section: _Filled, *, first: bool) -> DraftSection:
        texts = section.texts if section.quotes is None else self._set(section)
        if first:
            said = markup.remark(wording.notice(self._analysis.language.code))
            if section.planned.kind is SectionKind.CARD:
                texts = _each(texts, lambda text: f"{text}\n\n{said}")
            else:
                texts = _each(texts, lambda text: f"{said}\n\n{text}")
        return DraftSection(
            heading=section.heading,
            cites=self._labels(_cited(section)),
            concise=texts[0],
            standard=texts[1],
            comprehensive=texts[2],
        )

    def _set(self, section: _Filled) -> tuple[str, str, str]:
        quotes = section.quotes
        assert quotes is not None
        concise, standard, comprehensive = (
            [self._analysis.sentences[i] for i in indexes]
            for indexes in (quotes.concise, quotes.standard, quotes.comprehensive)
        )
        timed = self._analysis.timed
        match quotes.shape:
            case Shape.TEXT:
                texts = (
                    markup.prose(concise),
                    markup.bullets(standard),
                    markup.passages(comprehensive, timed=timed),
                )
            case Shape.STEPS if section.planned.stretch is not None:
                texts = (
                    markup.prose(concise),
                    markup.bullets(standard, mark="1."),
                    markup.passages(comprehensive, timed=timed),
                )
            case Shape.SLIDE:
                spoken = [s for s in comprehensive if s not in standard]
                notes = markup.passages(spoken, timed=timed)
                points = markup.bullets(standard)
                whole = f"{points}\n\n{notes}" if notes else markup.bullets(standard, timed=timed)
                texts = (markup.bullets(concise), points, whole)
            case shape:
                mark = {Shape.CHECKLIST: "- [ ]", Shape.STEPS: "1."}.get(shape, "-")
                texts = (
                    markup.bullets(concise, mark=mark),
                    markup.bullets(standard, mark=mark),
                    markup.bullets(comprehensive, mark=mark, timed=timed),
                )
        if len(texts[2]) < len(texts[1]):  # a talk with hardly anything to quote
            mark = "1." if quotes.shape is Shape.STEPS else "-"
            texts = (texts[0], texts[1], markup.bullets(comprehensive, mark=mark, timed=timed))
        if quotes.nearest:
            said = markup.remark(wording.nearest(self._analysis.language.code))
            texts = _each(texts, lambda text: f"{said}\n\n{text}")
        return texts

    def _stamp(self, sentence: Sentence) -> str:
        return markup.stamp(sentence, timed=self._analysis.timed)

    def _labels(self, indexes: Sequence[int]) -> tuple[str, ...]:
        """The segments of sentences, in order of the talk, each once."""
        labels = (
            label
            for index in sorted(set(indexes))
            for label in self._analysis.sentences[index].labels
        )
        return tuple(dict.fromkeys(labels))


def _cited(section: _Filled) -> list[int]:
    return section.quotes.comprehensive if section.quotes is not None else section.cited


def _each(texts: tuple[str, str, str], change: Callable[[str], str]) -> tuple[str, str, str]:
    concise, standard, comprehensive = texts
    return change(concise), change(standard), change(comprehensive)


def _holds(section: _Filled, index: int) -> bool:
    return section.planned.stretch is not None and index in section.planned.stretch


def _nested(levels: tuple[int, int, int], available: int) -> tuple[int, int, int]:
    """How many entries each level shows, growing from level to level as far as there are enough."""
    if available >= levels[2]:
        return levels
    if available <= 2:
        return available, available, available
    first = max(1, min(levels[0], round(available * levels[0] / levels[2])))
    second = max(first + 1, min(levels[1], round(available * levels[1] / levels[2])))
    return first, min(second, available), available
