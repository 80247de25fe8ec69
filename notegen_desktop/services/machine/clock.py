"""The clock of all services, in one place so that tests can replace it."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import Protocol


class Clock(Protocol):
    def monotonic(self) -> float:
        """Return seconds that only go forward, also while the machine sleeps; for durations."""
        ...

    def time(self) -> float:
        """Return seconds since the epoch; for display and storage."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Sleep; time in which the machine sleeps may not count here: see `sleep_detection`."""
        ...


class SystemClock:
    """The system's clock; monotonic also while the machine sleeps.

    `time.monotonic` stands still while Linux or macOS sleeps, and goes on with Windows. The clocks
    that go on are CLOCK_BOOTTIME (man clock_gettime) and, on macOS, CLOCK_MONOTONIC.
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
    """A limit of `limit_s` seconds of this thread's processor time; waiting for other threads does
    not count.

    Processor time never exceeds wall time, so the wall clock is read first: that costs a twentieth,
    and a parser checks some thousand times per note.
    """

    def __init__(self, limit_s: float) -> None:
        self._wall = time.monotonic() + limit_s
        self._computed = time.thread_time() + limit_s

    @property
    def passed(self) -> bool:
        return time.monotonic() > self._wall and time.thread_time() > self._computed
