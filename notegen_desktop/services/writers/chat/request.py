"""The request to a chat server for one assignment, as plain values for every protocol."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from notegen_desktop.domain.engines.connection import Preset, Structured
from notegen_desktop.domain.errors import (
    ModelNotFound,
    RequestTooLarge,
    TranscriptNeeded,
    UnsupportedSource,
)
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.domain.notes.parts import SPARE_SHARE
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import Assignment
from notegen_desktop.services.writers.prompting import prompt_of

BRIEF_WINDOW = 32_768
"""Window, in tokens, up to which instructions that a task does not need are left out."""
MIN_ANSWER_TOKENS = 512
"""Minimum tokens of an answer with room for a section."""

SIMPLE_TOKENS = 3_000
"""Maximum tokens of one section at three levels, in any script."""
SIMPLE_TEMPERATURE = 0.3
"""Temperature for small models, which then keep to the given words. At the usual 0.8
Qwen2.5-Coder-1.5B added knowledge from elsewhere; at 0 a repeated request gets the same answer."""

_MAX_ITEMS = {"sections": 60, "cites": 12}
MAX_HEADING_CHARS = 200


@dataclass(frozen=True, slots=True)
class Dialect:
    """The features of a server's API, as learnt from its refusals.

    `left_out` are fields that it does not accept.
    """

    structured: Structured
    max_tokens: str
    left_out: frozenset[str] = frozenset()

    @classmethod
    def of(cls, preset: Preset) -> Dialect:
        return cls(preset.structured, preset.max_tokens)

    def looser(self) -> Dialect | None:
        looser = self.structured.looser
        return replace(self, structured=looser) if looser else None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One request. `system` and `material` are the same for all notes of a video.

    `schema` is JSON Schema. `max_tokens` is the maximum of the answer, `window` the context window;
    each 0 if unknown. `tokens` is the approximate input, and `temperature` None for the server's
    default.
    """

    model: str
    system: str
    material: str
    task: str
    schema: Mapping[str, Any]
    max_tokens: int = 0
    window: int = 0
    tokens: int = 0
    temperature: float | None = None

    def messages(self, structured: Structured) -> list[dict[str, str]]:
        """Return the messages; transcript and task are one, as Ollama drops the earlier of
        several."""
        asked = f"{self.material}\n\n{self.told(structured)}"
        return [{"role": "system", "content": self.system}, {"role": "user", "content": asked}]

    def told(self, structured: Structured) -> str:
        """Return the task with the schema of the answer; in full for a server without structured
        output."""
        form = json.dumps(self.schema, ensure_ascii=False, separators=(",", ":"))
        if structured is Structured.SCHEMA:
            return f"{self.task}\n\nThe answer is JSON of this schema: {form}"
        return (
            f"{self.task}\n\nAnswer with one JSON object and nothing else: no words before or "
            f"after it, no fences. It has this schema:\n{form}"
        )


def compose(
    assignment: Assignment, preset: Preset, *, window: int = 0, most_output: int = 0
) -> ChatRequest:
    """Return the request for an assignment; counts tokens: call it off the event loop.

    `window` and `most_output` are the model's, in tokens, 0 if unknown. Raises TranscriptNeeded,
    UnsupportedSource, ModelNotFound, or RequestTooLarge if the window leaves no room for an answer.
    """
    if not assignment.model.strip():
        raise ModelNotFound(
            _("No model is chosen for this connection."),
            hint=_(
                "Choose one in the settings, or name it with --model; `notegen connections test` "
                "lists them."
            ),
        )
    words = assignment.transcript
    if assignment.mode is not Mode.VIDEO and (words is None or not words.segments):
        raise TranscriptNeeded(hint=_("This engine reads words; a file with captions has them."))
    if assignment.mode is not Mode.TRANSCRIPT:
        raise UnsupportedSource(
            _("Only Gemini watches videos."), hint=_("Choose the mode “transcript”, or Gemini.")
        )
    prompt = prompt_of(assignment, brief=0 < window <= BRIEF_WINDOW)
    may_be_empty = any(
        one.whole_sections is not None or (one.part is not None and one.part.fills)
        for one in (assignment, *assignment.others)
    )
    request = ChatRequest(
        model=assignment.model.strip(),
        system=prompt.system,
        material=prompt.material,
        task=prompt.task,
        schema=json_schema(prompt.schema, bounds=preset.bounds, may_be_empty=may_be_empty),
        window=window,
        temperature=SIMPLE_TEMPERATURE if assignment.simple else None,
    )
    most = [n for n in (assignment.max_output_tokens, most_output) if n]
    most += [SIMPLE_TOKENS] if assignment.simple else []
    texts = (request.system, request.material, request.told(Structured.ASKED))
    read = sum(map(count_tokens, texts))
    if window:
        room = math.floor(window * (1 - SPARE_SHARE / 2)) - read
        if room < MIN_ANSWER_TOKENS:
            raise RequestTooLarge(
                ngettext(
                    "The request has about {n} token, and the model's window {window}.",
                    "The request has about {n} tokens, and the model's window {window}.",
                    read,
                ).format(n=number(read), window=number(window)),
                most_tokens=window,
            )
        most.append(room)
    return replace(request, max_tokens=min(most, default=0), tokens=read)


def json_schema(
    schema: Mapping[str, Any], *, bounds: bool = False, may_be_empty: bool = False, name: str = ""
) -> dict[str, Any]:
    """Return a schema of Gemini's as JSON Schema: every property is required, no others are
    allowed, and optional ones may be null.

    `bounds` limits lists and headings, as small models may repeat themselves without end.
    """
    kind = str(schema["type"]).lower()
    made: dict[str, Any] = {"type": kind}
    if kind == "object":
        properties, required = schema["properties"], schema["required"]
        made["properties"] = {
            key: json_schema(value, bounds=bounds, may_be_empty=may_be_empty, name=key)
            for key, value in properties.items()
        }
        for key in properties:
            if key not in required:
                made["properties"][key]["type"] = [made["properties"][key]["type"], "null"]
        made["required"] = list(properties)
        made["additionalProperties"] = False
    elif kind == "array":
        made["items"] = json_schema(schema["items"], bounds=bounds, name=name)
        if bounds and name in _MAX_ITEMS:
            made["maxItems"] = schema.get("maxItems", _MAX_ITEMS[name])
            if name == "sections" and not may_be_empty:
                made["minItems"] = 1
    elif bounds and "maxLength" in schema:
        made["maxLength"] = schema["maxLength"]
    elif "enum" in schema:
        made["enum"] = list(schema["enum"])
    elif bounds and name in ("title", "heading", "cites"):
        made["maxLength"] = MAX_HEADING_CHARS
    if "description" in schema:
        made["description"] = schema["description"]
    return made
