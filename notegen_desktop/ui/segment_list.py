"""The passages of a transcript: painted, chosen, and opened in the video at their time."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelection, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractItemView, QStyle, QStyleOptionViewItem, QWidget

from .row_view import RowView
from .transcript_delegate import TranscriptDelegate
from .transcript_model import TranscriptModel


class SegmentList(RowView):
    """Shows a `TranscriptModel` with its delegate.

    Signals: `time_activated(int)` a row's time was clicked, or Enter pressed on it;
    `copy_wanted()`; `rows_chosen(list)` the selected rows have become others.
    """

    time_activated = Signal(int)
    copy_wanted = Signal()
    rows_chosen = Signal(object)

    def __init__(
        self, model: TranscriptModel, delegate: TranscriptDelegate, parent: QWidget | None = None
    ) -> None:
        super().__init__(model, delegate, parent)
        self._pressed_time = -1
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._heights:
            return
        painter = QPainter(self.viewport())
        option = QStyleOptionViewItem()
        self.initViewItemOption(option)
        plain = option.state & ~(QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus)
        pointer = self.viewport().mapFromGlobal(self.cursor().pos())
        inside = self.viewport().underMouse() and self.viewport().rect().contains(pointer)
        hovered = self.indexAt(pointer).row() if inside else -1
        current = self.currentIndex().row() if self.hasFocus() else -1
        chosen = self.selectionModel()
        first, last = self._seen()
        for row in range(first, last + 1):
            index = self._rows.index(row)
            option.rect = self.visualRect(index)
            if not option.rect.intersects(event.rect()):
                continue
            option.state = plain
            if chosen.isSelected(index):
                option.state |= QStyle.StateFlag.State_Selected
            if row == hovered:
                option.state |= QStyle.StateFlag.State_MouseOver
            if row == current:
                option.state |= QStyle.StateFlag.State_HasFocus
            self._look.paint(painter, option, index)
        painter.end()

    # --- selection, mouse and keys ---

    def chosen_rows(self) -> list[int]:
        return sorted(index.row() for index in self.selectionModel().selectedIndexes())

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.rows_chosen.emit(self.chosen_rows())

    def _time_at(self, point: QPoint) -> int:
        """The row whose time is at a point, -1 for none."""
        index = self.indexAt(point)
        if not index.isValid():
            return -1
        inside = self._look.time_rect(self.visualRect(index)).contains(point)
        return index.row() if inside else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._glide.stop()
        left = event.button() is Qt.MouseButton.LeftButton and not event.modifiers()
        self._pressed_time = self._time_at(event.position().toPoint()) if left else -1
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        row = self._time_at(event.position().toPoint())
        super().mouseReleaseEvent(event)
        if row >= 0 and row == self._pressed_time:
            self.time_activated.emit(row)
        self._pressed_time = -1

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        row = self._time_at(event.position().toPoint())
        self._hover_time(row)
        self.viewport().update()

    def _hover_time(self, row: int) -> None:
        self._look.hovered_time = row
        shape = Qt.CursorShape.PointingHandCursor if row >= 0 else Qt.CursorShape.ArrowCursor
        self.viewport().setCursor(shape)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Leave:
            self._hover_time(-1)
            self.viewport().update()
        return bool(super().viewportEvent(event))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_wanted.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.currentIndex().isValid():
                self.time_activated.emit(self.currentIndex().row())
        else:
            super().keyPressEvent(event)
