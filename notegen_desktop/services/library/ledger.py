"""The ledger: the usage of requests, budget counters, and learnt facts.

A reservation is one conditional upsert per counter, so that neither two windows nor two machines
can overspend together. An unsettled reservation is returned: after its lease, or at once when its
program is found dead.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.services.ports import Counter, Limit, RequestRecord, Reservation, UsageRow

from .database.engine import Database
from .database.presence import Presence
from .rows import cleaned, dump, from_row, in_batches, put_row, upsert
from .schema import MICRO, counters, facts, requests, reservations

LATEST = 30
"""Number of latest answers that the correction of estimates is based on."""

COUNTED_S = 62 * 86_400.0
"""Seconds for which an untouched counter is kept: longer than the longest budget, a month."""

REMEMBERED_S = 7 * 86_400.0
"""Seconds for which a returned reservation may still be settled."""

REFUSED = ("rate_limited", "quota_exhausted")
"""Outcomes of requests that a limit of the server refused."""

SUMMED = (
    "requests",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "thought_tokens",
    "cost_usd",
    "estimated_cost_usd",
)


class Ledger:
    """Implements `ports.Ledger`. `clock` returns seconds since the epoch."""

    def __init__(
        self, database: Database, presence: Presence, *, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._presence = presence
        self._clock = clock

    # --- requests ---

    async def record(self, request: RequestRecord) -> None:
        at = request.at or self._clock()
        columns = cleaned(asdict(request))
        columns |= columns.pop("usage")
        columns |= {
            "at": at,
            "day": time.strftime("%Y-%m-%d", time.localtime(at)),
            "requests": request.usage.requests or 1,
        }
        del columns["once"]
        # The estimates are not compared: a second estimate may differ.
        told = [name for name in columns if not name.startswith("estimated_")]
        same = select(requests.c.number).where(
            *(requests.c[name] == columns[name] for name in told)
        )

        def work(connection: Connection) -> None:
            if not request.once or connection.execute(same).first() is None:
                connection.execute(insert(requests).values(columns))

        await self._database.write(work)

    async def answered(self, since: float) -> dict[str, int]:
        r = requests.c
        query = (
            select(r.model, func.sum(r.requests))
            .where(r.at >= since, r.outcome.not_in(REFUSED))
            .group_by(r.model)
        )
        return await self._database.read(
            lambda c: {model: int(count) for model, count in c.execute(query)}
        )

    async def usage(self, *, since: str = "", until: str = "") -> list[UsageRow]:
        """Return usage, newest day first; local ISO dates, both inclusive, "" for no bound."""
        r = requests.c
        query = (
            select(
                r.day,
                r.model,
                r.template,
                _sum(case((r.outcome == "ok", 0), else_=r.requests)).label("failed"),
                _sum(case((r.outcome.in_(REFUSED), r.requests), else_=0)).label("rate_limited"),
                *(_sum(r[name]).label(name) for name in SUMMED),
            )
            .where(r.day >= since, r.day <= (until or "9999"))
            .group_by(r.day, r.model, r.template)
            .order_by(r.day.desc(), r.model, r.template)
        )
        return await self._database.read(
            lambda c: [from_row(UsageRow, row) for row in c.execute(query).mappings()]
        )

    async def correction(self, *, template: str, model: str) -> float | None:
        r = requests.c
        latest = (
            select(r.output_tokens, r.estimated_output_tokens)
            .where(
                r.template == template,
                r.model == model,
                r.outcome == "ok",
                r.estimated_output_tokens > 0,
                r.output_tokens > 0,
            )
            .order_by(r.number.desc())
            .limit(LATEST)
            .subquery()
        )
        query = select(func.sum(latest.c.output_tokens), func.sum(latest.c.estimated_output_tokens))

        def work(connection: Connection) -> float | None:
            actual, estimated = connection.execute(query).one()
            return float(actual) / float(estimated) if estimated else None

        return await self._database.read(work)

    # --- budgets ---

    async def reserve(
        self,
        amount: float,
        limits: Sequence[Limit],
        *,
        lease_s: float,
        reservation_id: str = "",
    ) -> Reservation:
        """Reserve `amount` of every limit or of none. Raises ValueError for a negative amount."""
        wanted = _micro(amount)
        if wanted < 0:
            raise ValueError("an amount to reserve cannot be negative")
        reservation_id = reservation_id or uuid.uuid4().hex
        known = select(reservations.c.id).where(reservations.c.id == reservation_id)
        now = self._clock()
        # Always in the same order: otherwise two transactions could deadlock on the counters.
        by_counter = {(each.owner, each.period): each for each in limits}
        ordered = [by_counter[counter] for counter in sorted(by_counter)]

        def work(connection: Connection) -> Reservation:
            if connection.execute(known).first() is not None:
                return Reservation(reservation_id)
            _give_back(connection, reservations.c.expires_at <= now, now)
            taking = connection.begin_nested()
            for limit in ordered:
                if not _take(connection, limit, wanted, now):
                    taking.rollback()
                    left = limit.amount - _used(connection, limit) / MICRO
                    return Reservation(
                        refused=limit, left=max(0.0, left), held=_held(connection, limit) / MICRO
                    )
            taking.commit()
            if ordered:
                connection.execute(
                    insert(reservations),
                    [
                        {
                            "id": reservation_id,
                            "owner": clean(limit.owner),
                            "period": clean(limit.period),
                            "amount": wanted,
                            "holder": self._presence.token,
                            "expires_at": now + lease_s,
                            "given_back": False,
                        }
                        for limit in ordered
                    ],
                )
            return Reservation(reservation_id)

        return await self._database.write(work)

    async def settle(self, reservation_id: str, actual: float) -> None:
        spent = _micro(actual)
        now = self._clock()

        def work(connection: Connection) -> None:
            r = reservations.c
            gone = connection.execute(
                delete(reservations)
                .where(r.id == reservation_id)
                .returning(r.owner, r.period, r.amount, r.given_back)
            ).all()
            for owner, period, amount, given_back in sorted(gone):
                _book(connection, owner, period, spent - (0 if given_back else amount), now)

        await self._database.write(work)

    async def counters(self) -> list[Counter]:
        await self._database.write(self.tidying())
        r = reservations.c
        held = (
            select(
                r.owner,
                r.period,
                func.sum(r.amount).label("amount"),
                func.count().label("number"),
            )
            .where(r.given_back.is_(False))
            .group_by(r.owner, r.period)
            .subquery()
        )
        query = (
            select(
                counters.c.owner,
                counters.c.period,
                counters.c.used,
                func.coalesce(held.c.amount, 0),
                counters.c.lim,
                func.coalesce(held.c.number, 0),
            )
            .outerjoin(
                held,
                (held.c.owner == counters.c.owner) & (held.c.period == counters.c.period),
            )
            .order_by(counters.c.owner, counters.c.period)
        )

        def work(connection: Connection) -> list[Counter]:
            return [
                Counter(owner, period, spent / MICRO, int(held) / MICRO, limit / MICRO, number)
                for owner, period, spent, held, limit, number in connection.execute(query)
            ]

        return await self._database.read(work)

    def tidying(self) -> Callable[[Connection], None]:
        """Return the work that gives back reservations expired or held by dead programs, and
        deletes old rows."""
        now = self._clock()

        def work(connection: Connection) -> None:
            r = reservations.c
            holders = connection.execute(
                select(r.holder).where(r.given_back.is_(False)).distinct()
            ).scalars()
            dead = [holder for holder in holders if self._presence.alive(holder) is False]
            _give_back(connection, r.expires_at <= now, now)
            for batch in in_batches(dead):
                _give_back(connection, r.holder.in_(batch), now)
            connection.execute(delete(counters).where(counters.c.touched_at < now - COUNTED_S))
            connection.execute(
                delete(reservations).where(
                    r.given_back.is_(True), r.expires_at < now - REMEMBERED_S
                )
            )
            connection.execute(delete(facts).where(facts.c.until <= now))

        return work

    # --- facts ---

    async def remember(self, key: str, value: Any, *, until: float | None = None) -> None:
        row = {"key": clean(key)}, {"value": dump(value), "until": until}
        await self._database.write(lambda connection: put_row(connection, facts, *row))

    async def recall(self, key: str, default: Any = None) -> Any:
        query = select(facts.c.value).where(
            facts.c.key == clean(key), or_(facts.c.until.is_(None), facts.c.until > self._clock())
        )
        stored = await self._database.read(lambda c: c.execute(query).scalar())
        return default if stored is None else json.loads(stored)

    async def forget(self, key: str) -> None:
        statement = delete(facts).where(facts.c.key == clean(key))
        await self._database.execute(statement)


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a sum in the column's own type: PostgreSQL sums integers to decimals."""
    return func.sum(column).cast(column.type)


