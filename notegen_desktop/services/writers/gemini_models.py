"""The list of models that a key may use; one small GET, which is also the test of the key."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any

from notegen_desktop.domain.errors import TimedOut
from notegen_desktop.services.ports import ModelInfo

from .gemini_api import BaseUrl, GeminiApi, answered, base_url, json_of
from .gemini_errors import error_of, no_answer
from .wire import Limits, redact

PAGE_SIZE = 1000  # the maximum of the service
MAX_PAGES = 20
WHOLE_S = 30.0  # the user waits for this in a dialog

_NOT_FOR_NOTES = re.compile(
    r"embedding|tts|image|banana|imagen|veo|lyria|robotics|computer-use|deep-research|antigravity"
    r"|audio|live|omni|customtools|aqa|learnlm",
    re.I,
)
_ALIAS = re.compile(r"-latest$")


class GeminiCatalogue:
    """Implements `ModelCatalogue`. `api_key` is used when a call has no key of its own."""

    def __init__(
        self,
        *,
        api_key: Callable[[], str | None],
        url: BaseUrl = None,
        limits: Limits | None = None,
    ) -> None:
        base_url(url)
        self._api_key, self._url = api_key, url
        self._limits = limits or Limits(whole_s=WHOLE_S)

    async def models(self, api_key: str | None = None) -> list[ModelInfo]:
        """Return models that write notes, the aliases of the latest first, then the newest.

        Raises KeyMissing, KeyRejected, RateLimited, ServiceUnavailable, NetworkUnreachable,
        TimedOut, or AnswerUnusable if another server answers.
        """
        api = GeminiApi(
            api_key=lambda: api_key or self._api_key(), url=self._url, limits=self._limits
        )
        try:
            async with asyncio.timeout(self._limits.whole_s):
                entries = await _pages(api, api.key)
        except TimeoutError:
            raise TimedOut() from None
        finally:
            await api.aclose()
        usable = [model for entry in entries if (model := _model(entry)) is not None]
        return sorted(usable, key=_rank)


async def _pages(api: GeminiApi, key: str) -> list[Any]:
    entries: list[Any] = []
    token = ""
    for _ in range(MAX_PAGES):
        params = {"pageSize": PAGE_SIZE, **({"pageToken": token} if token else {})}
        response = await api.ask("GET", api.address("models"), key=key, params=params)
        if response.status_code != 200:
            raise error_of(answered(response))
        body = json_of(response)
        if not isinstance(body, dict) or not isinstance(body.get("models", []), list):
            raise no_answer()
        entries += body.get("models", [])
        token = str(body.get("nextPageToken") or "")
        if not token:
            break
    return entries


def _model(entry: Any) -> ModelInfo | None:
    """Return the model of an entry, or None if it does not write notes."""
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
