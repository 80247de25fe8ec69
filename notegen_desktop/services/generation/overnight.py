"""Notes written overnight: sent in batches at half the price, and fetched later.

A request is in the journal before it is sent, under the title of its batch, until its note is
stored or given up. So a killed program finds what it sent, by name or by title, and sends nothing
twice. Only the first request of a note, or of each of its parts, is sent in a batch: later ones are
sent at once, at the usual price.
"""

from __future__ import annotations

import asyncio
import math
import uuid
from collections.abc import Callable, Iterable, Set
from contextlib import suppress
from dataclasses import replace
from typing import Any

from notegen_desktop.domain.errors import AnswerUnusable, BatchFailed, StoreError, WriterError
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Batch, BatchState, BatchWriter, Journal, SentRequest

from .assignment import Work
from .batches import AT_ONCE, BatchMember, BatchSender, SentBatch
from .budget import RequestMade
from .observer import GenerationObserver, Growth
from .request import ModelAnswer, RequestSender, assigned, without_keys
from .spool import Spool

MAX_BYTES = 16 * 1024 * 1024
"""Maximum bytes of a batch: Gemini takes 20 MB."""
MAX_REQUESTS = 1_000
COLLECT_S = 90.0
"""Seconds that a batch waits for another note, which may itself wait for a key or the network."""


