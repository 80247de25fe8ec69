"""Writes one note: has it asked for, checks what came, asks anew or for what was left out.

The scribe knows neither the board nor the other jobs. What it does is told to a `Watcher`; what it
ends with is a `Note`, or an error that belongs to this note alone.
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
from .combined import Place, combine
from .request import Answer, Asker, Watcher
from .validation import Verdict, forgotten, judge

log = logging.getLogger(__name__)

JUDGED_AT_ONCE = 1
"""Drafts looked at side by side. It is all arithmetic: more threads would only hold more memory
and leave the window less time to draw."""


class Scribe:
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
        self._asker = Asker(
            limiter=limiter,
            writer_for=writer_for,
            price=price,
            clock=clock,
            rng=rng or random.Random(),
        )

    def retries(self) -> Retries:
        """Tries of something that is no request, and earns none for others."""
        return Retries(self._asker.budget)

    @property
    def retried(self) -> int:
        """How often a request was sent again, in this session."""
        return self._asker.retried

    async def prepare(self, engine: Engine) -> None:
        """Load what an engine needs. Raises EngineMissing."""
        await self._asker.prepare(engine)

    def combine(self, requests: Iterable[NoteRequest]) -> dict[str, Place]:
        """The places, by job, of those that can be answered together."""
        return combine(requests, self._asker)

    async def write(
        self,
        work: Work,
        watch: Watcher,
        warmup: CacheWarmup | None = None,
        place: Place | None = None,
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
            verdict, answer = await self._in_parts(work, parts, watch, warmup)
        else:
            verdict, answer = await self._judged(work, watch, warmup, place)
        note = self._note(work, verdict, answer)
        for gap in forgotten(work, note, len(parts)):
            try:
                note = await self._filled(work, note, gap, Filling(watch))
            except (WriterError, NetworkUnreachable, TimedOut) as error:
                log.info("a gap stays open: %s", error)
        return note

    async def fill(self, work: Work, note: Note, span: tuple[float, float], watch: Watcher) -> Note:
        """A finished note with what it leaves out between two times (seconds).

        Raises NothingThere, WriterError, NetworkUnreachable or TimedOut.
        """
        material = work.material
        gap = gap_part(material.transcript, material.video, work.mode, span, known=_headings(note))
        if gap is None:
            raise NothingThere
        return await self._filled(work, note, gap, watch)

    async def _in_parts(
        self, work: Work, parts: tuple[Part, ...], watch: Watcher, warmup: CacheWarmup | None
    ) -> tuple[Verdict, Answer]:
        async def write(of_part: Work, on: Watcher, part: Part) -> Answer:
            own = warmup.of(part) if warmup is not None else None
            verdict, answer = await self._judged(of_part, on, own)
            return replace(answer, draft=verdict.draft)

        draft, answers = await write_parts(write, work, parts, watch)
        watch.checking()
        verdict = await self._judge(work, draft)
        if not verdict.usable:
            work.kept.drafts.clear()  # another attempt would only put the same together
            raise _unusable(verdict)
        usage = sum((answer.usage for answer in answers), Usage())
        model = next((answer.model for answer in answers if answer.model), "")
        return verdict, Answer(draft, usage, model)

    async def _filled(self, work: Work, note: Note, gap: Part, watch: Watcher) -> Note:
        verdict, answer = await self._judged(work.of_part(gap), watch, None)
        sections = filled(note.sections, verdict.grounded.sections, work.template)
        return replace(
            note,
            sections=sections,
            coverage=coverage(sections, work.duration_s),
            usage=note.usage + answer.usage,
        )

    async def _judged(
        self, work: Work, watch: Watcher, warmup: CacheWarmup | None, place: Place | None = None
    ) -> tuple[Verdict, Answer]:
        """An answer that is a note, asked for a second time if the first one is none."""
        usage = Usage()
        whole, reason = work.saved, ""
        joint: Answer | None = None
        if place is not None:
            joint = await place.answer(work, watch)
            if not joint.complete:
                usage, whole, joint = joint.usage, joint.draft, None
        while True:
            answer = joint or await self._asker.answer(work, whole, reason, watch, warmup)
            joint = None
            usage += answer.usage
            if answer.unusable is not None:
                if reason:
                    raise answer.unusable
                reason, whole = answer.unusable.message, None
                continue
            watch.checking()
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

    def _note(self, work: Work, verdict: Verdict, answer: Answer) -> Note:
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
