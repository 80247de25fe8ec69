"""A row of choices of which exactly one holds; arrow keys move between them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QWidget

from .theme import set_icon, style


class Segmented(QFrame):
    """Choices with a key and a name each.

    Signals: `chosen(str)` with the key, when a person or `choose` changes the choice.
    """

    chosen = Signal(str)

    def __init__(
        self,
        choices: Sequence[tuple[str, str]] | Sequence[tuple[str, str, str]],
        parent: QWidget | None = None,
    ) -> None:
        """`choices` are (key, name) or (key, name, icon name); the first one holds."""
        super().__init__(parent)
        self.setProperty("segmented", True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 2, 2, 2)
        layout.setSpacing(0)
        self._group = QButtonGroup(self)
        self._buttons: dict[str, QPushButton] = {}
        for number, (key, name, *icon_name) in enumerate(choices):
            button = QPushButton(name)
            button.setCheckable(True)
            button.setAutoExclusive(True)  # a screen reader calls it one of several choices
            button.setProperty("segment", True)
            button.setAccessibleName(name)
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            if icon_name:
                set_icon(button, icon_name[0])
            button.setChecked(number == 0)
            self._group.addButton(button, number)
            self._buttons[key] = button
            layout.addWidget(button)
        self._keys = list(self._buttons)
        self._now = self._keys[0]
        self._group.idToggled.connect(self._toggled)
        self._stop_at_choice()

    def choice(self) -> str:
        return self._now

    def choose(self, key: str) -> None:
        """Raises KeyError for a key that is no choice."""
        self._buttons[key].setChecked(True)

    def button(self, key: str) -> QPushButton:
        return self._buttons[key]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        at = (self._keys.index(self._now) + step) % len(self._keys)
        self._buttons[self._keys[at]].setChecked(True)
        self._buttons[self._keys[at]].setFocus(Qt.FocusReason.TabFocusReason)

    def _toggled(self, number: int, checked: bool) -> None:
        if checked:
            self._now = self._keys[number]
            self._stop_at_choice()
            self.chosen.emit(self._now)

    def _stop_at_choice(self) -> None:
        """Tab stops once, at what holds; the arrow keys do the rest."""
        for key, button in self._buttons.items():
            holds = key == self._now
            button.setFocusPolicy(
                Qt.FocusPolicy.StrongFocus if holds else Qt.FocusPolicy.ClickFocus
            )

    def set_tight(self, tight: bool) -> None:
        """Take less room."""
        for button in self._buttons.values():
            style(button, tight=tight)
