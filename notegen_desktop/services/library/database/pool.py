"""Watches a connection pool and closes idle connections.

SQLAlchemy closes an idle connection only when it is next requested, so a timer does it here.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import Engine, QueuePool, event

from notegen_desktop.services.ports import PoolSettings, PoolUse


class PoolWatch:
    """The use of one engine's pool, readable from any thread."""

    def __init__(self, engine: Engine, settings: PoolSettings) -> None:
        self._engine = engine
        self._settings = settings
        self._lock = threading.Lock()
        self._waiting = 0
        self._idle_since: dict[Any, float] = {}
        self._stop = threading.Event()
        self._timer: threading.Thread | None = None
        event.listen(engine, "checkout", self._on_checkout)
        event.listen(engine, "checkin", self._on_checkin)
        event.listen(engine, "close", self._on_close)

    def use(self) -> PoolUse:
        pool = self._engine.pool
        assert isinstance(pool, QueuePool)
        return PoolUse(
            size=self._settings.size,
            in_use=pool.checkedout(),
            overflow=max(0, pool.overflow()),
            waiting=self._waiting,
            most=self._settings.size + self._settings.overflow,
        )

    def wait_begins(self) -> Callable[[], None]:
        """Count one waiting caller, until the returned function is first called."""
        over = False

        def end() -> None:
            nonlocal over
            with self._lock:
                if not over:
                    over = True
                    self._waiting -= 1

        with self._lock:
            self._waiting += 1
        return end

    # --- the timer ---

    def start_timer(self) -> None:
        """Start closing idle connections, checking four times within `idle_s` seconds."""
        self._timer = threading.Thread(target=self._run, name="library-idle", daemon=True)
        self._timer.start()

    def stop_timer(self) -> None:
        self._stop.set()
        if self._timer is not None:
            self._timer.join()
            self._timer = None

    def _run(self) -> None:
        while not self._stop.wait(max(0.05, self._settings.idle_s / 4)):
            self.close_idle()

    def close_idle(self) -> None:
        """Close connections that have been idle for `idle_s` seconds.

        A connection that is handed out at the same instant fails its ping and is reopened.
        """
        now = time.monotonic()
        with self._lock:
            tired = [
                entry
                for entry, since in self._idle_since.items()
                if now - since >= self._settings.idle_s
            ]
            for entry in tired:
                del self._idle_since[entry]
        for entry in tired:
            if not entry.in_use:
                entry.invalidate()

    # --- events ---

    def _on_checkout(self, connection: Any, entry: Any, proxy: Any) -> None:
        with self._lock:
            self._idle_since.pop(entry, None)

    def _on_checkin(self, connection: Any, entry: Any) -> None:
        with self._lock:
            if connection is not None:
                self._idle_since[entry] = time.monotonic()

    def _on_close(self, connection: Any, entry: Any) -> None:
        with self._lock:
            self._idle_since.pop(entry, None)
