"""Anthropic's messages; its OpenAI end ignores the form of the answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from notegen_desktop.domain.engines.connection import Preset, Structured
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.services.writers.answer import Piece

from .openai import count, members
from .request import Dialect, Request
from .thoughts import ThoughtFilter

PATH = "/v1/messages"
VERSION = "2023-06-01"

MOST_TOKENS = 16_384
"""Asked for where nothing else is said: the wire wants a number, and all its models write this."""

FINISHES = {
    "end_turn": "STOP",
    "stop_sequence": "STOP",
    "max_tokens": "MAX_TOKENS",
    "model_context_window_exceeded": "MAX_TOKENS",
    "refusal": "SAFETY",
}


def body(request: Request, preset: Preset, dialect: Dialect) -> dict[str, Any]:
    """The JSON of a request; what all notes of a video begin with is marked for the cache."""
    del preset
    told: dict[str, Any] = {
        "model": request.model,
        "max_tokens": request.max_tokens or MOST_TOKENS,
        "system": request.system,
        "messages": [
            {
                "role": "user",
                "content": [
                    {
                        "type": "text",
                        "text": request.material,
                        "cache_control": {"type": "ephemeral"},
                    },
                    {"type": "text", "text": request.told(dialect.structured)},
                ],
            }
        ],
        "stream": True,
    }
    if dialect.structured is Structured.SCHEMA:
        told["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
    return {key: value for key, value in told.items() if key not in dialect.left_out}


class Pieces:
    """Events of one answer as pieces: text deltas, and usage in two places."""

    def __init__(self) -> None:
        self._thoughts = ThoughtFilter()
        self._usage = Usage(requests=1)

    def of(self, event: Mapping[str, Any]) -> Iterator[Piece]:
        kind = event.get("type")
        delta = members(event.get("delta"))
        if kind == "message_start":
            message = members(event.get("message"))
            self._count(members(message.get("usage")))
            yield Piece(model=str(message.get("model") or ""), usage=self._usage)
        elif kind == "content_block_delta" and delta.get("type") == "text_delta":
            yield Piece(text=self._thoughts.feed(str(delta.get("text") or "")))
        elif kind == "message_delta":
            self._count(members(event.get("usage")))
            reason = str(delta.get("stop_reason") or "")
            yield Piece(
                text=self._thoughts.end() if reason else "",
                finish=FINISHES.get(reason, reason.upper()),
                usage=self._usage,
            )

    def end(self) -> Iterator[Piece]:
        if left := self._thoughts.end():
            yield Piece(text=left)

    def _count(self, told: Mapping[str, Any]) -> None:
        """Input tokens are told without those that the cache had, or was given."""
        if "input_tokens" in told:
            cached = count(told.get("cache_read_input_tokens"))
            fresh = count(told["input_tokens"]) + count(told.get("cache_creation_input_tokens"))
            self._usage = replace(self._usage, input_tokens=fresh + cached, cached_tokens=cached)
        if "output_tokens" in told:
            self._usage = replace(self._usage, output_tokens=count(told["output_tokens"]))
