"""The tabs of the last session: how they are written down, and how they come back.

Their notes are read from the library once it is open, the one that was in front first; a note that
was deleted meanwhile is left out.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from PySide6.QtCore import QObject, QSettings, Signal

from notegen_desktop.domain.errors import Failure, NoteMissing
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.notes.result_tabs import MAX_OPENED, ResultTabs
from notegen_desktop.ui.notes.tab_bar import KeptTab


class LastSession(QObject):
    """Signals: `settled()` when no more tabs are to come."""

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
        self._to_come: tuple[KeptTab, ...] = ()
        self.is_coming = False
        """Whether tabs are still to be brought back."""

    def restore(self, state: QSettings) -> None:
        """Bring back what `remember` kept, as soon as the library is open."""
        self._to_come = read_tabs(str(state.value("tabs", "")))
        if self._to_come:
            self.is_coming = True
            self._results.show_opening(opening=True)
            self._services.then(
                lambda it: self._tasks.start(self._open(it), done=self._open_all, failed=self._fail)
            )

    def remember(self, state: QSettings) -> None:
        """What could not be brought back yet stays on record."""
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


def written(tabs: Sequence[KeptTab]) -> str:
    """Tabs as text that `read_tabs` reads."""
    return json.dumps([[tab.note_id, tab.level.value, tab.top, tab.shown] for tab in tabs])


def read_tabs(text: str) -> tuple[KeptTab, ...]:
    """What `written` wrote; none of a text that is anything else."""
    try:
        rows = json.loads(text or "[]")
        return tuple(
            KeptTab(
                str(note_id),
                Level(level),
                (int(top[0]), float(top[1])) if top is not None else None,
                bool(shown),
            )
            for note_id, level, top, shown in rows[:MAX_OPENED]
        )
    except (ValueError, TypeError, KeyError, IndexError):
        return ()
