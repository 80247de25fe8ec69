"""The protocols of each kind of server: requests, and the meaning of events.

OpenAI's chat completions, as a dozen kinds of servers speak them; Ollama's own chat; Anthropic's
messages. Thoughts of a model are removed from the answer, however they are marked.
"""

from __future__ import annotations

import json
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from notegen_desktop.domain.engines.connection import Preset, Structured, WireProtocol
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.services.writers.answer import StreamEvent

from .request import ChatRequest, Dialect


class Wire(ABC):
    """Turns the events of one answer into pieces. `path` is the endpoint; `finishes` maps a
    server's finish reasons to those that `answer` knows."""

    path: ClassVar[str]
    finishes: ClassVar[Mapping[str, str]]

    def __init__(self) -> None:
        self._thoughts = ThoughtFilter()

    @staticmethod
    @abstractmethod
    def body(request: ChatRequest, preset: Preset, dialect: Dialect) -> dict[str, Any]:
        """Return the JSON of a request, with all fields that some server of this kind accepts."""

    @abstractmethod
    def of(self, event: Mapping[str, Any]) -> Iterator[StreamEvent]: ...

    def end(self) -> Iterator[StreamEvent]:
        if left := self._left():
            yield StreamEvent(text=left)

    def _left(self) -> str:
        """Return the text held back, after the last event."""
        return self._thoughts.end()

    def _finish(self, reason: str) -> str:
        return self.finishes.get(reason.lower(), reason.upper())


