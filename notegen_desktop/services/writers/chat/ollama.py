"""Ollama's own chat: lines of JSON; it alone lets the window be named, and says when it is full.

Through its OpenAI end a longer prompt loses its beginning, the instructions, without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from notegen_desktop.domain.engines.connection import Preset, Structured
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.services.writers.answer import Piece

from .openai import count, members
from .request import Dialect, Request
from .thoughts import ThoughtFilter

PATH = "/api/chat"

KEEP_ALIVE = "10m"
"""A model is not loaded anew for each note of a run."""

FINISHES = {"stop": "STOP", "length": "MAX_TOKENS"}


def body(request: Request, preset: Preset, dialect: Dialect) -> dict[str, Any]:
    """The JSON of a request."""
    del preset
    options: dict[str, Any] = {"repeat_penalty": 1.1}
    if request.window:
        options["num_ctx"] = request.window
    if request.max_tokens:
        options["num_predict"] = request.max_tokens
    if request.temperature is not None:
        options["temperature"] = request.temperature
    told: dict[str, Any] = {
        "model": request.model,
        "messages": request.messages(dialect.structured),
        "stream": True,
        "think": "low" if "gpt-oss" in request.model else False,
        "truncate": False,
        "shift": False,
        "keep_alive": KEEP_ALIVE,
        "options": options,
    }
    if dialect.structured is Structured.SCHEMA:
        told["format"] = request.schema
    elif dialect.structured is Structured.JSON:
        told["format"] = "json"
    return {key: value for key, value in told.items() if key not in dialect.left_out}


class Pieces:
    """Lines of one answer as pieces."""

    def __init__(self) -> None:
        self._thoughts = ThoughtFilter()

    def of(self, event: Mapping[str, Any]) -> Iterator[Piece]:
        said = members(event.get("message")).get("content")
        text = self._thoughts.feed(said if isinstance(said, str) else "")
        finish, usage = "", None
        if event.get("done"):
            text += self._thoughts.end()
            reason = str(event.get("done_reason") or "stop")
            finish = FINISHES.get(reason, reason.upper())
            usage = Usage(
                requests=1,
                input_tokens=count(event.get("prompt_eval_count")),
                output_tokens=count(event.get("eval_count")),
            )
        yield Piece(text=text, finish=finish, model=str(event.get("model") or ""), usage=usage)

    def end(self) -> Iterator[Piece]:
        if left := self._thoughts.end():
            yield Piece(text=left)
