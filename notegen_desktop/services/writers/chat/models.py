"""Lists servers' models, and finds servers on this machine. Small GETs, no SDK."""

from __future__ import annotations

import asyncio
import math
import os
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import httpx

from notegen_desktop.domain.cost.prices import MILLION, Price
from notegen_desktop.domain.engines.connection import (
    Connection,
    Preset,
    WireProtocol,
    connection_of,
)
from notegen_desktop.domain.errors import (
    AnswerUnusable,
    InvalidConnection,
    KeyRingLocked,
    NoteGenError,
    TimedOut,
    WriterError,
)
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import ModelInfo
from notegen_desktop.services.writers.wire import Limits, body_of, make_client, redact

from .client import connection_failure, headers_for
from .errors import ChatErrorAnswer, error_of, no_answer
from .wires import count, members, model_name

LIMITS = Limits(connect_s=5.0, whole_s=30.0)
"""Limits of these requests: the user waits for the answer in a dialog."""
FRESH_S = 60.0
"""Seconds for which a list of models is cached: another may be loaded, or the server started."""
PROBE_S = 0.3
"""Seconds for a server on this machine to identify itself; eight closed ports take 4 ms."""

MAX_LOCAL_WINDOW = 16_384
"""Maximum window, in tokens, requested of a local model that could have more: memory grows with it,
and half an hour of speech fits; 131,072 took 16.8 GB."""
USUAL_LOCAL_WINDOW = 8_192
"""Assumed window, in tokens, of a local server that reports none; a smaller one is learnt from its
refusal."""

_NOT_FOR_NOTES = re.compile(
    r"embed|whisper|tts|dall-e|image|audio|realtime|moderation|transcri|rerank|guard|ocr|video"
    r"|speech|orpheus|clip\b",
    re.I,
)


class ServerFacts:
    """Implements `ServerModels`. `api_key` is used when a call has no key of its own; `find_key` is
    awaited before, since the key ring may not have been read yet."""

    def __init__(
        self,
        *,
        api_key: Callable[[Connection], str | None],
        presets: Callable[[], Mapping[str, Preset]],
        find_key: Callable[[Connection], Awaitable[None]] | None = None,
    ) -> None:
        self._api_key = api_key
        self._find_key = find_key
        self._presets = presets
        self._known: dict[tuple[str, str], dict[str, ModelInfo]] = {}
        self._asked_at: dict[tuple[str, str], float] = {}
        self._smaller: dict[tuple[str, str, str], int] = {}
        self._asking = asyncio.Lock()

    # --- what a server offers ---

    async def models(self, connection: Connection, api_key: str | None = None) -> list[ModelInfo]:
        """Return models that write notes, in the server's order.

        Raises KeyMissing, KeyRejected, RateLimited, ServiceUnavailable, NetworkUnreachable,
        TimedOut, or AnswerUnusable if another server answers.
        """
        if not api_key and self._find_key is not None:
            with suppress(KeyRingLocked):  # reported below, if a key is needed
                await self._find_key(connection)
        headers = headers_for(connection, api_key or self._api_key(connection))
        client = await asyncio.to_thread(make_client, connection.url, LIMITS)
        try:
            async with client, asyncio.timeout(LIMITS.whole_s):
                found = await _listed(client, connection, headers)
        except TimeoutError:
            raise TimedOut(
                _("{name} did not answer in time.").format(name=connection.name)
            ) from None
        except httpx.HTTPError as error:
            raise connection_failure(error, connection) from error
        named = {model.id: model for model in found if _is_name(model.id)}
        self._known[connection.name, connection.url] = named
        return list(named.values())

    async def model(self, connection: Connection, model: str) -> ModelInfo:
        """Return a model's facts with a usable window; asks the server once. Never raises: the
        request itself will show the error."""
        key = (connection.name, connection.url)
        async with self._asking:
            now = time.monotonic()
            if now - self._asked_at.get(key, -FRESH_S) >= FRESH_S:
                self._asked_at[key] = now
                with suppress(NoteGenError):
                    await self.models(connection)
        listed = self._known.get(key, {})
        known = listed.get(model) or listed.get(f"{model}:latest") or ModelInfo(model, model)
        if len(listed) == 1 and not known.window and connection.is_local:
            known = replace(next(iter(listed.values())), id=model)  # llama.cpp ignores names
        return replace(known, window=self._window(connection, known))

    def _window(self, connection: Connection, known: ModelInfo) -> int:
        window = connection.context or known.window
        if not connection.context and connection.is_local:
            window = window or USUAL_LOCAL_WINDOW
        if not connection.context and connection.preset.kind is WireProtocol.OLLAMA:
            # other servers have loaded the model at their size
            window = min(window, MAX_LOCAL_WINDOW)
        smaller = self._smaller.get((connection.name, connection.url, known.id), 0)
        return min(window or smaller, smaller) if smaller else window

    def prices(self, connection: Connection) -> dict[str, Price]:
        """Return the prices by model name in lower case, as far as the server reported them."""
        listed = self._known.get((connection.name, connection.url), {})
        return {model.id.lower(): model.price for model in listed.values() if model.price}

    def learn(self, connection: Connection, model: str, most_tokens: int) -> bool:
        """Learn a model's window from a refusal; True if it is smaller than was known."""
        key = (connection.name, connection.url, model)
        if not most_tokens or most_tokens >= self._smaller.get(key, 1 << 60):
            return False
        self._smaller[key] = most_tokens
        return True

    # --- what runs here ---

    async def found(self) -> list[Connection]:
        """Return servers on this machine, at the ports of the presets and at OLLAMA_HOST."""
        local = [
            connection
            for preset in self._presets().values()
            if preset.url and (connection := _local(preset, self._presets())) is not None
        ]
        client = await asyncio.to_thread(make_client, local[0].url, Limits(connect_s=PROBE_S))
        async with client:
            answers = await asyncio.gather(*(_is_there(client, each) for each in local))
        return [each for each, there in zip(local, answers, strict=True) if there]


