"""State restored at the next start: window geometry, splitters and tabs.

Notes of tabs are read once the library is open, the current one first; deleted ones are skipped.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QByteArray, QObject, QSettings, Signal
from PySide6.QtWidgets import QMainWindow

from notegen_desktop.domain.errors import Failure, NoteMissing
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.services.machine.local_files import under_text
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.notes.result_tabs import MAX_OPENED, ResultTabs
from notegen_desktop.ui.notes.tab_bar import SavedTab


class Remembered(Protocol):
    """A part of the window that saves and restores its state."""

    def restore(self, state: QSettings) -> None:
        """Restore the state saved by `remember`."""
        ...

    def remember(self, state: QSettings) -> None: ...


class WindowState:
    """State file of the window; without a path nothing is stored. An invalid file counts as
    empty."""

    def __init__(self, path: Path | None) -> None:
        self._state = None
        with suppress(OSError):  # the state is optional
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


# --- Tabs ---


class LastSession(QObject):
    """Restores the tabs. Signals: `settled()` when no more tabs are to come."""

    settled = Signal()

    def __init__(
        self,
        results: ResultTabs,
        services: Deferred[Services],
        tasks: Tasks,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._results = results
        self._services = services
        self._tasks = tasks
        self._to_come: tuple[SavedTab, ...] = ()
        self.is_coming = False
        """True while tabs are still to be restored."""

    def restore(self, state: QSettings) -> None:
        """Restore the tabs saved by `remember` once the library is open."""
        self._to_come = read_tabs(str(state.value("tabs", "")))
        if self._to_come:
            self.is_coming = True
            self._results.show_opening(opening=True)
            self._services.then(
                lambda it: self._tasks.start(self._open(it), done=self._open_all, failed=self._fail)
            )

    def remember(self, state: QSettings) -> None:
        """Save the tabs, unless those of the last session could not be restored yet."""
        if not self._to_come:
            state.setValue("tabs", written(self._results.kept()))

    async def _open(self, services: Services) -> None:
        tabs = self._to_come
        front = next((number for number, tab in enumerate(tabs) if tab.shown), 0)
        for number in (front, *(n for n in range(len(tabs)) if n != front)):
            try:
                note = await services.store.get(tabs[number].note_id)
            except NoteMissing:
                continue
            before = tabs[front].note_id if number < front else ""
            self._results.bring_back(tabs[number], note, before=before)

    def _open_all(self, _: object) -> None:
        self._to_come = ()
        self._settle()

    def _fail(self, failure: Failure) -> None:
        self._tasks.failed.emit(failure)
        self._settle()

    def _settle(self) -> None:
        self.is_coming = False
        self._results.show_opening(opening=False)
        self.settled.emit()


def written(tabs: Sequence[SavedTab]) -> str:
    """Return tabs as text for `read_tabs`."""
    return json.dumps([[tab.note_id, tab.level.value, tab.top, tab.shown] for tab in tabs])


def read_tabs(text: str) -> tuple[SavedTab, ...]:
    """Return the tabs in a text by `written`; () if it is invalid."""
    try:
        rows = json.loads(text or "[]")
        return tuple(
            SavedTab(
                str(note_id),
                Level(level),
                (int(top[0]), float(top[1])) if top is not None else None,
                bool(shown),
            )
            for note_id, level, top, shown in rows[:MAX_OPENED]
        )
    except (ValueError, TypeError, KeyError, IndexError):
        return ()
