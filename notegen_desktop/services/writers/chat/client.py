"""Headers, time-outs and errors of one connection."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx

from notegen_desktop.domain.engines.connection import CUSTOM, Connection, WireProtocol
from notegen_desktop.domain.errors import KeyMissing, NetworkUnreachable, NoteGenError, TimedOut
from notegen_desktop.domain.words import _
from notegen_desktop.services.writers.answer import StreamEvent
from notegen_desktop.services.writers.answer_stream import AnswerReader
from notegen_desktop.services.writers.wire import Limits, connection_error, sendable_key

from .errors import ChatErrorAnswer, error_of, no_answer
from .rate_headers import allowances
from .wires import Anthropic, Wire

REMOTE_LIMITS = Limits(first_byte_s=180.0, idle_s=120.0, whole_s=600.0)
"""Limits of remote servers: a model may think for minutes before its first word."""
LOCAL_LIMITS = Limits(connect_s=5.0, first_byte_s=6 * 3600.0, idle_s=1800.0, whole_s=24 * 3600.0)
"""Limits of local servers. On a busy machine the first word took 96 s; a request in a local
server's queue gets no byte at all. The user can cancel."""


def limits_for(connection: Connection) -> Limits:
    return LOCAL_LIMITS if connection.is_local else REMOTE_LIMITS


def headers_for(connection: Connection, key: str | None) -> dict[str, str]:
    """Return the headers of a request, without one for a missing key. Raises KeyMissing,
    KeyRejected."""
    key = sendable_key(key, connection.name)
    if not key and connection.needs_key:
        raise KeyMissing(
            _("There is no API key for {name}.").format(name=connection.name),
            hint=_(
                "Enter one in the settings, or with: notegen connections add {name} --key, or "
                "set {variable}. The offline engine needs none."
            ).format(name=connection.name, variable=connection.key_variable),
        )
    headers: dict[str, str] = {}
    if connection.preset.kind is WireProtocol.ANTHROPIC:
        headers["anthropic-version"] = Anthropic.VERSION
    if key and connection.takes_key:
        if connection.preset.kind is WireProtocol.ANTHROPIC:
            headers["x-api-key"] = key
        elif connection.preset.key_header:
            headers[connection.preset.key_header] = key
        else:
            headers["authorization"] = f"Bearer {key}"
    return headers


def connection_failure(error: httpx.HTTPError, connection: Connection) -> NoteGenError:
    """Return the error of a broken connection; the hint for a local server is to start it."""
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


class ChatReader(AnswerReader):
    """Interprets answers of one connection, in the protocol `wire`."""

    def __init__(self, connection: Connection, wire: Wire, model: str) -> None:
        self._connection = connection
        self._wire = wire
        self._model = model

    def begin(self, headers: httpx.Headers) -> Iterable[StreamEvent]:
        told = allowances(headers)  # httpx reads names in any letters
        return [StreamEvent(allowances=told)] if told else []

    def pieces(self, event: Mapping[str, Any]) -> Iterable[StreamEvent]:
        return self._wire.of(event)

    def end(self) -> Iterable[StreamEvent]:
        return self._wire.end()

    def refusal(self, status: int, body: Any, headers: Mapping[str, str]) -> NoteGenError:
        return error_of(
            ChatErrorAnswer.of(status, body, headers), self._connection, model=self._model
        )

    def no_answer(self) -> NoteGenError:
        return no_answer(self._connection)

    def broken(self, error: httpx.HTTPError) -> NoteGenError:
        return connection_failure(error, self._connection)

    def timed_out(self) -> NoteGenError:
        return TimedOut(_("{name} did not answer in time.").format(name=self._connection.name))
