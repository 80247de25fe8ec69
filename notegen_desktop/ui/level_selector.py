"""Chooses the level of detail of a note: three segments of which one holds."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QPushButton, QSizePolicy, QWidget

from notegen_desktop.domain.notes import Level

from .theme import style

LEVEL_NAMES: Mapping[Level, tuple[str, str]] = {
    Level.CONCISE: ("Concise", "The essence, in 50 to 75 words a section (Ctrl+1)"),
    Level.STANDARD: ("Standard", "In 100 to 150 words a section (Ctrl+2)"),
    Level.COMPREHENSIVE: ("Comprehensive", "Everything, in 200 to 300 words a section (Ctrl+3)"),
}


class LevelSelector(QFrame):
    """Three segments of which one holds. Signals: `chosen(Level)` by the user."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("levelSelector")
        self.setAccessibleName("Level of detail")
        style(self, segmented=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 2, 2, 2)
        row.setSpacing(0)
        self._group = QButtonGroup(self)
        self._buttons: dict[Level, QPushButton] = {}
        for level, (name, tip) in LEVEL_NAMES.items():
            button = QPushButton(name, self)
            button.setObjectName(f"level:{level.value}")
            button.setCheckable(True)
            button.setToolTip(tip)
            button.setAccessibleName(f"{name} level")
            button.setProperty("segment", True)
            button.clicked.connect(lambda _=False, level=level: self.chosen.emit(level))
            self._group.addButton(button)
            self._buttons[level] = button
            row.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def level(self) -> Level:
        return next(level for level, button in self._buttons.items() if button.isChecked())

    def set_level(self, level: Level) -> None:
        self._buttons[level].setChecked(True)
