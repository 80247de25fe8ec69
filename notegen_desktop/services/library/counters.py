"""What requests took, summed up by day, model and template."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, case, func, select, update

from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.services.ports import Limit, UsageRow

from .rows import from_row, upsert
from .schema import MICRO, counters, requests, reservations

REFUSED = ("rate_limited", "quota_exhausted")
"""How requests end that a limit of the other side refused."""

SUMMED = (
    "requests",
    "input_tokens",
    "cached_tokens",
    "output_tokens",
    "thought_tokens",
    "cost_usd",
    "estimated_cost_usd",
)


def usage_rows(connection: Connection, *, since: str, until: str) -> list[UsageRow]:
    """Newest day first; local ISO dates, both inclusive, "" for no bound."""
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
        .group_by(r.day, r.model, r.template)
        .order_by(r.day.desc(), r.model, r.template)
    )
    if since:
        query = query.where(r.day >= since)
    if until:
        query = query.where(r.day <= until)
    return [from_row(UsageRow, row) for row in connection.execute(query).mappings()]


def _sum(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A sum of the column's own type: PostgreSQL's of whole numbers are decimal ones."""
    return func.sum(column).cast(column.type)


# --- Budget counters: each change is one statement, so that nobody comes between ---

_LARGEST = 2**62
"""Stands for "no limit worth the name", within what a database can count."""


def take(connection: Connection, limit: Limit, amount: int, now: float) -> bool:
    """Add to a counter if it stays within its limit: one statement, so nobody comes between."""
    most = micro(limit.amount)
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


def book(connection: Connection, owner: str, period: str, amount: int, now: float) -> None:
    """Book a difference. What was really spent is booked even beyond the limit."""
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


def used(connection: Connection, limit: Limit) -> int:
    query = select(counters.c.used).where(
        counters.c.owner == clean(limit.owner), counters.c.period == clean(limit.period)
    )
    return int(connection.execute(query).scalar() or 0)


def held(connection: Connection, limit: Limit) -> int:
    """What reservations that are under way take of a counter."""
    r = reservations.c
    query = select(func.sum(r.amount)).where(
        r.owner == clean(limit.owner), r.period == clean(limit.period), r.given_back.is_(False)
    )
    return int(connection.execute(query).scalar() or 0)


def give_back(connection: Connection, which: Any, now: float) -> None:
    r = reservations.c
    gone = connection.execute(
        update(reservations)
        .where(which, r.given_back.is_(False))
        .values(given_back=True)
        .returning(r.owner, r.period, r.amount)
    ).all()
    for owner, period, amount in sorted(gone):
        book(connection, owner, period, -amount, now)


def micro(amount: float) -> int:
    return int(min(_LARGEST, max(-_LARGEST, round(amount * MICRO)))) if amount < 1e12 else _LARGEST


def in_order(limit: Limit) -> tuple[str, str]:
    return limit.owner, limit.period
