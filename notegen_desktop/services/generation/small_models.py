"""Notes of models that cannot write one at once: one level or one section per request.

One level per request takes three. For the smallest models the program divides the transcript,
chooses each section's passage, cleans up the answer and finds its cites; the model retells a
passage.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace

from notegen_desktop.domain.checks.evidence import GroundingIndex
from notegen_desktop.domain.checks.repetition import heading_key
from notegen_desktop.domain.checks.small_sections import MIN_USABLE_SHARE, clean_section, labelled
from notegen_desktop.domain.checks.validation import levels_to_write, section_words
from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    SomethingElseAnswered,
)
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.citations import places_in
from notegen_desktop.domain.notes.note import Draft, DraftSection, Level, Part, PartDraft, Usage
from notegen_desktop.domain.notes.parts import condensed, equal_parts, not_told, passage
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind, SectionPlan
from notegen_desktop.domain.prompts.material import minutes_of
from notegen_desktop.domain.prompts.task import section_range
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.text.transcript import Segment, Transcript
from notegen_desktop.services.ports import Material

from .assignment import Work
from .observer import ForwardingObserver, GenerationObserver, Growth
from .request import ModelAnswer

Ask = Callable[[Work, Draft | None, GenerationObserver], Awaitable[ModelAnswer]]
"""Sends the request for a work, with the draft of its beginning or None."""


async def write_levels(
    ask: Ask, work: Work, whole: Draft | None, observer: GenerationObserver
) -> ModelAnswer:
    """Write one level per request: the concise level decides on the sections, the others keep them.
    Sections that lack a level are not stored, so a failed attempt leaves `whole` as it was."""
    kept, fresh = whole or Draft(), Draft()
    usage, model = Usage(), ""
    for number, level in enumerate(Level):
        outline = fresh if number else None
        shown = _LevelObserver(observer, work, kept, outline, level)
        answer = await ask(work.of_level(level, outline), None if number else whole, shown)
        usage, model = usage + answer.usage, answer.model or model
        if answer.broke_off is not None:
            return replace(answer, draft=kept, usage=usage)
        written = replace(answer.draft, sections=answer.draft.sections[len(kept.sections) :])
        fresh = with_level(outline, answer.draft if number else written, level)
    return ModelAnswer(kept.continued_by(fresh), usage, model)


async def write_lacking(
    ask: Ask, work: Work, draft: Draft, observer: GenerationObserver
) -> ModelAnswer:
    """Return the draft with missing levels of its sections written, one request per level."""
    usage, model = Usage(), ""
    for level, numbers in levels_to_write(draft).items():
        outline = replace(draft, sections=tuple(draft.sections[number] for number in numbers))
        answer = await ask(work.of_level(level, outline), None, observer)
        usage, model = usage + answer.usage, answer.model or model
        if answer.broke_off is not None:
            break
        written = iter(with_level(outline, answer.draft, level).sections)
        sections = tuple(
            next(written) if number in numbers else section
            for number, section in enumerate(draft.sections)
        )
        draft = replace(draft, sections=sections)
    return ModelAnswer(draft, usage, model)


def with_level(outline: Draft | None, written: Draft, level: Level) -> Draft:
    """Return the outline's sections with the text of one more level, matched by heading, or by
    number if the counts agree. A section without a match keeps its text, or takes that of the level
    before."""
    if outline is None:
        sections = tuple(DraftSection(s.heading, s.cites, s.at(level)) for s in written.sections)
        return Draft(written.title, sections, written.whole)
    by_heading = {section.heading.strip().casefold(): section for section in written.sections}
    as_many = len(written.sections) == len(outline.sections)
    before = list(Level)[list(Level).index(level) - 1]
    filled = []
    for number, section in enumerate(outline.sections):
        found = by_heading.get(section.heading.strip().casefold())
        if found is None and as_many:
            found = written.sections[number]
        text = found.at(level) if found is not None else ""
        text = text or section.at(level) or section.at(before)
        filled.append(section.with_text(level, text))
    return replace(outline, sections=tuple(filled))


class _LevelObserver(ForwardingObserver):
    """Shows the sections of a note while one of its levels is written."""

    def __init__(
        self,
        observer: GenerationObserver,
        work: Work,
        kept: Draft,
        outline: Draft | None,
        level: Level,
    ) -> None:
        super().__init__(observer)
        self._is_part = work.part is not None
        self._kept = kept
        self._outline = outline
        self._level = level

    async def grew(self, grown: Growth) -> None:
        done = list(Level).index(self._level)
        shown = self._kept
        if not self._is_part:
            shown = self._kept.continued_by(with_level(self._outline, grown.draft, self._level))
        share = (done + grown.progress) / len(Level)
        await self.observer.grew(Growth(shown, share, PartDraft(0, self._kept), grown.parts))


PASSAGE_TOKENS = 350
"""Tokens of a section's passage in a short video: two minutes of speech."""
MAX_PASSAGE_TOKENS = 1_200
"""Maximum tokens of a passage: of longer ones a small model retells only the beginning."""
RETRY_SHARE = 1 / 3
"""Share of a note's sections, at least one, that may be requested a second time. A note of 6
sections takes 8 requests at most."""
MAX_INITIAL_FAILURES = 3
"""Sections that fail before any is written, after which the model is given up."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A section to write: of a passage, or, if `part` is None, from the other sections."""

    number: int
    plan: SectionPlan
    part: Part | None = None


