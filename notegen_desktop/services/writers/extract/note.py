"""The whole note: every planned section filled, no stretch of the talk left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from notegen_desktop.domain.checks.coverage import min_gap
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import DraftSection
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind

from . import markup
from .analysis import Analysis
from .drills import Drill, Drills
from .language import said
from .plan import Planned, Shape, plan
from .quotes import Picker, Quotes
from .ranking import alike, local_worth
from .topics import Stretch

_ROUNDS = 4
"""How often gaps are looked for again: a quote put into a long one may leave two short ones."""


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
        self._drills = Drills(analysis)
        self._most = sum(entry.max for entry in template.sections if entry.repeat)

    def sections(self) -> list[DraftSection]:
        filled = [self._fill(planned) for planned in self._plan]
        self._cover(filled)
        if all(section.planned.kind is SectionKind.CARD for section in filled):
            filled = self._further_cards(filled)
        return [self._draft(section, first=number == 0) for number, section in enumerate(filled)]

    # --- filling ---

    def _fill(self, planned: Planned) -> _Filled:
        self._check()
        match planned.kind:
            case SectionKind.TERMS:
                drill = self._drills.terms(planned.stretch)
                if drill is not None:
                    return self._drilled(planned, drill)
                quotes = self._picker.pick(SectionKind.TOPIC, planned.stretch)
                quotes.shape, quotes.nearest = Shape.LIST, True
                return _Filled(planned, planned.heading, quotes=quotes)
            case SectionKind.QUESTIONS:
                return self._drilled(planned, self._drills.questions(planned.stretch))
            case SectionKind.CARD:
                drill = self._drills.card(planned.stretch, asking=not planned.heading)
                return self._drilled(planned, drill)
            case _:
                quotes = self._picker.pick(planned.kind, planned.stretch, without=planned.spoken)
                return _Filled(planned, planned.heading, quotes=quotes)

    def _drilled(self, planned: Planned, drill: Drill) -> _Filled:
        self._picker.note_use(drill.cited)
        heading = planned.heading or drill.asked
        return _Filled(planned, heading, texts=drill.texts, cited=drill.cited)

    # --- leaving nothing out ---

    def _cover(self, filled: Sequence[_Filled]) -> None:
        """Give each stretch of the talk that no section cites its best sentence somewhere.

        First the stretches of one subject, then whatever time would count as left out.
        """
        growing = [section for section in filled if section.quotes is not None]
        cited = {index for section in filled for index in _cited(section)}
        for stretch in self._analysis.stretches:
            if not any(index in stretch for index in cited):
                cited |= self._add_best(stretch, growing)
        for _ in range(_ROUNDS):
            added = [self._add_best(stretch, growing) for stretch in self._silences(cited)]
            if not any(added):
                break
            cited = cited.union(*added)

    def _add_best(self, stretch: Stretch, growing: Sequence[_Filled]) -> set[int]:
        """Put the best sentence of a stretch where it belongs; the set of it, or the empty one."""
        sentences = self._analysis.sentences
        scores = local_worth(sentences, stretch, self._analysis.worth)
        general = [section for section in growing if section.planned.stretch is None]
        general.sort(key=lambda section: len(_cited(section)))
        for index in sorted(scores, key=lambda i: (-scores[i], i)):
            homes = [section for section in growing if _holds(section, index)] or general
            for home in homes:
                quotes = home.quotes
                if quotes is None:
                    continue
                if not any(alike(sentences[index], sentences[i]) for i in quotes.comprehensive):
                    quotes.comprehensive = sorted({*quotes.comprehensive, index})
                    return {index}
        return set()

    def _further_cards(self, filled: list[_Filled]) -> list[_Filled]:
        """Cards alone have no room for more quotes: what they leave out gets cards of its own."""
        cited = {index for section in filled for index in section.cited}
        further = self._silences(cited)[: max(0, self._most - len(filled))]
        cards = [self._fill(Planned(SectionKind.CARD, "", stretch)) for stretch in further]
        return sorted([*filled, *cards], key=lambda section: section.cited[0])

    def _silences(self, cited: set[int]) -> list[Stretch]:
        """The stretches between cited sentences that are long enough to count as a gap."""
        sentences = self._analysis.sentences
        least = 0.6 * min_gap(sentences[-1].end_s)
        found: list[Stretch] = []
        ends = [-1, *sorted(cited), len(sentences)]
        for before, after in pairwise(ends):
            inside = range(before + 1, after)
            start_s = sentences[before].end_s if before >= 0 else 0.0
            end_s = sentences[after].start_s if after < len(sentences) else sentences[-1].end_s
            pieces = min(len(inside), int((end_s - start_s) / least))
            cuts = [inside.start + len(inside) * n // max(1, pieces) for n in range(pieces + 1)]
            found += [Stretch(one, other) for one, other in pairwise(cuts)]
        return found

    # --- setting ---

    def _draft(self, section: _Filled, *, first: bool) -> DraftSection:
        texts = section.texts if section.quotes is None else self._set(section)
        if first:
            notice = markup.remark(said(self._analysis.language.code).notice)
            if section.planned.kind is SectionKind.CARD:
                texts = _each(texts, lambda text: f"{text}\n\n{notice}")
            else:
                texts = _each(texts, lambda text: f"{notice}\n\n{text}")
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
            nearest = markup.remark(said(self._analysis.language.code).nearest)
            texts = _each(texts, lambda text: f"{nearest}\n\n{text}")
        return texts

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
