"""Fake YouTube on the loopback interface, in a thread of its own, for asyncio and Qt tests.

It serves what the program requests: the player API as called by yt-dlp, captions as json3 and XML,
oEmbed, the watch page for youtube-transcript-api, and playlists in pages.

    with FakeYoutube() as youtube:
        youtube.add(FakeVideo("abcdefghijk", "A talk", captions=[FakeCaptions("en", talk(60))]))
        youtube.fail("captions", Status(429))          # the next request for captions only
        youtube.fail("player", Drop(), times=None)     # every one from now on
        ... build_sources(youtube_url=youtube.url) ...
        assert youtube.count("captions") == 2
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse
from xml.sax.saxutils import escape

PAGE = 100
Cue = tuple[float, float, str]  # start and length in seconds, text

_SENTENCES = (
    "A sorting algorithm puts a list in order.",
    "The simplest one compares neighbours and swaps them.",
    "It takes a number of steps that grows with the square of the length.",
    "Merge sort cuts the list in half and sorts the halves.",
    "Then it zips the two halves together in one pass.",
    "That means the number of steps grows only a little faster than the length.",
    "A stable algorithm keeps equal items in their first order.",
    "Why does that matter in practice?",
    "Because people sort a table by one column and then by another.",
    "The key point is to measure before choosing.",
)


def talk(
    seconds: float, *, step_s: float = 5.0, sentences: Sequence[str] = _SENTENCES
) -> list[Cue]:
    """Return the cues of a made-up talk of `seconds`."""
    count = max(1, int(seconds / step_s))
    return [(n * step_s, step_s, sentences[n % len(sentences)]) for n in range(count)]


@dataclass
class FakeCaptions:
    """A caption track. `body` replaces the answer in any format."""

    language: str
    cues: list[Cue] = field(default_factory=lambda: talk(60))
    automatic: bool = False
    name: str = ""
    body: bytes | None = None
    needs_token: bool = False


@dataclass
class FakeVideo:
    """A video. `status` and `reason` are those of the player's playabilityStatus."""

    id: str
    title: str = "Sorting, explained"
    channel: str = "Small Lectures"
    length_s: int = 60
    captions: list[FakeCaptions] = field(default_factory=lambda: [FakeCaptions("en")])
    description: str = ""
    status: str = "OK"
    reason: str = ""
    subreason: str = ""
    live: str = ""  # "", "is_live" or "is_upcoming"
    oembed_status: int = 200
    sheets: tuple[bytes, ...] = ()
    """Storyboard images of two by two tiles of 320 × 180 px."""


@dataclass(frozen=True)
class Status:
    """Answer with this HTTP status."""

    code: int
    retry_after: int | None = None


@dataclass(frozen=True)
class Drop:
    """Reset the connection, after `after` bytes of a valid answer."""

    after: int = 0


@dataclass(frozen=True)
class Slow:
    """Answer after `seconds`; ends early when the server stops."""

    seconds: float


@dataclass(frozen=True)
class Body:
    """Answer 200 with these bytes."""

    data: bytes


Fault = Status | Drop | Slow | Body


