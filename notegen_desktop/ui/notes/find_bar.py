"""The bar at the foot of a note that finds text in it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

from notegen_desktop.ui.kit.theme import style
from notegen_desktop.ui.kit.widgets import icon_button

from .note_view import NoteView


class FindBar(QFrame):
    """Finds text in the note. Signals: `closed()`."""

    closed = Signal()

    def __init__(self, view: NoteView, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("findBar")
        self._view = view
        self._edit = QLineEdit(self)
        self._edit.setAcceptDrops(False)  # the window takes what is dropped
        self._edit.setObjectName("findEdit")
        self._edit.setPlaceholderText("Find in this note")
        self._edit.setAccessibleName("Find in this note")
        self._edit.setMaximumWidth(320)
        self._count = QLabel(self)
        self._count.setTextFormat(Qt.TextFormat.PlainText)
        style(self._count, role="caption")
        previous = icon_button("chevron-up", "Previous match (Shift+Enter)", self)
        following = icon_button("chevron-down", "Next match (Enter)", self)
        close = icon_button("x", "Close (Esc)", self)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(6)
        row.addWidget(self._edit, 1)
        row.addWidget(previous)
        row.addWidget(following)
        row.addWidget(self._count)
        row.addStretch(1)
        row.addWidget(close)
        self._edit.textChanged.connect(self._search)
        previous.clicked.connect(lambda: self._step(backward=True))
        following.clicked.connect(lambda: self._step(backward=False))
        close.clicked.connect(self.close_bar)
        view.found.connect(self._recount)
        self.hide()

    def open_bar(self) -> None:
        """Show the bar, with what is selected to look for."""
        selected = self._view.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self._edit.setText(selected)
        self.show()
        self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._edit.selectAll()
        self._search(self._edit.text())

    def close_bar(self) -> None:
        self.hide()
        self._view.find_all("")
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._step(backward=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def _search(self, text: str) -> None:
        count = self._view.find_all(text)
        self._count.setText("" if not text else "Not found" if not count else f"{count} found")
        if count:
            cursor = self._view.textCursor()
            cursor.setPosition(cursor.selectionStart())
            self._view.setTextCursor(cursor)
            self._step(backward=False)

    def _recount(self, total: int) -> None:
        """All of a long note is there now."""
        number = self._view.match_number
        if number:
            self._count.setText(f"{number} of {total}")
        elif total:
            self._search(self._edit.text())

    def _step(self, *, backward: bool) -> None:
        total = self._view.find_all(self._edit.text())
        number = self._view.find_next(backward=backward)
        if number:
            self._count.setText(f"{number} of {total}")
