"""The size of windows: as large as the screen allows, and what is remembered over a restart."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow

from notegen_desktop.services.machine.local_files import under_text


class Remembered(Protocol):
    """A part of the window that is as it was left."""

    def restore(self, state: QSettings) -> None:
        """Take over what `remember` kept."""
        ...

    def remember(self, state: QSettings) -> None: ...


class WindowState:
    """Kept in a file, or nowhere if there is no path. A broken file counts as none."""

    def __init__(self, path: Path | None) -> None:
        self._state = None
        with suppress(OSError):  # what cannot be kept is done without
            if path:
                self._state = QSettings(str(under_text(path)), QSettings.Format.IniFormat)

    def restore(self, window: QMainWindow, *parts: Remembered) -> None:
        if self._state is None:
            return
        geometry = self._state.value("geometry")
        if isinstance(geometry, QByteArray):
            window.restoreGeometry(geometry)
        for part in parts:
            part.restore(self._state)

    def remember(self, window: QMainWindow, *parts: Remembered) -> None:
        if self._state is not None:
            self._state.setValue("geometry", window.saveGeometry())
            for part in parts:
                part.remember(self._state)
            self._state.sync()
