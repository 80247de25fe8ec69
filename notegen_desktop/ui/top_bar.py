"""The bar above the pages: which page, what goes on, and the settings."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QToolButton, QWidget

from .theme import set_icon
from .widgets.segmented import Segmented


class TopBar(QFrame):
    """`pages` chooses between "notes" and "library"; two buttons stand on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topBar")
        self.pages = Segmented((("notes", "Notes", "file-text"), ("library", "Library", "library")))
        self.pages.setObjectName("pageSwitch")
        self.pages.setAccessibleName("Page")
        self.activity = _button("activityButton", "Activity", "activity")
        self.activity.setCheckable(True)
        self.activity.setToolTip("Activity: requests, limits and cost (Ctrl+Shift+A)")
        self.settings = _button("settingsButton", "Settings", "settings")
        self.settings.setToolTip("Settings (Ctrl+,)")
        bar = QHBoxLayout(self)
        bar.setContentsMargins(20, 10, 12, 10)
        bar.addWidget(self.pages)
        bar.addStretch(1)
        bar.addWidget(self.activity)
        bar.addWidget(self.settings)


def _button(name: str, accessible: str, picture: str) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    button.setProperty("kind", "icon")
    button.setAccessibleName(accessible)
    set_icon(button, picture, size=18)
    return button
