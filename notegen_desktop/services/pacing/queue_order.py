"""The user's order of videos, and the pause of the queue.

One `QueueOrder` is shared by the rate limiter and by the readers of transcripts.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from notegen_desktop.domain.listeners import Listeners

LAST = 1_000_000_000
"""The place of a video that was never ordered: behind all others."""


class QueueOrder:
    """Order of the queue, used from the event loop's thread only. Until `put` is called all videos
    are equal."""

    def __init__(self) -> None:
        self.paused = False
        self._places: dict[str, int] = {}
        self._listeners: Listeners[()] = Listeners()
        self._held: list[tuple[str, asyncio.Future[None]]] = []

    @property
    def order(self) -> tuple[str, ...]:
        """Return the ordered videos, the first first."""
        return tuple(self._places)

    def place(self, video_id: str) -> int:
        """Return the position of a video in the queue; lower goes first."""
        return self._places.get(video_id, LAST)

    def put(self, video_ids: Sequence[str]) -> None:
        """Put these videos first, in this order."""
        self._places = {video_id: place for place, video_id in enumerate(video_ids)}
        self._listeners.tell()

    def put_after(self, video_ids: Sequence[str]) -> None:
        """Put these videos, in this order, behind those already ordered."""
        self.put(tuple(dict.fromkeys((*self._places, *video_ids))))

    def pause(self) -> None:
        """Pause: no new request is sent; answers under way go on."""
        self._set_paused(True)

    def resume(self) -> None:
        self._set_paused(False)

    async def until_resumed(self, video_id: str) -> None:
        """Return when the queue is not paused; waiters resume in the queue's order."""
        while self.paused:
            held = asyncio.get_running_loop().create_future()
            self._held.append((video_id, held))
            await held

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after every change. Returns the function that unsubscribes it."""
        return self._listeners.add(listener)

    def _set_paused(self, paused: bool) -> None:
        if paused is not self.paused:
            self.paused = paused
            if not paused:
                held, self._held = self._held, []
                for _, future in sorted(held, key=lambda each: self.place(each[0])):
                    if not future.done():
                        future.set_result(None)
            self._listeners.tell()


@dataclass(slots=True, eq=False)
class _Waiter:
    video_id: str
    number: int
    granted: asyncio.Future[None]


class Slots:
    """A semaphore that admits waiters by the queue order, then by the order of asking.

    A pause does not block it: reading is free, and an estimate needs it.
    """

    def __init__(self, queue_order: QueueOrder, at_once: int) -> None:
        self._queue_order = queue_order
        self._free = at_once
        self._waiters: list[_Waiter] = []
        self._next_number = 0

    @asynccontextmanager
    async def held(self, video_id: str) -> AsyncIterator[None]:
        """Wait for a slot and hold it."""
        waiter = _Waiter(video_id, self._next_number, asyncio.get_running_loop().create_future())
        self._next_number += 1
        self._waiters.append(waiter)
        self._let_in()
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if waiter in self._waiters:
                self._waiters.remove(waiter)
            else:
                self._give_back()  # granted and cancelled in one pass of the loop
            raise
        try:
            yield
        finally:
            self._give_back()

    def _give_back(self) -> None:
        self._free += 1
        self._let_in()

    def _let_in(self) -> None:
        while self._free and self._waiters:
            best = min(self._waiters, key=lambda w: (self._queue_order.place(w.video_id), w.number))
            self._waiters.remove(best)
            if not best.granted.done():
                self._free -= 1
                best.granted.set_result(None)
