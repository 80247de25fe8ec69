"""The library as a whole: never in the loop's way, whole or not at all, cared for."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from notegen_desktop.domain.errors import DatabaseUnavailable, NoteMissing
from notegen_desktop.services.library.store import UNDO_S
from tests.fakes.notes import a_note, a_request
from tests.services.library.conftest import Place

WORK = ("before_cursor_execute", "commit", "rollback")
"""Events of SQLAlchemy at which a thread may wait for the database."""


async def test_twenty_producers_all_arrive_and_the_loop_stays_free(place: Place) -> None:
    """No statement is executed, and no transaction ended, in the thread of the loop."""
    library = await place.open()
    threads: set[int] = set()

    def note(*_: object) -> None:
        threads.add(threading.get_ident())

    async def produce(name: int) -> None:
        for number in range(10):
            await library.store.save(a_note(), a_request(model=f"{name}-{number}"))

    for name in WORK:
        event.listen(Engine, name, note)
    try:
        await asyncio.gather(*(produce(name) for name in range(20)))
        assert len(await library.store.recent(limit=1000)) == 200
    finally:
        for name in WORK:
            event.remove(Engine, name, note)
    assert threads
    assert threading.get_ident() not in threads


async def test_readers_see_a_note_whole_or_not_at_all(place: Place) -> None:
    library = await place.open()
    saved = await library.store.save(a_note(), a_request())
    short = a_note(title="Short", sections=a_note().sections[:1])

    async def write() -> None:
        for note in itertools.islice(itertools.cycle((short, a_note())), 16):
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


async def test_a_checkup_says_how_many_notes_there_are(place: Place) -> None:
    library = await place.open()
    await library.store.save(a_note(), a_request())
    checkup = await library.check()
    assert checkup.ok
    assert checkup.message.startswith("1 note ")


async def test_a_deleted_note_is_gone_for_good_after_thirty_days(place: Place, clock: Any) -> None:
    library = await place.open(clock=clock)
    saved = await library.store.save(a_note(), a_request())
    await library.store.delete(saved.id)
    await library.aclose()
    clock.now += UNDO_S + 1
    library = await place.open(clock=clock)
    await library.aclose()
    library = await place.open(clock=clock)
    words = await library._database.read(
        lambda c: c.execute(text("SELECT count(*) FROM sections")).scalar_one()
    )
    assert words == 0
    with pytest.raises(NoteMissing):
        await library.store.get(saved.id)


async def test_a_read_that_nobody_waits_for_any_more_ends(file_place: Place) -> None:
    """Typing on must not wait for the search that was typed over."""
    library = await file_place.open()
    saved = await library.store.save(a_note(), a_request())
    begun, ended = threading.Event(), threading.Event()
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT sum(i) FROM n"

    def work(connection: Connection) -> None:
        begun.set()
        try:
            connection.execute(text(endless)).all()
        finally:
            ended.set()

    for _ in range(6):  # more than there are connections
        begun.clear()
        ended.clear()
        reading = asyncio.create_task(library._database.read(work))
        await asyncio.to_thread(begun.wait)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await asyncio.to_thread(ended.wait)
        assert (await library.store.get(saved.id)) == saved
