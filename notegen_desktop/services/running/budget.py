"""Budgets: what a request may cost is held in the library while it runs, and settled after it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from notegen_desktop.domain.cost import Allowance, affordable
from notegen_desktop.domain.errors import BudgetExceeded
from notegen_desktop.domain.settings import Settings
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.ports import Ledger, Limit

from .asking import Spent

LEASE_S = 900.0
"""Longer than any request may last (300 s): a program that died gives its part back after this."""

OWNER = "budget"
NO_LIMIT = 1e12
"""Dollars that nobody spends: a counter with this limit only counts."""

WORDS = {"run": "for this run", "day": "for today", "month": "for this month"}


class Budget:
    """Asks the library before a request is sent; two windows or machines never overspend."""

    def __init__(self, ledger: Ledger, settings: Callable[[], Settings], clock: Clock) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock

    def limits(self, run_id: str) -> list[Limit]:
        """The counters that a request goes into, by run, local day and month; in US dollars.

        Day and month are counted without a budget, too, so that one that is set later knows what
        was spent before it.
        """
        settings = self._settings()
        today = datetime.fromtimestamp(self._clock.time()).date()  # noqa: DTZ006 - the user's day
        periods = {
            "run": run_id or "none",
            "day": today.isoformat(),
            "month": f"{today:%Y-%m}",
        }
        return [
            Limit(OWNER, f"{name}:{period}", budget or NO_LIMIT)
            for name, period in periods.items()
            if (budget := settings.number(f"budget.{name}_usd")) or name != "run"
        ]

    @property
    def is_set(self) -> bool:
        """Whether there is any budget."""
        settings = self._settings()
        return any(settings.number(f"budget.{name}_usd") > 0 for name in WORDS)

    async def objection(self, costs_usd: Sequence[float]) -> str:
        """Why a run of notes that cost so much must not be started, or "".

        What other programs hold counts as spent.
        """
        used = {counter.period: counter.used for counter in await self._ledger.counters()}
        asked = sum(costs_usd)
        for limit in self.limits("run that is not begun"):
            left = max(0.0, limit.amount - used.get(limit.period, 0.0))
            if limit.amount >= NO_LIMIT or asked <= left + 1e-9:
                continue
            name = limit.period.partition(":")[0]
            fit = affordable(list(costs_usd), [Allowance(name, left)]) if left else 0
            some = f" {fit} of the {len(costs_usd)} notes would fit." if fit else ""
            return (
                f"This may cost ${asked:.4f}, and ${left:.4f} is left of your budget of "
                f"${_dollars(limit.amount)} {WORDS[name]}, so nothing was sent.{some}"
            )
        return ""

    @asynccontextmanager
    async def hold(self, cost_usd: float, run_id: str) -> AsyncIterator[Spent]:
        """Hold `cost_usd` until the block ends, then settle what was spent.

        Raises BudgetExceeded if a budget has no room for it.
        """
        spent = Spent()
        reservation = await self._ledger.reserve(cost_usd, self.limits(run_id), lease_s=LEASE_S)
        if not reservation.granted:
            refused = reservation.refused
            name = refused.period.partition(":")[0] if refused else "run"
            amount = refused.amount if refused else 0.0
            raise BudgetExceeded(
                f"This note may cost ${cost_usd:.4f}, and ${max(0.0, reservation.left):.4f} is "
                f"left of your budget of ${_dollars(amount)} {WORDS[name]}."
            )
        try:
            yield spent
        finally:
            await self._ledger.settle(reservation.id, spent.usd)


def _dollars(amount: float) -> str:
    """As few digits as show it: 5.00, but 0.0005."""
    return f"{amount:.2f}" if amount >= 0.01 else f"{amount:.6f}".rstrip("0")
