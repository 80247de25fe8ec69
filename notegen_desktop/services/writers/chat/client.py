"""HTTP to one connection: what is sent, how an answer comes in, and how it is left at once."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Iterable
from typing import Any

import httpx

from notegen_desktop.domain.engines.connection import CUSTOM, Connection, Kind
from notegen_desktop.domain.errors import KeyMissing, NetworkUnreachable, NoteGenError, TimedOut
from notegen_desktop.domain.links.hosts import is_loopback
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.http_client import http_client
from notegen_desktop.services.writers.answer import Piece
from notegen_desktop.services.writers.event_stream import EventReader, Lines
from notegen_desktop.services.writers.wire import (
    Limits,
    Patience,
    bounded,
    connection_error,
    sendable_key,
)

from .errors import Refusal, error_of, no_answer
from .rate_headers import allowances
from .wires import Anthropic, Wire

AWAY = Limits(first_byte_s=180.0, idle_s=120.0, whole_s=600.0)
"""A model elsewhere may think for minutes before its first word."""
LOCAL = Limits(connect_s=5.0, first_byte_s=6 * 3600.0, idle_s=1800.0, whole_s=24 * 3600.0)
"""On a busy machine the first word was seen after 96 s; a request that waits its turn in a local
server's queue gets no byte at all. Who does not want to wait cancels."""

ERROR_BYTES = 64 * 1024


def limits_for(connection: Connection) -> Limits:
    return LOCAL if connection.is_local else AWAY


def headers_for(connection: Connection, key: str | None) -> dict[str, str]:
    """The headers of a request. Without a key none is sent. Raises KeyMissing, KeyRejected."""
    key = sendable_key(key, connection.name)
    if not key and connection.needs_key:
        raise KeyMissing(
            _("There is no API key for {name}.").format(name=connection.name),
            hint=_(
                "Enter one in the settings, or with: notegen connections add {name} --key, or "
                "set {variable}. The offline engine needs none."
            ).format(name=connection.name, variable=connection.key_variable),
        )
    headers = {"accept-encoding": "identity"}  # unpacked it could be a thousand times what came
    if connection.preset.kind is Kind.ANTHROPIC:
        headers["anthropic-version"] = Anthropic.VERSION
    if key and connection.takes_key:
        if connection.preset.kind is Kind.ANTHROPIC:
            headers["x-api-key"] = key
        elif connection.preset.key_header:
            headers[connection.preset.key_header] = key
        else:
            headers["authorization"] = f"Bearer {key}"
    return headers


def connection_failure(error: httpx.HTTPError, connection: Connection) -> NoteGenError:
    """What a broken connection means; a server on this machine has to be started."""
    failure = connection_error(error, url=connection.url, service=connection.name)
    here = connection.is_local and connection.url.startswith("http:")
    if here and isinstance(failure, NetworkUnreachable):
        known = connection.preset
        return NetworkUnreachable(
            _("{name} does not answer at {url}.").format(name=connection.name, url=connection.url),
            hint=_("Start it on this machine, then retry.")
            if known.name == CUSTOM
            else _("Start {name} on this machine, then retry.").format(name=known.title),
        )
    return failure


def make_client(connection: Connection, limits: Limits) -> httpx.AsyncClient:
    """A client for a connection. Reads certificates: call it off the event loop."""
    local = is_loopback(connection.host)
    return http_client(
        httpx.Timeout(
            connect=limits.connect_s,
            read=max(limits.first_byte_s, limits.idle_s),
            write=limits.idle_s,
            pool=limits.whole_s,
        ),
        trust_env=not local,  # no proxy between this machine and itself
        # llama.cpp closes a kept connection soon after a stream; the next request failed on it.
        limits=httpx.Limits(max_connections=64, max_keepalive_connections=0 if local else 8),
    )


class AnswerStream:
    """One request on the wire, read piece by piece. Close it, whatever happened."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        request: httpx.Request,
        wire: Wire,
        *,
        connection: Connection,
        model: str,
        limits: Limits,
        patience: Patience,
    ) -> None:
        self._client = client
        self._request = request
        self._wire = wire
        self._connection = connection
        self._model = model
        self._limits = limits
        self._patience = patience
        self._response: httpx.Response | None = None
        self._events: AsyncIterator[Iterable[str]] | None = None
        self._pieces: deque[Piece] = deque()
        self._over = False

    async def next_piece(self, patience_s: float) -> Piece | None:
        """The next piece, None at the end, with everything that can go wrong translated."""
        name = self._connection.name
        try:
            async with self._patience(patience_s):
                return await self._next()
        except NoteGenError:
            raise
        except TimeoutError:
            raise TimedOut(_("{name} did not answer in time.").format(name=name)) from None
        except httpx.HTTPError as error:
            raise connection_failure(error, self._connection) from error
        except httpx.InvalidURL as error:
            raise no_answer(self._connection) from error

    async def aclose(self) -> None:
        """Close the connection, also while the task is being cancelled: a local server stops
        computing then."""
        if self._response is not None:
            await asyncio.shield(self._response.aclose())

    async def _next(self) -> Piece | None:
        if self._events is None:
            self._events = await self._open()
        while not self._pieces and not self._over:
            told = await anext(self._events, None)
            if told is None:
                self._over = True
                self._pieces.extend(self._wire.end())
            for event in told or ():
                self._take(event)
        return self._pieces.popleft() if self._pieces else None

    async def _open(self) -> AsyncIterator[Iterable[str]]:
        response = await self._client.send(self._request, stream=True)
        self._response = response
        body = bounded(response.aiter_raw(), self._limits.max_bytes)
        if response.status_code != 200:
            raise error_of(
                Refusal.of(response.status_code, await _decoded(body), response.headers),
                self._connection,
                model=self._model,
            )
        if told := allowances(response.headers):  # httpx reads names in any letters
            self._pieces.append(Piece(allowances=told))
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == "application/x-ndjson":
            return _lines(body)
        if kind == "application/json":
            return _whole(body)
        if kind in ("text/html", "application/xhtml+xml"):
            raise no_answer(self._connection)
        return _server_sent(body)

    def _take(self, told: str) -> None:
        """An event as pieces. Raises what an error in it means."""
        if told.strip() in ("", "[DONE]"):
            return
        try:
            event = json.loads(told, strict=False)
        except (ValueError, RecursionError):
            raise no_answer(self._connection) from None
        if not event or isinstance(event, str):
            return  # some gateways keep the connection alive so
        if not isinstance(event, dict):
            raise no_answer(self._connection)
        if event.get("error") or "error" in (event.get("type"), event.get("object")):
            raise error_of(Refusal.of(200, event), self._connection, model=self._model)
        self._pieces.extend(self._wire.of(event))


async def _server_sent(body: AsyncIterator[bytes]) -> AsyncIterator[Iterable[str]]:
    reader = EventReader()
    async for chunk in body:
        yield [event.data for event in reader.feed(chunk)]
    yield [event.data for event in reader.end()]


async def _lines(body: AsyncIterator[bytes]) -> AsyncIterator[Iterable[str]]:
    lines = Lines()
    async for chunk in body:
        yield lines.feed(chunk)
    yield lines.end()


async def _whole(body: AsyncIterator[bytes]) -> AsyncIterator[Iterable[str]]:
    """A server that does not stream."""
    yield [b"".join([chunk async for chunk in body]).decode("utf-8", "replace")]


async def _decoded(body: AsyncIterator[bytes]) -> Any:
    """The body of an error: JSON, or its beginning as a text."""
    raw = bytearray()
    async for chunk in body:
        raw += chunk
        if len(raw) > ERROR_BYTES:
            break
    text = raw.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
