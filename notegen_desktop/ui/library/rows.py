"""The notes of the library as rows: what the store said; further pages are asked for on scrolling.

The model starts nothing: its `more_wanted` is a wish that the page carries out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QRect,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QApplication, QStyledItemDelegate, QStyleOptionViewItem

from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.dates import MONTHS, local_time
from notegen_desktop.services.ports import NoteSummary
from notegen_desktop.ui.kit.painted_rows import (
    NO_PARENT,
    Index,
    PagedModel,
    elided,
    is_mirrored,
    paint_ground,
    sides,
    trimmed,
)
from notegen_desktop.ui.kit.text import engine_name, one_line, plain_tip
from notegen_desktop.ui.kit.theme import palette, theme

SUMMARY_ROLE = int(Qt.ItemDataRole.UserRole) + 1


def when(created: str, now: datetime | None = None) -> str:
    """An ISO 8601 time in words: `Today, 14:05`, `Yesterday`, `24 Nov 2026`."""
    then = local_time(created)
    if then is None:
        return ""
    today = (now or datetime.now().astimezone()).date()
    if then.date() == today:
        return f"Today, {then:%H:%M}"
    if then.date() == today - timedelta(days=1):
        return "Yesterday"
    year = "" if then.year == today.year else f" {then.year}"
    return f"{then.day} {MONTHS[then.month - 1][:3]}{year}"


class LibraryModel(PagedModel[NoteSummary]):
    """Notes, the newest first or the best found first."""

    # --- what Qt asks ---

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return one_line(row.title or row.video_title)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip("\n".join(part for part in (row.title, row.video_title) if part))
            case Qt.ItemDataRole.AccessibleTextRole:
                facts = (row.title, row.video_title, engine_name(row.engine), when(row.created))
                return ", ".join(one_line(fact) for fact in facts if fact)
            case _ if role == SUMMARY_ROLE:
                return row
        return None

    # --- what the page says ---

    def set_rows(self, rows: Iterable[NoteSummary], *, more: bool) -> None:
        """Show these and no others; `more` says that the store has further ones."""
        self.beginResetModel()
        self._rows = list({row.id: row for row in rows}.values())
        self._ids = {row.id for row in self._rows}
        self.more, self._asked = more, False
        self.endResetModel()

    def renew(self, rows: Iterable[NoteSummary], *, more: bool | None) -> None:
        """Show these, touching only rows that came, went, moved or changed.

        `more` says whether the store has further ones; None: as before.
        """
        new = {row.id: row for row in rows}
        for number in reversed(range(len(self._rows))):
            if self._rows[number].id not in new:
                self._remove(number)
        for number, row in enumerate(new.values()):
            if number < len(self._rows) and self._rows[number].id == row.id:
                if self._rows[number] != row:
                    self._rows[number] = row
                    self.dataChanged.emit(self.index(number), self.index(number))
                continue
            if row.id in self._ids:
                self._remove(self.index_of(row.id).row())
            self._insert(number, row)
        self.more = self.more if more is None else more

    def take(self, note_id: str) -> tuple[int, NoteSummary] | None:
        """Remove a row; where it was and what it held, or None if it is not here."""
        for number, row in enumerate(self._rows):
            if row.id == note_id:
                self._remove(number)
                return number, row
        return None

    def put_back(self, number: int, row: NoteSummary) -> None:
        """Undo `take`, as near to the old place as can be."""
        if row.id not in self._ids:
            self._insert(min(max(0, number), len(self._rows)), row)

    def index_of(self, note_id: str) -> QModelIndex:
        """Where a note is; an invalid index if it is not here."""
        for number, row in enumerate(self._rows):
            if row.id == note_id:
                return self.index(number)
        return QModelIndex()

    def _insert(self, number: int, row: NoteSummary) -> None:
        self.beginInsertRows(NO_PARENT, number, number)
        self._rows.insert(number, row)
        self._ids.add(row.id)
        self.endInsertRows()

    def _remove(self, number: int) -> None:
        self.beginRemoveRows(NO_PARENT, number, number)
        self._ids.discard(self._rows.pop(number).id)
        self.endRemoveRows()


# --- How a row of the library is drawn ---

PAD, TILE, GAP = 12, 36, 12


class LibraryDelegate(QStyledItemDelegate):
    """Draws a `NoteSummary`. Rows with a snippet of a search are one line higher."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._templates: Mapping[str, NoteTemplate] = {}

    def set_templates(self, templates: Mapping[str, NoteTemplate]) -> None:
        self._templates = templates

    def template_name(self, template: str) -> str:
        known = self._templates.get(template)
        return known.name if known else template.replace("-", " ").capitalize()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        summary = index.data(SUMMARY_ROLE)
        small, strong = QFontMetrics(_font(-1)), QFontMetrics(_font(0, QFont.Weight.DemiBold))
        lines = strong.height() + small.height() + 3
        if isinstance(summary, NoteSummary) and summary.snippet.strip():
            lines += small.height() + 3
        return QSize(200, max(TILE, lines) + 2 * PAD - 2)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        summary = index.data(SUMMARY_ROLE)
        if not isinstance(summary, NoteSummary):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_ground(painter, option, radius=10)
        inner = option.rect.adjusted(PAD, PAD - 1, -PAD, -(PAD - 1))
        mirrored = is_mirrored(option)
        tile = QRect(inner.left(), inner.top(), TILE, TILE)
        words = inner.adjusted(TILE + GAP, 0, 0, 0)
        if mirrored:
            tile.moveRight(inner.right())
            words = inner.adjusted(0, 0, -(TILE + GAP), 0)
        self._tile(painter, tile, summary)
        self._words(painter, option, words, summary)
        painter.restore()

    def _tile(self, painter: QPainter, tile: QRect, summary: NoteSummary) -> None:
        colours = palette()
        known = self._templates.get(summary.template)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.sunken))
        painter.drawRoundedRect(tile, 9, 9)
        picture = theme().pixmap(known.icon if known else "file-text", color="accent_ink", size=18)
        painter.drawPixmap(tile.left() + (TILE - 18) // 2, tile.top() + (TILE - 18) // 2, picture)

    def _words(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        rect: QRect,
        summary: NoteSummary,
    ) -> None:
        colours = palette()
        near, far = sides(option)
        small_font, strong_font = _font(-1), _font(0, QFont.Weight.DemiBold)
        small, strong = QFontMetrics(small_font), QFontMetrics(strong_font)
        date = when(summary.created)
        date_width = small.horizontalAdvance(date) + GAP
        line = QRect(rect.left(), rect.top(), rect.width(), strong.height())
        title_line = trimmed(line, option, end=date_width)
        painter.setFont(small_font)
        painter.setPen(QColor(colours.muted))
        painter.drawText(line, far, date)
        painter.setFont(strong_font)
        painter.setPen(QColor(colours.text))
        title = one_line(summary.title or summary.video_title)
        painter.drawText(title_line, near, elided(strong, title, title_line.width()))
        painter.setFont(small_font)
        painter.setPen(QColor(colours.muted))
        about = summary.video_title if summary.video_title != summary.title else ""
        facts = (
            self.template_name(summary.template),
            one_line(about),
            one_line(summary.channel),
            engine_name(summary.engine),
        )
        below = line.translated(0, strong.height() + 3)
        below.setHeight(small.height())
        text = "  ·  ".join(fact for fact in facts if fact)
        painter.drawText(below, near, elided(small, text, below.width()))
        if snippet := one_line(summary.snippet):
            painter.setPen(QColor(colours.accent_ink))
            under = below.translated(0, small.height() + 3)
            painter.drawText(under, near, elided(small, snippet, under.width()))


def _font(change: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """The interface's font, `change` px larger."""
    font = QFont(QApplication.font())
    font.setPixelSize(theme().text_px + change)
    font.setWeight(weight)
    return font
