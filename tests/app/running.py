"""Runs the whole program on its own loop, with a story told to it as a coroutine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import qasync
from PySide6.QtCore import QObject

from notegen_desktop.app import Application, create_app

PATIENCE = 2000
"""Turns of the loop, of at least a hundredth of a second each."""

Found = TypeVar("Found", bound=QObject)


async def until(condition: Callable[[], object], what: str) -> None:
    """Let the loop run until `condition` holds; fails with `what` after a while."""
    for _ in range(PATIENCE):
        if condition():
            return
        await asyncio.sleep(0.01)
    assert condition(), f"waited in vain: {what}"


def run_program(
    story: Callable[[Application], Awaitable[None]],
    *,
    arguments: tuple[str, ...] = (),
    ready: Callable[[Application], object] = lambda app: app.program is not None,
) -> Application:
    """The program from its start to its end, with `story` in between, once it is `ready`.

    The window is closed when the story is over, and everything must have ended then.
    """
    app = create_app(["notegen-desktop", *arguments])

    async def life() -> None:
        serving = asyncio.create_task(app.serve())
        try:
            await until(lambda: ready(app) or serving.done(), "the services")
            await story(app)
        finally:
            app.window.close()
            await until(serving.done, "the end of the program")
        assert serving.result() == 0
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        assert not left, f"tasks are left: {left}"

    try:
        with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app.qt)) as runner:
            runner.run(life())
    finally:
        app.window.deleteLater()
        app.log.close()
    return app


def child(parent: QObject, kind: type[Found], name: str) -> Found:
    """The widget of that object name below `parent`; fails if there is none."""
    found = parent.findChild(kind, name)
    assert found is not None, f"there is no {name}"
    return found
