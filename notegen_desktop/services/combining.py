"""Several notes of a video in one answer, for a day whose quota has fewer requests than notes.

Each note stays a job of its own: a job takes its place in the `Combination`, and gets what came of
its note as soon as that is whole. What an answer cannot give is left to requests of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from notegen_desktop.domain.cost import fit_one_answer
from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    BudgetExceeded,
    NoteGenError,
    RequestRejected,
    TimedOut,
)
from notegen_desktop.domain.jobs import NoteRequest
from notegen_desktop.domain.notes import Draft, Engine, Usage

from .asking import (
    MOST_CONTINUATIONS,
    Answer,
    Asker,
    RequestMade,
    Sent,
    Spent,
    Watcher,
    assigned,
)
from .pacing import Wait
from .ports import Assignment, Writing
from .retries import PASSING
from .sharing import Shares
from .work import Work

log = logging.getLogger(__name__)

ALONE = (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    BudgetExceeded,
    RequestRejected,
    TimedOut,
)
"""Errors of a joint request that a note asked for by itself may be spared."""


@dataclass(slots=True, eq=False)
class _Seat:
    """A note that is to come with others.

    `whole` is what it had when the present request was sent; `answer` what it has now. `text` is
    how many characters came of it in this request, and it is `booked` when its share of that is. It
    is `gone` when nobody waits for it any more.
    """

    work: Work
    watch: Watcher
    answer: Answer
    result: asyncio.Future[Answer]
    whole: Draft
    joint: asyncio.Task[None] | None = None
    begun: bool = False
    text: int = 0
    booked: bool = False
    gone: bool = False

    @property
    def is_open(self) -> bool:
        return not self.gone and not self.result.done()

    def hand_over(self) -> None:
        """What came is all that comes with the others."""
        if not self.result.done():
            self.result.set_result(self.answer)

    def fail(self, error: BaseException) -> None:
        if self.is_open:
            self.result.set_exception(error)


class Combination:
    """Jobs of one video, model and language that are to be answered together.

    The request is sent when each of them has taken its place or left. It ends when nobody waits
    for it any more.
    """

    def __init__(self, job_ids: Iterable[str], asker: Asker) -> None:
        self._order = list(job_ids)
        self._awaited = set(self._order)
        self._asker = asker
        self._seats: dict[str, _Seat] = {}

    def leave(self, job_id: str) -> None:
        """This job needs no answer from here (any more). Twice is once."""
        if job_id in self._awaited:
            self._awaited.discard(job_id)
            if not self._awaited:
                self._begin()

    async def answer(self, job_id: str, work: Work, watch: Watcher) -> Answer:
        """What came of the note; if it is not complete, the rest is to be asked for by itself.

        Raises what stands against any request: WriterError or NetworkUnreachable.
        """
        saved = work.saved or Draft()
        result: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        seat = _Seat(work, watch, Answer(saved), result, saved)
        self._seats[job_id] = seat
        self.leave(job_id)
        try:
            return await seat.result
        finally:
            seat.gone = True
            joint = seat.joint
            if joint is not None and all(s.gone for s in self._seats.values() if s.joint is joint):
                joint.cancel()
                await asyncio.wait([joint])

    def _begin(self) -> None:
        """In the order of the jobs, whichever came first."""
        seated = [self._seats[job_id] for job_id in self._order if job_id in self._seats]
        for seats in _groups([seat for seat in seated if seat.is_open]):
            if len(seats) == 1:
                seats[0].hand_over()
                continue
            joint = asyncio.create_task(_Joint(self._asker, seats).write(), name="several notes")
            for seat in seats:
                seat.joint = joint


@dataclass(frozen=True, slots=True)
class Place:
    """One job's place in a combination."""

    combination: Combination
    job_id: str

    async def answer(self, work: Work, watch: Watcher) -> Answer:
        return await self.combination.answer(self.job_id, work, watch)

    def leave(self) -> None:
        self.combination.leave(self.job_id)


