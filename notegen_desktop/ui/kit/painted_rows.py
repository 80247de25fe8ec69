"""Helpers for item delegates: backgrounds, alignment, elided text, check boxes; paged model."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from PySide6.QtCore import (
    QAbstractItemModel,
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from .elided import elided
from .theme import has_ring, palette, scaled, theme

NO_PARENT = QModelIndex()
Index = QModelIndex | QPersistentModelIndex
Inked = tuple[str, str]  # words and their colour


def is_mirrored(option: QStyleOptionViewItem) -> bool:
    return bool(option.direction == Qt.LayoutDirection.RightToLeft)


def sides(option: QStyleOptionViewItem) -> tuple[Qt.AlignmentFlag, Qt.AlignmentFlag]:
    """Return the alignments for the start and the end of a line, vertically centred.

    They are absolute, because a painter mirrors relative ones in a mirrored view a second time.
    """
    middle = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignAbsolute
    left, right = Qt.AlignmentFlag.AlignLeft | middle, Qt.AlignmentFlag.AlignRight | middle
    return (right, left) if is_mirrored(option) else (left, right)


def trimmed(rect: QRect, option: QStyleOptionViewItem, *, begin: int = 0, end: int = 0) -> QRect:
    """Return `rect` without `begin` pixels at the start and `end` pixels at the end of lines."""
    left, right = (end, begin) if is_mirrored(option) else (begin, end)
    return rect.adjusted(left, 0, -right, 0)


def paint_ground(
    painter: QPainter, option: QStyleOptionViewItem, *, margin: int = 2, radius: int = 8
) -> None:
    """Paint the background of a selected or hovered row, and the focus ring of the current one."""
    colours, state = palette(), option.state
    ground = QRectF(option.rect).adjusted(margin, 1, -margin, -1)
    painter.setPen(Qt.PenStyle.NoPen)
    if state & QStyle.StateFlag.State_Selected:
        painter.setBrush(QColor(colours.accent_soft))
        painter.drawRoundedRect(ground, radius, radius)
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.setBrush(QColor(colours.hover))
        painter.drawRoundedRect(ground, radius, radius)
    if state & QStyle.StateFlag.State_HasFocus and has_ring(option.widget):
        painter.setPen(QPen(QColor(colours.focus), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), radius - 1, radius - 1)


def paint_icon(
    painter: QPainter,
    option: QStyleOptionViewItem,
    rect: QRect,
    icon: str,
    *,
    color: str,
    size: int,
) -> QRect:
    """Paint an icon at the start of a row and return the remaining rectangle for the text."""
    place = QRect(rect.left(), rect.center().y() - size // 2, size, size)
    place = QStyle.visualRect(option.direction, rect, place)
    theme().icon(icon, color=color, size=size).paint(painter, place)
    return trimmed(rect, option, begin=size + 10)


def line_fonts(option: QStyleOptionViewItem) -> tuple[QFont, QFont]:
    """Return the fonts of a row's title and of the line below it."""
    strong, small = QFont(option.font), QFont(option.font)
    strong.setWeight(QFont.Weight.Medium)
    small.setPixelSize(small.pixelSize() - 1)
    return strong, small


def paint_lines(
    painter: QPainter,
    option: QStyleOptionViewItem,
    rect: QRect,
    *,
    title: Inked,
    below: Inked,
    badge: Inked = ("", ""),
) -> None:
    """Paint a title, a line below it, and a badge at the end of the title, vertically centred."""
    near, far = sides(option)
    strong, small = line_fonts(option)
    height = QFontMetrics(strong).height()
    line = QRect(rect.left(), rect.center().y() - height, rect.width(), height)
    room = QFontMetrics(small).horizontalAdvance(badge[0]) + 8 if badge[0] else 0
    title_line = trimmed(line, option, end=room)
    for font, (words, ink), where, side in (
        (strong, title, title_line, near),
        (small, below, line.translated(0, height), near),
        (small, badge, line, far),
    ):
        painter.setFont(font)
        painter.setPen(QColor(ink))
        painter.drawText(where, side, elided(painter.fontMetrics(), words, where.width()))


