"""Fake `PracticeStore` in memory, over the notes of a fake store."""

from __future__ import annotations

from collections.abc import Collection

from notegen_desktop.domain.errors import CardMissing
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.practice.cards import Card, cards_of
from notegen_desktop.domain.practice.schedule import (
    CardReview,
    CardStage,
    Progress,
    day_begins,
    practice_day,
    progress,
    streak,
)
from notegen_desktop.domain.practice.session import PracticeCard
from notegen_desktop.services.ports import PracticeCounts


class FakePractice:
    def __init__(self, notes: dict[str, Note]) -> None:
        self._notes = notes
        self.reviews: list[CardReview] = []
        self.suspended: set[str] = set()

    def _cards(self, notes: Collection[str]) -> dict[str, PracticeCard]:
        pairs: dict[str, tuple[Card, Note]] = {}
        for note in reversed(self._notes.values()):
            if not notes or note.id in notes:
                for card in cards_of(note):
                    pairs.setdefault(card.id, (card, note))
        result = {}
        for name, (card, note) in pairs.items():
            past = sorted((r for r in self.reviews if r.card == name), key=lambda r: r.at_ms)
            result[name] = PracticeCard(card, note, tuple(past), progress(past))
        return result

    def _new_left(self, now_s: float, new: int) -> int:
        since = day_begins(now_s) * 1000
        first: dict[str, int] = {}
        for review in self.reviews:
            first[review.card] = min(review.at_ms, first.get(review.card, review.at_ms))
        return max(0, new - sum(at >= since for at in first.values()))

    def _waits(self, each: PracticeCard, now_s: float) -> bool:
        over = day_begins(now_s, days=1) if each.progress.stage is CardStage.REVIEW else now_s
        return each.progress.stage is not CardStage.NEW and each.progress.due_s <= over

    async def due(
        self, *, now_s: float, limit: int = 200, new: int, notes: Collection[str] = ()
    ) -> list[PracticeCard]:
        active = [c for c in self._cards(notes).values() if c.card.id not in self.suspended]
        due = [each for each in active if self._waits(each, now_s)]
        due = sorted(due, key=lambda each: each.progress.due_s)[:limit]
        fresh = [each for each in active if each.progress.stage is CardStage.NEW]
        return due + fresh[: min(limit - len(due), self._new_left(now_s, new))]

    async def counts(
        self, *, now_s: float, new: int, notes: Collection[str] = ()
    ) -> PracticeCounts:
        known = self._cards(notes)
        active = [each for name, each in known.items() if name not in self.suspended]
        unseen = sum(each.progress.stage is CardStage.NEW for each in active)
        left = self._new_left(now_s, new)
        times = [
            each.progress.due_s
            for each in active
            if each.progress.stage is not CardStage.NEW and not self._waits(each, now_s)
        ]
        times += [day_begins(now_s, days=1)] if new and unseen > left else []
        return PracticeCounts(
            due=sum(self._waits(each, now_s) for each in active),
            new=min(unseen, left),
            next_s=min(times, default=None),
            done=sum(review.at_ms >= day_begins(now_s) * 1000 for review in self.reviews),
            streak=streak(
                [practice_day(review.at_ms / 1000) for review in self.reviews], practice_day(now_s)
            ),
            suspended=sum(name in self.suspended for name in known),
        )

    async def review(self, review: CardReview) -> Progress:
        if review.card not in self._cards(()):
            raise CardMissing
        if not any((r.card, r.at_ms) == (review.card, review.at_ms) for r in self.reviews):
            self.reviews.append(review)
        return self._cards(())[review.card].progress

    async def take_back(self, review: CardReview) -> None:
        self.reviews = [r for r in self.reviews if (r.card, r.at_ms) != (review.card, review.at_ms)]

    async def suspend(self, card: str, *, suspended: bool) -> None:
        if card not in self._cards(()):
            raise CardMissing
        (self.suspended.add if suspended else self.suspended.discard)(card)

    async def unsuspend_all(self, *, notes: Collection[str] = ()) -> int:
        found = self.suspended & set(self._cards(notes))
        self.suspended -= found
        return len(found)
