"""Questions and answers in the library, on both databases."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.asking.exchange import AnswerCite, Exchange
from notegen_desktop.domain.errors import NoteMissing
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Doubt, Usage
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from tests.fakes.notes import a_note, a_request

from .conftest import Place

TALK = Video("talk", "https://example.org/talk", "web", title="A talk")


def an_exchange(question: str = "Why?") -> Exchange:
    return Exchange(
        question,
        "Because. [^1]",
        (AnswerCite(1.0, 2.0, verified=False, n=1, doubt=Doubt.NUMBER, mark="7", video_id="talk"),),
        (TALK,),
        "gemini",
        "gemini-x",
        "2026-11-30T12:00:00Z",
        usage=Usage(1, 100, 0, 20, 0, 0.001),
    )


async def test_a_conversation_comes_back_in_order_and_whole(place: Place) -> None:
    library = await place.open()
    first = await library.questions.put("videos talk", "", an_exchange())
    second = await library.questions.put("videos talk", "", an_exchange("为什么？"))
    await library.questions.put("videos other", "", an_exchange())
    assert await library.questions.all("videos talk") == [first, second]
    await library.questions.delete(first.id)
    assert await library.questions.all("videos talk") == [second]


async def test_questions_go_with_their_note(place: Place) -> None:
    library = await place.open()
    note = await library.store.save(a_note(), a_request())
    await library.questions.put(f"note {note.id}", note.id, an_exchange())
    await library.store.revise(replace(note, title="Another"))
    assert len(await library.questions.all(f"note {note.id}")) == 1
    await library.store.delete(note.id)
    await library.store.save(a_note(), a_request())  # in its place: it goes for good
    assert await library.questions.all(f"note {note.id}") == []


async def test_a_note_that_is_gone_has_no_questions(place: Place) -> None:
    library = await place.open()
    with pytest.raises(NoteMissing):
        await library.questions.put("note gone", "gone", an_exchange())


async def test_a_video_where_it_is_said_comes_first(place: Place) -> None:
    library = await place.open()
    for name in ("a", "b", "c"):
        said = "A walrus sleeps" if name == "b" else "Quite another matter"
        words = Transcript("en", TranscriptKind.MANUAL, (Segment("1", 0.0, 1.0, said, None),))
        await library.store.put_transcript(replace(TALK, id=name), words)
    found = await library.questions.sources(["walrus", "sleeps", "what"], limit=2)
    assert next(video.id for video, _ in found) == "b"
    assert len(found) == 2


async def test_videos_with_the_words_in_their_notes_come_first(place: Place) -> None:
    library = await place.open()
    words = Transcript("en", TranscriptKind.MANUAL, (Segment("1", 0.0, 1.0, "Words", None),))
    for name in ("a", "b", "c"):
        note = a_note()
        video = replace(note.video, id=name)
        note = replace(note, video=video, title=f"About {'walruses' if name == 'b' else name}")
        await library.store.save(note, replace(a_request(), video_id=name))
        await library.store.put_transcript(video, words)
    found = await library.questions.sources(["walrus", "about"], limit=2)
    assert found[0][0].id == "b"
    assert found[0][1].segments == words.segments
    assert len(found) == 2
