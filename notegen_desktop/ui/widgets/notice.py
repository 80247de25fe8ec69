"""What stands in the way of an order, and what can be pressed about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from notegen_desktop.ui.theme import style


class Notice(QFrame):
    """A warning with buttons; hidden while there is nothing to say.

    Signals: `pressed(str)` with the key of a button.
    """

    pressed = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setProperty("plane", "warning")
        self._words = QLabel()
        self._words.setObjectName(f"{name}Words")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        self._words.setWordWrap(True)
        style(self._words, role="caption", tone="warning")
        self._buttons = QHBoxLayout()
        self._buttons.setSpacing(4)
        self._buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 6, 6, 4)
        layout.setSpacing(2)
        layout.addWidget(self._words)
        layout.addLayout(self._buttons)
        self._shown: tuple[str, tuple[tuple[str, str], ...]] = ("", ())
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """A warning is never cut, however low the window is."""
        width = self.width() - 16
        self._words.setMinimumHeight(max(0, self._words.heightForWidth(width)))

    def text(self) -> str:
        """What it says; "" while it is hidden."""
        return self._shown[0]

    def say(self, words: str, buttons: tuple[tuple[str, str], ...] = ()) -> None:
        """`buttons` are (key, name); the object name of each is its key."""
        if (words, buttons) == self._shown:
            return
        self._shown = (words, buttons)
        while self._buttons.count() > 1:
            item = self._buttons.takeAt(0)
            old = item.widget() if item is not None else None
            if old is not None:
                old.hide()
                old.deleteLater()
        for place, (key, name) in enumerate(buttons):
            button = QPushButton(name)
            button.setObjectName(key)
            button.setAccessibleIdentifier(key)
            button.setProperty("kind", "link")
            button.clicked.connect(lambda _=False, key=key: self.pressed.emit(key))
            self._buttons.insertWidget(place, button)
        self._words.setText(words)
        self.setAccessibleName(words)
        self._fit()
        self.setVisible(bool(words))
