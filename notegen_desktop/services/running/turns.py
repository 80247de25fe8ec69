"""A turn at the gate: who wants one, who waits for one, who has one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from .waits import OnWait, Wait

if TYPE_CHECKING:
    from .lanes import Lane


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants a turn: `tokens` is the input, `seconds` how long the request may take.

    `group` is the video; the gate sees to it that each group gets its first turn early.
    """

    model: str
    group: str = ""
    tokens: int = 0
    seconds: float = 0.0


@dataclass(slots=True, eq=False)
class Turn:
    """One request's turn. Report `succeeded` or `failed`; leaving without either is a cancel."""

    claim: Claim
    started: float
    _lane: Lane
    beside: tuple[Turn, ...] = ()
    """Who was in flight when this one started."""
    answered: bool = False
    refused: bool = False
    reported: bool = False

    @property
    def perhaps_beside(self) -> int:
        """How many the other side may have answered when this one came to it."""
        return sum(not other.refused for other in self.beside)

    def heard(self) -> None:
        """Something of the answer is here."""
        first, self.answered = not self.answered, True
        self._lane.heard(self, first=first)

    def succeeded(self) -> None:
        if not self.reported:
            self.reported = self.answered = True
            self._lane.succeeded(self)

    def failed(self, error: BaseException) -> None:
        if not self.reported:
            self.reported = True
            self._lane.failed(self, error)


@dataclass(slots=True)
class Waiter:
    claim: Claim
    number: int
    granted: asyncio.Future[Turn]
    on_wait: OnWait
    since: float
    told: Wait = field(default_factory=Wait)

    def tell(self, wait: Wait) -> None:
        if wait.is_news_after(self.told):
            self.told = wait
            self.on_wait(wait)
