"""What stands in a place where there is nothing to show: a picture, a few words, a way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from notegen_desktop.services.machine.clean_text import visible
from notegen_desktop.ui.theme import set_icon, style


class EmptyState(QWidget):
    """Signals: `pressed()` the button of the way on."""

    pressed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._picture = QLabel(self)
        self._title = QLabel(self)
        self._words = QLabel(self)
        self._button = QPushButton(self)
        self._button.clicked.connect(self.pressed)
        style(self._title, role="title")
        style(self._words, role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 12, 24, 12)
        column.setSpacing(8)
        column.addStretch(2)
        for label in (self._picture, self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(label)
        for label in (self._title, self._words):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        column.addSpacing(8)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(3)

    def show_words(self, picture: str, title: str, words: str, *, action: str = "") -> None:
        set_icon(self._picture, picture, color="faint", size=40)
        self._title.setText(visible(title))
        self._words.setText(visible(words))
        self._words.setVisible(bool(words))
        self._button.setText(action)
        self._button.setVisible(bool(action))
