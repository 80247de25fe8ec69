"""OpenAI's chat completions, as a dozen kinds of servers speak them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from notegen_desktop.domain.engines.connection import Preset, Structured
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.services.writers.answer import Piece

from .request import Dialect, Request
from .thoughts import ThoughtFilter

PATH = "/chat/completions"

FINISHES = {
    "stop": "STOP",
    "length": "MAX_TOKENS",
    "content_filter": "SAFETY",
    "eos": "STOP",
    "end_turn": "STOP",
}
"""Reasons for an end by the names that `answer` knows."""

BROKE_OFF = ("error", "network_error", "insufficient_system_resource", "abort", "aborted")
"""Reasons of a server that broke off, and may do better next time: OpenRouter's, DeepSeek's, those
of vLLM and SGLang. They are no end. OpenRouter may call it a good end, and tell the reason of the
provider behind it beside."""


def body(request: Request, preset: Preset, dialect: Dialect) -> dict[str, Any]:
    """The JSON of a request."""
    told: dict[str, Any] = {
        "model": request.model,
        "messages": request.messages(dialect.structured),
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    if request.max_tokens:
        told[dialect.max_tokens] = request.max_tokens
    if request.temperature is not None:
        told["temperature"] = request.temperature
    if dialect.structured is Structured.SCHEMA:
        form: dict[str, Any] = {"name": "note", "schema": request.schema}
        if preset.strict:
            form["strict"] = True
        told["response_format"] = {"type": "json_schema", "json_schema": form}
    elif dialect.structured is Structured.JSON:
        told["response_format"] = {"type": "json_object"}
    for fields in (preset.no_thinking, preset.extra):
        told |= json.loads(fields) if fields else {}
    return {key: value for key, value in told.items() if key not in dialect.left_out}


class Pieces:
    """Events of one answer, be it a stream or whole, as pieces."""

    def __init__(self) -> None:
        self._thoughts = ThoughtFilter()
        self._beside = ""
        self._answers = False

    def of(self, event: Mapping[str, Any]) -> Iterator[Piece]:
        choice = _first(event.get("choices"))
        said = choice.get("delta") or choice.get("message") or {}
        said = members(said)
        text = self._thoughts.feed(_text(said.get("content")))
        self._answers = self._answers or bool(text.strip())
        if not self._answers:
            self._beside += str(said.get("reasoning_content") or said.get("reasoning") or "")
        finish = str(choice.get("finish_reason") or "")
        if finish:
            text += self._thoughts.end() or self._misplaced()
        if finish in BROKE_OFF or choice.get("native_finish_reason") in BROKE_OFF:
            finish = ""
        refused = said.get("refusal")
        yield Piece(
            text=text,
            finish=FINISHES.get(finish, finish.upper()) if not refused else "SAFETY",
            finish_words=str(refused or ""),
            model=model_name(event.get("model")),
            usage=usage_of(event),
        )

    def end(self) -> Iterator[Piece]:
        if left := self._thoughts.end() or self._misplaced():
            yield Piece(text=left)

    def _misplaced(self) -> str:
        """An answer that stands where thoughts do: vLLM puts all that a grammar made there, where
        the model was told not to think. It is JSON from its first sign to its last."""
        beside, self._beside = self._beside.strip(), ""
        if self._answers or not beside.startswith("{"):
            return ""
        try:
            whole = isinstance(json.loads(beside, strict=False), dict)
        except (ValueError, RecursionError):
            return ""
        self._answers = whole
        return beside if whole else ""


def usage_of(event: Mapping[str, Any]) -> Usage | None:
    told = event.get("usage") or members(event.get("x_groq")).get("usage")
    if not isinstance(told, dict):
        return None
    cached = members(told.get("prompt_tokens_details")).get("cached_tokens")
    thought = count(members(told.get("completion_tokens_details")).get("reasoning_tokens"))
    written = count(told.get("completion_tokens"))
    cost = told.get("cost")
    return Usage(
        requests=1,
        input_tokens=count(told.get("prompt_tokens")),
        cached_tokens=count(cached if cached is not None else told.get("prompt_cache_hit_tokens")),
        output_tokens=max(0, written - thought),
        thought_tokens=thought,
        # NaN, or less than nothing, would undo the budget.
        cost_usd=float(cost) if isinstance(cost, int | float) and 0 < cost < math.inf else 0.0,
    )


def model_name(told: Any) -> str:
    """llama.cpp calls a model by the path of its file, which is nobody's business."""
    name = str(told or "")
    return re.split(r"[\\/]", name)[-1] if name.endswith(".gguf") else name


def count(value: Any) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def _text(content: Any) -> str:
    """Mistral's content is a list: of texts, and of thoughts, which are left out."""
    if isinstance(content, list):
        parts = [part for part in content if isinstance(part, dict) and part.get("type") == "text"]
        return "".join(str(part.get("text") or "") for part in parts)
    return content if isinstance(content, str) else ""


def _first(choices: Any) -> Mapping[str, Any]:
    return members(choices[0]) if isinstance(choices, list) and choices else {}


def members(value: Any) -> Mapping[str, Any]:
    """Those of a JSON object; none of anything else."""
    return value if isinstance(value, dict) else {}
