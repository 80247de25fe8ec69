"""A note in three requests, a level each, for models that cannot write three at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from notegen_desktop.domain.checks.validation import levels_to_write
from notegen_desktop.domain.notes.note import Draft, DraftSection, Level, PartDraft, Usage

from .assignment import Work
from .observer import GenerationObserver, Growth, Relay
from .request import ModelAnswer

Ask = Callable[[Work, Draft | None, GenerationObserver], Awaitable[ModelAnswer]]
"""Asks for a work, of which a beginning may be there already."""


async def write_levels(
    ask: Ask, work: Work, whole: Draft | None, observer: GenerationObserver
) -> ModelAnswer:
    """The concise level decides on the sections; the others keep them. Sections that lack a level
    are kept by nobody, so an attempt that breaks off leaves `whole` as it was."""
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
    """A draft with the levels that its sections lack, each asked for by itself, for these sections
    alone."""
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
    """The sections of an outline with the text of one level more, found by heading, or by number
    where as many came. What did not come stays as it is, or has the text of the level before."""
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
        texts = {each: section.at(each) for each in Level} | {level: text}
        filled.append(DraftSection(section.heading, section.cites, *texts.values()))
    return replace(outline, sections=tuple(filled))


class _LevelObserver(Relay):
    """Shows what there is of a note while one of its levels is written."""

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
