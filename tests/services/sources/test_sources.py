"""Files, other sites, the door before all sources, and what they keep."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from notegen_desktop.domain.errors import (
    DatabaseUnavailable,
    FileMissing,
    FileUnreadable,
    UnsupportedSource,
    VideoNotFound,
)
from notegen_desktop.domain.links.link import Link, LinkKind, file_link
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Chapter, Video
from notegen_desktop.domain.text.segments import Cue, estimated
from notegen_desktop.domain.text.transcript import Transcript, TranscriptKind
from notegen_desktop.services.machine.threads import Threads
from notegen_desktop.services.ports import Material
from notegen_desktop.services.sources import site_access as handlers
from notegen_desktop.services.sources.files import FileSource, title_of
from notegen_desktop.services.sources.metadata import chapters_of
from notegen_desktop.services.sources.router import Sources, build_sources
from notegen_desktop.services.sources.site_access import check_public
from notegen_desktop.services.sources.ytdlp import session
from tests.fakes.site import FakeSite
from tests.fakes.youtube import FakeCaptions, FakeVideo, FakeYoutube

SRT = "1\n00:00:01,000 --> 00:00:03,000\n{}\n"


@pytest.fixture
def youtube() -> Iterator[FakeYoutube]:
    with FakeYoutube() as server:
        yield server


def link_to(text: str) -> Link:
    return find_links(text).links[0]


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("A Talk.srt", "A Talk"),
        ("my_first_lecture.en.vtt", "My first lecture"),
        ("state-of-openedx.auto.en.srt", "State of openedx"),
        ("talk.2024.pt-BR.orig.srt", "Talk 2024"),
        ("Vol. 3 - Sorting.txt", "Vol. 3 - Sorting"),
        ("讲座.zh.srt", "讲座"),
        ("en.srt", "En"),
    ],
)
def test_a_file_name_reads_as_a_title(name: str, title: str) -> None:
    assert title_of(Path(name)) == title


async def read_file(path: Path | str, *languages: str) -> Any:
    source = FileSource()
    try:
        return await source.read(file_link(str(path)), languages=languages)
    finally:
        await source.aclose()


async def test_a_file_is_a_video_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "small talk.en.srt"
    path.write_text(SRT.format("Hello there."))
    material = await read_file(path)
    assert material.video == Video(
        file_link(str(path)).key, str(path), "file", "Small talk", duration_s=3.0, language="en"
    )
    assert material.transcript.segments[0].text == "Hello there."
    assert material.origin == "the file “small talk.en.srt”"


async def test_file_urls_and_the_home_folder_are_understood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    path = tmp_path / "a b.srt"
    path.write_text(SRT.format("Hello there."))
    source = FileSource()
    for url in (path.as_uri(), "~/a b.srt"):
        link = Link(LinkKind.FILE, "file", "x", url)
        assert (await source.read(link, languages=())).transcript is not None
    await source.aclose()


async def test_a_film_takes_the_captions_beside_it_in_the_language_wanted(tmp_path: Path) -> None:
    film = tmp_path / "Talk.mp4"
    film.write_bytes(b"\0" * 64)
    for language, said in (("en", "Hello there."), ("de", "Guten Tag.")):
        (tmp_path / f"talk.{language}.srt").write_text(SRT.format(said))
    (tmp_path / "Talking.srt").write_text(SRT.format("Another film's."))
    assert (await read_file(film, "de")).transcript.text == "Guten Tag."
    assert (await read_file(film, "fr", "en")).transcript.text == "Hello there."
    (tmp_path / "Talk.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nGood day.\n")
    assert (await read_file(film)).transcript.text == "Good day."


async def test_the_captions_beside_a_film_can_be_chosen_among(tmp_path: Path) -> None:
    film = tmp_path / "talk.mp4"
    film.write_bytes(b"\0" * 64)
    for language, said in (("en", "Hello there."), ("de", "Guten Tag.")):
        (tmp_path / f"talk.{language}.srt").write_text(SRT.format(said))
    sources = build_sources()
    link = file_link(str(film))
    german, english = await sources.tracks(link)
    assert (german.language, german.words) == ("de", "the file “talk.de.srt”")
    for track in (german, english):
        material = await sources.read(link, languages=(), track=track)
        assert material.origin == track.words
    await sources.aclose()


async def test_a_film_alone_says_what_would_help(tmp_path: Path) -> None:
    film = tmp_path / "talk.mp4"
    film.write_bytes(b"\0" * 64)
    material = await read_file(film)
    assert (material.transcript, material.uploadable) == (None, True)
    assert material.missing.message == "“talk.mp4” has no captions beside it or inside."
    assert "talk.srt" in material.missing.hint
    with pytest.raises(FileMissing):
        await read_file(tmp_path / "nowhere.mp4")


async def test_a_folder_called_like_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.srt").mkdir()
    with pytest.raises(FileUnreadable, match="folder"):
        await read_file(tmp_path / "a.srt")


async def test_a_file_that_changes_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    sources = build_sources()
    for said in ("Hello there.", "Good bye."):
        path.write_text(SRT.format(said))
        material = await sources.read(file_link(str(path)), languages=())
        assert material.transcript is not None
        assert material.transcript.text == said
    await sources.aclose()


# --- the door ------------------------------------------------------------------------------------


class Shelf:
    """A cache of transcripts, as the library is one; it can be broken."""

    def __init__(self) -> None:
        self.kept: dict[str, Transcript] = {}
        self.videos: dict[str, Video] = {}
        self.broken = False

    async def get_transcript(self, video_id: str) -> Transcript | None:
        if self.broken:
            raise DatabaseUnavailable
        return self.kept.get(video_id)

    async def put_transcript(self, video: Video, transcript: Transcript) -> None:
        if self.broken:
            raise DatabaseUnavailable
        self.kept[video.id] = transcript
        self.videos[video.id] = video

    async def get_video(self, video_id: str) -> Video | None:
        if self.broken:
            raise DatabaseUnavailable
        return self.videos.get(video_id)


VIDEO = link_to("https://youtu.be/abcdefghijk")


def door(youtube: FakeYoutube, shelf: Shelf | None = None) -> Sources:
    return build_sources(
        youtube_url=youtube.url, caption_gap_s=0.0, retry_after_s=0.01, library=shelf
    )


@pytest.fixture
async def sources(youtube: FakeYoutube) -> AsyncIterator[Sources]:
    youtube.add(FakeVideo(VIDEO.id, captions=[FakeCaptions("en"), FakeCaptions("de")]))
    made = door(youtube)
    yield made
    await made.aclose()


async def test_many_at_once_and_many_times_are_one_fetch(
    youtube: FakeYoutube, sources: Sources
) -> None:
    found = await asyncio.gather(*(sources.read(VIDEO, languages=()) for _ in range(8)))
    again = await sources.read(VIDEO, languages=())
    assert all(material == again for material in found)
    assert youtube.count("player") == youtube.count("captions") == 1


async def test_another_language_is_another_fetch(youtube: FakeYoutube, sources: Sources) -> None:
    await sources.read(VIDEO, languages=("en",))
    material = await sources.read(VIDEO, languages=("de",))
    assert material.transcript is not None
    assert material.transcript.language == "de"
    assert youtube.count("captions") == 2


async def test_a_description_is_fetched_once_and_grows_with_reading(
    youtube: FakeYoutube, sources: Sources
) -> None:
    await sources.describe(VIDEO)
    await sources.describe(VIDEO)
    assert youtube.count("oembed") == 1
    await sources.read(VIDEO, languages=())
    assert (await sources.describe(VIDEO)).duration_s == 60


async def test_one_reader_giving_up_leaves_the_others_theirs(
    youtube: FakeYoutube, sources: Sources
) -> None:
    first = asyncio.create_task(sources.read(VIDEO, languages=()))
    second = asyncio.create_task(sources.read(VIDEO, languages=()))
    await youtube.saw("player")
    first.cancel()
    assert (await second).transcript is not None
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_words_on_the_shelf_are_not_fetched_again(youtube: FakeYoutube) -> None:
    youtube.add(FakeVideo(VIDEO.id))
    shelf = Shelf()
    first = door(youtube, shelf)
    read = await first.read(VIDEO, languages=())
    await first.aclose()
    second = door(youtube, shelf)
    material = await second.read(VIDEO, languages=("en",))
    assert material.transcript == read.transcript
    assert material.origin == "the library"
    assert material.video.title == "Sorting, explained"
    assert youtube.count("captions") == youtube.count("player") == 1
    await second.aclose()


async def test_facts_come_from_the_shelf_with_the_words(youtube: FakeYoutube) -> None:
    shelf = Shelf()
    chapters = (Chapter("Before", 0.0, 30.0), Chapter("After", 30.0, 60.0))
    known = Video(VIDEO.key, VIDEO.url, "youtube", "A talk", "Someone", 60.0, chapters=chapters)
    await shelf.put_transcript(
        known, Transcript("en", TranscriptKind.MANUAL, estimated([Cue(0, 0, "Hello there.")]))
    )
    sources = door(youtube, shelf)
    material = await sources.read(VIDEO, languages=())
    assert material.video == known.known(language="en")
    assert youtube.requests == []
    await sources.aclose()


async def test_captions_chosen_instead_of_those_on_the_shelf_are_fetched(
    youtube: FakeYoutube,
) -> None:
    youtube.add(FakeVideo(VIDEO.id, captions=[FakeCaptions("en"), FakeCaptions("de")]))
    shelf = Shelf()
    sources = door(youtube, shelf)
    await sources.read(VIDEO, languages=())
    german = (await sources.tracks(VIDEO))[1]
    material = await sources.read(VIDEO, languages=(), track=german)
    assert material.transcript == shelf.kept[VIDEO.key]
    assert shelf.kept[VIDEO.key].language == "de"
    await sources.aclose()


async def test_words_on_the_shelf_need_no_network(youtube: FakeYoutube) -> None:
    shelf = Shelf()
    words = Transcript(
        "en", TranscriptKind.MANUAL, estimated([Cue(0, 0, "Hello there, all of you.")])
    )
    shelf.kept[VIDEO.key] = words
    youtube.stop()
    with FakeYoutube() as gone:
        url = gone.url
    sources = build_sources(youtube_url=url, library=shelf)
    material = await sources.read(VIDEO, languages=())
    assert material.transcript == words
    assert material.video.duration_s == words.duration_s
    await sources.aclose()


async def test_words_in_another_language_than_wanted_stay_on_the_shelf(
    youtube: FakeYoutube,
) -> None:
    youtube.add(FakeVideo(VIDEO.id, captions=[FakeCaptions("en"), FakeCaptions("de")]))
    shelf = Shelf()
    shelf.kept[VIDEO.key] = Transcript(
        "en", TranscriptKind.MANUAL, estimated([Cue(0, 0, "Hello there.")])
    )
    sources = door(youtube, shelf)
    material = await sources.read(VIDEO, languages=("de",))
    assert material.transcript is not None
    assert material.transcript.language == "de"
    await sources.aclose()


async def test_a_broken_shelf_hinders_nothing(youtube: FakeYoutube) -> None:
    youtube.add(FakeVideo(VIDEO.id))
    shelf = Shelf()
    shelf.broken = True
    sources = door(youtube, shelf)
    assert (await sources.read(VIDEO, languages=())).transcript is not None
    await sources.aclose()


async def test_the_http_client_is_made_once_and_not_on_the_loop(youtube: FakeYoutube) -> None:
    youtube.add(FakeVideo(VIDEO.id), FakeVideo("bbbbbbbbbbb"))
    made_by: list[threading.Thread] = []

    def factory() -> httpx.AsyncClient:
        made_by.append(threading.current_thread())
        return httpx.AsyncClient()

    sources = build_sources(youtube_url=youtube.url, client_factory=factory)
    await asyncio.gather(
        sources.describe(VIDEO), sources.describe(link_to("https://youtu.be/bbbbbbbbbbb"))
    )
    await sources.aclose()
    assert len(made_by) == 1
    assert made_by[0] is not threading.current_thread()


async def test_closing_without_having_read_imports_and_closes_nothing() -> None:
    await build_sources().aclose()


def test_building_sources_imports_no_library_of_the_network() -> None:
    code = (
        "import sys; from notegen_desktop.services.sources.router import build_sources;"
        "from notegen_desktop.services.sources.captions import read_caption_file;"
        "build_sources();"
        "heavy = {'yt_dlp', 'httpx', 'requests', 'youtube_transcript_api', 'stopwordsiso',"
        " 'truststore'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"


# --- other sites ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:1/talk.mp4", "http://localhost/a.mp4", "http://[::1]/a.mp4",
     "http://169.254.169.254/latest", "http://10.0.0.1/a.mp4", "http://192.168.1.1/a"],
)  # fmt: skip
async def test_a_link_into_the_own_network_is_not_opened(url: str) -> None:
    with pytest.raises(UnsupportedSource, match="inside your own network"):
        check_public(url)
    sources = build_sources()
    with pytest.raises(UnsupportedSource, match="inside your own network"):
        await sources.read(Link(LinkKind.URL, "web", "web-1", url), languages=())
    await sources.aclose()


def test_behind_a_proxy_names_are_its_own_affair_and_addresses_are_not() -> None:
    check_public("http://intranet.invalid/talk", resolve=False)
    for host in ("127.0.0.1", "10.0.0.1", "[::1]", "localhost", "2130706433", "127.1"):
        with pytest.raises(UnsupportedSource, match="inside your own network"):
            check_public(f"http://{host}/a.mp4", resolve=False)


def test_video_sites_and_public_addresses_are_open() -> None:
    for url in ("https://www.youtube.com/x", "https://93.184.216.34/", "https://i.ytimg.com/a.jpg"):
        check_public(url)


def test_chapters_come_from_the_list_or_the_description() -> None:
    listed = [{"start_time": 0, "title": "One"}, {"start_time": 5.5, "title": ""}]
    assert [(c.title, c.start_s, c.end_s) for c in chapters_of({"chapters": listed}, 9.0)] == [
        ("One", 0.0, 5.5),
        ("Chapter 2", 5.5, 9.0),
    ]
    assert chapters_of({"description": "Come at 10:30 or 11:45, or 12:00!"}, 9.0) == ()
    assert chapters_of({"description": "0:10 a\n0:20 b\n0:30 c"}, 99.0) == ()  # not from the start
    assert chapters_of({}, None) == ()


# --- threads -------------------------------------------------------------------------------------


async def test_a_result_nobody_waits_for_is_dropped_and_the_next_one_is_right() -> None:
    threads = Threads(at_once=1)
    parts, pipe = os.pipe()
    task = asyncio.create_task(threads.run(lambda: os.read(parts, 1)))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    os.write(pipe, b"x")
    assert await threads.run(lambda: json.dumps([1])) == "[1]"
    await threads.aclose()
    os.close(parts)
    os.close(pipe)


async def test_what_a_thread_raises_arrives() -> None:
    threads = Threads()
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)
    await threads.aclose()


# --- a site that nobody knows --------------------------------------------------------------------

PAGE = (
    b"<html><head><title>A talk</title></head><body><video src='/a.mp4' controls>"
    b"<track kind='captions' srclang='en' src='/a.vtt'></video></body></html>"
)
FOUND = {
    "/talk": ("text/html", PAGE),
    "/a.vtt": ("text/vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\nHello there.\n"),
    "/a.mp4": ("video/mp4", b"\0" * 1000),
    "/nothing": ("text/html", b"<html><title>No film here</title></html>"),
}


class _Site(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        kind, body = FOUND.get(self.path, ("text/html", b""))
        self.send_response(200 if self.path in FOUND else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a small site of our own; the guard lets it pass, for it is on the loopback."""
    monkeypatch.setattr(session, "check_public", lambda url, *, resolve: None)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


