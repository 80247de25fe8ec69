"""Work that several wait for is done once and ends with the last of them."""

from __future__ import annotations

import asyncio

import pytest

from notegen_desktop.services.reading.local_media import SingleFlight, Tell


class Work:
    """Something long: waits until it is let go on."""

    def __init__(self) -> None:
        self.begun = 0
        self.cancelled = 0
        self.go_on = asyncio.Event()
        self.error: Exception | None = None

    async def __call__(self, tell: Tell) -> str:
        self.begun += 1
        tell("begun")
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.error is not None:
            raise self.error
        tell("nearly done")
        tell("nearly done")
        return "done"


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_it_is_done_once_and_told_to_all_even_to_those_who_come_late() -> None:
    flight: SingleFlight[str] = SingleFlight()
    work, first, second = Work(), list[str](), list[str]()
    one = asyncio.create_task(flight.run("key", work, first.append))
    await settled()
    two = asyncio.create_task(flight.run("key", work, second.append))
    await settled()
    work.go_on.set()
    assert await asyncio.gather(one, two) == ["done", "done"]
    assert work.begun == 1
    assert first == second == ["begun", "nearly done"]


async def test_one_who_leaves_ends_nothing_and_the_last_ends_it() -> None:
    flight: SingleFlight[str] = SingleFlight()
    work, told = Work(), list[str]()
    tasks = [asyncio.create_task(flight.run("key", work, told.append)) for _ in range(2)]
    await settled()
    tasks[0].cancel()
    await settled()
    assert work.cancelled == 0
    tasks[1].cancel()
    await settled()
    assert work.cancelled == 1
    assert all(task.cancelled() for task in tasks)
    work.go_on.set()
    assert await flight.run("key", work, told.append) == "done"
    assert work.begun == 2


async def test_a_failure_reaches_everybody_and_is_not_remembered() -> None:
    flight: SingleFlight[str] = SingleFlight()
    work, told = Work(), list[str]()
    work.error = ValueError("no")
    tasks = [asyncio.create_task(flight.run("key", work, told.append)) for _ in range(2)]
    await settled()
    work.go_on.set()
    for task in tasks:
        with pytest.raises(ValueError, match="no"):
            await task
    work.error = None
    assert await flight.run("key", work, told.append) == "done"


async def test_closing_ends_what_runs() -> None:
    flight: SingleFlight[str] = SingleFlight()
    work = Work()
    task = asyncio.create_task(flight.run("key", work, list[str]().append))
    await settled()
    await flight.aclose()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert work.cancelled == 1
