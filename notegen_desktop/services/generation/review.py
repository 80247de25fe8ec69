"""A second look by the model: statements of a note, judged by the passages they rest on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from notegen_desktop.domain.errors import AnswerUnusable
from notegen_desktop.domain.notes.note import Review, Usage
from notegen_desktop.domain.notes.review import ReviewItem
from notegen_desktop.services.pacing.retry import PASSING, Wait
from notegen_desktop.services.ports import Assignment

from .assignment import Work
from .request import ModelRequest, RequestResult, RequestSender, assigned

MAX_REQUESTS = 3
"""For the statements of one list: an answer that was cut, or that left some out, is completed."""


@dataclass(slots=True, eq=False)
class StatementReview(ModelRequest):
    """Judges the statements of one list, in as many requests as that takes.

    `work` says where to send them, what they cost, and what they are judged by. What was found,
    and used, stays here whatever happens.
    """

    sender: RequestSender
    work: Work
    items: Sequence[ReviewItem]
    tell: Callable[[Wait], None]
    reviews: dict[ReviewItem, Review] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    _asked: list[ReviewItem] = field(default_factory=list)

    async def judge(self) -> None:
        """Raises WriterError, NetworkUnreachable, TimedOut or BudgetExceeded.

        A statement that the model passes over again and again stays without a finding.
        """
        retries = self.sender.retry_budget.retries(self.work.engine.service)
        requests = 0
        while (left := self._left()) and requests < MAX_REQUESTS:
            try:
                await self.sender.send(self.work, self, retries)
            except PASSING as error:
                if len(self._left()) < len(left):
                    retries.progressed()
                await retries.outlast(error, self.waiting)
                continue
            except AnswerUnusable:
                if not self.reviews:
                    raise
                return
            retries.succeeded()
            requests += 1

    def _left(self) -> list[ReviewItem]:
        return [item for item in self.items if item not in self.reviews]

    # --- as a request ---

    def assignment(self) -> Assignment:
        self._asked = self._left()
        return replace(assigned(self.work), statements=tuple(self._asked))

    def waiting(self, wait: Wait) -> None:
        self.tell(wait)

    def writing(self) -> None:
        self.waiting(Wait())

    async def ended(self, result: RequestResult) -> None:
        found = result.last.reviews if result.last is not None else {}
        for number, item in enumerate(self._asked, start=1):
            if number in found:
                self.reviews[item] = found[number]
        self.usage += result.usage
        await self.sender.book(self.work, result, result.last.model if result.last else "")