def combine(requests: Iterable[NoteRequest], asker: Asker) -> dict[str, Place]:
    """A combination for each video, model and language; the places in them, by job."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for asked in requests:
        if asked.engine is not Engine.OFFLINE:
            key = (asked.video_id, asked.engine, asked.model, asked.language)
            alike.setdefault(key, []).append(asked.job_id)
    places: dict[str, Place] = {}
    for job_ids in alike.values():
        combination = Combination(job_ids, asker)
        places |= {job_id: Place(combination, job_id) for job_id in job_ids}
    return places


def _groups(seats: Iterable[_Seat]) -> Iterator[list[_Seat]]:
    """Those that begin alike together, as many as fit into one answer."""
    alike: dict[tuple[object, ...], list[_Seat]] = {}
    for seat in seats:
        work = seat.work
        key = (work.engine, work.model, work.mode, work.language, work.media)
        alike.setdefault(key, []).append(seat)
    for group in alike.values():
        packed: list[_Seat] = []
        for seat in group:
            if packed and not fit_one_answer(s.work.estimate for s in (*packed, seat)):
                yield packed
                packed = []
            packed.append(seat)
        yield packed


class _Joint:
    """One answer for several seats, however many requests it takes. Fulfils `asking.Recipient`."""

    def __init__(self, asker: Asker, seats: list[_Seat]) -> None:
        self._asker = asker
        self._seats = seats
        self._asked: list[_Seat] = []
        self._shares = Shares(self._price)
        self._started = 0.0
        self._model = ""

    async def write(self) -> None:
        """Fill the seats. Whatever happens ends on them."""
        try:
            await self._write()
        except ALONE as error:
            log.info("several notes in one answer: %s", error)
        except Exception as error:
            if not isinstance(error, NoteGenError):
                log.exception("unexpected error in an answer with several notes")
            for seat in self._seats:
                seat.fail(error)
        for seat in self._seats:
            if seat.is_open:
                seat.watch.waiting(Wait())
            seat.hand_over()

    async def _write(self) -> None:
        """Ask until nothing is left to ask for, or too little to be asked for together."""
        retries = self._asker.retries()
        continuations = 0
        while len(self._open()) > 1:
            before = self._came()
            try:
                last = await self._asker.send(self._together(), self)
            except PASSING as error:
                if self._came() > before:
                    retries.progressed()
                await self._asker.outlast(retries, error, self.waiting)
                continue
            for seat in self._asked:  # not before the request is over, and paid
                if seat.answer.complete:
                    seat.hand_over()
            continuations += 1
            stuck = self._came() == before or continuations > MOST_CONTINUATIONS
            if not last.truncated or stuck:
                return

    def _open(self) -> list[_Seat]:
        return [seat for seat in self._seats if seat.is_open]

    def _came(self) -> int:
        """Whole sections so far."""
        return sum(len(seat.answer.draft.sections) for seat in self._seats)

    def _price(self, usage: Usage) -> float:
        return self._asker.price(self._model or self._seats[0].work.model, usage)

    def _together(self) -> Work:
        """The first work with the size of all: the beginning is read once."""
        works = [seat.work for seat in self._open()]
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
                cost_usd=self._asker.price(first.model, Usage(1, read, 0, written)),
                seconds=sum(work.estimate.seconds for work in works),
            ),
        )

    # --- as a recipient ---

    def assignment(self) -> Assignment:
        """Nobody is asked for who has gone while the request waited for its turn."""
        self._asked = self._open()
        self._shares = Shares(self._price)
        for seat in self._asked:
            seat.whole = seat.answer.draft
            seat.begun, seat.text, seat.booked = False, 0, False
        first, *others = (assigned(seat.work, seat.whole) for seat in self._asked)
        return replace(first, others=tuple(others))

    def waiting(self, wait: Wait) -> None:
        for seat in self._open():
            seat.watch.waiting(wait)

    def writing(self) -> None:
        self._started = self._asker.clock.monotonic()
        self.waiting(Wait("Comes in one answer with other notes of this video"))

    def budget(self, work: Work) -> AbstractAsyncContextManager[Spent]:
        return self._open()[0].watch.budget(work)

    async def took(self, writing: Writing) -> None:
        self._model = writing.model or self._model
        self._measure(writing)
        for seat, note in zip(self._asked, _notes(writing), strict=False):
            if seat.booked:
                continue
            draft = seat.whole.continued_by(note.draft)
            if note.finished and not note.truncated and draft.sections:
                seat.answer.draft, seat.answer.complete = draft, True
                if seat.is_open:
                    await seat.watch.grew(draft, 1.0)
                usage = self._asker.priced(writing, seat.work)
                await self._book(seat, usage, outcome="cancelled" if seat.gone else "ok")
                if not writing.finished:
                    seat.hand_over()
            elif note.draft.sections and seat.is_open:
                if not seat.begun:
                    seat.begun = True
                    seat.watch.writing()
                await seat.watch.grew(draft, note.progress)

    async def ended(self, sent: Sent) -> None:
        """What is not whole keeps its whole sections; the rest of the usage is shared out."""
        last = sent.last
        self._measure(last)
        for seat, note in zip(self._asked, _notes(last), strict=False):
            if not seat.booked:
                seat.answer.draft = seat.whole.continued_by(note.draft.kept())
        for seat in self._asked:
            if not seat.booked:
                await self._book(seat, sent.usage, outcome=sent.outcome, reached=sent.reached)
        left = self._shares.left(sent.usage)
        if replace(left, cost_usd=0.0) != Usage():
            seat = self._asked[-1]
            await seat.watch.requested(self._made(seat, left, sent.outcome), seat.work)

    def _measure(self, writing: Writing | None) -> None:
        for seat, note in zip(self._asked, _notes(writing), strict=False):
            seat.text = max(seat.text, note.draft.chars)

    async def _book(
        self, seat: _Seat, so_far: Usage, *, outcome: str, reached: bool = True
    ) -> None:
        seat.booked = True
        others = [other.text for other in self._asked if not other.booked]
        share = self._shares.take(so_far, seat.text, others)
        seat.answer.usage += share
        seat.answer.model = self._model or seat.answer.model
        if reached and share != Usage():
            await seat.watch.requested(self._made(seat, share, outcome), seat.work)

    def _made(self, seat: _Seat, usage: Usage, outcome: str) -> RequestMade:
        ended = seat.answer.complete and outcome == "ok"
        return RequestMade(
            self._model or seat.work.model,
            usage,
            self._asker.clock.monotonic() - self._started,
            outcome,
            began=not seat.whole.sections,
            ended=ended,
        )


def _notes(writing: Writing | None) -> tuple[Writing, ...]:
    """The notes of an answer, which may be one alone if the others have gone."""
    if writing is None:
        return ()
    return writing.notes or (writing,)
