"""A field to search with: a magnifying glass before the words, a button to clear them behind."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QLineEdit, QToolButton, QWidget

from notegen_desktop.ui.theme import set_icon, style


class SearchField(QLineEdit):
    """A field with a magnifying glass and a button to clear it.

    Qt's own places for both are lost when a stylesheet sets a padding.
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._glass = QLabel(self)
        self._glass.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._glass.setFixedSize(16, 16)
        set_icon(self._glass, "search")
        self._clear = QToolButton(self)
        self._clear.setCursor(Qt.CursorShape.ArrowCursor)
        self._clear.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Esc in the field does it
        self._clear.setToolTip("Clear the search (Esc)")
        self._clear.setAccessibleName("Clear the search")
        style(self._clear, kind="icon")
        set_icon(self._clear, "x", size=14)
        self._clear.clicked.connect(self.clear)
        self._clear.hide()
        self.textChanged.connect(lambda text: self._clear.setVisible(bool(text)))
        self.setTextMargins(24, 0, 26, 0)
        self.setAcceptDrops(False)  # a link dropped anywhere on the window is one to a video

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        side = self._clear.sizeHint().height()
        self._clear.move(self.width() - side - 3, (self.height() - side) // 2)
        self._glass.move(12, (self.height() - 16) // 2)
