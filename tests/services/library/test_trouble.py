"""Whatever is wrong with the database is said in words that help, and nothing is lost."""

from __future__ import annotations

import os
import sqlite3
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from notegen_desktop.domain.errors import (
    DatabaseDamaged,
    DatabaseUnavailable,
    DiskFull,
    DriverMissing,
    FolderNotWritable,
    NoteGenError,
)
from notegen_desktop.services.library import open_library
from notegen_desktop.services.library.database import engine
from tests.fakes.notes import a_note, a_request

from .conftest import Place


async def test_a_full_disk_is_said_and_nothing_is_lost(file_place: Place) -> None:
    library = await file_place.open()
    saved = await library.store.save(a_note(), a_request())
    database = library._database
    pages = await database.write(lambda c: c.execute(text("PRAGMA page_count")).scalar_one())
    await database.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").close())
    long = a_note(title="x" * 300_000)
    with pytest.raises(DiskFull):
        await library.store.save(long, a_request(model="other"))
    assert await library.store.get(saved.id) == saved
    await database.write(lambda c: c.exec_driver_sql("PRAGMA max_page_count=100000").close())
    assert await library.store.save(long, a_request(model="other"))


async def test_a_damaged_file_is_said_with_the_way_to_its_backup(file_place: Place) -> None:
    library = await file_place.open()
    for number in range(40):
        await library.store.save(a_note(), a_request(model=str(number)))
    await library.aclose()
    library = await file_place.open()  # a start with notes and without a backup makes one
    await library.aclose()
    (backup,) = (file_place.folder / "backups").glob("*.db")
    with file_place.path.open("r+b") as file:
        file.write(os.urandom(60_000))
    with pytest.raises(DatabaseDamaged, match="damaged") as caught:
        await file_place.open()
    assert "notegen doctor" in caught.value.hint
    assert str(backup) in caught.value.hint
    file_place.path.unlink()
    backup.rename(file_place.path)
    assert len(await (await file_place.open()).store.recent()) == 40


@pytest.mark.parametrize(
    "content",
    [
        "my shopping list\n" * 100,
        "Käse, ",
        "Milch " * 681 + "¾",
        b"PK\x03\x04\0",
        b"\x1f\x8b\x08\0",
    ],
)
async def test_a_file_that_is_no_database_is_said_and_kept(
    content: str | bytes, file_place: Place
) -> None:
    written = content.encode() if isinstance(content, str) else content
    file_place.path.write_bytes(written)
    with pytest.raises(DatabaseUnavailable, match=r"is not a library of NoteGen") as caught:
        await file_place.open()
    assert "doctor" not in caught.value.hint
    assert file_place.path.read_bytes() == written


async def test_a_file_in_the_place_of_the_library_is_told_with_the_backup_beside_it(
    file_place: Place,
) -> None:
    file_place.path.write_text("my shopping list\n" * 100)
    backup = file_place.path.parent / "backups" / f"{file_place.path.stem}-20261130-120000-daily.db"
    backup.parent.mkdir()
    backup.write_bytes(b"")
    with pytest.raises(DatabaseUnavailable) as caught:
        await file_place.open()
    assert str(backup) in caught.value.hint


@pytest.mark.parametrize("anew", [False, True])
@pytest.mark.parametrize("tables", ["moz_places (url)", "alembic_version (version_num)"])
async def test_the_database_of_another_program_is_left_as_it_is(
    tables: str, anew: bool, file_place: Place
) -> None:
    connection = sqlite3.connect(file_place.path)
    connection.execute(f"CREATE TABLE {tables}")
    connection.close()
    before = file_place.path.read_bytes()
    with pytest.raises(DatabaseUnavailable, match=r"is not a library of NoteGen"):
        await file_place.open(anew=anew)
    assert file_place.path.read_bytes() == before


@pytest.mark.parametrize("content", [b"\xa5" * 5000, b"SQLite format 3\0" + b"\xa5" * 5000])
async def test_what_a_library_is_to_be_written_to_is_never_damaged(
    content: bytes, file_place: Place
) -> None:
    file_place.path.write_bytes(content)
    with pytest.raises(DatabaseUnavailable, match=r"not a library|damaged"):
        await file_place.open(anew=True)
    assert file_place.path.read_bytes() == content


async def test_a_folder_in_place_of_the_file_is_said(file_place: Place) -> None:
    file_place.path.mkdir()
    with pytest.raises(DatabaseUnavailable, match="folder"):
        await file_place.open()


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FolderNotWritable):
        open_library(path=tmp_path / "file" / "notes.db")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_said(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    with pytest.raises(FolderNotWritable):
        open_library(path=locked / "notes.db")


async def test_a_database_kept_busy_by_others_is_said(
    file_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 100)
    library = await file_place.open()
    other = sqlite3.connect(file_place.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseUnavailable, match="busy"):
        await library.store.save(a_note(), a_request())
    assert await library.store.recent() == []  # reading goes on
    assert (await (await file_place.open()).check()).ok  # and so does starting
    other.execute("ROLLBACK")
    other.close()
    assert await library.store.save(a_note(), a_request())


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql+psycopg://nobody@127.0.0.1:9/none", "cannot be reached"),
        ("postgresql://nobody@127.0.0.1:9/none", "cannot be reached"),
        ("postgres://nobody@127.0.0.1:9/none", "cannot be reached"),
        ("mysql://x@y/z", "cannot be kept in mysql"),
        ("nosuch://x@y/z", "cannot be kept in nosuch"),
        ("postgresql+nosuch://x@y/z", "driver for postgresql.nosuch is not installed"),
        ("not an address", "not a database address"),
        ("sqlite://", "would be lost"),
    ],
)
def test_an_address_that_does_not_work_is_said(url: str, words: str, tmp_path: Path) -> None:
    if words == "cannot be reached":
        pytest.importorskip("psycopg", exc_type=ImportError)
    with pytest.raises(NoteGenError, match=words) as caught:
        open_library(url, path=tmp_path / "notes.db")
    assert caught.value.hint


def test_a_database_that_is_not_there_is_said(server_place: Place, tmp_path: Path) -> None:
    url = str(server_place.url).replace("/notes_", "/absent_")
    with pytest.raises(DatabaseUnavailable, match="no such database"):
        open_library(url, path=tmp_path / "notes.db")


@pytest.mark.parametrize(
    "url", ["postgresql+psycopg://x@y/z", "postgresql://x@y/z", "postgres://x@y/z"]
)
def test_a_missing_driver_is_said_with_what_installs_it(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(DriverMissing) as caught:
        open_library(url, path=tmp_path / "notes.db")
    assert "pip install 'notegen-desktop[postgres]'" in caught.value.hint


def test_a_password_is_in_no_message(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", exc_type=ImportError)
    with pytest.raises(DatabaseUnavailable) as caught:
        open_library("postgresql://me:s3cret@127.0.0.1:9/none", path=tmp_path / "notes.db")
    assert "s3cret" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"


async def test_what_a_cut_connection_interrupted_is_done_again_on_another(
    server_place: Place,
) -> None:
    library = await server_place.open()
    tries: list[int] = []

    def work(connection: Connection) -> int:
        tries.append(1)
        if len(tries) == 1:
            connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        return int(connection.execute(text("SELECT 42")).scalar_one())

    assert await library._database.write(work) == 42
    assert len(tries) == 2
