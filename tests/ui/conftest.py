"""Fixtures of widget tests: themed widgets, offscreen without a display, and the Qt loop."""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import qasync
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QWidget

from notegen_desktop.ui.kit.theme import apply_theme, init_theme, theme
from tests.fakes.services import RESOURCES, FakeServices


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run coroutine tests of this folder in qasync's loop, as in the program."""

    def make() -> asyncio.AbstractEventLoop:
        app = QApplication.instance() or QApplication([])
        loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app)
        return loop

    return {"qt": make}


def clear_away() -> None:
    """Delete the objects for which `deleteLater` was called."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[None]:
    """Apply the light theme before each test; fail if a test leaves a window open."""
    qapp.setQuitOnLastWindowClosed(False)
    init_theme(qapp, RESOURCES)
    apply_theme(qapp, "light")
    theme().set_reading_size(15)
    before = set(qapp.topLevelWidgets())
    yield
    clear_away()
    left = [w for w in qapp.topLevelWidgets() if w not in before and w.isVisible()]
    assert not left, f"windows are left open: {left}"


def press_behind(window: Any, words: str) -> None:
    """Trigger the action with this text in the menu of the window's message bar."""
    (action,) = (one for one in window.messages.menu.actions() if one.text() == words)
    action.trigger()


class Opened(QObject):
    """Receiver of the addresses that would be opened in other programs."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[QUrl] = []

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.urls.append(url)


@pytest.fixture
def opened() -> Iterator[Opened]:
    made = Opened()
    for scheme in ("file", "https"):
        QDesktopServices.setUrlHandler(scheme, made, "take")
    yield made
    for scheme in ("file", "https"):
        QDesktopServices.unsetUrlHandler(scheme)


def tab_order(window: QWidget) -> list[QWidget]:
    """The widgets of a window from its first on, as Tab goes through those that it stops at."""
    found = []
    each = window.nextInFocusChain()
    while each is not window:
        found.append(each)
        each = each.nextInFocusChain()
    return found


def counted(monkeypatch: pytest.MonkeyPatch, kind: type[Any], name: str) -> list[None]:
    """Patch a method and return a list that grows by one entry with each call."""
    calls: list[None] = []
    real = getattr(kind, name)

    def method(*args: Any, **options: Any) -> Any:
        calls.append(None)
        return real(*args, **options)

    monkeypatch.setattr(kind, name, method)
    return calls


TURN_S = 0.005


async def until(condition: Callable[[], object], what: str = "", *, seconds: float = 5.0) -> None:
    """Run the event loop until `condition` holds; fail with `what` after about `seconds`.

    It counts turns of the loop instead of time, because a busy machine may stop the process for
    long.
    """
    for _ in range(round(seconds / TURN_S)):
        if condition():
            return
        await asyncio.sleep(TURN_S)
    assert condition(), f"waited in vain: {what or condition}"


@pytest.fixture
def fakes() -> FakeServices:
    return FakeServices()


@pytest.fixture
def panel(fakes: FakeServices, qtbot: Any, qapp: QApplication) -> Iterator[Any]:
    """Yield a job panel connected to the board; its `flush` shows pending changes at once."""
    from notegen_desktop.ui.kit.qt_board import QtBoard
    from notegen_desktop.ui.queue.panel import JobPanel

    made = JobPanel(now=fakes.clock)
    made.show_templates({template.id: template for template in fakes.templates.all()})
    qtbot.addWidget(made)
    board = QtBoard(fakes.board, made)
    board.video_seen.connect(made.show_video)
    board.job_added.connect(made.add_job)
    board.job_changed.connect(made.show_job)
    board.job_removed.connect(made.remove_job)
    board.progress_changed.connect(made.show_progress)
    board.start()

    def flush() -> None:
        board.flush()
        for _ in range(3):  # urgent events, such as layouts, first
            qapp.processEvents()

    made.flush = flush
    made.resize(360, 700)
    made.show()
    yield made
    board.stop()


@pytest.fixture
async def main_window(fakes: FakeServices) -> AsyncIterator[Callable[..., Any]]:
    """Yield a function that makes main windows; all are closed at the end of the test."""
    from notegen_desktop.ui.window.main_window import MainWindow

    made: list[MainWindow] = []

    def make(*, attach: bool = True, **more: Any) -> MainWindow:
        window = MainWindow(
            fakes.settings,
            fakes.templates,
            fakes.board,
            resources=RESOURCES,
            now=fakes.clock,
            **more,
        )
        made.append(window)
        window.show()
        window.activateWindow()
        QApplication.processEvents()  # no task is pending yet, so none is nested
        if attach:
            window.attach(fakes.ports)
        return window

    yield make
    for window in made:
        fakes.runner.cancel_all()
        await close(window)
        await until(lambda window=window: not len(window.tasks), "the end of the window's tasks")
        window.deleteLater()
    made.clear()
    clear_away()
    # Collect garbage now on this thread: a collection triggered by a worker thread would destroy
    # widgets on the wrong thread. No collection runs during a test, so all of it is young.
    gc.collect(0)


async def close(window: QWidget) -> None:
    """Close a main window and wait at most 5 seconds until it is closed."""
    if window.isVisible():
        gone = asyncio.get_running_loop().create_future()
        window.closed.connect(lambda: gone.done() or gone.set_result(None))  # type: ignore[attr-defined]
        window.close()
        await asyncio.wait_for(gone, 5)
