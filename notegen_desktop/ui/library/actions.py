"""Actions on stored notes: tag, export, rename, delete, restore."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.text.quantities import count, number, quoted
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import NoteFilter, NoteSummary, Services
from notegen_desktop.ui.kit.dialogs import ask_text, choose_folder
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.outside import export_notes
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.text import one_line, shortened

from .progress_lines import ProgressLines
from .rows import LibraryModel, LibraryRow, title_of

Taken = tuple[int, LibraryRow]
"""A removed row and its former row number."""

KEPT_WHOLE = 50
"""Maximum notes per deletion that are loaded first, so that undo restores even purged ones."""


class LibraryActions(QObject):
    """Changes the library, then the rows of `model`.

    Signals: `notes_deleted(list[str])`, and `notes_restored(list[str])` with the ids of notes whose
    deletion was undone; `note_renamed(Note)`, `message(Message)`, `changed()` when notes were
    added, removed or renamed. For the list: `rows_changed()`, `rows_going(list)` with ids before
    their rows are removed, `rows_taken(int)` with the first removed row number, `rows_back(list)`
    with the ids of restored rows, `tags_changed()`. `works` shows the progress of exports.
    """

    notes_deleted = Signal(object)
    notes_restored = Signal(object)
    note_renamed = Signal(object)
    message = Signal(object)
    changed = Signal()
    rows_changed = Signal()
    rows_going = Signal(object)
    rows_taken = Signal(int)
    rows_back = Signal(object)
    tags_changed = Signal()

    def __init__(
        self,
        services: Deferred[Services],
        tasks: Tasks,
        model: LibraryModel,
        works: ProgressLines,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._works = works
        self._services = services
        self._tasks = tasks
        self._model = model
        self._page = page
        self._read: set[str] = set()

    # --- filing ---

    def tag(self, ids: Sequence[str], add: Sequence[str], remove: Sequence[str]) -> None:
        async def tag() -> list[NoteSummary]:
            store = (await self._services).store
            await store.tag(ids, add=add, remove=remove)
            return await store.recent(limit=len(ids), where=NoteFilter(notes=tuple(ids)))

        self._tasks.start(tag(), done=self._tagged, failed=self._tell)

    def _tagged(self, rows: Sequence[NoteSummary]) -> None:
        self._model.change_each({row.id: {"tags": row.tags} for row in rows})
        self.tags_changed.emit()

    def mark_read(self, note_id: str) -> None:
        """Mark a note as read, after it was opened here or elsewhere."""
        if not note_id or note_id in self._read:
            return
        self._read.add(note_id)
        self._model.change([note_id], unread=False)
        self._tasks.start(
            self._services.ask(lambda it: it.store.mark_read(note_id)),
            failed=lambda _: self._read.discard(note_id),  # retried the next time
        )

    def rename(self, note_id: str) -> None:
        """Ask for a new title of a note."""
        self._tasks.start(self._renamed(note_id), done=self._show_renamed, failed=self._tell)

    async def _renamed(self, note_id: str) -> Note | None:
        services = await self._services
        note = await services.store.get(note_id)
        typed = await ask_text(
            self._page.window(), name="renameDialog", title=_("Rename note"), text=_("Title"),
            accept=_("Rename"), value=note.title,
        )  # fmt: skip
        title = one_line(typed)
        if not title or title == note.title:
            return None
        return await services.revising.revise(note_id, lambda old: replace(old, title=title))

    def _show_renamed(self, note: Note | None) -> None:
        if note is not None:
            self._model.change([note.id], title=note.title)
            self.note_renamed.emit(note)
            self.changed.emit()

    def export(self, ids: Sequence[str], format: str, level: Level) -> None:
        """Ask for a folder and write each note as a file there."""

        async def export() -> Message | None:
            folder = await choose_folder(self._page.window(), title=_("Export the notes into"))
            if folder is None:
                return None
            with self._works.begin() as work:
                return await export_notes(
                    await self._services, ids, folder, format, level,
                    grown=work.show_words, stopped=work.is_stopped,
                )  # fmt: skip

        told = self.message.emit
        self._tasks.start(export(), done=lambda end: end and told(end), failed=self._tell)

    def take_out(self, ids: Sequence[str]) -> list[Taken]:
        """Remove rows from the list and return them; the selection moves to the next row."""
        self.rows_going.emit(ids)  # first: removing row by row would change the selection each time
        taken = self._model.remove_rows(ids)
        if taken:
            self.rows_changed.emit()
            self.rows_taken.emit(min(place for place, _row in taken))
        return taken

    # --- deleting ---

    def delete(self, ids: Sequence[str]) -> None:
        """Delete notes; the message about it offers undo."""
        if not (taken := self.take_out(ids)):
            return

        async def delete() -> list[Note]:
            store = (await self._services).store
            whole = taken if len(taken) <= KEPT_WHOLE else ()
            notes = [await store.get(row.id) for _, row in whole]
            await store.delete(*(row.id for _, row in taken))
            return notes

        self._tasks.start(
            delete(),
            done=lambda notes: self._deleted(notes, taken),
            failed=lambda failure: self._not_deleted(failure, taken),
        )

    def _deleted(self, notes: Sequence[Note], taken: Sequence[Taken]) -> None:
        self.notes_deleted.emit([row.id for _, row in taken])
        self.changed.emit()
        what = count(len(taken), "note")
        if len(taken) == 1:
            row = taken[0][1]
            what = quoted(shortened(one_line(title_of(row) or row.video_title), 80))
        self.message.emit(
            Message(
                _("Deleted {what}.").format(what=what), undo=lambda: self._restore(notes, taken)
            )
        )

    def _restore(self, notes: Sequence[Note], taken: Sequence[Taken]) -> None:
        async def restore() -> None:
            store = (await self._services).store
            for note in notes:
                await store.restore(note)
            if not notes:
                await store.undelete(*(row.id for _, row in taken))

        self._tasks.start(restore(), done=lambda _: self._restored(taken), failed=self._tell)

    def _restored(self, taken: Sequence[Taken]) -> None:
        self._put_back(taken)
        self.notes_restored.emit([row.id for _, row in taken])
        self.changed.emit()

    def _put_back(self, taken: Sequence[Taken]) -> None:
        self._model.restore_rows(taken)
        self.rows_changed.emit()
        self.rows_back.emit([row.id for _place, row in taken])

    def _not_deleted(self, failure: Failure, taken: Sequence[Taken]) -> None:
        self._put_back(taken)
        self._tell(failure)

    def undelete(self, ids: Sequence[str]) -> None:
        """Restore deleted notes and remove their rows from the list of deleted notes."""
        self._tasks.start(
            self._services.ask(lambda it: it.store.undelete(*ids)),
            done=lambda _: self._undeleted(ids),
            failed=self._tell,
        )

    def _undeleted(self, ids: Sequence[str]) -> None:
        self.rows_going.emit(ids)
        taken = self._model.remove_rows(ids)
        self.rows_changed.emit()
        self.rows_taken.emit(min((place for place, _row in taken), default=0))
        self._say(
            ngettext("Restored {n} note.", "Restored {n} notes.", len(ids)).format(
                n=number(len(ids))
            )
        )
        self.changed.emit()

    def _say(self, words: str) -> None:
        if words:
            self.message.emit(Message(words))

    def _tell(self, failure: Failure) -> None:
        self.message.emit(Message(failure.message, failure.hint, "danger"))
