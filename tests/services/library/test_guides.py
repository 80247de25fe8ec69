"""A guide is kept with its videos, and with the one that each of its cites is a place in."""

from __future__ import annotations

from dataclasses import replace

from notegen_desktop.domain.courses.course import COURSE
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Note, Section
from tests.fakes.notes import a_note, a_request

from .conftest import Place

FIRST = Video("first", "https://www.youtube.com/watch?v=first", title="First", duration_s=60.0)
SECOND = Video("second", "https://example.org/feed.mp3#episode=secret", "podcast", title="第二")


def a_guide() -> Note:
    cites = (
        Cite(1.0, 2.0, verified=True, n=1, video=FIRST, video_number=1),
        Cite(1.0, 2.0, verified=None, n=2, video=SECOND, video_number=2),
    )
    section = Section("Both", cites, "a [^1].", "a [^1][^2].", "a [^1][^2]. b [^2].")
    return replace(
        a_note(),
        video=Video("course-1", "", COURSE, title="Course: First"),
        template="course-guide",
        sections=(section,),
        videos=(FIRST, SECOND),
    )


async def test_it_comes_back_as_it_was(place: Place) -> None:
    library = await place.open()
    saved = await library.store.save(a_guide(), a_request())
    other = await library.store.save(a_note(), a_request(template="flashcards"))
    assert await library.store.get(saved.id) == saved
    assert (await library.store.get(other.id)).videos == ()
    assert await library.store.courses() == {"course-1": ("first", "second")}
    await library.store.delete(saved.id)
    assert await library.store.courses() == {}
    await library.aclose()


def test_its_json_names_each_video_without_what_is_secret_of_its_address() -> None:
    data = a_guide().to_json()
    assert [video["title"] for video in data["videos"]] == ["First", "第二"]
    cite = data["sections"][0]["cites"][1]
    assert cite["video"] == {
        "id": "second",
        "url": "https://example.org/feed.mp3",
        "title": "第二",
    }
    again = Note.from_json(data)
    assert [cite.video_number for cite in again.sections[0].cites] == [1, 2]
    assert again.to_json() == data
