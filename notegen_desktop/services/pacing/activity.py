"""Monitors the rate limiter, the database pool, and problems in the order of engines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from notegen_desktop.domain.listeners import Listeners
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.domain.text.quantities import rounded_duration
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Activity, Ledger, PoolUse, Today

from .rate_limiter import RateLimiter


@dataclass(slots=True, eq=False)
class Monitor:
    """Implements `ports.ActivityMonitor`. Used from the event loop's thread only."""

    limiter: RateLimiter
    spent: Callable[[], Usage]
    retries: Callable[[], int]
    estimated_usd: Callable[[], float]
    pool_use: Callable[[], PoolUse]
    left_alone: Callable[[], int]
    ledger: Ledger
    engine_gone: Listeners[str]

    @property
    def now(self) -> Activity:
        spent = self.spent()
        activity = self.limiter.activity
        return replace(
            activity,
            sequential_because=activity.sequential_because if self._side_by_side else "",
            requests=spent.requests,  # the offline engine passes the limiter without requests
            retries=self.retries(),
            spent=spent,
            estimated_usd=self.estimated_usd(),
            pool=self.pool_use(),
            left_alone=self.left_alone(),
        )

    @property
    def _side_by_side(self) -> bool:
        """Return True if the settings allow concurrent requests."""
        limits = self.limiter.limits
        return limits.parallel and limits.max_concurrent > 1

    async def today(self) -> Today:
        rows = await self.ledger.usage(since=datetime.now().astimezone().date().isoformat())
        return Today(
            requests=sum(row.requests for row in rows),
            tokens=sum(row.input_tokens + row.output_tokens + row.thought_tokens for row in rows),
            cost_usd=sum(row.cost_usd for row in rows),
        )

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        def paced(reason: str) -> None:
            if self._side_by_side:
                listener(pacing_words(reason))

        endings = (
            self.limiter.subscribe(paced),
            self.limiter.sleep_detector.subscribe(lambda slept_s: listener(slept_words(slept_s))),
            self.engine_gone.add(listener),
        )

        def stop() -> None:
            for end in endings:
                end()

        return stop


def slept_words(seconds: float) -> str:
    """Return a sentence for users: the computer slept, and nothing is lost."""
    long = rounded_duration(seconds) if round(seconds / 60) else f"{seconds:.0f} s"
    return _("Your computer slept for {long}. What broke off is asked for again; going on.").format(
        long=long
    )


def pacing_words(reason: str) -> str:
    """Return a sentence for users: why requests run one at a time, or, for "", that they no longer
    do."""
    if not reason:
        return _("All is well again: notes are written at the same time.")
    return _("{reason}, so notes are written one at a time until it goes well again.").format(
        reason=reason
    )
