"""A picture of a note by itself, as large as the window has room for."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Picture
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import button, hbox, vbox
from notegen_desktop.ui.kit.media.pictures import decoded

SHARE = 0.86
"""How much of the window the picture may fill."""

LARGER = 1.5
"""A small picture is not blown up beyond that: it would only blur."""


class PictureViewer(QDialog):
    """Shows one picture; a click on it, or Esc, closes it.

    Signals: `time_activated(float)` the time it was shown at is wanted (seconds).
    """

    time_activated = Signal(float)

    def __init__(self, picture: Picture, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("pictureViewer")
        words = _("Picture at {time}").format(time=clock(picture.at_s))
        self.setWindowTitle(words)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.image = QLabel()
        self.image.setAccessibleName(words)
        self.image.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.image.setPixmap(self._fitted(picture, window.size()))
        play = button(
            _("Open video at {at_s}").format(at_s=clock(picture.at_s)),
            "pictureTime",
            pressed=lambda: self._open_at(picture.at_s),
        )
        close = button(_("Close"), "pictureClose", kind="primary", pressed=self.accept)
        foot = hbox(play, None, close)
        vbox((self.image, 1), foot, margins=(12, 12, 12, 12), spacing=12, on=self)
        close.setFocus()

    def _fitted(self, picture: Picture, window: QSize) -> QPixmap:
        size = QSize(picture.width, picture.height)
        scale = self.devicePixelRatioF()
        room = (window * SHARE - QSize(24, 80)).boundedTo(size * LARGER)
        shown = size.scaled(room.expandedTo(QSize(160, 90)), Qt.AspectRatioMode.KeepAspectRatio)
        image = decoded(picture.data, size)
        smooth = Qt.TransformationMode.SmoothTransformation
        image = image.scaled(shown * scale, Qt.AspectRatioMode.KeepAspectRatio, smooth)
        image.setDevicePixelRatio(scale)
        return QPixmap.fromImage(image)

    def _open_at(self, at_s: float) -> None:
        self.time_activated.emit(at_s)
        self.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self.image.geometry().contains(event.position().toPoint()):
            self.accept()
        super().mouseReleaseEvent(event)