def _local(preset: Preset, presets: Mapping[str, Preset]) -> Connection | None:
    url = preset.url
    host = os.environ.get("OLLAMA_HOST", "").strip() if preset.name == "ollama" else ""
    if host:
        address = urlsplit(host if "//" in host else f"http://{host}")
        with suppress(ValueError):
            name = address.hostname or "127.0.0.1"
            name = "127.0.0.1" if name == "0.0.0.0" else name
            url = f"http://{name}:{address.port or 11434}"
    with suppress(InvalidConnection):
        connection = connection_of(preset.name, url, presets, preset=preset.name)
        return connection if connection.is_local else None
    return None


async def _is_there(client: httpx.AsyncClient, connection: Connection) -> bool:
    """Return True if a server answers like its kind; sends a GET without a key."""
    paths = {"ollama": "/api/version", "lmstudio": "/api/v1/models", "llamacpp": "/props"}
    path = paths.get(connection.preset.name, "/v1/models")
    try:
        async with asyncio.timeout(PROBE_S):
            answer = await _got(client, "GET", connection.at(path, root=True))
            if connection.preset.name == "lmstudio" and answer.status_code == 404:
                answer = await _got(client, "GET", connection.at("/api/v0/models", root=True))
    except (TimeoutError, httpx.HTTPError, OSError, AnswerUnusable):
        return False
    body = _json(answer)
    match connection.preset.name:
        case "ollama":
            return isinstance(body, dict) and "version" in body
        case "llamacpp":
            return "llama.cpp" in answer.headers.get("server", "") or "n_ctx" in answer.text
        case "lmstudio":
            return answer.status_code == 200 and isinstance(body, dict)
        case "vllm":
            return "vllm" in answer.text
        case _:
            return answer.status_code in (200, 401) and isinstance(body, dict)


# --- model lists ---------------------------------------------------------------------------------


async def _got(
    client: httpx.AsyncClient, method: str, address: str, **content: Any
) -> httpx.Response:
    """An answer of any status, of 8 MB at most. Raises AnswerUnusable where more comes."""
    async with client.stream(method, address, **content) as response:
        body = [part async for part in body_of(response, LIMITS.max_bytes)]
        told = response.headers.copy()
        told.pop("content-encoding", None)  # it is unpacked
        return httpx.Response(response.status_code, headers=told, content=b"".join(body))


async def _listed(
    client: httpx.AsyncClient, connection: Connection, headers: Mapping[str, str]
) -> list[ModelInfo]:
    async def get(path: str, *, root: bool = False) -> Any:
        answer = await _got(client, "GET", connection.at(path, root=root), headers=dict(headers))
        body = _json(answer)
        if answer.status_code != 200:
            told = ChatErrorAnswer.of(answer.status_code, body or answer.text[:600], answer.headers)
            raise error_of(told, connection)
        if not isinstance(body, dict | list):
            raise no_answer(connection)
        return body

    if connection.preset.kind is WireProtocol.OLLAMA:
        return await _of_ollama(client, connection, await get("/api/tags"), headers)
    if connection.preset.kind is WireProtocol.ANTHROPIC:
        entries = _entries(await get("/v1/models?limit=1000"))
        return [_of_anthropic(entry) for entry in entries if entry.get("id")]
    if connection.deployment:
        above = connection.url.removesuffix(f"/deployments/{connection.deployment}")
        connection = replace(connection, url=above)
        await get("/models")  # lists deployable models, and checks the key
        return [ModelInfo(connection.model, connection.model)]
    entries = _entries(await get("/models"))
    if not entries and not connection.is_local:
        raise no_answer(connection)
    models = [
        model for entry in entries if (model := _of_openai(entry)) and not _useless(model.id, entry)
    ]
    if connection.is_local and not all(model.window for model in models):
        with suppress(WriterError, httpx.HTTPError):
            models = _with_local_windows(models, await _local_windows(get, connection))
    return models


