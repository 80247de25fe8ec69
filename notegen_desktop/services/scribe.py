"""Writes one note: takes turns at the gate, tries again, completes what was cut off, checks it.

The scribe knows neither the board nor the other jobs. What it does is told to a `Watcher`; what it
ends with is a `Note`, or an error that belongs to this note alone.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, aclosing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Protocol

from notegen_desktop.domain.errors import (
    AnswerTruncated,
    AnswerUnusable,
    NetworkUnreachable,
    NothingThere,
    ServiceUnavailable,
    TimedOut,
    WriterError,
    failure_of,
)
from notegen_desktop.domain.grounding import coverage
from notegen_desktop.domain.merging import filled
from notegen_desktop.domain.notes import Draft, Engine, Mode, Note, Usage
from notegen_desktop.domain.part import Part, PartDraft
from notegen_desktop.domain.parts import gap_part, split

from .clock import Clock
from .judging import Verdict, forgotten, judge
from .pacing import Claim, Gate, Wait
from .passages import Filling, write_parts
from .ports import Assignment, NoteWriter, Writing
from .retries import PASSING, Retries, RetryBudget
from .work import Work

log = logging.getLogger(__name__)

NOT_SENT = frozenset({"network_unreachable", "key_missing", "engine_missing"})
"""Errors after which nothing has reached the other side: no request is booked."""

MOST_CONTINUATIONS = 8
"""So often the rest of a cut answer is asked for; each time at least one whole section came."""


@dataclass(frozen=True, slots=True)
class RequestMade:
    """One request that was sent, for the ledger.

    `outcome` is "ok", "cancelled" or the code of its error. `began` and `ended` say whether its
    answer has the note's (or the part's) beginning and its end.
    """

    model: str
    usage: Usage
    seconds: float
    outcome: str = "ok"
    began: bool = True
    ended: bool = True


@dataclass(slots=True)
class Spent:
    """What a request really cost in US dollars, told to whoever holds the budget for it."""

    usd: float = 0.0


class Watcher(Protocol):
    """Who looks on while a note is written. What is awaited is durable when it returns."""

    def waiting(self, wait: Wait) -> None:
        """Waits; an empty reason says that it is only queued."""
        ...

    def writing(self) -> None: ...

    async def grew(
        self, draft: Draft, progress: float, part: PartDraft | None = None, parts: int = 1
    ) -> None:
        """The note has more text; `part` is what is kept of it where it is written in `parts`."""
        ...

    def checking(self) -> None: ...

    async def requested(self, made: RequestMade, work: Work) -> None: ...

    def budget(self, work: Work) -> AbstractAsyncContextManager[Spent]:
        """Hold what one request may cost while it runs. Raises BudgetExceeded."""
        ...


class Convoy:
    """Lets the first request of a video go ahead until its first words, then the others.

    What all requests of a video begin with is then in the model's cache, and read at a tenth of
    the price. Worth it only where the shared beginning is long enough to be cached at all, and
    not for longer than `PATIENCE_S`: a leader that is slow, or cancelled, holds up nobody.
    """

    PATIENCE_S = 5.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leading = False
        self._open = asyncio.Event()
        self._parts: dict[tuple[int, int], Convoy] = {}

    def of(self, part: Part) -> Convoy:
        """That of a part of the video, whose requests have a beginning of their own."""
        return self._parts.setdefault((part.number, part.count), Convoy(self._clock))

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    def open(self) -> None:
        self._open.set()

    async def pass_through(self, watch: Watcher) -> None:
        """Return at once as the leader; as a follower, when the leader's first words are there."""
        if not self._leading:
            self._leading = True
            return
        if not self._open.is_set():
            watch.waiting(Wait("The first note of this video goes ahead"))
            opened = asyncio.create_task(self._open.wait())
            patience = asyncio.create_task(self._clock.sleep(self.PATIENCE_S))
            try:
                await asyncio.wait({opened, patience}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                opened.cancel()
                patience.cancel()
            self.open()
            watch.waiting(Wait())


@dataclass(slots=True)
class Answer:
    """What came, of however many requests: whole sections, what they took, the model's own name."""

    draft: Draft = field(default_factory=Draft)
    usage: Usage = field(default_factory=Usage)
    model: str = ""


class Scribe:
    """One for the program; `write` may run many times side by side."""

    def __init__(
        self,
        *,
        gate: Gate,
        writer_for: Callable[[Engine], NoteWriter],
        price: Callable[[str, Usage], float],
        clock: Clock,
        rng: random.Random | None = None,
    ) -> None:
        self._gate = gate
        self._writer_for = writer_for
        self._price = price
        self._clock = clock
        self._random = rng or random.Random()
        self._budget = RetryBudget()

    async def prepare(self, engine: Engine) -> None:
        """Load what an engine needs. Raises EngineMissing."""
        await self._writer_for(engine).prepare()

    async def write(self, work: Work, watch: Watcher, convoy: Convoy | None = None) -> Note:
        """The finished, grounded note. Raises WriterError, NetworkUnreachable or TimedOut."""
        material = work.material
        parts: tuple[Part, ...] = ()
        if work.engine is not Engine.OFFLINE:
            parts = split(material.transcript, material.video, work.mode)
        if parts:
            verdict, answer = await self._in_parts(work, parts, watch, convoy)
        else:
            verdict, answer = await self._judged(work, watch, convoy)
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
        self, work: Work, parts: tuple[Part, ...], watch: Watcher, convoy: Convoy | None
    ) -> tuple[Verdict, Answer]:
        async def write(of_part: Work, on: Watcher, part: Part) -> Answer:
            own = convoy.of(part) if convoy is not None else None
            verdict, answer = await self._judged(of_part, on, own)
            return replace(answer, draft=verdict.draft)

        draft, answers = await write_parts(write, work, parts, watch)
        watch.checking()
        verdict = await asyncio.to_thread(judge, work, draft)
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
        self, work: Work, watch: Watcher, convoy: Convoy | None
    ) -> tuple[Verdict, Answer]:
        """An answer that is a note, asked for a second time if the first one is none."""
        usage = Usage()
        whole, reason = work.saved, ""
        while True:
            answer = await self._answer(work, whole, reason, watch, convoy)
            usage += answer.usage
            watch.checking()
            verdict = await asyncio.to_thread(judge, work, answer.draft)
            if verdict.usable:
                return verdict, replace(answer, usage=usage)
            if reason or work.engine is Engine.OFFLINE:
                raise _unusable(verdict)
            reason = verdict.reason
            whole = answer.draft if verdict.continues else None

    # --- one answer, however many requests it takes ---

    async def _answer(
        self,
        work: Work,
        whole: Draft | None,
        reason: str,
        watch: Watcher,
        convoy: Convoy | None,
    ) -> Answer:
        writer = self._writer_for(work.engine)
        retries = Retries(self._budget, self._random)
        answer = Answer(draft=whole or Draft())
        continuations = 0
        self._budget.earn()
        while True:
            assignment = Assignment(
                template=work.template,
                video=work.material.video,
                transcript=work.material.transcript if work.mode is not Mode.VIDEO else None,
                mode=work.mode,
                language=work.language,
                model=work.model,
                whole_sections=answer.draft if answer.draft.sections else None,
                reason=reason,
                part=work.part,
                media=work.media,
            )
            if convoy is not None and not convoy.is_open:
                await convoy.pass_through(watch)
            before = len(answer.draft.sections)
            last: Writing | None = None
            try:
                last = await self._request(writer, assignment, work, answer, watch, convoy)
            except PASSING as error:
                if len(answer.draft.sections) > before:
                    retries.progressed()
                wait = retries.wait_after(error)
                if wait is None:
                    raise
                if wait:
                    watch.waiting(Wait(_words_for(error), self._clock.time() + wait))
                    await self._clock.sleep(wait)
                watch.waiting(Wait())
                continue
            if not last.truncated:
                return answer
            continuations += 1
            if len(answer.draft.sections) == before or continuations > MOST_CONTINUATIONS:
                raise AnswerTruncated

    async def _request(
        self,
        writer: NoteWriter,
        assignment: Assignment,
        work: Work,
        answer: Answer,
        watch: Watcher,
        convoy: Convoy | None,
    ) -> Writing:
        """Send one request in one turn. Whole sections and usage go into `answer` even if it fails.

        Raises ServiceUnavailable if the stream ends without having finished, and what the writer
        raises.
        """
        whole = answer.draft
        claim = Claim(
            work.model,
            group=assignment.video.id,
            tokens=work.estimate.input_tokens,
            seconds=work.estimate.seconds,
        )
        async with self._gate.turn(claim, watch.waiting) as turn, watch.budget(work) as spent:
            watch.writing()
            started = self._clock.monotonic()
            last: Writing | None = None
            outcome = "cancelled"
            try:
                async with aclosing(writer.write(assignment)) as stream:
                    async for last in stream:
                        self._budget.reached = True
                        if convoy is not None:
                            convoy.open()
                        await watch.grew(whole.continued_by(last.draft), last.progress)
                if last is None or not last.finished:
                    raise ServiceUnavailable("The answer ended before it was whole.")
                turn.succeeded()
                outcome = "ok"
            except Exception as error:
                outcome = failure_of(error).code
                raise
            finally:
                if convoy is not None:
                    convoy.open()
                sent = last is not None or outcome not in NOT_SENT
                usage = self._priced(last, work) if last else Usage(requests=int(sent))
                if last is not None:
                    finished = last.finished and not last.truncated
                    kept = last.draft if finished else last.draft.kept()
                    answer.draft = whole.continued_by(kept)
                    answer.model = last.model or answer.model
                answer.usage += usage
                spent.usd = usage.cost_usd
                if sent and work.engine is not Engine.OFFLINE:
                    seconds = self._clock.monotonic() - started
                    model = answer.model or work.model
                    made = RequestMade(
                        model,
                        usage,
                        seconds,
                        outcome,
                        began=not whole.sections,
                        ended=last is not None and last.finished and not last.truncated,
                    )
                    await watch.requested(made, work)
        return last

    def _priced(self, last: Writing, work: Work) -> Usage:
        usage = last.usage
        if usage.cost_usd or not usage.requests:
            return usage
        return replace(usage, cost_usd=self._price(last.model or work.model, usage))

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


def _words_for(error: Exception) -> str:
    """What a job waits for between two tries, for people."""
    if isinstance(error, NetworkUnreachable):
        return "Waiting for the network"
    if isinstance(error, TimedOut):
        return "No answer in time; trying again"
    return "Gemini is overloaded; trying again"
