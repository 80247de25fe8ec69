"""What requests took, summed up by day, model and template."""

from __future__ import annotations

from sqlalchemy import Connection, case, func, select

from notegen_desktop.services.ports import UsageRow

from .schema import requests

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
            func.sum(case((r.outcome == "ok", 0), else_=r.requests)).label("failed"),
            func.sum(case((r.outcome.in_(REFUSED), r.requests), else_=0)).label("rate_limited"),
            *(func.sum(r[name]).label(name) for name in SUMMED),
        )
        .group_by(r.day, r.model, r.template)
        .order_by(r.day.desc(), r.model, r.template)
    )
    if since:
        query = query.where(r.day >= since)
    if until:
        query = query.where(r.day <= until)
    return [
        UsageRow(
            day=row.day,
            model=row.model,
            template=row.template,
            requests=int(row.requests),
            failed=int(row.failed),
            rate_limited=int(row.rate_limited),
            input_tokens=int(row.input_tokens),
            cached_tokens=int(row.cached_tokens),
            output_tokens=int(row.output_tokens),
            thought_tokens=int(row.thought_tokens),
            cost_usd=float(row.cost_usd),
            estimated_cost_usd=float(row.estimated_cost_usd),
        )
        for row in connection.execute(query)
    ]
