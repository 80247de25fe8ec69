"""The passages of a transcript: painted, chosen, and opened in the video at their time."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelection, QItemSelectionModel, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QStyle,
    QStyleOptionViewItem,
    QWidget,
)

from notegen_desktop.ui.kit.theme import style
from notegen_desktop.ui.kit.widgets import SearchField, icon_button

from .delegate import TranscriptDelegate
from .model import TranscriptModel
from .row_view import RowView


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


# --- The line above a transcript in which one searches what is said ---


class TranscriptSearch(QWidget):
    """A field, how many matches there are, and a way from one to the next.

    Signals: `led_to(int)` to the row of a match, which is in view now.
    """

    led_to = Signal(int)

    def __init__(self, rows: TranscriptModel, view: SegmentList, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self._list = view
        self.field = SearchField(self)
        self.field.setObjectName("transcriptSearch")
        self.field.setAccessibleName("Search the transcript")
        self.field.setPlaceholderText("Search what is said")
        self.count = QLabel(self)
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        style(self.count, role="caption")
        self.previous = icon_button("chevron-up", "Previous match (Shift+Enter)", self)
        self.following = icon_button("chevron-down", "Next match (Enter)", self)
        for button in (self.previous, self.following):
            button.setEnabled(False)
        line = QHBoxLayout(self)
        line.setContentsMargins(14, 6, 10, 8)
        line.setSpacing(2)
        line.addWidget(self.field, 1)
        line.addSpacing(4)
        line.addWidget(self.count)
        line.addWidget(self.previous)
        line.addWidget(self.following)
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.previous.clicked.connect(lambda: self.step(-1))
        self.following.clicked.connect(lambda: self.step(1))

    def search_again(self) -> None:
        """The same in another transcript."""
        if self.field.text():
            self._find(self.field.text())

    def open(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _find(self, text: str) -> None:
        count = self._rows.find(text)
        for button in (self.previous, self.following):
            button.setEnabled(count > 0)
        if not text.strip():
            self.count.setText("")
        elif not count:
            self.count.setText("Not found")
        else:
            # From where the reader is, not from the beginning.
            first = self._list.indexAt(QPoint(1, 1)).row()
            matches = self._rows.matches
            self._choose(next((n for n, m in enumerate(matches) if m.row >= first), 0))

    def step(self, by: int) -> None:
        """Go to the next match (1) or the one before (-1), round the end."""
        count = len(self._rows.matches)
        if count:
            self._choose((self._rows.chosen + by) % count)

    def _choose(self, number: int) -> None:
        match = self._rows.matches[number]
        self._rows.choose(number)
        self.count.setText(f"{number + 1} of {len(self._rows.matches)}")
        if not self._list.is_seen(match.row):
            self._list.scrollTo(
                self._rows.index(match.row), SegmentList.ScrollHint.PositionAtCenter
            )
        self.led_to.emit(match.row)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if (
            watched is self.field
            and isinstance(event, QKeyEvent)
            and event.type() == QEvent.Type.KeyPress
        ):
            match event.key():
                case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                    shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
                    self.step(-1 if shift else 1)
                    return True
                case Qt.Key.Key_Escape if self.field.text():
                    self.field.clear()
                    return True
                case Qt.Key.Key_Down if self._rows.rowCount():
                    self._go_to_list()
                    return True
        return super().eventFilter(watched, event)

    def _go_to_list(self) -> None:
        chosen = self._rows.chosen
        if chosen >= 0:
            index = self._rows.index(self._rows.matches[chosen].row)
        else:
            index = self._list.currentIndex()
        self._list.selectionModel().setCurrentIndex(
            index if index.isValid() else self._list.indexAt(QPoint(1, 1)),
            QItemSelectionModel.SelectionFlag.ClearAndSelect,
        )
        self._list.setFocus(Qt.FocusReason.OtherFocusReason)