class FakeYoutube:
    """The server. `requests` lists (kind, detail): player, captions, oembed, watch, browse."""

    def __init__(self) -> None:
        self.videos: dict[str, FakeVideo] = {}
        self.playlists: dict[str, list[str]] = {}
        self.requests: list[tuple[str, str]] = []
        self.opens_for: Callable[[str], bool] | None = None
        """Function of the client's name that returns True if unavailable videos open for it."""
        self.most_at_once: dict[str, int] = {}
        self._at_once: dict[str, int] = {}
        self._faults: dict[str, list[tuple[Fault, int | None]]] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> FakeYoutube:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> str:
        """Listen and return the base URL."""
        handler = type("Handler", (_Handler,), {"youtube": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.block_on_close = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True
        )
        self._thread.start()
        return self.url

    def stop(self) -> None:
        self._stopping.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None

    @property
    def url(self) -> str:
        assert self._server is not None, "not started"
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def add(self, *videos: FakeVideo) -> None:
        for video in videos:
            self.videos[video.id] = video

    def add_playlist(self, list_id: str, count: int) -> list[str]:
        """Add a playlist (or, with `@name`, a channel) of `count` videos and return their ids."""
        ids = [f"v{n:010d}" for n in range(1, count + 1)]
        for number, video_id in enumerate(ids, 1):
            self.videos.setdefault(video_id, FakeVideo(video_id, f"Part {number}"))
        self.playlists[list_id] = ids
        return ids

    def fail(self, kind: str, fault: Fault, *, times: int | None = 1) -> None:
        """Apply a fault to the next `times` requests of a kind; None is all of them."""
        with self._lock:
            self._faults.setdefault(kind, []).append((fault, times))

    def heal(self) -> None:
        with self._lock:
            self._faults.clear()

    def count(self, kind: str) -> int:
        with self._lock:
            return sum(1 for asked, _ in self.requests if asked == kind)

    async def saw(self, kind: str) -> None:
        """Wait for a request of this kind; fail after five seconds."""
        for _ in range(1000):
            if self.count(kind):
                return
            await asyncio.sleep(0.005)
        raise AssertionError(f"no {kind} request came")

    def under_way(self, kind: str) -> int:
        """Return the number of requests of a kind that are being answered now."""
        with self._lock:
            return self._at_once.get(kind, 0)

    # --- used by the handler ---------------------------------------------------------------------

    @contextlib.contextmanager
    def asked(self, kind: str, detail: str) -> Iterator[Fault | None]:
        with self._lock:
            self.requests.append((kind, detail))
            self._at_once[kind] = self._at_once.get(kind, 0) + 1
            self.most_at_once[kind] = max(self.most_at_once.get(kind, 0), self._at_once[kind])
            fault = self._next_fault(kind)
        try:
            yield fault
        finally:
            with self._lock:
                self._at_once[kind] -= 1

    def _next_fault(self, kind: str) -> Fault | None:
        queue = self._faults.get(kind)
        if not queue:
            return None
        fault, times = queue[0]
        if times is not None:
            if times <= 1:
                queue.pop(0)
            else:
                queue[0] = (fault, times - 1)
        return fault

    def wait(self, seconds: float) -> None:
        self._stopping.wait(seconds)


class _Handler(BaseHTTPRequestHandler):
    youtube: FakeYoutube
    protocol_version = "HTTP/1.1"
    timeout = 5

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        parts = urlparse(self.path)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/oembed":
            video_id = parse_qs(urlparse(query.get("url", "")).query).get("v", [""])[0]
            self._serve("oembed", video_id, lambda: _oembed(self.youtube, video_id))
        elif parts.path == "/api/timedtext":
            detail = f"{query.get('v')}:{query.get('lang')}:{query.get('fmt', 'xml')}"
            self._serve("captions", detail, lambda: _timedtext(self.youtube, query))
        elif parts.path == "/watch":
            page = b'<html><script>{"INNERTUBE_API_KEY": "loopback-key"}</script></html>'
            self._serve("watch", query.get("v", ""), lambda: (200, "text/html", page))
        elif parts.path == "/playlist":
            token = f"VL{query.get('list')}"
            self._serve("page", token, lambda: _page(_browse(self.youtube, token)))
        elif sheet := re.fullmatch(r"/sb/([\w-]+)/storyboard3_L1/M(\d+)\.jpg", parts.path):
            self._serve("sheet", sheet[2], lambda: _sheet(self.youtube, sheet[1], int(sheet[2])))
        else:
            self._serve("other", self.path, lambda: (404, "text/plain", b"not here"))

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        asked = json.loads(self.rfile.read(length) or b"{}")
        path = urlparse(self.path).path
        if path == "/youtubei/v1/player":
            video_id = str(asked.get("videoId"))
            client = asked.get("context", {}).get("client", {}).get("clientName", "")
            opens = self.youtube.opens_for is not None and self.youtube.opens_for(client)
            self._serve(
                "player", video_id, lambda: _json(_player(self.youtube, video_id, opens=opens))
            )
        elif path == "/youtubei/v1/navigation/resolve_url":
            url = str(asked.get("url"))
            self._serve("resolve", url, lambda: _json(_resolve(self.youtube, url)))
        elif path == "/youtubei/v1/browse":
            token = str(asked.get("continuation") or asked.get("browseId"))
            self._serve("browse", token, lambda: _json(_browse(self.youtube, token)))
        else:
            self._serve("other", self.path, lambda: (404, "text/plain", b"not here"))

    def _serve(self, kind: str, detail: str, answer: Any) -> None:
        with self.youtube.asked(kind, detail) as fault:
            if isinstance(fault, Drop):
                return self._drop(fault, answer)
            if isinstance(fault, Slow):
                self.youtube.wait(fault.seconds)
            headers: dict[str, str] = {}
            if isinstance(fault, Status):
                status, kind_of, body = fault.code, "text/html", b"<html>no</html>"
                if fault.retry_after is not None:
                    headers["Retry-After"] = str(fault.retry_after)
            elif isinstance(fault, Body):
                status, kind_of, body = 200, "application/json", fault.data
            else:
                status, kind_of, body = answer()
        with contextlib.suppress(OSError):  # the client may have disconnected
            self.send_response(status)
            self.send_header("Content-Type", kind_of)
            self.send_header("Content-Length", str(len(body)))
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
        return None

    def _drop(self, fault: Drop, answer: Any) -> None:
        with contextlib.suppress(OSError):
            if fault.after:
                _, _, body = answer()
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body))
                self.wfile.write(body[: fault.after])
                self.wfile.flush()
            linger = struct.pack("ii", 1, 0)  # reset instead of a normal close
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.connection.close()
        self.close_connection = True


