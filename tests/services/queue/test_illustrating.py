"""Notes get pictures of their video: once they are written, and never to their harm."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import (
    NetworkUnreachable,
    NothingThere,
    PicturesNotInstalled,
    PicturesUnavailable,
)
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.notes.note import Level, Note, Picture
from notegen_desktop.domain.notes.pictures import without_picture
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.ports import FilesWanted, PicturesTaken
from tests.fakes.pictures import FakePictures
from tests.fakes.writing import Plan, link_of, talk
from tests.services.running import Make, Program, assert_sound


def shown_talk(*, every: int = 1) -> Transcript:
    """A talk that points at a slide in every so many passages, the first included."""
    plain = talk(words=4)
    return replace(
        plain,
        segments=tuple(
            replace(s, text=f"{s.text}, as you see on this slide") if n % every == 0 else s
            for n, s in enumerate(plain.segments)
        ),
    )


class Story:
    """A program whose videos show slides, and what it told of pictures."""

    def __init__(self, make: Make, *, every: int = 1) -> None:
        self.pictures = FakePictures()
        self.program: Program = make(pictures=self.pictures)
        self.program.writer.plan = lambda _a, _n: Plan(placed=True)
        self.program.source.transcript = shown_talk(every=every)
        self.told: list[PicturesTaken] = []
        self.program.runner.tell_pictures(self.told.append)

    async def write(self, template: str, *, pictures: int | None = None) -> Note:
        """The note as it is in the library when everything is done."""
        program = self.program
        order = replace(program.order(template), pictures=pictures)
        await program.library.store.put_transcript(
            program.source._video(link_of("talk")), program.source.transcript
        )
        (job,) = program.runner.submit(order)
        await program.runner.wait()
        note = program.board.job(job.id).note
        assert note is not None
        assert note == await program.library.store.get(note.id)
        return note


def pictures_of(note: Note) -> list[Picture]:
    return [picture for section in note.sections for picture in section.pictures]


async def test_slides_have_pictures_and_texts_have_none(make: Make) -> None:
    story = Story(make)

    async def told() -> None:
        slides = await story.write("presentation-slides")
        assert len(pictures_of(slides)) == 4
        for section in slides.sections:
            (picture,) = section.pictures
            assert picture.at_s == section.cites[0].start_s
        assert not pictures_of(await story.write("study-notes"))
        assert len(story.pictures.asked) == 1

    await story.program.clock.run(told())
    assert [taken.words for taken in story.told] == ["4 pictures of the video added."]


async def test_no_more_than_the_user_wants(make: Make) -> None:
    story = Story(make)

    async def told() -> None:
        story.program.settings.change({"general.pictures": 3})
        assert len(pictures_of(await story.write("tutorial-guide"))) == 3
        assert len(pictures_of(await story.write("study-notes", pictures=2))) == 2
        story.program.settings.change({"general.pictures": 0})
        assert not pictures_of(await story.write("presentation-slides"))
        assert not pictures_of(await story.write("chapters", pictures=0))

    await story.program.clock.run(told())
    assert [limit for _, _, limit in story.pictures.asked] == [3, 2]


async def test_only_where_the_words_point_at_something(make: Make) -> None:
    story = Story(make, every=2)

    async def told() -> None:
        note = await story.write("tutorial-guide")
        assert [picture.at_s for picture in pictures_of(note)] == [0.0, 20.0]

    await story.program.clock.run(told())


async def test_asked_for_where_nothing_is_pointed_at_that_is_said(make: Make) -> None:
    story = Story(make, every=1000)
    story.program.source.transcript = talk(words=4)

    async def told() -> None:
        assert not pictures_of(await story.write("tutorial-guide"))
        assert not pictures_of(await story.write("study-notes", pictures=4))

    await story.program.clock.run(told())
    (taken,) = story.told
    assert "no words of the note point at something" in taken.words
    assert not story.pictures.asked


async def test_the_note_is_complete_before_any_picture_is_taken(make: Make) -> None:
    story = Story(make)
    program = story.program

    async def told() -> None:
        story.pictures.answers.clear()
        writing = asyncio.create_task(story.write("presentation-slides"))
        while not story.pictures.asked:
            await program.clock.sleep(0.5)
        (job,) = program.board
        assert job.status is Status.COMPLETE
        assert job.note is not None
        assert not pictures_of(job.note)
        story.pictures.answers.set()
        assert pictures_of(await writing)

    await program.clock.run(told())


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (PicturesNotInstalled(), "the extra “pictures”"),
        (NetworkUnreachable("No way."), "No pictures: No way."),
        (ValueError("a fault of ours"), "No pictures"),
        (PicturesUnavailable(), ""),
    ],
)
@pytest.mark.allow_log
async def test_a_note_is_good_without_its_pictures(
    make: Make, failure: Exception, said: str
) -> None:
    story = Story(make)
    story.pictures.failure = failure

    async def told() -> None:
        assert not pictures_of(await story.write("presentation-slides"))

    await story.program.clock.run(told())
    assert_sound(story.program)
    assert [said in taken.words for taken in story.told] == [True] * bool(said)


async def test_that_there_are_none_to_be_had_is_told_who_asked(make: Make) -> None:
    story = Story(make)
    story.pictures.failure = PicturesUnavailable()

    async def told() -> None:
        await story.write("study-notes", pictures=3)

    await story.program.clock.run(told())
    assert story.told[0].failure == PicturesUnavailable().failure()


async def test_pictures_that_were_taken_out_do_not_come_back_unasked(make: Make) -> None:
    story = Story(make)

    async def told() -> None:
        note = await story.write("presentation-slides")
        for number, section in enumerate(note.sections):
            await story.program.runner.reviser.revise(
                note.id,
                lambda stored, n=number, p=section.pictures[0]: without_picture(stored, n, p),
            )
        assert not pictures_of(await story.write("presentation-slides"))
        assert pictures_of(await story.write("presentation-slides", pictures=2))

    await story.program.clock.run(told())


async def test_a_file_is_written_once_and_has_the_pictures(make: Make, tmp_path: Path) -> None:
    story = Story(make)
    program = story.program

    async def told() -> None:
        await program.library.store.put_transcript(
            program.source._video(link_of("talk")), program.source.transcript
        )
        files = FilesWanted(str(tmp_path / "out"), "json", Level.STANDARD)
        program.runner.submit(replace(program.order("presentation-slides"), files=files))
        await program.runner.wait()

    await program.clock.run(told())
    (path,) = (tmp_path / "out").rglob("*.json")
    assert path.read_text().count("image/jpeg") == 4


async def test_closing_waits_for_no_picture(make: Make) -> None:
    story = Story(make)
    program = story.program
    story.pictures.answers.clear()

    async def told() -> None:
        await program.library.store.put_transcript(
            program.source._video(link_of("talk")), program.source.transcript
        )
        program.runner.submit(program.order("presentation-slides"))
        while not story.pictures.asked:
            await program.clock.sleep(0.5)
        await program.runner.aclose()

    await program.clock.run(told())
    assert_sound(program)


async def test_pictures_come_into_a_note_that_was_changed_meanwhile(make: Make) -> None:
    story = Story(make)
    program = story.program

    async def told() -> None:
        story.pictures.answers.clear()
        writing = asyncio.create_task(story.write("presentation-slides"))
        while not story.pictures.asked:
            await program.clock.sleep(0.5)
        (job,) = program.board
        assert job.note is not None
        await program.runner.reviser.revise(
            job.note.id, lambda stored: replace(stored, sections=stored.sections[1:])
        )
        story.pictures.answers.set()
        note = await writing
        assert [picture.at_s for picture in pictures_of(note)] == [10.0, 20.0, 30.0]
        assert all(s.cites[0].start_s == s.pictures[0].at_s for s in note.sections)

    await program.clock.run(told())


# --- by the reader's click ---


async def test_a_picture_comes_where_the_reader_wants_it(make: Make) -> None:
    story = Story(make)

    async def told() -> None:
        note = await story.write("study-notes")
        changed = await story.program.runner.add_picture(note.id, 1, 33.0)
        assert [picture.at_s for picture in changed.sections[1].pictures] == [33.0]
        assert await story.program.library.store.get(note.id) == changed
        (job,) = story.program.board
        assert job.note == changed

    await story.program.clock.run(told())


async def test_where_the_video_shows_nothing_that_is_said(make: Make) -> None:
    story = Story(make)

    async def none(*_: object, **__: object) -> list[Picture]:
        return []

    async def told() -> None:
        note = await story.write("study-notes")
        story.pictures.take = none  # type: ignore[method-assign]
        with pytest.raises(NothingThere, match="shows nothing at this time"):
            await story.program.runner.add_picture(note.id, 1, 33.0)

    await story.program.clock.run(told())


async def test_without_a_source_there_are_none(make: Make) -> None:
    program = make()

    async def told() -> None:
        (job,) = await program.generate("study-notes")
        assert job.note is not None
        with pytest.raises(PicturesUnavailable):
            await program.runner.add_picture(job.note.id, 0, 3.0)

    await program.clock.run(told())
