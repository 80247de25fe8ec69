"""Models for speech recognition are fetched when asked for, gone on with, checked and removed."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.errors import NetworkUnreachable, SpeechUnavailable, UsageError
from notegen_desktop.services.sources.speech_models import MODELS, SpeechModels
from tests.fakes.socks import socks_proxy

TINY = MODELS[0]
WEIGHTS = bytes(range(256)) * 4096


@dataclass
class Hub:
    """A server of models: the list of files, large ones behind a redirect, parts on request."""

    files: dict[str, bytes] = field(
        default_factory=lambda: {"config.json": b"{}", "model.bin": WEIGHTS, "README.md": b"no"}
    )
    cut_after: int | None = None
    lies: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""

    def listing(self) -> bytes:
        siblings = [
            {"rfilename": name, "size": len(data)}
            | (
                {"lfs": {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}}
                if name == "model.bin"
                else {}
            )
            for name, data in self.files.items()
        ]
        return json.dumps({"siblings": siblings}).encode()


@pytest.fixture
def hub() -> Iterator[Hub]:
    made = Hub()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            part = self.headers.get("Range", "")
            made.asked.append((self.path, part))
            if self.path.startswith("/api/models/"):
                return self.give(made.listing())
            name = self.path.rpartition("/")[2]
            if self.path.startswith(f"/{TINY.repository}/resolve/") and name == "model.bin":
                self.send_response(302)
                self.send_header("Location", "/store/model.bin")
                self.send_header("Content-Length", "0")
                return self.end_headers()
            data = made.files.get(name)
            if data is None:
                return self.send_error(404)
            if made.lies:
                data = data[:-1] + b"?"
            return self.give(data, start=int(part[6:-1]) if part else 0)

        def give(self, data: bytes, *, start: int = 0) -> None:
            self.send_response(206 if start else 200)
            self.send_header("Content-Length", str(len(data) - start))
            self.end_headers()
            end = len(data) if made.cut_after is None else min(len(data), start + made.cut_after)
            self.wfile.write(data[start:end])
            if end < len(data):
                self.close_connection = True

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    server.shutdown()
    server.server_close()


async def test_a_model_is_fetched_with_progress_checked_and_found(hub: Hub, tmp_path: Path) -> None:
    models = SpeechModels(tmp_path / "speech", hub=hub.url)
    assert models.path_of("tiny") is None
    told: list[tuple[int, int]] = []
    folder = await models.install("tiny", lambda done, total: told.append((done, total)))
    assert models.path_of("tiny") == folder
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert not (folder / "README.md").exists()
    assert told[-1] == (len(WEIGHTS) + 2, len(WEIGHTS) + 2)
    assert told == sorted(told)
    asked = len(hub.asked)
    assert await models.install("tiny", lambda *_: None) == folder
    assert len(hub.asked) == asked, "a model that is here is not fetched again"
    assert models.place_of(" tiny ") == str(folder)
    assert models.place_of("/models/own") == "/models/own"


async def test_a_model_is_fetched_through_a_socks_proxy(hub: Hub, tmp_path: Path) -> None:
    with socks_proxy(hub.url) as proxy:
        models = SpeechModels(tmp_path / "speech", proxy=lambda: proxy, hub="http://127.0.0.1:9")
        await models.install("tiny", lambda *_: None)
    assert models.path_of("tiny") is not None


async def test_what_broke_off_is_gone_on_with(hub: Hub, tmp_path: Path) -> None:
    models = SpeechModels(tmp_path / "speech", hub=hub.url)
    hub.cut_after = 100_000
    with pytest.raises(NetworkUnreachable, match="cannot be fetched"):
        await models.install("tiny", lambda *_: None)
    assert models.path_of("tiny") is None
    assert models.begun_bytes("tiny") >= 100_000
    hub.cut_after = None
    folder = await models.install("tiny", lambda *_: None)
    assert (folder / "model.bin").read_bytes() == WEIGHTS
    assert ("/store/model.bin", "bytes=100000-") in hub.asked


async def test_cancelling_keeps_what_is_here(hub: Hub, tmp_path: Path) -> None:
    models = SpeechModels(tmp_path / "speech", hub=hub.url)
    begun = asyncio.Event()
    task = asyncio.create_task(models.install("tiny", lambda *_: begun.set()))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await models.install("tiny", lambda *_: None)
    assert models.path_of("tiny") is not None


async def test_a_damaged_file_is_told_and_fetched_anew(hub: Hub, tmp_path: Path) -> None:
    models = SpeechModels(tmp_path / "speech", hub=hub.url)
    hub.lies = True
    with pytest.raises(SpeechUnavailable, match="not arrived as it was sent"):
        await models.install("tiny", lambda *_: None)
    assert models.path_of("tiny") is None
    hub.lies = False
    await models.install("tiny", lambda *_: None)
    assert models.path_of("tiny") is not None


async def test_a_model_is_removed_and_one_that_lost_a_file_is_none(
    hub: Hub, tmp_path: Path
) -> None:
    models = SpeechModels(tmp_path / "speech", hub=hub.url)
    folder = await models.install("tiny", lambda *_: None)
    (folder / "model.bin").write_bytes(b"short")
    assert models.path_of("tiny") is None
    models.remove("tiny")
    assert not folder.exists()
    models.remove("tiny")


async def test_what_is_not_there_is_said(hub: Hub, tmp_path: Path) -> None:
    models = SpeechModels(tmp_path / "speech", hub=hub.url)
    with pytest.raises(UsageError, match="no speech model"):
        await models.install("gigantic", lambda *_: None)
    hub.files.clear()
    with pytest.raises(SpeechUnavailable, match="does not have it"):
        await models.install("tiny", lambda *_: None)
    gone = SpeechModels(tmp_path / "speech", hub="http://127.0.0.1:9")
    with pytest.raises(NetworkUnreachable, match="cannot be fetched"):
        await gone.install("tiny", lambda *_: None)
    unknown = SpeechModels(tmp_path / "speech", hub="http://nowhere.invalid")
    with pytest.raises(NetworkUnreachable, match=r"cannot be fetched: [^\[]+\.$"):
        await unknown.install("tiny", lambda *_: None)
