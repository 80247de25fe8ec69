"""Messages over the work: what happened, what to do next, and one thing to press.

Nothing here is modal. The newest message is shown; closing it shows the one before.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QRect, Signal
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.text.cleaning import visible

from .build import button, delayed, hbox, icon_button, icon_label, label
from .floating import Floating
from .screen_reader import announce
from .theme import set_icon, style

SECONDS = 8
"""How long a piece of news that asks for nothing stays."""

MAX_PX = 720
MARGIN_PX = 16
"""Its largest width, and what stays free around it."""

MAX_BEHIND = 5
"""Messages kept behind the one shown."""

_ICONS = {
    "info": ("info", "accent_ink"),
    "success": ("circle-check", "success"),
    "warning": ("triangle-alert", "warning"),
    "danger": ("circle-alert", "danger"),
}


@dataclass(frozen=True, slots=True)
class Message:
    """`tone` is info, success, warning or danger; `action` and `other` name the buttons, `later`
    one that only takes the message away."""

    text: str
    hint: str = ""
    tone: str = "info"
    action: str = ""
    on_action: Callable[[], object] | None = None
    other: str = ""
    on_other: Callable[[], object] | None = None
    later: str = ""


class MessageBar(Floating):
    """The card that shows messages, at the foot of `over`; hidden while there are none.

    Signals: `shown_changed(bool)` when it comes or goes.
    """

    shown_changed = Signal(bool)

    def __init__(self, over: QWidget | None = None) -> None:
        super().__init__(over)
        self.setObjectName("messageBar")
        self.setAccessibleName("Messages")
        self._messages: list[Message] = []
        self._icon = icon_label(size=18)
        self._text = label("", "messageText", wrap=True, selectable=True)
        self._action = button(
            "", "messageAction", pressed=lambda: self._answer(lambda message: message.on_action)
        )
        self._other = button(
            "",
            "messageOther",
            kind="ghost",
            pressed=lambda: self._answer(lambda message: message.on_other),
        )
        self._later = button("", "messageLater", kind="ghost", pressed=self.dismiss)
        self._close = icon_button(
            "x",
            "Dismiss (Esc)",
            name="messageClose",
            says="Dismiss this message",
            size=14,
            pressed=self.dismiss,
        )
        hbox(
            self._icon,
            (self._text, 1),
            self._later,
            self._other,
            self._action,
            self._close,
            margins=(12, 8, 8, 8),
            spacing=10,
            on=self,
        )
        self._timer = delayed(self, SECONDS * 1000, self.dismiss)

    def text(self) -> str:
        """What is shown now; "" if nothing is."""
        return self._text.text() if self._messages else ""

    def show_message(self, message: Message) -> None:
        """Show it above what is there; the same again is shown once."""
        self._messages = [one for one in self._messages if one.text != message.text][-MAX_BEHIND:]
        self._messages.append(message)
        self._show_top()
        announce(self, f"{message.text} {message.hint}".strip(), urgent=message.tone == "danger")

    def show_failure(self, failure: Failure) -> None:
        self.show_message(Message(failure.message, failure.hint, "danger"))

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
        self._later.setText(message.later)
        self._later.setVisible(bool(message.later))
        self._other.setText(message.other.replace("&", "&&"))
        self._other.setVisible(bool(message.other))
        self.show()
        self.place()
        self.raise_()
        self.shown_changed.emit(True)
        if message.tone in ("info", "success") and not (message.action or message.other):
            self._timer.start()

    def place_on(self, over: QWidget) -> QRect:
        room = min(MAX_PX, over.width() - 2 * MARGIN_PX)
        text = self._text.fontMetrics().horizontalAdvance(self._text.text())
        parts = (self._icon, self._later, self._other, self._action, self._close)
        others = sum(part.sizeHint().width() + 10 for part in parts if not part.isHidden())
        width = max(1, min(room, text + others + 28))
        height = self.height_at(width)
        left = (over.width() - width) // 2
        return QRect(left, over.height() - MARGIN_PX - height, width, height)

    def _answer(self, what: Callable[[Message], Callable[[], object] | None]) -> None:
        """Do what a button stands for; the message goes first, as there may be news of its own."""
        if self._messages:
            act = what(self._messages[-1])
            self.dismiss()
            if act is not None:
                act()
