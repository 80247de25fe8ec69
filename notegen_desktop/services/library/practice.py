"""Flashcards and their reviews: the port `PracticeStore` on a database.

The cards' texts are read from the notes; stored here are their due time and every review.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, func, or_, select, update

from notegen_desktop.domain.errors import CardMissing
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
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import PracticeCounts

from .database.engine import Database
from .rows import in_batches, note_of, notes_of, put_cards, reviews_of, upsert, whole_notes
from .schema import cards, notes, reviews

SUSPENDED = "suspended"
"""The stage of a suspended card; its former stage follows from its reviews."""

_NEW = cards.c.stage == CardStage.NEW.value
_SUSPENDED = cards.c.stage == SUSPENDED
_IN_DAYS = cards.c.stage == CardStage.REVIEW.value
_IN_MINUTES = cards.c.stage.in_([CardStage.LEARNING.value, CardStage.RELEARNING.value])
STREAK_DAYS = 400
"""Days back in which practice is counted; the maximum streak."""


class PracticeCards:
    """Implements `ports.PracticeStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def due(
        self, *, now_s: float, limit: int = 200, new: int, notes: Collection[str] = ()
    ) -> list[PracticeCard]:
        async def found() -> tuple[list[PracticeCard], set[int]]:
            return await self._database.read(
                lambda connection: _due(connection, now_s, limit, new, notes)
            )

        result, changed = await found()
        if changed:  # an earlier version of the program found other cards in these notes
            await self._database.write(lambda connection: _read_again(connection, changed))
            result, _ = await found()
        return result

    async def counts(
        self, *, now_s: float, new: int, notes: Collection[str] = ()
    ) -> PracticeCounts:
        return await self._database.read(lambda connection: _counts(connection, now_s, new, notes))

    async def review(self, review: CardReview) -> Progress:
        def work(connection: Connection) -> Progress:
            _check(connection, review.card)
            connection.execute(
                upsert(connection, reviews)
                .values(
                    card=review.card,
                    at_ms=review.at_ms,
                    rating=review.rating.value,
                    duration_ms=review.duration_ms,
                )
                .on_conflict_do_nothing()
            )
            return _settle(connection, review.card)

        return await self._database.write(work)

    async def take_back(self, review: CardReview) -> None:
        def work(connection: Connection) -> None:
            connection.execute(
                delete(reviews).where(
                    reviews.c.card == review.card, reviews.c.at_ms == review.at_ms
                )
            )
            _settle(connection, review.card)

        await self._database.write(work)

    async def suspend(self, card: str, *, suspended: bool) -> None:
        def work(connection: Connection) -> None:
            _check(connection, card)
            if suspended:
                connection.execute(update(cards).where(cards.c.id == card).values(stage=SUSPENDED))
            else:
                _settle(connection, card)

        await self._database.write(work)

    async def unsuspend_all(self, *, notes: Collection[str] = ()) -> int:
        def work(connection: Connection) -> int:
            left_out = select(cards.c.id).where(_SUSPENDED, _of(notes)).distinct()
            found = connection.execute(left_out).scalars().all()
            for card in found:
                _settle(connection, card)
            return len(found)

        return await self._database.write(work)


def _check(connection: Connection, card: str) -> None:
    if connection.execute(select(cards.c.id).where(cards.c.id == clean(card))).first() is None:
        raise CardMissing(_("There is no card “{card}” (any more).").format(card=clean(card)[:40]))


def _settle(connection: Connection, card: str) -> Progress:
    """Update a card's stage and due time from its reviews."""
    turn = progress(reviews_of(connection, [card]).get(card, ()))
    due_at = turn.due_s if turn.reviews else -cards.c.note
    connection.execute(
        update(cards).where(cards.c.id == card).values(stage=turn.stage.value, due_at=due_at)
    )
    return turn


def _read_again(connection: Connection, numbers: Collection[int]) -> None:
    for row in (
        connection.execute(whole_notes().where(notes.c.number.in_(numbers))).mappings().all()
    ):
        put_cards(connection, row["number"], note_of(connection, row))


# --- whose turn it is ---


def _of(note_ids: Collection[str]) -> ColumnElement[bool]:
    """Return the condition of cards of notes that are not deleted and, if given, in `note_ids`."""
    alive = exists().where(notes.c.number == cards.c.note, notes.c.deleted_at.is_(None))
    if not note_ids:
        return alive
    chosen = select(notes.c.number).where(notes.c.id.in_([clean(each) for each in note_ids]))
    return and_(alive, cards.c.note.in_(chosen))


def _waiting(now_s: float) -> ColumnElement[bool]:
    """Return the condition of due cards: learning steps to the minute, reviews by day."""
    over = day_begins(now_s, days=1)
    return or_(and_(_IN_DAYS, cards.c.due_at < over), and_(_IN_MINUTES, cards.c.due_at <= now_s))


def _due(
    connection: Connection, now_s: float, limit: int, new: int, note_ids: Collection[str]
) -> tuple[list[PracticeCard], set[int]]:
    """Return the due cards, and the numbers of notes whose stored cards are outdated."""
    chosen = select(cards.c.note, cards.c.id).where(_of(note_ids))
    rows = connection.execute(
        chosen.where(_waiting(now_s)).order_by(cards.c.due_at, cards.c.position).limit(limit)
    ).all()
    fresh = min(limit - len(rows), _new_left(connection, now_s, new))
    if fresh > 0:
        first = chosen.where(_NEW).order_by(cards.c.due_at, cards.c.position)
        rows = [*rows, *connection.execute(first.limit(fresh)).all()]
    # the same question in two notes is one card
    wanted = {card: note for note, card in reversed(rows)}
    known = _cards_of(connection, set(wanted.values()))
    past = reviews_of(connection, list(wanted))
    found, changed = [], set()
    for card in dict.fromkeys(card for __, card in rows):
        if (pair := known.get((wanted[card], card))) is None:
            changed.add(wanted[card])
            continue
        answered = tuple(past.get(card, ()))
        found.append(PracticeCard(pair[0], pair[1], answered, progress(answered)))
    return found, changed


def _cards_of(connection: Connection, numbers: Collection[int]) -> dict[tuple[int, str], Any]:
    result: dict[tuple[int, str], tuple[Card, Any]] = {}
    for batch in in_batches(sorted(numbers)):
        query = whole_notes().where(notes.c.number.in_(batch))
        rows = connection.execute(query).mappings().all()
        for row, note in zip(rows, notes_of(connection, rows), strict=True):
            result |= {(row["number"], card.id): (card, note) for card in cards_of(note)}
    return result


def _new_left(connection: Connection, now_s: float, new: int) -> int:
    """Return how many new cards may still be begun today."""
    since = int(day_begins(now_s) * 1000)
    before = select(reviews.c.card).where(reviews.c.at_ms < since)
    today = select(func.count(reviews.c.card.distinct())).where(
        reviews.c.at_ms >= since, reviews.c.card.not_in(before)
    )
    return max(0, new - int(connection.execute(today).scalar_one()))


def _counts(
    connection: Connection, now_s: float, new: int, note_ids: Collection[str]
) -> PracticeCounts:
    def number(*which: ColumnElement[bool], up_to: int | None = None) -> int:
        found = select(cards.c.id).where(*which, _of(note_ids)).distinct().limit(up_to)
        query = select(func.count()).select_from(found.subquery())
        return int(connection.execute(query).scalar_one())

    def soonest(*which: ColumnElement[bool]) -> float | None:
        query = select(cards.c.due_at).where(*which, _of(note_ids)).order_by(cards.c.due_at)
        return connection.execute(query.limit(1)).scalar_one_or_none()

    begins, over = day_begins(now_s), day_begins(now_s, days=1)
    left = _new_left(connection, now_s, new)
    unseen = number(_NEW, up_to=left + 1)
    times = [
        soonest(_IN_DAYS, cards.c.due_at >= over),
        soonest(_IN_MINUTES, cards.c.due_at > now_s),
        over if new and unseen > left else None,
    ]
    done = select(func.count()).where(reviews.c.at_ms >= int(begins * 1000))
    return PracticeCounts(
        due=number(_waiting(now_s)),
        new=min(unseen, left),
        next_s=min((each for each in times if each is not None), default=None),
        done=int(connection.execute(done).scalar_one()),
        streak=streak(_practised(connection, now_s), practice_day(now_s)),
        suspended=number(_SUSPENDED),
    )


def _practised(connection: Connection, now_s: float) -> Sequence[date]:
    since = int(day_begins(now_s, days=-STREAK_DAYS) * 1000)
    # Quarters of an hour are fine enough to tell days apart, and few rows come back.
    quarters = select(reviews.c.at_ms // 900_000).where(reviews.c.at_ms >= since).distinct()
    return [practice_day(each * 900.0) for each in connection.execute(quarters).scalars()]
