"""Blocking work in threads that never keep the process alive.

A key ring, a network share or a server may never answer. Python waits at exit for every non-daemon
thread, and asyncio for those of its executor: so the threads here are daemons.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import ModuleType
from typing import Any, TypeVar

T = TypeVar("T")

AT_ONCE = 8
"""Maximum concurrent calls of an executor, unless some hang."""
TURN_S = 5.0
"""Seconds after which a waiting call starts regardless: the calls before it hang."""
GRACE_S = 2.0
"""Seconds that running calls are given to end when the program exits."""


def run_in_thread(work: Callable[[], T], *, name: str) -> Future[T]:
    """Run `work` in a daemon thread of its own. Cancelling the future does not stop it."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()
    threading.Thread(target=_settle, args=(future, work), name=name, daemon=True).start()
    return future


def _settle(future: Future[T], work: Callable[[], T]) -> None:
    try:
        result = work()
    except BaseException as error:  # noqa: BLE001 - handed over to the caller
        future.set_exception(error)
    else:
        future.set_result(result)


class DaemonExecutor(ThreadPoolExecutor):
    """An executor with a daemon thread per call, for `loop.set_default_executor`, which requires
    this class."""

    def __init__(self) -> None:
        super().__init__(AT_ONCE)
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._pending: set[Future[Any]] = set()
        self._closed = False

    def submit(self, fn: Callable[..., T], /, *args: Any, **kwargs: Any) -> Future[T]:
        if self._closed:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future: Future[T] = Future()

        def body() -> None:
            mine = self._turns.acquire(timeout=TURN_S)
            try:
                if future.set_running_or_notify_cancel():
                    _settle(future, lambda: fn(*args, **kwargs))
            finally:
                if mine:
                    self._turns.release()

        self._pending.add(future)
        future.add_done_callback(self._pending.discard)
        threading.Thread(target=body, name="worker", daemon=True).start()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Accept no more calls; with `wait`, give running ones a moment to end."""
        self._closed = True
        until = time.monotonic() + GRACE_S
        for future in tuple(self._pending):
            if cancel_futures:
                future.cancel()
            if wait:
                is_done_within(future, max(0.0, until - time.monotonic()))


def is_done_within(future: Future[Any], within_s: float) -> bool:
    """Return True if a call ends within `within_s` seconds, for which this blocks."""
    over = threading.Event()
    future.add_done_callback(lambda _: over.set())
    return over.wait(within_s)


def completed_future(result: T) -> Future[T]:
    """Return a future that has its result already."""
    future: Future[T] = Future()
    future.set_result(result)
    return future


class Threads:
    """Runs blocking calls in threads, a bounded number at once.

    A cancelled call continues in its thread and its result is dropped.
    """

    def __init__(self, *, at_once: int = 4, name: str = "sources") -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._name = name
        self._running: set[Future[Any]] = set()

    async def run(self, work: Callable[[], T]) -> T:
        """Return the result of `work`, or raise its error."""
        async with self._turns:
            future = run_in_thread(work, name=self._name)
            self._running.add(future)
            future.add_done_callback(self._running.discard)
            return await asyncio.wrap_future(future)

    async def aclose(self, *, grace_s: float = 2.0) -> None:
        """Give running calls up to `grace_s` seconds to end."""
        running = [asyncio.wrap_future(each) for each in tuple(self._running)]
        if running:
            _, late = await asyncio.wait(running, timeout=grace_s)
            for each in late:
                each.cancel()
            await asyncio.gather(*running, return_exceptions=True)


# --- Importing a heavy package late ---

_one_at_a_time = threading.Lock()


def load(name: str) -> ModuleType:
    """Import a module with many objects; call it in a worker thread. Raises ImportError.

    The garbage collector would walk over a hundred thousand new objects several times during the
    import, and over all of them again at each later full collection: 0.1 s each with a large one,
    while every thread stands still. So it pauses meanwhile, and the objects are exempt from
    collection afterwards. Reference counting goes on; only cycles that exist at this very moment
    stay.
    """
    if name in sys.modules:
        return importlib.import_module(name)
    with _one_at_a_time:
        collecting = gc.isenabled()
        gc.disable()
        try:
            module = importlib.import_module(name)
            gc.freeze()
        finally:
            if collecting:
                gc.enable()
    return module
