"""Past notes: search, open, export, delete with a way back. Opening one costs nothing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QListView, QMenu, QStackedWidget, QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.services.ports import NoteStore, NoteSummary, Services
from notegen_desktop.ui.kit.build import as_rows, delayed, hbox, label, vbox
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.outside import BASIC, add_formats
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.text import one_line
from notegen_desktop.ui.kit.widgets import EmptyState, SearchField

from .rows import SUMMARY_ROLE, LibraryDelegate, LibraryModel

PAGE = 100
"""Rows asked for at a time."""

MAX_FOUND = 200

DEBOUNCE_MS = 180
"""Milliseconds without typing before the library is searched."""

RENEW_MS = 400
"""Milliseconds from a finished note to the renewed list, so that several are shown at once."""


class LibraryPage(QWidget):
    """The list of stored notes.

    Signals: `note_opened(Note)`, `save_wanted(Note, str, Level)`, `note_deleted(str)`,
    `note_restored(Note)`, `message(Message)`, and `changed()` when there are other notes.
    """

    note_opened = Signal(object)
    save_wanted = Signal(object, str, object)
    note_deleted = Signal(str)
    note_restored = Signal(object)
    message = Signal(object)
    changed = Signal()

    def __init__(
        self, services: Deferred[Services], tasks: Tasks, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._services = services
        self._tasks = tasks
        self._templates: dict[str, NoteTemplate] = {}
        self._formats: tuple[str, ...] = BASIC
        self._level = Level.STANDARD
        self._number = 0
        self._stale = True
        self.model = LibraryModel(self)
        self._delegate = LibraryDelegate(self)
        self.search = SearchField(self)
        self.list = QListView(self)
        self._count = label(role="caption")
        self._states = QStackedWidget(self)
        self._nothing = EmptyState(self)
        self._timer = delayed(self, DEBOUNCE_MS, self.reload)
        self._renewal = delayed(self, RENEW_MS, self._renew)
        self._build()
        self.search.textChanged.connect(lambda _: self._timer.start())
        self.search.installEventFilter(self)
        self.list.installEventFilter(self)
        self.list.activated.connect(self._open_index)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.model.more_wanted.connect(self._load_more)
        self._nothing.pressed.connect(self._press_nothing)
        self._show_state()
        services.then(self._begin)

    def _build(self) -> None:
        self.search.setObjectName("historySearch")
        self.search.setAccessibleName("Search your notes")
        self.search.setPlaceholderText("Search titles and text of your notes")
        self.search.setMinimumHeight(34)
        as_rows(self.list, "historyList", "Notes of the library", delegate=self._delegate)
        self.list.setModel(self.model)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self._states.addWidget(self.list)
        self._states.addWidget(self._nothing)
        vbox(
            hbox((self.search, 1), self._count, margins=(20, 12, 20, 8), spacing=12),
            (hbox(self._states, margins=(14, 0, 8, 8)), 1),
            spacing=0,
            on=self,
        )

    # --- set-up ---

    def _begin(self, _: Services) -> None:
        """The library is open now."""
        self._stale = True
        if self.isVisible():
            self.reload()

    def set_templates(self, templates: Sequence[NoteTemplate]) -> None:
        self._templates = {template.id: template for template in templates}
        self._delegate.set_templates(self._templates)
        self.list.viewport().update()

    def set_formats(self, formats: Sequence[str]) -> None:
        """What can be exported."""
        self._formats = tuple(formats)

    def set_default_level(self, level: Level) -> None:
        """The level at which notes are exported from here."""
        self._level = level

    # --- loading ---

    def refresh(self) -> None:
        """The library has changed: say so soon, or when it is next seen."""
        self.changed.emit()
        self._stale = True
        if self.isVisible() and not self._renewal.isActive():
            self._renewal.start()

    def _renew(self) -> None:
        """What is new, without moving what is looked at."""
        services = self._services.value
        if services is None or not self.isVisible() or not self._tasks.can_start:
            return
        self._stale = False
        number, text = self._number, self.search.text().strip()
        self._tasks.start(
            self._found(services.store, text) if text else self._newest(services.store),
            done=lambda found: self._renewed(number, *found),
            failed=lambda failure: self._not_loaded(number, failure),
        )

    @staticmethod
    async def _found(store: NoteStore, text: str) -> tuple[list[NoteSummary], bool]:
        return await store.search(text, limit=MAX_FOUND), False

    async def _newest(self, store: NoteStore) -> tuple[list[NoteSummary], bool | None]:
        """All rows of the list as they are now, and whether there are more; None: as before.

        Pages are read down to the first known row.
        """
        known = {row.id for row in self.model.rows}
        rows: list[NoteSummary] = []
        while True:
            page = await store.recent(limit=PAGE, offset=len(rows))
            rows += page
            if len(page) < PAGE:
                return rows, False
            if not known:
                return rows, True
            if any(row.id in known for row in page):
                break
        read, last = {row.id for row in rows}, rows[-1].created
        old = self.model.rows
        older = [row for row in old if row.id not in read and row.created <= last]
        return rows + older, None

    def _renewed(self, number: int, rows: list[NoteSummary], more: bool | None) -> None:
        if number != self._number:
            return  # something else is searched by now
        bar = self.list.verticalScrollBar()
        above = QPersistentModelIndex(self.list.indexAt(QPoint(1, 1)))
        top = self.list.visualRect(above).top()
        self.model.renew(rows, more=more)
        self._show_state()
        if bar.value() and above.isValid():
            self.list.doItemsLayout()
            bar.setValue(bar.value() + self.list.visualRect(above).top() - top)

    def reload(self) -> None:
        """Load the first rows for what is searched."""
        self._timer.stop()
        self._renewal.stop()
        services = self._services.value
        if services is None or not self._tasks.can_start:
            return
        self._stale = False
        self._number += 1
        number, text = self._number, self.search.text().strip()
        work = (
            services.store.search(text, limit=MAX_FOUND)
            if text
            else services.store.recent(limit=PAGE, offset=0)
        )
        self._tasks.start(
            work,
            done=lambda rows: self._loaded(number, rows, more=not text and len(rows) == PAGE),
            failed=lambda failure: self._not_loaded(number, failure),
        )

    def _load_more(self, offset: int) -> None:
        number = self._number
        self._tasks.start(
            self._services.ask(lambda it: it.store.recent(limit=PAGE, offset=offset)),
            done=lambda rows: self._loaded_more(number, rows),
            failed=lambda failure: self._not_loaded(number, failure),
        )

    def _loaded(self, number: int, rows: list[NoteSummary], *, more: bool) -> None:
        if number != self._number:
            return  # a later search has been started
        selected = self._selected_id()
        # Rows with a passage that was found are higher than others.
        self.list.setUniformItemSizes(not self.search.text().strip())
        self.model.set_rows(rows, more=more)
        again = self.model.index_of(selected)
        if again.isValid():
            self.list.setCurrentIndex(again)
        self._show_state()

    def _loaded_more(self, number: int, rows: list[NoteSummary]) -> None:
        if number == self._number:
            self.model.add_rows(rows, more=len(rows) == PAGE)
            self._show_state()

    def _not_loaded(self, number: int, failure: Failure) -> None:
        if number == self._number:
            self._nothing.show_words(
                "circle-alert", failure.message, failure.hint, action="Try again"
            )
            self._states.setCurrentWidget(self._nothing)

    def _show_state(self) -> None:
        count = self.model.rowCount()
        text = one_line(self.search.text())
        if count:
            more = "+" if self.model.canFetchMore(QModelIndex()) else ""
            word = "found" if text else "note" if count == 1 else "notes"
            self._count.setText(f"{count}{more} {word}")
            self._states.setCurrentWidget(self.list)
            return
        self._count.setText("")
        if self._services.value is None:
            self._nothing.show_words("library", "Opening your library …", "")
        elif text:
            self._nothing.show_words(
                "text-search",
                f"Nothing found for “{text[:60]}”",
                "Search looks through titles, videos and the text of your notes.",
                action="Clear search",
            )
        else:
            self._nothing.show_words(
                "library",
                "No notes yet",
                "Every note you make is kept here, and opens again at no cost.",
            )
        self._states.setCurrentWidget(self._nothing)

    def _press_nothing(self) -> None:
        if self.search.text():
            self.search.clear()
        self.reload()

    # --- wishes ---

    def open_note(self, note_id: str) -> None:
        """Bring a stored note up."""
        self._with_note(note_id, self.note_opened.emit)

    def export_note(self, note_id: str, format: str) -> None:
        self._with_note(note_id, lambda note: self.save_wanted.emit(note, format, self._level))

    def delete_note(self, note_id: str) -> None:
        """Take a note out of the library; the message that says so can undo it."""
        taken = self.model.take(note_id)
        if taken is None:
            return
        number, row = taken
        self._show_state()
        self._tasks.start(
            self._delete(note_id),
            done=lambda note: self._deleted(note, number, row),
            failed=lambda failure: self._not_deleted(failure, number, row),
        )

    async def _delete(self, note_id: str) -> Note:
        store = (await self._services).store
        note = await store.get(note_id)
        await store.delete(note_id)
        return note

    def _deleted(self, note: Note, number: int, row: NoteSummary) -> None:
        self.note_deleted.emit(note.id)
        self.changed.emit()
        title = one_line(row.title or row.video_title)
        self.message.emit(
            Message(
                f"Deleted “{title[:80]}”.",
                undo=lambda: self._restore(note, number, row),
            )
        )

    def _restore(self, note: Note, number: int, row: NoteSummary) -> None:
        self._tasks.start(
            self._services.ask(lambda it: it.store.restore(note)),
            done=lambda _: self._restored(note, number, row),
            failed=self._tell,
        )

    def _restored(self, note: Note, number: int, row: NoteSummary) -> None:
        self._show_again(number, row)
        self.note_restored.emit(note)
        self.changed.emit()

    def _show_again(self, number: int, row: NoteSummary) -> None:
        self.model.put_back(number, row)
        self._show_state()

    def _not_deleted(self, failure: Failure, number: int, row: NoteSummary) -> None:
        self._show_again(number, row)
        self._tell(failure)

    def _with_note(self, note_id: str, use: Callable[[Note], object]) -> None:
        if note_id:
            note = self._services.ask(lambda it: it.store.get(note_id))
            self._tasks.start(note, done=use, failed=self._tell)

    def _tell(self, failure: Failure) -> None:
        self.message.emit(Message(failure.message, failure.hint, "danger"))

    # --- the list ---

    def _selected_id(self) -> str:
        summary = self.list.currentIndex().data(SUMMARY_ROLE)
        return summary.id if isinstance(summary, NoteSummary) else ""

    def _open_index(self, index: QModelIndex) -> None:
        summary = index.data(SUMMARY_ROLE)
        if isinstance(summary, NoteSummary):
            self.open_note(summary.id)

    def _show_menu(self, at: QPoint) -> None:
        index = self.list.indexAt(at)
        summary = index.data(SUMMARY_ROLE)
        if isinstance(summary, NoteSummary):
            menu = self.menu_for(summary.id)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.list.viewport().mapToGlobal(at))

    def menu_for(self, note_id: str) -> QMenu:
        """The menu of a row."""
        menu = QMenu(self)
        menu.addAction("Open").triggered.connect(lambda: self.open_note(note_id))
        export = menu.addMenu("Export")
        add_formats(export, self._formats, lambda f: self.export_note(note_id, f), words="{}")
        menu.addSeparator()
        menu.addAction("Delete").triggered.connect(lambda: self.delete_note(note_id))
        return menu

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if watched is self.search and key == Qt.Key.Key_Down and self.model.rowCount():
                self._go_to_list()
                return True
            if watched is self.search and key == Qt.Key.Key_Escape and self.search.text():
                self.search.clear()
                return True
            if watched is self.list and key == Qt.Key.Key_Delete:
                self.delete_note(self._selected_id())
                return True
            if watched is self.list and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.open_note(self._selected_id())
                return True
        return super().eventFilter(watched, event)

    def _go_to_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.OtherFocusReason)
        if not self.list.currentIndex().isValid():
            self.list.selectionModel().setCurrentIndex(
                self.model.index(0), QItemSelectionModel.SelectionFlag.ClearAndSelect
            )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale and self.model.rowCount():
            self._renew()
        elif self._stale:
            self.reload()
