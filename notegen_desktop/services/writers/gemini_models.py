"""Which models a key may use; asking is also the test of the key. No SDK: one small GET."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

import httpx

from notegen_desktop.domain.errors import TimedOut
from notegen_desktop.services.ports import ModelInfo

from .gemini_errors import Answered, error_of, no_answer
from .gemini_http import API_VERSION, BaseUrl, base_url, make_client, usable_key
from .wire import Limits, connection_error, redact

PAGE_SIZE = 1000  # the most the service gives at once
MAX_PAGES = 20
WHOLE_S = 30.0  # a person waits for this in a dialog

_NOT_FOR_NOTES = re.compile(
    r"embedding|tts|image|banana|imagen|veo|lyria|robotics|computer-use|deep-research|antigravity"
    r"|audio|live|omni|customtools|aqa|learnlm",
    re.I,
)
_ALIAS = re.compile(r"-latest$")


class GeminiCatalogue:
    """Fulfils `ModelCatalogue`. `api_key` is used when a call brings no key of its own."""

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
        self._limits = limits or Limits(whole_s=WHOLE_S)

    async def models(self, api_key: str | None = None) -> list[ModelInfo]:
        """Models that write notes, the never-stale aliases first, then the newest.

        Raises KeyMissing, KeyRejected, RateLimited, ServiceUnavailable, NetworkUnreachable,
        TimedOut, or AnswerUnusable if something else than Gemini answers.
        """
        url = base_url(self._base)
        key = usable_key(api_key or self._api_key())
        client = await asyncio.to_thread(make_client, url, self._limits)
        try:
            async with client, asyncio.timeout(self._limits.whole_s):
                entries = await self._pages(client, url, key)
        except TimeoutError:
            raise TimedOut() from None
        except httpx.HTTPError as error:
            raise connection_error(error, url=url) from error
        usable = [model for entry in entries if (model := _model(entry)) is not None]
        return sorted(usable, key=_rank)

    async def _pages(self, client: httpx.AsyncClient, url: str, key: str) -> list[Any]:
        entries: list[Any] = []
        token = ""
        for _ in range(MAX_PAGES):
            response = await client.get(
                f"{url}{API_VERSION}/models",
                params={"pageSize": PAGE_SIZE, **({"pageToken": token} if token else {})},
                headers={"x-goog-api-key": key},  # never in the address, which gets logged
            )
            try:
                body = response.json()
            except ValueError:
                body = response.text
            if response.status_code != 200:
                raise error_of(Answered.of(response.status_code, body, response.headers))
            if not isinstance(body, dict) or not isinstance(body.get("models", []), list):
                raise no_answer()
            entries += body.get("models", [])
            token = str(body.get("nextPageToken") or "")
            if not token:
                break
        return entries


def _model(entry: Any) -> ModelInfo | None:
    """The entry as ours, or None if it does not write notes."""
    if not isinstance(entry, dict):
        return None
    name = str(entry.get("name", "")).removeprefix("models/")
    methods = entry.get("supportedGenerationMethods") or []
    if "generateContent" not in methods or not name or _NOT_FOR_NOTES.search(name):
        return None
    return ModelInfo(id=name, name=redact(str(entry.get("displayName") or name)))


def _rank(model: ModelInfo) -> tuple[bool, bool, float, str]:
    version = re.search(r"-(\d+(?:\.\d+)?)", model.id)
    number = float(version[1]) if version else 0.0
    return (not _ALIAS.search(model.id), not model.id.startswith("gemini"), -number, model.id)
