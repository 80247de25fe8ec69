"""Notes that are written over night: sent in batches at half the price, left alone, fetched later.

A request is on record before it is sent, under the title of its batch, and until its note is stored
or given up. So a program that was killed finds again what it has sent, by name or by title, and
sends nothing twice. Only the first request of a note, or of each of its parts, goes this way: what
has to be asked for after that is asked for at once, at the usual price.
"""

from __future__ import annotations

import asyncio
import logging
import math
import uuid
from collections.abc import Awaitable, Callable, Iterable, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from notegen_desktop.domain.errors import (
    AccountRefused,
    AnswerUnusable,
    BatchFailed,
    KeyRejected,
    NetworkUnreachable,
    NoFreeTier,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    StoreError,
    TimedOut,
    Unexpected,
    WriterError,
)
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.pacing.retry import Wait, moment_words
from notegen_desktop.services.ports import (
    Assignment,
    Batch,
    BatchRequest,
    BatchState,
    BatchWriter,
    Journal,
    SentRequest,
)

from .assignment import Work
from .budget import RequestMade
from .request import GenerationObserver, ModelAnswer, RequestSender, assigned, without_keys
from .spool import Spool

log = logging.getLogger(__name__)

DAY_S = 86_400.0
"""Within which Gemini means to answer; mostly it takes a fraction of that."""
MAX_BYTES = 16 * 1024 * 1024
"""Of a batch: Gemini takes 20 MB."""
MAX_REQUESTS = 1_000
BOARDING_S = 90.0
"""A batch does not wait longer than this for another note: one may wait for a key or a network."""
CONFIRM_S = 20.0
"""Seconds after which a batch that Gemini does not list was not taken."""
FIRST_LOOK_S = 60.0
MAX_LOOK_S = 600.0
LOOK_FACTOR = 1.5
"""Looks at a batch come less and less often."""

UNCLEAR = (ServiceUnavailable, TimedOut, AnswerUnusable)
"""After these a batch may have been taken all the same."""
LATER = (NetworkUnreachable, RateLimited, QuotaExhausted)
"""It was not taken, and may be later."""

OTHER_KEY = "with another key of Gemini; set that one again to fetch it"
AT_ONCE = "Retry writes it at once, at the usual price."


@dataclass(slots=True, eq=False)
class _Seat:
    """One request: of a note, or of a part of one. `sent` is what is on record of it."""

    work: Work
    observer: GenerationObserver
    assignment: Assignment
    answer: asyncio.Future[tuple[Any, Batch]]
    sent: SentRequest
    request: BatchRequest | None = None
    is_parked: bool = False

    def tell(self, words: str) -> None:
        self.observer.waiting(Wait(words))


@dataclass(slots=True, eq=False)
class _Batch:
    """Those that are, or were, sent together. `unclear`: it may have been sent. `seen` is how it
    ended."""

    title: str
    model: str
    name: str = ""
    at: float = 0.0
    account: str = ""
    unclear: bool = False
    seen: Batch | None = None
    seats: dict[str, _Seat] = field(default_factory=dict)
    size: int = 0
    task: asyncio.Task[None] | None = None


