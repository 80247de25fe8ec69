"""The writer on google-generativeai, an SDK that its vendor no longer supports; optional.

The package's own client delivers every event one late and cannot close a stream, so its messages
are sent by the gRPC client that it is built on. It knows neither thinking levels nor frames per
second. Only this file imports it, late and in a worker thread.
"""

from __future__ import annotations

import asyncio
import os
import ssl
import warnings
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx

from notegen_desktop.domain.errors import (
    AnswerUnusable,
    EngineMissing,
    NetworkUnreachable,
    NoteGenError,
    RequestRejected,
    ServiceUnavailable,
    TimedOut,
    VideoTooLong,
)
from notegen_desktop.domain.links.hosts import is_loopback
from notegen_desktop.domain.notes.note import Engine, Usage
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.installation import how_to_add
from notegen_desktop.services.machine.threads import load
from notegen_desktop.services.ports import Assignment, Writing

from .answer import AnswerCollector, StreamEvent, writings
from .gemini_api import base_url, usable_key
from .gemini_errors import GeminiErrorAnswer, error_of, no_answer
from .gemini_request import GeminiRequest, compose
from .wire import Limits, Patience, untrusted

_HTTP_OF = {  # gRPC states as the HTTP states of the same service
    "INVALID_ARGUMENT": 400,
    "FAILED_PRECONDITION": 400,
    "OUT_OF_RANGE": 400,
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ABORTED": 409,
    "ALREADY_EXISTS": 409,
    "RESOURCE_EXHAUSTED": 429,
    "CANCELLED": 499,
    "UNIMPLEMENTED": 501,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 504,
}
_NO_WAY = ("failed to connect", "dns resolution failed", "name resolution", "no route to host")


class GeminiLegacyWriter:
    """Implements `NoteWriter`; parameters as those of `GeminiWriter`.

    `url` may name a gateway that speaks gRPC: scheme, host and port, no path.
    """

    engine = Engine.GEMINI_LEGACY

    def __init__(
        self,
        *,
        api_key: Callable[[], str | None],
        url: str | None = None,
        safety: Callable[[], str] = str,
        patience: Patience = asyncio.timeout,
    ) -> None:
        self._api_key = api_key
        self._url = httpx.URL(base_url(url))
        self._safety = safety
        self._limits = Limits()
        self._patience = patience
        self._channel: Any = None
        self._client: Any = None
        self._opening = asyncio.Lock()

    async def prepare(self) -> None:
        """Load the SDK and open the channel. Raises EngineMissing."""
        await self._connected()

    async def write(self, assignment: Assignment) -> AsyncGenerator[Writing, None]:
        key = usable_key(self._api_key())
        request = await asyncio.to_thread(compose, assignment, thinking="", safety=self._safety())
        client = await self._connected()
        message = await asyncio.to_thread(_message, request)
        answer = AnswerCollector(assignment, model=request.model)
        call: Any = None
        events: Any = None

        async def next_piece(patience: float) -> StreamEvent | None:
            nonlocal call, events
            try:
                async with self._patience(patience):
                    if call is None:
                        call = await client.stream_generate_content(
                            message,
                            retry=None,  # the runner retries
                            timeout=self._limits.whole_s,
                            metadata=(("x-goog-api-key", key),),
                        )
                        events = aiter(call)
                    return _piece(await anext(events))
            except StopAsyncIteration:
                return None
            except Exception as error:
                watches = bool(request.video_uri)
                raise _translated(error, self._url.host, request.model, watches) from error

        try:
            async with aclosing(writings(answer, next_piece, self._limits)) as states:
                async for writing in states:
                    yield writing
        finally:
            if call is not None:
                call.cancel()

    async def aclose(self) -> None:
        if self._channel is not None:
            await self._channel.close()
        self._channel = self._client = None

    async def _connected(self) -> Any:
        async with self._opening:
            if self._client is None:
                await asyncio.to_thread(_import)
                roots = await asyncio.to_thread(_trusted_roots)
                self._channel = self._open_channel(roots)
                self._client = _client(self._channel)
            return self._client

    def _open_channel(self, roots: bytes | None) -> Any:
        from grpc import aio, ssl_channel_credentials

        if self._url.path.strip("/"):
            raise RequestRejected(
                _("The engine gemini-legacy cannot use a base URL with a path."),
                hint=_("Choose the engine gemini, or a gateway that speaks gRPC at its root."),
            )
        secure = self._url.scheme == "https"
        host = self._url.host
        host = f"[{host}]" if ":" in host else host
        target = f"{host}:{self._url.port or (443 if secure else 80)}"
        options = [
            ("grpc.max_receive_message_length", self._limits.max_bytes),
            ("grpc.enable_http_proxy", 0 if is_loopback(self._url.host) else 1),
            ("grpc.enable_retries", 0),
        ]
        if secure:
            trust = ssl_channel_credentials(root_certificates=roots)
            return aio.secure_channel(target, trust, options=options)
        return aio.insecure_channel(target, options=options)


