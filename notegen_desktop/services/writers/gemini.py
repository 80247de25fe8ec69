"""The default writer: Gemini through google-genai, streamed, one request a note.

The only file that imports that SDK, and only when the first note is written, in a worker thread:
the import takes half a second. Retries belong to the runner; nothing is asked twice here.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from notegen_desktop.domain.errors import (
    AnswerUnusable,
    KeyMissing,
    KeyRejected,
    NoteGenError,
    ServiceUnavailable,
    TimedOut,
    UploadGone,
)
from notegen_desktop.domain.notes.note import Engine, Usage
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.threads import load
from notegen_desktop.services.ports import Assignment, Writing

from .answer import Answer, Piece, writings
from .gemini_errors import Answered, error_of, no_answer
from .gemini_files import is_gone
from .gemini_http import API_VERSION, DEFAULT_URL, Hold, base_url, make_client, usable_key
from .gemini_request import Request, compose
from .wire import Limits, Patience, connection_error

if TYPE_CHECKING:
    from google import genai


class GeminiWriter:
    """Fulfils `NoteWriter`.

    `api_key`, `thinking` and `safety` are asked for each note, so that changed settings count at
    once. `url` is the setting `gemini.url`; a bad one raises InvalidSetting here. `patience` ends a
    wait for what comes next.
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
        self._api_key = api_key
        self._url = base_url(url)
        self._thinking = thinking
        self._safety = safety
        self._limits = limits or Limits()
        self._patience = patience
        self._http: httpx.AsyncClient | None = None
        self._sdk: tuple[str, genai.Client] | None = None
        self._opening = asyncio.Lock()

    async def prepare(self) -> None:
        """Load the SDK ahead of the first note, which then starts about a second sooner.

        Does nothing where there is no key; sends nothing.
        """
        with suppress(KeyMissing, KeyRejected):
            await self._client(usable_key(self._api_key()))

    async def write(self, assignment: Assignment) -> AsyncGenerator[Writing, None]:
        key = usable_key(self._api_key())
        request = await asyncio.to_thread(
            compose,
            assignment,
            thinking=self._thinking(),
            safety=self._safety(),
        )
        client = await self._client(key)
        answer = Answer(assignment, model=request.model)
        hold = Hold()
        events = _stream(client, request)
        pieces = partial(self._next_piece, events, hold, bool(request.video_uri))
        try:
            async with aclosing(writings(answer, pieces, self._limits)) as states:
                async for writing in states:
                    yield writing
        finally:
            await hold.aclose()

    async def aclose(self) -> None:
        if self._http is not None:
            await self._http.aclose()
        self._http = self._sdk = None

    async def _next_piece(
        self, events: AsyncIterator[Any], hold: Hold, watches: bool, patience: float
    ) -> Piece | None:
        """The next event, with everything that can go wrong translated."""
        try:
            with hold:
                async with self._patience(patience):
                    return _piece(await anext(events))
        except StopAsyncIteration:
            return None
        except NoteGenError:
            raise
        except TimeoutError:
            raise TimedOut() from None
        except httpx.HTTPError as error:
            raise connection_error(error, url=self._url) from error
        except httpx.InvalidURL as error:
            raise AnswerUnusable(
                _("The address of the Gemini API is not usable: {error}").format(error=error)
            ) from error
        except Exception as error:
            raise _translated(error, watches) from error

    async def _client(self, key: str) -> genai.Client:
        """The SDK's client for this key; made, like our own, in a worker thread."""
        async with self._opening:
            if self._http is None:
                self._http = await asyncio.to_thread(make_client, self._url, self._limits)
            if self._sdk is None or self._sdk[0] != key:
                client = await asyncio.to_thread(
                    _open, key, self._url, self._http, self._limits.whole_s
                )
                self._sdk = (key, client)
            return self._sdk[1]


