"""Small pictures of videos, fetched once and kept in the cache folder.

A picture is decoration: whatever goes wrong, there is none, and nobody is told. They come only from
the hosts on which the known sites keep theirs, over https, without redirects, and are small.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import os
import re
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from notegen_desktop.domain.errors import NoteGenError, StoreError
from notegen_desktop.domain.links.hosts import YOUTUBE_PICTURES, is_on
from notegen_desktop.domain.links.video import Video

from .files import write_whole
from .http_client import http_client
from .threads import load

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger(__name__)

MAX_BYTES = 1_500_000
"""A picture of 320 by 180 has some 15,000; Vimeo and others give larger ones."""
TIMEOUT_S = 10.0
AT_ONCE = 4
KEPT = 400
"""Files in the cache; some 10 MB."""

HOSTS = (
    YOUTUBE_PICTURES,
    "vimeocdn.com",
    "jtvnw.net",  # Twitch
    "tiktokcdn.com",
    "tiktokcdn-us.com",
    "hdslb.com",  # Bilibili
    "dmcdn.net",  # Dailymotion
)

_ID = re.compile(r"[\w-]{11}")
_ID_IN_URL = re.compile(r"(?:[?&]v=|youtu\.be/|/(?:shorts|live|embed)/)([\w-]{11})")
_MARKS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


class CachedThumbnails:
    """The `Thumbnails` of the program.

    `youtube_url` stands for YouTube (a test server); then no other host is asked. `proxy` gives the
    setting as it is now; `client_factory` makes the HTTP client from it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        youtube_url: str = "",
        proxy: Callable[[], str] = str,
        client_factory: Callable[[str], httpx.AsyncClient] | None = None,
    ) -> None:
        self._folder = folder
        self._base = youtube_url.rstrip("/")
        self._proxy = proxy
        self._make = client_factory or (lambda proxy: http_client(TIMEOUT_S, proxy=proxy))
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)
        self._in_vain: set[str] = set()

    async def picture(self, video: Video) -> bytes | None:
        """See `ports.Thumbnails`."""
        url = self.address(video)
        if not url:
            return None
        path = self._folder / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.img"
        async with self._locks[url]:
            kept = await asyncio.to_thread(_read, path)
            if kept is not None or url in self._in_vain:
                return kept
            async with self._turns:
                fetched = await self._fetch(url)
            if fetched is None:
                self._in_vain.add(url)  # for this session: perhaps there is no network
            else:
                await asyncio.to_thread(_keep, path, fetched)
            return fetched

    def address(self, video: Video) -> str:
        """Where a small picture of a video is; "" for nowhere that is asked."""
        if video.provider == "youtube":
            found = _ID_IN_URL.search(video.url)
            name = found[1] if found else video.id
            if not _ID.fullmatch(name):
                return ""
            return f"{self._base or 'https://i.ytimg.com'}/vi/{name}/mqdefault.jpg"
        url = video.thumbnail_url.replace("http://", "https://", 1)
        return url if not self._base and _is_known(url) else ""

    async def aclose(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _fetch(self, url: str) -> bytes | None:
        await asyncio.to_thread(load, "httpx")  # takes its time, which nobody should feel
        import httpx

        try:
            client = await self._opened()
            async with client.stream("GET", url) as answer:
                if answer.status_code != 200:
                    return None
                data = b""
                async for chunk in answer.aiter_bytes():
                    data += chunk
                    if len(data) > MAX_BYTES:
                        return None
        except (
            NoteGenError,
            httpx.HTTPError,
            httpx.InvalidURL,
            ImportError,
            ValueError,
            OSError,
        ) as error:
            _log.debug("no picture from %s: %s", urlparse(url).hostname, error)
            return None
        return data if is_picture(data) else None

    async def _opened(self) -> httpx.AsyncClient:
        async with self._opening:
            if self._client is None:
                # In a thread: reading the system's certificates takes its time.
                self._client = await asyncio.to_thread(self._make, self._proxy().strip())
            return self._client


def is_picture(data: bytes) -> bool:
    """Whether these are the bytes of a JPEG, PNG or WebP picture, by their first marks."""
    return data.startswith(_MARKS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def _is_known(url: str) -> bool:
    parts = urlparse(url)
    known = is_on((parts.hostname or "").lower(), *HOSTS)
    return parts.scheme == "https" and known and parts.port in (None, 443) and not parts.username


def _read(path: Path) -> bytes | None:
    with suppress(OSError):
        data = path.read_bytes()
        if is_picture(data):
            os.utime(path)  # looked at lately: the last to be thrown away
            return data
    return None


def _keep(path: Path, data: bytes) -> None:
    """Put a picture in the cache whole, and throw away those not looked at for longest."""
    try:
        write_whole(path, data)
        kept = sorted(path.parent.glob("*.img"), key=lambda each: each.stat().st_mtime)
        for old in kept[:-KEPT]:
            old.unlink(missing_ok=True)
    except (StoreError, OSError) as error:
        _log.debug("the picture is not kept: %s", error)
