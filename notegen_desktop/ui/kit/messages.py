"""Message bar: non-modal messages with text, hint and buttons.

The newest message is shown; closing it shows the one before.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QRect, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.text.cleaning import visible
from notegen_desktop.domain.words import _

from .build import button, delayed, hbox, icon_button, icon_label, label, named
from .screen_reader import announce, give_menu
from .theme import set_icon, style
from .widgets import Floating

SECONDS = 8
"""Seconds until a message without buttons is hidden."""

MAX_PX = 720
MARGIN_PX = 16
"""Maximum width of the bar and the margin around it, in pixels."""

MAX_BEHIND = 5
"""Maximum number of messages kept behind the one shown."""

UNDO_SECONDS = 30
"""Seconds until a message with an Undo button is hidden; Ctrl+Z works for longer."""

MAX_UNDOS = 20

_ICONS = {
    "info": ("info", "accent_ink"),
    "success": ("circle-check", "success"),
    "warning": ("triangle-alert", "warning"),
    "danger": ("circle-alert", "danger"),
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message with up to three buttons and a menu.

    `tone` is info, success, warning or danger; `action` and `other` are the labels of buttons,
    `later` that of a button that only closes the message. `behind` are (label, callback) entries of
    a menu, which keeps destructive actions apart from the buttons. `undo` reverts the reported
    change. `settle` is called when the message is closed without undo: it makes the change final.
    """

    text: str
    hint: str = ""
    tone: str = "info"
    action: str = ""
    on_action: Callable[[], object] | None = None
    other: str = ""
    on_other: Callable[[], object] | None = None
    later: str = ""
    behind: tuple[tuple[str, Callable[[], object]], ...] = ()
    undo: Callable[[], object] | None = None
    settle: Callable[[], object] | None = None