def _open(key: str, url: str, http: httpx.AsyncClient, whole_s: float) -> genai.Client:
    if "google.genai" not in sys.modules:
        load("google.genai")
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(_rehearse())
    from google import genai
    from google.genai import types

    # It warns of keys in the environment that it does not use, since it is given one.
    logging.getLogger("google_genai").setLevel(logging.ERROR)
    return genai.Client(
        vertexai=False,
        api_key=key,
        http_options=types.HttpOptions(
            api_version=API_VERSION,
            base_url=url,
            httpx_async_client=http,
            timeout=int(whole_s * 1000),  # told to the server; our client has its own
        ),
    )


async def _rehearse() -> None:
    """Have one answer read to the end, without a network, in the thread that loaded the SDK.

    It builds its checks of types when they are first used, which would hold up the event loop.
    So would the part of anyio that httpx asks for with the first connection.
    """
    import anyio.lowlevel

    await anyio.lowlevel.checkpoint()
    event = {
        "candidates": [{"content": {"parts": [{"text": "{}"}], "role": "model"}, "index": 0}],
        "usageMetadata": {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2},
        "modelVersion": "none",
    }
    line = f"data: {json.dumps(event)}\r\n\r\n"
    answer = httpx.MockTransport(lambda _: httpx.Response(200, text=line))
    request = Request(
        model="none",
        system="s",
        texts=("t",),
        schema={"type": "OBJECT", "properties": {"title": {"type": "STRING"}}},
        video_uri="https://www.youtube.com/watch?v=none",
        fps=0.5,
        thinking_level="low",
    )
    async with httpx.AsyncClient(transport=answer) as http:
        async for chunk in _stream(_open("none", DEFAULT_URL, http, 1.0), request):
            _piece(chunk)


async def _stream(client: genai.Client, request: Request) -> AsyncIterator[Any]:
    from google.genai import types

    body = request.body()
    config = types.GenerateContentConfig.model_validate(
        {
            **body["generationConfig"],
            "systemInstruction": body["systemInstruction"],
            "safetySettings": body.get("safetySettings"),
            "automaticContinuation": False,  # each request is asked for at our own gate
            "automaticFunctionCalling": {"disable": True},
        }
    )
    contents = types.Content.model_validate(body["contents"][0])
    stream = await client.aio.models.generate_content_stream(
        model=request.model, contents=contents, config=config
    )
    async for chunk in stream:
        yield chunk


def _piece(chunk: Any) -> Piece:
    """An event of the SDK as ours. Thoughts are left out."""
    candidate = chunk.candidates[0] if chunk.candidates else None
    content = candidate.content if candidate else None
    parts = (content.parts if content else None) or []
    feedback = chunk.prompt_feedback
    return Piece(
        text="".join(part.text for part in parts if part.text and not part.thought),
        finish=_name(candidate.finish_reason if candidate else None),
        finish_words=(candidate.finish_message if candidate else None) or "",
        blocked=_name(feedback.block_reason if feedback else None),
        model=chunk.model_version or "",
        usage=_usage(chunk.usage_metadata),
    )


def _usage(meta: Any) -> Usage | None:
    if meta is None:
        return None
    return Usage(
        requests=1,
        input_tokens=meta.prompt_token_count or 0,
        cached_tokens=meta.cached_content_token_count or 0,
        output_tokens=meta.candidates_token_count or 0,
        thought_tokens=meta.thoughts_token_count or 0,
    )


def _name(value: Any) -> str:
    name = str(getattr(value, "value", value) or "")
    return "" if name.endswith("_UNSPECIFIED") else name


def _translated(error: Exception, watches: bool) -> NoteGenError:
    from google.genai import errors

    if isinstance(error, errors.APIError):
        if error.code == 403 and is_gone(str(error.message or "")):
            return UploadGone()
        headers = getattr(error.response, "headers", None)
        return error_of(Answered.of(error.code or 0, error.details, headers), watches=watches)
    if isinstance(error, (errors.UnknownApiResponseError, ValueError, TypeError, KeyError)):
        return no_answer()
    return ServiceUnavailable(
        _("The request to Gemini failed ({name__}).").format(name__=type(error).__name__)
    )
