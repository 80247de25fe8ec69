"""Followed lists: what is new, what was seen, what fails, and that nothing else happens."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import (
    InvalidLink,
    NetworkUnreachable,
    VideoNotFound,
    VideoPrivate,
)
from notegen_desktop.domain.links.following import EVERY_S, Followed, FollowedVideoState, new_among
from notegen_desktop.domain.links.link import Link, LinkKind, folder_link
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.services.ports import Latest
from notegen_desktop.services.reading.following import ListFollower
from notegen_desktop.services.sources.files import SETTLED_S, FileSource
from tests.fakes.services import FakeFollowed, FakeSource

DAY_S = 86400.0
CHANNEL = Link(LinkKind.CHANNEL, "youtube", "@talks", "https://www.youtube.com/@talks")
PLAYLIST = Link(LinkKind.PLAYLIST, "youtube", "PLx", "https://www.youtube.com/playlist?list=PLx")
FEED = Link(LinkKind.PLAYLIST, "podcast", "f00d", "https://talks.example/feed")


def videos(*numbers: int, published: str = "") -> tuple[Video, ...]:
    return tuple(
        Video(f"video{n:06}", f"https://www.youtube.com/watch?v=video{n:06}", title=f"Talk {n}",
              published=published)
        for n in numbers
    )  # fmt: skip


def numbers(found: tuple[Video, ...]) -> list[int]:
    return [int(video.id.removeprefix("video")) for video in found]


class Now:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_796_000_000.0

    def time(self) -> float:
        return self.now

    def monotonic(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass
class Desk:
    source: FakeSource = field(default_factory=FakeSource)
    store: FakeFollowed = field(default_factory=FakeFollowed)
    clock: Now = field(default_factory=Now)

    def __post_init__(self) -> None:
        self.following = ListFollower(self.source, self.store, self.clock)

    def show(self, link: Link, *numbers: int, **facts: str) -> None:
        self.source.lists[link.id] = Latest(f"List {link.id}", videos(*numbers, **facts))

    async def new(self) -> list[int]:
        return numbers((await self.following.check()).new)


@pytest.fixture
def desk() -> Desk:
    return Desk()


# --- what is new ---


async def test_what_a_list_has_at_first_counts_as_seen(desk: Desk) -> None:
    desk.show(CHANNEL, 3, 2, 1)
    followed = await desk.following.add(CHANNEL)
    assert (followed.name, followed.new) == ("List @talks", ())
    assert await desk.new() == []
    desk.show(CHANNEL, 5, 4, 3, 2, 1)
    assert await desk.new() == [5, 4]


@pytest.mark.parametrize(("link", "last"), [(CHANNEL, [1, 2]), (FEED, [1, 2]), (PLAYLIST, [3, 4])])
async def test_the_last_of_a_list_can_be_wanted_from_the_start(
    desk: Desk, link: Link, last: list[int]
) -> None:
    desk.show(link, 1, 2, 3, 4)
    assert numbers((await desk.following.add(link, last=2)).new) == last


@pytest.mark.parametrize("verdict", [FollowedVideoState.TAKEN, FollowedVideoState.SKIPPED])
async def test_what_was_decided_is_not_told_again(desk: Desk, verdict: FollowedVideoState) -> None:
    desk.show(CHANNEL, 1)
    await desk.following.add(CHANNEL)
    desk.show(CHANNEL, 3, 2, 1)
    assert await desk.new() == [3, 2]
    assert await desk.new() == [3, 2]  # not now: told again at the next look
    await desk.following.decide(["video000003"], verdict)
    assert await desk.new() == [2]


async def test_an_older_video_that_comes_into_sight_of_a_channel_is_not_new(desk: Desk) -> None:
    desk.show(CHANNEL, 5, 4, 3)
    await desk.following.add(CHANNEL)
    desk.show(CHANNEL, 6, 4, 2, 1)  # 5 and 3 were deleted, but 6 is new
    assert await desk.new() == [6]
    desk.show(CHANNEL, 30, 20, 10)  # the program was closed for months
    assert await desk.new() == [6, 30, 20, 10]


async def test_a_playlist_may_have_its_new_videos_anywhere(desk: Desk) -> None:
    desk.show(PLAYLIST, 1, 2)
    await desk.following.add(PLAYLIST)
    desk.show(PLAYLIST, 9, 1, 2, 8)
    assert await desk.new() == [9, 8]


async def test_a_podcast_that_renames_all_its_episodes_has_no_new_ones(desk: Desk) -> None:
    desk.show(FEED, 1, 2, published="2026-01-05")
    await desk.following.add(FEED)
    desk.show(FEED, 11, 12, published="2026-01-05")
    assert await desk.new() == []


def test_a_video_of_yesterday_is_new_also_where_clocks_differ() -> None:
    followed = Followed(FEED, checked_at=1_796_000_000.0)  # 2026-11-29
    assert new_among(followed, videos(1, published="2026-11-28"), set())
    assert not new_among(followed, videos(1, published="2026-11-01"), set())


async def test_a_list_that_has_not_changed_has_nothing_new(desk: Desk) -> None:
    desk.show(FEED, 1)
    await desk.following.add(FEED)
    desk.source.lists[FEED.id] = None
    assert await desk.new() == []


async def test_a_page_that_is_a_podcast_is_followed_as_that(desk: Desk) -> None:
    (page,) = find_links("https://talks.example/").links
    desk.source.turns_out[page.id] = FEED
    desk.show(FEED, 1)
    assert (await desk.following.add(page)).key == FEED.key


async def test_a_single_video_cannot_be_followed_and_no_list_twice(desk: Desk) -> None:
    (video,) = find_links("https://youtu.be/abcdefghijk").links
    with pytest.raises(InvalidLink, match="no list"):
        await desk.following.add(video)
    desk.show(CHANNEL, 1)
    await desk.following.add(CHANNEL)
    with pytest.raises(InvalidLink, match="already"):
        await desk.following.add(CHANNEL)


async def test_what_cannot_be_had_is_not_followed(desk: Desk) -> None:
    desk.source.failures[CHANNEL.id] = VideoNotFound()
    with pytest.raises(VideoNotFound):
        await desk.following.add(CHANNEL)
    assert await desk.following.all() == []


# --- when it is looked at ---


async def test_lists_are_looked_at_every_few_hours_and_later_after_failures(desk: Desk) -> None:
    desk.show(CHANNEL, 1)
    await desk.following.add(CHANNEL)

    async def is_looked_at_after(seconds: float) -> bool:
        before = (await desk.following.all())[0].checked_at
        desk.clock.now += seconds
        await desk.following.check(due=True)
        return (await desk.following.all())[0].checked_at != before

    assert not await is_looked_at_after(EVERY_S - 1)
    assert await is_looked_at_after(1)
    desk.source.failures[CHANNEL.id] = VideoPrivate()
    assert await is_looked_at_after(EVERY_S)
    assert not await is_looked_at_after(EVERY_S)
    assert await is_looked_at_after(EVERY_S)
    assert not await is_looked_at_after(3 * EVERY_S)
    (followed,) = await desk.following.all()
    assert followed.failures == 2
    assert "private" in followed.failure
    del desk.source.failures[CHANNEL.id]
    await desk.following.check()
    assert (await desk.following.all())[0].failure == ""


async def test_what_is_paused_is_not_looked_at(desk: Desk) -> None:
    desk.show(CHANNEL, 1)
    await desk.following.add(CHANNEL)
    await desk.following.pause(CHANNEL.key, paused=True)
    desk.show(CHANNEL, 2, 1)
    assert await desk.new() == []
    await desk.following.pause(CHANNEL.key, paused=False)
    assert await desk.new() == [2]


async def test_a_clock_that_was_set_back_does_not_stop_the_looking(desk: Desk) -> None:
    assert Followed(CHANNEL, checked_at=desk.clock.now + 40 * DAY_S).is_due(desk.clock.now)


async def test_an_absent_network_is_no_failure_of_any_list(desk: Desk) -> None:
    for link in (CHANNEL, PLAYLIST, FEED):
        desk.show(link, 1)
        await desk.following.add(link)
        desk.source.failures[link.id] = NetworkUnreachable()
    looked = await desk.following.check()
    assert looked.away is not None
    assert not any(each.failures for each in looked.followed)


async def test_a_server_that_is_gone_while_others_answer_is_a_failure(desk: Desk) -> None:
    for link in (CHANNEL, FEED):
        desk.show(link, 1)
        await desk.following.add(link)
    desk.source.failures[FEED.id] = NetworkUnreachable("The podcast cannot be reached.")
    looked = await desk.following.check()
    assert looked.away is None
    assert [each.failures for each in looked.followed] == [0, 1]


# --- folders ---


async def test_a_file_that_is_gone_before_a_verdict_is_told_no_more(desk: Desk) -> None:
    folder = folder_link("/talks")
    desk.show(folder, 1)
    await desk.following.add(folder)
    desk.show(folder, 1, 2)
    assert await desk.new() == [2]
    desk.show(folder, 1, 3)
    assert await desk.new() == [3], "it was renamed"
    desk.show(folder)
    assert await desk.new() == [], "its disk is away"
    desk.show(folder, 1, 3)
    assert await desk.new() == [3]


async def test_a_file_is_told_once_it_is_whole(tmp_path: Path) -> None:
    def put(name: str, age_s: float, content: bytes = b"WEBVTT\n") -> None:
        (tmp_path / name).write_bytes(content)
        then = time.time() - age_s
        os.utime(tmp_path / name, (then, then))

    source = FileSource()
    link = folder_link(str(tmp_path))
    put("old.vtt", 900)
    put("being-written.mp4", 0)
    put("empty.mp3", 900, b"")  # as a recorder begins it
    put("notes.pages", 900)
    put("~$minutes.docx", 900)
    latest = await source.latest(link)
    assert [video.title for video in latest.videos] == ["Old"]
    assert latest.waiting
    put("being-written.mp4", SETTLED_S + 1)
    put("empty.mp3", SETTLED_S + 1)
    latest = await source.latest(link)
    assert [video.title for video in latest.videos] == ["Being written", "Empty", "Old"]
    assert not latest.waiting
    await source.aclose()
