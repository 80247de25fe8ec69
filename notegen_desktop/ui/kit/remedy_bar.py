"""Rows of buttons that wrap; remedies for a refused video, as such a row or as menu entries."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QLayout,
    QLayoutItem,
    QMenu,
    QSizePolicy,
    QWidget,
)

from notegen_desktop.domain.jobs.remedies import Remedy, RemedyKind

from .build import Item, Margins, button, clear, hbox
from .theme import icon

_ICONS = {
    RemedyKind.COOKIES: "key",
    RemedyKind.PROXY: "globe",
    RemedyKind.SPEECH: "mic",
    RemedyKind.UPDATE: "download",
    RemedyKind.WATCH: "eye",
    RemedyKind.FILE: "folder-open",
}


class FlowLayout(QLayout):
    """Layout that wraps items into lines, `below` pixels apart."""

    def __init__(self, parent: QWidget, *, spacing: int, left: int = 0, below: int = 0) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._left, self._below = left, below
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(spacing)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._laid_out(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._laid_out(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        return size + QSize(self._left, 0)

    def _laid_out(self, rect: QRect, *, move: bool) -> int:
        """Return the height of all lines in pixels; with `move`, also place the items."""
        owner = self.parentWidget()
        right_to_left = owner is not None and owner.isRightToLeft()
        x, y, line = self._left, 0, 0
        for item in self._items:
            if item.isEmpty():
                continue  # hidden
            size = item.sizeHint()
            if x > self._left and x + size.width() > rect.width():
                x, y, line = self._left, y + line + self._below, 0
            if move:
                left = rect.right() + 1 - x - size.width() if right_to_left else rect.left() + x
                item.setGeometry(QRect(QPoint(left, rect.top() + y), size))
            x += size.width() + self.spacing()
            line = max(line, size.height())
        return y + line


class ActionBar(QFrame):
    """Text and buttons in one line; if that is too short, the buttons wrap below the text."""

    def __init__(self, name: str, *, margins: Margins, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._margins = margins
        self._about = QWidget(self)
        self._actions = QWidget(self)
        self._flow = FlowLayout(self._actions, spacing=8, below=6)
        self._row = hbox((self._about, 1), self._actions, margins=margins, on=self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def fill(self, about: Sequence[Item], actions: Sequence[QWidget]) -> None:
        """Put in the text, and widgets that keep their size."""
        hbox(*about, on=self._about)
        for each in actions:
            self._flow.addWidget(each)
        self.fit()

    def fit(self) -> None:
        """Lay out again, after the text changed or an action was shown or hidden."""
        items = [self._flow.itemAt(place) for place in range(self._flow.count())]
        widths = [each.sizeHint().width() for each in items if each and not each.isEmpty()]
        needed = sum(widths) + self._flow.spacing() * max(0, len(widths) - 1)
        left, _top, right, _bottom = self._margins
        room = self.width() - left - right - self._row.spacing()
        fits = self._about.minimumSizeHint().width() + needed <= room
        direction = QBoxLayout.Direction
        self._row.setDirection(direction.LeftToRight if fits else direction.TopToBottom)
        self._actions.setMinimumWidth(needed if fits else 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


class RemedyBar(QWidget):
    """Row of buttons for remedies; hidden without any. Signals: `chosen(Remedy)`."""

    chosen = Signal(object)

    def __init__(self, name: str, *, left: int = 0, parent: QWidget | None = None) -> None:
        """`left` is the margin in pixels at the start of lines."""
        super().__init__(parent)
        self.setObjectName(name)
        self.shown: tuple[Remedy, ...] = ()
        self._flow = FlowLayout(self, spacing=4, left=left)
        self.hide()

    def show_remedies(self, offered: Sequence[Remedy]) -> None:
        if tuple(offered) == self.shown:
            return
        self.shown = tuple(offered)
        clear(self._flow)
        for remedy in self.shown:
            name = f"remedy:{remedy.kind}{':' if remedy.value else ''}{remedy.value}"
            press = button(
                remedy.words,
                name,
                kind="link",
                icon=_ICONS[remedy.kind],
                tip=remedy.tip,
                pressed=lambda _=False, it=remedy: self.chosen.emit(it),
            )
            press.setAccessibleIdentifier(name)
            press.setAccessibleDescription(remedy.tip)
            self._flow.addWidget(press)
        self.setVisible(bool(self.shown))
        self.updateGeometry()


def add_remedies(
    menu: QMenu, offered: Sequence[Remedy], chosen: Callable[[Remedy], object]
) -> None:
    """Append remedies to a menu."""
    for remedy in offered:
        entry = menu.addAction(icon(_ICONS[remedy.kind]), remedy.words)
        entry.setToolTip(remedy.tip)
        entry.triggered.connect(lambda _=False, it=remedy: chosen(it))
