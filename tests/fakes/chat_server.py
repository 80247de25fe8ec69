"""Scripted loopback chat server with the protocol of OpenAI, Ollama or Anthropic.

It shares scripts, quotas and records with the loopback Gemini. Parsing of requests, the form of
events, refusals and heartbeats, and model lists differ.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from .gemini import FakeGemini
from .gemini_events import make_events
from .gemini_script import Script, Seen
from .gemini_state import Refusal
from .gemini_wire import Connection

PATHS = {
    "openai": "/v1/chat/completions",
    "ollama": "/api/chat",
    "anthropic": "/v1/messages",
}
_TASK = re.compile(r"^# (?:Task: |\d+ tasks, one answer)", re.M)
_FINISHES = {
    "openai": {"STOP": "stop", "MAX_TOKENS": "length", "SAFETY": "content_filter"},
    "ollama": {"STOP": "stop", "MAX_TOKENS": "length"},
    "anthropic": {"STOP": "end_turn", "MAX_TOKENS": "max_tokens", "SAFETY": "refusal"},
}
MODELS = ({"id": "small-instruct"}, {"id": "large-instruct"}, {"id": "text-embedding-3"})

Objection = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
"""Function from the body of a request to the body of a 400 response, None to accept it."""


class FakeChat(FakeGemini):
    """`wire` is a key of `PATHS`. `models` are the entries of the model list.

    `objects` checks each request body first. `thinks` is thought text before each answer;
    `heartbeat` sends comments and pings between events. `tells` are headers of successful answers,
    such as rate limits.
    """

    def __init__(self, wire: str = "openai", script: Any = None, **settings: Any) -> None:
        super().__init__(script, **settings)
        self.wire = wire
        self.connection_type = _ChatConnection
        self.models: tuple[Mapping[str, Any], ...] = MODELS
        self.objects: Objection = lambda _body: None
        self.thinks = ""
        self.heartbeat = True
        self.window = 0
        self.tells: dict[str, str] = {}
        self.bodies: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        """Base URL of a connection to this server."""
        return f"{self.url}/v1" if self.wire == "openai" else self.url


class _ChatConnection(Connection):
    _server: FakeChat

    async def _answer(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> None:
        server, path = self._server, urlsplit(target).path
        body = json.loads(raw) if raw else {}
        generates = method == "POST" and path == PATHS[server.wire]
        key = headers.get("x-api-key") or headers.get("api-key")
        key = key or headers.get("authorization", "").removeprefix("Bearer ")
        seen = server.state.receive(
            method,
            f"{path}:generateContent" if generates else path,
            model=str(body.get("model", "")),
            key=key or "none",
            body=_as_gemini(body) if generates else {},
            headers=headers,
        )
        admitted = False
        try:
            if (recording := server.recording_for(seen)) is not None:
                status, kind, data = recording
                self._send(seen, status, data, kind=kind)
            elif generates:
                server.bodies.append(body)
                refused = self._objection(seen, body)
                if refused is None:
                    told = server.state.admit(seen)
                    admitted = told is None
                    refused = None if told is None else self._refusal(told, seen)
                if refused is not None:
                    self._send(seen, refused[0], json.dumps(refused[1]).encode(), extra=refused[2])
                    return
                await self._generate(seen, server.state.script_for(seen))
            else:
                self._tell(seen, path)
        except Exception:
            seen.closed_early = self._gone.is_set() or self._transport.is_closing()
            raise
        finally:
            server.state.leave(seen, admitted=admitted)

    # -- answers ---------------------------------------------------------------------------------

    async def _generate(self, seen: Seen, script: Script) -> None:
        begun = asyncio.get_running_loop().time()
        first = script.seconds / 10 if script.first_byte_s is None else script.first_byte_s
        if script.fail:
            await self._pause(begun + first)
            self._fail(seen, script)
            return
        await self._pause(begun + first)
        seen.status = 200
        kind = "application/x-ndjson" if self._server.wire == "ollama" else "text/event-stream"
        told = [f"{name}: {value}" for name, value in self._server.tells.items()]
        head = ["HTTP/1.1 200 OK", f"Content-Type: {kind}", "Transfer-Encoding: chunked", *told]
        head += ["", ""]
        self._write("\r\n".join(head).encode())
        self._server.state.began(seen)
        lines = list(self._lines(seen, script))
        stop_at = int(len(lines) * script.fault_at) if script.fault else None
        last = max(1, len(lines) - 1)
        for number, line in enumerate(lines):
            await self._pause(begun + first + (script.seconds - first) * number / last)
            if number == stop_at:
                await self._break(script)
                return
            self._chunk(line.encode())
            with self._server.state.changed:
                seen.chunks_sent += 1
                self._server.state.changed.notify_all()
        self._write(b"0\r\n\r\n")

    def _lines(self, seen: Seen, script: Script) -> Iterator[str]:
        server = self._server
        finishes = _FINISHES[server.wire]
        events = make_events(seen, script)
        texts, finish, usage = [], "", {}
        for event in events:
            usage = event.get("usageMetadata", usage)
            for candidate in event.get("candidates", []):
                parts = candidate.get("content", {}).get("parts", [])
                texts.append("".join(p["text"] for p in parts if not p.get("thought")))
                finish = candidate.get("finishReason", finish)
        if server.thinks:
            texts = [server.thinks[:9], server.thinks[9:], *texts]
        finish = finishes.get(finish, finish.lower())
        counts = (usage.get("promptTokenCount", 0), usage.get("candidatesTokenCount", 0))
        cached = usage.get("cachedContentTokenCount", 0)
        seen.output_tokens = counts[1]
        write = {"openai": _openai, "ollama": _ollama, "anthropic": _anthropic}[server.wire]
        for line in write(seen, texts, finish, counts, cached):
            yield line
            if server.heartbeat and server.wire == "openai":
                yield ": PROCESSING\n\n"
            elif server.heartbeat and server.wire == "anthropic":
                yield 'event: ping\ndata: {"type": "ping"}\n\n'

    def _objection(
        self, seen: Seen, body: Mapping[str, Any]
    ) -> tuple[int, Any, list[tuple[str, str]]] | None:
        del seen
        told = self._server.objects(body)
        return None if told is None else (400, told, [])

    def _refusal(self, refusal: Refusal, seen: Seen) -> tuple[int, Any, list[tuple[str, str]]]:
        """Return status, body and headers of a refusal in this protocol."""
        status, words, kind = refusal.status, refusal.message, "invalid_request_error"
        extra: list[tuple[str, str]] = list(refusal.headers)
        waits = [d["retryDelay"] for d in refusal.details if "retryDelay" in d]
        quotas = [v for d in refusal.details for v in d.get("violations", [])]
        if waits:
            extra.append(("Retry-After", waits[0].rstrip("s")))
        if "API key" in words or "credentials" in words.lower():
            status, kind = 401, "authentication_error"
        elif status == 429:
            kind = "rate_limit_error"
            if quotas:
                tokens = "Tokens" in quotas[0]["quotaId"]
                per = "day" if "PerDay" in quotas[0]["quotaId"] else "min"
                words = (
                    f"Rate limit reached for {seen.model} on {'tokens' if tokens else 'requests'} "
                    f"per {per} ({'T' if tokens else 'R'}PM): Limit {quotas[0]['quotaValue']}, "
                    f"Used {quotas[0]['quotaValue']}, Requested 1."
                )
        elif status >= 500:
            kind = "overloaded_error" if self._server.wire == "anthropic" else "server_error"
        elif status == 404:
            words, kind = f"model '{seen.model}' not found, try pulling it first", "not_found_error"
        return status, _error_body(self._server.wire, words, kind), extra

    def _reply(self, seen: Seen, answer: dict[str, Any] | Refusal) -> None:
        if isinstance(answer, Refusal):
            status, body, extra = self._refusal(answer, seen)
            self._send(seen, status, json.dumps(body).encode(), extra=extra)
        else:
            super()._reply(seen, answer)

    async def _break(self, script: Script) -> None:
        if script.fault != "error":
            await super()._break(script)
            return
        body = _error_body(self._server.wire, "Overloaded", "overloaded_error")
        line = json.dumps(body)
        told = f"{line}\n" if self._server.wire == "ollama" else f"event: error\ndata: {line}\n\n"
        self._chunk(told.encode())
        self._write(b"0\r\n\r\n")

    def _tell(self, seen: Seen, path: str) -> None:
        """Answer requests for model lists and for facts about local servers."""
        server = self._server
        refused = server.state.key_refusal(seen)
        if refused is not None:
            self._reply(seen, refused)
        elif path in ("/v1/models", "/models", "/openai/models"):
            self._reply(seen, {"object": "list", "data": list(server.models)})
        elif path == "/api/tags" and server.wire == "ollama":
            self._reply(seen, {"models": list(server.models)})
        elif path == "/api/version" and server.wire == "ollama":
            self._reply(seen, {"version": "0.33.0"})
        elif path == "/props" and server.window:
            self._reply(seen, {"default_generation_settings": {"n_ctx": server.window}})
        else:
            self._send(seen, 404, b'{"error": "not found"}')


def _error_body(wire: str, words: str, kind: str) -> Any:
    if wire == "ollama":
        return {"error": words}
    if wire == "anthropic":
        return {"type": "error", "error": {"type": kind, "message": words}}
    return {"error": {"message": words, "type": kind, "param": None, "code": kind}}


def _as_gemini(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a chat body in Gemini's form: system, material and task separated."""
    system, user = str(body.get("system") or ""), ""
    for message in body.get("messages", []):
        content = message["content"]
        if isinstance(content, list):
            content = "\n\n".join(part["text"] for part in content)
        if message["role"] == "system":
            system = content
        else:
            user = content
    begins = _TASK.search(user)
    cut = begins.start() if begins else 0
    most = body.get("max_tokens") or body.get("max_completion_tokens")
    return {
        "systemInstruction": {"parts": [{"text": system}]},
        "contents": [{"parts": [{"text": user[:cut]}, {"text": user[cut:]}]}],
        "generationConfig": {
            "maxOutputTokens": most or (body.get("options") or {}).get("num_predict") or 0
        },
    }


