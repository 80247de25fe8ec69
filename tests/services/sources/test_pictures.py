"""Pictures of films on this computer and of YouTube videos: sharp, and none of them twice."""

from __future__ import annotations

import builtins
import io
import threading
from collections.abc import AsyncIterator, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from notegen_desktop.domain.errors import (
    FileMissing,
    FileUnreadable,
    NetworkUnreachable,
    PicturesNotInstalled,
    PicturesUnavailable,
    TimedOut,
)
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Picture
from notegen_desktop.services.sources.metadata import storyboard_in
from notegen_desktop.services.sources.pictures import film_frames, pictures
from notegen_desktop.services.sources.pictures.gallery import MAX_BYTES, Gallery, detail, picture
from notegen_desktop.services.sources.router import Sources, build_sources
from notegen_desktop.services.sources.site_access import SiteAccess
from notegen_desktop.services.sources.ytdlp import YtDlp
from tests.fakes.films import make_recording
from tests.fakes.shown_films import make_slide_film, slide
from tests.fakes.youtube import FakeVideo, FakeYoutube, Status

ID = "abcdefghijk"


@pytest.fixture
def youtube() -> Iterator[FakeYoutube]:
    with FakeYoutube() as server:
        yield server


@pytest.fixture
async def sources(youtube: FakeYoutube) -> AsyncIterator[Sources]:
    made = build_sources(youtube_url=youtube.url, caption_gap_s=0.0, retry_after_s=0.01)
    yield made
    await made.aclose()


async def take(
    sources: Sources, video: Video, *seconds: float, limit: int = 9, reach_s: float = 3.0
) -> list[Picture]:
    assert sources.pictures is not None
    return await sources.pictures.take(video, seconds, limit=limit, reach_s=reach_s)


def a_film(path: Path) -> Video:
    return Video("file-1", path.as_uri(), "file", title="A film")


def image_of(found: Picture) -> Image.Image:
    image = Image.open(io.BytesIO(found.data))
    assert image.format == "JPEG"
    assert image.size == (found.width, found.height)
    return image


def shows(found: Picture, title: str, lines: int) -> bool:
    """Whether a picture shows this slide with so many lines, and not another."""

    def difference(wanted: Image.Image) -> float:
        small = [i.convert("L").resize((64, 36)).tobytes() for i in (image_of(found), wanted)]
        return sum(abs(a - b) for a, b in zip(*small, strict=True)) / len(small[0])

    others = [slide(title, 1 if lines == 5 else 5), slide("Another", lines)]
    wanted = difference(slide(title, lines))
    return wanted < 1.5 and all(difference(other) > wanted for other in others)


# --- films ---

