"""Blocking work of libraries without asyncio, done in daemon threads that have an owner."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")


class Threads:
    """Runs blocking calls beside the loop, a bounded number at once.

    A call that is cancelled goes on in its thread and its result is dropped. The threads are
    daemons: a hanging server never keeps the program from ending.
    """

    def __init__(self, *, at_once: int = 4, name: str = "sources") -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._name = name
        self._running: dict[asyncio.Future[None], threading.Thread] = {}

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises."""
        async with self._turns:
            loop = asyncio.get_running_loop()
            result: asyncio.Future[T] = loop.create_future()
            ended: asyncio.Future[None] = loop.create_future()
            ended.add_done_callback(lambda done: self._running.pop(done, None))

            def settle(how: Callable[[Any], None], value: Any) -> None:
                if not result.done():
                    how(value)

            def body() -> None:
                try:
                    outcome = partial(settle, result.set_result, work())
                except Exception as error:  # noqa: BLE001 - handed over to the awaiting side
                    outcome = partial(settle, result.set_exception, error)
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                    loop.call_soon_threadsafe(outcome)
                    loop.call_soon_threadsafe(ended.set_result, None)

            thread = threading.Thread(target=body, name=self._name, daemon=True)
            self._running[ended] = thread
            thread.start()
            return await result

    async def aclose(self, *, grace_s: float = 2.0) -> None:
        """Give what still runs up to `grace_s` seconds to end."""
        running = dict(self._running)
        if not running:
            return
        done, _ = await asyncio.wait(running, timeout=grace_s)
        for ended in done:
            running[ended].join(0.1)  # its last lines only
