"""Bodies of the loopback Gemini: the model list and the events of an answer."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from .gemini_notes import ParsedRequest, count_tokens, write_answer, write_note
from .gemini_script import Script, Seen

_GENERATES = ["generateContent", "countTokens", "createCachedContent", "batchGenerateContent"]


def _model(name: str, shown: str, methods: list[str] = _GENERATES) -> dict[str, Any]:
    return {
        "name": f"models/{name}",
        "version": "001",
        "displayName": shown,
        "inputTokenLimit": 1_048_576,
        "outputTokenLimit": 65_536,
        "supportedGenerationMethods": methods,
    }


MODELS = (
    _model("gemini-flash-latest", "Gemini Flash Latest"),
    _model("gemini-flash-lite-latest", "Gemini Flash-Lite Latest"),
    _model("gemini-pro-latest", "Gemini Pro Latest"),
    _model("gemini-3.5-flash-lite", "Gemini 3.5 Flash Lite"),
    _model("gemini-3.8-flash", "Gemini 3.8 Flash"),
    _model("gemini-4-hydrogen", "Gemini 4 Hydrogen"),
    _model("gemini-2.5-flash", "Gemini 2.5 Flash"),
    _model("gemini-2.5-flash-preview-tts", "Gemini 2.5 Flash Preview TTS"),
    _model("gemini-3-pro-image", "Nano Banana Pro"),
    _model("gemini-embedding-2", "Gemini Embedding 2", ["embedContent", "countTokens"]),
    _model("imagen-4.0-generate-001", "Imagen 4", ["predict"]),
)

ALIASES = {
    "gemini-flash-latest": "gemini-3.8-flash",
    "gemini-flash-lite-latest": "gemini-3.5-flash-lite",
    "gemini-pro-latest": "gemini-4-hydrogen",
}


def answer_text(seen: Seen, script: Script) -> str:
    """Return the text of an answer, truncated if the script says that it was too long."""
    if script.text is not None:
        return script.text

    def note(asked: ParsedRequest) -> dict[str, Any]:
        return write_note(
            asked, sections=script.sections, words=script.words, made_up=script.made_up
        )

    if seen.asked.question:
        return json.dumps(write_answer(seen.asked), ensure_ascii=False)
    if seen.asked.statements:
        answer = {"findings": list(_findings(seen.asked, script))}
    else:
        answer = note(seen.asked)
    if seen.asked.notes:
        wanted = [asked for asked in seen.asked.notes if asked.template not in script.omit]
        answer = {"notes": [{"template": one.template, **note(one)} for one in wanted]}
    text = json.dumps(answer, ensure_ascii=False)
    return text[: int(len(text) * script.fault_at)] if script.finish == "MAX_TOKENS" else text


def _findings(asked: ParsedRequest, script: Script) -> Iterator[dict[str, Any]]:
    for number, places, words in asked.statements:
        says = script.judge(words, places)
        reason = {} if says == "yes" else {"reason": f"The passage {places} is about other things."}
        yield {"n": number, "says": says, **reason}


def make_events(seen: Seen, script: Script) -> list[dict[str, Any]]:
    """Return the events of an answer: text fragments, cumulative usage, the finish reason last."""
    facts = {
        "modelVersion": script.model_version or ALIASES.get(seen.model, seen.model),
        "responseId": f"fake-{seen.number}",
    }

    def usage(written: int) -> dict[str, Any]:
        meta: dict[str, Any] = {"promptTokenCount": seen.input_tokens}
        if seen.cached_tokens:
            meta["cachedContentTokenCount"] = seen.cached_tokens
        if written:
            meta["candidatesTokenCount"] = written
        if script.thoughts:
            meta["thoughtsTokenCount"] = script.thoughts
        meta["totalTokenCount"] = seen.input_tokens + written + script.thoughts
        return meta

    if script.blocked:
        feedback = {"blockReason": script.blocked}
        return [{"promptFeedback": feedback, "usageMetadata": usage(0), **facts}]
    text = answer_text(seen, script)
    if script.finish and script.finish not in ("STOP", "MAX_TOKENS") and script.text is None:
        candidate = {"content": {}, "finishReason": script.finish, "index": 0}
        return [{"candidates": [candidate], "usageMetadata": usage(0), **facts}]
    total = count_tokens(text) if script.output_tokens is None else script.output_tokens
    finish = script.finish
    config = seen.body.get("generationConfig") or seen.body.get("generation_config") or {}
    most = int(config.get("maxOutputTokens") or config.get("max_output_tokens") or 0)
    if most and total + script.thoughts > most:
        if script.output_tokens is None:
            text, finish = text[: len(text) * (most - script.thoughts) // total], "MAX_TOKENS"
        total = most - script.thoughts
    events = []
    if script.thoughts:
        part = {"text": "**Reading**\n\nI look at what is asked.\n\n", "thought": True}
        candidate = {"content": {"parts": [part], "role": "model"}, "index": 0}
        events.append({"candidates": [candidate], "usageMetadata": usage(0), **facts})
    cuts = _cuts(len(text), max(1, script.chunks), seed=seen.number)
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        part = {"text": text[start:end]}
        candidate = {"content": {"parts": [part], "role": "model"}, "index": 0}
        written = round(total * end / max(1, len(text)))
        events.append({"candidates": [candidate], "usageMetadata": usage(written), **facts})
    if finish:
        events[-1]["candidates"][0]["finishReason"] = finish
    return events


def _cuts(length: int, pieces: int, *, seed: int) -> list[int]:
    """Return positions that cut a text into uneven pieces, often inside words."""
    chance = random.Random(seed)
    step = length / pieces
    cuts = [round(step * i + chance.uniform(-0.3, 0.3) * step) for i in range(1, pieces)]
    return sorted(min(max(cut, 0), length) for cut in cuts)


def merged(events: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the events merged into the response of a request that does not stream."""
    last = dict(events[-1])
    if "candidates" in last:
        parts = [
            part
            for event in events
            for part in event["candidates"][0].get("content", {}).get("parts", [])
        ]
        text = "".join(p["text"] for p in parts if not p.get("thought"))
        content = {"parts": [{"text": text}], "role": "model"} if text else {}
        last["candidates"] = [{**last["candidates"][0], "content": content}]
    return last