async def read_page(url: str) -> Material:
    sources = build_sources(caption_gap_s=0.0)
    try:
        return await sources.read(Link(LinkKind.URL, "web", "web-1", url), languages=())
    finally:
        await sources.aclose()


async def test_a_page_with_a_film_and_captions_is_read(site: str) -> None:
    material = await read_page(f"{site}/talk")
    assert material.video.title == "A talk"
    assert material.transcript is not None
    assert (material.transcript.text, material.transcript.language) == ("Hello there.", "en")
    assert material.origin == "captions, English"


async def test_a_film_without_captions_says_what_would_help(site: str) -> None:
    material = await read_page(f"{site}/a.mp4")
    assert material.missing is not None
    assert material.missing.code == "no_captions"
    assert "drop that file" in material.missing.hint


@pytest.mark.parametrize("handler", ["Requests", "Urllib"])
async def test_a_redirect_into_the_own_network_is_not_followed(
    monkeypatch: pytest.MonkeyPatch, handler: str
) -> None:
    guarded = {handler: handlers.GUARDED[handler]}
    monkeypatch.setattr(session, "GUARDED", guarded)
    monkeypatch.setattr(handlers, "GUARDED", guarded)
    pages = {"/away": ("redirect", b"http://10.0.0.1/a.mp4"), "/": ("text/html", b"")}
    with FakeSite(pages) as site:
        sources = build_sources(proxy=lambda: site.url)
        link = Link(LinkKind.URL, "web", "web-1", "http://talks.example/away")
        with pytest.raises(UnsupportedSource, match="is an address inside your own network"):
            await sources.read(link, languages=())
        await sources.aclose()
        assert site.asked
        assert not any("10.0.0.1" in url for url in site.asked)


async def test_a_page_without_a_film_is_refused_in_words(site: str) -> None:
    with pytest.raises(UnsupportedSource, match="No video was found"):
        await read_page(f"{site}/nothing")


async def test_a_page_that_is_gone_is_not_found(site: str) -> None:
    with pytest.raises(VideoNotFound):
        await read_page(f"{site}/gone")


async def test_a_guess_of_an_encoding_is_said_of_a_caption_file_and_of_a_film_beside_it(
    tmp_path: Path,
) -> None:
    cue = "1\n00:00:01,000 --> 00:00:04,000\nDziś będziemy mówić o językach.\n"
    captions, film = tmp_path / "talk.srt", tmp_path / "talk.mp4"
    captions.write_bytes(cue.encode("cp1250"))
    film.touch()
    source = FileSource()
    for path in (captions, film):
        video = await source.describe(file_link(str(path)))
        assert video.remark == "encoding guessed: Windows-1250"
    captions.write_text(cue, encoding="utf-8")
    assert (await source.describe(file_link(str(captions)))).remark == ""
    await source.aclose()
