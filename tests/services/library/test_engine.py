"""How the library uses its database: durable together, never in the loop's way, in clear words."""

from __future__ import annotations

import asyncio
import itertools
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from notegen_desktop.domain.errors import (
    DatabaseUnavailable,
    DiskFull,
    FolderNotWritable,
    NoteGenError,
    NoteMissing,
    NotYetAvailable,
)
from notegen_desktop.services.library import engine, open_library
from notegen_desktop.services.library.writer import WriterThread
from notegen_desktop.services.ports import PoolSettings
from tests.fakes.notes import a_note, a_request

from .conftest import Place


def one(connection: Connection) -> int:
    return int(connection.execute(text("SELECT 1")).scalar_one())


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that other threads bring about."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


# --- writing together ---


class Held:
    """Keeps the writer busy until it is let go, so that others queue up behind."""

    def __init__(self, writer: WriterThread) -> None:
        self._free = threading.Event()
        self._running = threading.Event()
        self.future = writer.submit(self._work)
        assert self._running.wait(5)

    def _work(self, connection: Connection) -> None:
        self._running.set()
        assert self._free.wait(5)

    def release(self) -> None:
        self._free.set()


@pytest.fixture
def writer(tmp_path: Path) -> Any:
    made = create_engine(f"sqlite:///{tmp_path / 'w.db'}")
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE t (n INTEGER CHECK (n >= 0))"))
    thread = WriterThread(made)
    yield thread
    thread.close()
    made.dispose()


def put(number: int) -> Any:
    return lambda c: c.execute(text("INSERT INTO t VALUES (:n)"), {"n": number}).rowcount


def count(connection: Connection) -> int:
    return int(connection.execute(text("SELECT count(*) FROM t")).scalar_one())


def test_what_waits_together_is_committed_together(writer: WriterThread) -> None:
    held = Held(writer)
    futures = [writer.submit(put(n)) for n in range(40)]
    held.release()
    assert [future.result(5) for future in futures] == [1] * 40
    assert writer.commits == 2
    assert writer.submit(count).result(5) == 40


def test_a_commit_takes_no_more_than_a_group(writer: WriterThread) -> None:
    held = Held(writer)
    futures = [writer.submit(put(n)) for n in range(130)]
    held.release()
    for future in futures:
        future.result(5)
    assert writer.commits == 4  # the one that held, 64, 64 and 2


def test_one_that_fails_does_not_spoil_the_others(writer: WriterThread) -> None:
    held = Held(writer)
    good = [writer.submit(put(n)) for n in range(5)]
    bad: Future[Any] = writer.submit(put(-1))
    more = [writer.submit(put(n)) for n in range(5)]
    held.release()
    assert [future.result(5) for future in good + more] == [1] * 10
    with pytest.raises(Exception, match="CHECK"):
        bad.result(5)
    assert writer.submit(count).result(5) == 10


def test_a_wish_withdrawn_in_time_is_not_carried_out(writer: WriterThread) -> None:
    held = Held(writer)
    withdrawn = writer.submit(put(1))
    assert withdrawn.cancel()
    held.release()
    assert writer.submit(count).result(5) == 0


def test_closing_finishes_what_was_given(writer: WriterThread) -> None:
    held = Held(writer)
    futures = [writer.submit(put(n)) for n in range(10)]
    closing = threading.Thread(target=writer.close)
    closing.start()
    held.release()
    closing.join(5)
    assert all(future.done() and not future.exception() for future in futures)
    with pytest.raises(RuntimeError):
        writer.submit(put(1))


async def test_twenty_producers_all_arrive_and_the_loop_stays_free(place: Place) -> None:
    library = await place.open()
    slowest = 0.0
    done = False

    async def watch() -> None:
        nonlocal slowest
        while not done:
            before = time.perf_counter()
            await asyncio.sleep(0)
            slowest = max(slowest, time.perf_counter() - before)
            await asyncio.sleep(0.002)

    async def produce(name: int) -> None:
        for number in range(10):
            await library.store.save(a_note(), a_request(model=f"{name}-{number}"))

    watching = asyncio.create_task(watch())
    await asyncio.gather(*(produce(name) for name in range(20)))
    done = True
    await watching
    assert len(await library.store.recent(limit=1000)) == 200
    assert slowest < 0.5  # the machine may be busy; a blocked loop would wait for every commit


async def test_readers_see_a_note_whole_or_not_at_all(place: Place) -> None:
    library = await place.open()
    saved = await library.store.save(a_note(), a_request())
    short = a_note(title="Short", sections=a_note().sections[:1])

    async def write() -> None:
        for note in itertools.islice(itertools.cycle((short, a_note())), 40):
            await library.store.save(note, a_request())

    writing = asyncio.create_task(write())
    seen = []
    while not writing.done():
        seen.append(await library.store.get(saved.id))
    await writing
    assert seen
    assert all((note.title == "Short") == (len(note.sections) == 1) for note in seen)


async def test_a_cancelled_save_leaves_the_library_sound(place: Place) -> None:
    library = await place.open()
    for number in range(30):
        task = asyncio.create_task(library.store.save(a_note(), a_request(model=str(number))))
        await asyncio.sleep(0.0005 * (number % 5))
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    for row in await library.store.recent():
        assert len((await library.store.get(row.id)).sections) == 2
    assert (await library.check()).ok


async def test_a_closed_library_says_so(place: Place) -> None:
    library = await place.open()
    await library.aclose()
    await library.aclose()
    with pytest.raises(DatabaseUnavailable, match="closed"):
        await library.store.recent()
    with pytest.raises(DatabaseUnavailable, match="closed"):
        await library.store.save(a_note(), a_request())


