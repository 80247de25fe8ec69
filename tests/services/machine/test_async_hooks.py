"""Generators that are dropped half-way are closed, also on a loop that installs no hooks."""

from __future__ import annotations

import asyncio
import gc
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from notegen_desktop.services.machine.async_hooks import install_asyncgen_hooks


@pytest.fixture
def bare_loop() -> Iterator[None]:
    """Take away the hooks of the running loop, as if it had none, and give them back."""
    hooks = sys.get_asyncgen_hooks()
    yield
    sys.set_asyncgen_hooks(*hooks)


def _bare() -> None:
    sys.set_asyncgen_hooks(None, None)


async def stream(closed: asyncio.Event) -> AsyncIterator[int]:
    try:
        for number in range(1000):
            yield number
    finally:
        await asyncio.sleep(0)  # closing may itself have to wait
        closed.set()


async def drop(make: Callable[[], AsyncIterator[int]]) -> None:
    async for number in make():
        if number == 3:
            break


@pytest.mark.usefixtures("bare_loop")
async def test_a_dropped_generator_is_closed() -> None:
    _bare()
    closed = asyncio.Event()
    uninstall = install_asyncgen_hooks(asyncio.get_running_loop())
    await drop(lambda: stream(closed))
    gc.collect()

    await asyncio.wait_for(closed.wait(), 2)
    uninstall()
    assert sys.get_asyncgen_hooks() == (None, None)


@pytest.mark.usefixtures("bare_loop")
async def test_a_generator_collected_in_another_thread_is_closed_on_its_loop() -> None:
    _bare()
    closed = asyncio.Event()
    uninstall = install_asyncgen_hooks(asyncio.get_running_loop())
    held: list[Any] = [stream(closed)]
    await anext(held[0])
    thread = threading.Thread(target=held.clear)
    thread.start()
    thread.join()

    await asyncio.wait_for(closed.wait(), 2)
    uninstall()


@pytest.mark.usefixtures("bare_loop")
async def test_a_generator_that_fails_on_closing_is_told_to_the_loop() -> None:
    _bare()
    loop = asyncio.get_running_loop()
    told: asyncio.Future[dict[str, Any]] = loop.create_future()
    loop.set_exception_handler(lambda _, context: told.set_result(context))

    async def bad() -> AsyncIterator[int]:
        try:
            yield 3
        finally:
            raise RuntimeError("stuck")

    uninstall = install_asyncgen_hooks(loop)
    await drop(bad)
    gc.collect()
    context = await asyncio.wait_for(told, 2)
    uninstall()
    loop.set_exception_handler(None)

    assert "stuck" in str(context["exception"])
