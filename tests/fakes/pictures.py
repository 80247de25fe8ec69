"""Fake `PictureSource`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Picture


class FakePictures:
    """Returns a picture for every second, with the time as its bytes, or raises `failure`.

    It waits for `answers`, which is set by default.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[float, ...], int]] = []
        self.failure: Exception | None = None
        self.answers = asyncio.Event()
        self.answers.set()

    async def take(
        self, video: Video, seconds: Sequence[float], *, limit: int, reach_s: float
    ) -> list[Picture]:
        self.asked.append((video.id, tuple(seconds), limit))
        await self.answers.wait()
        if self.failure is not None:
            raise self.failure
        return [Picture(at_s, 4, 3, f"{at_s}".encode()) for at_s in seconds[:limit]]

    async def aclose(self) -> None:
        pass