# --- the pool ---


async def test_the_pool_is_watched(server_place: Place) -> None:
    library = await server_place.open(pool=PoolSettings(size=2, overflow=1))
    free = threading.Event()
    database = library._database

    def hold(connection: Connection) -> None:
        one(connection)
        assert free.wait(10)

    held = [asyncio.create_task(database.read(hold)) for _ in range(5)]
    try:
        await until(lambda: library.pool_use().waiting == 2)
        use = library.pool_use()
    finally:
        free.set()
        await asyncio.gather(*held)
    assert (use.size, use.most, use.in_use, use.overflow, use.waiting) == (2, 3, 3, 1, 2)
    assert use.share == 1.0
    use = library.pool_use()
    assert (use.in_use, use.waiting, use.share) == (0, 0, 0.0)


async def test_waiting_for_a_connection_ends(server_place: Place) -> None:
    library = await server_place.open(pool=PoolSettings(size=1, overflow=0, timeout_s=0.2))
    free = threading.Event()
    held = asyncio.create_task(library._database.read(lambda c: (one(c), free.wait(10))))
    try:
        await until(lambda: library.pool_use().in_use == 1)
        with pytest.raises(DatabaseUnavailable, match="stayed busy"):
            await library.store.recent()
    finally:
        free.set()
        await held
    assert await library.store.recent() == []


async def test_idle_connections_are_closed(server_place: Place) -> None:
    library = await server_place.open(pool=PoolSettings(size=3, overflow=0, idle_s=0.2))
    await asyncio.gather(*(library.store.recent() for _ in range(6)))
    database = library._database
    assert database.connections >= 1
    await until(lambda: database.connections == 0)
    assert await library.store.recent() == []  # and are made anew when wanted


async def test_a_connection_the_server_dropped_is_made_anew(server_place: Place) -> None:
    library = await server_place.open()
    await library.store.recent()
    other = create_engine(str(server_place.url))
    with other.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    other.dispose()
    assert await library.store.recent() == []


async def test_a_clash_on_the_server_is_done_again(server_place: Place) -> None:
    """Two machines that save the same request at the same moment both succeed, with one note."""
    one_, two = await server_place.open(), await server_place.open(machine="other")
    for number in range(5):
        request = a_request(model=str(number))
        await asyncio.gather(
            *(library.store.save(a_note(), request) for library in (one_, two) for _ in range(4))
        )
    assert len(await one_.store.recent()) == 5


# --- trouble, in words ---


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
        file.seek(8192)
        file.write(os.urandom(60_000))
    with pytest.raises(DatabaseUnavailable, match="damaged") as caught:
        await file_place.open()
    assert str(backup) in caught.value.hint
    file_place.path.unlink()
    backup.rename(file_place.path)
    assert len(await (await file_place.open()).store.recent()) == 40


async def test_a_file_that_is_no_database_is_said_and_kept(file_place: Place) -> None:
    file_place.path.write_text("my shopping list\n" * 100)
    with pytest.raises(DatabaseUnavailable, match="damaged"):
        await file_place.open()
    assert file_place.path.read_text().startswith("my shopping list")


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
        ("mysql://x@y/z", "cannot be kept in mysql"),
        ("not an address", "not a database address"),
        ("sqlite://", "would be lost"),
    ],
)
def test_an_address_that_does_not_work_is_said(url: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(NoteGenError, match=words) as caught:
        open_library(url, path=tmp_path / "notes.db")
    assert caught.value.hint


def test_a_database_that_is_not_there_is_said(server_place: Place, tmp_path: Path) -> None:
    url = str(server_place.url).replace("/notes_", "/absent_")
    with pytest.raises(DatabaseUnavailable, match="no such database"):
        open_library(url, path=tmp_path / "notes.db")


def test_a_password_is_in_no_message(tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        open_library("postgresql://me:s3cret@127.0.0.1:9/none", path=tmp_path / "notes.db")
    assert "s3cret" not in f"{caught.value} {caught.value.hint} {caught.value.__cause__}"


# --- care ---


async def test_a_checkup_says_how_many_notes_there_are(place: Place) -> None:
    library = await place.open()
    await library.store.save(a_note(), a_request())
    checkup = await library.check()
    assert checkup.ok
    assert checkup.message.startswith("1 notes")


async def test_a_backup_is_a_whole_library(file_place: Place, tmp_path: Path) -> None:
    library = await file_place.open()
    saved = await library.store.save(a_note(), a_request())
    copy = await library.backup(tmp_path / "copy" / "notes.db")
    other = await asyncio.to_thread(lambda: open_library(path=copy))
    try:
        assert await other.store.get(saved.id) == saved
    finally:
        await other.aclose()
    with pytest.raises(FolderNotWritable):
        await library.backup(file_place.path / "below" / "a.db")


async def test_a_shared_library_is_backed_up_elsewhere(server_place: Place) -> None:
    library = await server_place.open()
    with pytest.raises(NotYetAvailable, match="server"):
        await library.backup(server_place.folder / "copy.db")


async def test_a_deleted_note_is_gone_for_good_after_the_hour(place: Place, clock: Any) -> None:
    library = await place.open(clock=clock)
    saved = await library.store.save(a_note(), a_request())
    await library.store.delete(saved.id)
    await library.aclose()
    clock.now += 3601
    library = await place.open(clock=clock)
    await library.aclose()
    library = await place.open(clock=clock)
    words = await library._database.read(
        lambda c: c.execute(text("SELECT count(*) FROM sections")).scalar_one()
    )
    assert words == 0
    with pytest.raises(NoteMissing):
        await library.store.get(saved.id)
