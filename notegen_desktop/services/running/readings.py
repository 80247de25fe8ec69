"""Reads each video once, however many jobs want it."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Sequence

from notegen_desktop.domain.links import Link
from notegen_desktop.services.ports import Material, VideoSource

from .lineup import Lineup, Slots

AT_ONCE = 4
KEPT = 32
"""Read videos kept in memory, newest first; a two-hour transcript is about 200 KB."""


class Readings:
    """Shared readings by video id. A failed one is forgotten, so that a retry reads again."""

    def __init__(
        self,
        source: VideoSource,
        languages: Callable[[], Sequence[str]],
        lineup: Lineup | None = None,
    ) -> None:
        self._source = source
        self._languages = languages
        self._slots = Slots(lineup or Lineup(), AT_ONCE)
        self._tasks: OrderedDict[str, asyncio.Task[Material]] = OrderedDict()
        self._ending: set[asyncio.Task[Material]] = set()

    async def read(self, link: Link) -> Material:
        """What the source gives. Raises SourceError, NetworkUnreachable, TimedOut.

        Cancelling one reader leaves the reading to the others.
        """
        task = self._tasks.get(link.key)
        if task is None or (task.done() and (task.cancelled() or task.exception())):
            task = asyncio.create_task(self._read(link), name=f"reading {link.key}")
            self._tasks[link.key] = task
            self._trim()
        self._tasks.move_to_end(link.key)
        return await asyncio.shield(task)

    async def _read(self, link: Link) -> Material:
        async with self._slots.turn(link.key):
            return await self._source.read(link, languages=self._languages())

    def known(self, video_id: str) -> Material | None:
        """What has been read already, without waiting."""
        task = self._tasks.get(video_id)
        if task is None or not task.done() or task.cancelled() or task.exception():
            return None
        return task.result()

    def forget(self, video_id: str) -> None:
        """Drop a reading that nobody wants any more, and end it if it is still running."""
        task = self._tasks.pop(video_id, None)
        if task is not None:
            task.cancel()

    def outdate(self, video_id: str) -> None:
        """The next to ask reads anew; who waits for the reading that runs is given that one."""
        task = self._tasks.pop(video_id, None)
        if task is not None and not task.done():
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

    def _trim(self) -> None:
        for video_id, task in list(self._tasks.items()):
            if len(self._tasks) <= KEPT:
                return
            if task.done():
                del self._tasks[video_id]

    async def aclose(self) -> None:
        tasks = [*self._tasks.values(), *self._ending]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