async def write_sections(
    ask: Ask, work: Work, whole: Draft | None, observer: GenerationObserver
) -> tuple[ModelAnswer, tuple[str, ...]]:
    """Return the note and descriptions of what it lacks: first the sections of passages, then those
    over the whole.

    `whole`, from an earlier attempt, is not requested again; each section is durable before the
    next request. Answers are cleaned up and taken. A section with little usable text is requested
    once more, as far as `RETRY_SHARE` allows, and left out if it stays empty; if most fail, the
    rest is skipped. Raises AnswerUnusable, AnswerTruncated or AnswerRefused if none was written,
    and the errors of the engine.
    """
    words = work.material.transcript
    assert words is not None
    steps = _steps(work.template, work.material.video, words)
    done = _begun(steps, whole)
    index = await asyncio.to_thread(GroundingIndex, words)
    total = ModelAnswer(broke_off=AnswerUnusable())
    retries_left = max(1, math.floor(len(steps) * RETRY_SHARE))
    for number, step in enumerate(steps):
        failed = sum(not section.chars for section in done.values())
        if 2 * failed > len(steps) or len(done) == failed >= MAX_INITIAL_FAILURES:
            break
        if number in done:
            continue
        told = passage(words, step.part, context_s=0.0) if step.part else _gist(work, steps, done)
        shown = _SectionObserver(observer, steps, done)
        one = work.of_section(step.plan, told)
        taken = [section.heading for section in done.values()]
        taken += [fixed.plan.heading for fixed in _fixed(steps).values()]
        written, is_poor = await _section(ask, one, shown, total, index, taken)
        if is_poor and retries_left and told.segments:
            retries_left -= 1
            again, _ = await _section(ask, one, shown, total, index, taken)
            written = max(written, again, key=lambda each: each.chars if each else 0)
        if written is not None:
            written = await asyncio.to_thread(_finished, written, step, index, work.language)
        done[number] = written or DraftSection(step.plan.heading)
        work.kept.of(1)[0] = _kept(done)
        await _SectionObserver(observer, steps, done).grew(Growth(Draft(), 0.0))
    draft = _in_order(steps, done, whole=True)
    if not draft.sections:
        assert total.broke_off is not None
        raise total.broke_off
    lacks = tuple(
        not_told(step.part, Draft(), words) if step.part else section_words(step.plan.heading)
        for number, step in enumerate(steps)
        if number not in done or not done[number].chars
    )
    return replace(total, draft=draft, broke_off=None), lacks


async def _section(
    ask: Ask,
    work: Work,
    shown: _SectionObserver,
    total: ModelAnswer,
    index: GroundingIndex,
    taken: list[str],
) -> tuple[DraftSection | None, bool]:
    """Return one section, requested once, and True if little of the answer was usable; None for
    none. Partial answers are used. Usage is added to `total`."""
    words = work.material.transcript
    if words is None or not words.segments:
        return None, True  # no sections were written that it could be made from
    shown.latest = None
    try:
        answer = await ask(work, None, shown)
    except SomethingElseAnswered:
        raise
    except (AnswerUnusable, AnswerTruncated, AnswerRefused) as error:
        answer = ModelAnswer(broke_off=error)
    total.usage += answer.usage
    total.model = answer.model or total.model
    total.broke_off = answer.broke_off or total.broke_off
    whole = next(iter(answer.draft.sections), None)
    came = whole or shown.latest
    if came is None:
        return None, True
    written = await asyncio.to_thread(
        clean_section,
        came,
        work.template,
        words,
        language=work.language,
        has_place=lambda sentence: index.best(index.claim(sentence)) is not None,
        cut=whole is None,
        taken=taken,
    )
    return written, written is None or written.chars < MIN_USABLE_SHARE * came.chars


