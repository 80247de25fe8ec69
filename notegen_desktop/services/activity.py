"""What goes on at the gate and at the database, for whoever wants to see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from notegen_desktop.domain.notes import Usage

from .pacing import Gate
from .ports import Activity, PoolUse


class Monitor:
    """Fulfils `ports.ActivityMonitor`. Used from the event loop's thread alone."""

    def __init__(
        self, gate: Gate, *, spent: Callable[[], Usage], pool_use: Callable[[], PoolUse]
    ) -> None:
        self._gate = gate
        self._spent = spent
        self._pool_use = pool_use

    @property
    def now(self) -> Activity:
        return replace(self._gate.activity, spent=self._spent(), pool=self._pool_use())

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        return self._gate.subscribe(lambda reason: listener(pacing_words(reason)))


def pacing_words(reason: str) -> str:
    """A sentence for people: why requests run one at a time, or ("") that they no longer do."""
    if not reason:
        return "All is well again: notes are written at the same time."
    return f"{reason}, so notes are written one at a time until it goes well again."
