"""What one answer with several notes took, shared out among them so that the sum is exact."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from notegen_desktop.domain.cost.estimate import fit_one_answer
from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    BudgetExceeded,
    NoteGenError,
    RequestRejected,
    TimedOut,
)
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.notes.note import Draft, Engine, Usage
from notegen_desktop.services.pacing.retry import PASSING, Wait
from notegen_desktop.services.ports import Assignment, Writing

from .assignment import Work
from .request import (
    MOST_CONTINUATIONS,
    GenerationObserver,
    ModelAnswer,
    RequestCost,
    RequestMade,
    RequestResult,
    RequestSender,
    assigned,
)


class Shares:
    """Of one request. A note takes its share when it is whole, while the answer still goes on.

    Of what was written it has what its text makes up of all that came and is not shared out yet;
    what was read and thought is for all, so each has as much of it. The first has the request.
    `price` gives the US dollars that the tokens of a share would cost, by which the price of the
    whole is parted.
    """

    def __init__(self, price: Callable[[Usage], float]) -> None:
        self._price = price
        self._given = Usage()

    def take(self, so_far: Usage, text: int, others: Sequence[int]) -> Usage:
        """The share of a note; `so_far` is what was used by now.

        `text` is how many characters of it came, `others` how many of those that have no share yet.
        The last one takes all that is left.
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
            own, rest = self._price(share), self._price(_minus(left, share))
            part = own / (own + rest) if own + rest else 0.0
            share = replace(share, cost_usd=left.cost_usd * part)
        self._given += share
        return share

    def left(self, so_far: Usage) -> Usage:
        """What nobody has taken yet."""
        return _minus(so_far, self._given)


def _minus(whole: Usage, part: Usage) -> Usage:
    return Usage(
        whole.requests - part.requests,
        whole.input_tokens - part.input_tokens,
        whole.cached_tokens - part.cached_tokens,
        whole.output_tokens - part.output_tokens,
        whole.thought_tokens - part.thought_tokens,
        whole.cost_usd - part.cost_usd,
    )


# --- One answer with several notes, however many requests it takes ---

log = logging.getLogger(__name__)

ALONE = (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    BudgetExceeded,
    RequestRejected,
    TimedOut,
)
"""Errors of a combined request that a note asked for by itself may be spared."""


@dataclass(slots=True, eq=False)
class CombinedNote:
    """A note that is to come with others.

    `whole` is what it had when the present request was sent; `answer` what it has now. `text` is
    how many characters came of it in this request, and it is `booked` when its share of that is. It
    is `gone` when nobody waits for it any more.
    """

    work: Work
    observer: GenerationObserver
    answer: ModelAnswer
    result: asyncio.Future[ModelAnswer]
    whole: Draft
    combined: asyncio.Task[None] | None = None
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


class CombinedRequest:
    """One answer for several seats, however many requests it takes. Fulfils `ModelRequest`."""

    def __init__(self, sender: RequestSender, seats: list[CombinedNote]) -> None:
        self._sender = sender
        self._seats = seats
        self._asked: list[CombinedNote] = []
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
                seat.observer.waiting(Wait())
            seat.hand_over()

    async def _write(self) -> None:
        """Ask until nothing is left to ask for, or too little to be asked for together."""
        retries = self._sender.retries()
        continuations = 0
        while len(self._open()) > 1:
            before = self._came()
            try:
                last = await self._sender.send(self._together(), self)
            except PASSING as error:
                if self._came() > before:
                    retries.progressed()
                await retries.outlast(error, self.waiting)
                continue
            retries.succeeded()
            for seat in self._asked:  # not before the request is over, and paid
                if seat.answer.complete:
                    seat.hand_over()
            continuations += 1
            stuck = self._came() == before or continuations > MOST_CONTINUATIONS
            if not last.truncated or stuck:
                return

    def _open(self) -> list[CombinedNote]:
        return [seat for seat in self._seats if seat.is_open]

    def _came(self) -> int:
        """Whole sections so far."""
        return sum(len(seat.answer.draft.sections) for seat in self._seats)

    def _price(self, usage: Usage) -> float:
        return self._sender.price(self._model or self._seats[0].work.model, usage)

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
                cost_usd=self._sender.price(first.model, Usage(1, read, 0, written)),
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
            seat.observer.waiting(wait)

    def writing(self) -> None:
        self._started = self._sender.clock.monotonic()
        self.waiting(Wait("Comes in one answer with other notes of this video"))

    def budget(self, work: Work) -> AbstractAsyncContextManager[RequestCost]:
        return self._open()[0].observer.budget(work, self.waiting)

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
                    await seat.observer.grew(draft, 1.0)
                usage = self._sender.priced(writing, seat.work)
                await self._book(seat, usage, outcome="cancelled" if seat.gone else "ok")
                if not writing.finished:
                    seat.hand_over()
            elif note.draft.sections and seat.is_open:
                if not seat.begun:
                    seat.begun = True
                    seat.observer.writing()
                await seat.observer.grew(draft, note.progress)

    async def ended(self, sent: RequestResult) -> None:
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
            await seat.observer.requested(self._made(seat, left, sent.outcome), seat.work)

    def _measure(self, writing: Writing | None) -> None:
        for seat, note in zip(self._asked, _notes(writing), strict=False):
            seat.text = max(seat.text, note.draft.chars)

    async def _book(
        self, seat: CombinedNote, so_far: Usage, *, outcome: str, reached: bool = True
    ) -> None:
        seat.booked = True
        others = [other.text for other in self._asked if not other.booked]
        share = self._shares.take(so_far, seat.text, others)
        seat.answer.usage += share
        seat.answer.model = self._model or seat.answer.model
        if reached and share != Usage():
            await seat.observer.requested(self._made(seat, share, outcome), seat.work)

    def _made(self, seat: CombinedNote, usage: Usage, outcome: str) -> RequestMade:
        ended = seat.answer.complete and outcome == "ok"
        return RequestMade(
            self._model or seat.work.model,
            usage,
            self._sender.clock.monotonic() - self._started,
            outcome,
            began=not seat.whole.sections,
            ended=ended,
        )


