"""On the loop of the real program, too, a stream that is left is closed at once.

qasync closes no dropped generator by itself.
"""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager
from typing import Any

import pytest
import qasync
from PySide6.QtWidgets import QApplication

from notegen_desktop.services.machine.async_hooks import install_asyncgen_hooks
from notegen_desktop.services.ports import NoteWriter
from notegen_desktop.services.writers.gemini import GeminiWriter
from notegen_desktop.services.writers.gemini_legacy import GeminiLegacyWriter
from tests.fakes.assignments import assignment
from tests.fakes.gemini import FakeGemini, Script

SLOW = Script(seconds=30.0, first_byte_s=0.0, chunks=600)


def _gemini() -> tuple[AbstractContextManager[Any], Callable[[str], NoteWriter]]:
    return FakeGemini(SLOW), lambda url: GeminiWriter(api_key=lambda: "AIzaFake", url=url)


def _legacy() -> tuple[AbstractContextManager[Any], Callable[[str], NoteWriter]]:
    if importlib.util.find_spec("google.generativeai") is None:
        pytest.skip("the extra “legacy” is not installed")
    from tests.fakes.gemini_grpc import FakeGeminiGrpc

    return (
        FakeGeminiGrpc(SLOW),
        lambda url: GeminiLegacyWriter(api_key=lambda: "AIzaFake", url=url),
    )


async def _break_off(writer: NoteWriter, server: Any) -> None:
    """Leave the loop and never close the generator."""
    async for state in writer.write(assignment()):
        if state.draft.sections:
            return


async def _cancel_in_the_body(writer: NoteWriter, server: Any) -> None:
    reached = asyncio.Event()

    async def read() -> None:
        async for _ in writer.write(assignment()):
            reached.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(read())
    await reached.wait()
    task.cancel()
    await asyncio.wait([task])


async def _cancel_before_the_first_byte(writer: NoteWriter, server: Any) -> None:
    server.script = SLOW.but(first_byte_s=30.0)
    stream = writer.write(assignment())
    task = asyncio.ensure_future(anext(stream))
    assert await server.until(lambda s: s.requests)
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize("engine", [_gemini, _legacy], ids=["gemini", "gemini-legacy"])
@pytest.mark.parametrize("leave", [_break_off, _cancel_in_the_body, _cancel_before_the_first_byte])
def test_a_stream_that_is_left_is_closed_on_the_loop_of_the_window(
    qapp: QApplication,
    engine: Callable[[], tuple[AbstractContextManager[Any], Callable[[str], NoteWriter]]],
    leave: Callable[[NoteWriter, Any], Coroutine[Any, Any, None]],
) -> None:
    service, make = engine()

    async def story(server: Any) -> None:
        unhook = install_asyncgen_hooks(asyncio.get_running_loop())
        writer = make(server.url)
        await leave(writer, server)
        assert await server.until(lambda s: s.requests[0].closed_early)
        await writer.aclose()
        unhook()

    with (
        service as server,
        asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(qapp)) as runner,
    ):
        runner.run(story(server))
