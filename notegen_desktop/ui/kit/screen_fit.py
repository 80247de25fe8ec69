"""A window is no larger than the screen that is there."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QWidget

TITLE_PX = 40
"""Room for the title bar, whose height is not known before a window is shown: 28 to 38 points in
the usual themes of GNOME, KDE and Windows."""


def fit_to_screen(window: QWidget) -> None:
    """Let a window be no larger than what its screen has free, and lie inside of that."""
    free = window.screen().availableGeometry()
    room = free.size() - QSize(0, TITLE_PX)
    window.setMinimumSize(window.minimumSize().boundedTo(room))
    sized = window.testAttribute(Qt.WidgetAttribute.WA_Resized)
    size = window.size() if sized else window.sizeHint()
    if size == size.boundedTo(room) or window.isMaximized() or window.isFullScreen():
        return
    window.resize(size.boundedTo(room))
    if window.testAttribute(Qt.WidgetAttribute.WA_Moved):
        corner = window.pos()
        window.move(
            max(free.left(), min(corner.x(), free.right() - window.width())),
            max(free.top(), min(corner.y(), free.bottom() - window.height() - TITLE_PX)),
        )
