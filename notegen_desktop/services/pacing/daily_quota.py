"""Daily quotas: what was learnt of them, or is set, and how much is left of them today.

A quota is known once a refusal has named it, or if a limit of requests a day is set. It is counted
by what the library has booked, so it holds over a restart and for all windows together.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from notegen_desktop.domain.cost.quota_day import last_midnight_pacific, next_midnight_pacific
from notegen_desktop.domain.errors import QuotaExhausted, StoreError
from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.ports import Ledger

EXHAUSTED = "exhausted"
"""The learnt fact, by model, until when its daily quota is gone; seconds since the epoch."""
PER_DAY = "per_day"
"""The learnt fact, by model, how many requests a day it allows."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Of a model's `per_day` requests, `left` remain until `until` (epoch seconds)."""

    per_day: int
    left: int
    until: float


class DailyQuota:
    """One for the program. `resolved` gives the model that an alias stands for."""

    def __init__(
        self,
        ledger: Ledger,
        settings: Callable[[], Settings],
        clock: Clock,
        *,
        resolved: Callable[[str], str],
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._clock = clock
        self._resolved = resolved

    async def ran_out(self, model: str, error: QuotaExhausted) -> None:
        """Remember, for this and every later start, what a refusal said."""
        with suppress(StoreError):
            if error.until is not None:
                key = f"{EXHAUSTED}:{model}"
                await self._ledger.remember(key, error.until, until=error.until)
            if error.limit_per_day:
                await self._ledger.remember(f"{PER_DAY}:{model}", error.limit_per_day)

    async def gone_until(self, model: str) -> float:
        """Until when nothing may be asked of a model today (epoch seconds); 0 if something may."""
        told = float(await self._ledger.recall(f"{EXHAUSTED}:{model}", 0.0))
        midnight = next_midnight_pacific(self._clock.time())
        if told > midnight:
            told = 0.0  # heard while the clock of this computer was ahead
        set_ = self._settings().integer("processing.requests_per_day")
        if set_ and await self._asked_today(model) >= set_:
            return midnight
        return told

    async def today(self, model: str) -> Quota | None:
        """What is left today, or None where no limit is known."""
        learnt = int(await self._ledger.recall(f"{PER_DAY}:{model}", 0))
        set_ = self._settings().integer("processing.requests_per_day")
        per_day = min((n for n in (learnt, set_) if n), default=0)
        now = self._clock.time()
        gone_until = await self.gone_until(model)
        if gone_until > now:
            return Quota(per_day, 0, gone_until)
        if not per_day:
            return None
        left = max(0, per_day - await self._asked_today(model))
        return Quota(per_day, left, next_midnight_pacific(now))

    async def _asked_today(self, model: str) -> int:
        counts = await self._ledger.answered(last_midnight_pacific(self._clock.time()))
        wanted = self._resolved(model)
        return sum(n for name, n in counts.items() if self._resolved(name) == wanted)
