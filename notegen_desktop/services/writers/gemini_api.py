"""Single requests to Gemini's API without the SDK: files and batches."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx

from notegen_desktop.domain.errors import TimedOut

from .gemini_errors import Answered, no_answer
from .gemini_http import API_VERSION, BaseUrl, base_url, make_client, usable_key
from .wire import Limits, connection_error


class GeminiApi:
    """`api_key` is asked for each use; `url` is the setting `gemini.url`, a bad one raises
    InvalidSetting here."""

    def __init__(
        self,
        *,
        api_key: Callable[[], str | None],
        url: BaseUrl = None,
        limits: Limits | None = None,
    ) -> None:
        self._api_key = api_key
        base_url(url)
        self._base = url
        self._limits = limits or Limits()
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._opening = asyncio.Lock()

    @property
    def url(self) -> str:
        """Where the API is, ending in a slash."""
        return base_url(self._base)

    @property
    def key(self) -> str:
        """Raises KeyMissing or KeyRejected."""
        return usable_key(self._api_key())

    def address(self, path: str) -> str:
        return f"{self.url}{API_VERSION}/{path}"

    async def ask(
        self,
        method: str,
        address: str,
        *,
        key: str = "",
        headers: dict[str, str] | None = None,
        **content: Any,
    ) -> httpx.Response:
        """An answer of any status. Raises TimedOut, NetworkUnreachable or ServiceUnavailable."""
        client = await self._client()
        sent = dict(headers or {})
        if key:
            sent["x-goog-api-key"] = key  # never in the address, which gets logged
        try:
            async with asyncio.timeout(self._limits.whole_s):
                return await client.request(method, address, headers=sent, **content)
        except TimeoutError:
            raise TimedOut() from None
        except httpx.HTTPError as error:
            raise connection_error(error, url=address) from error

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def _client(self) -> httpx.AsyncClient:
        async with self._opening:
            url = self.url
            if url not in self._clients:
                self._clients[url] = await asyncio.to_thread(make_client, url, self._limits)
            return self._clients[url]


def answered(response: httpx.Response) -> Answered:
    """An error answer."""
    try:
        body = response.json()
    except ValueError:
        body = response.text
    return Answered.of(response.status_code, body, response.headers)


def json_of(response: httpx.Response) -> Any:
    """Raises AnswerUnusable."""
    try:
        return response.json()
    except ValueError:
        raise no_answer() from None


def epoch(text: Any) -> float | None:
    """A time of the API, with its nanoseconds, in seconds since the epoch."""
    cut = re.sub(r"(\.\d{6})\d+", r"\1", str(text or "")).replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(cut).timestamp()
    except ValueError:
        return None
