"""A Gemini API of our own on a loopback port: the real wire format, scripted, in its own thread.

    with FakeGemini(Script(seconds=2, chunks=20)) as server:
        writer = GeminiWriter(api_key=lambda: "AIzaFake", url=server.url)
        ...
    assert server.requests[0].closed_early

It runs apart from the caller's event loop, so asynchronous tests, Qt tests and command-line
processes use it alike. `python -m tests.fakes.gemini --port 0` serves until interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .certificates import Certificate
from .gemini_events import MODELS, make_events, merged
from .gemini_notes import Asked
from .gemini_script import (
    Answering,
    Office,
    Quota,
    Refusal,
    Script,
    Seen,
    in_turn,
    refusal,
)

__all__ = ["MODELS", "FakeGemini", "Quota", "Script", "Seen", "in_turn"]


class FakeGemini:
    """The server. Settings are attributes and may be changed while it runs.

    `script`: one Script for all, a mapping from template id, or a function of the request.
    `quota`: limits that it enforces by itself. `keys`: those accepted, None for any. `retired`:
    models gone, each with the one to use instead. `cache_minimum`: tokens of a prefix from which on
    it is cached. `certificate` makes it speak TLS.
    """

    def __init__(
        self,
        script: Answering | None = None,
        *,
        quota: Quota | None = None,
        keys: set[str] | None = None,
        retired: Mapping[str, str] | None = None,
        cache_minimum: int = 4096,
        port: int = 0,
        certificate: Certificate | None = None,
    ) -> None:
        self._certificate = certificate
        self.office = Office(
            script if script is not None else Script(),
            quota or Quota(),
            keys=keys,
            retired=retired or {},
            cache_minimum=cache_minimum,
        )
        self.recording: tuple[int, str, bytes] | None = None
        self._play_everything = False
        self._port = port
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None
        self._connections: set[_Connection] = set()

    # -- what tests look at ----------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"{'https' if self._certificate else 'http'}://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[Seen]:
        """The generating requests so far, in order of arrival."""
        with self.office.changed:
            return [r for r in self.office.requests if r.generates]

    @property
    def all_requests(self) -> list[Seen]:
        with self.office.changed:
            return list(self.office.requests)

    @property
    def script(self) -> Answering:
        return self.office.script

    @script.setter
    def script(self, script: Answering) -> None:
        self.office.script = script

    @property
    def open_connections(self) -> int:
        return len(self._connections)

    def wait_for(self, condition: Callable[[FakeGemini], Any], within: float = 5.0) -> bool:
        """Block until the condition holds; False if it does not in time (seconds)."""
        with self.office.changed:
            return bool(self.office.changed.wait_for(lambda: condition(self), within))

    async def until(self, condition: Callable[[FakeGemini], Any], within: float = 5.0) -> bool:
        """The same without blocking the caller's event loop."""
        return await asyncio.to_thread(self.wait_for, condition, within)

    def play(
        self, status: int, body: Any, *, stream: bool = False, everything: bool = False
    ) -> None:
        """Answer every generating request with this body: an object, or raw events as a text.

        `stream` sends an object, or each of a list, as an event. `everything` answers all other
        requests with it, too.
        """
        self._play_everything = everything
        if isinstance(body, str):
            self.recording = (status, "text/event-stream", body.encode())
        elif stream:
            events = body if isinstance(body, list) else [body]
            raw = "".join(f"data: {json.dumps(event)}\r\n\r\n" for event in events)
            self.recording = (status, "text/event-stream", raw.encode())
        else:
            self.recording = (status, "application/json; charset=UTF-8", json.dumps(body).encode())

    def recording_for(self, seen: Seen) -> tuple[int, str, bytes] | None:
        return self.recording if seen.generates or self._play_everything else None

    # -- running -----------------------------------------------------------------------------------

    def __enter__(self) -> FakeGemini:
        self.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def start(self) -> None:
        ready = threading.Event()
        self._thread = threading.Thread(
            target=lambda: asyncio.run(self._serve(ready)), name="fake-gemini", daemon=True
        )
        self._thread.start()
        if not ready.wait(10):
            raise RuntimeError("the loopback Gemini server did not start")

    def stop(self) -> None:
        """Close everything at once. May be called twice."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self._loop.create_server(
            lambda: _Connection(self),
            "127.0.0.1",
            self._port,
            backlog=256,
            ssl=self._certificate.server_context() if self._certificate else None,
        )
        self._port = server.sockets[0].getsockname()[1]
        ready.set()
        try:
            await self._stop.wait()
        finally:
            server.close()
            for connection in list(self._connections):
                connection.drop()
            await asyncio.gather(*(c.task for c in self._connections), return_exceptions=True)


class _Lost(Exception):
    """The client is gone."""


class _Connection(asyncio.Protocol):
    """One kept-alive HTTP/1.1 connection; notices at once when the client goes away."""

    def __init__(self, server: FakeGemini) -> None:
        self._server = server
        self._buffer = bytearray()
        self._more = asyncio.Event()
        self._gone = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server._connections.add(self)
        self.task = asyncio.get_running_loop().create_task(self._converse())

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._more.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._gone.set()
        self._more.set()
        with self._server.office.changed:
            self._server._connections.discard(self)
            self._server.office.changed.notify_all()

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
        """Wait until a loop time, or raise _Lost the moment the client leaves."""
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
        office = self._server.office
        rest = path.partition("/models/")[2]
        seen = office.receive(
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
                self._send(seen, status, data, kind=kind)
                return
            if method == "GET" and path.rstrip("/").endswith("/models"):
                self._list_models(seen, query)
                return
            if method == "GET" and rest:
                known = [m for m in MODELS if m["name"] == f"models/{rest}"]
                self._reply(seen, known[0] if known else refusal("not_found", model=rest))
                return
            if method == "POST" and path.endswith(":countTokens"):
                refused = office.key_refusal(seen)
                asked = Asked.of(seen.body.get("generateContentRequest") or seen.body)
                self._reply(seen, refused or {"totalTokens": asked.tokens})
                return
            if not (method == "POST" and seen.generates):
                self._reply(seen, Refusal(404, "NOT_FOUND", "Requested entity was not found."))
                return
            refused = office.admit(seen)
            if refused is not None:
                self._reply(seen, refused)
                return
            admitted = True
            await self._generate(seen, office.script_for(seen))
        except _Lost:
            seen.closed_early = True
            raise
        finally:
            office.leave(seen, admitted=admitted)

    def _list_models(self, seen: Seen, query: dict[str, list[str]]) -> None:
        refused = self._server.office.key_refusal(seen)
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
            self._server.office.began(seen)
            seen.chunks_sent = len(events)
            self._reply(seen, merged(events))
            return
        await self._pause(begun + first)
        seen.status = 200
        self._write(_HEAD)
        self._server.office.began(seen)
        stop_at = int(len(events) * script.fault_at) if script.fault else None
        last = max(1, len(events) - 1)
        for number, event in enumerate(events):
            await self._pause(begun + first + (script.seconds - first) * number / last)
            if number == stop_at:
                await self._break(script)
                return
            self._event(seen, event)
        if script.fault and stop_at is not None and stop_at >= len(events):
            await self._break(script)
            return
        self._write(b"0\r\n\r\n")

    async def _break(self, script: Script) -> None:
        """Let the fault happen, in the middle of a stream."""
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
        with self._server.office.changed:
            seen.chunks_sent += 1
            self._server.office.changed.notify_all()

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
        if self._gone.is_set():
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


def main() -> None:
    """Serve on a port, print the URL, and print a line for each request."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long an answer takes")
    parser.add_argument("--chunks", type=int, default=40)
    parser.add_argument("--rpm", type=int, default=0, help="requests a minute")
    parser.add_argument("--fail", default="", help="answer everything with this failure")
    options = parser.parse_args()
    script = Script(seconds=options.seconds, chunks=options.chunks, fail=options.fail)
    quota = Quota(requests_per_minute=options.rpm)
    with FakeGemini(script, quota=quota, port=options.port) as server:
        print(server.url, flush=True)
        shown = 0
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                server.wait_for(lambda s, n=shown: len(s.office.requests) > n, within=3600)
                for seen in server.all_requests[shown:]:
                    print(seen.number, seen.method, seen.path, seen.template, flush=True)
                    shown += 1


if __name__ == "__main__":
    main()
