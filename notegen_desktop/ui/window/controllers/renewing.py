"""Controller that shows what other programs have made of the open notes: a second window of a
shared library, or the command line."""

from __future__ import annotations

import logging

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication

from notegen_desktop.domain.notes.editing import has_words_of
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.notes.result_tabs import ResultTabs

log = logging.getLogger(__name__)


class NoteRenewing(Controller):
    """Loads each open note again when it is shown after the user was in another program.

    A note that is being edited is left alone: editing compares it with the stored one itself.
    """

    def __init__(self, context: WindowContext, results: ResultTabs) -> None:
        super().__init__(context)
        self._results = results
        self._unchecked: set[str] = set()
        results.shown_changed.connect(lambda _: self._renew())
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.applicationStateChanged.connect(self._take_state)

    def _take_state(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._unchecked = {page.note_id for page in self._results.pages() if page.note_id}
            self._renew()

    def _renew(self) -> None:
        page = self._results.page_shown
        note = page.note if page is not None else None
        if page is None or note is None or note.id not in self._unchecked or page.editor:
            return
        if not self._tasks.can_start:
            return
        self._unchecked.discard(note.id)
        self._tasks.start(
            self._services.ask(lambda it: it.store.get(note.id)),
            done=lambda stored: self._show(note, stored),
            failed=lambda failure: log.info("a note is shown as it was: %s", failure.message),
            receiver=self,
        )

    def _show(self, seen: Note, stored: Note) -> None:
        same = has_words_of(stored, seen) and stored.remarks == seen.remarks
        changed_since = all(page.note is not seen for page in self._results.pages_of(seen.id))
        if not same and not changed_since:
            self._results.revise(stored)
