"""Widget for the picture of a video; a still or an icon for audio.

Frames are painted like any widget, not in a native child window, which would cover widgets laid
over the page.
"""

from __future__ import annotations

from time import perf_counter

from PySide6.QtCore import QCoreApplication, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtMultimedia import QVideoFrame
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import delayed, named
from notegen_desktop.ui.kit.theme import palette, theme

SIGN_PX = 48
SHAPE = 9 / 16
"""Ratio of height to width until a frame is known."""

CHEAP_S = 0.008
"""Seconds of painting above which a pause of the same length follows, to keep the window
responsive."""


class VideoScreen(QWidget):
    """Paints video frames. Signals: `clicked()`, `double_clicked()`."""

    clicked = Signal()
    double_clicked = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        named(self, "playerScreen", _("Picture of the video"))
        self.setMinimumHeight(72)
        # Without a graphics card, converting a frame to an image by OpenGL takes ten times as long
        # as on the processor (47 ms to 7 ms at 1080p); with one, reading it back takes as long.
        QCoreApplication.setAttribute(Qt.ApplicationAttribute.AA_ForceRasterWidgets)
        self._frame = QVideoFrame()
        self._still = QImage()
        self._sign = "film"
        self._rest = delayed(self, 0, self.update)
        theme().changed.connect(self.update)

    @property
    def has_frame(self) -> bool:
        return self._frame.isValid()

    def take(self, frame: QVideoFrame) -> None:
        """Show a frame; an invalid one, which Qt sends at the end, is ignored."""
        if frame.isValid():
            self._frame = frame
            if not self._rest.isActive():
                self.update()

    def show_sign(self, name: str, still: QImage | None = None) -> None:
        """Show a still instead of frames, or an icon without one."""
        self._frame, self._sign, self._still = QVideoFrame(), name, still or QImage()
        self.update()

    def image(self) -> QImage:
        """Return the frame shown; a null image without one."""
        return self._frame.toImage() if self._frame.isValid() else QImage()

    def paintEvent(self, event: QPaintEvent) -> None:
        started = perf_counter()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        room = QRectF(self.rect())
        ground = "#000000" if self.window().isFullScreen() else palette().sunken
        painter.fillRect(room, QColor(ground))
        if self._frame.isValid():
            self._frame.paint(painter, room, QVideoFrame.PaintOptions())
        elif self._still.isNull():
            spot = QRectF(0, 0, SIGN_PX, SIGN_PX)
            spot.moveCenter(room.center())
            theme().icon(self._sign, color="faint", size=SIGN_PX).paint(painter, spot.toRect())
        else:
            size = self._still.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            place = QRectF(0, 0, size.width(), size.height())
            place.moveCenter(room.center())
            painter.drawImage(place, self._still)
        painter.end()
        took = perf_counter() - started
        if took > CHEAP_S and self._frame.isValid():
            self._rest.start(round(took * 1000))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.clicked.emit()
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.double_clicked.emit()

    def sizeHint(self) -> QSize:
        return QSize(320, 180)
