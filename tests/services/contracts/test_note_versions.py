"""What every store keeps of the versions of a note: in memory, in SQLite and in PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.errors import NoteMissing
from notegen_desktop.domain.notes.note import Note, Picture
from notegen_desktop.domain.notes.pictures import with_picture, without_picture
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.notes.versions import TYPED, Origin, Revision, current, written
from notegen_desktop.services.ports import NoteStore
from tests.fakes.notes import a_note, a_request

from .test_note_store import store  # noqa: F401  (a fixture)

AGAIN = Revision(Origin.AGAIN)


def saying(note: Note, words: str) -> Note:
    first = replace(note.sections[0], standard=words)
    return replace(note, sections=(first, *note.sections[1:]))


async def words_of(store: NoteStore, note_id: str, number: int) -> str:  # noqa: F811
    return (await store.version(note_id, number)).sections[0].standard


@pytest.fixture
async def note(store: NoteStore) -> Note:  # noqa: F811
    return await store.save(a_note(wish="for beginners"), a_request())


async def test_a_note_that_was_never_changed_is_its_only_version(
    store: NoteStore,  # noqa: F811
    note: Note,
) -> None:
    (only,) = await store.history(note.id)
    assert (only.number, only.origin, only.is_current) == (1, Origin.WRITTEN, True)
    assert (only.engine, only.model, only.wish) == (note.engine, note.model, "for beginners")
    assert await store.version(note.id, 1) == note
    with pytest.raises(NoteMissing):
        await store.version(note.id, 2)
    with pytest.raises(NoteMissing):
        await store.history("another")


async def test_what_the_model_wrote_stays_when_the_note_is_edited(
    store: NoteStore,  # noqa: F811
    note: Note,
) -> None:
    for words in ("Mine.", "Mine, all of it."):
        await store.revise(saying(note, words), TYPED)
    assert [each.origin for each in await store.history(note.id)] == ["written", "edited"]
    assert current(await store.history(note.id)).number == 2
    assert written(await store.history(note.id)).number == 1
    assert await store.version(note.id, 1) == note
    assert await words_of(store, note.id, 2) == "Mine, all of it."
    assert (await store.get(note.id)).sections[0].standard == "Mine, all of it."
    assert [row.id for row in await store.search("Mine")] == [note.id]


async def test_a_version_is_taken_back_and_that_too(store: NoteStore, note: Note) -> None:  # noqa: F811
    await store.revise(saying(note, "Mine."), TYPED)
    await store.tag([note.id], add=["Exam"])
    assert await store.use_version(note.id, 1) == replace(note, tags=("Exam",))
    assert await store.get(note.id) == replace(note, tags=("Exam",))
    assert await words_of(store, note.id, 2) == "Mine."
    await store.use_version(note.id, 2)
    assert (await store.get(note.id)).sections[0].standard == "Mine."
    assert await store.version(note.id, 1) == replace(note, tags=("Exam",))
    with pytest.raises(NoteMissing):
        await store.use_version(note.id, 3)


async def test_a_change_in_passing_makes_no_version(store: NoteStore, note: Note) -> None:  # noqa: F811
    await store.revise(saying(note, "Checked."))
    await store.revise(saying(note, "Checked."), AGAIN)
    assert len(await store.history(note.id)) == 1
    assert await words_of(store, note.id, 1) == "Checked."


async def test_another_version_waits_beside_the_one_that_is_shown(
    store: NoteStore,  # noqa: F811
    note: Note,
) -> None:
    wished = replace(saying(note, "Shorter."), wish="shorter", model="another")
    assert await store.add_version(wished, replace(AGAIN, about="section “Arches”")) == 2
    assert await store.get(note.id) == note
    first, second = await store.history(note.id)
    assert first.is_current
    assert not second.is_current
    assert (second.about, second.wish, second.model) == ("section “Arches”", "shorter", "another")
    assert written([first, second]) == first
    await store.use_version(note.id, 2)
    assert (await store.get(note.id)).model == "another"
    assert (await store.get(note.id)).wish == "shorter"


async def test_a_note_generated_anew_keeps_what_it_was(store: NoteStore, note: Note) -> None:  # noqa: F811
    await store.revise(saying(note, "Mine."), TYPED)
    for _ in range(2):  # twice is once
        await store.save(saying(a_note(), "Anew."), a_request())
    assert [each.origin for each in await store.history(note.id)] == ["written", "edited", "again"]
    assert await words_of(store, note.id, 2) == "Mine."
    assert await words_of(store, note.id, 3) == "Anew."


async def test_pictures_that_are_gone_do_not_come_back_with_a_version(
    store: NoteStore,  # noqa: F811
    note: Note,
) -> None:
    one, two = (Picture(at_s, 4, 3, bytes([at_s]) * 40) for at_s in (1, 2))
    pictured = with_picture(with_picture(note, 0, one), 0, two)
    await store.revise(pictured)
    await store.revise(saying(pictured, "Mine."), TYPED)
    await store.revise(without_picture(saying(pictured, "Mine."), 0, one))
    assert (await store.use_version(note.id, 1)).sections[0].pictures == (two,)


async def test_versions_go_with_their_note(store: NoteStore, note: Note) -> None:  # noqa: F811
    await store.revise(saying(note, "Mine."), TYPED)
    await store.delete(note.id)
    with pytest.raises(NoteMissing):
        await store.history(note.id)
    await store.undelete(note.id)
    assert len(await store.history(note.id)) == 2


async def test_what_the_reader_says_of_a_note_stays_with_it(store: NoteStore, note: Note) -> None:  # noqa: F811
    remarks = (
        Remark("r", "weight", "Why?", "green", "What an arch does", "standard", "turns "),
        Remark("s", "so", start_s=4.5),
    )
    await store.revise(replace(note, remarks=remarks))
    assert (await store.get(note.id)).remarks == remarks
    await store.revise(replace(saying(note, "Mine."), remarks=remarks), TYPED)
    assert (await store.use_version(note.id, 1)).remarks == remarks
    assert (await store.get(note.id)).remarks == remarks
    await store.save(saying(a_note(), "Anew."), a_request())
    assert (await store.get(note.id)).remarks == remarks