# --- Checkable rows ---

BOX_PX = 18
WORDS_PX = 40  # start of the text, from the side of the check box


class TickDelegate(QStyledItemDelegate):
    """Delegate of checkable rows `height` pixels high; subclasses paint the rest in
    `paint_words`."""

    def __init__(self, parent: QObject, *, height: int) -> None:
        super().__init__(parent)
        self._height = height

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(200, scaled(self._height))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(option.font)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        option.state &= ~QStyle.StateFlag.State_Selected  # rows are checked, not selected
        paint_ground(painter, option, margin=1)
        rect: QRect = option.rect
        mirrored = is_mirrored(option)
        side = rect.right() - 10 - BOX_PX if mirrored else rect.left() + 10
        box = QRectF(side, rect.center().y() - BOX_PX / 2 + 0.5, BOX_PX, BOX_PX)
        _paint_box(painter, box, ticked=is_ticked(index) and is_enabled(index), hovered=hovered)
        margins = (12, 0, -WORDS_PX, 0) if mirrored else (WORDS_PX, 0, -12, 0)
        self.paint_words(painter, option, rect.adjusted(*margins), index)
        painter.restore()

    def paint_words(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, index: Index
    ) -> None:
        raise NotImplementedError

    def editorEvent(
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        wish = is_enabled(index) and _toggles(event)
        if not wish:
            return wish is False
        return model.setData(index, state(not is_ticked(index)), Qt.ItemDataRole.CheckStateRole)


def is_ticked(index: Index) -> bool:
    return index.data(Qt.ItemDataRole.CheckStateRole) in (
        Qt.CheckState.Checked,
        Qt.CheckState.Checked.value,
    )


def is_enabled(index: Index) -> bool:
    return bool(index.flags() & Qt.ItemFlag.ItemIsEnabled)


def state(ticked: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked


def _paint_box(painter: QPainter, box: QRectF, *, ticked: bool, hovered: bool) -> None:
    tokens = theme().palette
    if ticked:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        painter.drawRoundedRect(box, 5, 5)
        mark = theme().icon("check", color="accent_text", size=14)
        mark.paint(painter, box.adjusted(2, 2, -2, -2).toRect())
    else:
        painter.setPen(QPen(QColor(tokens.accent if hovered else tokens.control), 1.2))
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)


def _toggles(event: QEvent) -> bool | None:
    """Return True if an event toggles the row: a click anywhere in it, or Space.

    False if the event is to be swallowed, None if it does not concern the row.
    """
    if isinstance(event, QMouseEvent):
        released = event.type() is QEvent.Type.MouseButtonRelease
        if released and event.button() is Qt.MouseButton.LeftButton:
            return True
        return False if event.type() is QEvent.Type.MouseButtonDblClick else None
    if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space:
        return True
    return None


# --- Paged rows ---

PagedRow = TypeVar("PagedRow", bound="_HasId")


class _HasId(Protocol):
    @property
    def id(self) -> str: ...


class PagedModel(QAbstractListModel, Generic[PagedRow]):
    """List model filled page by page; the view fetches the next page when it nears the end.

    Signals: `more_wanted(int)` with the number of rows present.
    """

    more_wanted = Signal(int)
    FLAGS = (
        Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
    )

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[PagedRow] = []
        self._ids: set[str] = set()
        self._asked = False
        self.more = False
        """True if there may be further rows."""

    @property
    def rows(self) -> tuple[PagedRow, ...]:
        return tuple(self._rows)

    def add_rows(self, rows: Iterable[PagedRow], *, more: bool) -> None:
        """Append a page without rows already present; `more` says that further pages may exist."""
        new = [row for row in {row.id: row for row in rows}.values() if row.id not in self._ids]
        self.more, self._asked = more, False
        if new:
            first = len(self._rows)
            self.beginInsertRows(NO_PARENT, first, first + len(new) - 1)
            self._rows.extend(new)
            self._ids.update(row.id for row in new)
            self.endInsertRows()

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        return self.FLAGS if index.isValid() else Qt.ItemFlag.NoItemFlags

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self.more and not self._asked

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit(len(self._rows))