# -- the three wire formats -----------------------------------------------------------------


def _openai(
    seen: Seen, texts: list[str], finish: str, counts: tuple[int, int], cached: int
) -> Iterator[str]:
    def chunk(**facts: Any) -> str:
        told = {"id": f"chatcmpl-{seen.number}", "object": "chat.completion.chunk", **facts}
        return f"data: {json.dumps({**told, 'model': seen.model}, ensure_ascii=False)}\n\n"

    yield chunk(choices=[{"index": 0, "delta": {"role": "assistant", "content": None}}])
    yield chunk(choices=[{"index": 0, "delta": {"reasoning_content": "I think of {}."}}])
    for text in texts:
        yield chunk(choices=[{"index": 0, "delta": {"content": text}, "finish_reason": None}])
    if finish:
        yield chunk(choices=[{"index": 0, "delta": {}, "finish_reason": finish}])
        usage = {
            "prompt_tokens": counts[0],
            "completion_tokens": counts[1],
            "total_tokens": sum(counts),
            "prompt_tokens_details": {"cached_tokens": cached},
        }
        yield chunk(choices=[], usage=usage)
        yield "data: [DONE]\n\n"


def _ollama(
    seen: Seen, texts: list[str], finish: str, counts: tuple[int, int], cached: int
) -> Iterator[str]:
    del cached

    def line(content: str, **facts: Any) -> str:
        told = {"model": seen.model, "message": {"role": "assistant", "content": content}, **facts}
        return f"{json.dumps(told, ensure_ascii=False)}\n"

    yield line("", done=False)
    for text in texts:
        yield line(text, done=False)
    if finish:
        counted = {"prompt_eval_count": counts[0], "eval_count": counts[1]}
        yield line("", done=True, done_reason=finish, **counted)


def _anthropic(
    seen: Seen, texts: list[str], finish: str, counts: tuple[int, int], cached: int
) -> Iterator[str]:
    def event(kind: str, **facts: Any) -> str:
        told = json.dumps({"type": kind, **facts}, ensure_ascii=False)
        return f"event: {kind}\ndata: {told}\n\n"

    usage = {
        "input_tokens": counts[0] - cached,
        "cache_read_input_tokens": cached,
        "cache_creation_input_tokens": 0,
        "output_tokens": 1,
    }
    message = {"id": f"msg_{seen.number}", "model": seen.model, "role": "assistant", "usage": usage}
    yield event("message_start", message=message)
    yield event("content_block_start", index=0, content_block={"type": "text", "text": ""})
    for text in texts:
        yield event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
    yield event("content_block_stop", index=0)
    if finish:
        delta = {"stop_reason": finish, "stop_sequence": None}
        yield event("message_delta", delta=delta, usage={"output_tokens": counts[1]})
        yield event("message_stop")
