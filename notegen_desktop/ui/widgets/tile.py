"""A small rounded tile with an icon: stands for a video or a template in lists and cards."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from notegen_desktop.ui.theme import theme


class Tile(QWidget):
    """`name` is an icon; `tone` picks the tint: accent, success, warning, danger or sunken."""

    def __init__(
        self,
        name: str,
        parent: QWidget | None = None,
        *,
        size: QSize | None = None,
        tone: str = "accent",
        icon_px: int = 16,
    ) -> None:
        super().__init__(parent)
        self._name = name
        self._tone = tone
        self._icon_px = icon_px
        self.setFixedSize(size or QSize(32, 32))
        theme().changed.connect(self.update)

    def show_icon(self, name: str, tone: str = "") -> None:
        self._name = name
        self._tone = tone or self._tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme().palette
        if self._tone == "sunken":
            ground, line = tokens.sunken, "muted"
        else:
            ground = str(getattr(tokens, f"{self._tone}_soft"))
            line = "accent_ink" if self._tone == "accent" else self._tone
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(ground))
        painter.drawRoundedRect(QRectF(self.rect()), 8, 8)
        side = self._icon_px
        spot = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        theme().icon(self._name, color=line, size=side).paint(painter, spot.toRect())
