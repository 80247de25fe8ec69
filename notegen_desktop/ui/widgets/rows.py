"""What painted rows have in common: the ground below them, and their two sides."""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from notegen_desktop.ui.theme import palette


def is_mirrored(option: QStyleOptionViewItem) -> bool:
    return bool(option.direction == Qt.LayoutDirection.RightToLeft)


def sides(option: QStyleOptionViewItem) -> tuple[Qt.AlignmentFlag, Qt.AlignmentFlag]:
    """Where words begin and where they end, half-way up the row."""
    left = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
    return (right, left) if is_mirrored(option) else (left, right)


def trimmed(rect: QRect, option: QStyleOptionViewItem, *, end: int) -> QRect:
    """Without so many px at the side where words end."""
    return rect.adjusted(end, 0, 0, 0) if is_mirrored(option) else rect.adjusted(0, 0, -end, 0)


def paint_ground(
    painter: QPainter, option: QStyleOptionViewItem, *, margin: int = 2, radius: int = 8
) -> None:
    """Tinted if the row is chosen or under the mouse, with a line around the current one."""
    colours, state = palette(), option.state
    ground = QRectF(option.rect).adjusted(margin, 1, -margin, -1)
    painter.setPen(Qt.PenStyle.NoPen)
    if state & QStyle.StateFlag.State_Selected:
        painter.setBrush(QColor(colours.accent_soft))
        painter.drawRoundedRect(ground, radius, radius)
    elif state & QStyle.StateFlag.State_MouseOver:
        painter.setBrush(QColor(colours.hover))
        painter.drawRoundedRect(ground, radius, radius)
    if state & QStyle.StateFlag.State_HasFocus:
        painter.setPen(QPen(QColor(colours.focus), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(ground.adjusted(1, 1, -1, -1), radius - 1, radius - 1)
