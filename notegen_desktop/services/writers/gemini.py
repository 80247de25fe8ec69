"""The default writer: Gemini over HTTP, streamed, one request per note.

Never retries; that is the runner's task.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from contextlib import aclosing
from typing import Any

import httpx

from notegen_desktop.domain.errors import NoteGenError, TimedOut, UploadGone
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.ports import Assignment, Writing

from .answer import AnswerCollector, StreamEvent
from .answer_stream import AnswerReader, AnswerStream
from .gemini_api import GeminiApi, key_header, model_path, piece_of
from .gemini_errors import GeminiErrorAnswer, error_of, no_answer
from .gemini_files import is_gone
from .gemini_request import compose
from .wire import Limits, Patience, connection_error


class GeminiWriter:
    """Implements `NoteWriter`.

    `api_key`, `thinking` and `safety` are called for each note, so that changed settings apply at
    once. `url` is the setting `gemini.url`; a bad one raises InvalidSetting here. `patience` limits
    the wait for the next bytes.
    """

    engine = Engine.GEMINI

    def __init__(
        self,
        *,
        api_key: Callable[[], str | None],
        url: str | None = None,
        thinking: Callable[[], str] = lambda: "low",
        safety: Callable[[], str] = str,
        limits: Limits | None = None,
        patience: Patience = asyncio.timeout,
    ) -> None:
        self._limits = limits or Limits()
        self._api = GeminiApi(api_key=api_key, url=url, limits=self._limits)
        self._thinking = thinking
        self._safety = safety
        self._patience = patience

    async def prepare(self) -> None:
        """Read the system's certificates ahead of the first note; sends nothing."""
        await self._api.client()

    async def write(self, assignment: Assignment) -> AsyncGenerator[Writing, None]:
        key = self._api.key
        request = await asyncio.to_thread(
            compose, assignment, thinking=self._thinking(), safety=self._safety()
        )
        client = await self._api.client()
        sent = client.build_request(
            "POST",
            self._api.address(f"{model_path(request.model)}:streamGenerateContent"),
            params={"alt": "sse"},
            json=request.body(),
            headers=key_header(key) | {"x-server-timeout": f"{self._limits.whole_s:.0f}"},
        )
        reader = GeminiReader(self._api.url, watches=bool(request.video_uri))
        stream = AnswerStream(client, sent, reader, limits=self._limits, patience=self._patience)
        async with aclosing(
            stream.writings(AnswerCollector(assignment, model=request.model))
        ) as states:
            async for writing in states:
                yield writing

    async def aclose(self) -> None:
        await self._api.aclose()


class GeminiReader(AnswerReader):
    """Interprets answers of the API at `url`. `watches`: the request had a video or file."""

    def __init__(self, url: str, *, watches: bool) -> None:
        self._url = url
        self._watches = watches

    def pieces(self, event: Mapping[str, Any]) -> Iterable[StreamEvent]:
        return [piece_of(event)]

    def refusal(self, status: int, body: Any, headers: Mapping[str, str]) -> NoteGenError:
        # An error within a stream has a code of its own, which counts.
        refused = GeminiErrorAnswer.of(0 if status == 200 else status, body, headers)
        if refused.status == 403 and is_gone(refused.words):
            return UploadGone()
        return error_of(refused, watches=self._watches)

    def no_answer(self) -> NoteGenError:
        return no_answer()

    def broken(self, error: httpx.HTTPError) -> NoteGenError:
        return connection_error(error, url=self._url)

    def timed_out(self) -> NoteGenError:
        return TimedOut()
