"""Says above a note why it is not whole, and offers the way on."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from notegen_desktop.domain.errors import Failure

from .rendering import one_line
from .theme import follow_theme, palette, set_icon, style


class NoteBanner(QFrame):
    """Why a note is not whole. Signals: `retry_wanted()`."""

    retry_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("noteBanner")
        self._message = QLabel(self)
        self._hint = QLabel(self)
        for label, role in ((self._message, "strong"), (self._hint, "muted")):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            style(label, role=role)
        self._retry = QPushButton(" Retry", self)
        set_icon(self._retry, "rotate-ccw", color="text")
        icon = QLabel(self)
        set_icon(icon, "circle-alert", color="danger", size=20)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._message)
        words.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 12, 16, 12)
        row.setSpacing(12)
        row.addWidget(icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self._retry, 0, Qt.AlignmentFlag.AlignVCenter)
        self._retry.clicked.connect(self.retry_wanted)
        follow_theme(self, self._restyle)
        self._restyle()
        self.hide()

    def show_failure(self, failure: Failure) -> None:
        self.show_words(failure.message, failure.hint, retry="Retry")

    def show_words(self, message: str, hint: str, *, retry: str) -> None:
        self._message.setText(one_line(message))
        self._hint.setText(one_line(hint))
        self._hint.setVisible(bool(hint))
        self._retry.setText(f" {retry}")
        self.show()

    def _restyle(self) -> None:
        colours = palette()
        self.setStyleSheet(
            f"QFrame#noteBanner {{ background: {colours.danger_soft}; border: none;"
            f" border-top: 1px solid {colours.border}; }}"
        )