Answer = tuple[int, str, bytes]


def _json(data: Any) -> Answer:
    return 200, "application/json", json.dumps(data).encode()


def _oembed(youtube: FakeYoutube, video_id: str) -> Answer:
    video = youtube.videos.get(video_id)
    if video is None:
        return 404, "text/plain", b"Not Found"
    if video.oembed_status != 200:
        return video.oembed_status, "text/plain", b"no"
    return _json(
        {
            "title": video.title,
            "author_name": video.channel,
            "thumbnail_url": f"{youtube.url}/vi/{video_id}/hqdefault.jpg",
            "type": "video",
        }
    )


def _player(youtube: FakeYoutube, video_id: str, *, opens: bool) -> dict[str, Any]:
    video = youtube.videos.get(video_id)
    if video is None:
        return {
            "playabilityStatus": {"status": "ERROR", "reason": "Video unavailable"},
            "videoDetails": {"videoId": video_id},
        }
    if opens:
        video = replace(video, status="OK", reason="", subreason="")
    status: dict[str, Any] = {"status": video.status}
    if video.reason:
        status["reason"] = video.reason
    if video.subreason:
        renderer = {
            "reason": {"simpleText": video.reason},
            "subreason": {"simpleText": video.subreason},
        }
        status["errorScreen"] = {"playerErrorMessageRenderer": renderer}
    details: dict[str, Any] = {"videoId": video_id}
    answer: dict[str, Any] = {"playabilityStatus": status, "videoDetails": details}
    if video.status not in ("OK", "LIVE_STREAM_OFFLINE"):
        return answer
    details |= {
        "title": video.title,
        "lengthSeconds": str(video.length_s),
        "author": video.channel,
        "channelId": "UC" + "a" * 22,
        "shortDescription": video.description,
        "isLiveContent": bool(video.live),
        "isLive": video.live == "is_live",
        "isUpcoming": video.live == "is_upcoming",
        "thumbnail": {"thumbnails": [{"url": f"{youtube.url}/vi/{video_id}/0.jpg"}]},
    }
    if video.status == "OK":
        answer["streamingData"] = {
            "formats": [
                {
                    "itag": 18,
                    "url": "https://rr1.googlevideo.com/videoplayback?itag=18",
                    "mimeType": 'video/mp4; codecs="avc1.42001E, mp4a.40.2"',
                    "width": 640,
                    "height": 360,
                    "quality": "medium",
                }
            ]
        }
    if video.sheets:
        levels = [
            f"https://i.ytimg.com/sb/{video_id}/storyboard3_L$L/$N.jpg?sqp=x",
            "48#27#100#10#10#0#default#rs$a",
            f"320#180#{4 * len(video.sheets)}#2#2#5000#M$M#rs$b",
        ]
        answer["storyboards"] = {"playerStoryboardSpecRenderer": {"spec": "|".join(levels)}}
    if video.captions:
        answer["captions"] = {
            "playerCaptionsTracklistRenderer": {
                "captionTracks": [_track(video_id, track) for track in video.captions]
            }
        }
    return answer


def _sheet(youtube: FakeYoutube, video_id: str, number: int) -> Answer:
    return 200, "image/jpeg", youtube.videos[video_id].sheets[number]


def _track(video_id: str, track: FakeCaptions) -> dict[str, Any]:
    address = f"https://www.youtube.com/api/timedtext?v={video_id}&lang={track.language}"
    if track.automatic:
        address += "&kind=asr"
    if track.needs_token:
        address += "&exp=xpe"
    name = track.name or {"en": "English", "de": "German", "fr": "French"}.get(
        track.language, track.language
    )
    told = {
        "baseUrl": address,
        "name": {"runs": [{"text": f"{name} (auto-generated)" if track.automatic else name}]},
        "vssId": f"a.{track.language}" if track.automatic else f".{track.language}",
        "languageCode": track.language,
        "isTranslatable": True,
    }
    return told | ({"kind": "asr"} if track.automatic else {})


