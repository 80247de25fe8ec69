"""Controllable clock: time jumps forward when all tasks wait."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import sys
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeVar
from unittest.mock import patch

T = TypeVar("T")

_IDLE_ROUNDS = 3
"""Rounds of the event loop without other callbacks after which all tasks count as waiting."""
_BLIND_ROUNDS = 50
"""The same for event loops that do not expose their ready queue."""
_MAX_ROUNDS = 5_000
"""Rounds after which a task is taken to loop for ever."""
_THREADS_MAY_TAKE_S = 10.0
"""Real seconds to wait for threads (of a database, for example), while this clock stands still."""


class FakeClock:
    """`run` drives a coroutine and jumps to the next sleeper whenever nothing else can run."""

    def __init__(self, start: float = 1_000.0) -> None:
        self.now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()
        self._standing_still = 0

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now + 1_700_000_000.0

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + max(0.0, seconds), next(self._numbers), future))
        await future

    def suspend(self, seconds: float, *, timers_go_on: bool = False) -> None:
        """Simulate a suspended machine. Timers stop meanwhile, as on Linux and macOS, or go on."""
        self.now += seconds
        if not timers_go_on:
            self._sleepers = [(when + seconds, *rest) for when, *rest in self._sleepers]

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Context for operations that take real time, such as real connections: no sleeper
        wakes."""
        self._standing_still += 1
        try:
            yield
        finally:
            self._standing_still -= 1

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Return the result of `work`. Raises RuntimeError if it waits for something that never
        happens."""
        with _futures_of_threads() as under_way:
            task = asyncio.ensure_future(work)
            deadline: float | None = None
            while not task.done():
                await self._until_idle(task)
                if task.done():
                    break
                deadline = deadline or time.monotonic() + _THREADS_MAY_TAKE_S
                is_late = time.monotonic() > deadline
                waits = under_way or self._standing_still
                if (is_late or not waits) and self._wake_next():
                    deadline = None
                elif is_late:
                    task.cancel()
                    raise RuntimeError("everybody waits and nobody sleeps")
                else:
                    await asyncio.sleep(0.0005)
            return await task

    @staticmethod
    async def _until_idle(task: asyncio.Task[T]) -> None:
        ready = getattr(asyncio.get_running_loop(), "_ready", None)
        enough = _BLIND_ROUNDS if ready is None else _IDLE_ROUNDS
        idle = rounds = 0
        while idle < enough and rounds < _MAX_ROUNDS and not task.done():
            await asyncio.sleep(0)
            rounds += 1
            idle = 0 if ready else idle + 1

    def _wake_next(self) -> bool:
        while self._sleepers:
            when, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                self.now = max(self.now, when)
                future.set_result(None)
                return True
        return False


@contextmanager
def _futures_of_threads() -> Iterator[set[asyncio.Future[Any]]]:
    """Context with the set of unfinished futures that wait for threads."""
    under_way: set[asyncio.Future[Any]] = set()
    wrap = asyncio.futures.wrap_future

    def wrapped(future: Any, **options: Any) -> asyncio.Future[Any]:
        awaited = wrap(future, **options)
        if not awaited.done():
            under_way.add(awaited)
            awaited.add_done_callback(under_way.discard)
        return awaited

    with patch("asyncio.futures.wrap_future", wrapped), patch("asyncio.wrap_future", wrapped):
        yield under_way


class StepClock:
    """Stand-in for the module `time` that counts calls of functions: how busy the machine is says
    nothing. What one call into C takes is not seen: `dev.py bench` measures that."""

    CALLS_PER_S = 100_000
    """Few, so that limits are reached soon; a usual machine makes some millions."""

    def __init__(self) -> None:
        self.calls = 0

    def thread_time(self) -> float:
        return self.calls / self.CALLS_PER_S

    monotonic = thread_time

    @contextmanager
    def counting(self) -> Iterator[None]:
        """Count the calls that this thread makes in the block."""
        sys.setprofile(self._see)
        try:
            yield
        finally:
            sys.setprofile(None)

    def _see(self, frame: FrameType, what: str, argument: object) -> None:
        self.calls += what in ("call", "c_call")
