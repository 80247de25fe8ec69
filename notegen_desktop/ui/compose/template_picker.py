"""Checkable list of templates, and named sets of them.

A click anywhere on a row, Space or Return toggles its check box.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from PySide6.QtCore import QPoint, QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyleOptionViewItem,
    QWidget,
)

from notegen_desktop.domain.engines.order import EngineChoice, template_engines
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.notes.templates import WRITTEN_WORDS, NoteTemplate
from notegen_desktop.domain.text.quantities import series
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import as_rows, button, hbox, icon_button, label, named, vbox
from notegen_desktop.ui.kit.painted_rows import (
    Index,
    TickDelegate,
    is_enabled,
    is_ticked,
    paint_icon,
    paint_lines,
    state,
)
from notegen_desktop.ui.kit.text import engine_name, plain_tip
from notegen_desktop.ui.kit.theme import scaled, set_icon, theme

ROW_PX = 48
ICON_PX = 18
ID_ROLE = Qt.ItemDataRole.UserRole
ICON_ROLE = Qt.ItemDataRole.UserRole + 1
DESCRIPTION_ROLE = Qt.ItemDataRole.UserRole + 2

Sets = Mapping[str, Sequence[str]]


def parse_sets(text: str) -> dict[str, list[str]]:
    """Parse saved sets from their one line: `Exams: study-notes, flashcards; Talks:
    basic-summary`."""
    result: dict[str, list[str]] = {}
    for part in text.split(";"):
        name, colon, ids = part.partition(":")
        chosen = [" ".join(one.split()) for one in ids.split(",") if one.strip()]
        name = " ".join(name.split())
        if colon and name and chosen:
            result[name] = chosen
    return result


def format_sets(sets: Sets) -> str:
    """Return sets as the line that `parse_sets` reads; separators in names become spaces."""
    parts = []
    for name, ids in sets.items():
        clean = " ".join(name.replace(";", " ").replace(":", " ").split())
        if clean and ids:
            parts.append(f"{clean}: {', '.join(ids)}")
    return "; ".join(parts)


class TemplatePicker(QWidget):
    """The list of templates and the menu of sets.

    Signals: `changed(list[str])` with the checked ids, `set_wanted()` to save the checked templates
    as a set, `set_dropped(str)` to delete a set, `engine_chosen(str, str)` with a template and the
    engine to write it, "" for the engine chosen for all, `engine_wanted(str)` to name engine and
    model for a template, `edit_wanted(str)` to edit a template, "" for the list of all.
    """

    changed = Signal(list)
    set_wanted = Signal()
    set_dropped = Signal(str)
    engine_chosen = Signal(str, str)
    engine_wanted = Signal(str)
    edit_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._templates: dict[str, NoteTemplate] = {}
        self._sets: dict[str, list[str]] = {}
        self._quiet = self._offline = False
        self.connections: list[str] = []  # offered besides the built-in engines
        self.written_by = ""

        self._sets_button = button(
            _("Sets"),
            "templateSetsButton",
            kind="ghost",
            tip=_("Tick a saved set of templates, or save this one"),
            says=_("Sets of templates"),
        )
        self._sets_button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        set_icon(self._sets_button, "chevron-down", size=14)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._sets_button.setMenu(self._menu)
        self.list = _List()
        self.list.itemChanged.connect(self._item_changed)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.customContextMenuRequested.connect(self._show_row_menu)
        heading = label(_("Notes to write"), role="section", buddy=self.list)
        edit = icon_button(
            "notebook-pen",
            _("Templates: look at them, change them, add your own (Ctrl+Shift+K)"),
            name="templatesButton",
            says=_("Templates"),
            pressed=lambda: self.edit_wanted.emit(""),
        )
        head = hbox(heading, None, edit, self._sets_button, spacing=4)
        vbox(head, (self.list, 1), spacing=4, on=self)
        self._fill_menu()

    def show_templates(self, templates: Iterable[NoteTemplate]) -> None:
        """List these templates in this order. Templates that are still listed stay checked."""
        ticked = set(self._chosen())
        self._quiet = True
        self.list.clear()
        self._templates = {template.id: template for template in templates}
        for template in self._templates.values():
            item = QListWidgetItem(_(template.name))
            item.setData(ID_ROLE, template.id)
            item.setData(ICON_ROLE, template.icon)
            item.setCheckState(state(template.id in ticked))
            self.list.addItem(item)
            self._offer(item, template)
        if self.list.count():
            self.list.setCurrentRow(0)
        self._quiet = False
        self._fill_menu()

    def show_engine(self, *, offline: bool) -> None:
        """Enable the templates the engine can write; the others keep their check state."""
        if offline == self._offline:
            return
        self._offline = offline
        self._offer_all()

    def show_written_by(self, text: str) -> None:
        """Take the setting of engines per template (see `template_engines`)."""
        if text != self.written_by:
            self.written_by = text
            self._offer_all()
            self.changed.emit(self._chosen())

    def _offer_all(self) -> None:
        self._quiet = True
        for row, template in enumerate(self._templates.values()):
            self._offer(self.list.item(row), template)
        self._quiet = False

    def ticked(self) -> list[str]:
        """Return the ids of the checked templates that are enabled, in the order of the list."""
        return [one for one in self._chosen() if self._is_offered(self._templates[one])]

    def _chosen(self) -> list[str]:
        items = (self.list.item(row) for row in range(self.list.count()))
        return [
            str(item.data(ID_ROLE)) for item in items if item.checkState() is Qt.CheckState.Checked
        ]

    def _engine_of(self, template: str) -> EngineChoice | None:
        return template_engines(self.written_by).get(template)

    def _is_offered(self, template: NoteTemplate) -> bool:
        own = self._engine_of(template.id)
        offline = self._offline if own is None else own.engine is Engine.OFFLINE
        return template.quotable or not offline

    def _offer(self, item: QListWidgetItem, template: NoteTemplate) -> None:
        offered = self._is_offered(template)
        words = _(template.description if offered else WRITTEN_WORDS)
        if offered and (own := self._engine_of(template.id)) is not None:
            words = _("Written by {choice_words}").format(choice_words=_choice_words(own))
        item.setData(DESCRIPTION_ROLE, words)
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, words)
        item.setToolTip(plain_tip(words))
        choosing = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
        enabled = Qt.ItemFlag.ItemIsEnabled
        item.setFlags(choosing | enabled if offered else choosing)

    def tick(self, ids: Iterable[str]) -> None:
        """Check exactly these templates; unknown ids are ignored."""
        wanted = set(ids)
        before = self._chosen()
        self._quiet = True
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setCheckState(state(item.data(ID_ROLE) in wanted))
        self._quiet = False
        if self._chosen() != before:
            self.changed.emit(self._chosen())

    def show_sets(self, sets: Sets) -> None:
        self._sets = {name: list(ids) for name, ids in sets.items()}
        self._fill_menu()

    def _show_row_menu(self, place: QPoint) -> None:
        item = self.list.itemAt(place)
        if item is not None:
            menu = self.row_menu(str(item.data(ID_ROLE)))
            menu.popup(self.list.viewport().mapToGlobal(place))

    def row_menu(self, template: str) -> QMenu:
        """Return the context menu of a template, with the engines that can write it."""
        menu = named(QMenu(self), "templateMenu")
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction(_("Written by")).setEnabled(False)
        own = self._engine_of(template)
        offered = [EngineChoice(Engine(name)) for name in (Engine.GEMINI, *self.connections)]
        if self._templates[template].quotable:
            offered.append(EngineChoice(Engine.OFFLINE))
        for choice in dict.fromkeys([None, *offered, own]):
            said = _choice_words(choice) if choice else _("The engine chosen for all")
            action = menu.addAction(said.replace("&", "&&"))
            action.setCheckable(True)
            action.setChecked(choice == own)
            action.triggered.connect(
                lambda _=False, name=str(choice or ""): self.engine_chosen.emit(template, name)
            )
        menu.addSeparator()
        other = menu.addAction(_("Another model…"))
        other.triggered.connect(lambda: self.engine_wanted.emit(template))
        menu.addSeparator()
        change = menu.addAction(_("Edit template…"))
        change.triggered.connect(lambda: self.edit_wanted.emit(template))
        return menu

    def _item_changed(self, _item: QListWidgetItem) -> None:
        if not self._quiet:
            self.changed.emit(self._chosen())

    def _fill_menu(self) -> None:
        menu = self._menu
        for old in menu.findChildren(QMenu):
            old.deleteLater()  # clear() removes only their actions
        menu.clear()
        for name, ids in self._sets.items():
            known = [_(self._templates[one].name) for one in ids if one in self._templates]
            action = menu.addAction(name.replace("&", "&&"))
            action.setToolTip(plain_tip(series(known)))
            action.triggered.connect(lambda _=False, chosen=ids: self.tick(chosen))
        if self._sets:
            menu.addSeparator()
        menu.addAction(_("Tick all")).triggered.connect(lambda: self.tick(self._templates))
        menu.addAction(_("Tick none")).triggered.connect(lambda: self.tick(()))
        menu.addSeparator()
        keep = menu.addAction(_("Save ticked as a set…"))
        keep.setObjectName("saveSetAction")
        keep.triggered.connect(self.set_wanted)
        if self._sets:
            drop = menu.addMenu(_("Delete a set"))
            for name in self._sets:
                action = drop.addAction(name.replace("&", "&&"))
                action.triggered.connect(lambda _=False, gone=name: self.set_dropped.emit(gone))


def _choice_words(choice: EngineChoice) -> str:
    return engine_name(choice.engine) + (f", {choice.model}" if choice.model else "")


class _List(QListWidget):
    """List widget of checkable rows."""

    def __init__(self) -> None:
        super().__init__()
        as_rows(self, "templateList", _("Templates"), delegate=_Row(self, height=ROW_PX))
        self.setAccessibleDescription(_("Space ticks and unticks a kind of note."))
        self.setUniformItemSizes(True)
        self.setMinimumHeight(2 * scaled(ROW_PX) + 1)  # a low window scrolls
        theme().changed.connect(self.viewport().update)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        offered = item is not None and item.flags() & Qt.ItemFlag.ItemIsEnabled
        if (
            item is not None
            and offered
            and plain
            and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            item.setCheckState(state(item.checkState() is not Qt.CheckState.Checked))
        else:
            super().keyPressEvent(event)


class _Row(TickDelegate):
    """Item delegate: check box, icon, name and description."""

    def paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, index: Index
    ) -> None:
        tokens, enabled = theme().palette, is_enabled(index)
        color = "accent_ink" if is_ticked(index) and enabled else "muted"
        icon = str(index.data(ICON_ROLE))
        paint_lines(
            painter,
            option,
            paint_icon(painter, option, rect, icon, color=color, size=ICON_PX),
            title=(str(index.data()), tokens.text if enabled else tokens.faint),
            below=(str(index.data(DESCRIPTION_ROLE)), tokens.muted),
        )
