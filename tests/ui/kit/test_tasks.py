"""Owned coroutines started by slots: results, failures, cancelling, and closing."""

from __future__ import annotations

import asyncio
import logging

import pytest

from notegen_desktop.domain.errors import Failure, KeyMissing
from notegen_desktop.ui.kit.tasks import Tasks
from tests.ui.conftest import until


@pytest.fixture
def tasks() -> Tasks:
    return Tasks()


async def test_a_result_reaches_the_one_who_asked(tasks: Tasks) -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    results: list[int] = []
    tasks.start(work(), done=results.append)
    assert len(tasks) == 1
    await until(lambda: results == [7])
    await until(lambda: len(tasks) == 0)


async def test_a_failure_goes_to_its_handler_or_is_announced(tasks: Tasks) -> None:
    async def work() -> None:
        raise KeyMissing

    own: list[Failure] = []
    announced: list[Failure] = []
    tasks.failed.connect(announced.append)
    tasks.start(work(), failed=own.append)
    tasks.start(work())
    await until(lambda: own and announced)
    assert [f.code for f in own + announced] == ["key_missing", "key_missing"]


@pytest.mark.allow_log(logging.ERROR)
async def test_an_error_nobody_expected_is_logged_and_put_into_words(
    tasks: Tasks, caplog: pytest.LogCaptureFixture
) -> None:
    async def work() -> None:
        raise ValueError("no such thing")

    announced: list[Failure] = []
    tasks.failed.connect(announced.append)
    tasks.start(work())
    await until(lambda: announced)
    assert announced[0].code == "unexpected"
    assert "no such thing" in announced[0].message
    assert "no such thing" in caplog.text


async def test_cancelling_is_no_failure_and_calls_nobody(tasks: Tasks) -> None:
    calls: list[object] = []
    tasks.failed.connect(calls.append)
    tasks.start(asyncio.sleep(60), done=calls.append, failed=calls.append)
    await asyncio.sleep(0)
    tasks.cancel_all()
    await until(lambda: len(tasks) == 0)
    assert calls == []


async def test_a_task_that_never_began_leaves_nothing_behind(tasks: Tasks) -> None:
    """The coroutine is closed; otherwise Python warns that it was never awaited."""
    tasks.start(asyncio.sleep(60))
    tasks.cancel_all()
    await tasks.aclose()
    assert len(tasks) == 0


async def test_the_end_waits_for_all_but_the_one_that_asks_for_it(tasks: Tasks) -> None:
    ended: list[str] = []

    async def slow() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.01)
            ended.append("slow")

    async def close() -> None:
        await tasks.aclose()
        ended.append("close")

    tasks.start(slow())
    await asyncio.sleep(0)
    await tasks.start(close())
    assert ended == ["slow", "close"]


async def test_what_a_task_begins_as_it_is_ended_is_ended_too(tasks: Tasks) -> None:
    async def first() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            tasks.start(asyncio.sleep(60))

    tasks.start(first())
    await asyncio.sleep(0)
    await tasks.aclose()
    assert len(tasks) == 0


async def test_after_the_end_nothing_begins(tasks: Tasks) -> None:
    begun: list[str] = []

    async def late() -> None:
        begun.append("late")

    await tasks.aclose()
    assert not tasks.can_start
    assert tasks.start(late(), done=lambda _: begun.append("done")) is None
    assert len(tasks) == 0
    assert begun == []


async def test_it_is_known_whether_a_task_can_start(tasks: Tasks) -> None:
    assert tasks.can_start


def test_without_a_loop_nothing_begins(tasks: Tasks) -> None:
    assert not tasks.can_start
    assert tasks.start(asyncio.sleep(0)) is None
    assert len(tasks) == 0
