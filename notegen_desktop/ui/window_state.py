"""The size of windows: as large as the screen allows, and what is remembered over a restart."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings, QSize, Qt
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from notegen_desktop.services.machine.local_files import under_text

from .reading import Reading

TITLE_PX = 40
"""Room for the title bar, whose height is not known before a window is shown: 28 to 38 points in
the usual themes of GNOME, KDE and Windows."""


def fit_to_screen(window: QWidget) -> None:
    """Let a window be no larger than what its screen has free, and lie inside of that."""
    free = window.screen().availableGeometry()
    room = free.size() - QSize(0, TITLE_PX)
    window.setMinimumSize(window.minimumSize().boundedTo(room))
    sized = window.testAttribute(Qt.WidgetAttribute.WA_Resized)
    size = window.size() if sized else window.sizeHint()
    if size == size.boundedTo(room) or window.isMaximized() or window.isFullScreen():
        return
    window.resize(size.boundedTo(room))
    if window.testAttribute(Qt.WidgetAttribute.WA_Moved):
        corner = window.pos()
        window.move(
            max(free.left(), min(corner.x(), free.right() - window.width())),
            max(free.top(), min(corner.y(), free.bottom() - window.height() - TITLE_PX)),
        )


class WindowState:
    """Kept in a file, or nowhere if there is no path. A broken file counts as none."""

    def __init__(self, path: Path | None) -> None:
        self._state = None
        with suppress(OSError):  # what cannot be kept is done without
            if path:
                self._state = QSettings(str(under_text(path)), QSettings.Format.IniFormat)

    def restore(self, window: QMainWindow, split: QSplitter, reading: Reading) -> None:
        if self._state is None:
            return
        for key, take in (("geometry", window.restoreGeometry), ("split", split.restoreState)):
            value = self._state.value(key)
            if isinstance(value, QByteArray):
                take(value)
        reading.restore(self._state)

    def jobs_share(self, default: float) -> float:
        """The share of the height that someone gave the jobs, 0 to 1."""
        if self._state is not None:
            with suppress(TypeError, ValueError):
                return min(0.9, max(0.1, float(str(self._state.value("jobs")))))
        return default

    def remember(
        self, window: QMainWindow, split: QSplitter, reading: Reading, *, jobs_share: float
    ) -> None:
        if self._state is not None:
            self._state.setValue("geometry", window.saveGeometry())
            self._state.setValue("split", split.saveState())
            self._state.setValue("jobs", jobs_share)
            reading.remember(self._state)
            self._state.sync()
