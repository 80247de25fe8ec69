"""Long work that several jobs wait for: done once, told to all, ended when nobody waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

T = TypeVar("T")
Tell = Callable[[str], None]
"""Hears in words how far it is: “Listening to “talk.mp3”: 45 %”."""


@dataclass
class _Run(Generic[T]):
    task: asyncio.Task[T] | None = None
    listeners: list[Tell] = field(default_factory=list)
    told: str = ""

    def tell(self, words: str) -> None:
        if words == self.told:
            return
        self.told = words
        for listener in tuple(self.listeners):
            listener(words)


class Together(Generic[T]):
    """Work that several wait for is done once, and ends when the last of them goes."""

    def __init__(self) -> None:
        self._runs: dict[str, _Run[T]] = {}

    async def run(self, key: str, work: Callable[[Tell], Coroutine[Any, Any, T]], tell: Tell) -> T:
        run = self._runs.get(key)
        if run is None or run.task is None or run.task.done():
            run = self._runs[key] = _Run()
            run.task = asyncio.create_task(work(run.tell), name=key)
            run.task.add_done_callback(_look_at)
        run.listeners.append(tell)
        if run.told:
            tell(run.told)
        try:
            return await asyncio.shield(run.task)
        finally:
            run.listeners.remove(tell)
            if not run.listeners:
                run.task.cancel()
                if self._runs.get(key) is run:
                    del self._runs[key]

    async def aclose(self) -> None:
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _look_at(task: asyncio.Task[Any]) -> None:
    """Who waited hears of a failure; if nobody did, nobody needs to."""
    if not task.cancelled():
        task.exception()
