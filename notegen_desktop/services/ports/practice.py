"""Practice: flashcards and the progress of each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from notegen_desktop.domain.practice.schedule import CardReview, Progress
from notegen_desktop.domain.practice.session import PracticeCard


@dataclass(frozen=True, slots=True)
class PracticeCounts:
    """Counts of cards to practise. `next_s` is the time of the next card (seconds since the epoch),
    None if there is none; `done` counts today's reviews; `streak` is in days."""

    due: int = 0
    new: int = 0
    next_s: float | None = None
    done: int = 0
    streak: int = 0
    suspended: int = 0


class PracticeStore(Protocol):
    """The flashcards of the stored notes. Reviews are durable when a method returns.

    Raises StoreError. `notes` are ids; empty means all notes.
    """

    async def due(
        self, *, now_s: float, limit: int = 200, new: int, notes: Collection[str] = ()
    ) -> list[PracticeCard]:
        """Return due cards, the longest waiting first, then up to `new` never shown, less those
        begun today."""
        ...

    async def counts(
        self, *, now_s: float, new: int, notes: Collection[str] = ()
    ) -> PracticeCounts:
        """Return counts by the rules of `due`. `next_s` considers only cards that wait for their
        time."""
        ...

    async def review(self, review: CardReview) -> Progress:
        """Store a review. Idempotent. Raises CardMissing."""
        ...

    async def take_back(self, review: CardReview) -> None:
        """Undo a review."""
        ...

    async def suspend(self, card: str, *, suspended: bool) -> None:
        """Suspend or resume a card. Raises CardMissing."""
        ...

    async def unsuspend_all(self, *, notes: Collection[str] = ()) -> int:
        """Resume all suspended cards; return their number."""
        ...
