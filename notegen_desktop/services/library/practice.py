"""Cards and their reviews: the port `PracticeStore` on a database.

The cards themselves are read out of the notes; kept here are their turn and every answer.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, func, or_, select, update

from notegen_desktop.domain.errors import CardMissing
from notegen_desktop.domain.practice.cards import Card, cards_of
from notegen_desktop.domain.practice.schedule import (
    Progress,
    Review,
    Stage,
    day_begins,
    practice_day,
    progress,
    streak,
)
from notegen_desktop.domain.practice.session import PracticeCard
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.services.ports import PracticeCounts

from .engine import Database
from .rows import in_batches, note_of, put_cards, reviews_of, upsert
from .schema import cards, notes, reviews
from .store import whole_notes

_NEW = cards.c.stage == Stage.NEW.value
STREAK_DAYS = 400
"""How far back days with practice are looked for; a longer streak is told as this."""


class PracticeCards:
    """Fulfils `ports.PracticeStore`."""

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
        if changed:  # an earlier version of the program found other cards in them
            await self._database.write(lambda connection: _read_again(connection, changed))
            result, _ = await found()
        return result

    async def counts(
        self, *, now_s: float, new: int, notes: Collection[str] = ()
    ) -> PracticeCounts:
        return await self._database.read(lambda connection: _counts(connection, now_s, new, notes))

    async def review(self, review: Review) -> Progress:
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

    async def take_back(self, review: Review) -> None:
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
            connection.execute(update(cards).where(cards.c.id == card).values(suspended=suspended))

        await self._database.write(work)

    async def unsuspend_all(self, *, notes: Collection[str] = ()) -> int:
        def work(connection: Connection) -> int:
            chosen = update(cards).where(cards.c.suspended, _of(notes)).values(suspended=False)
            return connection.execute(chosen).rowcount

        return await self._database.write(work)


def _check(connection: Connection, card: str) -> None:
    if connection.execute(select(cards.c.id).where(cards.c.id == clean(card))).first() is None:
        raise CardMissing(f"There is no card “{clean(card)[:40]}” (any more).")


def _settle(connection: Connection, card: str) -> Progress:
    """Remember whose turn it is, from what is kept of the card."""
    turn = progress(reviews_of(connection, [card]).get(card, ()))
    connection.execute(
        update(cards).where(cards.c.id == card).values(stage=turn.stage.value, due_at=turn.due_s)
    )
    return turn


def _read_again(connection: Connection, numbers: Collection[int]) -> None:
    for row in (
        connection.execute(whole_notes().where(notes.c.number.in_(numbers))).mappings().all()
    ):
        put_cards(connection, row["number"], note_of(connection, row))


# --- whose turn it is ---


def _of(note_ids: Collection[str]) -> ColumnElement[bool]:
    """Of notes that are not deleted, and of these alone where there are any."""
    alive = select(notes.c.number).where(notes.c.deleted_at.is_(None))
    if note_ids:
        alive = alive.where(notes.c.id.in_([clean(each) for each in note_ids]))
    return cards.c.note.in_(alive)


def _waiting(now_s: float) -> ColumnElement[bool]:
    """What is learnt in minutes comes to the minute; what is due in days, on the day."""
    over = day_begins(now_s, days=1)
    return or_(
        and_(cards.c.stage == Stage.REVIEW.value, cards.c.due_at < over),
        and_(
            cards.c.stage.in_([Stage.LEARNING.value, Stage.RELEARNING.value]),
            cards.c.due_at <= now_s,
        ),
    )


def _due(
    connection: Connection, now_s: float, limit: int, new: int, note_ids: Collection[str]
) -> tuple[list[PracticeCard], set[int]]:
    """The cards, and the notes that do not have what the table says."""
    chosen = select(cards.c.note, cards.c.id).where(~cards.c.suspended, _of(note_ids))
    rows = connection.execute(
        chosen.where(_waiting(now_s)).order_by(cards.c.due_at, cards.c.position).limit(limit)
    ).all()
    fresh = min(limit - len(rows), _new_left(connection, now_s, new))
    if fresh > 0:
        first = chosen.where(_NEW).order_by(cards.c.note.desc(), cards.c.position)
        rows = [*rows, *connection.execute(first.limit(fresh)).all()]
    wanted = {card: note for note, card in reversed(rows)}  # the same question of two notes is one
    known = _cards_of(connection, set(wanted.values()))
    past = reviews_of(connection, list(wanted))
    found, changed = [], set()
    for card in dict.fromkeys(card for _, card in rows):
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
        for row in connection.execute(query).mappings().all():
            note = note_of(connection, row)
            result |= {(row["number"], card.id): (card, note) for card in cards_of(note)}
    return result


def _new_left(connection: Connection, now_s: float, new: int) -> int:
    """How many new cards may still be begun today."""
    since = int(day_begins(now_s) * 1000)
    before = select(reviews.c.card).where(reviews.c.at_ms < since)
    today = select(func.count(reviews.c.card.distinct())).where(
        reviews.c.at_ms >= since, reviews.c.card.not_in(before)
    )
    return max(0, new - int(connection.execute(today).scalar_one()))


def _counts(
    connection: Connection, now_s: float, new: int, note_ids: Collection[str]
) -> PracticeCounts:
    def number(*which: ColumnElement[bool]) -> int:
        query = select(func.count(cards.c.id.distinct())).where(_of(note_ids), *which)
        return int(connection.execute(query).scalar_one())

    active = ~cards.c.suspended
    unseen, left = number(active, _NEW), _new_left(connection, now_s, new)
    later = select(func.min(cards.c.due_at)).where(active, ~_NEW, ~_waiting(now_s), _of(note_ids))
    done = select(func.count()).where(reviews.c.at_ms >= int(day_begins(now_s) * 1000))
    times = [connection.execute(later).scalar_one()]
    if new and unseen > left:
        times.append(day_begins(now_s, days=1))
    return PracticeCounts(
        due=number(active, _waiting(now_s)),
        new=min(unseen, left),
        next_s=min((each for each in times if each is not None), default=None),
        done=int(connection.execute(done).scalar_one()),
        streak=streak(_practised(connection, now_s), practice_day(now_s)),
        suspended=number(cards.c.suspended),
    )


def _practised(connection: Connection, now_s: float) -> Sequence[date]:
    since = int(day_begins(now_s, days=-STREAK_DAYS) * 1000)
    # A quarter of an hour is fine enough to tell the days by, and there are few of them.
    quarters = select(reviews.c.at_ms // 900_000).where(reviews.c.at_ms >= since).distinct()
    return [practice_day(each * 900.0) for each in connection.execute(quarters).scalars()]
