"""Time as the services see it, in one place so that tests can own it."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Protocol


class Clock(Protocol):
    def monotonic(self) -> float:
        """Seconds that only go forward, also while the machine sleeps; for durations."""
        ...

    def time(self) -> float:
        """Seconds since the epoch; for showing and storing."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Time in which the machine sleeps may not count here: see `waking`."""
        ...


class SystemClock:
    """`time.monotonic` stands still while Linux or macOS sleeps, and goes on with Windows.

    The clocks that go on are CLOCK_BOOTTIME (man clock_gettime) and, on macOS, CLOCK_MONOTONIC.
    """

    def monotonic(self) -> float:
        if sys.platform == "linux":
            return time.clock_gettime(time.CLOCK_BOOTTIME)
        elif sys.platform == "darwin":
            return time.clock_gettime(time.CLOCK_MONOTONIC)
        else:
            return time.monotonic()

    def time(self) -> float:
        return time.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Deadline:
    """Passed when this thread has computed for `limit_s` seconds; how long others hold it up does
    not count.

    A thread computes no longer than passes on the wall, so that clock is asked first: it costs a
    twentieth of the other, and a parser asks some thousand times for a note.
    """

    def __init__(self, limit_s: float) -> None:
        self._wall = time.monotonic() + limit_s
        self._computed = time.thread_time() + limit_s

    @property
    def passed(self) -> bool:
        return time.monotonic() > self._wall and time.thread_time() > self._computed
