"""How high the rows of a list are: guessed until they are seen, then measured. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import accumulate

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QWidget,
)

from notegen_desktop.ui.kit.scrolling import Glide, eye_at

from .delegate import TranscriptDelegate
from .model import TranscriptModel


class RowHeights:
    """Heights in px, and where each row begins."""

    def __init__(self, guesses: Sequence[int] = ()) -> None:
        self._heights = list(guesses)
        self._known = bytearray(len(self._heights))
        self._tops: list[int] = [0]
        self._sum_up()

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, row: int) -> int:
        return self._heights[row]

    @property
    def total(self) -> int:
        return self._tops[-1]

    @property
    def measured(self) -> int:
        """How many rows are known and no longer guessed."""
        return sum(self._known)

    def top(self, row: int) -> int:
        return self._tops[row]

    def is_known(self, row: int) -> bool:
        return bool(self._known[row])

    def row_at(self, y: float) -> int:
        """The row at a height; the first above all, the last below; -1 without any."""
        return min(max(0, bisect_right(self._tops, y) - 1), len(self._heights) - 1)

    def place_at(self, y: float) -> float:
        """The row at a height, and how far through it: 2.5 is the middle of the third."""
        row = self.row_at(y)
        if row < 0:
            return 0.0
        share = (y - self._tops[row]) / max(1, self._heights[row])
        return row + min(1.0, max(0.0, share))

    def learn(self, real: Iterable[tuple[int, int]]) -> bool:
        """Take over measured rows as (row, height); whether any differs from its guess."""
        differs = False
        for row, height in real:
            self._known[row] = 1
            differs = differs or height != self._heights[row]
            self._heights[row] = height
        if differs:
            self._sum_up()
        return differs

    def _sum_up(self) -> None:
        self._tops = [0, *accumulate(self._heights)]


# --- A list of rows of many heights that looks only at what is seen ---

Index = QModelIndex | QPersistentModelIndex
Hint = QAbstractItemView.ScrollHint

SAMPLE = 60
"""Rows whose words tell how wide a character of this transcript is on average."""


class RowView(QListView):
    """Lays out and scrolls; subclasses paint and take clicks.

    Signals: `moved()` somebody has scrolled, by hand or to a row they were looking for. A glide,
    another width or height are no such moves.
    """

    moved = Signal()

    def __init__(
        self, model: TranscriptModel, delegate: TranscriptDelegate, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._rows = model
        self._look = delegate
        self._heights = RowHeights()
        self._width = -1
        self._settling = False
        self._fitting = False
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setItemDelegate(delegate)
        self._glide = Glide(self)
        self.setModel(model)

    # --- heights ---

    def measure_anew(self) -> None:
        """The rows, their look or the width have become others: guess every height again."""
        anchor, above = self._anchor()
        self._width = self.viewport().width()
        spoken = self._rows.spoken
        guesses: Sequence[int] = ()
        if spoken is not None:
            guesses = self._look.guesses(spoken.segments, self._width, self._char_width())
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
        """What scrolls meanwhile does so by itself."""
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
        return self._look.metrics.horizontalAdvance(text) / max(1, len(text))

    def _measure(self, rows: Iterable[int]) -> bool:
        """Know the heights of rows; whether any was guessed wrong."""
        return self._heights.learn(
            (row, self._look.height(self._rows.row(row), self._width))
            for row in rows
            if not self._heights.is_known(row)
        )

    def _settle(self) -> None:
        """Measure what is seen, without moving it."""
        if self._settling or not self._heights:
            return
        self._settling = True
        try:
            for _ in range(4):  # a row found to be lower lets others come into view
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
        """The row at the top of the view, and how many px of it are above."""
        if not self._heights:
            return 0, 0
        top = self.verticalOffset()
        row = self._heights.row_at(top)
        return row, self._heights.top(row) - top

    @property
    def place(self) -> float:
        """The row at which the eyes are, and how far through it: 2.5 is the middle of the third."""
        bar = self.verticalScrollBar()
        eye = eye_at(bar.value(), page=self.viewport().height(), most=bar.maximum())
        return self._heights.place_at(eye)

    def rows_seen(self) -> list[int]:
        """The rows in view, more than by their edge."""
        if not self._heights:
            return []
        first, last = self._seen()
        return [row for row in range(first, last + 1) if self.is_seen(row)]

    # --- what Qt asks of a view ---

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

    def glide_to(self, row: int) -> None:
        """Bring a row to the upper third, gently where it is near."""
        self._glide.to(self._value_for(row, Hint.PositionAtCenter))

    def is_seen(self, row: int) -> bool:
        """Whether a row is in view, more than by its edge."""
        if not 0 <= row < len(self._heights):
            return False
        top = self._heights.top(row) - self.verticalOffset()
        return top >= 0 and top + min(40, self._heights[row]) <= self.viewport().height()

    def _value_for(self, row: int, hint: Hint) -> int:
        page = self.viewport().height()
        # What will be seen around the row is measured first, or it would not stay there.
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

    def isIndexHidden(self, index: Index) -> bool:
        return False

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
        return QRegion(self.viewport().rect())  # what is not seen needs no redrawing

    def updateGeometries(self) -> None:
        page = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setPageStep(page)
        bar.setSingleStep(self._look.metrics.lineSpacing() * 2)
        bar.setRange(0, max(0, self._heights.total - page))

    def reset(self) -> None:
        self._glide.stop()
        self._heights = RowHeights()  # those were of other rows
        with self._fits():
            super().reset()
            self.verticalScrollBar().setValue(0)
            self.measure_anew()

    def doItemsLayout(self) -> None:
        """Rows of other heights are asked for with `measure_anew`; there is no layout to make."""

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        by_itself = self._settling or self._fitting or self._glide.moves
        self._settle()
        self.viewport().update()
        if not by_itself:
            self.moved.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        if self.viewport().width() != self._width:
            self.measure_anew()
        else:
            with self._fits():
                self.updateGeometries()
                self._settle()

    def dataChanged(self, first: Index, last: Index, roles: Sequence[int] = ()) -> None:
        self.viewport().update()
