"""Connections to a server are few, watched, and given up in time."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, create_engine, text

from notegen_desktop.domain.errors import DatabaseUnavailable
from notegen_desktop.services.ports import PoolSettings
from tests.fakes.notes import a_note, a_request
from tests.services.library.conftest import Place


def one(connection: Connection) -> int:
    return int(connection.execute(text("SELECT 1")).scalar_one())


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that other threads bring about."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.005)


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
    watch = library._database._watch
    assert watch._idle_since
    await until(lambda: not watch._idle_since)
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