class OpenAI(Wire):
    """OpenAI's chat completions; an answer that does not stream is one event."""

    path = "/chat/completions"
    finishes: ClassVar = {
        "stop": "STOP",
        "length": "MAX_TOKENS",
        "content_filter": "SAFETY",
        "eos": "STOP",
        "end_turn": "STOP",
        **dict.fromkeys(("eos_token", "stop_sequence", "complete", "completed"), "STOP"),
        **dict.fromkeys(("tool_calls", "function_call"), "STOP"),
        **dict.fromkeys(("max_tokens", "max_output_tokens", "model_length"), "MAX_TOKENS"),
        "sensitive": "SAFETY",
        "unknown": "",
    }

    BROKE_OFF = ("error", "network_error", "insufficient_system_resource", "abort", "aborted")
    """Finish reasons of a server that broke off, and may succeed next time: OpenRouter's,
    DeepSeek's, those of vLLM and SGLang. They are no regular end. OpenRouter may report a regular
    end, with the provider's reason beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._beside = ""
        self._answers = False
        self._refused = ""

    @staticmethod
    def body(request: ChatRequest, preset: Preset, dialect: Dialect) -> dict[str, Any]:
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
        return told

    def of(self, event: Mapping[str, Any]) -> Iterator[StreamEvent]:
        choices = event.get("choices")
        choice = members(choices[0]) if isinstance(choices, list) and choices else {}
        if choice.get("index"):
            choice = {}  # a further answer, which was not requested
        said = members(choice.get("delta") or choice.get("message"))
        told = said.get("content") or choice.get("text") or _called_with(said)
        text = self._thoughts.feed(_text(told))
        self._answers = self._answers or bool(text.strip())
        if not self._answers:
            self._beside += str(said.get("reasoning_content") or said.get("reasoning") or "")
        finish = str(choice.get("finish_reason") or "")
        if finish:
            text += self._left()
        if finish in self.BROKE_OFF or choice.get("native_finish_reason") in self.BROKE_OFF:
            finish = ""
        self._refused += str(said.get("refusal") or "")  # a refusal is streamed, too
        yield StreamEvent(
            text=text,
            finish="SAFETY" if self._refused else self._finish(finish),
            finish_words=self._refused,
            model=model_name(event.get("model")),
            usage=_usage(event) or _usage(choice),  # the latter is Moonshot's
        )

    def _left(self) -> str:
        return self._thoughts.end() or self._misplaced()

    def _misplaced(self) -> str:
        """Return an answer placed in the thoughts: vLLM puts all output of a grammar there, if the
        model was told not to think. It is JSON from its first character to its last."""
        beside, self._beside = self._beside.strip(), ""
        if self._answers or not beside.startswith("{"):
            return ""
        try:
            whole = isinstance(json.loads(beside, strict=False), dict)
        except (ValueError, RecursionError):
            return ""
        self._answers = whole
        return beside if whole else ""


def _usage(event: Mapping[str, Any]) -> Usage | None:
    told = event.get("usage") or members(event.get("x_groq")).get("usage")
    if not isinstance(told, dict):
        return None
    cached = members(told.get("prompt_tokens_details")).get("cached_tokens")
    thought = count(members(told.get("completion_tokens_details")).get("reasoning_tokens"))
    written = count(told.get("completion_tokens", told.get("output_tokens")))
    cost = told.get("cost")
    return Usage(
        requests=1,
        input_tokens=count(told.get("prompt_tokens", told.get("input_tokens"))),
        cached_tokens=count(cached if cached is not None else told.get("prompt_cache_hit_tokens")),
        output_tokens=max(0, written - thought),
        thought_tokens=thought,
        # NaN or a negative number would break the budget.
        cost_usd=float(cost) if isinstance(cost, int | float) and 0 < cost < math.inf else 0.0,
    )


def _text(content: Any) -> str:
    """Return the text of a content: Mistral's is a list of texts and of thoughts, which are left
    out."""
    if isinstance(content, list):
        return "".join(map(_text_of_part, content))
    if isinstance(content, dict):  # a gateway has parsed it already
        return json.dumps(content)
    return content if isinstance(content, str) else ""


def _text_of_part(part: Any) -> str:
    if isinstance(part, dict):
        part = part.get("text") if part.get("type") in ("text", "output_text") else ""
    return part if isinstance(part, str) else ""


def _called_with(said: Mapping[str, Any]) -> str:
    """Return the answer from a tool call, in which some gateways wrap structured output."""
    calls = said.get("tool_calls")
    call = members(calls[0]) if isinstance(calls, list) and calls else {}
    told = members(call.get("function") or said.get("function_call")).get("arguments")
    told = told or said.get("parsed")
    return json.dumps(told) if isinstance(told, dict) else told if isinstance(told, str) else ""


class Ollama(Wire):
    """Ollama's own chat: lines of JSON. Only this API takes a window, and reports when it is full.

    Its OpenAI endpoint silently drops the beginning of a longer prompt, the instructions.
    """

    path = "/api/chat"
    finishes: ClassVar = {"stop": "STOP", "length": "MAX_TOKENS"}

    KEEP_ALIVE = "10m"
    """Time to keep a model loaded between the notes of a run."""

    @staticmethod
    def body(request: ChatRequest, preset: Preset, dialect: Dialect) -> dict[str, Any]:
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
            "keep_alive": Ollama.KEEP_ALIVE,
            "options": options,
        }
        if dialect.structured is Structured.SCHEMA:
            told["format"] = request.schema
        elif dialect.structured is Structured.JSON:
            told["format"] = "json"
        return told

    def of(self, event: Mapping[str, Any]) -> Iterator[StreamEvent]:
        said = members(event.get("message")).get("content")
        text = self._thoughts.feed(said if isinstance(said, str) else "")
        finish, usage = "", None
        if event.get("done"):
            text += self._left()
            finish = self._finish(str(event.get("done_reason") or "stop"))
            usage = Usage(
                requests=1,
                input_tokens=count(event.get("prompt_eval_count")),
                output_tokens=count(event.get("eval_count")),
            )
        yield StreamEvent(
            text=text, finish=finish, model=str(event.get("model") or ""), usage=usage
        )


class Anthropic(Wire):
    """Anthropic's messages: text deltas, and usage in two places. Its OpenAI endpoint ignores
    schemas."""

    path = "/v1/messages"
    finishes: ClassVar = {
        "end_turn": "STOP",
        "stop_sequence": "STOP",
        "max_tokens": "MAX_TOKENS",
        "model_context_window_exceeded": "MAX_TOKENS",
        "refusal": "SAFETY",
    }

    VERSION = "2023-06-01"
    DEFAULT_MAX_TOKENS = 16_384
    """Default maximum of an answer: the field is required, and all its models can write this."""

    def __init__(self) -> None:
        super().__init__()
        self._usage = Usage(requests=1)

    @staticmethod
    def body(request: ChatRequest, preset: Preset, dialect: Dialect) -> dict[str, Any]:
        """Return the JSON of a request; the prefix that all notes of a video share is marked for
        the cache."""
        del preset
        material = {"type": "text", "text": request.material}
        task = {"type": "text", "text": request.told(dialect.structured)}
        content = [material | {"cache_control": {"type": "ephemeral"}}, task]
        told: dict[str, Any] = {
            "model": request.model,
            "max_tokens": request.max_tokens or Anthropic.DEFAULT_MAX_TOKENS,
            "system": request.system,
            "messages": [{"role": "user", "content": content}],
            "stream": True,
        }
        if dialect.structured is Structured.SCHEMA:
            told["output_config"] = {"format": {"type": "json_schema", "schema": request.schema}}
        return told

    def of(self, event: Mapping[str, Any]) -> Iterator[StreamEvent]:
        kind = event.get("type")
        delta = members(event.get("delta"))
        if kind == "message_start":
            message = members(event.get("message"))
            self._count(members(message.get("usage")))
            yield StreamEvent(model=str(message.get("model") or ""), usage=self._usage)
        elif kind == "content_block_delta" and delta.get("type") == "text_delta":
            yield StreamEvent(text=self._thoughts.feed(str(delta.get("text") or "")))
        elif kind == "message_delta":
            self._count(members(event.get("usage")))
            reason = str(delta.get("stop_reason") or "")
            text = self._left() if reason else ""
            yield StreamEvent(text=text, finish=self._finish(reason), usage=self._usage)

    def _count(self, told: Mapping[str, Any]) -> None:
        """Add the usage; Anthropic's input tokens exclude those read from or written to the
        cache."""
        if "input_tokens" in told:
            cached = count(told.get("cache_read_input_tokens"))
            fresh = count(told["input_tokens"]) + count(told.get("cache_creation_input_tokens"))
            self._usage = replace(self._usage, input_tokens=fresh + cached, cached_tokens=cached)
        if "output_tokens" in told:
            self._usage = replace(self._usage, output_tokens=count(told["output_tokens"]))


WIRES: Mapping[WireProtocol, type[Wire]] = {
    WireProtocol.OPENAI: OpenAI,
    WireProtocol.OLLAMA: Ollama,
    WireProtocol.ANTHROPIC: Anthropic,
}


# --- what all of them share ---


def model_name(told: Any) -> str:
    """Return the model's name; llama.cpp reports the path of its file, which is private."""
    name = str(told or "")
    return re.split(r"[\\/]", name)[-1] if name.endswith(".gguf") else name


