"""Where pictures of a video are taken: from the film itself, or from what its site has of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import partial

from notegen_desktop.domain.errors import PicturesUnavailable
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Picture
from notegen_desktop.services.machine.local_files import local_path
from notegen_desktop.services.machine.threads import Threads
from notegen_desktop.services.sources.ytdlp import YtDlp

from .film_frames import put_frames
from .gallery import Gallery
from .tiles import put_tiles


class Pictures:
    """Fulfils `ports.PictureSource`."""

    def __init__(self, ytdlp: YtDlp) -> None:
        self._ytdlp = ytdlp
        self._threads = Threads(at_once=1, name="pictures")
        self._closed = threading.Event()

    async def take(
        self, video: Video, seconds: Sequence[float], *, limit: int, reach_s: float
    ) -> list[Picture]:
        """See `ports.PictureSource`."""
        if not video.is_media or video.is_sound:
            raise PicturesUnavailable(
                "There is nothing to see: the source of this note is not a film.",
                hint="Generate the note from the film itself, or from its address.",
            )
        gallery, stopped = Gallery(limit), threading.Event()

        def goes_on() -> bool:
            return not (stopped.is_set() or self._closed.is_set())

        try:
            if video.is_online:
                await put_tiles(gallery, self._ytdlp, video, seconds, goes_on=goes_on)
            else:
                await self._threads.run(
                    partial(
                        put_frames,
                        gallery,
                        local_path(video.url),
                        seconds,
                        reach_s=reach_s,
                        goes_on=goes_on,
                    )
                )
        finally:
            stopped.set()
        return gallery.pictures

    async def aclose(self) -> None:
        self._closed.set()
        await self._threads.aclose()
