"""The box that is ticked, for rows that are painted."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen

from notegen_desktop.ui.theme import theme

BOX_PX = 18


def paint_box(painter: QPainter, box: QRectF, *, ticked: bool, hovered: bool) -> None:
    tokens = theme().palette
    if ticked:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(tokens.accent))
        painter.drawRoundedRect(box, 5, 5)
        mark = theme().icon("check", color="accent_text", size=14)
        mark.paint(painter, box.adjusted(2, 2, -2, -2).toRect())
    else:
        painter.setPen(QPen(QColor(tokens.accent if hovered else tokens.faint), 1.2))
        painter.setBrush(QColor(tokens.surface))
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)


def is_ticked(index: QModelIndex | QPersistentModelIndex) -> bool:
    return index.data(Qt.ItemDataRole.CheckStateRole) in (
        Qt.CheckState.Checked,
        Qt.CheckState.Checked.value,
    )


def toggles(event: QEvent) -> bool | None:
    """Whether an event ticks a row: a click anywhere in it, or Space.

    None if it is no business of the row's; False if it is to be swallowed.
    """
    if isinstance(event, QMouseEvent):
        released = event.type() is QEvent.Type.MouseButtonRelease
        if released and event.button() is Qt.MouseButton.LeftButton:
            return True
        return False if event.type() is QEvent.Type.MouseButtonDblClick else None
    if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space:
        return True
    return None


def state(ticked: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
