"""One answer with several notes, however many requests it takes; each of its notes has a seat."""

from __future__ import annotations

import asyncio
import logging
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerTruncated,
    AnswerUnusable,
    BudgetExceeded,
    NoteGenError,
    RequestRejected,
    TimedOut,
)
from notegen_desktop.domain.notes import Draft, Usage
from notegen_desktop.services.ports import Assignment, Writing

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
from .retries import PASSING
from .sharing import Shares
from .waits import Wait
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
class Seat:
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


class Joint:
    """One answer for several seats, however many requests it takes. Fulfils `asking.Recipient`."""

    def __init__(self, asker: Asker, seats: list[Seat]) -> None:
        self._asker = asker
        self._seats = seats
        self._asked: list[Seat] = []
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

    def _open(self) -> list[Seat]:
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
        return self._open()[0].watch.budget(work, self.waiting)

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

    async def _book(self, seat: Seat, so_far: Usage, *, outcome: str, reached: bool = True) -> None:
        seat.booked = True
        others = [other.text for other in self._asked if not other.booked]
        share = self._shares.take(so_far, seat.text, others)
        seat.answer.usage += share
        seat.answer.model = self._model or seat.answer.model
        if reached and share != Usage():
            await seat.watch.requested(self._made(seat, share, outcome), seat.work)

    def _made(self, seat: Seat, usage: Usage, outcome: str) -> RequestMade:
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
