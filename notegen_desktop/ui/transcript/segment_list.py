"""List view of transcript segments with rows of different heights.

Heights of thousands of rows are estimated until the row comes near the viewport, then measured;
visible rows keep their position meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyleOptionViewItem, QWidget

from notegen_desktop.ui.kit.scrolling import SmoothScroll, reading_line_at
from notegen_desktop.ui.kit.theme import has_ring

from .delegate import RowHeights, TranscriptDelegate
from .model import Index, TranscriptModel

Hint = QAbstractItemView.ScrollHint

SAMPLE = 60
"""Number of rows measured for the average character width of a transcript."""


class SegmentList(QListView):
    """Shows a `TranscriptModel` with its delegate.

    Signals: `time_activated(int)` when a row's time was clicked or Return pressed; `copy_wanted()`;
    `rows_chosen(list)` when the selection changed; `moved()` when the user scrolled, or to a row by
    `scrollTo`, not for animations or changes of size.
    """

    time_activated = Signal(int)
    copy_wanted = Signal()
    rows_chosen = Signal(object)
    moved = Signal()

    def __init__(
        self, model: TranscriptModel, delegate: TranscriptDelegate, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._rows = model
        self._delegate = delegate
        self._heights = RowHeights()
        self._width = -1
        self._settling = False
        self._fitting = False
        self._pressed_time = -1
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setMouseTracking(True)
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setItemDelegate(delegate)
        self._scroll = SmoothScroll(self)
        self.setModel(model)

    # --- heights ---

    def remeasure(self) -> None:
        """Estimate all heights again, after rows, fonts or the width have changed."""
        anchor, above = self._anchor()
        self._width = self.viewport().width()
        spoken = self._rows.spoken
        guesses: Sequence[int] = ()
        if spoken is not None:
            guesses = self._delegate.guesses(spoken.segments, self._width, self._char_width())
        self._heights = RowHeights(guesses)
        with self._fits():
            self.updateGeometries()
            if guesses:
                top = self._heights.top(min(anchor, len(guesses) - 1))
                self.verticalScrollBar().setValue(top - above)
            self._settle()
        self.viewport().update()

    @contextmanager
    def _fits(self) -> Iterator[None]:
        """Context in which scrolling does not emit `moved`."""
        before, self._fitting = self._fitting, True
        try:
            yield
        finally:
            self._fitting = before

    def _char_width(self) -> float:
        count = self._rows.rowCount()
        if not count:
            return 0.0
        rows = range(0, count, max(1, count // SAMPLE))
        text = " ".join(self._rows.text(row) for row in rows)
        return self._delegate.metrics.horizontalAdvance(text) / max(1, len(text))

    def _measure(self, rows: Iterable[int]) -> bool:
        """Measure rows; return True if any height differs from its estimate."""
        return self._heights.learn(
            (row, self._delegate.height(self._rows.row(row), self._width))
            for row in rows
            if not self._heights.is_known(row)
        )

    def _settle(self) -> None:
        """Measure the visible rows without moving them."""
        if self._settling or not self._heights:
            return
        self._settling = True
        try:
            for _ in range(4):  # lower rows let others come into view
                first, last = self._seen()
                seen = range(first, last + 1)
                anchor = next((row for row in seen if self._heights.is_known(row)), first)
                at = self._heights.top(anchor) - self.verticalOffset()
                if not self._measure(seen):
                    return
                self.updateGeometries()
                self.verticalScrollBar().setValue(self._heights.top(anchor) - at)
        finally:
            self._settling = False

    def _seen(self) -> tuple[int, int]:
        top = self.verticalOffset()
        bottom = top + max(0, self.viewport().height() - 1)
        return self._heights.row_at(top), self._heights.row_at(bottom)

    def _anchor(self) -> tuple[int, int]:
        """Return the row at the top of the view, and its top relative to the view in pixels (≤
        0)."""
        if not self._heights:
            return 0, 0
        top = self.verticalOffset()
        row = self._heights.row_at(top)
        return row, self._heights.top(row) - top

    @property
    def place(self) -> float:
        """Row plus fraction at the reading line: 2.5 is the middle of the third row."""
        bar = self.verticalScrollBar()
        eye = reading_line_at(bar.value(), page=self.viewport().height(), most=bar.maximum())
        return self._heights.place_at(eye)

    def rows_seen(self) -> list[int]:
        """Return the visible rows, by the rule of `is_seen`."""
        if not self._heights:
            return []
        first, last = self._seen()
        return [row for row in range(first, last + 1) if self.is_seen(row)]

    # --- QAbstractItemView ---

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid() or index.row() >= len(self._heights):
            return QRect()
        top = self._heights.top(index.row()) - self.verticalOffset()
        return QRect(0, top, self.viewport().width(), self._heights[index.row()])

    def indexAt(self, point: QPoint) -> QModelIndex:
        y = point.y() + self.verticalOffset()
        if not 0 <= y < self._heights.total:
            return QModelIndex()
        return self._rows.index(self._heights.row_at(y))

    def scrollTo(self, index: Index, hint: Hint = Hint.EnsureVisible) -> None:
        if index.isValid():
            self.verticalScrollBar().setValue(self._value_for(index.row(), hint))
            self._settle()

    def scroll_smoothly_to(self, row: int) -> None:
        """Scroll a row to the upper quarter of the view, smoothly if it is near."""
        self._scroll.to(self._value_for(row, Hint.PositionAtCenter))

    def is_seen(self, row: int) -> bool:
        """Return True if a row's top and at least 40 px of it (or all) are visible."""
        if not 0 <= row < len(self._heights):
            return False
        top = self._heights.top(row) - self.verticalOffset()
        return top >= 0 and top + min(40, self._heights[row]) <= self.viewport().height()

    def _value_for(self, row: int, hint: Hint) -> int:
        page = self.viewport().height()
        # Measure the rows around the target first, or it would move again.
        near = range(max(0, row - 12), min(len(self._heights), row + 24))
        anchor, above = self._anchor()
        if self._measure(near):
            self._settling = True
            self.updateGeometries()
            self.verticalScrollBar().setValue(self._heights.top(anchor) - above)
            self._settling = False
        top, height, now = self._heights.top(row), self._heights[row], self.verticalOffset()
        match hint:
            case Hint.PositionAtTop:
                return top
            case Hint.PositionAtBottom:
                return top + height - page
            case Hint.PositionAtCenter:
                return top - page // 4
        if top < now or height > page:
            return top
        return max(now, top + height - page)

    def moveCursor(
        self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier
    ) -> QModelIndex:
        count = len(self._heights)
        if not count:
            return QModelIndex()
        actions = QAbstractItemView.CursorAction
        now, page = self.currentIndex(), self.viewport().height()
        if not now.isValid() and action not in (actions.MoveHome, actions.MoveEnd):
            return self._rows.index(self._seen()[0])
        row = now.row()
        match action:
            case actions.MoveUp | actions.MovePrevious | actions.MoveLeft:
                row -= 1
            case actions.MoveDown | actions.MoveNext | actions.MoveRight:
                row += 1
            case actions.MovePageUp:
                row = min(row - 1, self._heights.row_at(self._heights.top(row) - page))
            case actions.MovePageDown:
                row = max(row + 1, self._heights.row_at(self._heights.top(row) + page))
            case actions.MoveHome:
                row = 0
            case actions.MoveEnd:
                row = count - 1
        return self._rows.index(min(max(0, row), count - 1))

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        if not self._heights:
            return
        top = self.verticalOffset()
        box = rect.normalized()
        first = self._heights.row_at(box.top() + top)
        last = self._heights.row_at(box.bottom() + top)
        chosen = QItemSelection(self._rows.index(first), self._rows.index(last))
        self.selectionModel().select(chosen, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())  # the visible part is enough

    def updateGeometries(self) -> None:
        page = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setPageStep(page)
        bar.setSingleStep(self._delegate.metrics.lineSpacing() * 2)
        bar.setRange(0, max(0, self._heights.total - page))

    def reset(self) -> None:
        self._scroll.stop()
        self._heights = RowHeights()  # the old heights belong to other rows
        with self._fits():
            super().reset()
            self.verticalScrollBar().setValue(0)
            self.remeasure()

    def doItemsLayout(self) -> None:
        """Do nothing: heights are handled by `remeasure`."""

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        by_itself = self._settling or self._fitting or self._scroll.moves
        self._settle()
        self.viewport().update()
        if not by_itself:
            self.moved.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.viewport().width() != self._width:
            self.remeasure()
        else:
            with self._fits():
                self.updateGeometries()
                self._settle()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        self.viewport().update()

    # --- painting ---

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
        current = self.currentIndex().row() if has_ring(self) else -1
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
            self._delegate.paint(painter, option, index)
        painter.end()

    # --- selection, mouse and keys ---

    def chosen_rows(self) -> list[int]:
        return sorted(index.row() for index in self.selectionModel().selectedIndexes())

    def selectionChanged(self, selected: QItemSelection, deselected: QItemSelection) -> None:
        super().selectionChanged(selected, deselected)
        self.rows_chosen.emit(self.chosen_rows())

    def _time_at(self, point: QPoint) -> int:
        """Return the row whose time is at a point, -1 for none."""
        index = self.indexAt(point)
        if not index.isValid():
            return -1
        inside = self._delegate.time_rect(self.visualRect(index)).contains(point)
        return index.row() if inside else -1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._scroll.stop()
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
        self._delegate.hovered_time = row
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
