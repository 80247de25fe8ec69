"""Manners towards a site: one request at a time, a gap between two, a rest after a refusal."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

RESTS_S = (15.0, 60.0, 240.0, 900.0)
"""How long to ask for nothing after the first, second, … refusal in a row."""


class Throttle:
    """Turns for requests, with at least `gap_s` from the end of one to the start of the next."""

    def __init__(
        self,
        *,
        gap_s: float = 1.0,
        rests_s: tuple[float, ...] = RESTS_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._gap_s = gap_s
        self._rests_s = rests_s
        self._clock = clock
        self._lock = asyncio.Lock()
        self._free_at = 0.0
        self._rest_until = 0.0
        self._refusals = 0

    @property
    def resting_s(self) -> float:
        """Seconds until requests make sense again, 0 if they do now."""
        return max(0.0, self._rest_until - self._clock())

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and keep it during the block."""
        async with self._lock:
            wait = self._free_at - self._clock()
            if wait > 0:
                await asyncio.sleep(wait)
            try:
                yield
            finally:
                self._free_at = self._clock() + self._gap_s

    def refused(self, *, wait_s: float | None = None) -> None:
        """The site asked to be left alone: rest as long as it says, or longer every time."""
        step = self._rests_s[min(self._refusals, len(self._rests_s) - 1)]
        self._refusals += 1
        self._rest_until = self._clock() + max(step, wait_s or 0.0)

    def answered(self) -> None:
        """A request went well."""
        self._refusals = 0
        self._rest_until = 0.0
