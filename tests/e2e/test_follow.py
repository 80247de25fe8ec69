"""Lists that are followed, by the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.site import FakeSite
from tests.fakes.youtube import FakeYoutube
from tests.services.sources.test_podcasts import VTT, feed, item, transcript

from .command import Command

FEED = "http://talks.example/feed.xml"


@pytest.fixture
def youtube() -> Iterator[FakeYoutube]:
    with FakeYoutube() as running:
        yield running


@pytest.fixture
def notegen(tmp_path: Path, youtube: FakeYoutube) -> Command:
    return Command(tmp_path / "home", NOTEGEN_YOUTUBE_URL=youtube.url)


def test_new_episodes_of_a_podcast_are_told_until_they_are_seen(
    notegen: Command, tmp_path: Path
) -> None:
    with FakeSite({"/feed.xml": ("text/xml", feed(item(1), item(2)))}) as site:
        notegen("settings", "set", "sources.proxy", site.url)
        added = notegen("follow", "add", FEED)
        assert added.out == "“Small Talks” is followed.\n"
        assert notegen("follow", "add", FEED).code == 2
        site.pages["/feed.xml"] = ("text/xml", feed(item(1), item(2), item(29), item(30)))
        checked = notegen("follow", "check")
        assert checked.code == 0
        assert "Small Talks: 2 new videos" in checked.err
        assert [line.partition("?")[0] for line in checked.out.splitlines()] == [
            "http://cdn.example/ep30.mp3",
            "http://cdn.example/ep29.mp3",
        ]
        (followed,) = notegen("follow", "check", "--json", "--seen").json["followed"]
        assert followed["kind"] == "podcast"
        assert [video["title"] for video in followed["new"]] == [
            "Episode 30 & more",
            "Episode 29 & more",
        ]
        assert followed["new"][0]["published"] == "2026-11-30"
        assert notegen("follow", "check").out == ""
        site.pages["/feed.xml"] = ("404", b"")
        failed = notegen("follow", "check")
        assert failed.code == 4
        assert "nothing at this address" in failed.err
        assert notegen("follow", "remove", "Small Talks").code == 0
        assert notegen("follow", "list", "--json").json == {"followed": []}


def test_a_folder_and_a_channel_are_followed(
    notegen: Command, youtube: FakeYoutube, tmp_path: Path
) -> None:
    folder = tmp_path / "Téléchargements du cours"
    folder.mkdir()

    def put(name: str) -> None:
        (folder / name).write_text("WEBVTT\n\n00:00.000 --> 00:02.000\nHello.\n")
        os.utime(folder / name, (1_700_000_000, 1_700_000_000))

    put("first.vtt")
    youtube.add_playlist("@talks", 3)
    inside = folder / "x"
    inside.mkdir()
    assert notegen("follow", "add", f"{inside}/..").out == f"“{folder.name}” is followed.\n"
    assert notegen("follow", "add", "https://www.youtube.com/@talks", "--last", "1").code == 0
    put("second.vtt")
    checked = notegen("follow", "check")
    assert checked.out.splitlines() == [
        str(folder / "second.vtt"),
        "https://www.youtube.com/watch?v=v0000000001",
    ]
    assert notegen("follow", "pause", str(folder)).code == 0
    assert "paused" in notegen("follow", "list").out
    assert str(folder) not in notegen("follow", "check").out


def test_a_list_of_subscriptions_is_followed_as_far_as_it_can_be(
    notegen: Command, tmp_path: Path
) -> None:
    listed = "".join(f'<outline xmlUrl="http://talks.example/{n}.xml"/>' for n in ("feed", "no"))
    (tmp_path / "mine.opml").write_text(f"<opml><body>{listed}</body></opml>")
    with FakeSite({"/feed.xml": ("text/xml", feed(item(1)))}) as site:
        notegen("settings", "set", "sources.proxy", site.url)
        added = notegen("follow", "add", str(tmp_path / "mine.opml"))
    assert (added.code, added.out) == (3, "“Small Talks” is followed.\n")
    assert "no.xml: There is nothing at this address" in added.err


def test_without_a_network_following_says_so_and_counts_no_failure(notegen: Command) -> None:
    with FakeSite({"/feed.xml": ("text/xml", feed(item(1)))}) as site:
        notegen("settings", "set", "sources.proxy", site.url)
        notegen("follow", "add", FEED)
    checked = notegen("follow", "check")
    assert checked.code == 4
    assert "does not answer" in checked.err
    (followed,) = notegen("follow", "list", "--json").json["followed"]
    assert followed["failure"] is None


@pytest.mark.parametrize("source", ["https://youtu.be/abcdefghijk", "no such thing", "/nowhere"])
def test_what_is_no_list_is_not_followed(notegen: Command, source: str) -> None:
    refused = notegen("follow", "add", source)
    assert refused.code == 2
    assert refused.err


def test_the_words_of_a_list_are_those_of_one_of_its_videos(notegen: Command) -> None:
    said = item(2, more=transcript("text/vtt", "/t.vtt"))
    pages = {"/feed.xml": ("text/xml", feed(said)), "/t.vtt": ("text/vtt", VTT.encode())}
    with FakeSite(pages) as site:
        notegen("settings", "set", "sources.proxy", site.url)
        refused = notegen("transcript", FEED)
        assert refused.code == 2
        assert "list of videos" in refused.err
        assert "http://cdn.example/ep2.mp3" in refused.err
        listed = notegen("estimate", FEED, "-t", "basic-summary", "--engine", "offline").out
        assert "http://cdn.example/ep2.mp3" in listed
        assert "feed=" not in listed
