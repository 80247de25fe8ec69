"""Scripts and request records of the loopback Gemini, for HTTP and gRPC."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .gemini_notes import ParsedRequest


@dataclass(frozen=True)
class Script:
    """Defines how a request is answered.

    seconds: from the request to the last byte; first_byte_s: of these, before the first one (a
    tenth by default). chunks: events of the stream. sections: number for each repeating entry of
    the plan. fail: an error answer instead of a note: "rate_limited", "quota", "no_free_tier",
    "unavailable", "internal", "bad_key", "forbidden", "not_found", "bad_request", "overloaded" (503
    with RetryInfo), "reset" (no answer at all), "redirect", "page" (an HTML page). retry_after_s:
    the RetryInfo of a failure. fault: what happens in mid-stream, after `fault_at` of the chunks:
    "reset", "broken" (closed inside a chunk), "cut" (a clean end without a finish reason),
    "garbage", "error" (an error event), "stall" (nothing more, for ever).

    finish: the finish reason, "" for none; MAX_TOKENS cuts the text at `fault_at`. blocked: the
    block reason of the prompt. thoughts: thought tokens, streamed as a thought before the text.
    made_up: the share of cites that do not exist. text: the whole answer, verbatim. output_tokens:
    the number reported in the usage. words: of the three levels of a section. omit: templates that
    an answer with several notes leaves out. model_version: the model name in the answer. judge:
    result of reviewing a statement with its places: "yes", "no", "unclear". waits_for: event to
    wait for before the last event of a stream.
    """

    seconds: float = 0.0
    first_byte_s: float | None = None
    chunks: int = 8
    sections: int | None = None
    fail: str = ""
    retry_after_s: float | None = None
    fault: str = ""
    fault_at: float = 0.5
    finish: str = "STOP"
    blocked: str = ""
    thoughts: int = 0
    made_up: float = 0.0
    text: str | None = None
    output_tokens: int | None = None
    words: tuple[int, int, int] = (60, 125, 250)
    omit: tuple[str, ...] = ()
    model_version: str = ""
    judge: Callable[[str, str], str] = lambda words, places: "yes"
    waits_for: threading.Event | None = None
    redirect_to: str = "http://127.0.0.2:9/elsewhere"

    def but(self, **changes: Any) -> Script:
        return replace(self, **changes)


@dataclass
class Seen:
    """A request as recorded by the server. Times are `time.monotonic()`; `ended` is 0 while it
    runs.

    `attempt` counts the requests for this note (model, template and material), `number` all
    requests, both from 1. `closed_early` is True if the client disconnected before the answer was
    complete.
    """

    number: int
    method: str
    path: str
    model: str = ""
    key: str = ""
    key_in_query: bool = False
    body: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    asked: ParsedRequest = field(default_factory=ParsedRequest)
    attempt: int = 1
    started: float = 0.0
    first_byte: float = 0.0
    ended: float = 0.0
    status: int = 0
    chunks_sent: int = 0
    closed_early: bool = False
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    thought_tokens: int = 0

    @property
    def template(self) -> str:
        return self.asked.template

    @property
    def generates(self) -> bool:
        return "enerateContent" in self.path and "batch" not in self.path


Answering = Script | Mapping[str, Script] | Callable[[Seen], Script]


def in_turn(*scripts: Script) -> Callable[[Seen], Script]:
    """Use the first script for the first request of a note, and so on; the last for all others."""
    return lambda seen: scripts[min(seen.attempt, len(scripts)) - 1]
