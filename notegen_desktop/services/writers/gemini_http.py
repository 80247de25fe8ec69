"""The HTTP client to Gemini: one pool, our time-outs, no redirects, the system's trust.

Everything that is about the wire and not about notes: where the API is, how long to wait, how much
to accept, how to close a stream whose reader is gone, and what an event of a stream is. The SDK
knows events in one spelling alone, and gives up a whole answer for a field of another type than
it expects, so it gets them in that spelling and with what is needed only.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextvars import ContextVar
from typing import Any, cast

import httpx

from notegen_desktop.domain.engines.connection import GOOGLE_HOST, gemini_url
from notegen_desktop.domain.errors import KeyMissing
from notegen_desktop.domain.links.hosts import is_loopback
from notegen_desktop.services.machine.http_client import http_client

from .event_stream import Event, EventReader
from .wire import Limits, bounded, sendable_key

DEFAULT_URL = f"https://{GOOGLE_HOST}/"
API_VERSION = "v1beta"  # the aliases gemini-flash-latest and its like exist only here

_held: ContextVar[Hold | None] = ContextVar("notegen_gemini_hold", default=None)


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


BaseUrl = str | None | Callable[[], str]
"""The setting `gemini.url`, or where to look it up whenever it is needed."""


def base_url(url: BaseUrl) -> str:
    """The address of the API, ending in a slash. Raises InvalidSetting.

    Anything but https is refused, save within the user's own network: the key must not travel in
    the clear through the internet.
    """
    given = url() if callable(url) else url
    return f"{gemini_url(given or '') or DEFAULT_URL.rstrip('/')}/"


def usable_key(key: str | None) -> str:
    """The key without the blanks around it. Raises KeyMissing, KeyRejected if it can be none."""
    key = sendable_key(key, "Gemini")
    if not key:
        raise KeyMissing()
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
        chunks = bounded(stream, limits.max_bytes)
        if response.status_code == 200 and ":streamGenerateContent" in response.request.url.path:
            chunks = _events(chunks)
        response.stream = _Chunks(chunks, stream)
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


class _Chunks(httpx.AsyncByteStream):
    """What is made of the bytes of a `stream`, which is closed with it."""

    def __init__(self, chunks: AsyncIterator[bytes], stream: httpx.AsyncByteStream) -> None:
        self._chunks = chunks
        self._stream = stream

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._chunks

    async def aclose(self) -> None:
        await self._stream.aclose()


async def _events(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Server-sent events of any spelling, as the SDK reads them: `data: {…}`, one line each."""
    events = EventLines()
    async for chunk in chunks:
        if told := events.feed(chunk):
            yield told
    yield events.end()


class EventLines:
    """Bytes of a stream in, lines for the SDK out; what is no event passes as it is."""

    def __init__(self) -> None:
        self._reader = EventReader()

    def feed(self, chunk: bytes) -> bytes:
        return "".join(map(_line, self._reader.feed(chunk))).encode()

    def end(self) -> bytes:
        return "".join(map(_line, self._reader.end())).encode()


def _line(event: Event) -> str:
    if event.stray:
        return f"{event.data}\n"
    return "" if event.data.strip() in ("", "[DONE]") else f"data: {needed(event.data)}\n\n"


def needed(event: str) -> str:
    """The JSON of an event of an answer with the fields that are read, if they are of their types.

    What cannot be read, and an error, stays as it is.
    """
    try:
        told = json.loads(event, strict=False)
    except (ValueError, RecursionError):
        return event.replace("\n", " ")
    if isinstance(told, list) and len(told) == 1:
        told = told[0]
    if not isinstance(told, dict) or "error" in told:
        return json.dumps(told)
    kept: dict[str, Any] = _of(told, str, "modelVersion", "responseId")
    if isinstance(feedback := told.get("promptFeedback"), dict):
        kept["promptFeedback"] = _of(feedback, str, "blockReason")
    if isinstance(usage := told.get("usageMetadata"), dict):
        counts = {key: _count(usage.get(key)) for key in _COUNTS}
        kept["usageMetadata"] = {key: n for key, n in counts.items() if n is not None}
    candidates = told.get("candidates")
    if isinstance(candidates, list) and candidates and isinstance(candidates[0], dict):
        kept["candidates"] = [_candidate(candidates[0])]
    return json.dumps(kept)


_COUNTS = (
    "promptTokenCount",
    "cachedContentTokenCount",
    "candidatesTokenCount",
    "thoughtsTokenCount",
)


def _candidate(told: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = _of(told, str, "finishReason", "finishMessage")
    if "finishReason" in kept:
        kept["finishReason"] = kept["finishReason"].upper()
    content = told.get("content")
    parts = content.get("parts") if isinstance(content, dict) else content
    parts = [parts] if isinstance(parts, dict) else parts if isinstance(parts, list) else []
    texts = [_of(p, str, "text") | _of(p, bool, "thought") for p in parts if isinstance(p, dict)]
    return kept | {"content": {"role": "model", "parts": [part for part in texts if part]}}


def _of(told: dict[str, Any], kind: type, *names: str) -> dict[str, Any]:
    return {name: told[name] for name in names if isinstance(told.get(name), kind)}


def _count(value: Any) -> int | None:
    """A number of tokens, which some gateways write as a text."""
    try:
        return max(0, int(value))
    except (TypeError, ValueError, OverflowError):
        return None
