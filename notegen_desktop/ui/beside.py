"""The column beside the notes: the player, while something is played, above the transcript."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget


class Beside(QSplitter):
    """Is there while one of its two parts is."""

    def __init__(self, panel: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.setObjectName("besideSplitter")
        self.setChildrenCollapsible(False)
        self.addWidget(panel)
        self.setStretchFactor(0, 1)
        panel.hide()
        self.hide()

    def add_player(self, player: QWidget) -> None:
        player.hide()
        self.insertWidget(0, player)
        self.setStretchFactor(0, 0)
        self.setStretchFactor(1, 1)

    def show_part(self, part: QWidget, *, shown: bool) -> None:
        part.setVisible(shown)
        parts = [self.widget(number) for number in range(self.count())]
        self.setVisible(any(each is not None and not each.isHidden() for each in parts))

    def give(self, part: QWidget, height: int) -> None:
        """Give a part this height in px, the other the rest."""
        rest = max(0, self.height() - height)
        self.setSizes([height if self.widget(n) is part else rest for n in range(self.count())])
