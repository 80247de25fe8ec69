"""A clock that tests own: time passes when everybody waits, and then at once."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

_IDLE_ROUNDS = 50
"""So many empty rounds of the event loop count as everybody waiting."""
_MOST_ROUNDS = 5_000
"""After so many rounds somebody turns in a circle."""
_THREADS_MAY_TAKE_S = 10.0
"""Nobody sleeps, yet somebody may wait for a thread (a database, say): that is real time."""


class FakeClock:
    """`run` drives a coroutine and jumps to the next sleeper whenever nothing else can happen."""

    def __init__(self, start: float = 1_000.0) -> None:
        self.now = start
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._numbers = itertools.count()

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now + 1_700_000_000.0

    async def sleep(self, seconds: float) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + max(0.0, seconds), next(self._numbers), future))
        await future

    def suspend(self, seconds: float, *, timers_go_on: bool = False) -> None:
        """The machine sleeps now. Timers stand still meanwhile, as on Linux and macOS, or go on."""
        self.now += seconds
        if not timers_go_on:
            self._sleepers = [(when + seconds, *rest) for when, *rest in self._sleepers]

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of `work`. Raises RuntimeError if it waits for something that never comes."""
        task = asyncio.ensure_future(work)
        deadline: float | None = None
        while not task.done():
            await self._until_idle(task)
            if not task.done():
                if self._wake_next():
                    deadline = None
                    continue
                deadline = deadline or time.monotonic() + _THREADS_MAY_TAKE_S
                if time.monotonic() > deadline:
                    task.cancel()
                    raise RuntimeError("everybody waits and nobody sleeps")
                await asyncio.sleep(0.0005)
        return await task

    @staticmethod
    async def _until_idle(task: asyncio.Task[T]) -> None:
        ready = getattr(asyncio.get_running_loop(), "_ready", ())
        idle = rounds = 0
        while idle < _IDLE_ROUNDS and rounds < _MOST_ROUNDS and not task.done():
            await asyncio.sleep(0)
            rounds += 1
            idle = 0 if len(ready) else idle + 1

    def _wake_next(self) -> bool:
        while self._sleepers:
            when, _, future = heapq.heappop(self._sleepers)
            if not future.done():
                self.now = max(self.now, when)
                future.set_result(None)
                return True
        return False