def count(value: Any) -> int:
    try:
        return max(0, int(value))
    except (TypeError, ValueError, OverflowError):
        return 0


def members(value: Any) -> Mapping[str, Any]:
    """Return the members of a JSON object; none of other values."""
    return value if isinstance(value, dict) else {}


_OPEN = re.compile(
    r"\s*(?:<(?:seed:)?(?:think|thinking|thought|reasoning)>|\[THINK\]|<\|channel\|>analysis)"
)
_CLOSE = re.compile(
    r"</(?:seed:)?(?:think|thinking|thought|reasoning)>|\[/THINK\]|<\|channel\|>final<\|message\|>"
)
"""End marks of thoughts, of Qwen and DeepSeek, of others like them, of Magistral, and of gpt-oss if
its server does not parse them."""
_BEGINNINGS = ("{", "[", "```")


class ThoughtFilter:
    """Removes thoughts from a streamed text.

    Thoughts stand between two marks; some servers leave out the first. So a beginning unlike an
    answer is held back until it can be classified.
    """

    def __init__(self) -> None:
        self._held = ""
        self._answers = False

    def feed(self, text: str) -> str:
        if self._answers:
            return text
        self._held += text
        closed = None
        if not self._is_answer(self._held):  # an answer may mention the mark
            closed = _CLOSE.search(self._held)
            self._held = self._held[closed.end() :] if closed else self._held
        if self._is_answer(self._held) or (closed and self._held.strip()):
            self._answers = True
            held, self._held = self._held, ""
            return held
        return ""

    @staticmethod
    def _is_answer(held: str) -> bool:
        begun = held.lstrip()
        if begun.startswith("[") and "[THINK]".startswith(begun[:7]):
            return False  # a mark, or the beginning of one
        return begun.startswith(_BEGINNINGS)

    def end(self) -> str:
        """Return the text still held back, unless it is an unclosed thought."""
        held, self._held = self._held, ""
        return "" if _OPEN.match(held) else held