# --- Budget counters: each change is one statement, so that nobody comes between ---

_LARGEST = 2**62
"""A limit that is practically none, within the integers of a database."""


def _take(connection: Connection, limit: Limit, amount: int, now: float) -> bool:
    """Add to a counter if it stays within its limit; one statement, so it is atomic."""
    most = _micro(limit.amount)
    if amount > most:
        return False
    statement = upsert(connection, counters).values(
        owner=clean(limit.owner), period=clean(limit.period), used=amount, lim=most, touched_at=now
    )
    new = statement.excluded
    sum_ = counters.c.used + new.used
    row = connection.execute(
        statement.on_conflict_do_update(
            index_elements=["owner", "period"],
            set_={"used": sum_, "lim": new.lim, "touched_at": now},
            where=sum_ <= new.lim,
        ).returning(counters.c.used)
    ).first()
    return row is not None


def _book(connection: Connection, owner: str, period: str, amount: int, now: float) -> None:
    """Book a difference. Actual spending is booked even beyond the limit."""
    sum_ = counters.c.used + amount
    connection.execute(
        update(counters)
        .where(counters.c.owner == owner, counters.c.period == period)
        .values(
            used=case((sum_ < 0, 0), else_=sum_),
            lim=case((sum_ > counters.c.lim, sum_), else_=counters.c.lim),
            touched_at=now,
        )
    )


def _used(connection: Connection, limit: Limit) -> int:
    query = select(counters.c.used).where(
        counters.c.owner == clean(limit.owner), counters.c.period == clean(limit.period)
    )
    return int(connection.execute(query).scalar() or 0)


def _held(connection: Connection, limit: Limit) -> int:
    """Return the amount of a counter that open reservations hold."""
    r = reservations.c
    query = select(func.sum(r.amount)).where(
        r.owner == clean(limit.owner), r.period == clean(limit.period), r.given_back.is_(False)
    )
    return int(connection.execute(query).scalar() or 0)


def _give_back(connection: Connection, which: Any, now: float) -> None:
    r = reservations.c
    gone = connection.execute(
        update(reservations)
        .where(which, r.given_back.is_(False))
        .values(given_back=True)
        .returning(r.owner, r.period, r.amount)
    ).all()
    for owner, period, amount in sorted(gone):
        _book(connection, owner, period, -amount, now)


def _micro(amount: float) -> int:
    return int(min(_LARGEST, max(-_LARGEST, round(amount * MICRO)))) if amount < 1e12 else _LARGEST
