"""The HTTP client to Gemini: one pool, our time-outs, no redirects, the system's trust.

Everything that is about the wire and not about notes: where the API is, how long to wait, how much
to accept, and how to close a stream whose reader is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import cast

import httpx

from notegen_desktop.domain.errors import AnswerUnusable, InvalidSetting, KeyMissing, KeyRejected
from notegen_desktop.domain.links.hosts import is_loopback
from notegen_desktop.services.machine.http_client import http_client

DEFAULT_URL = "https://generativelanguage.googleapis.com/"
API_VERSION = "v1beta"  # the aliases gemini-flash-latest and its like exist only here

Patience = Callable[[float], AbstractAsyncContextManager[object]]
"""A block that may last so many seconds. Raises TimeoutError: `asyncio.timeout` and its like."""

_held: ContextVar[Hold | None] = ContextVar("notegen_gemini_hold", default=None)


@dataclass(frozen=True, slots=True)
class Limits:
    """Time-outs in seconds and the largest answer in bytes, as measured to be sensible."""

    connect_s: float = 15.0
    first_byte_s: float = 60.0
    idle_s: float = 60.0
    whole_s: float = 300.0
    max_bytes: int = 8 * 1024 * 1024


class Hold:
    """Keeps the raw response of the request made in its `with` block, so that it can be closed.

    The SDK never closes a stream that is left in the middle; the server goes on writing then, and
    goes on billing.
    """

    def __init__(self) -> None:
        self.response: httpx.Response | None = None

    def __enter__(self) -> Hold:
        self._token = _held.set(self)
        return self

    def __exit__(self, *exc: object) -> None:
        _held.reset(self._token)

    async def aclose(self) -> None:
        """Close the connection, also while the task is being cancelled."""
        if self.response is not None:
            await asyncio.shield(self.response.aclose())


def base_url(url: str | None) -> str:
    """The address of the API, ending in a slash. Raises InvalidSetting.

    Anything but https is refused, save to this very machine: the key must not travel in the clear.
    """
    if not url or not url.strip():
        return DEFAULT_URL
    try:
        parsed = httpx.URL(url.strip())
    except httpx.InvalidURL as error:
        raise InvalidSetting(f"“{url}” is not the address of a server.") from error
    if not parsed.host or parsed.userinfo or parsed.query or parsed.fragment:
        raise InvalidSetting(
            "NOTEGEN_GEMINI_URL should be a plain address such as https://gateway.example/."
        )
    if parsed.scheme != "https" and not (parsed.scheme == "http" and is_loopback(parsed.host)):
        raise InvalidSetting(
            f"NOTEGEN_GEMINI_URL should begin with https://, not “{parsed.scheme}://”.",
            hint="Plain http is for a server on this machine only (127.0.0.1, ::1, localhost).",
        )
    return str(parsed).rstrip("/") + "/"


def usable_key(key: str | None) -> str:
    """The key without the blanks around it. Raises KeyMissing, KeyRejected if it can be none."""
    key = (key or "").strip()
    if not key:
        raise KeyMissing()
    if not key.isascii() or not key.isprintable() or " " in key:
        raise KeyRejected("This is not a Gemini API key: it has letters that none has.")
    return key


def make_client(url: str, limits: Limits) -> httpx.AsyncClient:
    """A client for the API at `url`. Reads certificates: call it off the event loop."""
    parsed = httpx.URL(url)
    timeout = httpx.Timeout(
        connect=limits.connect_s,
        read=max(limits.first_byte_s, limits.idle_s),
        write=limits.idle_s,
        pool=limits.whole_s,
    )

    async def on_request(request: httpx.Request) -> None:
        # The SDK knows one time-out for everything and overwrites ours with it.
        request.extensions["timeout"] = timeout.as_dict()

    async def on_response(response: httpx.Response) -> None:
        stream = cast(httpx.AsyncByteStream, response.stream)
        response.stream = _Bounded(stream, limits.max_bytes)
        hold = _held.get()
        if hold is not None:
            hold.response = response

    return http_client(
        timeout,
        trust_env=not is_loopback(parsed.host),  # no proxy between this machine and itself
        # Unpacked, an answer could be a thousand times what was counted.
        headers={"accept-encoding": "identity"},
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=8),
        event_hooks={"request": [on_request], "response": [on_response]},
    )


class _Bounded(httpx.AsyncByteStream):
    """Passes bytes on until there are too many."""

    def __init__(self, inner: httpx.AsyncByteStream, most: int) -> None:
        self._inner = inner
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise AnswerUnusable("The answer has no end: more than 8 MB came.")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()
