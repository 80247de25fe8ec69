"""Pictures of the video: in the text of a note, drawn sharp, no wider than the column, and alone.

In HTML they are pictures of the name `picture:SECTION/NUMBER`, which `PictureObjects` knows. They
are decoded when they are first seen: a note with many opens as quickly as one without.
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
"""A picture that says it is larger is not decoded."""


def decoded(data: bytes, size: QSize) -> QImage:
    """A picture, scaled down to about `size` px if it is larger; a null one if it cannot be read or
    is far too large."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    # What it is is told by its first bytes; SVG and the like are not read at all.
    if bytes(reader.format().data()) not in (b"jpeg", b"png", b"webp"):
        return QImage()
    own = reader.size()
    if not own.isValid() or max(own.width(), own.height()) > LARGEST_PX:
        return QImage()
    if own.width() > size.width():
        reader.setScaledSize(own.scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    return reader.read()


MAX_PX, MAX_HIGH_PX = 480, 420
"""What a picture takes of the page at most; a click enlarges it."""

RADIUS_PX = 6
CHOSEN_PX = 5

MAX_DECODED = 24
"""Pictures kept as pixels: some 2 MB each at twice the density."""


def pictures_in(note: Note | None) -> dict[str, Picture]:
    """The pictures of a note by their names in its document."""
    return {
        picture_name(number, place): picture
        for number, section in enumerate(note.sections if note is not None else ())
        for place, picture in enumerate(section.pictures)
    }


def name_of(format: QTextFormat) -> str:
    """The name of an image that a document has there; "" if it is none."""
    image = format.toImageFormat()
    return str(image.name()) if image.isValid() else ""


class PictureObjects(FormulaObjects):
    """Draws pictures, by name those of `pictures`, and formulas. `edge` is the colour around a
    picture: a white slide ends where the white page goes on."""

    pictures: Mapping[str, Picture] = {}
    edge = QColor(0, 0, 0, 40)

    def show(self, pictures: Mapping[str, Picture], *, edge: str) -> None:
        """Draw these from now on."""
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
        chosen = format.toCharFormat().background()  # selected, or reached by Tab
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


# --- One by itself, as large as the window has room for ---


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
