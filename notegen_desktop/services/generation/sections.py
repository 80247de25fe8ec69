"""A note section by section, for small models: the program parts the talk, says what each section
is of, and finds the places of its statements; the model retells a passage at a time."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass, replace

from notegen_desktop.domain.checks.grounding import GroundingIndex
from notegen_desktop.domain.checks.labelling import labelled
from notegen_desktop.domain.checks.substance import recites
from notegen_desktop.domain.errors import AnswerUnusable
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, DraftSection, Part, PartDraft, Usage
from notegen_desktop.domain.notes.parts import condensed, passage, stretches
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind, SectionPlan
from notegen_desktop.domain.prompts.material import minutes_of
from notegen_desktop.domain.prompts.task import section_range
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.ports import Material

from .assignment import Work
from .levels import Ask
from .observer import GenerationObserver, Growth, Relay
from .request import ModelAnswer

PASSAGE_TOKENS = 350
"""Words of a section's passage, in a short talk: two minutes of speech."""
MOST_PASSAGE_TOKENS = 1_200
"""Beyond, a small model retells its beginning alone."""
TRIES = 2


@dataclass(frozen=True, slots=True)
class _Step:
    """A section to write: of a passage, or, where there is none, over what the others tell."""

    number: int
    plan: SectionPlan
    part: Part | None = None


async def write_sections(
    ask: Ask, work: Work, whole: Draft | None, observer: GenerationObserver
) -> ModelAnswer:
    """The sections of passages first, then those over the whole; kept in the order of writing.

    A section that comes to nothing twice is left out; where most do, the note breaks off.
    """
    words = work.material.transcript
    assert words is not None
    steps = _steps(work.template, work.material.video, words)
    index = await asyncio.to_thread(GroundingIndex, words)
    done = list(whole.sections[: len(steps)]) if whole else []
    usage, model, broke_off, failed = Usage(), "", None, 0
    for at in range(len(done), len(steps)):
        step = steps[at]
        told = passage(words, step.part, context_s=0.0) if step.part else _gist(work, steps, done)
        shown = _SectionObserver(observer, steps, done)
        written: DraftSection | None = None
        for _ in range(TRIES):
            answer = await ask(work.of_section(step.plan, told), None, shown)
            usage, model = usage + answer.usage, answer.model or model
            if answer.draft.sections and not _is_ours(answer.draft.sections[0], work.template):
                written = answer.draft.sections[0]
                break
            broke_off = answer.broke_off or AnswerUnusable()
        if written is None:
            failed += 1
            if 2 * failed > len(steps):
                return ModelAnswer(Draft("", tuple(done)), usage, model, broke_off=broke_off)
            done.append(DraftSection(step.plan.heading))  # its place, so that none is written twice
            continue
        done.append(await asyncio.to_thread(_finished, written, step, index, work.language))
        work.kept.of(1)[0] = PartDraft(0, Draft("", tuple(done)))
    return ModelAnswer(_in_order(steps, done, whole=True), usage, model)


def section_count(template: NoteTemplate, material: Material) -> int:
    """How many requests such a note takes."""
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
            math.ceil(tokens / MOST_PASSAGE_TOKENS),
        )
        parts = stretches(words, video, count)
        passages += [_Step(number, replace(plan, min=1, max=1), part) for part in parts]
    return passages + others


def _gist(work: Work, steps: list[_Step], done: list[DraftSection]) -> Transcript:
    """What the sections of passages tell, a statement a line."""
    draft = _in_order(steps, done)
    return condensed(draft, work.material.transcript, work.template)


def _is_ours(section: DraftSection, template: NoteTemplate) -> bool:
    """Whether a section, or its heading alone, gives back what the model was told."""
    return any(recites(text, template) for text in (section.heading, section.concise))


def _finished(
    section: DraftSection, step: _Step, index: GroundingIndex, language: str
) -> DraftSection:
    """A section with its places, and under the heading that its template gives it."""
    spoken = primary(language or index.transcript.language)
    if step.plan.heading and not step.plan.repeat and spoken in ("", "en"):
        section = replace(section, heading=step.plan.heading)
    section = labelled(section, index)
    if step.part is not None and step.plan.kind is SectionKind.CHAPTER:
        return replace(section, cites=(step.part.first, step.part.last))
    return section


def _in_order(steps: list[_Step], done: list[DraftSection], *, whole: bool = False) -> Draft:
    """The sections in the order of their template, without those that came to nothing."""
    written = zip(steps, done, strict=False)
    placed = sorted(
        ((step.number, at, section) for at, (step, section) in enumerate(written) if section.chars),
        key=lambda each: each[:2],
    )
    return Draft("", tuple(section for _, _, section in placed), whole)


class _SectionObserver(Relay):
    """Shows what there is of a note while one of its sections is written."""

    def __init__(
        self, observer: GenerationObserver, steps: list[_Step], done: list[DraftSection]
    ) -> None:
        super().__init__(observer)
        self._steps = steps
        self._done = list(done)

    async def grew(self, grown: Growth) -> None:
        shown = _in_order(self._steps, [*self._done, *grown.draft.sections[:1]])
        kept = PartDraft(0, Draft("", tuple(self._done)))
        share = (len(self._done) + grown.progress) / len(self._steps)
        await self.observer.grew(Growth(shown, share, kept, grown.parts))
