"""Takes pictures of a video: from the film itself, or from its site's storyboard."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from functools import partial

from notegen_desktop.domain.errors import PicturesUnavailable, TimedOut
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Picture
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.local_files import local_path
from notegen_desktop.services.machine.threads import Threads
from notegen_desktop.services.sources.ytdlp import YtDlp

from .film_frames import put_frames
from .gallery import Gallery
from .tiles import put_tiles

PATIENCE_S = 60.0
"""Seconds after which the pictures found so far are enough; eight take about five."""
SILENT_S = 20.0
"""Additional seconds for which a disk or a server may not answer."""


class Pictures:
    """Implements `ports.PictureSource`. `patience_s` and `silent_s` limit the total time."""

    def __init__(
        self, ytdlp: YtDlp, *, patience_s: float = PATIENCE_S, silent_s: float = SILENT_S
    ) -> None:
        self._ytdlp = ytdlp
        self._patience_s = patience_s
        self._silent_s = silent_s
        self._threads = Threads(at_once=1, name="pictures")
        self._closed = threading.Event()

    async def take(
        self, video: Video, seconds: Sequence[float], *, limit: int, reach_s: float
    ) -> list[Picture]:
        """Return pictures; see `ports.PictureSource`."""
        if not video.is_media or video.is_sound:
            raise PicturesUnavailable(
                _("There is nothing to see: the source of this note is not a film."),
                hint=_("Generate the note from the film itself, or from its address."),
            )
        gallery, stopped = Gallery(limit), threading.Event()
        until = time.monotonic() + self._patience_s

        def goes_on() -> bool:
            over = stopped.is_set() or self._closed.is_set()
            return not over and time.monotonic() < until

        if video.is_online:
            taking = put_tiles(gallery, self._ytdlp, video, seconds, goes_on=goes_on)
        else:
            path = local_path(video.url)
            work = partial(put_frames, gallery, path, seconds, reach_s=reach_s, goes_on=goes_on)
            taking = self._threads.run(work)
        try:
            async with asyncio.timeout(self._patience_s + self._silent_s):
                await taking
        except TimeoutError:
            if not gallery.pictures:
                raise TimedOut(
                    _("The pictures of this video took too long."),
                    hint=_("See whether its disk or its site answers, then ask for them again."),
                ) from None
        finally:
            stopped.set()
        return list(gallery.pictures)

    async def aclose(self) -> None:
        self._closed.set()
        await self._threads.aclose()
