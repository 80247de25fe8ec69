"""Widgets under test: offscreen unless there is a display, themed, and on the Qt loop if async."""

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
    """Coroutines of this folder run where the program's own run: on the Qt loop."""

    def make() -> asyncio.AbstractEventLoop:
        app = QApplication.instance() or QApplication([])
        loop: asyncio.AbstractEventLoop = qasync.QEventLoop(app)
        return loop

    return {"qt": make}


def clear_away() -> None:
    """Carry out what `deleteLater` put off."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture(autouse=True)
def themed(qapp: QApplication) -> Iterator[None]:
    """The light theme before each test; no window left after it."""
    qapp.setQuitOnLastWindowClosed(False)
    init_theme(qapp, RESOURCES)
    apply_theme(qapp, "light")
    theme().read_at(15)
    before = set(qapp.topLevelWidgets())
    yield
    clear_away()
    left = [w for w in qapp.topLevelWidgets() if w not in before and w.isVisible()]
    assert not left, f"windows are left open: {left}"


def press_behind(window: Any, words: str) -> None:
    """Choose from the menu of the message that the window shows."""
    (action,) = (one for one in window.messages.menu.actions() if one.text() == words)
    action.trigger()


class Opened(QObject):
    """What would have been opened in other programs."""

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


def counted(monkeypatch: pytest.MonkeyPatch, kind: type[Any], name: str) -> list[None]:
    """Has an entry for each call of a method from now on."""
    calls: list[None] = []
    real = getattr(kind, name)

    def method(*args: Any, **options: Any) -> Any:
        calls.append(None)
        return real(*args, **options)

    monkeypatch.setattr(kind, name, method)
    return calls


TURN_S = 0.005


async def until(condition: Callable[[], object], what: str = "", *, seconds: float = 5.0) -> None:
    """Let the loop run until `condition` holds; fails with `what` after a while.

    It counts the loop's turns: on a machine that lets this process stand still for long, a second
    in which nothing could happen is none.
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
    """The queue on a board; `flush` shows what is new."""
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
        for _ in range(3):  # a turn of the loop does what is urgent: layouts before timers
            qapp.processEvents()

    made.flush = flush
    made.resize(360, 700)
    made.show()
    yield made
    board.stop()


@pytest.fixture
async def main_window(fakes: FakeServices) -> AsyncIterator[Callable[..., Any]]:
    """Makes main windows; closes each at the end, as a person would, and waits for its end."""
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
        QApplication.processEvents()  # no task waits yet, so none is stepped inside this one
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
    # Here and now, on this thread: a collection that a worker thread sets off later would take
    # widgets apart where they do not belong.
    gc.collect()


async def close(window: QWidget) -> None:
    """Close a main window, and wait until it is closed."""
    if window.isVisible():
        gone = asyncio.get_running_loop().create_future()
        window.closed.connect(lambda: gone.done() or gone.set_result(None))  # type: ignore[attr-defined]
        window.close()
        await asyncio.wait_for(gone, 5)
