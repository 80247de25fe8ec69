"""Gemini's API over HTTP: its address, single requests, and the events of an answer."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from notegen_desktop.domain.engines.connection import GOOGLE_HOST, gemini_url
from notegen_desktop.domain.errors import KeyMissing, TimedOut
from notegen_desktop.domain.notes.note import Usage

from .answer import StreamEvent
from .gemini_errors import GeminiErrorAnswer, no_answer
from .wire import Limits, body_of, connection_error, make_client, sendable_key

DEFAULT_URL = f"https://{GOOGLE_HOST}/"
API_VERSION = "v1beta"  # the aliases gemini-flash-latest and its like exist only here

BaseUrl = str | None | Callable[[], str]
"""The setting `gemini.url`, or a function that returns it."""


def base_url(url: BaseUrl) -> str:
    """Return the address of the API, ending in a slash. Raises InvalidSetting.

    Only https is accepted, except within the user's own network, so that the key never crosses the
    internet unencrypted.
    """
    given = url() if callable(url) else url
    return f"{gemini_url(given or '') or DEFAULT_URL.rstrip('/')}/"


def usable_key(key: str | None) -> str:
    """Return the key without surrounding blanks. Raises KeyMissing, KeyRejected if its form is
    impossible."""
    key = sendable_key(key, "Gemini")
    if not key:
        raise KeyMissing()
    return key


class GeminiApi:
    """A client of the API. `api_key` is called for each request; `url` is the setting `gemini.url`,
    a bad one raises InvalidSetting here."""

    def __init__(
        self,
        *,
        api_key: Callable[[], str | None],
        url: BaseUrl = None,
        limits: Limits | None = None,
    ) -> None:
        self._api_key = api_key
        base_url(url)
        self._base = url
        self._limits = limits or Limits()
        self._clients: dict[str, httpx.AsyncClient] = {}
        self._opening = asyncio.Lock()

    @property
    def url(self) -> str:
        """Return the address of the API, ending in a slash."""
        return base_url(self._base)

    @property
    def key(self) -> str:
        """Return the key. Raises KeyMissing or KeyRejected."""
        return usable_key(self._api_key())

    def address(self, path: str) -> str:
        return f"{self.url}{API_VERSION}/{path}"

    async def ask(
        self,
        method: str,
        address: str,
        *,
        key: str = "",
        headers: dict[str, str] | None = None,
        **content: Any,
    ) -> httpx.Response:
        """Return an answer of any status. Raises TimedOut, NetworkUnreachable or
        ServiceUnavailable."""
        client = await self.client()
        sent = (headers or {}) | (key_header(key) if key else {})
        try:
            async with (
                asyncio.timeout(self._limits.whole_s),
                client.stream(method, address, headers=sent, **content) as response,
            ):
                body = [part async for part in body_of(response, self._limits.max_bytes)]
                told = response.headers.copy()
                told.pop("content-encoding", None)  # the body is decompressed already
                return httpx.Response(response.status_code, headers=told, content=b"".join(body))
        except TimeoutError:
            raise TimedOut() from None
        except httpx.HTTPError as error:
            raise connection_error(error, url=address) from error

    async def aclose(self) -> None:
        for client in self._clients.values():
            await client.aclose()
        self._clients.clear()

    async def client(self) -> httpx.AsyncClient:
        """Return the client for the present address; created in a worker thread."""
        async with self._opening:
            url = self.url
            if url not in self._clients:
                self._clients[url] = await asyncio.to_thread(make_client, url, self._limits)
            return self._clients[url]


def model_path(model: str) -> str:
    """Return a model's path below the version, quoted so that no name ends path or line, or leads
    out of the models."""
    return "/".join(("models", *map(_path_segment, model.split("/"))))


def _path_segment(name: str) -> str:
    return quote(name, errors="replace") if name.strip(".") else "%2E" * len(name)


def key_header(key: str) -> dict[str, str]:
    """Return the key as a header: addresses get logged."""
    return {"x-goog-api-key": key}


def answered(response: httpx.Response) -> GeminiErrorAnswer:
    """Return the error of a response."""
    try:
        body = response.json()
    except (ValueError, RecursionError):
        body = response.text
    return GeminiErrorAnswer.of(response.status_code, body, response.headers)


def json_of(response: httpx.Response) -> Any:
    """Return the JSON of a response. Raises AnswerUnusable."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        raise no_answer() from None


def epoch(text: Any) -> float | None:
    """Return a time of the API, which has nanoseconds, in seconds since the epoch; None if it is
    none."""
    cut = re.sub(r"(\.\d{6})\d+", r"\1", str(text or "")).replace("Z", "+00:00")
    try:
        return datetime.fromisoformat(cut).timestamp()
    except ValueError:
        return None


# --- an event of an answer, or a whole one ---


def piece_of(event: Mapping[str, Any]) -> StreamEvent:
    """Return an event's fields that have the right type. Thoughts are left out."""
    candidates = event.get("candidates")
    candidate = _object(candidates[0] if isinstance(candidates, list) and candidates else None)
    content = candidate.get("content")
    parts = content.get("parts") if isinstance(content, dict) else content
    spoken = [
        _text(part, "text")
        for part in (parts if isinstance(parts, list) else [parts])
        if isinstance(part, dict) and part.get("thought") is not True
    ]
    counts = event.get("usageMetadata")
    return StreamEvent(
        text="".join(spoken),
        finish=_name(candidate, "finishReason"),
        finish_words=_text(candidate, "finishMessage"),
        blocked=_name(_object(event.get("promptFeedback")), "blockReason"),
        model=_text(event, "modelVersion"),
        usage=_usage(counts) if isinstance(counts, dict) else None,
    )


def _usage(counts: Mapping[str, Any]) -> Usage:
    return Usage(
        requests=1,
        input_tokens=_count(counts, "promptTokenCount"),
        cached_tokens=_count(counts, "cachedContentTokenCount"),
        output_tokens=_count(counts, "candidatesTokenCount"),
        thought_tokens=_count(counts, "thoughtsTokenCount"),
    )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    return value if isinstance(value, str) else ""


def _name(told: Mapping[str, Any], name: str) -> str:
    value = _text(told, name).upper()
    return "" if value.endswith("_UNSPECIFIED") else value


def _count(told: Mapping[str, Any], name: str) -> int:
    """Return a number of tokens, which some gateways write as text."""
    try:
        return max(0, int(told[name]))
    except (KeyError, TypeError, ValueError, OverflowError):
        return 0
