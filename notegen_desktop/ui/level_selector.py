"""Chooses the level of detail of a note: three segments of which one holds."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from notegen_desktop.domain.notes import Level

from .widgets.segmented import Segmented

LEVEL_NAMES: Mapping[Level, tuple[str, str]] = {
    Level.CONCISE: ("Concise", "The essence, in 50 to 75 words a section (Ctrl+1)"),
    Level.STANDARD: ("Standard", "In 100 to 150 words a section (Ctrl+2)"),
    Level.COMPREHENSIVE: ("Comprehensive", "Everything, in 200 to 300 words a section (Ctrl+3)"),
}


class LevelSelector(Segmented):
    """Signals: `level_chosen(Level)`, by a person or by `set_level`."""

    level_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__([(level.value, name) for level, (name, _) in LEVEL_NAMES.items()], parent)
        self.setObjectName("levelSelector")
        self.setAccessibleName("Level of detail")
        for level, (name, tip) in LEVEL_NAMES.items():
            button = self.button(level.value)
            button.setObjectName(f"level:{level.value}")
            button.setToolTip(tip)
            button.setAccessibleName(f"{name} level")
        self.chosen.connect(lambda key: self.level_chosen.emit(Level(key)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    @property
    def level(self) -> Level:
        return Level(self.choice())

    def set_level(self, level: Level) -> None:
        self.choose(level.value)