class Overnight:
    """Sends notes in batches. One instance per program, used from the event loop's thread only.

    `step_aside` is called with each job that waits for a batch, to free its slot.
    """

    def __init__(
        self, sender: RequestSender, batches: BatchWriter, journal: Journal, spool: Spool
    ) -> None:
        self.step_aside: Callable[[str], object] = lambda _job_id: None
        self._sender = sender
        self._batches = batches
        self._journal = journal
        self._spool = spool
        self._clock = sender.clock
        self._awaited: set[str] = set()
        """Jobs that may still add a request to the next batch."""
        self._members: dict[str, dict[str, BatchMember]] = {}
        """Requests that wait for their answer, by job and key."""
        self._pending_batches: dict[str, SentBatch] = {}
        """The next batch to send, by model."""
        self._added: set[str] = set()
        self._spent: dict[str, set[str]] = {}
        """Keys of failed requests, by job: a retry makes them at once."""
        self._requests: dict[str, int] = {}
        """Number of requests of a note, by job."""
        self._send_task: asyncio.Task[None] | None = None
        self._enqueued_at = 0.0
        self._batch_sender = BatchSender(
            batches,
            journal,
            spool,
            sender.limiter.sleep_detector,
            enqueue=self._enqueue_again,
            mark_spent=self._mark_spent,
        )

    # --- jobs ---

    @property
    def news(self) -> asyncio.Event:
        """Event set when a job begins to wait for nothing but a batch; replaced each time."""
        return self._batch_sender.news

    def add(self, job_ids: Iterable[str]) -> None:
        """Write these jobs overnight; a batch is sent when each has made its request or left."""
        new = set(job_ids)
        self._awaited |= new
        self._added |= new

    def is_parked(self, job_id: str) -> bool:
        """Return True if a job waits for a batch and nothing else."""
        members = self._members.get(job_id, {})
        return bool(members) and all(member.is_parked for member in members.values())

    @property
    def parked(self) -> int:
        """Return the number of jobs that wait for nothing but a batch."""
        return sum(map(self.is_parked, self._members))

    def leave(self, job_id: str) -> None:
        """Expect no (more) requests of a job; a second call does nothing."""
        if job_id in self._awaited:
            self._awaited.discard(job_id)
            self._send_if_ready()

    def ended(self, job: NoteJob) -> bool:
        """Handle a final job; return True if a retry sends its requests at once, because those in
        the batch are given up or failed.

        Requests no longer needed are removed from the journal, and a batch without any is
        cancelled. A job that failed for another reason may still need its answer.
        """
        self.leave(job.id)
        spent = self._spent.get(job.id, set())
        if job.status is Status.ERROR:
            if spent:
                self._spool.later(self._drop(job.id, set(spent)))
            if len(spent) < self._requests.get(job.id, 1):
                return False
            del self._spent[job.id]
            return True
        if self._batch_sender.closing and job.status is Status.CANCELLED:
            return False
        written = job.status is Status.COMPLETE and not job.from_library
        if job.id in self._added or (written and job.request.engine is not Engine.OFFLINE):
            self._spool.later(self._drop(job.id))
        for known in (self._spent, self._requests):
            known.pop(job.id, None)
        self._added.discard(job.id)
        return True

    async def _drop(self, job_id: str, keys: Set[str] | None = None) -> None:
        """Give up all requests of a job, or those with these keys."""
        with suppress(StoreError):
            sent = await self._journal.sent(job_id=job_id)
            sent = [each for each in sent if keys is None or each.key in keys]
            await self._journal.drop_sent(*(each.key for each in sent))
            for last in {each.batch: each for each in sent}.values():
                await self._batch_sender.forget(last)

    async def forget(self, *job_ids: str) -> None:
        """Give up the batch requests of these jobs."""
        for job_id in job_ids:
            await self._drop(job_id)

    def leave_open(self) -> None:
        """Count cancelled jobs as interrupted from now on, because the program is closing."""
        self._batch_sender.closing = True

    async def aclose(self) -> None:
        if self._send_task is not None:
            self._send_task.cancel()
            await asyncio.gather(self._send_task, return_exceptions=True)
        await self._batch_sender.aclose()

    # --- one request ---

    async def answer(self, work: Work, observer: GenerationObserver) -> ModelAnswer | None:
        """Return the answer for a note, or a part of one, from a batch; None if it is requested at
        once.

        Waits for the end of the batch, a day or longer. Raises NoteGenError.
        """
        if not work.overnight:
            return None
        key = f"{work.job_id}/{work.part.number if work.part else 0}"
        of_job = await self._spool.outlast(
            lambda: self._journal.sent(job_id=work.job_id), observer.waiting
        )
        sent = next((each for each in of_job if each.key == key), None)
        self._requests[work.job_id] = work.part.count if work.part else 1
        spent = self._spent.get(work.job_id, ())
        if sent is None and (work.saved or key in spent):  # a remainder or a retry is sent at once
            self.leave(work.job_id)
            return None
        if sent is not None and sent.fingerprint != work.material.fingerprint:
            self._mark_spent(sent)
            raise BatchFailed(
                _("The words of the video have changed since it was sent over night.")
            )
        most = self._sender.ceiling(work, math.inf)
        assignment = replace(assigned(work), max_output_tokens=most)
        blank = SentRequest(key, work.job_id, "", fingerprint=work.material.fingerprint)
        result: asyncio.Future[tuple[Any, Batch]] = asyncio.get_running_loop().create_future()
        member = BatchMember(work, observer, assignment, result, sent or blank)
        if sent is None:
            await self._prepare(member)
        self._members.setdefault(work.job_id, {})[key] = member
        try:
            if sent is None:
                self._enqueue(member)
            else:
                self.step_aside(work.job_id)
                self._batch_sender.attach(member)
            if len(self._members[work.job_id]) >= _requests(work):
                self.leave(work.job_id)
            told, seen = await member.answer
        finally:
            self._remove(member)
        return await self._received(member, told, seen)

    def _mark_spent(self, sent: SentRequest) -> None:
        self._spent.setdefault(sent.job_id, set()).add(sent.key)

    async def _prepare(self, member: BatchMember) -> None:
        """Build the request of a member and charge the budget for it."""
        work = member.work
        prices = self._sender.models.prices(work.engine).in_batch()
        usd = prices.cost(work.model, work.estimate.usage)
        member.request = await self._batches.compose(member.assignment)
        await self._sender.budget.charge(usd, work.run_id, member.observer.waiting)
        member.sent = replace(member.sent, usd=usd)

    async def _received(self, member: BatchMember, told: Any, seen: Batch) -> ModelAnswer:
        work, sent = member.work, member.sent
        writing, error = await asyncio.to_thread(self._batches.read, member.assignment, told)
        if told is None:
            error = _unwritten(seen)
        writing = without_keys(writing)
        prices = self._sender.models.prices(work.engine).in_batch()
        usage = replace(
            writing.usage, cost_usd=prices.cost(writing.model or work.model, writing.usage)
        )
        whole = writing.finished and not writing.truncated
        if not sent.booked:
            at = seen.ended_at or sent.at
            made = RequestMade(
                writing.model or work.model,
                usage,
                seconds=max(0.0, at - sent.at),
                outcome=error.code() if error else "ok",
                ended=whole,
                at=at,
            )
            # Shielded from cancellation of the job, so that it is booked exactly once.
            await asyncio.shield(self._spool.later(self._book(work, sent, made)))
        draft = writing.draft if whole else writing.draft.kept()
        answer = ModelAnswer(draft, usage, writing.model, whole)
        unusable = isinstance(error, AnswerUnusable) and bool(writing.model)
        if isinstance(error, WriterError) and (unusable or getattr(error, "recited", False)):
            answer.broke_off, answer.complete = error, True  # requested again, not overnight
        if error is not None and not (draft.sections or answer.broke_off):
            error.hint = AT_ONCE
            self._mark_spent(sent)
            raise error
        member.observer.writing()
        await member.observer.grew(Growth(draft, writing.progress))
        return answer

    async def _book(self, work: Work, sent: SentRequest, made: RequestMade) -> None:
        """Book the actual usage of a request, and correct the budget's charge."""
        if made.usage.requests:
            await self._sender.budget.book(work, made)
        with suppress(StoreError):  # booking it twice makes one entry
            await self._journal.put_sent(replace(sent, usd=made.usage.cost_usd, booked=True))
        # Last: if the process is killed before this, the budget holds the estimate, never too
        # little.
        await self._sender.budget.correct(made.usage.cost_usd - sent.usd, work.run_id)

    # --- batches ---

    def _enqueue(self, member: BatchMember) -> None:
        """Add a request to the next batch of its model."""
        assert member.request is not None
        model, size = member.request.model, member.request.size
        batch = self._pending_batches.get(model)
        if batch is not None and (
            batch.size + size > MAX_BYTES or len(batch.members) >= MAX_REQUESTS
        ):
            self._send(batch)
            batch = None
        if batch is None:
            batch = self._pending_batches[model] = SentBatch(f"notegen-{uuid.uuid4().hex}", model)
        batch.members[member.sent.key] = member
        batch.size += size
        self._enqueued_at = self._clock.monotonic()
        self.step_aside(member.work.job_id)
        member.tell(_("Waiting for the other notes that are sent with it"))
        if self._send_task is None or self._send_task.done():
            self._send_task = asyncio.create_task(
                self._send_after_collecting(), name="send batches"
            )

    def _enqueue_again(self, members: list[BatchMember]) -> None:
        """Add requests to a new batch that a killed program was about to send."""
        for member in members:
            self._enqueue(member)
        self._send_if_ready()

    async def _send_after_collecting(self) -> None:
        while self._pending_batches:
            left_s = self._enqueued_at + COLLECT_S - self._clock.monotonic()
            if left_s <= 0:
                self._send(*self._pending_batches.values())
            else:
                await self._clock.sleep(left_s)

    def _send_if_ready(self) -> None:
        if not self._awaited:
            self._send(*self._pending_batches.values())

    def _send(self, *batches: SentBatch) -> None:
        for batch in batches:
            del self._pending_batches[batch.model]
            self._batch_sender.begin(batch)

    def _remove(self, member: BatchMember) -> None:
        """Remove a request that no longer waits."""
        job_id, key = member.work.job_id, member.sent.key
        self._members.get(job_id, {}).pop(key, None)
        if not self._members.get(job_id):
            self._members.pop(job_id, None)
        for batch in self._pending_batches.values():
            if batch.members.get(key) is member:
                del batch.members[key]
        self._batch_sender.leave(member)
        if not member.sent.batch:  # it was never sent
            self._spool.later(self._sender.budget.correct(-member.sent.usd, member.work.run_id))


def _requests(work: Work) -> int:
    """Return the number of requests that a note still needs."""
    if work.part is None:
        return 1
    done = [part for part in work.kept.drafts.values() if part.done]
    return work.part.count - len(done)


def _unwritten(seen: Batch) -> BatchFailed:
    """Return the error of a request that the batch left without an answer."""
    words = {
        BatchState.EXPIRED: _("Gemini did not come to this note in time, or keeps it no more."),
        BatchState.CANCELLED: _("The batch of this note was cancelled before it was written."),
    }.get(seen.state, "")
    if seen.words:
        words = _("Gemini did not write this note over night: {words}").format(words=seen.words)
    return BatchFailed(words)
