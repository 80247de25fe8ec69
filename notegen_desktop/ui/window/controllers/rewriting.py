"""Controller that rewrites stored notes and compares old and new version until one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.notes.note import Engine, Note
from notegen_desktop.domain.notes.versions import NoteVersion, current, undecided
from notegen_desktop.domain.text.quantities import count, dollars
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import OrderEstimate, Services
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.tasks import Controller, WindowContext

from .editing import NoteEditing

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.editing.comparison import VersionChoice
    from notegen_desktop.ui.notes.editing.rewrite_dialog import RewriteDialog
    from notegen_desktop.ui.notes.note_page import NotePage
    from notegen_desktop.ui.notes.result_tabs import ResultTabs


class RewriteController(Controller):
    """Orders rewrites, after showing their price, and applies the user's choice.

    Signals: `begun()` when jobs are queued, `note_wanted(str)` to open a note.
    """

    begun = Signal()
    note_wanted = Signal(str)

    def __init__(
        self, context: WindowContext, results: ResultTabs, editing: NoteEditing, board: QtBoard
    ) -> None:
        super().__init__(context)
        self._results = results
        self._editing = editing
        results.page_added.connect(self._take_in)
        board.job_finished.connect(self._ended)
        command(results, _("Write this note again…"), self.open, "Ctrl+Shift+W", group="Note")

    def _take_in(self, page: NotePage) -> None:
        page.again_button.clicked.connect(lambda: self._open_for_page(page))
        page.content_changed.connect(partial(self._update_versions, page))
        page.versions.compare.clicked.connect(lambda: self.compare(page))
        page.versions.keep_wanted.connect(partial(self._keep_first, page))

    # --- ordering ---

    def open(self) -> None:
        """Ask what to rewrite in the current note."""
        page = self._results.page_shown
        if page is not None and not page.again_button.isHidden():
            self._open_for_page(page)

    def _open_for_page(self, page: NotePage) -> None:
        if page.note is not None:
            self.ask([page.note.id], note=page.note, section=page.view.section)

    def ask(
        self, ids: Sequence[str], *, note: Note | None = None, section: int | None = None
    ) -> None:
        """Ask what to rewrite, and submit the order."""
        self._tasks.start(self._asked(ids, note, section), done=self._begun)

    async def _asked(
        self, ids: Sequence[str], note: Note | None, section: int | None
    ) -> tuple[NoteJob, ...]:
        from notegen_desktop.ui.kit.dialogs import answer
        from notegen_desktop.ui.notes.editing.rewrite_dialog import (
            RewriteDialog,  # late: rarely used
        )

        services = await self._services
        await self._editing.flush()
        names = [Engine.GEMINI.value, *(each.name for each in services.connections.all())]
        dialog = RewriteDialog(
            self._window, ids, note=note, section=section, engines=[*names, Engine.OFFLINE.value]
        )
        dialog.price_wanted.connect(partial(self._price, dialog))
        if not await answer(dialog):
            return ()
        return await services.runner.write_again(dialog.order)

    def _price(self, dialog: RewriteDialog) -> None:
        """Show the estimate of the order in the dialog, or why it is not possible."""

        def words(estimate: OrderEstimate) -> str:
            if not estimate.requests:
                return _("Free: quoted here")
            return _("About {price}, {requests}").format(
                price=dollars(estimate.cost_usd), requests=count(estimate.requests, "request")
            )

        order = dialog.order
        work = self._services.ask(lambda it: it.runner.estimate_again(order))
        dialog.show_price(self._tasks, work, words)

    def _begun(self, jobs: Sequence[NoteJob]) -> None:
        if jobs:
            self.begun.emit()

    # --- results ---

    def _ended(self, job: NoteJob) -> None:
        if not job.request.again or job.status is not Status.COMPLETE or job.note is None:
            return
        note = job.note
        self._results.revise(note)
        for page in self._results.pages_of(note.id):
            self._update_versions(page)
        words = _("A new version of “{title}” waits beside the old one.").format(title=note.title)
        see = partial(self._see, note.id)
        self._messages.say(words, tone="success", action=_("Compare"), on_action=see)

    def _see(self, note_id: str) -> None:
        """Show a note and the comparison of its versions."""
        pages = self._results.pages_of(note_id)
        if pages:
            self._results.setCurrentWidget(pages[0])
            self.compare(pages[0])
        else:
            self.note_wanted.emit(note_id)

    def _update_versions(self, page: NotePage) -> None:
        """Show whether a version of the page's note waits for a decision."""
        note = page.note
        if note is None or page.again_button.isHidden() or not self._tasks.can_start:
            page.versions.show_version(None)
            return
        self._tasks.start(
            self._services.ask(lambda it: it.store.history(note.id)),
            done=partial(self._show_waiting, page, note.id),
            failed=lambda _failure: page.versions.show_version(None),
            receiver=page,
        )

    def _show_waiting(self, page: NotePage, note_id: str, history: Sequence[NoteVersion]) -> None:
        if page.note_id == note_id:
            waiting = undecided(history)
            first = waiting[0] if waiting else None
            page.versions.show_version(first, more=max(0, len(waiting) - 1))

    # --- choosing ---

    def compare(self, page: NotePage) -> None:
        """Compare the note with the version that has waited longest."""
        note_id = page.note_id

        async def both(services: Services) -> tuple[Note, Note, NoteVersion] | None:
            await self._editing.flush()
            waiting = undecided(await services.store.history(note_id))
            if not waiting:
                return None
            new = await services.store.version(note_id, waiting[0].number)
            return await services.store.get(note_id), new, waiting[0]

        def show(found: tuple[Note, Note, NoteVersion] | None) -> None:
            if found is None:
                page.versions.show_version(None)
                return
            pane = self._pane(page)
            old, new, version = found
            pane.show_version(old, new, version, page.level)
            page.set_editor(pane)
            page.set_level(pane.level)
            page.versions.hide()  # the pane has its buttons
            pane.text.setFocus()

        self._tasks.start(self._services.ask(both), done=show, receiver=page)

    def _pane(self, page: NotePage) -> VersionChoice:
        from notegen_desktop.ui.notes.editing.comparison import VersionChoice  # late: rarely used

        self._editing.end(page)
        pane = VersionChoice()
        page.level_changed.connect(pane.show_level)
        pane.done.clicked.connect(lambda: self._put_off(page))
        pane.keep_wanted.connect(lambda new: self._keep(page, pane.number, new))
        return pane

    def _put_off(self, page: NotePage) -> None:
        """Close the comparison without a decision."""
        self._editing.end(page)
        self._update_versions(page)

    def _keep_first(self, page: NotePage, new: bool) -> None:
        """Decide about the version that has waited longest, without comparing."""
        note_id = page.note_id

        def decide(history: Sequence[NoteVersion]) -> None:
            if waiting := undecided(history):
                self._keep(page, waiting[0].number, new)

        work = self._services.ask(lambda it: it.store.history(note_id))
        self._tasks.start(work, done=decide, receiver=page)

    def _keep(self, page: NotePage, number: int, new: bool) -> None:
        """Make a version the current one, or keep the note; the new one can be undone."""
        note_id = page.note_id

        async def decided(services: Services) -> tuple[Note, int]:
            before = current(await services.store.history(note_id)).number
            if new:
                return await services.revising.use_version(note_id, number), before
            await services.store.decline_version(note_id, number)
            return await services.store.get(note_id), before

        def told(done: tuple[Note, int]) -> None:
            note, before = done
            self._editing.end(page)
            self._results.revise(note)
            for each in self._results.pages_of(note_id):
                self._update_versions(each)

            def undo() -> None:
                work = self._services.ask(lambda it: it.revising.use_version(note_id, before))
                self._tasks.start(work, done=self._results.revise, to_end=True)

            words = (
                _("The new version is the note now. The old one is kept in its versions.")
                if new
                else _("The note stays as it is. The new version is kept in its versions.")
            )
            undone = undo if new else None
            self._messages.say_done(words, undo=undone)

        self._tasks.start(self._services.ask(decided), done=told, to_end=True)
