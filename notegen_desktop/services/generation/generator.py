"""Writes one note: has it asked for, checks what came, asks anew or for what was left out.

The generator knows neither the board nor the other jobs. It tells a `GenerationObserver` what it
does, and ends with a `Note`, or with an error that belongs to this note alone.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from notegen_desktop.domain.checks.grounding import coverage
from notegen_desktop.domain.errors import (
    AnswerUnusable,
    NetworkUnreachable,
    NothingThere,
    TimedOut,
    WriterError,
)
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.notes.merging import filled
from notegen_desktop.domain.notes.note import Draft, Engine, Note, Part, Usage
from notegen_desktop.domain.notes.parts import gap_part, split
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.pacing.rate_limiter import RateLimiter
from notegen_desktop.services.pacing.retry import Retries
from notegen_desktop.services.ports import NoteWriter

from .assignment import Work
from .cache_warmup import CacheWarmup
from .chunks import Filling, write_parts
from .combined import CombinedSlot, combine
from .request import GenerationObserver, ModelAnswer, RequestSender
from .validation import Verdict, forgotten, judge

log = logging.getLogger(__name__)

JUDGED_AT_ONCE = 1
"""Drafts looked at side by side. It is all arithmetic: more threads would only hold more memory
and leave the window less time to draw."""


class NoteGenerator:
    """One for the program; `write` may run many times side by side."""

    def __init__(
        self,
        *,
        limiter: RateLimiter,
        writer_for: Callable[[Engine], NoteWriter],
        price: Callable[[str, Usage], float],
        clock: Clock,
        rng: random.Random | None = None,
    ) -> None:
        self._clock = clock
        self._judging = asyncio.Semaphore(JUDGED_AT_ONCE)
        self._sender = RequestSender(
            limiter=limiter,
            writer_for=writer_for,
            price=price,
            clock=clock,
            rng=rng or random.Random(),
        )

    def retries(self) -> Retries:
        """Tries of something that is no request, and earns none for others."""
        return Retries(self._sender.budget)

    @property
    def retried(self) -> int:
        """How often a request was sent again, in this session."""
        return self._sender.retried

    async def prepare(self, engine: Engine) -> None:
        """Load what an engine needs. Raises EngineMissing."""
        await self._sender.prepare(engine)

    def combine(self, requests: Iterable[NoteRequest]) -> dict[str, CombinedSlot]:
        """The places, by job, of those that can be answered together."""
        return combine(requests, self._sender)

    async def write(
        self,
        work: Work,
        observer: GenerationObserver,
        warmup: CacheWarmup | None = None,
        place: CombinedSlot | None = None,
    ) -> Note:
        """The finished, grounded note; with a `place`, from an answer that has others, too.

        Raises WriterError, NetworkUnreachable or TimedOut.
        """
        material = work.material
        parts: tuple[Part, ...] = ()
        if work.engine is not Engine.OFFLINE:
            parts = split(material.transcript, material.video, work.mode)
        if parts:
            if place is not None:
                place.leave()
            verdict, answer = await self._in_parts(work, parts, observer, warmup)
        else:
            verdict, answer = await self._judged(work, observer, warmup, place)
        note = self._note(work, verdict, answer)
        for gap in forgotten(work, note, len(parts)):
            try:
                note = await self._filled(work, note, gap, Filling(observer))
            except (WriterError, NetworkUnreachable, TimedOut) as error:
                log.info("a gap stays open: %s", error)
        return note

    async def fill(
        self, work: Work, note: Note, span: tuple[float, float], observer: GenerationObserver
    ) -> Note:
        """A finished note with what it leaves out between two times (seconds).

        Raises NothingThere, WriterError, NetworkUnreachable or TimedOut.
        """
        material = work.material
        gap = gap_part(material.transcript, material.video, work.mode, span, known=_headings(note))
        if gap is None:
            raise NothingThere
        return await self._filled(work, note, gap, observer)

    async def _in_parts(
        self,
        work: Work,
        parts: tuple[Part, ...],
        observer: GenerationObserver,
        warmup: CacheWarmup | None,
    ) -> tuple[Verdict, ModelAnswer]:
        async def write(of_part: Work, on: GenerationObserver, part: Part) -> ModelAnswer:
            own = warmup.of(part) if warmup is not None else None
            verdict, answer = await self._judged(of_part, on, own)
            return replace(answer, draft=verdict.draft)

        draft, answers = await write_parts(write, work, parts, observer)
        observer.checking()
        verdict = await self._judge(work, draft)
        if not verdict.usable:
            work.kept.drafts.clear()  # another attempt would only put the same together
            raise _unusable(verdict)
        usage = sum((answer.usage for answer in answers), Usage())
        model = next((answer.model for answer in answers if answer.model), "")
        return verdict, ModelAnswer(draft, usage, model)

    async def _filled(
        self, work: Work, note: Note, gap: Part, observer: GenerationObserver
    ) -> Note:
        verdict, answer = await self._judged(work.of_part(gap), observer, None)
        sections = filled(note.sections, verdict.grounded.sections, work.template)
        return replace(
            note,
            sections=sections,
            coverage=coverage(sections, work.duration_s),
            usage=note.usage + answer.usage,
        )

    async def _judged(
        self,
        work: Work,
        observer: GenerationObserver,
        warmup: CacheWarmup | None,
        place: CombinedSlot | None = None,
    ) -> tuple[Verdict, ModelAnswer]:
        """An answer that is a note, asked for a second time if the first one is none."""
        usage = Usage()
        whole, reason = work.saved, ""
        combined: ModelAnswer | None = None
        if place is not None:
            combined = await place.answer(work, observer)
            if not combined.complete:
                usage, whole, combined = combined.usage, combined.draft, None
        while True:
            answer = combined or await self._sender.answer(work, whole, reason, observer, warmup)
            combined = None
            usage += answer.usage
            if answer.unusable is not None:
                if reason:
                    raise answer.unusable
                reason, whole = answer.unusable.message, None
                continue
            observer.checking()
            verdict = await self._judge(work, answer.draft)
            if verdict.usable:
                return verdict, replace(answer, usage=usage)
            if reason or work.engine is Engine.OFFLINE:
                raise _unusable(verdict)
            reason = verdict.reason
            whole = answer.draft if verdict.continues else None

    async def _judge(self, work: Work, draft: Draft) -> Verdict:
        async with self._judging:
            return await asyncio.to_thread(judge, work, draft)

    def _note(self, work: Work, verdict: Verdict, answer: ModelAnswer) -> Note:
        video = work.material.video
        return Note(
            title=verdict.draft.title or video.name,
            video=video,
            template=work.template.id,
            template_version=work.template.version,
            language=work.language,
            engine=work.engine.value,
            model=answer.model or work.model,
            created=datetime.fromtimestamp(self._clock.time(), UTC).isoformat(timespec="seconds"),
            sections=verdict.grounded.sections,
            coverage=verdict.grounded.coverage,
            usage=answer.usage,
            mode=work.mode.value,
        )


def _headings(note: Note) -> tuple[str, ...]:
    return tuple(section.heading for section in note.sections)


def _unusable(verdict: Verdict) -> AnswerUnusable:
    return AnswerUnusable(
        f"What came back is not a note: {verdict.reason}",
        hint="Retry, or choose another model. The text that came is kept to read.",
    )
