"""What every source promises, whatever it reads: files, YouTube and the two behind one door."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import NetworkUnreachable, SourceError
from notegen_desktop.domain.links.link import Link, file_link
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import VideoSource
from notegen_desktop.services.sources.files import FileSource
from notegen_desktop.services.sources.router import build_sources
from tests.fakes.youtube import FakeVideo, FakeYoutube, talk

SAID = " ".join(text for _, _, text in talk(60))


@dataclass
class Place:
    """A source with something good, something wordless and something missing to read."""

    source: VideoSource
    good: Link
    wordless: Link
    missing: Link


def srt(seconds: float) -> str:
    return "".join(
        f"{n}\n00:00:{int(a):02},000 --> 00:00:{int(a + b) - 1:02},900\n{text}\n\n"
        for n, (a, b, text) in enumerate(talk(seconds), 1)
    )


def files_in(folder: Path) -> tuple[Link, Link, Link]:
    (folder / "a_small_talk.en.srt").write_text(srt(60))
    (folder / "silence.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\n[Music]\n")
    names = ("a_small_talk.en.srt", "silence.vtt", "nowhere.srt")
    good, wordless, missing = (file_link(str(folder / name)) for name in names)
    return good, wordless, missing


def videos_on(youtube: FakeYoutube) -> tuple[Link, Link, Link]:
    youtube.add(FakeVideo("goodgoodgoo", "A small talk"), FakeVideo("silentsilen", captions=[]))
    ids = ("goodgoodgoo", "silentsilen", "nowherenowh")
    good, wordless, missing = (find_links(f"https://youtu.be/{i}").links[0] for i in ids)
    return good, wordless, missing


@pytest.fixture(params=["files", "files behind the door", "youtube behind the door"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    if request.param == "files":
        yield Place(FileSource(), *files_in(tmp_path))
        return
    with FakeYoutube() as youtube:
        source = build_sources(youtube_url=youtube.url, caption_gap_s=0.0, retry_after_s=0.01)
        links = files_in(tmp_path) if "files" in request.param else videos_on(youtube)
        yield Place(source, *links)


async def test_a_video_is_described(place: Place) -> None:
    video = await place.source.describe(place.good)
    assert (video.id, video.url, video.title) == (place.good.key, place.good.url, "A small talk")
    assert video.provider == place.good.provider
    await place.source.aclose()


async def test_words_come_whole_timed_and_labelled(place: Place) -> None:
    material = await place.source.read(place.good, languages=())
    transcript = material.transcript
    assert transcript is not None
    assert transcript.text.replace("\n", " ") == SAID
    assert transcript.language == "en"
    assert material.missing is None
    assert material.origin
    assert material.video.id == place.good.key
    assert material.video.duration_s == pytest.approx(60, abs=1)
    end = 0.0
    for number, segment in enumerate(transcript.segments, 1):
        assert segment.label == str(number)
        assert end <= segment.start_s <= segment.end_s
        end = segment.end_s
    await place.source.aclose()


async def test_reading_twice_gives_the_same_words(place: Place) -> None:
    first = await place.source.read(place.good, languages=())
    second = await place.source.read(place.good, languages=())
    assert first.transcript is not None
    assert second.transcript is not None
    assert first.transcript.fingerprint == second.transcript.fingerprint
    await place.source.aclose()


async def test_what_is_on_offer_can_be_chosen(place: Place) -> None:
    tracks = await place.source.tracks(place.good)
    assert [track.language for track in tracks] == ["en"]
    material = await place.source.read(place.good, languages=("de",), track=tracks[0])
    assert material.transcript is not None
    assert material.transcript.kind is tracks[0].kind
    assert material.origin == tracks[0].words
    with pytest.raises((SourceError, NetworkUnreachable)):
        await place.source.tracks(place.missing)
    await place.source.aclose()


async def test_missing_words_are_told_with_a_way_on(place: Place) -> None:
    try:
        material = await place.source.read(place.wordless, languages=())
    except SourceError as error:
        # A file is nothing but its words: there the lack of them is the error itself.
        assert place.wordless.provider == "file"
        failure = error.failure()
    else:
        assert material.transcript is None
        assert material.missing is not None
        failure = material.missing
    assert failure.message
    assert failure.hint
    await place.source.aclose()


async def test_what_is_not_there_raises_with_words(place: Place) -> None:
    for asked in (place.source.describe(place.missing), read(place)):
        with pytest.raises((SourceError, NetworkUnreachable)) as caught:
            await asked
        assert caught.value.message
        assert caught.value.hint
    await place.source.aclose()


async def read(place: Place) -> object:
    return await place.source.read(place.missing, languages=())


async def test_closing_twice_is_fine(place: Place) -> None:
    await place.source.read(place.good, languages=())
    await place.source.aclose()
    await place.source.aclose()
