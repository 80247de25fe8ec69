"""List of templates: the user's own, the built-in ones, and invalid files."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QPainter
from PySide6.QtWidgets import (
    QListWidget,
    QListWidgetItem,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from notegen_desktop.domain.text.quantities import series
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.ports import TemplateEntry, TemplateOrigin
from notegen_desktop.ui.kit.build import as_rows, label, named, vbox
from notegen_desktop.ui.kit.painted_rows import (
    Index,
    line_fonts,
    paint_ground,
    paint_icon,
    paint_lines,
    sides,
)
from notegen_desktop.ui.kit.text import plain_tip
from notegen_desktop.ui.kit.theme import palette, scaled, theme
from notegen_desktop.ui.kit.widgets import SearchField

ROW_PX, HEAD_PX, ICON_PX = 50, 32, 18
ENTRY_ROLE = Qt.ItemDataRole.UserRole
BADGE_ROLE = Qt.ItemDataRole.UserRole + 1
UNSAVED_ROLE = Qt.ItemDataRole.UserRole + 2

GROUPS = (N_("Your own"), N_("Built in"), N_("Cannot be used"))
ORIGIN_WORDS = {
    TemplateOrigin.BUILT_IN: N_("built-in"),
    TemplateOrigin.CHANGED: N_("changed"),
    TemplateOrigin.OWN: N_("own"),
}


def group_of(entry: TemplateEntry) -> str:
    if entry.problem:
        return GROUPS[2]
    return GROUPS[0] if entry.origin is TemplateOrigin.OWN else GROUPS[1]


class TemplateList(QWidget):
    """Search field and rows. Signals: `chosen(str)` with the key of an entry."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumWidth(190)
        self._entries: tuple[TemplateEntry, ...] = ()
        self._drafts: Collection[str] = ()
        self._quiet = False
        self.search = named(SearchField(self), "templateSearch", _("Search templates"))
        self.search.setPlaceholderText(_("Search templates"))
        self.search.textChanged.connect(lambda _: self._fill())
        self.rows = QListWidget()
        as_rows(self.rows, "templateRows", _("Templates"), delegate=_Rows(self.rows))
        self.rows.currentItemChanged.connect(self._tell)
        self.nothing = label(_("No template has these words."), role="muted", wrap=True)
        self.nothing.hide()
        theme().changed.connect(self.rows.viewport().update)
        vbox(self.search, self.nothing, (self.rows, 1), on=self)

    def show_entries(self, entries: Iterable[TemplateEntry], drafts: Collection[str]) -> None:
        """List these entries; the selection stays. `drafts` are the keys of unsaved templates."""
        self._entries, self._drafts = tuple(entries), drafts
        self._fill()

    def show_draft(self, key: str, *, there: bool) -> None:
        """Mark a template as unsaved or saved."""
        self._drafts = {*self._drafts, key} if there else {*self._drafts} - {key}
        for row in range(self.rows.count()):
            item = self.rows.item(row)
            if isinstance(entry := item.data(ENTRY_ROLE), TemplateEntry) and entry.key == key:
                self._label(item, entry)

    @property
    def key(self) -> str:
        """Key of the selected entry, or ""."""
        item = self.rows.currentItem()
        entry = item.data(ENTRY_ROLE) if item is not None else None
        return entry.key if isinstance(entry, TemplateEntry) else ""

    def choose(self, key: str) -> None:
        """Select an entry; clear the search if it hides the entry."""
        if not self._row_of(key) and self.search.text():
            self.search.clear()
        if item := self._row_of(key):
            self.rows.setCurrentItem(item)

    def _row_of(self, key: str) -> QListWidgetItem | None:
        for row in range(self.rows.count()):
            entry = self.rows.item(row).data(ENTRY_ROLE)
            if isinstance(entry, TemplateEntry) and entry.key == key:
                return self.rows.item(row)
        return None

    def _fill(self) -> None:
        chosen = self.key
        words = self.search.text().casefold().split()
        found = [entry for entry in self._entries if all(w in _said_of(entry) for w in words)]
        self._quiet = True
        self.rows.clear()
        for group in GROUPS:
            members = [entry for entry in found if group_of(entry) == group]
            if not members:
                continue
            head = QListWidgetItem(_(group))
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            self.rows.addItem(head)
            for entry in members:
                item = QListWidgetItem(_spoken(entry.name))
                item.setData(ENTRY_ROLE, entry)
                self._label(item, entry)
                self.rows.addItem(item)
        self.nothing.setVisible(not found)
        if again := self._row_of(chosen):
            self.rows.setCurrentItem(again)
        self._quiet = False

    def _label(self, item: QListWidgetItem, entry: TemplateEntry) -> None:
        unsaved = entry.key in self._drafts
        badge = _("not saved") if unsaved else ""
        if not badge and entry.origin is TemplateOrigin.CHANGED:
            badge = _("changed")
        item.setData(BADGE_ROLE, badge)
        item.setData(UNSAVED_ROLE, unsaved)
        about = _about(entry)
        item.setToolTip(plain_tip(f"{_spoken(entry.name)}\n{about}"))
        said = series((_(ORIGIN_WORDS[entry.origin]), badge, about))
        item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, said)

    def _tell(self, item: QListWidgetItem | None) -> None:
        if not self._quiet and item is not None and self.key:
            self.chosen.emit(self.key)


def _spoken(words: str) -> str:
    """Return a template's text in the language of the interface."""
    return _(words) if words else ""


def _about(entry: TemplateEntry) -> str:
    return entry.problem or (_spoken(entry.template.description) if entry.template else "")


def _said_of(entry: TemplateEntry) -> str:
    """Return the searchable text: names and descriptions, original and translated."""
    written = entry.template.description if entry.template else ""
    said = (entry.name, _spoken(entry.name), entry.key, written, _about(entry))
    return " ".join((*said, _(ORIGIN_WORDS[entry.origin]))).casefold()


class _Rows(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(160, scaled(ROW_PX if index.data(ENTRY_ROLE) else HEAD_PX))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        entry = index.data(ENTRY_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colours, rect = palette(), QRect(option.rect)
        inner = rect.adjusted(10, 0, -10, 0)
        if not isinstance(entry, TemplateEntry):
            _strong, small = line_fonts(option)
            small.setWeight(QFont.Weight.DemiBold)
            painter.setFont(small)
            painter.setPen(QColor(colours.muted))
            painter.drawText(inner.adjusted(0, 6, 0, 0), sides(option)[0], str(index.data()))
            painter.restore()
            return
        paint_ground(painter, option, margin=1)
        bad = bool(entry.problem)
        sign = entry.template.icon if entry.template else "triangle-alert"
        ink = "danger" if bad else "muted"
        words = paint_icon(painter, option, inner, sign, color=ink, size=ICON_PX)
        badge = str(index.data(BADGE_ROLE) or "")
        unsaved = index.data(UNSAVED_ROLE)
        paint_lines(
            painter,
            option,
            words,
            title=(_spoken(entry.name), colours.text),
            below=(_about(entry), colours.danger if bad else colours.muted),
            badge=(badge, colours.warning if unsaved else colours.accent_ink),
        )
        painter.restore()
