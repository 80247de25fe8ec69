"""Captions chosen for a video: the next notes go by them, and so do those of another day."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from notegen_desktop.domain.errors import DatabaseUnavailable
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.text.transcript import CaptionTrack, TranscriptKind
from notegen_desktop.services.ports import Material
from notegen_desktop.services.reading.transcripts import TranscriptReader
from notegen_desktop.services.sources.router import Sources, build_sources
from tests.fakes.youtube import FakeCaptions, FakeVideo, FakeYoutube, Slow, Status

LINK = find_links("https://youtu.be/abcdefghijk").links[0]
ENGLISH = FakeCaptions("en", [(0, 5, "Hello there.")])
GERMAN = FakeCaptions("de", [(0, 5, "Guten Tag.")])


class Shelf:
    """Facts as the library keeps them; it can be broken."""

    def __init__(self) -> None:
        self.facts: dict[str, Any] = {}
        self.broken = False

    async def recall(self, key: str) -> Any:
        self._check()
        return self.facts.get(key)

    async def remember(self, key: str, value: Any) -> None:
        self._check()
        self.facts[key] = value

    async def forget(self, key: str) -> None:
        self._check()
        self.facts.pop(key, None)

    def _check(self) -> None:
        if self.broken:
            raise DatabaseUnavailable


@pytest.fixture
def youtube() -> Iterator[FakeYoutube]:
    with FakeYoutube() as server:
        server.add(FakeVideo(LINK.id, captions=[ENGLISH, GERMAN]))
        yield server


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
async def days(youtube: FakeYoutube, shelf: Shelf) -> AsyncIterator[Any]:
    """Makes the sources of one session after another."""
    made: list[Sources] = []

    def begin() -> Sources:
        made.append(
            build_sources(
                youtube_url=youtube.url, caption_gap_s=0.0, retry_after_s=0.01, ledger=shelf
            )
        )
        return made[-1]

    yield begin
    for sources in made:
        await sources.aclose()


async def choose(sources: Sources, language: str) -> Material:
    track = next(t for t in await sources.tracks(LINK) if t.language == language)
    return await sources.read(LINK, languages=("en",), track=track)


async def words(sources: Sources) -> str:
    material = await sources.read(LINK, languages=("en",))
    assert material.transcript is not None, material.missing
    return material.transcript.text


async def test_a_choice_is_remembered_for_its_video_over_a_restart(days: Any) -> None:
    await choose(days(), "de")
    assert await words(days()) == "Guten Tag."


async def test_the_last_choice_is_the_one_that_counts(days: Any) -> None:
    first = days()
    await choose(first, "de")
    await choose(first, "en")
    assert await words(first) == await words(days()) == "Hello there."


async def test_captions_that_cannot_be_had_are_no_choice(
    youtube: FakeYoutube, days: Any, shelf: Shelf
) -> None:
    sources = days()
    assert await words(sources) == "Hello there."
    youtube.fail("captions", Status(404), times=None)
    youtube.fail("watch", Status(404), times=None)
    assert (await choose(sources, "de")).missing is not None
    assert await words(sources) == "Hello there."
    assert shelf.facts == {}


async def test_chosen_captions_that_are_gone_make_way_and_it_is_said(
    youtube: FakeYoutube, days: Any, shelf: Shelf
) -> None:
    await choose(days(), "de")
    youtube.add(FakeVideo(LINK.id, captions=[ENGLISH]))
    material = await days().read(LINK, languages=("en",))
    assert material.transcript is not None
    assert material.transcript.text == "Hello there."
    assert material.origin == "captions, English (the chosen captions, German are gone)"
    assert shelf.facts == {}


async def test_a_library_that_fails_costs_no_more_than_the_memory_of_a_choice(
    days: Any, shelf: Shelf
) -> None:
    shelf.broken = True
    sources = days()
    await choose(sources, "de")
    assert await words(sources) == "Guten Tag."
    assert await words(days()) == "Hello there."


@pytest.mark.parametrize("kept", [3, "de", ["de"], ["de", "nonsense", ""], {"language": "de"}])
async def test_a_choice_that_makes_no_sense_is_none(days: Any, shelf: Shelf, kept: Any) -> None:
    shelf.facts[f"captions:{LINK.key}"] = kept
    assert await words(days()) == "Hello there."


async def test_who_is_reading_gets_the_captions_asked_for_and_the_next_those_chosen(
    youtube: FakeYoutube, days: Any
) -> None:
    sources = days()
    transcripts = TranscriptReader(sources, lambda: ["en"])
    sources.when_chosen(transcripts.invalidate)
    german = CaptionTrack("de", TranscriptKind.MANUAL, "German")
    youtube.fail("captions", Slow(0.2))
    running = asyncio.create_task(transcripts.read(LINK))
    await youtube.saw("captions")
    await sources.read(LINK, languages=("en",), track=german)
    before, after = await running, await transcripts.read(LINK)
    assert before.transcript is not None
    assert before.transcript.text == "Hello there."
    assert after.transcript is not None
    assert after.transcript.text == "Guten Tag."
    await transcripts.aclose()


async def test_a_reading_that_is_outdated_still_reaches_who_waits_for_it(
    youtube: FakeYoutube, days: Any
) -> None:
    transcripts = TranscriptReader(days(), lambda: ["en"])
    youtube.fail("captions", Slow(0.2))
    running = asyncio.create_task(transcripts.read(LINK))
    await youtube.saw("captions")
    transcripts.invalidate(LINK.key)
    assert transcripts.known(LINK.key) is None
    assert (await running).transcript is not None
    await transcripts.aclose()


async def test_closing_ends_an_outdated_reading_too(youtube: FakeYoutube, days: Any) -> None:
    transcripts = TranscriptReader(days(), lambda: ["en"])
    youtube.fail("captions", Slow(30))
    running = asyncio.create_task(transcripts.read(LINK))
    await youtube.saw("captions")
    transcripts.invalidate(LINK.key)
    await transcripts.aclose()
    with pytest.raises(asyncio.CancelledError):
        await running
