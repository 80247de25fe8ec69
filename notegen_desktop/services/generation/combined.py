"""Combines several notes of a video in one answer, which saves requests of the daily quota.

Jobs of one video, model and language are combined before they begin. Each registers when its work
is known; the request is sent when all have registered or left. Its usage is divided among them so
that the sum is exact. Notes that are incomplete are requested alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from notegen_desktop.domain.cost.estimate import fit_one_answer
from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    BudgetExceeded,
    NoteGenError,
    RequestRejected,
    RequestTooLarge,
    TimedOut,
)
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.notes.note import Draft, Engine, Usage
from notegen_desktop.domain.words import _
from notegen_desktop.services.pacing.retry import PASSING, Wait
from notegen_desktop.services.ports import Assignment, Writing

from .assignment import Work
from .budget import RequestMade
from .observer import GenerationObserver, Growth
from .request import (
    MAX_CONTINUATIONS,
    ModelAnswer,
    ModelRequest,
    RequestResult,
    RequestSender,
    assigned,
)

log = logging.getLogger(__name__)

COMBINED_ONLY_ERRORS = (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    BudgetExceeded,
    RequestRejected,
    RequestTooLarge,
    TimedOut,
)
"""Errors of a combined request that may not occur if a note is requested alone."""


class Combinations:
    """The jobs whose notes share an answer. One instance per program."""

    def __init__(self, sender: RequestSender) -> None:
        self._sender = sender
        self._of_job: dict[str, _Combination] = {}

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._of_job

    def add(self, requests: Iterable[NoteRequest]) -> None:
        """Combine requests of the same video, engine, model and language."""
        alike: dict[tuple[str, ...], list[str]] = {}
        for asked in requests:
            if asked.engine is not Engine.OFFLINE:
                key = (asked.video_id, asked.engine, asked.model, asked.language, asked.wish)
                alike.setdefault(key, []).append(asked.job_id)
        for job_ids in alike.values():
            self._of_job |= dict.fromkeys(job_ids, _Combination(job_ids, self._sender))

    def leave(self, job_id: str) -> None:
        """Remove a job that needs no combined answer (any more)."""
        if (combination := self._of_job.pop(job_id, None)) is not None:
            combination.leave(job_id)

    async def answer(self, work: Work, observer: GenerationObserver) -> ModelAnswer | None:
        """Return the answer for one note, or None if it is not combined.

        The rest of an incomplete answer has to be requested alone. Raises the errors of any
        request: WriterError or NetworkUnreachable.
        """
        combination = self._of_job.get(work.job_id)
        return None if combination is None else await combination.answer(work, observer)


class _Combination:
    """A group of jobs: the request is sent when each job has registered or left, and ends when none
    waits."""

    def __init__(self, job_ids: Sequence[str], sender: RequestSender) -> None:
        self._order = job_ids
        self._awaited = set(job_ids)
        self._sender = sender
        self._members: dict[str, _Member] = {}

    def leave(self, job_id: str) -> None:
        """Remove a job; a second call does nothing."""
        if job_id in self._awaited:
            self._awaited.discard(job_id)
            if not self._awaited:
                self._begin()

    async def answer(self, work: Work, observer: GenerationObserver) -> ModelAnswer:
        saved = work.saved or Draft()
        result: asyncio.Future[ModelAnswer] = asyncio.get_running_loop().create_future()
        member = self._members[work.job_id] = _Member(
            work, observer, ModelAnswer(saved), result, saved
        )
        self.leave(work.job_id)
        try:
            return await result
        finally:
            member.gone = True
            task = member.task
            if task is not None and all(s.gone for s in self._members.values() if s.task is task):
                task.cancel()
                await asyncio.wait([task])

    def _begin(self) -> None:
        """Send the requests, with notes in the order of the jobs."""
        registered = [self._members[job_id] for job_id in self._order if job_id in self._members]
        for members in _groups([member for member in registered if member.is_open]):
            if len(members) == 1:
                members[0].hand_over()
                continue
            task = asyncio.create_task(
                _Combined(self._sender, members).write(), name="several notes"
            )
            for member in members:
                member.task = task


def _groups(members: Iterable[_Member]) -> Iterator[list[_Member]]:
    """Yield groups that share a prompt prefix, each as large as fits into one answer."""
    alike: dict[tuple[object, ...], list[_Member]] = {}
    for member in members:
        work = member.work
        key = (work.engine, work.model, work.mode, work.language, work.wish, work.media)
        alike.setdefault(key, []).append(member)
    for group in alike.values():
        packed: list[_Member] = []
        for member in group:
            most = member.work.facts.limits.answer
            if packed and not fit_one_answer((s.work.estimate for s in (*packed, member)), most):
                yield packed
                packed = []
            packed.append(member)
        yield packed


@dataclass(slots=True, eq=False)
class _Member:
    """One note of a combined answer.

    `whole` is its draft when the present request was sent, `answer` its present one. `text` is the
    number of characters received in this request; `booked` is True once its share of the usage is,
    and `gone` once its job no longer waits.
    """

    work: Work
    observer: GenerationObserver
    answer: ModelAnswer
    result: asyncio.Future[ModelAnswer]
    whole: Draft
    task: asyncio.Task[None] | None = None
    begun: bool = False
    text: int = 0
    booked: bool = False
    gone: bool = False

    @property
    def is_open(self) -> bool:
        return not self.gone and not self.result.done()

    def hand_over(self) -> None:
        """Give the job what was received, as its final combined answer."""
        if not self.result.done():
            self.result.set_result(self.answer)

    def fail(self, error: BaseException) -> None:
        if self.is_open:
            self.result.set_exception(error)


class _Combined(ModelRequest):
    """A request for several notes at once, continued until all are complete."""

    def __init__(self, sender: RequestSender, members: list[_Member]) -> None:
        self._sender = sender
        self._members = members
        self._asked: list[_Member] = []
        self._shares = Shares(self._price)
        self._started = 0.0
        self._model = ""

    async def write(self) -> None:
        """Write the notes. All results and errors end on the members."""
        try:
            await self._write()
        except COMBINED_ONLY_ERRORS as error:
            log.info("several notes in one answer: %s", error)
        except Exception as error:
            if not isinstance(error, NoteGenError):
                log.exception("unexpected error in an answer with several notes")
            for member in self._members:
                member.fail(error)
        for member in self._members:
            if member.is_open:
                member.observer.waiting(Wait())
            member.hand_over()

    async def _write(self) -> None:
        """Send requests until at most one note is incomplete, or a request brings nothing new."""
        retries = self._sender.retry_budget.retries(self._members[0].work.engine.service)
        continuations = 0
        while len(self._open()) > 1:
            before = self._finished_sections()
            try:
                last = await self._sender.send(self._combined_work(), self, retries)
            except PASSING as error:
                if self._finished_sections() > before:
                    retries.progressed()
                await retries.outlast(error, self.waiting)
                continue
            retries.succeeded()
            for member in self._asked:  # only after the request has ended and is booked
                if member.answer.complete:
                    member.hand_over()
            continuations += 1
            stuck = self._finished_sections() == before or continuations > MAX_CONTINUATIONS
            if not last.truncated or stuck:
                return

    def _open(self) -> list[_Member]:
        return [member for member in self._members if member.is_open]

    def _finished_sections(self) -> int:
        """Return the number of finished sections."""
        return sum(len(member.answer.draft.sections) for member in self._members)

    def _price(self, usage: Usage) -> float:
        return self._sender.price(self._members[0].work, usage, self._model)

    def _combined_work(self) -> Work:
        """Return the first member's work with the size of all; the shared prefix counts once."""
        works = [member.work for member in self._open()]
        first, *others = works
        read = first.estimate.input_tokens + sum(
            work.estimate.input_tokens - work.estimate.prefix_tokens for work in others
        )
        written = sum(work.estimate.output_tokens for work in works)
        return replace(
            first,
            estimate=replace(
                first.estimate,
                input_tokens=read,
                cached_tokens=0,
                output_tokens=written,
                cost_usd=self._sender.price(first, Usage(1, read, 0, written)),
                seconds=sum(work.estimate.seconds for work in works),
            ),
        )

    # --- as a request ---

    def assignment(self) -> Assignment:
        """Return the assignment without the notes whose jobs left while the request waited."""
        self._asked = self._open()
        self._shares = Shares(self._price)
        for member in self._asked:
            member.whole = member.answer.draft
            member.begun, member.text, member.booked = False, 0, False
        first, *others = (assigned(member.work, member.whole) for member in self._asked)
        return replace(first, others=tuple(others))

    def waiting(self, wait: Wait) -> None:
        for member in self._open():
            member.observer.waiting(wait)

    def writing(self) -> None:
        self._started = self._sender.clock.monotonic()
        self.waiting(Wait(_("Comes in one answer with other notes of this video")))

    async def received(self, writing: Writing) -> None:
        self._model = writing.model or self._model
        self._measure(writing)
        for member, note in zip(self._asked, _notes(writing), strict=False):
            if member.booked:
                continue
            draft = member.whole.continued_by(note.draft)
            if note.finished and not note.truncated and draft.sections:
                member.answer.draft, member.answer.complete = draft, True
                if member.is_open:
                    await member.observer.grew(Growth(draft, 1.0))
                usage = self._sender.priced(member.work, writing.usage, self._model)
                await self._book(member, usage, outcome="cancelled" if member.gone else "ok")
                if not writing.finished:
                    member.hand_over()
            elif note.draft.sections and member.is_open:
                if not member.begun:
                    member.begun = True
                    member.observer.writing()
                await member.observer.grew(Growth(draft, note.progress))

    async def ended(self, result: RequestResult) -> None:
        """Store the finished sections of incomplete notes; divide the rest of the usage."""
        last = result.last
        self._measure(last)
        for member, note in zip(self._asked, _notes(last), strict=False):
            if not member.booked:
                member.answer.draft = member.whole.continued_by(note.draft.kept())
        for member in self._asked:
            if not member.booked:
                await self._book(
                    member, result.usage, outcome=result.outcome, reached=result.reached
                )
        left = self._shares.left(result.usage)
        if replace(left, cost_usd=0.0) != Usage():
            member = self._asked[-1]
            await self._keep(member, left, result.outcome)

    def _measure(self, writing: Writing | None) -> None:
        for member, note in zip(self._asked, _notes(writing), strict=False):
            member.text = max(member.text, note.draft.chars)

    async def _book(
        self, member: _Member, so_far: Usage, *, outcome: str, reached: bool = True
    ) -> None:
        member.booked = True
        others = [other.text for other in self._asked if not other.booked]
        share = self._shares.take(so_far, member.text, others)
        member.answer.usage += share
        member.answer.model = self._model or member.answer.model
        if reached and share != Usage():
            await self._keep(member, share, outcome)

    async def _keep(self, member: _Member, usage: Usage, outcome: str) -> None:
        made = RequestMade(
            self._model or member.work.model,
            usage,
            self._sender.clock.monotonic() - self._started,
            outcome,
            began=not member.whole.sections,
            ended=member.answer.complete and outcome == "ok",
        )
        await self._sender.budget.book(member.work, made)


