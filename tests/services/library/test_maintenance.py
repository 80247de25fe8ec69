"""A start reads no more of the library than it shows; the rest is looked at by parts, beside it."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from notegen_desktop.domain.errors import DatabaseDamaged, NoteGenError, StoreError
from notegen_desktop.services.library import backups, maintenance, open_library, repair
from tests.fakes.notes import VIDEO, a_note, a_request, a_transcript
from tests.places import ROOT

from .conftest import Place


async def _fill(place: Place, notes: int = 40) -> None:
    library = await place.open()
    for number in range(notes):
        section = a_note().sections[0]
        await library.store.save(
            a_note(title=f"Note {number}", sections=(section,) * 20), a_request(model=str(number))
        )
    await library.store.put_transcript(VIDEO, a_transcript())
    await library.aclose()


def _read_by_this_process() -> int:
    """Bytes that calls to read have brought so far, whether from the disk or from its cache."""
    lines = Path("/proc/self/io").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("rchar")))


@pytest.mark.skipif(not Path("/proc/self/io").exists(), reason="Linux counts what is read")
async def test_the_first_notes_wait_for_no_look_at_the_whole_file(file_place: Place) -> None:
    await _fill(file_place)
    with sqlite3.connect(file_place.path) as connection:
        connection.execute("CREATE TABLE ballast (value BLOB)")
        connection.executemany("INSERT INTO ballast VALUES (?)", [(b"x" * 100_000,)] * 400)
    connection.close()
    library = await asyncio.to_thread(lambda: open_library(path=file_place.path))
    before = _read_by_this_process()
    assert len(await library.store.recent()) == 40
    read = _read_by_this_process() - before
    await library.aclose()
    assert read < file_place.path.stat().st_size / 20


async def test_the_check_goes_on_where_it_ended(
    file_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _fill(file_place)
    monkeypatch.setattr(maintenance, "CHECKED_BYTES", 30_000)
    monkeypatch.setattr(maintenance, "PAUSE_S", 0.0)
    monkeypatch.setattr(maintenance, "ROWS", 20)
    places = []
    for _ in range(100):
        library = await file_place.open()
        places.append(await library.ledger.recall("library.check"))
        await library.aclose()
        if places[-1] == ["", 0]:
            break
    assert len(places) > 5
    assert places[-1] == ["", 0]
    assert sorted(map(tuple, places[:-1])) == [tuple(each) for each in places[:-1]]


async def test_damage_is_met_by_the_check_and_told(file_place: Place) -> None:
    await _fill(file_place)
    with sqlite3.connect(file_place.path) as connection:
        page = connection.execute(
            "SELECT pageno FROM dbstat WHERE name = 'sections' AND pagetype = 'leaf' LIMIT 1"
        ).fetchone()[0]
    connection.close()
    with file_place.path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(os.urandom(4096))
    library = await file_place.open()  # and the check is over
    told: list[NoteGenError] = []
    library.when_damaged(told.append)
    assert [type(each) for each in told] == [DatabaseDamaged]
    assert not list((file_place.folder / "backups").glob("*.part*"))


async def test_closing_waits_neither_for_the_check_nor_for_the_backup(
    file_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _fill(file_place)
    with sqlite3.connect(file_place.path) as connection:
        connection.execute("CREATE TABLE ballast (value BLOB)")
        connection.executemany("INSERT INTO ballast VALUES (?)", [(b"x" * 100_000,)] * 400)
    connection.close()
    monkeypatch.setattr(maintenance, "CHECKED_BYTES", 0)
    begun, ended = threading.Event(), threading.Event()
    real = maintenance.Maintenance._copies

    def copies(self: maintenance.Maintenance, connection: sqlite3.Connection) -> object:
        # The copying has begun, and would not end by itself.
        connection.set_progress_handler(lambda: begun.set() or (ended.wait(0.01) and 0), 1000)
        return real(self, connection)

    monkeypatch.setattr(maintenance.Maintenance, "_copies", copies)
    library = await asyncio.to_thread(
        lambda: open_library(path=file_place.path, maintenance_after_s=0)
    )
    assert await asyncio.to_thread(begun.wait, 20)
    await asyncio.wait_for(library.aclose(), 5)
    assert list((file_place.folder / "backups").iterdir()) == []


KILLED = """
import sys
from pathlib import Path
from notegen_desktop.services.library import backups, maintenance, open_library, repair
maintenance.CHECKED_BYTES = 0
real = maintenance.Maintenance._copies
def copies(self, connection):
    def hold():
        if list(Path(sys.argv[1]).parent.glob("backups/*.part")):
            print("copying", flush=True)
            sys.stdin.read()
    connection.set_progress_handler(hold, 100)
    return real(self, connection)
