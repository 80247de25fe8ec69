"""One streamed request to a server, read by pieces and cancelled at once."""

from __future__ import annotations

import asyncio
import json
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, suppress
from typing import Any

import httpx

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.services.ports import Writing

from .answer import AnswerCollector, StreamEvent, writings
from .event_stream import EventReader
from .wire import Limits, Patience, body_of

ERROR_BYTES = 64 * 1024


class AnswerReader(ABC):
    """Interprets the answer of one kind of server to one request."""

    @abstractmethod
    def pieces(self, event: Mapping[str, Any]) -> Iterable[StreamEvent]: ...

    @abstractmethod
    def refusal(self, status: int, body: Any, headers: Mapping[str, str]) -> NoteGenError:
        """Return the error of an answer with another status than 200, or of an error event."""

    @abstractmethod
    def no_answer(self) -> NoteGenError:
        """Return the error of an answer that is not of this kind of server."""

    @abstractmethod
    def broken(self, error: httpx.HTTPError) -> NoteGenError: ...

    @abstractmethod
    def timed_out(self) -> NoteGenError: ...

    def begin(self, headers: httpx.Headers) -> Iterable[StreamEvent]:
        """Return pieces from the headers of a good answer."""
        return ()

    def end(self) -> Iterable[StreamEvent]:
        """Return the text held back, after the last event."""
        return ()


class AnswerStream:
    """One request on the wire, read piece by piece."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        request: httpx.Request,
        reader: AnswerReader,
        *,
        limits: Limits,
        patience: Patience,
    ) -> None:
        self._client = client
        self._request = request
        self._reader = reader
        self._limits = limits
        self._patience = patience
        self._response: httpx.Response | None = None
        self._events: AsyncIterator[list[str]] | None = None
        self._pieces: deque[StreamEvent] = deque()
        self._over = False

    async def writings(self, answer: AnswerCollector) -> AsyncGenerator[Writing, None]:
        """Yield the states of the answer worth showing, as `answer.writings`."""
        try:
            async with aclosing(writings(answer, self._next_piece, self._limits)) as states:
                async for writing in states:
                    yield writing
        finally:
            # Also on cancellation: the server then stops writing, and billing.
            if self._response is not None:
                await asyncio.shield(self._response.aclose())

    async def _next_piece(self, patience_s: float) -> StreamEvent | None:
        """Return the next piece, None at the end; errors of the connection are translated."""
        try:
            async with self._patience(patience_s):
                return await self._next()
        except NoteGenError:
            raise
        except TimeoutError:
            raise self._reader.timed_out() from None
        except httpx.HTTPError as error:
            raise self._reader.broken(error) from error
        except httpx.InvalidURL as error:
            raise self._reader.no_answer() from error

    async def _next(self) -> StreamEvent | None:
        if self._events is None:
            self._events = await self._open()
        while not self._pieces and not self._over:
            told = await anext(self._events, None)
            if told is None:
                self._over = True
                self._pieces.extend(self._reader.end())
            for event in told or ():
                self._take(event)
        return self._pieces.popleft() if self._pieces else None

    async def _open(self) -> AsyncIterator[list[str]]:
        response = await self._client.send(self._request, stream=True)
        self._response = response
        body = body_of(response, self._limits.max_bytes)
        if response.status_code != 200:
            told = await _decoded(body)
            raise self._reader.refusal(response.status_code, told, response.headers)
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind in ("text/html", "application/xhtml+xml"):
            raise self._reader.no_answer()
        self._pieces.extend(self._reader.begin(response.headers))
        return _events(body)

    def _take(self, told: str) -> None:
        """Add the pieces of an event. Raises the error that it reports."""
        if told.strip() in ("", "[DONE]"):
            return
        try:
            event = json.loads(told, strict=False)
        except (ValueError, RecursionError):
            raise self._reader.no_answer() from None
        for each in event if isinstance(event, list) else [event]:
            if not each or isinstance(each, str):
                continue  # heartbeat of some gateways
            if not isinstance(each, dict):
                raise self._reader.no_answer()
            if error := _error_in(each):
                raise self._reader.refusal(200, error, {})
            self._pieces.extend(self._reader.pieces(each))


def _error_in(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return the error object of an event, in the forms of several vendors; None if there is
    none."""
    if event.get("error") or "error" in (event.get("type"), event.get("object")):
        return event
    choices = event.get("choices")
    if isinstance(choices, list) and choices:
        first = choices[0]
        return first if isinstance(first, dict) and first.get("error") else None
    state = event.get("base_resp")  # MiniMax's
    if isinstance(state, dict) and state.get("status_code"):
        return state
    told = any(event.get(name) for name in ("detail", "errors", "error_msg"))
    coded = event.get("code") and isinstance(event.get("message"), str)  # DashScope's
    return event if told or coded else None


async def _events(body: AsyncIterator[bytes]) -> AsyncIterator[list[str]]:
    """Yield the events of a stream, of one JSON object a line, or of an answer that does not
    stream."""
    reader = EventReader()
    async for chunk in body:
        yield reader.feed(chunk)
    yield reader.end()


async def _decoded(body: AsyncIterator[bytes]) -> Any:
    """Return the body of an error: JSON, or its beginning as text."""
    raw = bytearray()
    with suppress(httpx.HTTPError):  # the status counts, even if the body cannot be read
        async for chunk in body:
            raw += chunk
            if len(raw) > ERROR_BYTES:
                break
    text = raw.decode("utf-8", "replace")
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text
