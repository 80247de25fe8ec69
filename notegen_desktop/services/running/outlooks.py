"""Looks ahead before an order is started: at its price, the budgets and the day's quota."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Protocol

from notegen_desktop.domain.notes import Engine
from notegen_desktop.services.ports import JobEstimate, Order, Outlook

from .budget import Budget
from .quotas import Quota, Quotas


class Estimates(Protocol):
    """Of the runner, what is needed here."""

    def engine_for(self, asked: Engine) -> Engine: ...

    def model_for(self, order: Order) -> str: ...

    def combines(self, order: Order, *, short: bool) -> bool: ...

    async def estimate(self, order: Order) -> list[JobEstimate]: ...


class Outlooks:
    """Fulfils `ports.Outlooks`. `now` is seconds since the epoch."""

    def __init__(
        self, runner: Estimates, budget: Budget, quotas: Quotas, *, now: Callable[[], float]
    ) -> None:
        self._runner = runner
        self._budget = budget
        self._quotas = quotas
        self._now = now

    async def matters(self, order: Order) -> bool:
        if self._runner.engine_for(order.engine) is Engine.OFFLINE:
            return False
        return self._budget.is_set or await self._quota(order) is not None

    async def of(self, order: Order, *, sample: int = 0) -> Outlook:
        rows = await self._rows(order, sample)
        if self._runner.engine_for(order.engine) is Engine.OFFLINE:
            return Outlook(rows)
        quota = await self._quota(order)
        apart = sum(row.requests for row in rows)
        together = sum(row.requests for row in rows if not row.joins)
        combined = self._runner.combines(order, short=quota is not None and quota.left < apart)
        if combined and not self._runner.combines(order, short=False):
            rows = await self._rows(replace(order, combined=True), sample)
        needed = together if combined else apart
        over = await self._budget.objection(rows) if self._budget.is_set else None
        short = ""
        if quota is not None and quota.left < needed:
            notes = sum(not row.stored for row in rows)
            short = _words(quota, notes, needed, self._runner.model_for(order), self._now())
            if not quota.left:
                together = needed  # nothing is left that several notes could share
            if together < needed:
                short += f" Several notes in one request would need {together}."
        return Outlook(
            rows,
            over_budget=over,
            short_of_quota=short,
            requests=needed,
            requests_combined=together,
        )

    async def _rows(self, order: Order, sample: int) -> tuple[JobEstimate, ...]:
        """The estimate of all notes; of more videos than `sample`, by the first ones."""
        read = order.links[: sample or None]
        rows = await self._runner.estimate(replace(order, links=read))
        each = len(rows) // len(read)
        more = [
            replace(row, video_id=link.key, exact_source=False)
            for number, link in enumerate(order.links[len(read) :])
            for row in rows[number % len(read) * each : (number % len(read) + 1) * each]
        ]
        return (*rows, *more)

    def _quota(self, order: Order) -> Awaitable[Quota | None]:
        return self._quotas.today(self._runner.model_for(order))


def _words(quota: Quota, notes: int, requests: int, model: str, now: float) -> str:
    minutes = max(1, math.ceil((quota.until - now) / 60))
    wait = f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"
    have = f"{quota.left} of today's {quota.per_day}" if quota.per_day else "None of today's"
    asked = f"one note needs {requests}" if notes == 1 else f"{notes} notes need {requests}"
    return (
        f"{have} requests of {model} are left, and {asked}. More come in {wait}. "
        "Choose another model or the offline engine, or fewer templates."
    )
