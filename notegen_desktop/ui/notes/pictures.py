"""Pictures of the video: painted in notes at full resolution, and enlarged in a viewer.

In HTML they are images named `picture:SECTION/NUMBER`, which `PictureObjects` paints. They are
decoded when first painted, so that a note with many opens quickly.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QRect, QRectF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QImageReader,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QDialog, QLabel, QWidget

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.note import Note, Picture
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import button, hbox, vbox

from .formula_objects import FormulaObjects, room_at
from .rendering import picture_name

LARGEST_PX = 4000
"""Maximum side in pixels of a picture to be decoded."""


def decoded(data: bytes, size: QSize) -> QImage:
    """Return a decoded picture, scaled down to about `size` pixels; null if invalid or too
    large."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    # The format is detected from the first bytes; SVG and the like are not read.
    if bytes(reader.format().data()) not in (b"jpeg", b"png", b"webp"):
        return QImage()
    own = reader.size()
    if not own.isValid() or max(own.width(), own.height()) > LARGEST_PX:
        return QImage()
    if own.width() > size.width():
        reader.setScaledSize(own.scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    return reader.read()


MAX_PX, MAX_HIGH_PX = 480, 420
"""Maximum width and height of a picture on the page; a click enlarges it."""

RADIUS_PX = 6
CHOSEN_PX = 5

MAX_DECODED = 24
"""Maximum decoded pictures in the cache: some 2 MB each at a device pixel ratio of 2."""


def pictures_in(note: Note | None) -> dict[str, Picture]:
    """Return the pictures of a note by their names in its document."""
    return {
        picture_name(number, place): picture
        for number, section in enumerate(note.sections if note is not None else ())
        for place, picture in enumerate(section.pictures)
    }


def name_of(format: QTextFormat) -> str:
    """Return the name of an image format; "" for other formats."""
    image = format.toImageFormat()
    return str(image.name()) if image.isValid() else ""


class PictureObjects(FormulaObjects):
    """Text object that paints the images in `pictures`, and formulas.

    `edge` is the border colour, which separates a white slide from a white page.
    """

    pictures: Mapping[str, Picture] = {}
    edge = QColor(0, 0, 0, 40)

    def show(self, pictures: Mapping[str, Picture], *, edge: str) -> None:
        """Set the pictures to paint."""
        self.pictures, self.edge = pictures, QColor(edge)
        self._images: dict[tuple[bytes, QSize], QImage] = {}

    def intrinsicSize(self, doc: QTextDocument, position: int, format: QTextFormat) -> QSizeF:
        picture = self.pictures.get(name_of(format))
        if picture is None:
            return super().intrinsicSize(doc, position, format)
        room = QSizeF(min(room_at(doc, position), MAX_PX), MAX_HIGH_PX)
        size = QSizeF(max(1, picture.width), max(1, picture.height))
        if size.width() > room.width() or size.height() > room.height():
            size.scale(room, Qt.AspectRatioMode.KeepAspectRatio)
        return size

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        doc: QTextDocument,
        position: int,
        format: QTextFormat,
    ) -> None:
        picture = self.pictures.get(name_of(format))
        if picture is None:
            super().drawObject(painter, rect, doc, position, format)
            return
        rect = QRectF(rect)
        if painter.paintEngine().type() == QPaintEngine.Type.Pdf:
            painter.drawImage(rect, decoded(picture.data, QSize(picture.width, picture.height)))
            painter.save()
            painter.setPen(QPen(self.edge, 0.75))
            painter.drawRect(rect)
            painter.restore()
            return
        scale = painter.device().devicePixelRatioF()
        image = self._image(picture, (rect.size() * scale).toSize())
        shape = QPainterPath()
        shape.addRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), RADIUS_PX, RADIUS_PX)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipPath(shape, Qt.ClipOperation.IntersectClip)
        painter.drawImage(rect, image)
        painter.restore()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = format.toCharFormat().background()  # set if selected or focused
        if chosen.style() == Qt.BrushStyle.NoBrush:
            painter.strokePath(shape, self.edge)
        else:
            painter.strokePath(shape, QPen(chosen, CHOSEN_PX))
        painter.restore()

    def _image(self, picture: Picture, size: QSize) -> QImage:
        key = (picture.data, size)
        if key not in self._images:
            image = decoded(picture.data, size * 2)
            if image.size() != size and not image.isNull():
                smooth = Qt.TransformationMode.SmoothTransformation
                image = image.scaled(size, Qt.AspectRatioMode.IgnoreAspectRatio, smooth)
            while len(self._images) >= MAX_DECODED:
                self._images.pop(next(iter(self._images)))
            self._images[key] = image
        return self._images[key]


# --- Viewer ---


SHARE = 0.86
"""Maximum share of the window that the picture fills."""

LARGER = 1.5
"""Maximum enlargement of a small picture, which would blur beyond it."""


class PictureViewer(QDialog):
    """Shows one picture; a click on it, or Escape, closes it.

    Signals: `time_activated(float)` with the picture's time in seconds, to open the video there.
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
