"""The ledger: what requests took, what budgets allow, and what was learnt on the way.

A reservation is one conditional upsert a counter, so that neither two windows nor two machines can
overspend together. What nobody settles is given back: after its lease, or at once when the program
that held it is seen to be dead.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    Connection,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.services.ports import Counter, Limit, RequestRecord, Reservation, UsageRow

from .counters import REFUSED, book, give_back, held, in_order, micro, take, usage_rows, used
from .engine import Database
from .presence import Presence
from .rows import cleaned, dump, in_batches, put_row
from .schema import MICRO, counters, facts, requests, reservations

LATEST = 30
"""How many answers a correction of the estimate looks back on."""

COUNTED_S = 62 * 86_400.0
"""How long a counter nobody touches is kept: longer than the longest budget, a month."""

REMEMBERED_S = 7 * 86_400.0
"""How long a reservation that was given back may still be settled."""


class Ledger:
    """Fulfils `ports.Ledger`. `clock` gives seconds since the epoch."""

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
        same = select(requests.c.number).where(
            *(requests.c[name] == value for name, value in columns.items())
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
        return await self._database.read(lambda c: usage_rows(c, since=since, until=until))

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
        """Take `amount` from every limit or from none. Raises ValueError for a negative amount."""
        wanted = micro(amount)
        if wanted < 0:
            raise ValueError("an amount to reserve cannot be negative")
        reservation_id = reservation_id or uuid.uuid4().hex
        known = select(reservations.c.id).where(reservations.c.id == reservation_id)
        now = self._clock()
        # Always in the same order, so that two that want the same counters cannot lock each other.
        ordered = sorted(
            {(each.owner, each.period): each for each in limits}.values(), key=in_order
        )

        def work(connection: Connection) -> Reservation:
            if connection.execute(known).first() is not None:
                return Reservation(reservation_id)
            give_back(connection, reservations.c.expires_at <= now, now)
            taking = connection.begin_nested()
            for limit in ordered:
                if not take(connection, limit, wanted, now):
                    taking.rollback()
                    left = limit.amount - used(connection, limit) / MICRO
                    return Reservation(
                        refused=limit, left=max(0.0, left), held=held(connection, limit) / MICRO
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

    async def extend(self, reservation_id: str, *, lease_s: float) -> bool:
        r = reservations.c
        statement = (
            update(reservations)
            .where(r.id == reservation_id, r.given_back.is_(False))
            .values(expires_at=self._clock() + lease_s)
        )
        return bool(await self._database.execute(statement))

    async def settle(self, reservation_id: str, actual: float) -> None:
        spent = micro(actual)
        now = self._clock()

        def work(connection: Connection) -> None:
            r = reservations.c
            gone = connection.execute(
                delete(reservations)
                .where(r.id == reservation_id)
                .returning(r.owner, r.period, r.amount, r.given_back)
            ).all()
            for owner, period, amount, given_back in sorted(gone):
                book(connection, owner, period, spent - (0 if given_back else amount), now)

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
        """The work that gives back what expired or what the dead held, and forgets what is old."""
        now = self._clock()

        def work(connection: Connection) -> None:
            r = reservations.c
            holders = connection.execute(
                select(r.holder).where(r.given_back.is_(False)).distinct()
            ).scalars()
            dead = [holder for holder in holders if self._presence.alive(holder) is False]
            give_back(connection, r.expires_at <= now, now)
            for batch in in_batches(dead):
                give_back(connection, r.holder.in_(batch), now)
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
