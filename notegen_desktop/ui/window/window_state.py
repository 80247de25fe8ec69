"""The size of windows: as large as the screen allows, and what is remembered over a restart."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter

from notegen_desktop.services.machine.local_files import under_text

from .reading import Reading


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
        """The share of the height that the jobs were given by hand, 0 to 1."""
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