async def _local_windows(
    get: Callable[..., Any], connection: Connection
) -> dict[str, tuple[int, str]]:
    """Return the windows of loaded models, and their sizes; "" is the name of any model."""
    if connection.preset.name == "lmstudio":
        try:
            told = _entries(await get("/api/v1/models", root=True))
        except WriterError:
            told = _entries(await get("/api/v0/models", root=True))
        windows = {}
        for entry in told:
            loaded = entry.get("loaded_instances") or [{}]
            own = members(members(loaded[0]).get("config")).get("context_length")
            window = count(own or entry.get("loaded_context_length"))
            name = str(entry.get("key") or entry.get("id") or "")
            windows[name] = (window, str(entry.get("params_string") or ""))
        return windows
    told = await get("/props", root=True)
    settings = members(members(told).get("default_generation_settings"))
    return {"": (count(settings.get("n_ctx")), "")}


def _with_local_windows(
    models: list[ModelInfo], windows: Mapping[str, tuple[int, str]]
) -> list[ModelInfo]:
    found = []
    for model in models:
        window, size = windows.get(model.id) or windows.get("") or (0, "")
        found.append(replace(model, window=model.window or window, size=model.size or size))
    return found


async def _of_ollama(
    client: httpx.AsyncClient, connection: Connection, told: Any, headers: Mapping[str, str]
) -> list[ModelInfo]:
    found = []
    for entry in _entries(told):
        name = str(entry.get("model") or entry.get("name") or "")
        details = members(entry.get("details"))
        abilities = entry.get("capabilities")
        if not name or (isinstance(abilities, list) and "completion" not in abilities):
            continue
        if _NOT_FOR_NOTES.search(name):
            continue
        window = count(details.get("context_length"))
        if not window:
            with suppress(httpx.HTTPError, AnswerUnusable):
                address, asked = connection.at("/api/show"), {"model": name}
                shown = _json(
                    await _got(client, "POST", address, json=asked, headers=dict(headers))
                )
                facts = members(members(shown).get("model_info"))
                sizes = [size for key, size in facts.items() if key.endswith(".context_length")]
                window = max(map(count, sizes), default=0)
        found.append(
            ModelInfo(
                id=name,
                name=name,
                window=window,
                remote=str(entry.get("remote_host") or ""),
                size=str(details.get("parameter_size") or ""),
            )
        )
    return found


def _of_anthropic(entry: Mapping[str, Any]) -> ModelInfo:
    name = str(entry["id"])
    return ModelInfo(
        id=name,
        name=redact(str(entry.get("display_name") or name)),
        window=count(entry.get("max_input_tokens")),
        most_output=count(entry.get("max_tokens")),
    )


def _of_openai(entry: Mapping[str, Any]) -> ModelInfo | None:
    name = model_name(entry.get("id"))
    if not name:
        return None
    windows = (
        entry.get("context_length"),  # OpenRouter
        entry.get("max_model_len"),  # vLLM
        entry.get("max_context_length"),  # Mistral
        entry.get("context_window"),  # Groq
        members(entry.get("meta")).get("n_ctx"),  # llama.cpp
    )
    return ModelInfo(
        id=name,
        name=redact(model_name(entry.get("name")) or name),
        window=next((count(window) for window in windows if window), 0),
        most_output=count(
            members(entry.get("top_provider")).get("max_completion_tokens")
            or entry.get("max_completion_tokens")
        ),
        price=_price(name, entry.get("pricing")),
        size=_size(count(members(entry.get("meta")).get("n_params"))),
    )


def _size(parameters: int) -> str:
    """Return a number of parameters as a size such as "1.5B"; llama.cpp reports the number."""
    if not parameters:
        return ""
    return f"{parameters / 1e9:.1f}B" if parameters >= 1e9 else f"{parameters / 1e6:.0f}M"


def _price(model: str, told: Any) -> Price | None:
    """Return OpenRouter's price, given in dollars per token as texts; None for negative ones, which
    vary."""
    if not isinstance(told, dict):
        return None
    try:
        read, written = float(told["prompt"]) * MILLION, float(told["completion"]) * MILLION
        cached = float(told.get("input_cache_read") or told["prompt"]) * MILLION
    except (KeyError, TypeError, ValueError):
        return None
    real = all(0 <= usd < math.inf for usd in (read, cached, written))
    return Price(model, read, cached, written) if real else None


def _is_name(model: str) -> bool:
    """Return True if the name may be shown and stored: one line, and not the key, which some
    servers echo."""
    return model.isprintable() and redact(model) == model


def _useless(name: str, entry: Mapping[str, Any]) -> bool:
    if entry.get("active") is False:
        return True
    if members(entry.get("capabilities")).get("completion_chat") is False:
        return True
    return bool(_NOT_FOR_NOTES.search(name))


def _entries(body: Any) -> list[Mapping[str, Any]]:
    if isinstance(body, dict):
        body = body.get("data") or body.get("models") or []
    return [entry for entry in body if isinstance(entry, dict)] if isinstance(body, list) else []


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None
