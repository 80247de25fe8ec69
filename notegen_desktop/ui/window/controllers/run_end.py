"""Announces the end of a long run in the task bar and as a desktop notification."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication, QWidget

from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.ui.kit.job_text import overall_words
from notegen_desktop.ui.kit.qt_board import QtBoard

LONG_S = 20.0
"""Minimum seconds of a run that is announced."""


class RunEnd(QObject):
    """Watches the board; a run lasts from its first job until none is active."""

    def __init__(
        self,
        window: QWidget,
        board: QtBoard,
        *,
        now: Callable[[], float],
        tell: Callable[[QWidget, str], None] | None = None,
    ) -> None:
        """`now` returns seconds; `tell` shows a text outside the window."""
        super().__init__(window)
        self._window, self._board = window, board
        self._now, self._tell = now, tell or notify
        self._began: float | None = None
        board.progress_changed.connect(self._progress_changed)

    def _progress_changed(self) -> None:
        tally = self._board.board.tally
        if tally.active:
            if self._began is None:
                self._began = self._now()
            return
        began, self._began = self._began, None
        long = began is not None and self._now() - began >= LONG_S
        news = tally.of(Status.COMPLETE) + tally.of(Status.ERROR) > 0  # not only cancelled jobs
        if long and news and not self._window.isActiveWindow():
            self._tell(self._window, overall_words(tally))


def notify(window: QWidget, words: str) -> None:
    """Mark the window in the task bar and show a desktop notification."""
    QApplication.alert(window)
    from PySide6.QtWidgets import QSystemTrayIcon  # late import: seldom used

    if not QSystemTrayIcon.isSystemTrayAvailable():
        return
    tray = window.findChild(QSystemTrayIcon)
    if not isinstance(tray, QSystemTrayIcon):
        tray = QSystemTrayIcon(window.windowIcon(), window)
        tray.messageClicked.connect(window.activateWindow)
        tray.messageClicked.connect(tray.hide)
        tray.activated.connect(tray.hide)
        tray.activated.connect(window.activateWindow)
    tray.show()
    tray.showMessage("NoteGen", words, window.windowIcon())
