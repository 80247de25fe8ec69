"""Reviews: a model judges the statements of a note by the passages that they cite."""

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
"""Maximum requests per list of statements: an answer that was cut or left some out is completed."""


@dataclass(slots=True, eq=False)
class StatementReview(ModelRequest):
    """Judges a list of statements, in one or more requests.

    `work` is the destination, price and material. Findings and usage stay here on any error.
    """

    sender: RequestSender
    work: Work
    items: Sequence[ReviewItem]
    tell: Callable[[Wait], None]
    reviews: dict[ReviewItem, Review] = field(default_factory=dict)
    usage: Usage = field(default_factory=Usage)
    _asked: list[ReviewItem] = field(default_factory=list)

    async def judge(self) -> None:
        """Send the requests. Raises WriterError, NetworkUnreachable, TimedOut or BudgetExceeded.

        A statement that the model skips in every request stays without a finding.
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
