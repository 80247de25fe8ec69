"""The writer for a connection, in any protocol; one request per note, streamed.

Retries are the runner's task. Only request features that a server rejects, which is free, are left
out at once and the same note requested in a simpler way.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import replace

import httpx

from notegen_desktop.domain.engines.connection import Connection, WireProtocol
from notegen_desktop.domain.errors import (
    AnswerUnusable,
    RequestRejected,
    RequestTooLarge,
    SomethingElseAnswered,
)
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import Assignment, Writing
from notegen_desktop.services.writers.answer import AnswerCollector
from notegen_desktop.services.writers.answer_stream import AnswerStream
from notegen_desktop.services.writers.wire import Patience, make_client

from .client import ChatReader, headers_for, limits_for
from .models import ServerFacts
from .request import ChatRequest, Dialect, compose
from .wires import WIRES

MAX_SIMPLIFICATIONS = 6
"""Maximum number of simpler variants of one request."""

MIN_COUNTED_TOKENS = 512
"""Minimum input tokens of a credible count: some servers report 0, or only the uncached ones."""

_FORM = ("", "response_format", "format", "output_config")
"""Fields that request structured output; "" if a refusal names none."""


class ChatWriter:
    """Implements `NoteWriter`.

    `api_key` is called for each note, so that a changed key applies at once. `facts` knows the
    windows of the server's models.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        api_key: Callable[[], str | None],
        facts: ServerFacts,
        patience: Patience = asyncio.timeout,
    ) -> None:
        self.engine = Engine(connection.name)
        self._connection = connection
        self._api_key = api_key
        self._facts = facts
        self._limits = limits_for(connection)
        self._patience = patience
        self._client: httpx.AsyncClient | None = None
        self._opening = asyncio.Lock()
        self._dialects: dict[str, Dialect] = {}

    async def prepare(self) -> None:
        await self._opened()

    async def write(self, assignment: Assignment) -> AsyncGenerator[Writing, None]:
        headers = headers_for(self._connection, self._api_key())
        known = await self._facts.model(self._connection, assignment.model)
        request = await asyncio.to_thread(
            compose,
            assignment,
            self._connection.preset,
            window=known.window,
            most_output=known.most_output,
        )
        for __ in range(MAX_SIMPLIFICATIONS):
            dialect = self._dialect(request.model)
            begun = False
            try:
                async with aclosing(self._asked(assignment, request, headers)) as states:
                    async for writing in states:
                        begun = True
                        yield writing
                return
            except RequestRejected as error:
                if begun or not self._learn(request.model, dialect, error):
                    raise
            except SomethingElseAnswered:
                raise  # no other form of the request would reach the server
            except AnswerUnusable as error:
                looser = dialect.looser()
                if looser is not None and not error.keeps:  # the generator asks once more
                    self._dialects[request.model] = looser
                raise

    async def aclose(self) -> None:
        if self._client is not None:
            await self._client.aclose()
        self._client = None

    async def _asked(
        self, assignment: Assignment, request: ChatRequest, headers: dict[str, str]
    ) -> AsyncGenerator[Writing, None]:
        connection = self._connection
        client = await self._opened()
        answer = AnswerCollector(assignment, model=request.model, service=connection.name)
        wire = WIRES[connection.preset.kind]()
        dialect = self._dialect(request.model)
        body = wire.body(request, connection.preset, dialect)
        sent = client.build_request(
            "POST",
            connection.at(wire.path),
            json={key: each for key, each in body.items() if key not in dialect.left_out},
            headers=headers,
        )
        reader = ChatReader(connection, wire, request.model)
        stream = AnswerStream(client, sent, reader, limits=self._limits, patience=self._patience)
        async with aclosing(stream.writings(answer)) as states:
            async for writing in states:
                if writing.finished and (most := self._cut_at(request, writing)):
                    yield replace(writing, finished=False)  # so that its usage is booked
                    raise RequestTooLarge(
                        ngettext(
                            "{name} read {most} of some {n} token: it cuts what is "
                            "longer than the context it was started with.",
                            "{name} read {most} of some {n} tokens: it cuts what is "
                            "longer than the context it was started with.",
                            request.tokens,
                        ).format(
                            name=connection.name,
                            most=number(most),
                            n=number(request.tokens),
                        ),
                        hint=_(
                            "Start the model with more context; for Ollama, add the "
                            "connection with --kind ollama, which asks for what it needs."
                        ),
                        most_tokens=most,
                    )
                yield writing

    def _cut_at(self, request: ChatRequest, writing: Writing) -> int:
        """Return the number of tokens read of a request that was cut silently; 0 for one read
        whole.

        Ollama's OpenAI endpoint does so, and so do proxies in front of it. Its own API is told not
        to. The estimate may be a third too high in some languages, never twice as high.
        """
        told = writing.usage.input_tokens
        cut = MIN_COUNTED_TOKENS <= told < request.tokens / 2
        return told if cut and self._connection.preset.kind is WireProtocol.OPENAI else 0

    def _dialect(self, model: str) -> Dialect:
        return self._dialects.get(model) or Dialect.of(self._connection.preset)

    def _learn(self, model: str, spoken: Dialect, error: RequestRejected) -> bool:
        """Choose a simpler request for a model after a refusal; False if that would not help."""
        if error.field is None:
            return False
        if error.field in ("max_tokens", "max_completion_tokens"):
            if spoken.max_tokens != self._connection.preset.max_tokens:
                return False  # the other name was refused, too
            names = {"max_tokens", "max_completion_tokens"} - {spoken.max_tokens}
            plainer = replace(spoken, max_tokens=names.pop())
        elif error.field in _FORM:
            looser = spoken.looser()
            if looser is None:
                return False
            plainer = looser
        elif error.field in spoken.left_out:
            return False
        else:
            plainer = replace(spoken, left_out=spoken.left_out | {error.field})
        self._dialects[model] = plainer
        return True

    async def _opened(self) -> httpx.AsyncClient:
        """Return the client; created in a worker thread."""
        async with self._opening:
            if self._client is None:
                self._client = await asyncio.to_thread(
                    make_client, self._connection.url, self._limits
                )
            return self._client
