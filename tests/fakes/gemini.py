"""Scripted loopback Gemini API with the real wire format, in a thread of its own.

    with FakeGemini(Script(seconds=2, chunks=20)) as server:
        writer = GeminiWriter(api_key=lambda: "AIzaFake", url=server.url)
        ...
    assert server.requests[0].closed_early

It is independent of the caller's event loop, so asynchronous tests, Qt tests and command-line
processes can use it alike. `python -m tests.fakes.gemini --port 0` serves until interrupted.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import threading
from collections.abc import Callable
from typing import Any

from .gemini_batches import Batches
from .gemini_events import MODELS
from .gemini_files import FilesApi
from .gemini_script import Answering, Script, Seen, in_turn
from .gemini_serving import Serving
from .gemini_state import Quota
from .gemini_wire import Connection

Recording = tuple[int, str, bytes]
"""Status, content type and body of an answer."""

__all__ = ["MODELS", "FakeGemini", "Quota", "Script", "Seen", "in_turn"]


class FakeGemini(Serving):
    """The HTTP server. `files` is its Files API, `batches` its Batch API."""

    def __init__(self, script: Answering | None = None, **settings: Any) -> None:
        super().__init__(script, **settings)
        self.files = FilesApi()
        self.batches = Batches()
        self.recording: Recording | None = None
        self.play_for: Callable[[Seen], Recording | None] = lambda _seen: self.recording
        self.pause_s = 0.0
        """Seconds between the first event of a recording and the others."""
        self._play_everything = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stop: asyncio.Event | None = None
        self.connections: set[Connection] = set()
        self.connection_type: type[Connection] = Connection

    # -- inspection ------------------------------------------------------------------------------

    @property
    def requests(self) -> list[Seen]:
        """The generating requests so far in order of arrival."""
        with self.state.changed:
            return [r for r in self.state.requests if r.generates]

    @property
    def open_connections(self) -> int:
        return len(self.connections)

    def play(
        self, status: int, body: Any, *, stream: bool = False, everything: bool = False
    ) -> None:
        """Answer every generating request with this body: an object, or raw events as text.

        `stream` sends an object, or each of a list, as an event. `everything` answers all other
        requests with it too.
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

    def recording_for(self, seen: Seen) -> Recording | None:
        return self.play_for(seen) if seen.generates or self._play_everything else None

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
        """Close all connections at once. May be called twice."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            if self._thread.is_alive():
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join(10)

    async def _serve(self, ready: threading.Event) -> None:
        self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        server = await self._loop.create_server(
            lambda: self.connection_type(self),
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
            for connection in list(self.connections):
                connection.drop()
            await asyncio.gather(*(c.task for c in self.connections), return_exceptions=True)


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
                server.wait_for(lambda s, n=shown: len(s.state.requests) > n, within=3600)
                for seen in server.all_requests[shown:]:
                    print(seen.number, seen.method, seen.path, seen.template, flush=True)
                    shown += 1


if __name__ == "__main__":
    main()