def _notes(writing: Writing | None) -> tuple[Writing, ...]:
    """Return the notes of an answer; a single note is returned as a tuple of one."""
    if writing is None:
        return ()
    return writing.notes or (writing,)


class Shares:
    """Divides the usage of one request; a note gets its share when it is whole, while the answer
    goes on.

    Output tokens are divided in proportion to the text received and not yet shared; input and
    thinking tokens equally. The first note is charged the request. `price` returns the US dollars
    for the tokens of a share, by which the total price is divided.
    """

    def __init__(self, price: Callable[[Usage], float]) -> None:
        self._price = price
        self._given = Usage()

    def take(self, so_far: Usage, text: int, others: Sequence[int]) -> Usage:
        """Return the share of a note; `so_far` is the usage by now.

        `text` is the number of its characters, `others` are those of the notes without a share yet.
        The last note takes all that is left.
        """
        left = self.left(so_far)
        share = left
        if others:
            among = 1 + len(others)
            total = text + sum(others)
            written = left.output_tokens * text / total if total else left.output_tokens / among
            share = replace(
                left,
                output_tokens=round(written),
                input_tokens=left.input_tokens // among,
                cached_tokens=left.cached_tokens // among,
                thought_tokens=left.thought_tokens // among,
            )
            own, rest = self._price(share), self._price(left - share)
            part = own / (own + rest) if own + rest else 0.0
            share = replace(share, cost_usd=left.cost_usd * part)
        self._given += share
        return share

    def left(self, so_far: Usage) -> Usage:
        """Return the usage not divided yet."""
        return so_far - self._given
