"""The order of a video's requests: one goes ahead, so that the others find its beginning cached."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from notegen_desktop.domain.notes.note import Part
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.pacing.retry import Wait


class CacheWarmup:
    """Lets the first request of a video go ahead until its first words, then the others.

    What all requests of a video begin with is then in the model's cache, and read at a tenth of
    the price. Worth it only where the shared beginning is long enough to be cached at all, and
    not for longer than `PATIENCE_S`: a leader that is slow, or cancelled, holds up nobody.
    """

    PATIENCE_S = 5.0

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._leading = False
        self._open = asyncio.Event()
        self._parts: dict[tuple[int, int], CacheWarmup] = {}

    def of(self, part: Part) -> CacheWarmup:
        """That of a part of the video, whose requests have a beginning of their own."""
        return self._parts.setdefault((part.number, part.count), CacheWarmup(self._clock))

    @property
    def is_open(self) -> bool:
        return self._open.is_set()

    def open(self) -> None:
        self._open.set()

    async def pass_through(self, tell: Callable[[Wait], None]) -> None:
        """Return at once as the leader; as a follower, when the leader's first words are there."""
        if not self._leading:
            self._leading = True
            return
        if not self._open.is_set():
            tell(Wait(_("The first note of this video goes ahead")))
            opened = asyncio.create_task(self._open.wait())
            patience = asyncio.create_task(self._clock.sleep(self.PATIENCE_S))
            try:
                await asyncio.wait({opened, patience}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                opened.cancel()
                patience.cancel()
            self.open()
            tell(Wait())
