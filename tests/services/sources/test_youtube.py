"""YouTube as people meet it: captions of every kind, refusals, and a network that fails."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import (
    InvalidSetting,
    NetworkUnreachable,
    NoteGenError,
    TimedOut,
    VideoNotFound,
    VideoPrivate,
)
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Chapter, Video
from notegen_desktop.domain.text.transcript import CaptionTrack, TranscriptKind
from notegen_desktop.services.ports import Material
from notegen_desktop.services.sources.refusals import refusal
from notegen_desktop.services.sources.router import Sources, build_sources
from notegen_desktop.services.sources.site_access import Throttle
from notegen_desktop.services.sources.tracks import choose
from tests.fakes.socks import socks_proxy
from tests.fakes.youtube import (
    Body,
    Drop,
    FakeCaptions,
    FakeVideo,
    FakeYoutube,
    Fault,
    Slow,
    Status,
    talk,
)

ID = "abcdefghijk"


def link_to(text: str) -> Link:
    return find_links(text).links[0]


VIDEO = link_to(f"https://youtu.be/{ID}?t=7")


@pytest.fixture
def youtube() -> Iterator[FakeYoutube]:
    with FakeYoutube() as server:
        yield server


@pytest.fixture
async def sources(youtube: FakeYoutube) -> AsyncIterator[Sources]:
    made = build_sources(youtube_url=youtube.url, caption_gap_s=0.0, retry_after_s=0.01)
    yield made
    await made.aclose()
    for thread in [t for t in threading.enumerate() if t.name == "sources"]:
        thread.join(2)  # its result is there a moment before its end
        assert not thread.is_alive()


async def read(sources: Sources, *languages: str) -> Material:
    return await sources.read(VIDEO, languages=languages)


# --- what there is to know -----------------------------------------------------------------------


async def test_a_description_is_one_small_request(youtube: FakeYoutube, sources: Sources) -> None:
    youtube.add(FakeVideo(ID, "Sorting", "Small Lectures"))
    video = await sources.describe(VIDEO)
    assert (video.id, video.url) == (ID, f"https://www.youtube.com/watch?v={ID}")
    assert (video.title, video.channel) == ("Sorting", "Small Lectures")
    assert video.thumbnail_url
    assert youtube.requests == [("oembed", ID)]


async def test_reading_gives_the_facts_and_the_words(
    youtube: FakeYoutube, sources: Sources
) -> None:
    description = (
        "About sorting, with Ada Lovelace.\n\n0:00 Start\n0:20 - The middle\n(0:40) End\n\n"
        "Buy here: https://shop.example/x\n#sorting #fun\nThanks!"
    )
    youtube.add(FakeVideo(ID, "Sorting", "Small Lectures", 60, description=description))
    material = await read(sources)
    video = material.video
    assert (video.title, video.channel, video.duration_s) == ("Sorting", "Small Lectures", 60.0)
    assert video.chapters == (
        Chapter("Start", 0.0, 20.0),
        Chapter("The middle", 20.0, 40.0),
        Chapter("End", 40.0, 60.0),
    )
    assert video.description == "About sorting, with Ada Lovelace. Thanks!"
    assert material.missing is None
    assert material.transcript is not None
    assert material.transcript.language == "en"
    assert material.transcript.text.replace("\n", " ") == " ".join(t for _, _, t in talk(60))
    assert youtube.count("player") == youtube.count("captions") == 1


async def test_automatic_captions_are_read_whole_and_called_so(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID, captions=[FakeCaptions("en", talk(60), automatic=True)]))
    material = await read(sources)
    assert material.origin == "automatic captions, English"
    assert material.transcript is not None
    assert material.transcript.kind is TranscriptKind.AUTOMATIC
    assert material.transcript.text.split() == " ".join(t for _, _, t in talk(60)).split()
    assert material.video.language == "en"


# --- which captions ------------------------------------------------------------------------------

MANUAL, AUTOMATIC, TRANSLATED = (
    TranscriptKind.MANUAL,
    TranscriptKind.AUTOMATIC,
    TranscriptKind.TRANSLATED,
)


@pytest.mark.parametrize(
    ("offered", "languages", "original", "chosen"),
    [
        ([("en", MANUAL), ("en", AUTOMATIC)], [], "en", ("en", MANUAL)),
        ([("de", MANUAL), ("en", AUTOMATIC)], [], "en", ("en", AUTOMATIC)),
        ([("de", MANUAL), ("en", AUTOMATIC)], ["de"], "en", ("de", MANUAL)),
        ([("de", MANUAL), ("en", AUTOMATIC)], ["fr", "de"], "en", ("de", MANUAL)),
        ([("de", MANUAL), ("en", AUTOMATIC)], ["fr"], "en", ("en", AUTOMATIC)),
        ([("pt-PT", MANUAL), ("pt-BR", MANUAL)], ["pt-BR"], "", ("pt-BR", MANUAL)),
        ([("pt-PT", MANUAL), ("en", MANUAL)], ["pt-BR"], "en", ("pt-PT", MANUAL)),
        ([("fr", TRANSLATED), ("en", AUTOMATIC)], ["fr"], "en", ("en", AUTOMATIC)),
        ([("fr", TRANSLATED)], ["fr"], "en", ("fr", TRANSLATED)),
        ([("ja", MANUAL), ("en-GB", MANUAL)], [], "", ("en-GB", MANUAL)),
        ([("ja", MANUAL), ("ko", MANUAL)], [], "", ("ja", MANUAL)),
        ([], ["en"], "en", None),
    ],
)
def test_the_track_is_the_users_language_then_the_videos_human_before_automatic(
    offered: list[tuple[str, TranscriptKind]],
    languages: list[str],
    original: str,
    chosen: tuple[str, TranscriptKind] | None,
) -> None:
    tracks = [CaptionTrack(language, kind) for language, kind in offered]
    found = choose(tracks, languages, original)
    assert (found and (found.language, found.kind)) == chosen


async def test_the_preferred_language_is_fetched(youtube: FakeYoutube, sources: Sources) -> None:
    youtube.add(
        FakeVideo(ID, captions=[FakeCaptions("en", automatic=True), FakeCaptions("de")]),
    )
    material = await read(sources, "de")
    assert material.origin == "captions, German"
    assert youtube.requests[-1] == ("captions", f"{ID}:de:json3")
    assert material.video.language == "en"  # what is spoken, whatever is read


async def test_no_captions_is_a_reason_and_no_error(youtube: FakeYoutube, sources: Sources) -> None:
    youtube.add(FakeVideo(ID, captions=[]))
    material = await read(sources)
    assert material.transcript is None
    assert material.missing is not None
    assert material.missing.code == "no_captions"
    assert material.video.title


# --- captions that fail --------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Status(429), Status(503), Drop(), Drop(after=40)], ids=repr)
async def test_a_caption_request_that_fails_once_is_repeated(
    youtube: FakeYoutube, sources: Sources, fault: Fault
) -> None:
    youtube.add(FakeVideo(ID))
    youtube.fail("captions", fault)
    material = await read(sources)
    assert material.transcript is not None
    assert material.origin == "captions, English"
    assert youtube.count("captions") == 2


@pytest.mark.parametrize(
    ("fault", "times"),
    [(Body(b""), 1), (Body(b"<html>?</html>"), 1), (Status(404), 1), (Status(403), 1), (Drop(), 2)],
    ids=repr,
)
async def test_captions_are_tried_a_second_way(
    youtube: FakeYoutube, sources: Sources, fault: Fault, times: int
) -> None:
    youtube.add(FakeVideo(ID))
    youtube.fail("captions", fault, times=times)
    material = await read(sources)
    assert material.transcript is not None
    assert material.transcript.text.replace("\n", " ") == " ".join(t for _, _, t in talk(60))
    assert "the second way" in material.origin
    assert youtube.count("watch") == 1
    assert youtube.requests[-1] == ("captions", f"{ID}:en:xml")


async def test_a_block_on_captions_ends_the_trying_and_keeps_the_facts(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID), FakeVideo("bbbbbbbbbbb"))
    youtube.fail("captions", Status(429), times=None)
    material = await read(sources)
    assert material.video.title == "Sorting, explained"
    assert material.missing is not None
    assert material.missing.code == "youtube_rate_limited"
    assert material.missing.retryable
    assert youtube.count("captions") == 2
    assert youtube.count("watch") == 0  # no second way: it would be refused as well
    other = await sources.read(link_to("https://youtu.be/bbbbbbbbbbb"), languages=())
    assert other.missing is not None
    assert "asks again in" in other.missing.hint
    assert youtube.count("captions") == 2


async def test_what_is_missing_is_told_when_both_ways_fail(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID, captions=[FakeCaptions("en", body=b"")]))
    material = await read(sources)
    assert material.transcript is None
    assert material.missing is not None
    assert material.missing.code == "captions_empty"
    assert "YouTube sent captions without a word" in material.missing.message
    assert "file of your own" in material.missing.hint
    assert material.video.duration_s == 60


async def test_captions_are_asked_for_one_at_a_time(youtube: FakeYoutube, sources: Sources) -> None:
    ids = [f"{n:011d}" for n in range(6)]
    youtube.add(*(FakeVideo(video_id) for video_id in ids))
    youtube.fail("captions", Slow(0.03), times=None)
    found = await asyncio.gather(
        *(sources.read(link_to(f"https://youtu.be/{i}"), languages=()) for i in ids)
    )
    assert all(material.transcript for material in found)
    assert youtube.most_at_once["captions"] == 1


async def test_a_throttle_keeps_its_gap_and_rests_longer_every_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]

    async def sleep(seconds: float) -> None:
        now[0] += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    throttle = Throttle(gap_s=0.5, rests_s=(15, 60), clock=lambda: now[0])
    async with throttle.turn():
        now[0] += 3.0
    async with throttle.turn():
        assert now[0] == 103.5
    throttle.refused()
    assert throttle.resting_s == 15
    throttle.refused()
    assert throttle.resting_s == 60
    throttle.refused(wait_s=300)
    assert throttle.resting_s == 300
    now[0] += 301
    assert throttle.resting_s == 0
    throttle.refused()
    throttle.answered()
    assert throttle.resting_s == 0


# --- videos that are refused ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason", "subreason", "code"),
    [
        ("ERROR", "Video unavailable", "This video is no longer available.", "video_not_found"),
        ("ERROR", "Video unavailable", "This video has been removed", "video_not_found"),
        ("LOGIN_REQUIRED", "Private video", "Sign in if you've been granted access",
         "video_private"),
        ("LOGIN_REQUIRED", "Sign in to confirm your age",
         "This video may be inappropriate for some users.", "video_restricted"),
        ("UNPLAYABLE", "Join this channel to get access to members-only content", "",
         "video_restricted"),
        ("UNPLAYABLE", "Video unavailable",
         "The uploader has not made this video available in your country", "video_restricted"),
        ("UNPLAYABLE", "This video requires payment to watch", "", "video_restricted"),
        ("LIVE_STREAM_OFFLINE", "Premieres in 3 hours", "", "video_not_ready"),
        ("LIVE_STREAM_OFFLINE", "This live event will begin in 2 days.", "", "video_not_ready"),
    ],
)  # fmt: skip
async def test_a_refused_video_raises_with_its_own_reason(
    youtube: FakeYoutube, sources: Sources, status: str, reason: str, subreason: str, code: str
) -> None:
    youtube.add(FakeVideo(ID, status=status, reason=reason, subreason=subreason))
    with pytest.raises(NoteGenError) as caught:
        await read(sources)
    assert caught.value.code() == code
    assert caught.value.hint
    assert "yt-dlp" not in caught.value.message + caught.value.hint


@pytest.mark.parametrize("live", ["is_live", "is_upcoming"])
async def test_a_live_video_is_not_ready(youtube: FakeYoutube, sources: Sources, live: str) -> None:
    youtube.add(FakeVideo(ID, live=live, captions=[]))
    with pytest.raises(NoteGenError) as caught:
        await read(sources)
    assert caught.value.code() == "video_not_ready"


async def test_a_missing_video_is_not_found(youtube: FakeYoutube, sources: Sources) -> None:
    with pytest.raises(VideoNotFound):
        await read(sources)
    with pytest.raises(VideoNotFound):
        await sources.describe(VIDEO)


async def block_by_bot_check(youtube: FakeYoutube) -> None:
    youtube.videos[ID].status = "LOGIN_REQUIRED"
    youtube.videos[ID].reason = "Sign in to confirm you’re not a bot"


async def block_by_429(youtube: FakeYoutube) -> None:
    youtube.fail("player", Status(429), times=None)


@pytest.mark.parametrize(
    ("block", "code"),
    [(block_by_bot_check, "sign_in_wanted"), (block_by_429, "youtube_rate_limited")],
)
async def test_a_block_leaves_what_video_mode_needs(
    youtube: FakeYoutube, sources: Sources, block: Callable[[FakeYoutube], object], code: str
) -> None:
    youtube.add(FakeVideo(ID))
    await block(youtube)  # type: ignore[misc]
    material = await read(sources)
    assert material.transcript is None
    assert material.missing is not None
    assert material.missing.code == code
    assert material.missing.retryable
    assert material.video.url == VIDEO.url
    assert material.video.title == "Sorting, explained"  # oEmbed still answers
    assert youtube.count("captions") == youtube.count("watch") == 0


async def test_a_film_for_children_hidden_from_one_client_is_read_the_second_way(
    youtube: FakeYoutube, sources: Sources
) -> None:
    hidden = FakeVideo(ID, status="UNPLAYABLE", reason="This video is not available")
    youtube.add(hidden)
    seen: list[str] = []

    def player_answers_others(client: str) -> bool:
        seen.append(client)
        return client != "VISIONOS"

    youtube.opens_for = player_answers_others
    material = await read(sources)
    assert material.transcript is not None
    assert material.video.title == "Sorting, explained"
    assert seen == ["VISIONOS", "ANDROID"]


async def test_where_the_door_is_gone_the_video_is_not_called_gone(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID))
    youtube.fail("player", Status(404), times=None)
    material = await read(sources)
    assert material.missing is not None
    assert material.missing.code == "youtube_changed"
    assert material.video.title == "Sorting, explained"
    assert youtube.count("watch") == 1, "the second way is tried"


async def test_an_answer_in_a_new_form_is_called_so_and_still_leaves_video_mode(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID))
    youtube.fail("player", Body(b'{"somethingNew": true}'), times=None)
    material = await read(sources)
    assert material.missing is not None
    assert material.missing.code == "youtube_changed"
    assert material.video.title == "Sorting, explained"


# --- a network that fails ------------------------------------------------------------------------


async def test_no_network_is_called_so_and_leaves_what_video_mode_needs() -> None:
    with FakeYoutube() as server:
        url = server.url
    sources = build_sources(youtube_url=url, caption_gap_s=0.0)
    with pytest.raises(NetworkUnreachable):
        await sources.describe(VIDEO)
    assert_only_the_address_is_known(await read(sources), "network_unreachable")
    await sources.aclose()


def assert_only_the_address_is_known(material: Material, code: str) -> None:
    assert material.video == Video(VIDEO.key, VIDEO.url, "youtube")
    assert material.transcript is None
    assert material.missing is not None
    assert material.missing.code == code


async def test_a_player_that_drops_connections_leaves_what_video_mode_needs(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID))
    youtube.fail("player", Drop(), times=None)
    material = await read(sources)
    assert material.video.title == "Sorting, explained"
    assert material.missing is not None
    assert material.missing.code == "network_unreachable"


async def test_oembed_dropping_connections_costs_only_what_it_tells(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID))
    youtube.fail("oembed", Drop(), times=None)
    material = await read(sources)
    assert material.transcript is not None
    assert (material.video.title, material.video.channel) == ("Sorting, explained", "")
    youtube.add(FakeVideo("bbbbbbbbbbb"))
    with pytest.raises(NetworkUnreachable):
        await sources.describe(link_to("https://youtu.be/bbbbbbbbbbb"))


async def test_every_connection_dropped_is_a_broken_network(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID))
    for kind in ("player", "oembed"):
        youtube.fail(kind, Drop(), times=None)
    assert_only_the_address_is_known(await read(sources), "network_unreachable")


async def test_cancelling_returns_at_once_and_the_source_stays_usable(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID))
    youtube.fail("player", Slow(30.0))
    task = asyncio.create_task(read(sources))
    await youtube.saw("player")
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert youtube.under_way("player") == 1, "it does not wait for the answer"
    material = await read(sources)
    assert material.transcript is not None
    youtube.stop()  # what is being answered ends with it


async def test_the_loop_stays_free_while_youtube_is_slow(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID))
    youtube.fail("player", Slow(0.3))
    task = asyncio.create_task(read(sources))
    turns = 0

    async def count_turns() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    counting = asyncio.create_task(count_turns())
    material = await task
    counting.cancel()
    assert turns > 5
    assert material.transcript is not None


async def test_a_silent_server_is_a_time_out(youtube: FakeYoutube) -> None:
    youtube.add(FakeVideo(ID))
    youtube.fail("player", Slow(3), times=None)
    youtube.fail("oembed", Slow(3), times=None)
    sources = build_sources(youtube_url=youtube.url, timeout_s=0.3)
    with pytest.raises(TimedOut):
        await sources.describe(VIDEO)
    assert_only_the_address_is_known(await read(sources), "timed_out")
    await sources.aclose()


async def test_a_row_of_refusals_makes_a_rest_for_every_video(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.fail("player", Status(429), times=None)
    codes = []
    for number in range(6):
        youtube.add(FakeVideo(f"{number:011d}"))
        link = link_to(f"https://youtu.be/{number:011d}")
        material = await sources.read(link, languages=())
        assert material.missing is not None
        codes.append(material.missing.code)
    assert codes == ["youtube_rate_limited"] * 6
    assert youtube.count("player") == 3


async def test_a_single_refusal_does_not_keep_a_retry_from_going_through(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID))
    youtube.fail("player", Status(429))
    assert (await read(sources)).transcript is None
    assert (await read(sources)).transcript is not None


@pytest.mark.parametrize("oembed", [401, 404])
async def test_a_description_that_oembed_refuses_comes_from_the_video_itself(
    youtube: FakeYoutube, sources: Sources, oembed: int
) -> None:
    youtube.add(FakeVideo(ID, "Sorting", oembed_status=oembed))
    video = await sources.describe(VIDEO)
    assert (video.title, video.duration_s) == ("Sorting", 60.0)


async def test_a_private_video_is_called_so_when_described(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID, oembed_status=401, status="LOGIN_REQUIRED", reason="Private video"))
    with pytest.raises(VideoPrivate):
        await sources.describe(VIDEO)


# --- proxies and cookies -------------------------------------------------------------------------


@pytest.fixture
def socks(youtube: FakeYoutube) -> Iterator[str]:
    with socks_proxy(youtube.url) as address:
        yield address


@pytest.mark.parametrize("kind", ["http", "socks"])
async def test_everything_goes_through_the_proxy(
    youtube: FakeYoutube, request: pytest.FixtureRequest, kind: str
) -> None:
    proxy = youtube.url if kind == "http" else request.getfixturevalue("socks")
    youtube.add(FakeVideo(ID, channel="Small Lectures"))
    # Nothing listens at the address itself: only through the proxy is there an answer.
    sources = build_sources(
        youtube_url="http://127.0.0.1:9", proxy=lambda: proxy, caption_gap_s=0.0
    )
    video = await sources.describe(VIDEO)
    material = await read(sources)
    assert video.channel == "Small Lectures"
    assert material.transcript is not None
    await sources.aclose()


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9"])
async def test_a_proxy_that_is_away_is_named(youtube: FakeYoutube, proxy: str) -> None:
    sources = build_sources(youtube_url=youtube.url, proxy=lambda: proxy)
    youtube.add(FakeVideo(ID))
    with pytest.raises(NetworkUnreachable):
        await sources.describe(VIDEO)
    material = await read(sources)
    assert_only_the_address_is_known(material, "network_unreachable")
    assert material.missing is not None
    assert "proxy" in material.missing.message
    await sources.aclose()


async def test_a_proxy_counts_from_the_moment_it_is_set(youtube: FakeYoutube) -> None:
    proxy = "http://127.0.0.1:9"
    sources = build_sources(youtube_url=youtube.url, proxy=lambda: proxy, caption_gap_s=0.0)
    youtube.add(FakeVideo(ID))
    assert (await read(sources)).transcript is None
    proxy = youtube.url
    assert (await sources.describe(VIDEO)).title == "Sorting, explained"
    assert (await read(sources)).transcript is not None
    await sources.aclose()


async def test_signing_in_ends_a_rest_that_was_asked_for_without(
    youtube: FakeYoutube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    cookies = ""
    sources = build_sources(
        youtube_url=youtube.url, cookies_for=lambda _site: cookies, caption_gap_s=0.0
    )
    robot = "Sign in to confirm you’re not a bot"
    youtube.add(FakeVideo(ID, status="LOGIN_REQUIRED", reason=robot))
    for _ in range(4):
        material = await read(sources)
    assert material.missing is not None
    assert material.missing.code == "youtube_rate_limited"
    assert "asks again in" in material.missing.hint
    youtube.add(FakeVideo(ID))
    cookies = "firefox"
    assert (await read(sources)).transcript is not None
    await sources.aclose()


# --- a choice of captions ------------------------------------------------------------------------


async def test_the_captions_on_offer_are_listed_and_each_can_be_read(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(
        FakeVideo(
            ID,
            captions=[
                FakeCaptions("en", [(0, 5, "Hello there.")]),
                FakeCaptions("de", [(0, 5, "Guten Tag.")]),
                FakeCaptions("en", [(0, 5, "hello their")], automatic=True),
            ],
        )
    )
    tracks = await sources.tracks(VIDEO)
    assert [(t.language, t.kind) for t in tracks] == [
        ("en", TranscriptKind.MANUAL),
        ("de", TranscriptKind.MANUAL),
        ("en", TranscriptKind.AUTOMATIC),
    ]
    said = []
    for track in tracks:
        material = await sources.read(VIDEO, languages=("en",), track=track)
        assert material.transcript is not None
        assert material.origin == track.words
        said.append(material.transcript.text)
    assert said == ["Hello there.", "Guten Tag.", "hello their"]


async def test_a_choice_of_captions_stays_and_is_announced_once(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID, captions=[FakeCaptions("en"), FakeCaptions("de")]))
    told: list[str] = []
    sources.when_chosen(told.append)
    german = (await sources.tracks(VIDEO))[1]
    for _ in range(2):
        await sources.read(VIDEO, languages=("en",), track=german)
    material = await sources.read(VIDEO, languages=("en",))
    assert material.transcript is not None
    assert material.transcript.language == "de"
    assert told == [VIDEO.key]
    assert youtube.count("captions") == 1


async def test_chosen_captions_that_are_gone_are_named(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID))
    gone = CaptionTrack("fr", TranscriptKind.AUTOMATIC, "French (auto-generated)")
    material = await sources.read(VIDEO, languages=(), track=gone)
    assert material.missing is not None
    assert material.missing.code == "no_captions"
    assert "automatic captions, French" in material.missing.message


async def test_cookies_that_cannot_be_read_hinder_nothing(
    youtube: FakeYoutube, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    youtube.add(FakeVideo(ID))
    sources = build_sources(
        youtube_url=youtube.url, cookies_for=lambda _site: "firefox", caption_gap_s=0.0
    )
    assert (await read(sources)).transcript is not None
    youtube.add(FakeVideo("bbbbbbbbbbb", status="LOGIN_REQUIRED", reason="Private video"))
    with pytest.raises(VideoPrivate) as caught:
        await sources.read(link_to("https://youtu.be/bbbbbbbbbbb"), languages=())
    assert "No cookies of Firefox were found" in caught.value.hint
    await sources.aclose()


# --- lists ---------------------------------------------------------------------------------------


async def test_a_playlist_of_a_thousand_comes_in_pages_each_fetched_once(
    youtube: FakeYoutube, sources: Sources
) -> None:
    ids = youtube.add_playlist("PLcourse0000001", 1000)
    link = link_to("https://www.youtube.com/playlist?list=PLcourse0000001")
    found = []
    for start in range(1, 1002, 100):
        found += await sources.expand(link, start=start, count=100)
    assert [video.id for video in found] == ids
    assert (found[0].title, found[0].duration_s) == ("Part 1", 60.0)
    assert youtube.count("browse") == 10


async def test_a_page_in_the_middle_of_a_list_can_be_asked_for(
    youtube: FakeYoutube, sources: Sources
) -> None:
    ids = youtube.add_playlist("PLcourse0000001", 130)
    link = link_to("https://www.youtube.com/playlist?list=PLcourse0000001")
    assert [v.id for v in await sources.expand(link, start=121, count=50)] == ids[120:]
    assert [v.id for v in await sources.expand(link, start=1, count=3)] == ids[:3]
    assert await sources.expand(link, start=500) == []


async def test_a_channel_expands_to_its_videos(youtube: FakeYoutube, sources: Sources) -> None:
    ids = youtube.add_playlist("@small", 5)
    found = await sources.expand(link_to("https://www.youtube.com/@small"))
    assert [video.id for video in found] == ids


async def test_a_playlist_that_the_api_does_not_give_is_read_from_its_page(
    youtube: FakeYoutube, sources: Sources
) -> None:
    ids = youtube.add_playlist("PLcourse0000001", 5)
    youtube.fail("resolve", Status(404), times=None)
    link = link_to("https://www.youtube.com/playlist?list=PLcourse0000001")
    assert [video.id for video in await sources.expand(link)] == ids
    assert youtube.count("page") == 1


async def test_a_missing_playlist_is_called_one(youtube: FakeYoutube, sources: Sources) -> None:
    with pytest.raises(VideoNotFound, match="playlist or channel"):
        await sources.expand(link_to("https://www.youtube.com/playlist?list=PLnowhere000000"))


# --- addresses and words -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url", ["http://example.org", "ftp://127.0.0.1", "127.0.0.1:8000", "https://", "https://a@b/?x"]
)
def test_a_base_url_is_https_or_on_this_machine(url: str) -> None:
    with pytest.raises(InvalidSetting):
        build_sources(youtube_url=url)


@pytest.mark.parametrize("url", ["https://video.example", "http://localhost:1", "http://[::1]:80"])
def test_https_and_loopback_are_fine_as_a_base_url(url: str) -> None:
    build_sources(youtube_url=url)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("HTTP Error 429: Too Many Requests", "youtube_rate_limited"),
        ("This content isn't available, try again later. The current session has been "
         "rate-limited by YouTube for up to an hour.", "youtube_rate_limited"),
        ("All player responses are invalid. Your IP is likely being blocked by Youtube",
         "sign_in_wanted"),
        ("YouTube is requiring a captcha challenge before playback", "sign_in_wanted"),
        ("The uploader has not made this video available in your country\nThis video is available "
         "in Japan.\nYou might want to use a VPN or a proxy server", "video_restricted"),
        ("This video is age-restricted and only available on YouTube", "video_restricted"),
        ("ProxyError: Unable to connect to proxy", "network_unreachable"),
        ("The read operation timed out", "timed_out"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "network_unreachable"),
        ("Failed to resolve 'www.youtube.com' ([Errno -2] Name or service not known)",
         "network_unreachable"),
        ("Incomplete YouTube ID abc", "video_not_found"),
        ("KeyError 'contents'", "youtube_changed"),
    ],
)  # fmt: skip
def test_refusals_are_told_apart_by_their_words(words: str, code: str) -> None:
    assert refusal(words).code() == code
