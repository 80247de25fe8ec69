"""The focus ring: drawn for those who use the keyboard, as `:focus-visible` of CSS has it.

The stylesheet draws it where the property `ring` is set; what paints itself asks `has_ring`. Fields
that take text show that they have the focus however they came to it.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtWidgets import QApplication, QWidget

_MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_Meta)
"""Held for the mouse, too."""


class FocusRing(QObject):
    """Notices whether keys or the mouse were used last, and tells what has the focus.

    It looks at events before widgets get them, in windows only: a filter in Python for all events
    of all widgets would slow everything down. `show(widget, ring)` is how a widget is told.
    """

    def __init__(self, app: QApplication, show: Callable[[QWidget, bool], None]) -> None:
        super().__init__(app)
        self._tell = show
        self._by_keyboard = False
        app.focusWindowChanged.connect(self._watch)
        app.focusChanged.connect(self._follow)

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress:
            self._turn(by_keyboard=False)
        elif isinstance(event, QKeyEvent) and event.key() not in _MODIFIERS:
            self._turn(by_keyboard=True)
        return False

    def _turn(self, *, by_keyboard: bool) -> None:
        if by_keyboard is not self._by_keyboard:
            self._by_keyboard = by_keyboard
            self._show(QApplication.focusWidget())

    def _follow(self, _old: QWidget | None, now: QWidget | None) -> None:
        if now is not None and now.window().testAttribute(
            Qt.WidgetAttribute.WA_KeyboardFocusChange
        ):
            self._by_keyboard = True
        self._show(now)

    def _show(self, widget: QWidget | None) -> None:
        if widget is not None:
            self._tell(widget, self._by_keyboard)


def has_ring(widget: QWidget | None) -> bool:
    """Whether a widget that paints itself is to show that it has the focus."""
    return widget is not None and widget.hasFocus() and bool(widget.property("ring"))
