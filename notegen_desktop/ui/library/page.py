"""Library page: search, filter, tag, open, export and delete stored notes. Opening is free."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QListView, QMenu, QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.tags import tag_key
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.quantities import findable_words, number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import (
    NoteFilter,
    NoteStore,
    NoteSummary,
    PassageFound,
    Services,
    VideoNotes,
)
from notegen_desktop.ui.kit.build import as_rows, delayed, hbox, label, named, vbox
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.drops import accept_copy
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.outside import BASIC, add_formats
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.text import one_line
from notegen_desktop.ui.kit.theme import scaled
from notegen_desktop.ui.kit.widgets import EmptyState, SearchField

from .actions import LibraryActions
from .delegate import THUMB_HEIGHT, THUMB_WIDTH, LibraryDelegate
from .filters import FilterButton, OrderButton
from .importing import LibraryImport
from .progress_lines import ProgressLines
from .rows import SUMMARY_ROLE, LibraryModel, LibraryRow, consecutive_runs, found_words, grouped
from .selection import SelectionBar
from .thumbnails import Thumbnails

PAGE = 40
"""Videos loaded per page."""

FOUND = 100
FOUND_PASSAGES = 20
"""Notes and passages of transcripts that a search lists at first; scrolling doubles them."""

MAX_DELETED = 20_000
"""Maximum deleted notes listed: as many as may be deleted at once."""

DEBOUNCE_MS = 180
"""Milliseconds without typing before the library is searched."""
ROOMY_PX = 640
"""Page width in pixels from which the header shows sort order and number of notes."""

RENEW_MS = 400
"""Milliseconds from a finished note to the refresh of the list, so that several are added at
once."""


class LibraryPage(QWidget):
    """The list of stored notes.

    Signals: `note_opened(Note)`, `found_opened(Note, str)` for a note found by a search with the
    matched text, `passage_wanted(PassageFound, str)` for a passage of a transcript with the matched
    text, `save_wanted(Note, str, Level)`, `practice_wanted(str)` with the id of a note to practise,
    `again_wanted(list)` with the ids of notes to write again, `guide_wanted(list)` with the ids of
    videos for one guide, `message(Message)`, `changed()` when notes were added or removed.
    `operations` changes notes, `importing` imports them.
    """

    note_opened = Signal(object)
    found_opened = Signal(object, str)
    passage_wanted = Signal(object, str)
    save_wanted = Signal(object, str, object)
    practice_wanted = Signal(str)
    again_wanted = Signal(list)
    guide_wanted = Signal(list)
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
        self.level = Level.STANDARD  # level of detail of exports
        self._number = 0
        self._found_times = 1  # by how much more than `FOUND` and `FOUND_PASSAGES` a search lists
        self._stale = True
        self._is_told = False
        self._loading: asyncio.Task[None] | None = None
        self.model = LibraryModel(self)
        self._delegate = LibraryDelegate(self)
        size = QSize(THUMB_WIDTH, THUMB_HEIGHT)
        self._thumbnails = Thumbnails(services, tasks, size, self)
        self._delegate.pictures = self._thumbnails.pictures
        self.search = SearchField(self)
        self.filter = FilterButton(self)
        self.order = OrderButton(self)
        self.list = QListView(self)
        self.selection = SelectionBar(self)
        self._count = label(role="caption")
        self.works = ProgressLines(self)
        self.operations = LibraryActions(services, tasks, self.model, self.works, self)
        self.importing = LibraryImport(services, tasks, self.works, self)
        self._states = Pages(self)
        self._nothing = EmptyState(self)
        self._timer = delayed(self, DEBOUNCE_MS, self.reload)
        self._renewal = delayed(self, RENEW_MS, self._renew)
        self._build()
        self.search.textChanged.connect(lambda _: self._timer.start())
        self.search.left_below.connect(self._go_to_list)
        self.list.installEventFilter(self)
        self.list.activated.connect(self._open_index)
        self.list.customContextMenuRequested.connect(self._show_menu)
        self.list.selectionModel().selectionChanged.connect(lambda *_: self._show_selection())
        self.model.more_wanted.connect(lambda _: self._load_more())
        self.model.dataChanged.connect(lambda *_: self._show_selection())
        self.filter.changed.connect(self.reload)
        self.filter.opening.connect(self._ask_facets)
        self.order.changed.connect(self.reload)
        self.selection.tagged.connect(lambda add, gone: self.operations.tag(self._ids(), add, gone))
        self.selection.export_wanted.connect(self._export_selected)
        self.selection.delete.clicked.connect(self.delete_selected)
        self.selection.again.triggered.connect(self.ask_again)
        self.selection.guide.triggered.connect(self.ask_for_guide)
        self.selection.restore.clicked.connect(lambda: self.operations.undelete(self._ids()))
        self.selection.failed.connect(lambda words: self.message.emit(Message(words, "", "danger")))
        self._nothing.pressed.connect(self._press_nothing)
        self._thumbnails.changed.connect(self.list.viewport().update)
        self.operations.rows_changed.connect(self._show_state)
        self.operations.rows_going.connect(self._deselect)
        self.operations.rows_taken.connect(self._go_on)
        self.operations.rows_back.connect(self._select_alone)
        self.operations.tags_changed.connect(self._show_tagged)
        self.importing.imported.connect(self._show_imported)
        for told, passed_on in (
            (self.operations.message, self.message),
            (self.importing.message, self.message),
            (self.operations.changed, self.changed),
        ):
            told.connect(passed_on)
        self._show_state()
        services.then(self._begin)

    def _build(self) -> None:
        self.setAcceptDrops(True)
        named(self.search, "historySearch", _("Search your notes"))
        self.search.setPlaceholderText(_("Search notes and transcripts"))
        self.search.setMinimumHeight(scaled(34))
        as_rows(self.list, "historyList", _("Notes of the library"), delegate=self._delegate)
        self.list.setModel(self.model)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        command(self.list, _("Rename note"), self._rename, "F2", group="Note", within=True)
        self._states.addWidget(self.list)
        self._states.addWidget(self._nothing)
        vbox(
            hbox(
                (self.search, 1),
                self.filter,
                self.order,
                self.importing.button,
                self._count,
                margins=(20, 12, 20, 8),
                spacing=8,
            ),
            self.works,
            (hbox(self._states, margins=(14, 0, 8, 0)), 1),
            self.selection,
            spacing=0,
            on=self,
        )
        self._fit_head(is_roomy=False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_head(is_roomy=self.width() >= scaled(ROOMY_PX))

    def _fit_head(self, *, is_roomy: bool) -> None:
        self.order.show_words(is_roomy)
        self._count.setVisible(is_roomy)

    # --- set-up ---

    def _begin(self, _: Services) -> None:
        """Load the list, now that the library is open."""
        self._stale = True
        if self.isVisible():
            self.reload()

    def set_templates(self, templates: Sequence[NoteTemplate]) -> None:
        self._templates = {template.id: template for template in templates}
        self._delegate.templates = self._templates
        self.filter.template_name = self._delegate.template_name
        self.model.template_name = self._delegate.template_name
        self.list.viewport().update()

    def set_formats(self, formats: Sequence[str]) -> None:
        """Take the available export formats."""
        self._formats = tuple(formats)
        self.selection.set_formats(self._formats)

    # --- loading ---

    def refresh(self) -> None:
        """Refresh the list after a change, soon if visible, else when it is shown."""
        self.changed.emit()
        self._stale = True
        if self.isVisible() and not self._renewal.isActive():
            self._renewal.start()

    def _renew(self) -> None:
        """Update the list without moving the rows in view."""
        services = self._services.value
        if services is None or not self.isVisible() or not self._tasks.can_start:
            return
        self._stale = False
        number = self._number
        self._tasks.start(
            self._renewal_of(services.store),
            done=lambda found: self._renewed(number, *found),
            failed=lambda failure: self._not_loaded(number, failure),
        )

    def _is_paged(self) -> bool:
        """Return True if the list is loaded page by page: everything but search results."""
        return not self.search.text().strip() and not self.filter.shows_deleted

    async def _first(self, store: NoteStore) -> tuple[list[LibraryRow], bool]:
        """Return the first rows for the search and filter, and whether there are more."""
        text, where = self.search.text().strip(), self.filter.where
        if self.filter.shows_deleted:
            return list(await store.deleted(limit=MAX_DELETED)), False
        if text:
            most, most_passages = FOUND * self._found_times, FOUND_PASSAGES * self._found_times
            # Both searches run concurrently in the library.
            notes, passages = await asyncio.gather(
                store.search(text, limit=most, where=where),
                store.search_transcripts(text, limit=most_passages, where=where),
            )
            more = len(notes) == most or len(passages) == most_passages
            return grouped([*notes, *passages]), more
        return await self._page(store, 0)

    async def _page(self, store: NoteStore, offset: int) -> tuple[list[LibraryRow], bool]:
        where, order = self.filter.where, self.order.order
        # A long list takes longer to lay out for each added page: load larger pages.
        limit = max(PAGE, offset // 2)
        page = await store.videos(limit=limit, offset=offset, where=where, order=order)
        return _rows_of(page), len(page) == limit

    async def _renewal_of(self, store: NoteStore) -> tuple[list[LibraryRow], bool | None]:
        """Return all rows of the list as stored now, and whether there are more, None for
        unchanged.

        Pages are read down to the first known video.
        """
        if not self._is_paged():
            return await self._first(store)
        known = {row.video_id for row in self.model.rows}
        rows: list[LibraryRow] = []
        more = True
        while more:
            page, more = await self._page(store, len({row.video_id for row in rows}))
            rows += page
            if not more or not known:
                return rows, more
            if any(row.video_id in known for row in page):
                break
        read, old = {row.video_id for row in rows}, self.model.rows
        # Rows above the last known video that were not read again were deleted.
        above = max(at for at, row in enumerate(old) if row.video_id in read)
        return rows + [row for row in old[above:] if row.video_id not in read], None

    def _renewed(self, number: int, rows: list[LibraryRow], more: bool | None) -> None:
        if number != self._number:
            return  # another search is running
        bar = self.list.verticalScrollBar()
        above = QPersistentModelIndex(self.list.indexAt(QPoint(1, 1)))
        top = self.list.visualRect(above).top()
        self.model.renew(rows, more=more)
        self._show_state()
        if bar.value() and above.isValid():
            self.list.doItemsLayout()
            bar.setValue(bar.value() + self.list.visualRect(above).top() - top)

    def reload(self) -> None:
        """Load the first rows for the search and filter."""
        self._timer.stop()
        self._renewal.stop()
        services = self._services.value
        if services is None or not self._tasks.can_start:
            return
        self._stale = False
        self._number += 1
        self._found_times = 1
        self.order.setEnabled(self._is_paged())
        number = self._number
        if self._loading is not None:
            self._loading.cancel()  # this search text is outdated
        self._loading = self._tasks.start(
            self._first(services.store),
            done=lambda found: self._loaded(number, found[0], more=found[1]),
            failed=lambda failure: self._not_loaded(number, failure),
        )

    def _load_more(self) -> None:
        number, offset = self._number, self.model.videos
        searching = not self._is_paged()
        if searching:
            self._found_times *= 2
        self._tasks.start(
            self._services.ask(
                lambda it: self._first(it.store) if searching else self._page(it.store, offset)
            ),
            done=lambda found: self._loaded_more(number, found[0], more=found[1]),
            failed=lambda failure: self._not_loaded(number, failure),
        )

    def _loaded(self, number: int, rows: list[LibraryRow], *, more: bool) -> None:
        if number != self._number:
            return  # another search is running
        current, selected = self._current_id(), self._ids()
        self.model.set_rows(rows, more=more)
        chosen = self.list.selectionModel()
        again = self.model.index_of(current)
        if again.isValid():
            chosen.setCurrentIndex(again, QItemSelectionModel.SelectionFlag.NoUpdate)
        self._select(selected)
        if self.search.text().strip():
            self.list.scrollToTop()  # the best results come first
        self._show_selection()
        self._show_state()
        if self.search.text().strip() and not self._is_told:
            self._tasks.start(
                self._services.ask(lambda it: it.store.findable()),
                done=self._tell_findable,
                failed=lambda _: None,  # library errors are shown elsewhere
                receiver=self,
            )

    def _tell_findable(self, share: float) -> None:
        """Tell once which share of the library is indexed for search."""
        if share < 1 and not self._is_told:
            self._is_told = True
            self.message.emit(Message(findable_words(share)))

    def _loaded_more(self, number: int, rows: list[LibraryRow], *, more: bool) -> None:
        if number == self._number:
            self.model.add_rows(rows, more=more)
            self._show_state()

    def _not_loaded(self, number: int, failure: Failure) -> None:
        if number == self._number:
            self._nothing.show_words(
                "circle-alert", failure.message, failure.hint, action=_("Try again")
            )
            self._states.setCurrentWidget(self._nothing)

    def _show_imported(self) -> None:
        self.reload()
        self.changed.emit()

    def _show_state(self) -> None:
        rows = self.model.rowCount()
        self._thumbnails.want(row.video_id for row in self.model.rows)
        text, narrowed = one_line(self.search.text()), self.filter.words()
        if rows:
            more = "+" if self.model.canFetchMore(QModelIndex()) else ""
            words = (
                ngettext("{n} found", "{n} found", rows)
                if text
                else ngettext("{n} note", "{n} notes", rows)
            )
            self._count.setText(words.format(n=f"{number(rows)}{more}"))
            self._states.setCurrentWidget(self.list)
            return
        self._count.setText("")
        if self._services.value is None:
            self._nothing.show_words("library", _("Opening your library …"), "")
        elif text or narrowed:
            self._show_none_found(text, narrowed)
        else:
            self._nothing.show_words(
                "library",
                _("No notes yet"),
                _(
                    "Every note you make is kept here, and opens again at no cost. Notes that you "
                    "have as files can be dropped here."
                ),
            )
        self._states.setCurrentWidget(self._nothing)

    def _show_none_found(self, text: str, narrowed: Sequence[str]) -> None:
        if self.filter.shows_deleted:
            self._nothing.show_words(
                "trash-2",
                _("No deleted notes"),
                _("What you delete can be restored here for thirty days."),
                action=_("Show all notes"),
            )
            return
        what = (
            _("Nothing found for “{text}”").format(text=text[:60]) if text else _("No such notes")
        )
        words = _("Search looks through titles, videos, the text of your notes and transcripts.")
        if narrowed:
            words = _("Filter: {narrowed}").format(narrowed=" · ".join(narrowed))
        action = _("Clear search") if text and not narrowed else _("Show all notes")
        self._nothing.show_words("text-search", what, words, action=action)

    def _press_nothing(self) -> None:
        if self.search.text():
            self.search.clear()
        if self.filter.words():
            self.filter.choose(NoteFilter())
        else:
            self.reload()

    def _show_tagged(self) -> None:
        """Remove notes that no longer match the tag filter."""
        wanted = {tag_key(tag) for tag in self.filter.where.tags}
        notes = (row for row in self.model.rows if isinstance(row, NoteSummary))
        self.operations.take_out([n.id for n in notes if not wanted <= {*map(tag_key, n.tags)}])
        self._ask_facets()

    def _ask_facets(self) -> None:
        self._tasks.start(
            self._services.ask(lambda it: it.store.facets()),
            done=self.filter.set_facets,
            failed=lambda _: None,  # the list shows library errors
            receiver=self,
        )

    # --- selection ---

    def selected(self) -> tuple[NoteSummary, ...]:
        """Return the selected notes in the order of the list."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        found = (self.model.row_at(row) for row in rows)
        return tuple(row for row in found if isinstance(row, NoteSummary))

    def _select(self, ids: Iterable[str]) -> None:
        """Add the listed ones of these notes to the selection."""
        # One call: each change of the selection is handled for all of it.
        self.list.selectionModel().select(
            self._selection_of(ids), QItemSelectionModel.SelectionFlag.Select
        )

    def _deselect(self, ids: Iterable[str]) -> None:
        """Deselect rows that are about to be removed."""
        gone = {*ids}
        if gone.issuperset(self._ids()):
            self.list.clearSelection()
            return
        self.list.selectionModel().select(
            self._selection_of(gone), QItemSelectionModel.SelectionFlag.Deselect
        )

    def _selection_of(self, ids: Iterable[str]) -> QItemSelection:
        """Return a selection of the listed ones of these notes, in as few ranges as possible."""
        wanted, found = {*ids}, QItemSelection()
        numbers = (number for number, row in enumerate(self.model.rows) if row.id in wanted)
        for first, last in consecutive_runs(numbers):
            found.select(self.model.index(first), self.model.index(last))
        return found

    def _select_alone(self, ids: Sequence[str]) -> None:
        """Select only these notes; the first becomes the current row."""
        self.list.clearSelection()
        self._select(ids)
        if ids and (first := self.model.index_of(ids[0])).isValid():
            stay = QItemSelectionModel.SelectionFlag.NoUpdate
            self.list.selectionModel().setCurrentIndex(first, stay)

    def _go_on(self, place: int) -> None:
        """Select the row that has moved to position `place` after rows were removed."""
        if number := self.model.rowCount():
            self.list.setCurrentIndex(self.model.index(min(place, number - 1)))
            self.list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_selection(self) -> None:
        self.selection.show_notes(self.selected(), deleted=self.filter.shows_deleted)

    def ask_again(self) -> None:
        """Request that the selected notes be written again; show a message if none is selected."""
        if ids := self._ids():
            self.again_wanted.emit(ids)
            return
        self.message.emit(Message(_("Select the notes to be written again in the library.")))

    def ask_for_guide(self) -> None:
        """Request a guide over the videos of the selected notes, at least two."""
        videos = list(dict.fromkeys(row.video_id for row in self.selected()))
        if len(videos) > 1:
            self.guide_wanted.emit(videos)
            return
        words = _("A guide is over several videos: select notes of two at least in the library.")
        self.message.emit(Message(words))

    def _export_selected(self, format: str) -> None:
        notes = self.selected()
        if len(notes) == 1:
            self.export_note(notes[0].id, format)
        else:
            self.operations.export(self._ids(), format, self.level)

    def delete_selected(self) -> None:
        """Delete the selected notes; the message about it offers undo."""
        if not self.filter.shows_deleted:
            self.operations.delete(self._ids())

    def _ids(self) -> list[str]:
        return [note.id for note in self.selected()]

    # --- requests ---

    def open_note(self, note_id: str) -> None:
        """Load a stored note and emit `note_opened`."""
        self._with_note(note_id, self.note_opened.emit)

    def _open_row(self, row: LibraryRow) -> None:
        """Open a note or passage at the match of the search."""
        words = found_words(row)
        if isinstance(row, PassageFound):
            self.passage_wanted.emit(row, words)
        elif self.filter.shows_deleted:
            self.message.emit(Message(_("This note is deleted."), _("Restore it to open it.")))
        elif words:
            self._with_note(row.id, lambda note: self.found_opened.emit(note, words))
        else:
            self.open_note(row.id)

    def export_note(self, note_id: str, format: str) -> None:
        self._with_note(note_id, lambda note: self.save_wanted.emit(note, format, self.level))

    def _with_note(self, note_id: str, use: Callable[[Note], object]) -> None:
        if note_id:
            note = self._services.ask(lambda it: it.store.get(note_id))
            self._tasks.start(note, done=use, failed=self._tell)

    def _tell(self, failure: Failure) -> None:
        self.message.emit(Message(failure.message, failure.hint, "danger"))

    # --- the list ---

    def _current(self) -> LibraryRow | None:
        row = self.list.currentIndex().data(SUMMARY_ROLE)
        return row if isinstance(row, NoteSummary | PassageFound) else None

    def _current_id(self) -> str:
        row = self._current()
        return row.id if row is not None else ""

    def _open_index(self, index: QModelIndex) -> None:
        row = index.data(SUMMARY_ROLE)
        if isinstance(row, NoteSummary | PassageFound):
            self._open_row(row)

    def _show_menu(self, at: QPoint) -> None:
        index = self.list.indexAt(at)
        summary = index.data(SUMMARY_ROLE)
        if isinstance(summary, NoteSummary) and not self.filter.shows_deleted:
            selected = self._ids()
            several = len(selected) > 1 and summary.id in selected
            menu = self.menu_of_several() if several else self.menu_for(summary.id)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            menu.popup(self.list.viewport().mapToGlobal(at))

    def menu_for(self, note_id: str) -> QMenu:
        """Return the context menu of one note."""
        menu = QMenu(self)
        menu.addAction(_("Open")).triggered.connect(lambda: self.open_note(note_id))
        menu.addAction(_("Rename…")).triggered.connect(lambda: self.operations.rename(note_id))
        practise = menu.addAction(_("Practise its cards"))
        practise.triggered.connect(lambda: self.practice_wanted.emit(note_id))
        export = menu.addMenu(_("Export"))
        add_formats(export, self._formats, lambda f: self.export_note(note_id, f), words="{}")
        menu.addSeparator()
        menu.addAction(_("Delete")).triggered.connect(lambda: self.operations.delete([note_id]))
        return menu

    def menu_of_several(self) -> QMenu:
        """Return the context menu of several selected notes."""
        menu = QMenu(self)
        export = menu.addMenu(_("Export"))
        add_formats(export, self._formats, self._export_selected, words="{}")
        menu.addAction(_("Write again…")).triggered.connect(self.ask_again)
        menu.addSeparator()
        menu.addAction(_("Delete")).triggered.connect(self.delete_selected)
        return menu

    def _rename(self) -> None:
        if len(ids := self._ids()) == 1 and not self.filter.shows_deleted:
            self.operations.rename(ids[0])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key == Qt.Key.Key_Delete:
                self.delete_selected()
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if (row := self._current()) is not None:
                    self._open_row(row)
                return True
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # The window handles all other drops.
        if self.importing.can_take(event.mimeData()):
            accept_copy(event)
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        accept_copy(event)

    def dropEvent(self, event: QDropEvent) -> None:
        accept_copy(event)
        self.importing.take(self.importing.can_take(event.mimeData()))

    def _go_to_list(self) -> None:
        if not self.model.rowCount():
            return
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


def _rows_of(page: Sequence[VideoNotes]) -> list[LibraryRow]:
    return [note for video in page for note in video.notes]