class Overnight:
    """One for the program, used from the event loop's thread alone.

    `step_aside` is told of each job that waits for a batch: others need not wait for it. `news` is
    set, and replaced by another, when a job begins to wait so.
    """

    def __init__(
        self, sender: RequestSender, batches: BatchWriter, journal: Journal, spool: Spool
    ) -> None:
        self.step_aside: Callable[[str], object] = lambda _job_id: None
        self.news = asyncio.Event()
        self._sender = sender
        self._batches = batches
        self._journal = journal
        self._spool = spool
        self._clock = sender.clock
        self._awaited: set[str] = set()
        """Jobs that may still board."""
        self._seats: dict[str, dict[str, _Seat]] = {}
        """By job and key, those that wait for their answer."""
        self._loads: dict[str, _Batch] = {}
        """By model, what is to be sent next."""
        self._of_title: dict[str, _Batch] = {}
        self._added: set[str] = set()
        self._spent: dict[str, set[str]] = {}
        """By job, the keys of requests that came to nothing: they are made at once by a retry."""
        self._requests: dict[str, int] = {}
        """By job, how many it takes."""
        self._departure: asyncio.Task[None] | None = None
        self._boarded_at = 0.0
        self._closing = False

    # --- jobs ---

    def add(self, job_ids: Iterable[str]) -> None:
        """These jobs come over night; what they ask for is sent when all have asked, or left."""
        new = set(job_ids)
        self._awaited |= new
        self._added |= new

    def is_parked(self, job_id: str) -> bool:
        """Whether a job waits for a batch and for nothing else."""
        seats = self._seats.get(job_id, {})
        return bool(seats) and all(seat.is_parked for seat in seats.values())

    @property
    def parked(self) -> int:
        """How many jobs do."""
        return sum(map(self.is_parked, self._seats))

    def leave(self, job_id: str) -> None:
        """This job asks for nothing (more) now. Twice is once."""
        if job_id in self._awaited:
            self._awaited.discard(job_id)
            self._depart_if_ready()

    def ended(self, job: NoteJob) -> bool:
        """A job is final; whether all that was sent for it came to nothing.

        What it needs no more is not on record any more, and a batch that nobody waits for is
        cancelled. What failed for another reason may still need its answer.
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
        if self._closing and job.status is Status.CANCELLED:
            return False
        written = job.status is Status.COMPLETE and not job.from_library
        if job.id in self._added or (written and job.request.engine is not Engine.OFFLINE):
            self._spool.later(self._drop(job.id))
        for known in (self._spent, self._requests):
            known.pop(job.id, None)
        self._added.discard(job.id)
        return False

    async def _drop(self, job_id: str, keys: Set[str] | None = None) -> None:
        """Give up what was sent for a job, or these requests of it."""
        with suppress(StoreError):
            sent = await self._journal.sent(job_id=job_id)
            sent = [each for each in sent if keys is None or each.key in keys]
            await self._journal.drop_sent(*(each.key for each in sent))
            for last in {each.batch: each for each in sent}.values():
                batch = self._of_title.get(last.batch)
                if await self._journal.sent(batch=last.batch):
                    continue
                if batch is None or batch.seen is None:
                    await self._call_off(last.batch, last.name or (batch.name if batch else ""))
                else:
                    self._of_title.pop(last.batch, None)  # and all that it holds

    async def forget(self, *job_ids: str) -> None:
        """Give up what is written over night for these jobs."""
        for job_id in job_ids:
            await self._drop(job_id)

    def leave_open(self) -> None:
        """From now on cancelled jobs count as interrupted: the program is being closed."""
        self._closing = True

    async def aclose(self) -> None:
        self._closing = True
        batches = (*self._of_title.values(), *self._loads.values())
        tasks = [*(batch.task for batch in batches), self._departure]
        running = [task for task in tasks if task is not None]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await self._batches.aclose()

    # --- one request ---

    async def answer(self, work: Work, observer: GenerationObserver) -> ModelAnswer | None:
        """What came of a note, or of a part of one, in a batch; None if it is asked for at once.

        Waits for the end of the batch, a day or longer. Raises NoteGenError.
        """
        if not work.overnight:
            return None
        key = _key(work)
        sent = next((s for s in await self._sent(work, observer) if s.key == key), None)
        self._requests[work.job_id] = work.part.count if work.part else 1
        spent = self._spent.get(work.job_id, ())
        if sent is None and (work.saved or key in spent):  # a rest, or a retry
            self.leave(work.job_id)
            return None
        if sent is not None and sent.fingerprint != work.material.fingerprint:
            self._is_spent(sent)
            raise BatchFailed("The words of the video have changed since it was sent over night.")
        most = self._sender.ceiling(work, math.inf)
        assignment = replace(assigned(work), max_output_tokens=most)
        blank = SentRequest(key, work.job_id, "", fingerprint=work.material.fingerprint)
        result: asyncio.Future[tuple[Any, Batch]] = asyncio.get_running_loop().create_future()
        seat = _Seat(work, observer, assignment, result, sent or blank)
        if sent is None:
            await self._take(seat)
        self._seats.setdefault(work.job_id, {})[key] = seat
        try:
            if sent is None:
                self._board(seat)
            else:
                self._attach(seat)
            if len(self._seats[work.job_id]) >= _requests(work):
                self.leave(work.job_id)
            told, seen = await seat.answer
        finally:
            self._part_with(seat)
        return await self._received(seat, told, seen)

    def _is_spent(self, sent: SentRequest) -> None:
        self._spent.setdefault(sent.job_id, set()).add(sent.key)

    def _sent(self, work: Work, observer: GenerationObserver) -> Awaitable[list[SentRequest]]:
        return self._spool.outlast(lambda: self._journal.sent(job_id=work.job_id), observer.waiting)

    async def _take(self, seat: _Seat) -> None:
        """Make a request of it, and charge the budget for that."""
        work = seat.work
        prices = self._sender.models.prices(work.engine).in_batch()
        usd = prices.cost(work.model, work.estimate.usage)
        seat.request = await self._batches.compose(seat.assignment)
        await self._sender.budget.charge(usd, work.run_id, seat.observer.waiting)
        seat.sent = replace(seat.sent, usd=usd)

    async def _received(self, seat: _Seat, told: Any, seen: Batch) -> ModelAnswer:
        work, sent = seat.work, seat.sent
        writing, error = await asyncio.to_thread(self._batches.read, seat.assignment, told)
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
            # To the end, even if the job is cancelled meanwhile: it is booked once.
            await asyncio.shield(self._spool.later(self._book(work, sent, made)))
        draft = writing.draft if whole else writing.draft.kept()
        answer = ModelAnswer(draft, usage, writing.model, whole)
        unusable = isinstance(error, AnswerUnusable) and bool(writing.model)
        if isinstance(error, WriterError) and (unusable or getattr(error, "recited", False)):
            answer.broke_off, answer.complete = error, True  # it is asked again, at once
        if error is not None and not (draft.sections or answer.broke_off):
            error.hint = AT_ONCE
            self._is_spent(sent)
            raise error
        seat.observer.writing()
        await seat.observer.grew(draft, writing.progress)
        return answer

    async def _book(self, work: Work, sent: SentRequest, made: RequestMade) -> None:
        """What a request really took, in the place of what a budget was charged for it."""
        if made.usage.requests:
            await self._sender.budget.book(work, made)
        await self._sender.budget.correct(made.usage.cost_usd - sent.usd, work.run_id)
        with suppress(StoreError):  # booked twice it would still be one entry
            await self._journal.put_sent(replace(sent, usd=made.usage.cost_usd, booked=True))

    # --- batches ---

    def _board(self, seat: _Seat) -> None:
        """To what is to be sent next."""
        assert seat.request is not None
        model, size = seat.request.model, seat.request.size
        load = self._loads.get(model)
        if load is not None and (load.size + size > MAX_BYTES or len(load.seats) >= MAX_REQUESTS):
            self._depart(load)
            load = None
        if load is None:
            load = self._loads[model] = _Batch(f"notegen-{uuid.uuid4().hex}", model)
        load.seats[seat.sent.key] = seat
        load.size += size
        self._boarded_at = self._clock.monotonic()
        self.step_aside(seat.work.job_id)
        seat.tell("Waiting for the other notes that are sent with it")
        if self._departure is None or self._departure.done():
            self._departure = asyncio.create_task(self._depart_in_time(), name="departure")

    async def _depart_in_time(self) -> None:
        while self._loads:
            left_s = self._boarded_at + BOARDING_S - self._clock.monotonic()
            if left_s <= 0:
                self._depart(*self._loads.values())
            else:
                await self._clock.sleep(left_s)

    def _depart_if_ready(self) -> None:
        if not self._awaited:
            self._depart(*self._loads.values())

    def _depart(self, *loads: _Batch) -> None:
        for load in loads:
            del self._loads[load.model]
            self._begin(load)

    def _begin(self, batch: _Batch) -> None:
        self._of_title[batch.title] = batch
        batch.task = asyncio.create_task(self._carry(batch), name="batch")

    def _attach(self, seat: _Seat) -> None:
        """To the batch that it was sent in."""
        sent = seat.sent
        batch = self._of_title.get(sent.batch)
        if batch is None:
            batch = _Batch(
                sent.batch, seat.work.model, sent.name, sent.at, sent.account, not sent.name
            )
        batch.seats[sent.key] = seat
        self.step_aside(seat.work.job_id)
        if batch.seen is not None:
            self._deliver(batch)
        elif batch.task is None or batch.task.done():
            self._begin(batch)

    def _part_with(self, seat: _Seat) -> None:
        """It waits no more, whatever the reason."""
        job_id, key = seat.work.job_id, seat.sent.key
        self._seats.get(job_id, {}).pop(key, None)
        if not self._seats.get(job_id):
            self._seats.pop(job_id, None)
        for batch in (*self._of_title.values(), *self._loads.values()):
            if batch.seats.get(key) is seat:
                del batch.seats[key]
        if not seat.sent.batch:  # it never got further
            self._spool.later(self._sender.budget.correct(-seat.sent.usd, seat.work.run_id))

    async def _carry(self, batch: _Batch) -> None:
        """A batch from being sent to being fetched. Whatever happens ends on its seats."""
        try:
            if not batch.name and not await self._send(batch):
                return
            if not (batch.seats or self._closing or await self._journal.sent(batch=batch.title)):
                await self._batches.cancel(batch.name)  # all were given up while it was sent
                return
            await self._watch(batch)
        except NoteGenError as error:
            self._fail(batch, error)
        except Exception:
            log.exception("unexpected error in a batch")
            self._fail(batch, Unexpected())

    async def _send(self, batch: _Batch) -> bool:
        """Have it at Gemini, once; False if nothing of it is there, or is to be there."""
        while not batch.name:
            if not await (self._find(batch) if batch.unclear else self._hand_over(batch)):
                return False
        named = [replace(s, name=batch.name) for s in await self._journal.sent(batch=batch.title)]
        await self._journal.put_sent(*named)
        for seat in batch.seats.values():
            seat.sent = replace(seat.sent, name=batch.name)
        return True

    async def _hand_over(self, batch: _Batch) -> bool:
        """Try to send it. It is on record before; False if nobody waits for it any more."""
        seats = batch.seats
        if not seats:
            self._of_title.pop(batch.title, None)
            return False
        batch.at, batch.account = self._clock.time(), self._batches.account()
        for position, seat in enumerate(seats.values()):
            seat.sent = replace(
                seat.sent,
                batch=batch.title,
                position=position,
                account=batch.account,
                at=batch.at,
            )
        rows = [seat.sent for seat in seats.values()]
        tell = next(iter(seats.values())).observer.waiting
        await self._spool.outlast(lambda: self._journal.put_sent(*rows), tell)
        if self._closing or not seats:
            return False
        bodies = {key: seat.request.body for key, seat in seats.items() if seat.request}
        try:
            batch.name = await self._batches.send(batch.title, batch.model, bodies)
        except UNCLEAR as error:
            log.info("whether a batch was taken is not clear: %s", error)
            batch.unclear = True
        except LATER as error:
            wait_s = max(FIRST_LOOK_S, getattr(error, "retry_after_s", None) or 0.0)
            await self._wait(batch, f"Not sent yet: {error.message}", wait_s)
        except NoteGenError as error:
            await self._journal.drop_sent(*bodies)
            for seat in seats.values():
                seat.sent = replace(seat.sent, batch="")
                if not isinstance(error, KeyRejected):
                    self._is_spent(seat.sent)
            if isinstance(error, NoFreeTier | AccountRefused) and not isinstance(
                error, KeyRejected
            ):
                error.hint = f"Over night needs a key with billing. {AT_ONCE}"
            raise
        return True

    async def _find(self, batch: _Batch) -> bool:
        """Look whether it was taken; False if it was not, and is made up anew."""
        try:
            names = await self._batches.find(batch.title)
            is_own = batch.account == self._batches.account()
        except NoteGenError as error:
            await self._wait(batch, f"{self._since(batch)}. {error.message}", FIRST_LOOK_S)
            return True
        if names:
            batch.name, *doubles = names
            for double in doubles:
                await self._cancel(double)
        elif self._clock.time() < batch.at + CONFIRM_S:
            await self._wait(batch, "Looking whether it was sent", CONFIRM_S, parked=False)
        elif not is_own:
            await self._wait(batch, f"{self._since(batch)} {OTHER_KEY}", MAX_LOOK_S)
        elif all(seat.request for seat in batch.seats.values()):
            batch.unclear = False
        else:
            await self._make_up_anew(batch)
            return False
        return True

    async def _make_up_anew(self, batch: _Batch) -> None:
        """The program was killed before it could send it."""
        self._of_title.pop(batch.title, None)
        seats = [*batch.seats.values()]
        await self._journal.drop_sent(*batch.seats)
        batch.seats.clear()
        for seat in seats:
            seat.sent = replace(seat.sent, batch="")
            seat.request = await self._batches.compose(seat.assignment)
            self._board(seat)
        self._depart_if_ready()

    async def _watch(self, batch: _Batch) -> None:
        """Look at it until it has ended, or nobody waits for it any more."""
        pause_s = FIRST_LOOK_S
        while batch.seats and batch.seen is None:
            words = f"{self._since(batch)}, expected within a day"
            if self._clock.time() > batch.at + DAY_S:
                words = f"{self._since(batch)}; it takes longer than a day"
            try:
                seen = await self._batches.look(batch.name)
                if seen is None and batch.account == self._batches.account():
                    raise _Gone()
                if seen is None:
                    words = f"{self._since(batch)} {OTHER_KEY}"
                elif seen.state is not BatchState.UNDER_WAY:
                    batch.seen = seen
                    break
            except _Gone:
                batch.seen = Batch(BatchState.EXPIRED)
                break
            except NoteGenError as error:
                words = f"{self._since(batch)}. {error.message}"
            await self._wait(batch, words, pause_s)
            pause_s = min(MAX_LOOK_S, pause_s * LOOK_FACTOR)
        self._deliver(batch)

    async def _wait(
        self, batch: _Batch, words: str, seconds: float, *, parked: bool = True
    ) -> None:
        for seat in batch.seats.values():
            seat.tell(words)
            seat.is_parked = parked
        self.news.set()
        self.news = asyncio.Event()
        await self._sender.limiter.waking.sleep(seconds)

    def _since(self, batch: _Batch) -> str:
        return f"Sent {moment_words(batch.at, self._clock.time())}"

    def _deliver(self, batch: _Batch) -> None:
        if batch.seen is None:
            return
        for key, seat in batch.seats.items():
            if not seat.answer.done():
                told = batch.seen.answer_to(key, seat.sent.position)
                seat.answer.set_result((told, batch.seen))

    def _fail(self, batch: _Batch, error: NoteGenError) -> None:
        self._of_title.pop(batch.title, None)
        for seat in batch.seats.values():
            if not seat.answer.done():
                seat.answer.set_exception(error)

    async def _call_off(self, title: str, name: str) -> None:
        """Nobody waits for it: what is not written yet need not be."""
        batch = self._of_title.get(title)
        if batch is not None:
            if not batch.name and batch.task is not None and not batch.task.done():
                return  # it is being sent, and called off after that
            name = name or batch.name
        names = [name]
        if not name:
            with suppress(NoteGenError):
                names = await self._batches.find(title)
        for each in filter(None, names):
            await self._cancel(each)

    async def _cancel(self, name: str) -> None:
        try:
            await self._batches.cancel(name)
        except NoteGenError as error:
            log.info("a batch could not be cancelled: %s", error)


class _Gone(Exception):
    """Gemini has no such batch."""


def _key(work: Work) -> str:
    return f"{work.job_id}/{work.part.number if work.part else 0}"


def _requests(work: Work) -> int:
    """How many a note is still to be asked for in."""
    if work.part is None:
        return 1
    done = [part for part in work.kept.drafts.values() if part.done]
    return work.part.count - len(done)


def _unwritten(seen: Batch) -> BatchFailed:
    """Why there is no answer to one of the requests."""
    words = {
        BatchState.EXPIRED: "Gemini did not come to this note in time, or keeps it no more.",
        BatchState.CANCELLED: "The batch of this note was cancelled before it was written.",
    }.get(seen.state, "")
    if seen.words:
        words = f"Gemini did not write this note over night: {seen.words}"
    return BatchFailed(words)