class MessageBar(Floating):
    """Card at the bottom of `over` that shows messages; hidden while there are none.

    Signals: `shown_changed(bool)` when it is shown or hidden, `undo_changed(bool)` with True while
    something can be undone.
    """

    shown_changed = Signal(bool)
    undo_changed = Signal(bool)

    def __init__(self, over: QWidget | None = None) -> None:
        super().__init__(over)
        self._foot: QWidget | None = None
        named(self, "messageBar", _("Messages"))
        self._messages: list[Message] = []
        self._undos: list[Message] = []
        self._icon = icon_label(size=18)
        self._text = label("", "messageText", wrap=True, selectable=True)
        self._action = button(
            "",
            "messageAction",
            pressed=lambda: self._answer(lambda message: message.undo or message.on_action),
        )
        self._other = button(
            "",
            "messageOther",
            kind="ghost",
            pressed=lambda: self._answer(lambda message: message.on_other),
        )
        self._later = button("", "messageLater", kind="ghost", pressed=self.dismiss)
        self._more = icon_button("ellipsis", _("Other ways"), name="messageMore")
        self.menu = give_menu(self._more, "messageMenu")
        self._close = icon_button(
            "x",
            _("Dismiss (Esc)"),
            name="messageClose",
            says=_("Dismiss this message"),
            size=14,
            pressed=self.dismiss,
        )
        hbox(
            self._icon,
            (self._text, 1),
            self._later,
            self._other,
            self._action,
            self._more,
            self._close,
            margins=(12, 8, 8, 8),
            spacing=10,
            on=self,
        )
        self._timer = delayed(self, SECONDS * 1000, self.dismiss)
        self._undo_timer = delayed(self, UNDO_SECONDS * 1000, self.dismiss)

    def text(self) -> str:
        """Return the text shown now; "" if the bar is empty."""
        return self._text.text() if self._messages else ""

    def show_message(self, message: Message) -> None:
        """Show a message on top; one with the same text is replaced."""
        self._messages = [one for one in self._messages if one.text != message.text][-MAX_BEHIND:]
        self._messages.append(message)
        if message.undo is not None:
            self._undos = [*self._undos[1 - MAX_UNDOS :], message]
            self.undo_changed.emit(True)
        self._show_top()
        announce(self, f"{message.text} {message.hint}".strip(), urgent=message.tone == "danger")

    def say(
        self,
        text: str,
        hint: str = "",
        tone: str = "info",
        *,
        action: str = "",
        on_action: Callable[[], object] | None = None,
        later: str = "",
        undo: Callable[[], object] | None = None,
    ) -> Message:
        """Build a message, show it, and return it so that it can be withdrawn."""
        message = Message(text, hint, tone, action, on_action, later=later, undo=undo)
        self.show_message(message)
        return message

    def say_done(self, words: str, *, undo: Callable[[], object] | None = None) -> None:
        """Show a success message; `undo` reverts the change."""
        self.say(words, tone="success", undo=undo)

    def show_failure(self, failure: Failure) -> None:
        self.say(failure.message, failure.hint, "danger")

    def withdraw(self, message: Message) -> None:
        """Remove a message from the stack, because it is no longer true."""
        self._messages = [one for one in self._messages if one.text != message.text]
        self._show_top()

    def dismiss(self) -> None:
        """Close the shown message; this makes its change final."""
        if self._messages:
            message = self._messages.pop()
            if message.settle is not None:
                self._forget_undo(message)
                message.settle()
        self._show_top()

    def undo(self) -> None:
        """Undo the last change, even if its message is closed."""
        if self._undos:
            message = self._undos[-1]
            self._forget_undo(message)
            self.withdraw(message)
            if message.undo is not None:
                message.undo()

    @property
    def can_undo(self) -> bool:
        """True if there is a change to undo."""
        return bool(self._undos)

    def _forget_undo(self, message: Message) -> None:
        self._undos = [one for one in self._undos if one is not message]
        self.undo_changed.emit(bool(self._undos))

    def _show_top(self) -> None:
        self._timer.stop()
        self._undo_timer.stop()
        if not self._messages:
            self.hide()
            self.shown_changed.emit(False)
            return
        message = self._messages[-1]
        words = f"{message.text} {message.hint}".strip()
        self._text.setText(_with_paths(visible(words)))
        self.setAccessibleDescription(words)
        icon, color = _ICONS[message.tone]
        set_icon(self._icon, icon, color=color, size=18)
        style(self, tone=message.tone)
        action = _("Undo") if message.undo is not None else message.action
        self._action.setText(action.replace("&", "&&"))
        self._action.setToolTip("Ctrl+Z" if message.undo is not None else "")
        self._action.setVisible(bool(action))
        self._later.setText(message.later)
        self._later.setVisible(bool(message.later))
        self._other.setText(message.other.replace("&", "&&"))
        self._other.setVisible(bool(message.other))
        self.menu.clear()
        for name, what in message.behind:
            chosen = self.menu.addAction(name.replace("&", "&&"))
            chosen.triggered.connect(partial(self._choose, what))
        self._more.setVisible(bool(message.behind))
        self.show()
        self.place()
        self.raise_()
        self.shown_changed.emit(True)
        if message.undo is not None:
            self._undo_timer.start()
        elif message.tone in ("info", "success") and not (message.action or message.other):
            self._timer.start()

    def stand_above(self, foot: QWidget) -> None:
        """Keep the bar above widget `foot` while that is visible."""
        self._foot = foot
        foot.installEventFilter(self)

    def place_on(self, over: QWidget) -> QRect:
        room = min(MAX_PX, over.width() - 2 * MARGIN_PX)
        text = self._text.fontMetrics().horizontalAdvance(self._text.text())
        parts = (self._icon, self._later, self._other, self._action, self._more, self._close)
        others = sum(part.sizeHint().width() + 10 for part in parts if not part.isHidden())
        width = max(1, min(room, text + others + 28))
        height = self.height_at(width)
        left = (over.width() - width) // 2
        foot = self._foot.height() if self._foot is not None and self._foot.isVisible() else 0
        return QRect(left, over.height() - foot - MARGIN_PX - height, width, height)

    def _choose(self, what: Callable[[], object], _: bool = False) -> None:
        self._answer(lambda message: what)

    def _answer(self, what: Callable[[Message], Callable[[], object] | None]) -> None:
        """Close the message, then call the pressed button's callback, which may show a new
        message."""
        if self._messages:
            message = self._messages.pop()
            act = what(message)
            self._forget_undo(message)
            self._show_top()
            if act is not None:
                act()


def _with_paths(words: str) -> str:
    """Mark paths left-to-right in a right-to-left window, so that the first slash stays left."""
    if not QGuiApplication.isRightToLeft():
        return words
    return re.sub(r"(?<!\S)(?=[~/])", "\u200e", words)