av = pytest.importorskip("av", reason="the extra “pictures” is not installed")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four seconds of each: a slide, black, another, the first again, a third."""
    path = tmp_path_factory.mktemp("film") / "talk.mp4"
    return make_slide_film(path, ["Stacks", None, "Queues", "Stacks", "Trees"])


async def test_a_picture_shows_the_slide_as_it_is_once_it_is_finished(
    film: Path, sources: Sources
) -> None:
    (found,) = await take(sources, a_film(film), 0.3)
    assert found.at_s == 0.3
    assert shows(found, "Stacks", 5)
    (exact,) = await take(sources, a_film(film), 8.4, reach_s=0.0)
    assert shows(exact, "Queues", 1)


async def test_what_was_there_already_and_what_is_black_is_no_picture(
    film: Path, sources: Sources
) -> None:
    found = await take(sources, a_film(film), 0.3, 4.2, 12.4, 16.4, 8.4)
    assert [each.at_s for each in found] == [0.3, 16.4, 8.4]
    assert shows(found[1], "Trees", 5)


async def test_there_are_never_more_than_wanted(film: Path, sources: Sources) -> None:
    found = await take(sources, a_film(film), 16.4, 0.3, 8.4, limit=2)
    assert [each.at_s for each in found] == [16.4, 0.3]
    assert await take(sources, a_film(film), 16.4, limit=0) == []


async def test_the_last_second_of_a_film_has_a_picture_and_later_ones_none(
    film: Path, sources: Sources
) -> None:
    found = await take(sources, a_film(film), 19.8, 40.0)
    assert [each.at_s for each in found] == [19.8]


async def test_what_is_no_film_is_said(film: Path, sources: Sources, tmp_path: Path) -> None:
    sound = make_recording(tmp_path / "talk.wav", 2)
    with pytest.raises(PicturesUnavailable, match="nothing to see"):
        await take(sources, a_film(sound), 1.0)
    renamed = sound.rename(tmp_path / "talk.mkv")
    with pytest.raises(PicturesUnavailable, match="only sound"):
        await take(sources, a_film(renamed), 1.0)
    with pytest.raises(PicturesUnavailable, match="not a film"):
        await take(sources, a_film(tmp_path / "talk.vtt"), 1.0)
    with pytest.raises(FileMissing, match=r"gone\.mp4"):
        await take(sources, a_film(tmp_path / "gone.mp4"), 1.0)
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"no film at all" * 100)
    with pytest.raises(FileUnreadable, match=r"broken\.mp4” is damaged"):
        await take(sources, a_film(broken), 1.0)


async def test_a_film_that_is_damaged_at_one_place_has_the_pictures_of_the_others(
    film: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = film_frames._frames

    def some(film: Any, track: Any, wanted: Any, goes_on: Any) -> Any:
        if wanted[0] == 8.4:
            raise av.error.InvalidDataError(1, "Invalid data found")
        return whole(film, track, wanted, goes_on)

    monkeypatch.setattr(film_frames, "_frames", some)
    found = await take(sources, a_film(film), 0.3, 8.4, 16.4)
    assert [each.at_s for each in found] == [0.3, 16.4]
    with pytest.raises(FileUnreadable):
        await take(sources, a_film(film), 8.4)


async def test_a_slide_that_blinks_is_seen(tmp_path: Path, sources: Sources) -> None:
    blinking = make_slide_film(tmp_path / "b.mp4", [None, "Stacks"] * 4, seconds=1)
    assert await take(sources, a_film(blinking), 0.0, reach_s=4.0)


async def test_without_the_package_the_next_step_is_said(
    film: Path, sources: Sources, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "av":
            raise ImportError(name)
        return imported(name, *rest)

    monkeypatch.delitem(__import__("sys").modules, "av")
    monkeypatch.setattr("importlib.import_module", without)
    with pytest.raises(PicturesNotInstalled) as raised:
        await take(sources, a_film(film), 1.0)
    assert "notegen-desktop[pictures]" in raised.value.hint


async def test_a_disk_that_does_not_answer_is_not_waited_for(
    film: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()

    def silent(gallery: Gallery, *_: object, **__: object) -> None:
        gallery.pictures += found
        answers.wait(30)

    monkeypatch.setattr(pictures, "put_frames", silent)
    source = pictures.Pictures(YtDlp(SiteAccess), patience_s=0.01, silent_s=0.01)
    found: list[Picture] = []
    with pytest.raises(TimedOut, match="took too long"):
        await source.take(a_film(film), [1.0], limit=2, reach_s=1.0)
    answers.set()
    found.append(picture(1.0, slide("Stacks", 5)))
    assert await source.take(a_film(film), [1.0], limit=2, reach_s=1.0) == found
    await source.aclose()


async def test_pixels_that_are_not_square_are_made_so(tmp_path: Path, sources: Sources) -> None:
    path = tmp_path / "phone.mp4"
    with av.open(str(path), "w") as made:
        track = made.add_stream("mpeg4", rate=5)
        track.width, track.height, track.pix_fmt = 320, 180, "yuv420p"
        track.codec_context.sample_aspect_ratio = Fraction(2, 1)
        for _ in range(10):
            made.mux(track.encode(av.VideoFrame.from_image(slide("Wide", 2, size=(320, 180)))))
        made.mux(track.encode())
    (found,) = await take(sources, a_film(path), 0.5)
    assert (found.width, found.height) == (640, 180)


# --- which picture, and what becomes of it ---


def test_the_sharper_of_two_pictures_has_more_detail() -> None:
    sharp = slide("Stacks", 5)
    assert detail(sharp) > detail(sharp.filter(ImageFilter.GaussianBlur(3)))


def test_a_large_picture_becomes_a_small_file() -> None:
    noise = Image.effect_noise((3840, 2160), 90)
    made = picture(1.0, noise)
    assert made.width <= 960
    assert len(made.data) <= MAX_BYTES
    assert abs(made.width / made.height - 16 / 9) < 0.02


def test_a_gallery_takes_nothing_that_shows_nothing() -> None:
    gallery = Gallery(3)
    for at_s, colour in enumerate(("black", "white", "#336699")):
        gallery.offer(at_s, [Image.new("RGB", (640, 360), colour)])
    gallery.offer(4.0, [])
    assert gallery.pictures == []


# --- storyboards ---


def sheet(*titles: str) -> bytes:
    """Two by two tiles of 320 by 180 px."""
    image = Image.new("RGB", (640, 360))
    for number, title in enumerate(titles):
        tile = slide(title, 5).resize((320, 180))
        image.paste(tile, (320 * (number % 2), 180 * (number // 2)))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90)
    return file.getvalue()


@pytest.fixture
def video(youtube: FakeYoutube) -> Video:
    """A minute, a tile each 5 s, in which every two tiles show the same slide."""
    titles = [
        title for title in ("Stacks", "Queues", "Trees", "Heaps", "Lists", "Maps") for _ in "12"
    ]
    sheets = tuple(sheet(*titles[start : start + 4]) for start in (0, 4, 8))
    youtube.add(FakeVideo(ID, length_s=60, sheets=sheets))
    return Video(ID, f"https://www.youtube.com/watch?v={ID}", "youtube")


async def test_a_youtube_video_gives_tiles_of_its_storyboard(
    youtube: FakeYoutube, sources: Sources, video: Video
) -> None:
    found = await take(sources, video, 21.0, 1.0, 3.0)
    assert [(each.at_s, each.width, each.height) for each in found] == [
        (21.0, 320, 180),
        (1.0, 320, 180),
    ]
    assert shows_tile(found[0], "Trees")
    assert shows_tile(found[1], "Stacks")
    assert youtube.count("sheet") == 2, "each sheet is fetched once, and only those wanted"


async def test_what_reading_the_video_told_is_not_asked_again(
    youtube: FakeYoutube, sources: Sources, video: Video
) -> None:
    await sources.read(find_links(video.url).links[0], languages=())
    asked = youtube.count("player")
    assert await take(sources, video, 1.0)
    assert youtube.count("player") == asked


async def test_a_video_without_a_storyboard_has_no_pictures(
    youtube: FakeYoutube, sources: Sources
) -> None:
    youtube.add(FakeVideo(ID))
    with pytest.raises(PicturesUnavailable, match="YouTube has no pictures of this video"):
        await take(sources, Video(ID, f"https://www.youtube.com/watch?v={ID}", "youtube"), 1.0)


async def test_sheets_that_are_refused_are_told(
    youtube: FakeYoutube, sources: Sources, video: Video
) -> None:
    youtube.fail("sheet", Status(403), times=None)
    with pytest.raises(NetworkUnreachable, match="does not hand them over"):
        await take(sources, video, 1.0, 31.0)


async def test_a_sheet_that_is_no_picture_is_passed_over(
    youtube: FakeYoutube, sources: Sources, video: Video
) -> None:
    whole = youtube.videos[ID].sheets
    youtube.videos[ID].sheets = (b"<html>", b"\xff\xd8\xff cut", whole[2])
    found = await take(sources, video, 1.0, 21.0, 45.0)
    assert [each.at_s for each in found] == [45.0]


def test_tiles_too_small_to_tell_anything_by_are_no_storyboard() -> None:
    form = {
        "format_id": "sb3",
        "rows": 10,
        "columns": 10,
        "width": 48,
        "height": 27,
        "fps": 0.2,
        "fragments": [{"url": "https://i.ytimg.com/sb/x.jpg"}],
    }
    assert storyboard_in({"formats": [form]}) is None
    assert storyboard_in({"formats": [form | {"width": 160}]}) is not None
    for wrong in ({"fps": 0}, {"rows": None}, {"fragments": []}, {"fragments": [{"url": 3}]}):
        assert storyboard_in({"formats": [form | {"width": 160} | wrong, None]}) is None
    assert storyboard_in({}) is None


def shows_tile(found: Picture, title: str) -> bool:
    wanted = slide(title, 5).resize((320, 180)).convert("L").resize((64, 36)).tobytes()
    seen = image_of(found).convert("L").resize((64, 36)).tobytes()
    return sum(abs(a - b) for a, b in zip(seen, wanted, strict=True)) / len(seen) < 1.5
