"""Controller that compares a note with its other versions and reverts changes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from notegen_desktop.domain.notes.differences import (
    SectionDifference,
    compare,
    section_taken_back,
)
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.versions import (
    NoteVersion,
    Origin,
    Revision,
    current,
    of_section,
    written,
)
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.tasks import Controller, WindowContext

from .editing import NoteEditing

if TYPE_CHECKING:
    from notegen_desktop.ui.notes.editing.comparison import Comparison
    from notegen_desktop.ui.notes.note_page import NotePage
    from notegen_desktop.ui.notes.result_tabs import ResultTabs


@dataclass(frozen=True, slots=True)
class _Compared:
    """A note, the version `number` to compare with, and the list of versions."""

    history: list[NoteVersion]
    number: int
    former: Note
    note: Note


class NoteComparing(Controller):
    """Opens the comparison pane in pages and handles its requests."""

    def __init__(self, context: WindowContext, results: ResultTabs, editing: NoteEditing) -> None:
        super().__init__(context)
        self._results = results
        self._editing = editing
        editing.compare_wanted.connect(self.open)
        name = _("Compare this note with what was written")
        command(results, name, self.open, "Ctrl+Alt+E", group="Note")

    def open(self) -> None:
        """Compare the current note with the version its model wrote last."""
        page = self._results.editable_page
        if page is None:
            return
        from notegen_desktop.ui.notes.editing.comparison import (
            Comparison,  # late import: seldom used
        )

        self._editing.end(page)
        pane = Comparison()
        note_id = page.note_id
        pane.done.clicked.connect(lambda: self._editing.end(page))
        pane.version_wanted.connect(partial(self._show, page, pane))
        pane.back_wanted.connect(partial(self._take_back_part, page, pane))
        pane.all_back.clicked.connect(
            lambda: self._take_back(
                page, pane, lambda it: it.revising.use_version(note_id, pane.version)
            )
        )
        page.level_changed.connect(pane.show_level)
        page.set_editor(pane)
        pane.text.setFocus()
        self._show(page, pane)

    def _show(self, page: NotePage, pane: Comparison, number: int = 0) -> None:
        """Compare with a version; 0 is the one the model wrote last."""
        note_id = page.note_id

        async def found(services: Services) -> _Compared:
            await self._editing.flush()
            history = await services.store.history(note_id)
            which = number or written(history).number
            former = await services.store.version(note_id, which)
            return _Compared(history, which, former, await services.store.get(note_id))

        def show(told: _Compared) -> None:
            pane.show_versions(told.history, told.number)
            pane.show_difference(told.former, told.note, page.level)

        self._tasks.start(self._services.ask(found), done=show, receiver=pane)

    def _take_back_part(
        self, page: NotePage, pane: Comparison, difference: SectionDifference
    ) -> None:
        """Revert one section to the compared version."""
        former, shown, level = pane.former, pane.note, page.level
        if former is None or shown is None:
            return
        heading = ""
        if difference.after is not None:
            heading = shown.sections[difference.after].heading
        elif difference.before is not None:
            heading = former.sections[difference.before].heading

        def put_back(note: Note) -> Note:
            # Another process may have changed the note since.
            same = (each for each in compare(former, note, level) if each == difference)
            found = next(same, None)
            return note if found is None else section_taken_back(note, former, found)

        revision = Revision(Origin.EDITED, of_section(heading) if heading else "")
        self._take_back(page, pane, lambda it: it.revising.revise(shown.id, put_back, revision))

    def _take_back(
        self, page: NotePage, pane: Comparison, work: Callable[[Services], Awaitable[Note]]
    ) -> None:
        """Run `work`, then offer undo; the former state is kept as a version."""
        number = pane.version

        async def back(services: Services) -> tuple[Note, int]:
            note_id = page.note_id
            before = current(await services.store.history(note_id)).number
            return await work(services), before

        def told(done: tuple[Note, int]) -> None:
            note, before = done
            self._results.revise(note)

            def undo() -> None:
                again = self._services.ask(lambda it: it.revising.use_version(note.id, before))
                self._tasks.start(again, done=self._results.revise, to_end=True)

            words = _("Taken back. What the note was until now is kept, too.")
            self._messages.say_done(words, undo=undo)
            if page.edit_button.isChecked():
                self._show(page, pane, number)

        self._tasks.start(self._services.ask(back), done=told, receiver=pane, to_end=True)