maintenance.Maintenance._copies = copies
library = open_library(path=Path(sys.argv[1]), maintenance_after_s=0)
library._maintenance.join()
"""


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL")
async def test_what_a_killed_backup_left_is_cleared_away(file_place: Place) -> None:
    await _fill(file_place)
    with subprocess.Popen(  # noqa: ASYNC220 - told line by line
        [sys.executable, "-c", KILLED, str(file_place.path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "copying\n"
        assert list((file_place.folder / "backups").glob("*.part*"))
        process.send_signal(signal.SIGKILL)
    library = await file_place.open()
    await library.aclose()
    (backup,) = (file_place.folder / "backups").iterdir()
    with sqlite3.connect(backup) as connection:
        assert connection.execute(str(text("SELECT count(*) FROM notes"))).fetchone() == (40,)
    connection.close()


async def test_a_backup_is_made_when_asked_for_while_notes_come_in(tmp_path: Path) -> None:
    library = open_library(path=tmp_path / "notes.db", maintenance_after_s=3600)
    await library.store.save(a_note(), a_request())
    copy = await library.store.back_up()
    await library.store.save(a_note(), a_request(model="another"))
    await library.aclose()
    assert copy.parent == tmp_path / "backups"
    kept = open_library(path=copy, maintenance_after_s=3600)
    assert len(await kept.store.recent()) == 1
    await asyncio.to_thread(kept._maintenance._thread.join, 0.2)
    await kept.aclose()


async def test_backups_are_few_small_and_checked_and_any_of_them_can_be_gone_back_to(
    file_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = await file_place.open()
    for number in range(backups.KEPT + 2):
        monkeypatch.setattr(backups.time, "strftime", lambda _, n=number: f"2026113{n}-000000")
        section = replace(a_note().sections[0], comprehensive=f"note{number} " * 2000)
        await library.store.save(a_note(sections=(section,)), a_request(model=str(number)))
        newest = await library.store.back_up()
    await library.store.put_transcript(VIDEO, a_transcript("Gravity pulls."))
    await library.aclose()

    kept = sorted((file_place.folder / "backups").iterdir(), reverse=True)
    assert [copy.suffix for copy in kept] == [".db", ".gz", ".gz"]
    assert kept[0] == newest
    sizes = [copy.stat().st_size for copy in kept]
    assert sizes[0] < file_place.path.stat().st_size
    assert sizes[1] < sizes[0] / 3

    newest.write_bytes(b"spoilt" * 1000)
    kept[1].write_bytes(kept[1].read_bytes()[:-20])
    assert repair.restore(file_place.path).backup == kept[2]
    library = await file_place.open()
    assert len(await library.store.recent()) == backups.KEPT
    assert len(await library.store.search("note1")) == 1  # the words are found again


async def test_a_copy_that_cannot_be_read_back_is_not_kept(
    file_place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _fill(file_place)
    library = await file_place.open()
    before = set((file_place.folder / "backups").iterdir())
    monkeypatch.setattr(backups, "_is_sound", lambda _: False)
    with pytest.raises(StoreError, match="could not be read back"):
        await library.store.back_up()
    assert set((file_place.folder / "backups").iterdir()) == before


async def test_a_library_that_is_not_kept_says_that_it_has_no_file(tmp_path: Path) -> None:
    library = open_library(path=tmp_path / "notes.db", kept=False)
    try:
        with pytest.raises(StoreError, match="no file of this computer"):
            await library.store.back_up()
    finally:
        await library.aclose()
