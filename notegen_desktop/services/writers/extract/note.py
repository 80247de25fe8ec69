"""Composes the note: fills every planned section with quotes, and leaves out empty ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from notegen_desktop.domain.errors import NotQuotable
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import DraftSection
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind
from notegen_desktop.domain.words import _

from . import course, markup
from .analysis import Analysis
from .choice import Levels, Picker, Unit
from .drills import Drill, Drills
from .language import said
from .plan import RECIPES, Planned, Shape, plan
from .sentences import Sentence

_CONCISE_AN_HOUR = 150.0
"""Words of a note's concise level per hour of video; twice the length has half as many again."""
_WORDS_AN_HOUR = 9000.0
_MIN_CONCISE_WORDS = 8.0
"""Minimum words of a section at its concise level."""


def compose(
    template: NoteTemplate,
    analysis: Analysis,
    video: Video,
    check: Callable[[], None] = lambda: None,
) -> list[DraftSection]:
    """Return the sections of a note. `check` is called before each and may raise to stop the work.

    Raises NotQuotable for a template that needs more than quotes, or something that the transcript
    lacks.
    """
    if not template.quotable:
        raise NotQuotable(
            _("“{name}” has to be written; the offline engine only quotes.").format(
                name=template.name
            )
        )
    return _Composer(template, analysis, video, check).sections()


class _Composer:
    def __init__(
        self, template: NoteTemplate, analysis: Analysis, video: Video, check: Callable[[], None]
    ) -> None:
        self._template = template
        self._analysis = analysis
        self._check = check
        self._video = video
        self._plan = plan(template, analysis, video)
        self._picker = Picker(analysis)
        self._drills = Drills(analysis, self._picker)
        hours = analysis.words / _WORDS_AN_HOUR
        usual = [RECIPES[p.kind].concise for p in self._plan if p.kind in RECIPES]
        self._brief = min(1.0, _CONCISE_AN_HOUR * max(0.5, hours**0.58) / (sum(usual) or 1.0))

    def sections(self) -> list[DraftSection]:
        made: list[DraftSection] = []
        for planned in self._plan:
            self._check()
            made += self._filled(planned)
        if not made:
            raise NotQuotable(_("The talk has nothing that this kind of note could quote."))
        notice = markup.remark(said(self._analysis.language.code).notice)
        first = made[0]
        if self._plan[0].kind is SectionKind.CARD:
            made[0] = first.with_texts(f"{text}\n\n{notice}" for text in first.texts)
        else:
            made[0] = first.with_texts(f"{notice}\n\n{text}" for text in first.texts)
        return made

    def _filled(self, planned: Planned) -> list[DraftSection]:
        """Return the sections of a planned entry: none if nothing can be quoted for it."""
        if planned.kind is SectionKind.ORDER:
            return course.order(self._analysis, self._video, planned.heading)
        repeats = next(p for p in self._template.sections if p.kind is planned.kind)
        match planned.kind:
            case SectionKind.STEP:
                steps = self._drills.steps()
                if repeats.repeat and len(steps) < 2:
                    raise NotQuotable(_("The talk counts out no steps that could be quoted."))
                made: Sequence[Drill | None] = steps if repeats.repeat else _listed(steps)
            case SectionKind.CARD:
                made = self._drills.cards(repeats.min, repeats.max)
            case SectionKind.TERMS:
                made = [self._drills.terms(planned.stretch)]
                if made == [None] and self._template.of_several:
                    made = [Drill("", course.glossary(self._analysis), [])]
            case SectionKind.QUESTIONS:
                made = [self._drills.questions(planned.stretch)]
            case _:
                return self._quoting(planned)
        for drill in made:
            if drill is not None:
                self._picker.note_use(drill.cited)
        return [DraftSection(planned.heading or d.heading, (), *d.texts) for d in made if d]

    def _quoting(self, planned: Planned) -> list[DraftSection]:
        recipe = RECIPES[planned.kind]
        levels = self._picker.pick(
            planned.kind,
            recipe,
            planned.stretch or self._analysis.whole,
            concise=max(_MIN_CONCISE_WORDS, recipe.concise * self._brief),
            turn=planned.turn,
        )
        if levels is None:
            return []
        texts = self._set(recipe.shape, levels)
        return [DraftSection(planned.heading, self._span(planned), *texts)]

    def _set(self, shape: Shape, levels: Levels) -> tuple[str, str, str]:
        concise, standard, comprehensive = ([*self._said(units)] for units in levels)
        match shape:
            case Shape.TEXT:
                return (
                    " ".join(map(markup.quote, concise)),
                    markup.bullets(standard),
                    (markup.bullets if levels[2] == levels[1] else markup.passages)(comprehensive),
                )
            case Shape.SLIDE:
                points = markup.bullets(standard)
                shown = {s.index for unit in standard for s in unit}
                rest = [u for u in comprehensive if not shown.issuperset(s.index for s in u)]
                notes = markup.passages(rest)
                return markup.bullets(concise), points, f"{points}\n\n{notes}" if notes else points
            case _:
                mark = "- [ ]" if shape is Shape.CHECKLIST else "-"
                first, second, third = (
                    markup.bullets(units, mark=mark) for units in (concise, standard, comprehensive)
                )
                return first, second, third

    def _said(self, units: Iterable[Unit]) -> Iterable[Sequence[Sentence]]:
        return ([self._analysis.sentences[index] for index in unit] for unit in units)

    def _span(self, planned: Planned) -> tuple[str, ...]:
        """Return the first and last label of a chapter; the first chapter starts at the
        beginning."""
        stretch = planned.stretch
        if planned.kind is not SectionKind.CHAPTER or stretch is None:
            return ()
        first = self._analysis.sentences[stretch.first].labels[0]
        last = self._analysis.sentences[stretch.last - 1].labels[-1]
        late = self._analysis.sentences[0].start_s > 0
        if stretch.first == 0 and late and self._analysis.timed:
            return ("0:00", first, last)
        return (first, last)


def _listed(steps: Sequence[Drill]) -> list[Drill]:
    """Return all steps as one numbered list."""
    if not steps:
        return []
    concise, standard, comprehensive = (
        "\n".join(f"{n}. {step.texts[level]}" for n, step in enumerate(steps, start=1))
        for level in range(3)
    )
    return [Drill("", (concise, standard, comprehensive), [i for s in steps for i in s.cited])]