def _timedtext(youtube: FakeYoutube, query: dict[str, str]) -> Answer:
    video = youtube.videos.get(query.get("v", ""))
    automatic = query.get("kind") == "asr"
    for track in video.captions if video else ():
        if track.language == query.get("lang") and track.automatic == automatic:
            if track.body is not None:
                return 200, "application/json", track.body
            if query.get("fmt") == "json3":
                return _json(json3(track.cues, automatic=automatic))
            lines = "".join(
                f'<text start="{start:.2f}" dur="{length:.2f}">{escape(text)}</text>'
                for start, length, text in track.cues
            )
            return 200, "text/xml", f"<transcript>{lines}</transcript>".encode()
    return 404, "text/plain", b""


def json3(cues: Sequence[Cue], *, automatic: bool = False) -> dict[str, Any]:
    """Return cues in the format `fmt=json3`; automatic ones word by word, with line breaks."""
    events: list[dict[str, Any]] = []
    for start, length, text in cues:
        words = text.split(" ") if automatic else [text]
        step = int(length * 1000 / max(1, len(words)))
        segs = [
            {"utf8": word if not n else " " + word} | ({"tOffsetMs": n * step} if n else {})
            for n, word in enumerate(words)
        ]
        event = {"tStartMs": int(start * 1000), "dDurationMs": int(length * 1000), "segs": segs}
        events.append(event)
        if automatic:
            events.append(event | {"aAppend": 1, "segs": [{"utf8": "\n"}]})
    return {"wireMagic": "pb3", "events": events}


def _resolve(youtube: FakeYoutube, url: str) -> dict[str, Any]:
    parts = urlparse(url)
    list_id = parse_qs(parts.query).get("list", [""])[0]
    if not list_id:
        list_id = next((p for p in parts.path.split("/") if p in youtube.playlists), "")
        browse_id = f"CH{list_id}"
    else:
        browse_id = f"VL{list_id}"
    if list_id not in youtube.playlists:
        return {"endpoint": {"urlEndpoint": {"url": url}}}
    return {"endpoint": {"browseEndpoint": {"browseId": browse_id}}}


def _page(told: dict[str, Any]) -> tuple[int, str, bytes]:
    page = f"<html><script>var ytInitialData = {json.dumps(told)};</script></html>"
    return 200, "text/html", page.encode()


def _browse(youtube: FakeYoutube, token: str) -> dict[str, Any]:
    name, _, at = token.partition("|")
    kind, list_id = name[:2], name[2:]
    ids = youtube.playlists.get(list_id, [])
    start = int(at or 0)
    page = ids[start : start + PAGE]
    items: list[dict[str, Any]] = [_item(youtube.videos[i], channel=kind == "CH") for i in page]
    if start + PAGE < len(ids):
        command = {"continuationCommand": {"token": f"{name}|{start + PAGE}"}}
        items.append({"continuationItemRenderer": {"continuationEndpoint": command}})
    if at:
        action = {"appendContinuationItemsAction": {"continuationItems": items}}
        return {"onResponseReceivedActions": [action]}
    if kind == "CH":
        tab = {
            "selected": True,
            "title": "Videos",
            "endpoint": {"commandMetadata": {"webCommandMetadata": {"url": f"/{list_id}/videos"}}},
            "content": {"richGridRenderer": {"contents": items}},
        }
        meta: dict[str, Any] = {"channelMetadataRenderer": {"title": "Small Lectures"}}
    else:
        videos = {"playlistVideoListRenderer": {"contents": items}}
        section = {"itemSectionRenderer": {"contents": [videos]}}
        tab = {"selected": True, "content": {"sectionListRenderer": {"contents": [section]}}}
        meta = {"playlistMetadataRenderer": {"title": "A course"}}
    return {
        "contents": {"twoColumnBrowseResultsRenderer": {"tabs": [{"tabRenderer": tab}]}},
        "metadata": meta,
    }


def _item(video: FakeVideo, *, channel: bool) -> dict[str, Any]:
    told = {
        "videoId": video.id,
        "title": {"runs": [{"text": video.title}]},
        "lengthSeconds": str(video.length_s),
        "lengthText": {"simpleText": f"{video.length_s // 60}:{video.length_s % 60:02}"},
        "shortBylineText": {"runs": [{"text": video.channel}]},
        "thumbnail": {"thumbnails": [{"url": f"https://i.ytimg.com/vi/{video.id}/0.jpg"}]},
    }
    if channel:
        return {"richItemRenderer": {"content": {"videoRenderer": told}}}
    return {"playlistVideoRenderer": told}
