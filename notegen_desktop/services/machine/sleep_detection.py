"""Detects that the machine has slept, and handles running work after it.

A tick that comes far too late shows it, on a clock that goes on while the machine sleeps; likewise
after a process or a virtual machine was stopped. Connections from before are likely dead by then,
though without an error, and waits are over or shorter.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

from notegen_desktop.domain.errors import (
    MachineSlept,
    NetworkUnreachable,
    ServiceUnavailable,
    TimedOut,
)
from notegen_desktop.domain.listeners import Listeners

from .clock import Clock


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Thresholds in seconds. A tick every `tick_s` that is `late_s` too late means a sleep.

    The event loop is never blocked for more than 0.1 s by design; 30 s is 300 times that, so
    neither a busy machine nor one that swaps comes near it. A shorter sleep breaks few connections,
    and the ordinary time-outs cover those. After waking a connection has `grace_s` to receive
    something, and nothing new is sent for `settle_s`: a wireless network takes 2 to 10 s to be
    back, and after 5 s httpx uses no idle connection again.
    """

    tick_s: float = 5.0
    late_s: float = 30.0
    grace_s: float = 10.0
    settle_s: float = 6.0


USUAL = Thresholds()


class SleepDetector:
    """Detects sleeps; one instance per program. Ticks only inside `watching`; for one thread only.

    `woke_at` is the clock's time at which the last sleep was noticed, `slept_s` its length.
    """

    def __init__(self, clock: Clock, thresholds: Thresholds | None = None) -> None:
        self.clock = clock
        self.thresholds = thresholds or USUAL
        self.woke_at = float("-inf")
        self.slept_s = 0.0
        self._listeners: Listeners[float] = Listeners()
        self._watching = 0
        self._ticks: asyncio.Task[None] | None = None
        self._seen_at = float("-inf")

    def subscribe(self, listener: Callable[[float], None]) -> Callable[[], None]:
        """Call `listener` after each sleep with its length in seconds.

        Returns the function that unsubscribes it.
        """
        return self._listeners.add(listener)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Detect every sleep during the block."""
        if not self._watching:
            self._seen_at = self.clock.monotonic()
            self._ticks = asyncio.create_task(self._tick(), name="waking")
        self._watching += 1
        try:
            yield
        finally:
            self._watching -= 1
            if not self._watching and self._ticks is not None:
                self._ticks.cancel()
                self._ticks = None

    def look(self) -> None:
        """Check for a sleep now, not only with the next tick."""
        if not self._watching:
            return
        now = self.clock.monotonic()
        late = now - self._seen_at - self.thresholds.tick_s
        self._seen_at = now
        if late < self.thresholds.late_s:
            return
        self.woke_at, self.slept_s = now, late
        self._listeners.tell(late)

    async def sleep(self, seconds: float) -> None:
        """Sleep like the clock's, but the time that the machine sleeps counts."""
        due = self.clock.monotonic() + seconds
        woke = asyncio.Event()
        stop = self.subscribe(lambda _: woke.set())
        try:
            with self.watching():
                while (left := due - self.clock.monotonic()) > 0:
                    woke.clear()
                    nap = asyncio.ensure_future(self.clock.sleep(left))
                    call = asyncio.ensure_future(woke.wait())
                    try:
                        await asyncio.wait({nap, call}, return_when=asyncio.FIRST_COMPLETED)
                    finally:
                        nap.cancel()
                        call.cancel()
        finally:
            stop()

    @asynccontextmanager
    async def patience(self, seconds: float) -> AsyncIterator[None]:
        """Limit the block like `asyncio.timeout`, but the time that the machine sleeps counts, up
        to the grace.

        Raises TimeoutError.
        """
        loop = asyncio.get_running_loop()
        due = self.clock.monotonic() + seconds

        def judge(_slept_s: float) -> None:
            if not timeout.expired():
                left = max(self.thresholds.grace_s, due - self.clock.monotonic())
                timeout.reschedule(loop.time() + left)

        stop = self.subscribe(judge)
        try:
            async with asyncio.timeout(seconds) as timeout:
                yield
        finally:
            stop()

    @contextmanager
    def excusing(self) -> Iterator[None]:
        """Raise MachineSlept instead of an error that a sleep during the block explains."""
        began = self.clock.monotonic()
        try:
            yield
        except (NetworkUnreachable, ServiceUnavailable, TimedOut) as error:
            self.look()
            if self.woke_at > began and not getattr(error, "retry_after_s", None):
                raise MachineSlept from error
            raise

    async def _tick(self) -> None:
        while True:
            await self.clock.sleep(self.thresholds.tick_s)
            self.look()
