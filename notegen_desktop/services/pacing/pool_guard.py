"""Watches the database's connection pool while jobs run, and slows the program down before it is
exhausted.

Many windows may share one PostgreSQL server: when nearly all connections of this program are in use
for long, more concurrent notes would only wait for each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from notegen_desktop.domain.jobs.board import BoardEvent, JobBoard
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import ngettext
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.ports import PoolUse

from .rate_limiter import RateLimiter

BUSY_S = 10.0
"""Seconds for which connections must be scarce without a break: a burst is harmless."""
POLL_S = 0.5


@dataclass(slots=True, eq=False)
class PoolGuard:
    """Makes the limiter run one at a time when more than `percent()` of the pool is used for 10 s.

    Looks only while the board has jobs under way. Used from the event loop's thread only.
    """

    board: JobBoard
    limiter: RateLimiter
    pool_use: Callable[[], PoolUse]
    percent: Callable[[], float]
    clock: Clock
    _task: asyncio.Task[None] | None = None
    _unsubscribe: Callable[[], None] = field(init=False)

    def __post_init__(self) -> None:
        self._unsubscribe = self.board.subscribe(self._hear)

    def _hear(self, event: BoardEvent) -> None:
        del event
        if self._task is None and self.board.tally.active:
            self._task = asyncio.create_task(self._watch_pool(), name="pool guard")

    async def _watch_pool(self) -> None:
        busy_since: float | None = None
        try:
            while self.board.tally.active:
                pool, now = self.pool_use(), self.clock.monotonic()
                if 100 * pool.share <= self.percent():
                    busy_since = None
                elif busy_since is None:
                    busy_since = now
                elif now - busy_since >= BUSY_S:
                    self.limiter.fall_back(_words(pool, now - busy_since))
                await self.clock.sleep(POLL_S)
        finally:
            self._task = None

    async def aclose(self) -> None:
        self._unsubscribe()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


def _words(pool: PoolUse, seconds: float) -> str:
    return ngettext(
        "{in_use} of {n} database connection was in use for {seconds} s",
        "{in_use} of {n} database connections were in use for {seconds} s",
        pool.most,
    ).format(in_use=pool.in_use, n=pool.most, seconds=number(seconds, 0))