def _import() -> None:
    """Import the package. Raises EngineMissing."""
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")  # gRPC would write to standard error
    try:
        with warnings.catch_warnings():
            # The package announces the end of its support, which is known.
            warnings.simplefilter("ignore")
            load("google.generativeai")
    except ImportError as error:
        raise EngineMissing(hint=how_to_add("legacy")) from error


def _trusted_roots() -> bytes | None:
    """Return this machine's trusted certificates as PEM; None leaves gRPC to its own list."""
    loaded = ssl.create_default_context().get_ca_certs(binary_form=True)
    pems = [ssl.DER_cert_to_PEM_cert(der).encode() for der in loaded]
    folder = ssl.get_default_verify_paths().capath
    if not pems and folder:  # OpenSSL loads a certificate folder only on demand
        pems = [path.read_bytes() for path in sorted(Path(folder).glob("*.[0-9]"))]
    return b"".join(pems) or None


def _client(channel: Any) -> Any:
    from google.ai.generativelanguage_v1beta.services.generative_service import (
        GenerativeServiceAsyncClient,
        transports,
    )

    transport = transports.GenerativeServiceGrpcAsyncIOTransport(channel=channel)
    return GenerativeServiceAsyncClient(transport=transport)


def _message(request: GeminiRequest) -> Any:
    from google.generativeai import protos

    parts = []
    if request.clip is not None:
        raise VideoTooLong(hint=_("Choose the engine gemini, which watches a long video in parts."))
    if request.video_uri:
        data = protos.FileData(file_uri=request.video_uri, mime_type="video/*")
        parts.append(protos.Part(file_data=data))
    parts += [protos.Part(text=text) for text in request.texts]
    return protos.GenerateContentRequest(
        model=f"models/{request.model}",
        system_instruction=protos.Content(parts=[protos.Part(text=request.system)]),
        contents=[protos.Content(role="user", parts=parts)],
        safety_settings=[
            protos.SafetySetting(category=kind, threshold=threshold)
            for kind, threshold in request.safety_settings
        ],
        generation_config=protos.GenerationConfig(
            response_mime_type="application/json",
            response_schema=protos.Schema(_schema(request.schema)),
            max_output_tokens=request.max_output_tokens or None,
        ),
    )


def _schema(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Return a REST schema in this older protocol, which has no order of properties."""
    schema: dict[str, Any] = {"type_": str(tree["type"]).upper()}
    if "description" in tree:
        schema["description"] = tree["description"]
    if "items" in tree:
        schema["items"] = _schema(tree["items"])
    if "properties" in tree:
        schema["properties"] = {key: _schema(value) for key, value in tree["properties"].items()}
    if "required" in tree:
        schema["required"] = list(tree["required"])
    return schema


def _piece(event: Any) -> StreamEvent:
    candidate = event.candidates[0] if event.candidates else None
    blocked = event.prompt_feedback.block_reason if event.prompt_feedback else 0
    meta = event.usage_metadata
    usage = None
    if meta is not None and meta.total_token_count:
        usage = Usage(
            requests=1,
            input_tokens=meta.prompt_token_count,
            cached_tokens=meta.cached_content_token_count,
            output_tokens=meta.candidates_token_count,
        )
    return StreamEvent(
        text="".join(part.text for part in candidate.content.parts) if candidate else "",
        finish=_name(candidate.finish_reason) if candidate else "",
        blocked=_name(blocked),
        model=event.model_version,
        usage=usage,
    )


def _name(value: Any) -> str:
    """Return the name of an enum value; one newer than this package is only a number."""
    if not value:
        return ""
    return str(getattr(value, "name", value))


def _translated(error: Exception, host: str, model: str, watches: bool) -> NoteGenError:
    from google.api_core import exceptions
    from grpc import RpcError

    if isinstance(error, NoteGenError):
        return error
    if isinstance(error, TimeoutError):
        return TimedOut()
    cause: Any = error
    details: list[Any] = []
    if isinstance(error, exceptions.GoogleAPICallError):
        details = list(error.details or [])
        cause = next(iter(error.errors), None)
    if not isinstance(cause, RpcError):
        if isinstance(error, (ValueError, TypeError, AttributeError)):
            return no_answer()
        return ServiceUnavailable(
            _("The request to Gemini failed ({name__}).").format(name__=type(error).__name__)
        )
    code = cause.code().name
    words = cause.details() or ""
    if code == "UNAVAILABLE" and "certificate_verify_failed" in words.lower():
        return untrusted(host)
    if code == "UNAVAILABLE" and any(sign in words.lower() for sign in _NO_WAY):
        return NetworkUnreachable(_("There is no connection to {host}.").format(host=host))
    if code == "RESOURCE_EXHAUSTED" and "larger than max" in words.lower():
        return AnswerUnusable(_("The answer has no end: more than 8 MB came."))
    body = {"message": words, "status": code, "details": [_detail(d) for d in details]}
    return error_of(
        GeminiErrorAnswer.of(_HTTP_OF.get(code, 500), body), model=model, watches=watches
    )


def _detail(message: Any) -> dict[str, Any]:
    from google.protobuf.json_format import MessageToDict

    name = message.DESCRIPTOR.full_name
    return {"@type": f"type.googleapis.com/{name}", **MessageToDict(message)}
