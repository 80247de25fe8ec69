"""Inline messages above the work: what happened, what to do next, and one thing to press.

Nothing here is modal. The newest message is shown; closing it shows the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.text.cleaning import visible

from .screen_reader import announce
from .theme import set_icon, style

SECONDS = 8
"""How long a piece of news that asks for nothing stays."""

MOST = 5
"""Messages kept behind the one shown."""

_ICONS = {
    "info": ("info", "accent_ink"),
    "success": ("circle-check", "success"),
    "warning": ("triangle-alert", "warning"),
    "danger": ("circle-alert", "danger"),
}


@dataclass(frozen=True, slots=True)
class Message:
    """`tone` is info, success, warning or danger; `action` and `other` name the buttons."""

    text: str
    hint: str = ""
    tone: str = "info"
    action: str = ""
    on_action: Callable[[], object] | None = None
    other: str = ""
    on_other: Callable[[], object] | None = None


class MessageBar(QFrame):
    """The strip that shows messages; hidden while there are none.

    Signals: `shown_changed(bool)` when it comes or goes.
    """

    shown_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("messageBar")
        self.setAccessibleName("Messages")
        self._messages: list[Message] = []
        self._icon = QLabel()
        self._icon.setFixedSize(18, 18)
        self._text = QLabel()
        self._text.setObjectName("messageText")
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setWordWrap(True)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._action = QPushButton()
        self._action.setObjectName("messageAction")
        self._action.clicked.connect(self._act)
        self._other = QPushButton()
        self._other.setObjectName("messageOther")
        self._other.setProperty("kind", "ghost")
        self._other.clicked.connect(self._act_otherwise)
        self._close = QToolButton()
        self._close.setObjectName("messageClose")
        self._close.setProperty("kind", "icon")
        self._close.setToolTip("Dismiss (Esc)")
        self._close.setAccessibleName("Dismiss this message")
        set_icon(self._close, "x", size=14)
        self._close.clicked.connect(self.dismiss)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 6, 6, 6)
        layout.setSpacing(10)
        layout.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._text, 1)
        layout.addWidget(self._other)
        layout.addWidget(self._action)
        layout.addWidget(self._close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SECONDS * 1000)
        self._timer.timeout.connect(self.dismiss)
        self.hide()

    def text(self) -> str:
        """What is shown now; "" if nothing is."""
        return self._text.text() if self._messages else ""

    def show_message(self, message: Message) -> None:
        """Show it above what is there; the same again is shown once."""
        self._messages = [one for one in self._messages if one.text != message.text][-MOST:]
        self._messages.append(message)
        self._show_top()
        announce(self, f"{message.text} {message.hint}".strip(), urgent=message.tone == "danger")

    def show_failure(
        self,
        failure: Failure,
        *,
        action: str = "",
        on_action: Callable[[], object] | None = None,
    ) -> None:
        self.show_message(Message(failure.message, failure.hint, "danger", action, on_action))

    def withdraw(self, message: Message) -> None:
        """Take away a message wherever it stands: what it says does not hold any more."""
        self._messages = [one for one in self._messages if one.text != message.text]
        self._show_top()

    def dismiss(self) -> None:
        """Take away the message shown."""
        if self._messages:
            self._messages.pop()
        self._show_top()

    def _show_top(self) -> None:
        self._timer.stop()
        if not self._messages:
            self.hide()
            self.shown_changed.emit(False)
            return
        message = self._messages[-1]
        words = f"{message.text} {message.hint}".strip()
        self._text.setText(visible(words))
        self.setAccessibleDescription(words)
        icon, color = _ICONS[message.tone]
        set_icon(self._icon, icon, color=color, size=18)
        style(self, tone=message.tone)
        self._action.setText(message.action.replace("&", "&&"))
        self._action.setVisible(bool(message.action))
        self._other.setText(message.other.replace("&", "&&"))
        self._other.setVisible(bool(message.other))
        self.show()
        self.shown_changed.emit(True)
        if message.tone in ("info", "success") and not message.action:
            self._timer.start()

    def _act(self) -> None:
        if self._messages:
            self._do(self._messages[-1].on_action)

    def _act_otherwise(self) -> None:
        if self._messages:
            self._do(self._messages[-1].on_other)

    def _do(self, what: Callable[[], object] | None) -> None:
        """Gone first: what is done may have news of its own."""
        self.dismiss()
        if what is not None:
            what()
