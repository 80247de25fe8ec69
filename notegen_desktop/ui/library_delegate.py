"""How a row of the library is drawn: icon, title, what it is about, and when it was written."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from notegen_desktop.domain.templates import NoteTemplate
from notegen_desktop.services.ports import NoteSummary

from .library_model import SUMMARY_ROLE, when
from .rendering import engine_name, one_line
from .theme import palette, theme
from .widgets.rows import is_mirrored, paint_ground, sides, trimmed

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

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        summary = index.data(SUMMARY_ROLE)
        small, strong = QFontMetrics(_small()), QFontMetrics(_strong())
        lines = strong.height() + small.height() + 3
        if isinstance(summary, NoteSummary) and summary.snippet.strip():
            lines += small.height() + 3
        return QSize(200, max(TILE, lines) + 2 * PAD - 2)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
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
        small, strong = QFontMetrics(_small()), QFontMetrics(_strong())
        date = when(summary.created)
        date_width = small.horizontalAdvance(date) + GAP
        line = QRect(rect.left(), rect.top(), rect.width(), strong.height())
        title_line = trimmed(line, option, end=date_width)
        painter.setFont(_small())
        painter.setPen(QColor(colours.muted))
        painter.drawText(line, far, date)
        painter.setFont(_strong())
        painter.setPen(QColor(colours.text))
        title = one_line(summary.title or summary.video_title)
        painter.drawText(title_line, near, _cut(strong, title, title_line.width()))
        painter.setFont(_small())
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
        painter.drawText(below, near, _cut(small, text, below.width()))
        if snippet := one_line(summary.snippet):
            painter.setPen(QColor(colours.accent_ink))
            under = below.translated(0, small.height() + 3)
            painter.drawText(under, near, _cut(small, snippet, under.width()))


def _cut(metrics: QFontMetrics, text: str, width: int) -> str:
    return metrics.elidedText(text[:500], Qt.TextElideMode.ElideRight, width)


def _small() -> QFont:
    return _font(-1, QFont.Weight.Normal)


def _strong() -> QFont:
    return _font(0, QFont.Weight.DemiBold)


def _font(change: int, weight: QFont.Weight) -> QFont:
    from PySide6.QtWidgets import QApplication

    font = QFont(QApplication.font())
    font.setPixelSize(theme().text_px + change)
    font.setWeight(weight)
    return font
