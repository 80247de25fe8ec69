"""Messages over the work: what happened, what to do next, and one thing to press.

Nothing here is modal. The newest message is shown; closing it shows the one before.
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
"""How long a piece of news that asks for nothing stays."""

MAX_PX = 720
MARGIN_PX = 16
"""Its largest width, and what stays free around it."""

MAX_BEHIND = 5
"""Messages kept behind the one shown."""

UNDO_SECONDS = 30
"""How long a message stays that can undo what it tells of; Ctrl+Z can for longer."""

MAX_UNDOS = 20

_ICONS = {
    "info": ("info", "accent_ink"),
    "success": ("circle-check", "success"),
    "warning": ("triangle-alert", "warning"),
    "danger": ("circle-alert", "danger"),
}


@dataclass(frozen=True, slots=True)
class Message:
    """`tone` is info, success, warning or danger; `action` and `other` name the buttons, `later`
    one that only takes the message away. `behind` are further ways, by name, in a menu: what
    destroys something does not stand beside what does not.

    `undo` takes back what the message tells of. `settle` is called when the message goes without
    that: what waited for it is carried out, and can be undone no more.
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
    """The card that shows messages, at the foot of `over`; hidden while there are none.

    Signals: `shown_changed(bool)` when it comes or goes, `undo_changed(bool)` whether there is
    something to undo.
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
        """What is shown now; "" if nothing is."""
        return self._text.text() if self._messages else ""

    def show_message(self, message: Message) -> None:
        """Show it above what is there; the same again is shown once."""
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
        """Show a message made of these, by which it can be withdrawn."""
        message = Message(text, hint, tone, action, on_action, later=later, undo=undo)
        self.show_message(message)
        return message

    def say_done(self, words: str, *, undo: Callable[[], object] | None = None) -> None:
        """What was wished is done; `undo` takes it back."""
        self.say(words, tone="success", undo=undo)

    def show_failure(self, failure: Failure) -> None:
        self.say(failure.message, failure.hint, "danger")

    def withdraw(self, message: Message) -> None:
        """Take away a message wherever it stands: what it says does not hold any more."""
        self._messages = [one for one in self._messages if one.text != message.text]
        self._show_top()

    def dismiss(self) -> None:
        """Take away the message shown."""
        if self._messages:
            message = self._messages.pop()
            if message.settle is not None:
                self._forget_undo(message)
                message.settle()
        self._show_top()

    def undo(self) -> None:
        """Take back what was done last, also when its message has gone."""
        if self._undos:
            message = self._undos[-1]
            self._forget_undo(message)
            self.withdraw(message)
            if message.undo is not None:
                message.undo()

    @property
    def can_undo(self) -> bool:
        """Whether there is something to take back."""
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
        """Leave free a bar at the foot of what it lies over, while that is to be seen."""
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
        """Do what a button stands for; the message goes first, as there may be news of its own."""
        if self._messages:
            message = self._messages.pop()
            act = what(message)
            self._forget_undo(message)
            self._show_top()
            if act is not None:
                act()


def _with_paths(words: str) -> str:
    """Where the window runs from right to left, the first slash of a path stays on its left."""
    if not QGuiApplication.isRightToLeft():
        return words
    return re.sub(r"(?<!\S)(?=[~/])", "\u200e", words)
