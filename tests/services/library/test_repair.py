"""One damaged page costs what stands on it: the rest is saved, and said."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import DatabaseDamaged, DatabaseUnavailable, NoteGenError
from notegen_desktop.domain.links.video import Video
from notegen_desktop.services.library.database.failures import backups
from notegen_desktop.services.library.pages import leaf_rows
from notegen_desktop.services.library.repair import repair, restore
from tests.fakes.notes import a_note, a_request, a_transcript

from .conftest import Place
from .test_followed import CHANNEL, VIDEOS

NOTES = 60
WORDS = "spaced repetition beats cramming. " * 60


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A library of many notes, made once, and their ids."""
    folder = tmp_path_factory.mktemp("many")
    return folder / "notes.db", asyncio.run(_fill(Place(None, folder)))


@pytest.fixture
def ids(many: tuple[Path, list[str]], file_place: Place) -> list[str]:
    """The ids of the notes in the library of this test."""
    shutil.copy2(many[0], file_place.path)
    return many[1]


async def _fill(place: Place) -> list[str]:
    library = await place.open()
    ids = []
    for number in range(NOTES):
        video = Video(
            id=f"youtube:{number:011}", url=f"https://youtu.be/{number:011}", title="Talk"
        )
        section = replace(a_note().sections[0], comprehensive=f"note{number} {WORDS}")
        note = a_note(title=f"Note {number}", video=video, sections=(section, a_note().sections[1]))
        saved = await library.store.save(note, a_request(video_id=video.id))
        await library.store.put_transcript(video, a_transcript())
        ids.append(saved.id)
    await place.close()
    return ids


def _pages_of(path: Path, name: str, kind: str) -> list[int]:
    with sqlite3.connect(path) as connection:
        found = connection.execute(
            "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = ? ORDER BY pageno",
            (name, kind),
        ).fetchall()
    connection.close()
    return [number for (number,) in found]


def _spoil(path: Path, number: int) -> None:
    with path.open("r+b") as file:
        file.seek((number - 1) * 4096)
        file.write(os.urandom(4096))


def _root(path: Path, name: str) -> int:
    with sqlite3.connect(path) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        number: int = connection.execute(query, (name,)).fetchone()[0]
    connection.close()
    return number


DAMAGES: dict[str, tuple[Callable[[Path], int], int]] = {
    "a page of the words for search": (lambda p: _pages_of(p, "note_search_data", "leaf")[3], 0),
    "the root of the words for search": (lambda p: _root(p, "note_search_data"), 0),
    "the list of the words for search": (lambda p: _root(p, "note_search_content"), 0),
    "an index": (lambda p: _root(p, "ix_notes_newest"), 0),
    "the index that numbers sections": (lambda p: _root(p, "sqlite_autoindex_sections_1"), 0),
    "a page of sections": (lambda p: _pages_of(p, "sections", "leaf")[2], 12),
    "the root of the sections": (lambda p: _root(p, "sections"), 0),
    "the root of the notes": (lambda p: _root(p, "notes"), 0),
    "the root of the videos": (lambda p: _root(p, "videos"), 0),
    "a page of videos": (lambda p: _pages_of(p, "videos", "leaf")[1], 0),
    "a page of transcripts": (lambda p: _pages_of(p, "transcripts", "leaf")[1], 0),
    "a page of notes": (lambda p: _pages_of(p, "notes", "leaf")[1], 25),
    "the first page": (lambda p: 1, 0),
}


@pytest.mark.parametrize("where", DAMAGES)
async def test_what_a_damaged_page_does_not_hold_is_saved(
    where: str, file_place: Place, ids: list[str]
) -> None:
    page, harmed = DAMAGES[where]
    _spoil(file_place.path, page(file_place.path))
    damaged = file_place.path.read_bytes()

    report = repair(file_place.path)

    assert report.incomplete + report.lost <= harmed
    assert bool(report.incomplete + report.lost) == bool(harmed)
    assert report.whole + report.incomplete + report.lost == NOTES
    (kept,) = file_place.folder.glob("notes-damaged-*.db")
    assert (str(kept), kept.read_bytes()) == (report.damaged_file, damaged)
    library = await file_place.open()
    assert (await library.check()).ok
    whole = 0
    for number, note_id in enumerate(ids):
        try:
            note = await library.store.get(note_id)
        except NoteGenError:
            continue
        whole += len(note.sections) == 2 and note.sections[0].comprehensive.startswith(
            f"note{number} "
        )
        assert len(await library.store.search(f"note{number} cramming")) >= (
            len(note.sections) == 2
        )
    assert whole == report.whole
    assert len(await library.store.recent(limit=1000)) == report.whole + report.incomplete
    assert not list(file_place.folder.glob("*.part*"))