def section_count(template: NoteTemplate, material: Material) -> int:
    """Return the number of requests of such a note, without repetitions."""
    words = material.transcript
    return len(_steps(template, material.video, words)) if words is not None else 1


def _steps(template: NoteTemplate, video: Video, words: Transcript) -> list[_Step]:
    minutes = minutes_of(video, words)
    tokens = sum(count_tokens(segment.text) for segment in words.segments)
    passages: list[_Step] = []
    others: list[_Step] = []
    for number, plan in enumerate(template.sections):
        if not plan.repeat:
            others.append(_Step(number, plan))
            continue
        low, high = section_range(plan, minutes)
        count = max(
            min(max(low, math.ceil(tokens / PASSAGE_TOKENS)), high),
            math.ceil(tokens / MAX_PASSAGE_TOKENS),
        )
        parts = equal_parts(words, video, count)
        passages += [_Step(number, replace(plan, min=1, max=1), part) for part in parts]
    return passages + others


def _fixed(steps: list[_Step]) -> dict[str, _Step]:
    """Return the steps whose headings the template gives, by heading."""
    return {heading_key(step.plan.heading): step for step in steps if step.part is None}


def _begun(steps: list[_Step], whole: Draft | None) -> dict[int, DraftSection]:
    """Return the sections already written, by step: those with fixed headings by heading, the
    others in order.

    A section without text has failed; it is not requested again, unless all failed.
    """
    if whole is None or not any(section.chars for section in whole.sections):
        return {}
    done: dict[int, DraftSection] = {}
    others: list[DraftSection] = []
    fixed = {key: steps.index(step) for key, step in _fixed(steps).items()}
    for section in whole.sections:
        number = fixed.pop(heading_key(section.heading), None)
        if number is None:
            others.append(section)
        else:
            done[number] = section
    free = (number for number in range(len(steps)) if number not in done)
    return done | dict(zip(free, others, strict=False))


def _kept(done: dict[int, DraftSection]) -> PartDraft:
    return PartDraft(0, Draft("", tuple(done[number] for number in sorted(done)), whole=True))


def _gist(work: Work, steps: list[_Step], done: dict[int, DraftSection]) -> Transcript:
    """Return the passages' sections as a transcript, one statement a line, without headings, since
    a small model copies these into its sentences."""
    draft = _in_order(steps, done)
    told = condensed(draft, work.material.transcript, work.template)
    headings = {f"{section.heading}: " for section in draft.sections}
    return replace(told, segments=tuple(_without(headings, line) for line in told.segments))


def _without(headings: Iterable[str], line: Segment) -> Segment:
    opening = next((each for each in headings if line.text.startswith(each)), "")
    return replace(line, text=line.text.removeprefix(opening))


def _finished(
    section: DraftSection, step: _Step, index: GroundingIndex, language: str
) -> DraftSection:
    """Return a section with its cites, under the heading that its template gives it."""
    spoken = primary(language or index.transcript.language)
    if step.plan.heading and not step.plan.repeat and spoken in ("", "en"):
        section = replace(section, heading=step.plan.heading)
    section = labelled(section, index)
    if step.part is not None and step.plan.kind is SectionKind.CHAPTER:
        return replace(section, cites=(step.part.first, step.part.last))
    if step.part is not None and not places_in(section, index.place_of):
        return replace(section, cites=(step.part.first,))  # the cite is known, supported or not
    return section


def _in_order(steps: list[_Step], done: dict[int, DraftSection], *, whole: bool = False) -> Draft:
    """Return the sections in the order of their template, without empty ones."""
    placed = sorted(
        (steps[number].number, number) for number, section in done.items() if section.chars
    )
    return Draft("", tuple(done[number] for _, number in placed), whole)


class _SectionObserver(ForwardingObserver):
    """Shows the sections of a note while one of them is written: `latest`."""

    def __init__(
        self, observer: GenerationObserver, steps: list[_Step], done: dict[int, DraftSection]
    ) -> None:
        super().__init__(observer)
        self._steps = steps
        self._done = dict(done)
        self.latest: DraftSection | None = None

    async def grew(self, grown: Growth) -> None:
        self.latest = next(iter(grown.draft.sections), None)
        shown = self._done
        if self.latest is not None:
            number = min(n for n in range(len(self._steps)) if n not in shown)
            shown = shown | {number: self.latest}
        share = (len(self._done) + grown.progress) / len(self._steps)
        kept = _kept(self._done)
        await self.observer.grew(Growth(_in_order(self._steps, shown), share, kept, grown.parts))
