"""Formulas in the text of a document: set beside the window's thread, drawn at any size.

In HTML a formula is a picture of the name `formula`, with its source as the alternative text. A
document that shows formulas has `FormulaObjects` registered at its layout.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPaintEngine,
    QPainter,
    QPainterPath,
    QPainterPathStroker,
    QPyTextObject,
    QTextDocument,
    QTextFormat,
)

if TYPE_CHECKING:
    from notegen_desktop.services.markup.typesetting import Letter

log = logging.getLogger(__name__)

KEPT = 5_000
"""Pictures of 2 to 10 KB that are kept: more than there can be in one piece of a note, which waits
until it has all of its own."""

NAME = "formula"

DEEP = 0.45
"""What is not deeper below the line, in sizes of the text, has room there: the foot that Qt sees is
its baseline. Deeper ones are in the middle of the line, which they stretch."""

SIZE = 1.06
"""Letters of the mathematical font beside those of the text, whose small ones are higher."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A formula from the left end of its baseline, in sizes of the text."""

    path: QPainterPath
    letters: tuple[Letter, ...]
    width: float
    ascent: float
    descent: float


class Typesetter:
    """Sets each formula once, in a thread of its own if it has time until it is wanted."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[str, Picture | None] = OrderedDict()
        self._asked: set[str] = set()
        self._wanted: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def picture(self, source: str) -> Picture | None:
        """The picture of a formula, made now if it must be; None where it cannot be read."""
        if source not in self._pictures:
            self._keep(source, _picture(source))
        return self._pictures.get(source)

    def has(self, sources: Iterable[str]) -> bool:
        """Whether all of these are made. Those that are not soon will be."""
        missing = [each for each in sources if each not in self._pictures]
        for source in missing:
            if source not in self._asked:
                self._asked.add(source)
                self._wanted.put(source)
        if missing and self._thread is None:
            self._thread = threading.Thread(target=self._work, name="formulas", daemon=True)
            self._thread.start()
        return not missing

    def wait(self) -> None:
        """Until all that was asked for is made."""
        self._wanted.join()

    def _work(self) -> None:
        while True:
            source = self._wanted.get()
            try:
                self.picture(source)
            except Exception:  # or all that comes after would be waited for without end
                log.exception("a formula cannot be set")
                self._keep(source, None)
            finally:
                self._asked.discard(source)
                self._wanted.task_done()

    def _keep(self, source: str, picture: Picture | None) -> None:
        with self._lock:
            self._pictures[source] = picture
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)


typesetter = Typesetter()


def _picture(source: str) -> Picture | None:
    from notegen_desktop.services.markup.typesetting import outline, scaled

    drawn = outline(source)
    if drawn is None:
        return None
    whole = QPainterPath()
    whole.setFillRule(Qt.FillRule.WindingFill)
    for data, pen in drawn.shapes:
        path = QPainterPath()
        for command, numbers in scaled(data):
            match command:
                case "M":
                    path.moveTo(*numbers)
                case "L":
                    path.lineTo(*numbers)
                case "Q":
                    path.quadTo(*numbers)
                case _:
                    path.closeSubpath()
        if pen:
            stroker = QPainterPathStroker()
            stroker.setWidth(pen)
            path = stroker.createStroke(path)
        whole.addPath(path)
    return Picture(whole, drawn.letters, drawn.width, drawn.ascent, drawn.descent)


def image_html(source: str, picture: Picture) -> str:
    """A formula as HTML for a document."""
    alt = escape(source).replace("\n", "&#10;")
    style = ' style="vertical-align: middle"' if picture.descent > DEEP else ""
    return f'<img src="{NAME}" alt="{alt}"{style}>'


def source_of(format: QTextFormat) -> str:
    """The source of a formula that a document has there; "" if it is none."""
    image = format.toImageFormat()
    is_formula = image.isValid() and image.name() == NAME
    return str(image.property(QTextFormat.Property.ImageAltText)) if is_formula else ""


class FormulaObjects(QPyTextObject):
    """Draws the formulas of a document, in the colour that its text has there."""

    def intrinsicSize(self, doc: QTextDocument, position: int, format: QTextFormat) -> QSizeF:
        picture, em, font = self._set(doc, position, format)
        if picture is None:
            return QSizeF(1, 1)
        above, below = picture.ascent * em, picture.descent * em
        if picture.descent > DEEP:
            # Qt puts its middle half an x above the baseline, if nothing in the line is higher.
            x = font.xHeight() / 2
            above = max(2 * max(above, font.ascent()) - x, 2 * below + x)
        return QSizeF(picture.width * em + 1, above)

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        doc: QTextDocument,
        position: int,
        format: QTextFormat,
    ) -> None:
        picture, em, font = self._set(doc, position, format)
        if picture is None:
            return
        is_deep = picture.descent > DEEP
        foot = (rect.height() + font.xHeight() / 2) / 2 if is_deep else rect.height()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(rect.left() + 0.5, rect.top() + foot)
        if painter.paintEngine().type() == QPaintEngine.Type.Pdf:
            self._write(painter, doc.defaultFont(), picture.width * em, source_of(format))
        colour = format.foreground()
        if colour.style() == Qt.BrushStyle.NoBrush:
            colour = QBrush(painter.pen().color())
        painter.setPen(colour.color())
        for letter in picture.letters:
            own = QFont(doc.defaultFont())
            own.setPixelSize(max(1, round(letter.size * em)))
            painter.setFont(own)
            painter.drawText(QPointF(letter.x * em, letter.y * em), letter.text)
        painter.scale(em, em)
        painter.fillPath(picture.path, colour)
        painter.restore()

    def _write(self, painter: QPainter, font: QFont, width: float, source: str) -> None:
        """The source as text that is not seen, to be found and copied."""
        source = " ".join(source.split())
        painter.save()
        painter.setFont(font)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.scale(width / max(1.0, QFontMetricsF(font).horizontalAdvance(source)), 1)
        painter.drawText(QPointF(0, 0), source)
        painter.restore()

    def _set(
        self, doc: QTextDocument, position: int, format: QTextFormat
    ) -> tuple[Picture | None, float, QFontMetricsF]:
        """A formula, the size of its letters in px and the font around it. One that is too wide for
        its column is smaller."""
        source = source_of(format)
        picture = typesetter.picture(source) if source else None
        font = format.toCharFormat().font()
        if not format.hasProperty(QTextFormat.Property.FontPixelSize):
            font = doc.defaultFont()
        em = font.pixelSize() * SIZE
        if picture is not None and picture.width * em > (room := room_at(doc, position)):
            em = room / picture.width
        return picture, em, QFontMetricsF(font)


def room_at(doc: QTextDocument, position: int) -> float:
    """The width of the column at a place, in px."""
    frame, block = doc.rootFrame().frameFormat(), doc.findBlock(position)
    width = doc.pageSize().width() if doc.pageSize().width() > 0 else doc.textWidth()
    format, entries = block.blockFormat(), block.textList()
    indent = format.indent() + (entries.format().indent() if entries is not None else 0)
    sides = frame.leftMargin() + frame.rightMargin() + format.leftMargin() + format.rightMargin()
    return max(40.0, width - sides - indent * doc.indentWidth() - 4)
