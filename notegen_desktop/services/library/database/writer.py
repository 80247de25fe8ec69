"""The single thread that writes to SQLite.

Writes queue up; those that gathered during one commit share the next. So a commit is as durable as
SQLite makes it, and twenty producers wait for one sync instead of twenty.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from .failures import is_busy, release_cursors

GROUP = 64
"""Maximum writes per commit; more gains nothing measurable and delays the first."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _QueuedWrite:
    work: Callable[[Connection], Any]
    future: Future[Any]


class WriterThread:
    """Runs units of work in order, each atomically.

    Work may run twice (if it shared a commit with a failed one), so it must depend on nothing but
    its connection.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[_QueuedWrite | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="library-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Connection], T]) -> Future[T]:
        """Queue work; the future is done when it is on disk. Raises RuntimeError once closed."""
        write = _QueuedWrite(work, Future())
        with self._lock:
            if self._closed:
                raise RuntimeError("the library is closed")
            self._queue.put(write)
        return write.future

    def close(self) -> None:
        """Finish the queued work, then stop."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            batch: list[_QueuedWrite] = []
            write = self._queue.get()
            while write is not None:
                if write.future.set_running_or_notify_cancel():
                    batch.append(write)
                if len(batch) >= GROUP:
                    break
                try:
                    write = self._queue.get_nowait()
                except queue.Empty:
                    break
            last = write is None
            if batch:
                self._commit(batch)

    def _commit(self, batch: list[_QueuedWrite]) -> None:
        try:
            with self._engine.begin() as connection:
                results = [write.work(connection) for write in batch]
        except Exception as error:  # noqa: BLE001 - the caller gets it
            release_cursors(error)
            if len(batch) == 1 or is_busy(error):
                for write in batch:
                    write.future.set_exception(error)
            else:  # one failed and rolled back all: run each in its own transaction
                for write in batch:
                    self._commit([write])
        else:
            for write, result in zip(batch, results, strict=True):
                write.future.set_result(result)
