"""A practice session: the next card, given answers, and undo.

Used by the window and the command line, which store the reviews.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from notegen_desktop.domain.notes.note import Note

from .cards import Card
from .schedule import AHEAD_S, CardReview, Progress, Rating


@dataclass(frozen=True, slots=True)
class PracticeCard:
    """A card with its note and all its reviews."""

    card: Card
    note: Note
    reviews: tuple[CardReview, ...]
    progress: Progress


class PracticeSession:
    """The cards of one session. Those due again within minutes stay in it until they are learnt.

    `current` is the card that is shown, None before the first and after the last.
    """

    def __init__(self, cards: Iterable[PracticeCard]) -> None:
        self._waiting = deque(cards)
        self._known = {each.card.id for each in self._waiting}
        self._again: list[PracticeCard] = []
        self._answered: list[tuple[PracticeCard, CardReview]] = []
        self.current: PracticeCard | None = None

    def extend(self, cards: Iterable[PracticeCard]) -> None:
        """Add cards to this session; those that were in it before are skipped."""
        fresh = [each for each in cards if each.card.id not in self._known]
        self._waiting.extend(fresh)
        self._known |= {each.card.id for each in fresh}

    @property
    def left(self) -> int:
        """The number of cards left, including the current one."""
        return len(self._waiting) + len(self._again) + (self.current is not None)

    @property
    def answered(self) -> int:
        return len(self._answered)

    @property
    def forgotten(self) -> int:
        return sum(review.rating is Rating.AGAIN for _, review in self._answered)

    def next(self, now_s: float) -> PracticeCard | None:
        """Show the next card: those due again now, then the others, then those due soon."""
        self._again.sort(key=lambda each: each.progress.due_s)
        if self._again and (self._again[0].progress.due_s <= now_s or not self._waiting):
            self.current = self._again.pop(0)
        else:
            self.current = self._waiting.popleft() if self._waiting else None
        return self.current

    def answer(self, review: CardReview, progress: Progress) -> None:
        """Record the review of the current card, and its new state."""
        if (card := self.current) is None:
            return
        self._answered.append((card, review))
        self.current = None
        if progress.due_s - review.at_ms / 1000 <= AHEAD_S:
            reviews = (*card.reviews, review)
            self._again.append(replace(card, reviews=reviews, progress=progress))

    def leave_out(self) -> None:
        """Skip the current card."""
        self.current = None

    @property
    def last(self) -> CardReview | None:
        """The review that `take_back` would undo."""
        return self._answered[-1][1] if self._answered else None

    def take_back(self) -> PracticeCard | None:
        """Show the card that was answered last as it was before; the present one follows it."""
        if not self._answered:
            return None
        if self.current is not None:
            self._waiting.appendleft(self.current)
        self.current, review = self._answered.pop()
        self._again = [each for each in self._again if review not in each.reviews]
        return self.current
