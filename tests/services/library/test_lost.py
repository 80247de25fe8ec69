"""A library whose file is empty or gone is no first start: it is said, and can be put back."""

from __future__ import annotations

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import DatabaseDamaged, DatabaseUnavailable, LibraryLost
from notegen_desktop.services.library import lost, open_library
from notegen_desktop.services.library.pages import put_log
from notegen_desktop.services.library.repair import repair, restore
from tests.fakes.notes import a_note, a_request

from .conftest import Place

NOTES = 30


async def _fill(place: Place, notes: int = NOTES) -> None:
    """Notes, and a backup of them."""
    library = await place.open()
    for number in range(notes):
        await library.store.save(a_note(), a_request(model=str(number)))
    await library.aclose()
    await (await place.open()).aclose()


def _a_backup(folder: Path, name: str) -> Path:
    (folder / "backups").mkdir(parents=True, exist_ok=True)
    copy = folder / "backups" / name
    copy.write_bytes(b"SQLite format 3\0")
    return copy


def _empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize("left", [b"", b"x", None])
async def test_an_emptied_library_with_a_backup_is_no_first_start(
    left: bytes | None, file_place: Place
) -> None:
    await _fill(file_place)
    file_place.path.unlink()
    if left is not None:
        file_place.path.write_bytes(left)
    with pytest.raises(LibraryLost, match="had notes before") as caught:
        await file_place.open()
    assert "notegen doctor --yes" in caught.value.hint
    assert str(file_place.folder / "backups") in caught.value.hint
    assert (file_place.path.read_bytes() if file_place.path.exists() else None) == left

    restore(file_place.path)

    assert len(await (await file_place.open()).store.recent(limit=1000)) == NOTES
    assert not list(file_place.folder.glob("notes-damaged-*"))  # nothing was there to keep


async def test_an_empty_file_at_a_first_start_is_taken(file_place: Place) -> None:
    file_place.path.touch()
    assert (await (await file_place.open()).check()).ok


async def test_the_backups_of_another_library_in_the_folder_are_not_its_own(
    file_place: Place,
) -> None:
    """Nor are they taken for those of a library that is gone, nor thrown away as its oldest."""
    others = [
        _a_backup(file_place.folder, f"notes-old-2026{month:02}01-120000-weekly.db")
        for month in range(1, 13)
    ]
    library = await file_place.open()
    await library.store.back_up()
    assert all(copy.exists() for copy in others)


