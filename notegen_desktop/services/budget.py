"""Budgets: what a request may cost is held in the library while it runs, and settled after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from notegen_desktop.domain.errors import BudgetExceeded
from notegen_desktop.domain.settings import Settings

from .clock import Clock
from .ports import Ledger, Limit
from .scribe import Spent

LEASE_S = 900.0
"""Longer than any request may last (300 s): a program that died gives its part back after this."""

OWNER = "budget"
WORDS = {"run": "for this run", "day": "for today", "month": "for this month"}


class Budget:
    """Asks the library before a request is sent; two windows or machines never overspend."""

    def __init__(self, ledger: Ledger, settings: Callable[[], Settings], clock: Clock) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock

    def limits(self, run_id: str) -> list[Limit]:
        """The budgets that are set, by run, local day and month; in US dollars."""
        settings = self._settings()
        today = datetime.fromtimestamp(self._clock.time()).date()  # noqa: DTZ006 - the user's day
        periods = {
            "run": run_id or "none",
            "day": today.isoformat(),
            "month": f"{today:%Y-%m}",
        }
        return [
            Limit(OWNER, f"{name}:{period}", settings.number(f"budget.{name}_usd"))
            for name, period in periods.items()
            if settings.number(f"budget.{name}_usd") > 0
        ]

    @asynccontextmanager
    async def hold(self, cost_usd: float, run_id: str) -> AsyncIterator[Spent]:
        """Hold `cost_usd` until the block ends, then settle what was spent.

        Raises BudgetExceeded if a budget has no room for it.
        """
        spent = Spent()
        limits = self.limits(run_id)
        if not limits:
            yield spent
            return
        reservation = await self._ledger.reserve(cost_usd, limits, lease_s=LEASE_S)
        if not reservation.granted:
            refused = reservation.refused
            name = refused.period.partition(":")[0] if refused else ""
            amount = refused.amount if refused else 0.0
            raise BudgetExceeded(
                f"This note may cost ${cost_usd:.4f}, and ${max(0.0, reservation.left):.4f} is "
                f"left of your budget of ${amount:.2f} {WORDS.get(name, '')}.".replace(" .", ".")
            )
        try:
            yield spent
        finally:
            await self._ledger.settle(reservation.id, spent.usd)
