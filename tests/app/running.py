"""Runs the whole program on its own loop, with a story told to it as a coroutine."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import qasync
from PySide6.QtCore import QMimeData, QObject, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from notegen_desktop.app import Application, create_app
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.ui.notes.note_page import NotePage

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


def drop(app: Application, data: QMimeData) -> None:
    event = QDropEvent(
        QPointF(640, 400),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    app.window.dropEvent(event)


def drop_file(app: Application, path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    drop(app, data)


def press_generate(app: Application) -> None:
    QTest.mouseClick(child(app.window, QPushButton, "generateButton"), Qt.MouseButton.LeftButton)


def finished(app: Application, count: int) -> bool:
    """Whether so many jobs have ended, well or not."""
    return sum(job.is_final for job in app.board) == count


async def first_page(app: Application) -> NotePage:
    """The tab in front, once the three notes of the sample talk are there."""
    drop_file(app, sample_talk())
    press_generate(app)
    await until(lambda: finished(app, 3), "three notes")
    await until(lambda: app.window.results.page_shown is not None, "a tab")
    page = app.window.results.page_shown
    assert page is not None
    return page
