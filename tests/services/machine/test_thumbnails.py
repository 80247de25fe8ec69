"""Small pictures of videos: from known hosts only, small, kept, and never in anybody's way."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from notegen_desktop.domain.links.video import Video
from notegen_desktop.services.machine import thumbnails
from notegen_desktop.services.machine.thumbnails import CachedThumbnails, is_picture

JPEG = b"\xff\xd8\xff\xe0" + bytes(500)
V = "dQw4w9WgXcQ"
VIDEO = Video(V, f"https://www.youtube.com/watch?v={V}")


class Pictures:
    """A server that answers with `answer` (status, headers, body), and writes down what it is
    asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer: tuple[int, dict[str, str], bytes] = (200, {}, JPEG)
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                status, headers, body = outer.answer
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def server() -> Iterator[Pictures]:
    server = Pictures()
    yield server
    server.close()


@pytest.fixture
async def pictures(server: Pictures, tmp_path: Path) -> AsyncIterator[CachedThumbnails]:
    made = CachedThumbnails(
        tmp_path / "thumbnails",
        youtube_url=server.url,
        client_factory=lambda proxy: httpx.AsyncClient(timeout=5, trust_env=False),
    )
    yield made
    await made.aclose()


def kept(folder: Path) -> list[Path]:
    return list(folder.glob("thumbnails/*"))


async def test_a_picture_is_fetched_once_and_kept_over_a_start(
    pictures: CachedThumbnails, server: Pictures, tmp_path: Path
) -> None:
    assert await pictures.picture(VIDEO) == JPEG
    assert await pictures.picture(VIDEO) == JPEG
    assert server.asked == [f"/vi/{V}/mqdefault.jpg"]
    again = CachedThumbnails(tmp_path / "thumbnails", youtube_url=server.url)
    assert await again.picture(VIDEO) == JPEG
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [
        (404, {}, b""),
        (200, {}, b"<html>no picture</html>"),
        (200, {}, b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        (200, {}, JPEG + bytes(thumbnails.MAX_BYTES)),
        (302, {"Location": "http://127.0.0.1:1/elsewhere.jpg"}, b""),
    ],
    ids=["missing", "page", "drawing", "giant", "elsewhere"],
)
async def test_anything_but_a_small_picture_is_none_and_not_asked_for_again(
    pictures: CachedThumbnails,
    server: Pictures,
    tmp_path: Path,
    answer: tuple[int, dict[str, str], bytes],
) -> None:
    server.answer = answer
    assert await pictures.picture(VIDEO) is None
    server.answer = (200, {}, JPEG)
    assert await pictures.picture(VIDEO) is None
    assert len(server.asked) == 1
    assert kept(tmp_path) == []


async def test_no_network_is_no_picture(tmp_path: Path) -> None:
    nowhere = CachedThumbnails(
        tmp_path,
        youtube_url="http://127.0.0.1:1",
        client_factory=lambda proxy: httpx.AsyncClient(timeout=5, trust_env=False),
    )
    assert await nowhere.picture(VIDEO) is None
    await nowhere.aclose()


async def test_a_proxy_that_cannot_be_used_is_no_picture(tmp_path: Path) -> None:
    odd = CachedThumbnails(tmp_path, proxy=lambda: "gopher://nonsense")
    assert await odd.picture(VIDEO) is None
    await odd.aclose()


async def test_a_folder_that_cannot_be_written_costs_only_the_keeping(
    server: Pictures, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    blocked = CachedThumbnails(
        tmp_path / "file" / "below",
        youtube_url=server.url,
        client_factory=lambda proxy: httpx.AsyncClient(timeout=5, trust_env=False),
    )
    assert await blocked.picture(VIDEO) == JPEG
    await blocked.aclose()


async def test_the_cache_stays_small(
    pictures: CachedThumbnails, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thumbnails, "KEPT", 3)
    for number in range(6):
        name = f"aaaaaaaaaa{number}"
        await pictures.picture(Video(name, f"https://www.youtube.com/watch?v={name}"))
    assert [path.suffix for path in kept(tmp_path)] == [".img"] * 3


@pytest.mark.parametrize(
    ("video", "address"),
    [
        (VIDEO, f"https://i.ytimg.com/vi/{V}/mqdefault.jpg"),
        (Video(V, ""), f"https://i.ytimg.com/vi/{V}/mqdefault.jpg"),
        (Video("x", f"https://youtu.be/{V}"), f"https://i.ytimg.com/vi/{V}/mqdefault.jpg"),
        (Video("../../etc", "https://www.youtube.com/"), ""),
        (
            Video(
                "v", "https://vimeo.com/1", "vimeo", thumbnail_url="https://i.vimeocdn.com/1.jpg"
            ),
            "https://i.vimeocdn.com/1.jpg",
        ),
        (
            Video("b", "https://bilibili.com/1", "bilibili", thumbnail_url="http://i0.hdslb.com/1"),
            "https://i0.hdslb.com/1",
        ),
        (Video("e", "", "other", thumbnail_url="https://evil.example/1.jpg"), ""),
        (Video("e", "", "other", thumbnail_url="https://ytimg.com.evil.example/1.jpg"), ""),
        (Video("e", "", "other", thumbnail_url="https://i.ytimg.com:8443/1.jpg"), ""),
        (Video("e", "", "other", thumbnail_url="https://u:p@i.ytimg.com/1.jpg"), ""),
        (Video("e", "", "other", thumbnail_url="file:///etc/passwd"), ""),
        (Video("f", "/home/ann/talk.vtt", "file"), ""),
    ],
)
def test_only_hosts_that_are_known_are_asked(video: Video, address: str, tmp_path: Path) -> None:
    assert CachedThumbnails(tmp_path).address(video) == address


def test_a_server_in_youtubes_place_stands_for_all(tmp_path: Path) -> None:
    pictures = CachedThumbnails(tmp_path, youtube_url="http://127.0.0.1:9")
    vimeo = Video("v", "", "vimeo", thumbnail_url="https://i.vimeocdn.com/1.jpg")
    assert pictures.address(VIDEO).startswith("http://127.0.0.1:9/")
    assert pictures.address(vimeo) == ""


def test_a_picture_is_told_by_its_first_bytes() -> None:
    assert is_picture(JPEG)
    assert is_picture(b"\x89PNG\r\n\x1a\n....")
    assert is_picture(b"RIFF\x00\x00\x00\x00WEBPVP8 ")
    assert not is_picture(b"GIF89a")
    assert not is_picture(b"")
