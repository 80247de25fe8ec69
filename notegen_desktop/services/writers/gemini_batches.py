"""Gemini's Batch API: requests that are answered within a day, at half the price.

The body of a request is the same as for a single note.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from notegen_desktop.domain.errors import BatchFailed, NoteGenError
from notegen_desktop.domain.notes.note import Draft, Usage
from notegen_desktop.services.ports import (
    Assignment,
    Batch,
    BatchRequest,
    BatchState,
    Writing,
)

from .answer import AnswerCollector
from .gemini_api import BaseUrl, GeminiApi, answered, epoch, json_of, model_path, piece_of
from .gemini_errors import GeminiErrorAnswer, error_of, no_answer
from .gemini_request import compose
from .wire import Limits, redact

LIMITS = Limits(first_byte_s=120.0, whole_s=600.0, max_bytes=256 * 1024 * 1024)
"""Limits of batch requests: up to 20 MB are sent, and several times that may be received."""

PAGE_SIZE = 5
MAX_PAGES = 200
"""Maximum pages of the list of batches, which may contain all answers."""

_STATES = {
    "SUCCEEDED": BatchState.SUCCEEDED,
    "PARTIALLY_SUCCEEDED": BatchState.SUCCEEDED,
    "FAILED": BatchState.FAILED,
    "CANCELLED": BatchState.CANCELLED,
    "EXPIRED": BatchState.EXPIRED,
}

_STATUS = {1: 499, 3: 400, 4: 504, 5: 404, 7: 403, 8: 429, 9: 400, 10: 409, 14: 503, 16: 401}
"""HTTP status by code of google.rpc.Status; 500 for all others."""


class GeminiBatches:
    """Implements `BatchWriter`. Settings are read for each request, as in `GeminiWriter`."""

    def __init__(
        self,
        *,
        api_key: Callable[[], str | None],
        url: BaseUrl = None,
        thinking: Callable[[], str] = lambda: "low",
        safety: Callable[[], str] = str,
    ) -> None:
        self._api = GeminiApi(api_key=api_key, url=url, limits=LIMITS)
        self._thinking = thinking
        self._safety = safety

    def account(self) -> str:
        return hashlib.sha256(self._api.key.encode()).hexdigest()[:8]

    async def compose(self, assignment: Assignment) -> BatchRequest:
        def composed() -> BatchRequest:
            request = compose(
                assignment,
                thinking=self._thinking(),
                safety=self._safety(),
            )
            body = {"model": f"models/{request.model}", **request.body()}
            return BatchRequest(request.model, body, len(json.dumps(body)))

        return await asyncio.to_thread(composed)

    async def send(self, title: str, model: str, bodies: Mapping[str, Mapping[str, Any]]) -> str:
        requests = [{"request": body, "metadata": {"key": key}} for key, body in bodies.items()]
        batch = {"displayName": title, "inputConfig": {"requests": {"requests": requests}}}
        content = await asyncio.to_thread(lambda: json.dumps({"batch": batch}).encode())
        headers = {"content-type": "application/json"}
        path = f"{model_path(model)}:batchGenerateContent"
        told = await self._ask("POST", path, content=content, headers=headers)
        if not (name := _name(told)):
            raise no_answer()
        return name

    async def find(self, title: str) -> list[str]:
        token = ""
        for _ in range(MAX_PAGES):
            params = {"pageSize": str(PAGE_SIZE)} | ({"pageToken": token} if token else {})
            told = await self._ask("GET", "batches", params=params)
            listed = _list(told.get("operations")) or _list(told.get("batches"))
            found = [_name(each) for each in listed if _facts(each).get("displayName") == title]
            token = str(told.get("nextPageToken") or "")
            if found or not token:
                return list(filter(None, found))
        return []

    async def look(self, name: str) -> Batch | None:
        response = await self._api.ask("GET", self._api.address(name), key=self._api.key)
        if response.status_code == 404 and answered(response).error.get("status") == "NOT_FOUND":
            return None
        told = await asyncio.to_thread(_object, response)
        facts = _facts(told)
        state = str(facts.get("state", "")).partition("STATE_")[2]
        error = told.get("error") or facts.get("error")
        return Batch(
            _STATES.get(state, BatchState.UNDER_WAY),
            tuple(map(_keyed, _answers(told))),
            epoch(facts.get("endTime") or facts.get("updateTime")) or 0.0,
            redact(str(error.get("message", ""))) if isinstance(error, dict) else "",
        )

    async def cancel(self, name: str) -> None:
        await self._ask("POST", f"{name}:cancel", json={})

    def read(self, assignment: Assignment, answer: Any) -> tuple[Writing, NoteGenError | None]:
        told = answer if isinstance(answer, dict) else {}
        nothing = Writing(Draft(), model=assignment.model)
        if isinstance(error := told.get("error"), dict):
            code = error.get("code")
            code = code if isinstance(code, int) else 0
            status = code if code >= 100 else _STATUS.get(code, 500)
            return nothing, error_of(
                GeminiErrorAnswer(status, error), watches=bool(assignment.media)
            )
        if not isinstance(told.get("response"), dict):
            return nothing, BatchFailed()
        piece = piece_of(told["response"])
        reading = AnswerCollector(assignment, model=assignment.model)
        usage = piece.usage or Usage(requests=1)
        nothing = Writing(Draft(), usage, model=piece.model.removeprefix("models/"))
        try:
            reading.take(piece)
            return reading.end(), None
        except NoteGenError as failure:
            return reading.saved() or nothing, failure

    async def aclose(self) -> None:
        await self._api.aclose()

    async def _ask(self, method: str, path: str, **content: Any) -> dict[str, Any]:
        address = self._api.address(path)
        response = await self._api.ask(method, address, key=self._api.key, **content)
        return await asyncio.to_thread(_object, response)  # parsing megabytes takes a moment


# --- what the service says, of which nothing is taken for granted ---


def _object(response: Any) -> dict[str, Any]:
    if response.status_code != 200:
        raise error_of(answered(response))
    told = json_of(response)
    if not isinstance(told, dict):
        raise no_answer()
    return told


def _list(told: Any) -> list[Any]:
    return [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []


def _facts(told: dict[str, Any]) -> dict[str, Any]:
    """Return a batch's facts: the metadata of an operation, or the object itself."""
    facts = told.get("metadata")
    return facts if isinstance(facts, dict) else told


def _name(told: dict[str, Any]) -> str:
    name = str(told.get("name") or _facts(told).get("name") or "")
    return name if name.startswith("batches/") else ""


def _answers(told: dict[str, Any]) -> list[Any]:
    """Return the answers, from the operation's response or from the output in its metadata."""
    for found in (told.get("response"), _facts(told).get("output")):
        inner = found.get("inlinedResponses") if isinstance(found, dict) else None
        if isinstance(inner, dict):
            inner = inner.get("inlinedResponses")
        if inner:
            return _list(inner)
    return []


def _keyed(told: dict[str, Any]) -> tuple[str, Any]:
    metadata = told.get("metadata")
    return str(metadata.get("key", "")) if isinstance(metadata, dict) else "", told
