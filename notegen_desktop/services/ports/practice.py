"""Cards to practise, and what is kept of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from notegen_desktop.domain.practice.schedule import Progress, Review
from notegen_desktop.domain.practice.session import PracticeCard


@dataclass(frozen=True, slots=True)
class PracticeCounts:
    """How much there is to practise. `next_s` is when the next card comes (seconds since the
    epoch), None where none will; `done` counts the reviews of today; `streak` is in days."""

    due: int = 0
    new: int = 0
    next_s: float | None = None
    done: int = 0
    streak: int = 0
    suspended: int = 0


class PracticeStore(Protocol):
    """The cards of the stored notes. What is answered is durable when a method returns.

    Raises StoreError. `notes` are ids; none means those of all notes.
    """

    async def due(
        self, *, now_s: float, limit: int = 200, new: int, notes: Collection[str] = ()
    ) -> list[PracticeCard]:
        """Cards whose turn it is, the longest waiting first, then as many as `new` that were never
        shown, less those that were begun today."""
        ...

    async def counts(
        self, *, now_s: float, new: int, notes: Collection[str] = ()
    ) -> PracticeCounts:
        """Counted as `due` does. `next_s` looks at those alone that wait for their time."""
        ...

    async def review(self, review: Review) -> Progress:
        """Keep an answer. The same twice is once. Raises CardMissing."""
        ...

    async def take_back(self, review: Review) -> None:
        """As if a card had not been answered then."""
        ...

    async def suspend(self, card: str, *, suspended: bool) -> None:
        """Leave a card out, or have it again. Raises CardMissing."""
        ...

    async def unsuspend_all(self, *, notes: Collection[str] = ()) -> int:
        """Have all cards again that were left out; returns how many."""
        ...