async def test_what_belonged_to_something_lost_goes_with_it(
    file_place: Place, ids: list[str]
) -> None:
    library = await file_place.open()
    await library.followed.put(CHANNEL)
    await library.followed.add_videos(CHANNEL.key, VIDEOS, {"v0"})
    await file_place.close()
    with contextlib.closing(sqlite3.connect(file_place.path)) as connection, connection:
        connection.execute("DELETE FROM followed")
        connection.execute("DELETE FROM sections WHERE note = 7")
        connection.execute("DELETE FROM notes WHERE number = 7")
    repair(file_place.path)
    with contextlib.closing(sqlite3.connect(file_place.path)) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("SELECT count(*) FROM cites").fetchone()[0] > 0


async def test_a_library_with_a_damaged_page_opens_and_reads_the_rest(
    file_place: Place, ids: list[str]
) -> None:
    _spoil(file_place.path, _pages_of(file_place.path, "note_search_data", "leaf")[3])
    library = await file_place.open()
    assert len(await library.store.recent(limit=1000)) == NOTES
    assert (await library.store.get(ids[7])).title == "Note 7"
    checkup = await library.check()
    assert (checkup.ok, checkup.damaged) == (False, True)
    assert "notegen doctor" in checkup.hint


async def test_a_library_is_repaired_while_it_is_open(file_place: Place, ids: list[str]) -> None:
    _spoil(file_place.path, _root(file_place.path, "note_search_data"))
    told: list[NoteGenError] = []
    library = await file_place.open()
    library.when_damaged(told.append)
    with pytest.raises(DatabaseDamaged):
        await library.store.search("cramming")
    assert [type(each) for each in told] == [DatabaseDamaged]
    await asyncio.gather(*(library.store.recent() for _ in range(8)))  # several connections idle
    report = await library.repair()
    assert (report.whole, report.incomplete, report.lost) == (NOTES, 0, 0)
    assert len(await library.store.search("cramming", limit=1000)) == NOTES
    await library.store.delete(ids[0])  # writing goes on too
    assert len(await library.store.recent(limit=1000)) == NOTES - 1


async def test_what_another_program_uses_is_not_repaired(file_place: Place, ids: list[str]) -> None:
    other = sqlite3.connect(file_place.path)
    other.execute("SELECT count(*) FROM notes").fetchone()
    before = file_place.path.read_bytes()
    with pytest.raises(DatabaseUnavailable, match="busy"):
        repair(file_place.path)
    other.close()
    assert file_place.path.read_bytes() == before
    assert not list(file_place.folder.glob("*damaged*"))


async def test_the_newest_sound_backup_can_be_restored(file_place: Place, ids: list[str]) -> None:
    await (await file_place.open()).aclose()  # makes a backup
    (backup,) = (file_place.folder / "backups").glob("*.db")
    spoilt = backup.with_name("notes-20990101-000000-weekly.db")
    spoilt.write_bytes(backup.read_bytes())
    _spoil(spoilt, _root(spoilt, "notes"))
    _spoil(file_place.path, 1)
    restored = restore(file_place.path)
    assert (restored.backup, restored.kept) == (
        backup,
        *file_place.folder.glob("notes-damaged-*.db"),
    )
    assert len(await (await file_place.open()).store.recent(limit=1000)) == NOTES


def test_the_newest_backup_is_that_of_the_latest_name(tmp_path: Path) -> None:
    """Times of files change when a home is copied or synchronised."""
    folder = tmp_path / "backups"
    folder.mkdir()
    names = ("notes-20261130-015357-before-0005.db", "notes-20261130-011747-weekly.db")
    for time, name in enumerate(names):
        (folder / name).touch()
        os.utime(folder / name, (time, time))
    assert [path.name for path in backups(tmp_path / "notes.db")] == list(names)


async def test_where_no_note_is_left_the_backup_is_named(file_place: Place, ids: list[str]) -> None:
    await (await file_place.open()).aclose()  # makes a backup
    (backup,) = (file_place.folder / "backups").glob("*.db")
    file_place.path.write_bytes(b"\xa5" * 50_000)
    with pytest.raises(DatabaseUnavailable, match="No note could be read") as caught:
        repair(file_place.path)
    assert str(backup) in caught.value.hint
    assert file_place.path.read_bytes() == b"\xa5" * 50_000
    backup.unlink()
    assert repair(file_place.path).whole == 0  # nothing to go back to: a new one is begun
    assert (await (await file_place.open()).check()).ok


async def test_without_a_backup_that_is_said(file_place: Place, ids: list[str]) -> None:
    with pytest.raises(DatabaseUnavailable, match="no backup"):
        restore(file_place.path)


async def test_pages_hold_what_sql_says(file_place: Place, ids: list[str]) -> None:
    with file_place.path.open("rb") as file:
        rows = [values for _, values in leaf_rows(file)]
    connection = sqlite3.connect(file_place.path)
    for table in ("sections", "transcripts", "videos"):
        for row in connection.execute(f"SELECT * FROM {table}"):
            assert list(row) in rows
    connection.close()
