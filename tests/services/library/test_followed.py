"""What is followed is kept, in the library and in the fake that stands for it alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.links.following import Followed, FollowedVideoState
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.video import Video
from notegen_desktop.services.ports import FollowedStore
from tests.fakes.notes import a_note, a_request
from tests.fakes.services import FakeFollowed

from .conftest import Place

CHANNEL = Followed(
    Link(LinkKind.CHANNEL, "youtube", "@talks", "https://www.youtube.com/@talks"), added_at=1.0
)
FEED = Followed(
    Link(LinkKind.PLAYLIST, "podcast", "f00d", "https://a.example/f"), title="Ünïcode 学校 \x00 😀",
    added_at=2.0, checked_at=3.0, failures=2, failure="no", validator='{"ETag": "x"}', paused=True,
)  # fmt: skip
VIDEOS = [Video(f"v{n}", f"https://a.example/{n}", "podcast", f"Talk {n}") for n in range(4)]


@pytest.fixture(params=["library", "fake"])
async def store(request: pytest.FixtureRequest, place: Place) -> FollowedStore:
    return (await place.open()).followed if request.param == "library" else FakeFollowed()


async def test_lists_come_back_as_they_were_kept(store: FollowedStore) -> None:
    await store.put(CHANNEL)
    await store.put(FEED)
    await store.put(replace(CHANNEL, title="Talks"))
    first, second = await store.all()
    assert first == replace(CHANNEL, title="Talks")
    assert second.title.startswith("Ünïcode 学校")
    assert (second.failures, second.paused, second.validator) == (2, True, FEED.validator)
    await store.remove(CHANNEL.key)
    assert [each.key for each in await store.all()] == [FEED.key]


async def test_new_videos_wait_for_a_verdict(store: FollowedStore) -> None:
    await store.put(CHANNEL)
    await store.add_videos(CHANNEL.key, VIDEOS, {"v0", "v2"})
    assert await store.known(CHANNEL.key) == {"v0", "v1", "v2", "v3"}
    (followed,) = await store.all()
    assert [video.title for video in followed.new] == ["Talk 0", "Talk 2"]
    await store.decide(["v0", "v1"], FollowedVideoState.SKIPPED)
    assert [video.id for video in (await store.all())[0].new] == ["v2"]
    await store.forget(CHANNEL.key, ["v2", "v9"])
    assert (await store.all())[0].new == ()
    assert await store.known(CHANNEL.key) == {"v0", "v1", "v3"}
    await store.remove(CHANNEL.key)
    await store.put(CHANNEL)
    assert await store.known(CHANNEL.key) == set()


async def test_what_has_notes_or_was_decided_elsewhere_is_not_new(place: Place) -> None:
    library = await place.open()
    note = await library.store.save(a_note(), a_request())
    await library.followed.put(CHANNEL)
    await library.followed.put(FEED)
    await library.followed.add_videos(CHANNEL.key, VIDEOS[:1], {"v0"})
    await library.followed.decide(["v0"], FollowedVideoState.SKIPPED)
    both = [*VIDEOS[:2], replace(VIDEOS[2], id=note.video.id), VIDEOS[1]]
    await library.followed.add_videos(FEED.key, both, {video.id for video in both})
    assert [video.id for video in (await library.followed.all())[1].new] == ["v1"]
