"""HTTP/1.1 connections of the loopback Gemini: requests, answers and faults."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, unquote, urlsplit

from .gemini_batches import TakenBatch
from .gemini_events import MODELS, make_events, merged
from .gemini_notes import ParsedRequest
from .gemini_script import Script, Seen
from .gemini_state import Refusal, refusal

if TYPE_CHECKING:
    from .gemini import FakeGemini


class _Lost(Exception):
    """The client has disconnected."""


class Connection(asyncio.Protocol):
    """A kept-alive HTTP/1.1 connection, which detects at once that the client disconnects."""

    def __init__(self, server: FakeGemini) -> None:
        self._server = server
        self._buffer = bytearray()
        self._more = asyncio.Event()
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.connections.add(self)
        self.task = asyncio.get_running_loop().create_task(self._converse())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._more.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._gone.set()
        self._more.set()
        with self._server.state.changed:
            self._server.connections.discard(self)
            self._server.state.changed.notify_all()

    def drop(self) -> None:
        self._transport.abort()
        self.task.cancel()

    # -- reading ---------------------------------------------------------------------------------

    async def _converse(self) -> None:
        with contextlib.suppress(_Lost):
            while True:
                head = await self._until(b"\r\n\r\n")
                lines = head.decode("latin-1").split("\r\n")
                method, target, _ = lines[0].split(" ", 2)
                headers = {
                    name.strip().lower(): value.strip()
                    for name, _, value in (line.partition(":") for line in lines[1:] if line)
                }
                raw = await self._exactly(int(headers.get("content-length") or 0))
                await self._answer(method, target, headers, raw)

    async def _until(self, mark: bytes) -> bytes:
        while (at := self._buffer.find(mark)) < 0:
            await self._wait_for_data()
        found = bytes(self._buffer[:at])
        del self._buffer[: at + len(mark)]
        return found

    async def _exactly(self, count: int) -> bytes:
        while len(self._buffer) < count:
            await self._wait_for_data()
        found = bytes(self._buffer[:count])
        del self._buffer[:count]
        return found

    async def _wait_for_data(self) -> None:
        if self._gone.is_set():
            raise _Lost
        self._more.clear()
        await self._more.wait()

    async def _pause(self, until: float) -> None:
        """Wait until a loop time; raise _Lost as soon as the client disconnects."""
        if self._gone.is_set():
            raise _Lost
        delay = until - asyncio.get_running_loop().time()
        if delay > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._gone.wait(), delay)
        if self._gone.is_set():
            raise _Lost

    # -- answering -------------------------------------------------------------------------------

    async def _answer(self, method: str, target: str, headers: dict[str, str], raw: bytes) -> None:
        url = urlsplit(target)
        query = parse_qs(url.query)
        path = unquote(url.path)
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            body = {}
        state = self._server.state
        rest = path.partition("/models/")[2]
        seen = state.receive(
            method,
            path,
            model=rest.partition(":")[0],
            key=headers.get("x-goog-api-key") or (query.get("key") or [""])[0],
            key_in_query="key" in query,
            body=body if isinstance(body, dict) else {},
            headers=headers,
        )
        admitted = False
        try:
            recording = self._server.recording_for(seen)
            if recording is not None:
                status, kind, data = recording
                if not self._server.pause_s:
                    packed = [("Content-Encoding", "gzip")] if data[:2] == b"\x1f\x8b" else []
                    self._send(seen, status, data, kind=kind, extra=packed)
                    return
                first, mark, rest = data.partition(b"\r\n\r\n")
                self._write(_HEAD)
                self._chunk(first + mark)
                await self._pause(asyncio.get_running_loop().time() + self._server.pause_s)
                self._chunk(rest)
                self._write(b"0\r\n\r\n")
                return
            if "/files" in path and "/models/" not in path:
                self._shelve(seen, path, query, raw)
                return
            if "/batches" in path or path.endswith(":batchGenerateContent"):
                await self._batch(seen, path, query)
                return
            if method == "GET" and path.rstrip("/").endswith("/models"):
                self._list_models(seen, query)
                return
            if method == "GET" and rest:
                known = [m for m in MODELS if m["name"] == f"models/{rest}"]
                self._reply(seen, known[0] if known else refusal("not_found", model=rest))
                return
            if method == "POST" and path.endswith(":countTokens"):
                refused = state.key_refusal(seen)
                asked = ParsedRequest.of(seen.body.get("generateContentRequest") or seen.body)
                self._reply(seen, refused or {"totalTokens": asked.tokens})
                return
            if not (method == "POST" and seen.generates):
                self._reply(seen, Refusal(404, "NOT_FOUND", "Requested entity was not found."))
                return
            refused = state.admit(seen)
            if refused is not None:
                self._reply(seen, refused)
                return
            admitted = True
            gone = self._server.files.missing(seen.body)
            if gone is not None:
                self._send(seen, gone[0], gone[2])
                return
            await self._generate(seen, state.script_for(seen))
        except _Lost:
            seen.closed_early = True
            raise
        finally:
            state.leave(seen, admitted=admitted)

    def _shelve(self, seen: Seen, path: str, query: dict[str, list[str]], raw: bytes) -> None:
        """Answer the Files API. Chunks go to a URL of their own, which needs no key."""
        shelf, headers = self._server.files, seen.headers
        upload_id = (query.get("upload_id") or [""])[0]
        if upload_id:
            answer = shelf.receive(upload_id, headers, raw)
            if answer is None:
                self._reset()
                return
        else:
            refused = self._server.state.key_refusal(seen)
            if refused is not None:
                self._reply(seen, refused)
                return
            name = path.partition("/v1beta/")[2]
            if seen.method == "POST":
                answer = shelf.start(self._server.url, headers, seen.body)
            elif seen.method == "DELETE":
                answer = shelf.delete(name)
            else:
                answer = shelf.get(name)
        status, extra, data = answer
        self._send(seen, status, data, extra=list(extra.items()))

    async def _batch(self, seen: Seen, path: str, query: dict[str, list[str]]) -> None:
        """Answer the Batch API: create, list, get and cancel batches."""
        batches, state = self._server.batches, self._server.state
        name = path.partition("/v1beta/")[2]
        refused = state.key_refusal(seen)
        script = state.script_for(seen)
        if refused is None and script.fail and seen.method == "POST" and "models/" in name:
            refused = refusal(script.fail, model=seen.model, wait=script.retry_after_s)
        if refused is not None:
            self._reply(seen, refused)
        elif "models/" in name:
            if batches.hang == "before":
                await self._gone.wait()
                raise _Lost
            batch = batches.take(seen.model, seen.body)
            with state.changed:
                state.changed.notify_all()
            if batches.hang == "after":
                await self._gone.wait()
                raise _Lost
            if batches.hang == "broken":
                batches.hang = ""
                self._reset()
                return
            self._reply(seen, batches.told(batch, self._written))
        elif name == "batches":
            size = int((query.get("pageSize") or ["50"])[0])
            start = int((query.get("pageToken") or ["0"])[0])
            shown = batches.taken[start : start + size]
            page: dict[str, Any] = {
                "operations": [batches.told(each, self._written) for each in shown]
            }
            if start + size < len(batches.taken):
                page["nextPageToken"] = str(start + size)
            self._reply(seen, page)
        elif (found := batches.find(name.partition(":")[0])) is None:
            self._reply(seen, Refusal(404, "NOT_FOUND", "Requested entity was not found."))
        elif name.endswith(":cancel"):
            found.cancelled = True
            self._reply(seen, {})
        else:
            found.looks += 1
            self._reply(seen, batches.told(found, self._written))

    def _written(self, batch: TakenBatch, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to one request of a batch, by the script."""
        asked = ParsedRequest.of(body)
        path = f"/v1beta/models/{batch.model}:generateContent"
        one = Seen(0, "POST", path, model=batch.model, body=body, asked=asked)
        one.input_tokens = asked.tokens
        return merged(make_events(one, self._server.state.script_for(one)))

    def _list_models(self, seen: Seen, query: dict[str, list[str]]) -> None:
        refused = self._server.state.key_refusal(seen)
        if refused is not None:
            self._reply(seen, refused)
            return
        size = int((query.get("pageSize") or ["50"])[0])
        start = int((query.get("pageToken") or ["0"])[0])
        page: dict[str, Any] = {"models": list(MODELS[start : start + size])}
        if start + size < len(MODELS):
            page["nextPageToken"] = str(start + size)
        self._reply(seen, page)

    async def _generate(self, seen: Seen, script: Script) -> None:
        loop = asyncio.get_running_loop()
        begun = loop.time()
        first = script.seconds / 10 if script.first_byte_s is None else script.first_byte_s
        if script.fail:
            await self._pause(begun + first)
            self._fail(seen, script)
            return
        events = make_events(seen, script)
        if ":generateContent" in seen.path:
            await self._pause(begun + script.seconds)
            self._server.state.began(seen)
            seen.chunks_sent = len(events)
            self._reply(seen, merged(events))
            return
        await self._pause(begun + first)
        seen.status = 200
        self._write(_HEAD)
        self._server.state.began(seen)
        stop_at = int(len(events) * script.fault_at) if script.fault else None
        last = max(1, len(events) - 1)
        for number, event in enumerate(events):
            await self._pause(begun + first + (script.seconds - first) * number / last)
            if number == stop_at:
                await self._break(script)
                return
            if number == last and script.waits_for is not None:
                await asyncio.to_thread(script.waits_for.wait, 30)
            self._event(seen, event)
        if script.fault and stop_at is not None and stop_at >= len(events):
            await self._break(script)
            return
        self._write(b"0\r\n\r\n")

    async def _break(self, script: Script) -> None:
        """Carry out the script's fault in the middle of a stream."""
        match script.fault:
            case "cut":
                self._write(b"0\r\n\r\n")
            case "broken":
                self._transport.write(b'ff\r\ndata: {"candidates": [{"cont')
                self._transport.close()
                await self._gone.wait()
            case "reset":
                self._reset()
                await self._gone.wait()
            case "garbage":
                self._chunk(b"data: {this is no JSON\r\n\r\n")
                self._write(b"0\r\n\r\n")
            case "error":
                body = refusal("overloaded", wait=script.retry_after_s).body()
                self._chunk(f"data: {json.dumps(body)}\r\n\r\n".encode())
                self._write(b"0\r\n\r\n")
            case "stall":
                await self._gone.wait()
                raise _Lost
            case other:
                raise ValueError(f"no such fault: {other}")

    def _fail(self, seen: Seen, script: Script) -> None:
        if script.fail == "reset":
            self._reset()
        elif script.fail == "redirect":
            self._send(seen, 302, b"", extra=[("Location", script.redirect_to)])
        elif script.fail == "page":
            self._send(seen, 200, b"<html>Please sign in to this network</html>", kind="text/html")
        else:
            self._reply(seen, refusal(script.fail, model=seen.model, wait=script.retry_after_s))

    def _reset(self) -> None:
        sock: socket.socket | None = self._transport.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def _event(self, seen: Seen, event: dict[str, Any]) -> None:
        usage = event.get("usageMetadata", {})
        seen.output_tokens = usage.get("candidatesTokenCount", seen.output_tokens)
        seen.thought_tokens = usage.get("thoughtsTokenCount", seen.thought_tokens)
        self._chunk(f"data: {json.dumps(event, ensure_ascii=False)}\r\n\r\n".encode())
        with self._server.state.changed:
            seen.chunks_sent += 1
            self._server.state.changed.notify_all()

    def _reply(self, seen: Seen, answer: dict[str, Any] | Refusal) -> None:
        if isinstance(answer, Refusal):
            body, status, extra = answer.body(), answer.status, list(answer.headers)
        else:
            body, status, extra = answer, 200, []
        self._send(seen, status, json.dumps(body).encode(), extra=extra)

    def _send(
        self,
        seen: Seen,
        status: int,
        data: bytes,
        *,
        kind: str = "application/json; charset=UTF-8",
        extra: list[tuple[str, str]] | None = None,
    ) -> None:
        seen.status = status
        lines = [f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}", f"Content-Type: {kind}"]
        lines += [f"Content-Length: {len(data)}"]
        lines += [f"{name}: {value}" for name, value in extra or []]
        self._write("\r\n".join(lines).encode() + b"\r\n\r\n" + data)

    def _chunk(self, data: bytes) -> None:
        self._write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _write(self, data: bytes) -> None:
        # The protocol is told of a loss one loop turn later than the transport.
        if self._gone.is_set() or self._transport.is_closing():
            raise _Lost
        self._transport.write(data)


_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Content-Disposition: attachment\r\nTransfer-Encoding: chunked\r\n\r\n"
)
_REASONS = {
    200: "OK",
    302: "Found",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    429: "Too Many Requests",
    500: "Internal Server Error",
    503: "Service Unavailable",
}
