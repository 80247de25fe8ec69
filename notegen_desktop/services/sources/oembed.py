"""oEmbed: the quickest way to a title, a channel and a thumbnail, without yt-dlp."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from notegen_desktop.domain.errors import NetworkUnreachable, VideoNotFound, YoutubeChanged

from .refusals import refusal
from .ytdlp import HttpStatus, YtDlp

if TYPE_CHECKING:
    import httpx

SITE = "youtube"

_log = logging.getLogger(__name__)


class Oembed:
    """Asks YouTube's oEmbed. `client_factory` makes the HTTP client, closed by `aclose`."""

    def __init__(self, ytdlp: YtDlp, *, client_factory: Callable[[], httpx.AsyncClient]) -> None:
        self._ytdlp = ytdlp
        self._client_factory = client_factory
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._unusable = False
        self._proxy = ytdlp.access(SITE).proxy
        self._outdated: list[httpx.AsyncClient] = []

    async def aclose(self) -> None:
        clients = [*self._outdated, *([self._client] if self._client is not None else [])]
        self._outdated, self._client = [], None
        for client in clients:
            await client.aclose()

    async def card(self, url: str) -> dict[str, Any]:
        """Title, channel and thumbnail of the video at `url`; nothing if they are not to be shown.

        Raises VideoNotFound, NetworkUnreachable, TimedOut and what refusals are translated into.
        """
        address = f"https://www.youtube.com/oembed?format=json&url={quote(url, safe='')}"
        status, body = await self._get(self._ytdlp.access(SITE).rewritten(address))
        if status in (400, 404):
            raise VideoNotFound
        if status in (401, 403):
            return {}  # there, but private or not to be embedded
        if status != 200:
            raise refusal(f"HTTP error {status}")
        try:
            told = json.loads(body)
            return {
                "title": str(told.get("title") or ""),
                "channel": str(told.get("author_name") or ""),
                "thumbnail_url": str(told.get("thumbnail_url") or ""),
            }
        except (ValueError, AttributeError):
            raise YoutubeChanged from None

    async def _get(self, address: str) -> tuple[int, bytes]:
        """Status and body of a small answer. Raises NetworkUnreachable, TimedOut."""
        client = await self._opened()
        if client is None:
            try:
                return 200, await self._ytdlp.fetch(address, bytes, site=SITE)
            except HttpStatus as answer:
                return answer.status, b""
        import httpx

        try:
            answered = await client.get(address)
        except httpx.TimeoutException:
            raise refusal("timed out") from None
        except httpx.ProxyError as error:
            raise refusal("proxy") from error
        except httpx.HTTPError as error:
            raise refusal("connection refused") from error
        return answered.status_code, answered.content

    async def _opened(self) -> httpx.AsyncClient | None:
        """The client, made in a thread: importing httpx and the system's trust takes its time.

        None where httpx cannot use the proxy without another package; yt-dlp then can.
        """
        async with self._opening:
            if self._proxy != self._ytdlp.access(SITE).proxy:
                self._proxy = self._ytdlp.access(SITE).proxy
                self._unusable = False
                if self._client is not None:  # somebody may be waiting for its answer still
                    self._outdated.append(self._client)
                    self._client = None
            if self._client is None and not self._unusable:
                try:
                    self._client = await self._ytdlp.run(self._client_factory)
                except (ImportError, NetworkUnreachable) as error:
                    _log.debug("no HTTP client: %s", error)
                    self._unusable = True
            return self._client