def _notes(writing: Writing | None) -> tuple[Writing, ...]:
    """The notes of an answer, which may be one alone if the others have gone."""
    if writing is None:
        return ()
    return writing.notes or (writing,)


# --- Several notes of a video in one answer ---


class Combination:
    """Jobs of one video, model and language that are to be answered together.

    The request is sent when each of them has taken its place or left. It ends when nobody waits
    for it any more.
    """

    def __init__(self, job_ids: Iterable[str], sender: RequestSender) -> None:
        self._order = list(job_ids)
        self._awaited = set(self._order)
        self._sender = sender
        self._seats: dict[str, CombinedNote] = {}

    def leave(self, job_id: str) -> None:
        """This job needs no answer from here (any more). Twice is once."""
        if job_id in self._awaited:
            self._awaited.discard(job_id)
            if not self._awaited:
                self._begin()

    async def answer(self, job_id: str, work: Work, observer: GenerationObserver) -> ModelAnswer:
        """What came of the note; if it is not complete, the rest is to be asked for by itself.

        Raises what stands against any request: WriterError or NetworkUnreachable.
        """
        saved = work.saved or Draft()
        result: asyncio.Future[ModelAnswer] = asyncio.get_running_loop().create_future()
        seat = CombinedNote(work, observer, ModelAnswer(saved), result, saved)
        self._seats[job_id] = seat
        self.leave(job_id)
        try:
            return await seat.result
        finally:
            seat.gone = True
            combined = seat.combined
            if combined is not None and all(
                s.gone for s in self._seats.values() if s.combined is combined
            ):
                combined.cancel()
                await asyncio.wait([combined])

    def _begin(self) -> None:
        """In the order of the jobs, whichever came first."""
        seated = [self._seats[job_id] for job_id in self._order if job_id in self._seats]
        for seats in _groups([seat for seat in seated if seat.is_open]):
            if len(seats) == 1:
                seats[0].hand_over()
                continue
            combined = asyncio.create_task(
                CombinedRequest(self._sender, seats).write(), name="several notes"
            )
            for seat in seats:
                seat.combined = combined


@dataclass(frozen=True, slots=True)
class CombinedSlot:
    """One job's place in a combination."""

    combination: Combination
    job_id: str

    async def answer(self, work: Work, observer: GenerationObserver) -> ModelAnswer:
        return await self.combination.answer(self.job_id, work, observer)

    def leave(self) -> None:
        self.combination.leave(self.job_id)


def combine(requests: Iterable[NoteRequest], sender: RequestSender) -> dict[str, CombinedSlot]:
    """A combination for each video, model and language; the places in them, by job."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for asked in requests:
        if asked.engine is not Engine.OFFLINE:
            key = (asked.video_id, asked.engine, asked.model, asked.language)
            alike.setdefault(key, []).append(asked.job_id)
    places: dict[str, CombinedSlot] = {}
    for job_ids in alike.values():
        combination = Combination(job_ids, sender)
        places |= {job_id: CombinedSlot(combination, job_id) for job_id in job_ids}
    return places


def _groups(seats: Iterable[CombinedNote]) -> Iterator[list[CombinedNote]]:
    """Those that begin alike together, as many as fit into one answer."""
    alike: dict[tuple[object, ...], list[CombinedNote]] = {}
    for seat in seats:
        work = seat.work
        key = (work.engine, work.model, work.mode, work.language, work.media)
        alike.setdefault(key, []).append(seat)
    for group in alike.values():
        packed: list[CombinedNote] = []
        for seat in group:
            if packed and not fit_one_answer(s.work.estimate for s in (*packed, seat)):
                yield packed
                packed = []
            packed.append(seat)
        yield packed