async def test_a_library_that_another_program_has_just_made_is_not_lost(
    file_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_left(path: Path) -> bool:
        with sqlite3.connect(path) as connection:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.close()
        return True

    monkeypatch.setattr(lost, "is_left", is_left)
    assert (await (await file_place.open()).check()).ok


async def test_an_empty_file_of_a_program_that_had_notes_is_refused(file_place: Place) -> None:
    with pytest.raises(LibraryLost) as caught:
        await file_place.open(had_notes=True)
    assert "begins a new library" in caught.value.hint
    assert not file_place.path.exists()


async def test_a_new_library_leaves_the_backups_of_the_lost_one(file_place: Place) -> None:
    await _fill(file_place)
    _empty(file_place.path)
    log = file_place.folder / "notes.db-wal"
    log.write_bytes(b"x" * 100)
    library = await file_place.open(anew=True)
    assert await library.store.recent() == []
    assert list(file_place.folder.glob("backups-before-*/notes-*.db"))
    (kept,) = file_place.folder.glob("notes-before-*.db-wal")
    assert kept.read_bytes() == b"x" * 100
    await library.aclose()
    await (await file_place.open()).aclose()  # and is asked about no more


async def _with_log(place: Place) -> None:
    """A library whose file was removed while a program had notes in its log."""
    library = await place.open()
    for number in range(NOTES):
        await library.store.save(a_note(), a_request(model=str(number)))
    log = place.folder / "notes.db-wal"
    kept = log.read_bytes()
    await library.aclose()
    place.path.unlink()
    shutil.rmtree(place.folder / "backups", ignore_errors=True)
    log.write_bytes(kept)


async def test_a_log_without_its_file_is_not_thrown_away_but_read(file_place: Place) -> None:
    await _with_log(file_place)
    log = file_place.folder / "notes.db-wal"
    before = log.read_bytes()
    with pytest.raises(LibraryLost) as caught:
        await file_place.open()
    assert "saves what can be read" in caught.value.hint
    assert log.read_bytes() == before

    report = repair(file_place.path)

    assert report.whole == NOTES
    (kept,) = file_place.folder.glob("notes-damaged-*.db-wal")
    assert (str(kept), kept.read_bytes()) == (report.damaged_file, before)
    library = await file_place.open()
    assert len(await library.store.recent(limit=1000)) == NOTES
    assert len(await library.store.search(a_note().title, limit=1000)) == NOTES
    assert not list(file_place.folder.glob("*.part*"))


async def test_of_a_log_what_was_committed_is_read(tmp_path: Path) -> None:
    path, image = tmp_path / "a.db", tmp_path / "image.db"
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE t (x)")
    connection.execute("INSERT INTO t VALUES ('kept')")
    log = tmp_path / "a.db-wal"
    size = log.stat().st_size
    connection.execute("INSERT INTO t VALUES ('torn')")
    cut = log.read_bytes()[: size + 1000]
    connection.close()
    log.write_bytes(cut)
    with log.open("rb") as frames, image.open("wb") as pages:
        put_log(frames, pages)
    log.unlink()
    with sqlite3.connect(image) as read:
        assert read.execute("SELECT x FROM t").fetchall() == [("kept",)]
    read.close()


@pytest.mark.parametrize("content", [b"", b"x" * 31, b"x" * 5000, bytes(5000)])
def test_what_is_no_log_has_no_pages(content: bytes, tmp_path: Path) -> None:
    log, image = tmp_path / "log", tmp_path / "image"
    log.write_bytes(content)
    with log.open("rb") as frames, image.open("wb") as pages:
        put_log(frames, pages)
    assert image.read_bytes() == b""


async def test_a_folder_in_place_of_the_file_makes_room_for_the_backup(file_place: Place) -> None:
    await _fill(file_place)
    file_place.path.unlink()
    file_place.path.mkdir()
    (file_place.path / "something").touch()
    restore(file_place.path)
    assert len(await (await file_place.open()).store.recent(limit=1000)) == NOTES
    assert list(file_place.folder.glob("notes-damaged-*.db/something"))


@pytest.mark.parametrize(
    "name", ["notes.sync-conflict-20261130-104000.db", "notes (conflicted copy).db"]
)
async def test_a_copy_that_a_sync_program_made_is_named(name: str, file_place: Place) -> None:
    _empty(file_place.path)
    (file_place.folder / name).write_bytes(b"SQLite format 3\0")
    with pytest.raises(LibraryLost) as caught:
        await file_place.open()
    assert name in caught.value.hint


async def test_a_library_that_lies_in_the_cloud_is_asked_for_there(file_place: Place) -> None:
    (file_place.folder / ".notes.db.icloud").write_bytes(b"bplist00")
    with pytest.raises(DatabaseUnavailable, match="in the cloud") as caught:
        await file_place.open()
    assert "Download" in caught.value.hint
    assert not file_place.path.exists()


@pytest.mark.parametrize("size", [2, 511, 4096, 5000, 40_000])
@pytest.mark.parametrize("filling", ["cut", "zeros"])
async def test_a_file_cut_short_or_zeroed_is_damage(
    size: int, filling: str, file_place: Place
) -> None:
    """As a full disk or a power cut leaves it."""
    await _fill(file_place)
    content = file_place.path.read_bytes()[:size]
    file_place.path.write_bytes(content if filling == "cut" else bytes(size))
    assert "damaged" in await _complaint(file_place)
    try:
        repair(file_place.path)
    except LibraryLost:
        restore(file_place.path)
        assert len(await (await file_place.open()).store.recent(limit=1000)) == NOTES
    assert not await _complaint(file_place)


async def _complaint(place: Place) -> str:
    try:
        library = await place.open()
    except DatabaseDamaged as error:
        return error.message
    checkup = await library.check()
    await library.aclose()
    return "" if checkup.ok else checkup.message


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
async def test_a_lost_library_in_a_read_only_folder_is_said(file_place: Place) -> None:
    await _fill(file_place)
    _empty(file_place.path)
    file_place.folder.chmod(0o500)
    try:
        with pytest.raises(LibraryLost):
            open_library(path=file_place.path)
    finally:
        file_place.folder.chmod(0o700)
