"""Every way people have a video, by the command line: sites, links to media, files, lists."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import video_sites
from tests.fakes.certificates import make_certificate
from tests.fakes.gemini import FakeGemini
from tests.fakes.site import FakeSite
from tests.fakes.youtube import FakeCaptions, FakeVideo, FakeYoutube
from tests.services.sources.test_media_length import mp4

from .command import KEY, Command

ADDRESS = "https://www.youtube.com/watch?v=abcdefghijk"
PAGE = (
    b"<html><head><title>A talk</title></head><body><video src='/a.mp4' controls>"
    b"<track kind='captions' srclang='en' src='/a.vtt'></video></body></html>"
)
SAID = "A sorting algorithm puts list number {} in order."
CAPTIONS = "WEBVTT\n\n" + "".join(
    f"00:{n:02}.000 --> 00:{n:02}.900\n{SAID.format(n)}\n\n" for n in range(40)
)


@pytest.fixture
def notegen(tmp_path: Path) -> Command:
    return Command(tmp_path / "home")


@pytest.fixture
def site(notegen: Command) -> Iterator[FakeSite]:
    pages = {
        "/talk": ("text/html", PAGE),
        "/a.vtt": ("text/vtt", CAPTIONS.encode()),
        "/a.mp4": ("video/mp4", mp4(40.0)),
        "/away": ("redirect", b"http://169.254.169.254/latest"),
    }
    with FakeSite(pages) as running:
        assert notegen("settings", "set", "sources.proxy", running.url).code == 0
        yield running


def test_a_page_of_any_site_becomes_a_note(
    notegen: Command, site: FakeSite, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = notegen("generate", "http://talks.example/talk", "-t", "basic-summary", "-o", str(out))
    assert done.code == 0, done.err
    note = (out / "A talk" / "basic-summary.md").read_text()
    assert "http://talks.example/talk#t=" in note
    assert all(url.startswith("http://talks.example/") for url in site.asked)


def test_a_link_to_a_film_itself_says_what_would_help(notegen: Command, site: FakeSite) -> None:
    done = notegen("generate", "http://talks.example/a.mp4", "-t", "basic-summary", "--events")
    assert done.code == 4
    error = done.last_of_each_job()["basic-summary"]["error"]
    assert error["code"] == "no_captions"
    assert "drop that file" in error["hint"]


def test_no_site_leads_into_the_own_network(notegen: Command, site: FakeSite) -> None:
    done = notegen("transcript", "http://talks.example/away")
    assert done.code == 4
    assert "inside your own network" in done.err
    assert not any("169.254" in url for url in site.asked)


def test_captions_can_be_asked_for_in_a_language(tmp_path: Path) -> None:
    captions = [
        FakeCaptions("en", [(0, 5, "Hello there.")], automatic=True),
        FakeCaptions("de", [(0, 5, "Guten Tag.")]),
    ]
    with FakeYoutube() as youtube:
        youtube.add(FakeVideo("abcdefghijk", captions=captions))
        notegen = Command(tmp_path / "home", NOTEGEN_YOUTUBE_URL=youtube.url)
        german = notegen("transcript", ADDRESS, "--language", "de", "--json")
        english = notegen("transcript", ADDRESS, "--language", "en-GB", "--json")
        french = notegen("transcript", ADDRESS, "--language", "fr")
    assert [part["text"] for part in german.json["segments"]] == ["Guten Tag."]
    assert "Words from captions, German." in german.err
    assert english.json["kind"] == "automatic"
    assert "Words from automatic captions, English." in english.err
    assert french.code == 4
    assert "automatic captions, English" in french.err
    assert french.out == ""


def test_where_neither_youtube_nor_gemini_can_be_reached_the_network_is_named(
    tmp_path: Path,
) -> None:
    away = "http://127.0.0.1:9"
    notegen = Command(
        tmp_path / "home", NOTEGEN_YOUTUBE_URL=away, NOTEGEN_GEMINI_URL=away, GEMINI_API_KEY=KEY
    )
    done = notegen("generate", ADDRESS, "-t", "basic-summary", "--events")
    assert done.code == 4
    error = done.last_of_each_job()["basic-summary"]["error"]
    assert (error["code"], error["retryable"]) == ("network_unreachable", True)


def test_a_film_is_uploaded_and_the_events_say_so(tmp_path: Path) -> None:
    film = tmp_path / "A small talk.mp4"
    film.write_bytes(mp4(600.0))
    with FakeGemini() as server:
        notegen = Command(tmp_path / "home", NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)
        done = notegen("generate", str(film), "-t", "basic-summary", "-t", "chapters", "--events")
        assert done.code == 0, done.err
        assert len(server.files.uploads) == 1
    stages = [event["stage"] for event in done.events if event["event"] == "job"]
    assert "waiting" in stages
    assert done.events[-1]["requests"] == 2


def test_a_file_with_a_list_is_its_links_and_rejects_are_told(
    notegen: Command, tmp_path: Path
) -> None:
    (tmp_path / "list.txt").write_text(f"{ADDRESS}\nhttps://192.168.1.1/a.mp4\n")
    (tmp_path / "slides.pdf").write_bytes(b"%PDF")
    names = ("list.txt", "slides.pdf", "gone.mp4")
    done = notegen("links", "--json", *(str(tmp_path / name) for name in names))
    assert done.code == 0, done.err
    assert [link["url"] for link in done.json["links"]] == [ADDRESS]
    assert [reject["text"] for reject in done.json["rejects"]] == [
        "https://192.168.1.1/a.mp4",
        "slides.pdf",
        "gone.mp4",
    ]
    assert all(reject["reason"] for reject in done.json["rejects"])
    with FakeYoutube() as youtube:
        youtube.add(FakeVideo("abcdefghijk", length_s=300))
        notegen.environment["NOTEGEN_YOUTUBE_URL"] = youtube.url
        estimated = notegen("estimate", str(tmp_path / "list.txt"), "--engine", "offline", "--json")
    assert estimated.code == 0, estimated.err
    assert {job["source"] for job in estimated.json["jobs"]} == {"abcdefghijk"}
    assert "left out: https://192.168.1.1/a.mp4" in estimated.err


@pytest.mark.slow
def test_the_command_reads_other_video_sites_under_their_own_names(
    notegen: Command, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path, *video_sites.HOSTS)
    notegen.environment["SSL_CERT_FILE"] = str(certificate.certificate)
    with FakeSite(video_sites.pages(), certificate=certificate) as web:
        assert notegen("settings", "set", "sources.proxy", web.url).code == 0
        bilibili = notegen("transcript", video_sites.BILIBILI_SHORT, "--json")
        twitch = notegen("generate", video_sites.TWITCH, "-t", "basic-summary", "--events")
        out = tmp_path / "out"
        vimeo = notegen(
            *("generate", video_sites.VIMEO, "-t", "basic-summary", "-o", str(out)),
            *("--engine", "offline", "--format", "json"),
        )
    assert bilibili.code == 0, bilibili.err
    assert bilibili.json["kind"] == "automatic"
    assert [part["text"] for part in bilibili.json["segments"]] == list(video_sites.SAID)
    assert twitch.code == 4
    assert twitch.last_of_each_job()["basic-summary"]["error"]["code"] == "no_captions"
    assert vimeo.code == 0, vimeo.err
    note = json.loads(next(out.rglob("*.json")).read_text())
    assert note["video"]["title"] == video_sites.TITLE
    assert note["video"]["channel"] == video_sites.CHANNEL


def test_the_command_says_what_to_do_where_a_site_refuses(notegen: Command, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path, *video_sites.HOSTS)
    store = tmp_path / "home" / ".config" / "chromium" / "Default" / "Cookies"
    store.parent.mkdir(parents=True)
    store.touch()
    notegen.environment |= {
        "SSL_CERT_FILE": str(certificate.certificate),
        "HOME": str(tmp_path / "home"),
    }
    chromium = "notegen settings set sources.cookies_for_sites 'bilibili: chromium'"
    with FakeSite(video_sites.signed_in_only(), certificate=certificate) as web:
        assert notegen("settings", "set", "sources.proxy", web.url).code == 0
        read = notegen("transcript", video_sites.BILIBILI)
        written = notegen(
            *("generate", video_sites.BILIBILI, "-t", "basic-summary", "-t", "study-notes"),
            *("--engine", "offline"),
        )
    assert read.code == written.code == 4
    assert chromium in read.err
    assert written.err.count(chromium) == 1
    assert "name the saved video or its captions instead of the address" in written.err


def test_a_film_in_parts_becomes_its_parts_and_that_is_said(
    notegen: Command, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path, *video_sites.HOSTS)
    notegen.environment["SSL_CERT_FILE"] = str(certificate.certificate)
    with FakeSite(video_sites.in_parts(), certificate=certificate) as web:
        assert notegen("settings", "set", "sources.proxy", web.url).code == 0
        estimated = notegen("estimate", video_sites.BILIBILI, "-t", "chapters", "--json")
    assert estimated.code == 0, estimated.err
    assert "has 3 parts. All of them are read." in estimated.err
    assert {job["source"] for job in estimated.json["jobs"]} == {
        f"bilibili-BV1xx411c7mD_p{n}" for n in (1, 2, 3)
    }


def test_the_system_is_told_of_the_program_only_by_a_command_of_the_user(
    notegen: Command, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    notegen.environment |= {"XDG_DATA_HOME": str(data), "XDG_CONFIG_HOME": str(tmp_path / "config")}
    assert "does not know NoteGen" in notegen("desktop", "show").out
    assert not data.exists()
    assert notegen("desktop", "add").code == 0
    entry = data / "applications" / "notegen-desktop.desktop"
    assert f"NOTEGEN_HOME={notegen.home}" in entry.read_text()
    assert str(entry) in notegen("desktop", "show").out
    assert notegen("desktop", "remove").code == 0
    assert not entry.exists()
