"""Formulas in text documents: typeset in a thread, painted at any size.

In HTML a formula is an image named `formula` with its source as alternative text. A document that
shows formulas has `FormulaObjects` registered with its layout.
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
"""Maximum cached formulas of 2 to 10 KB: more than one part of a note holds, because a part waits
for all its formulas."""

NAME = "formula"

DEEP = 0.45
"""Maximum descent in text sizes that fits below the line, when Qt aligns the image's bottom with
the baseline. Deeper formulas are centred on the line, which they enlarge."""

SIZE = 1.06
"""Factor of the text size that matches the mathematical font's lower-case letters to the text's."""


@dataclass(frozen=True, slots=True)
class FormulaOutline:
    """Outline of a formula, relative to the left end of its baseline, in text sizes."""

    path: QPainterPath
    letters: tuple[Letter, ...]
    width: float
    ascent: float
    descent: float


class Typesetter:
    """Typesets each formula once, in a thread when requested ahead by `has`."""

    def __init__(self) -> None:
        self._pictures: OrderedDict[str, FormulaOutline | None] = OrderedDict()
        self._asked: set[str] = set()
        self._wanted: queue.Queue[str] = queue.Queue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def picture(self, source: str) -> FormulaOutline | None:
        """Return the picture of a formula, typeset now if needed; None if its source is invalid."""
        if source not in self._pictures:
            self._keep(source, _picture(source))
        return self._pictures.get(source)

    def has(self, sources: Iterable[str]) -> bool:
        """Return True if all formulas are typeset; queue the missing ones."""
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
        """Block until all queued formulas are typeset."""
        self._wanted.join()

    def _work(self) -> None:
        while True:
            source = self._wanted.get()
            try:
                self.picture(source)
            except Exception:  # else `wait` would block forever
                log.exception("a formula cannot be set")
                self._keep(source, None)
            finally:
                self._asked.discard(source)
                self._wanted.task_done()

    def _keep(self, source: str, picture: FormulaOutline | None) -> None:
        with self._lock:
            self._pictures[source] = picture
            while len(self._pictures) > KEPT:
                self._pictures.popitem(last=False)


typesetter = Typesetter()


def _picture(source: str) -> FormulaOutline | None:
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
    return FormulaOutline(whole, drawn.letters, drawn.width, drawn.ascent, drawn.descent)


def image_html(source: str, picture: FormulaOutline) -> str:
    """Return the HTML of a formula in a document."""
    alt = escape(source).replace("\n", "&#10;")
    style = ' style="vertical-align: middle"' if picture.descent > DEEP else ""
    return f'<img src="{NAME}" alt="{alt}"{style}>'


def source_of(format: QTextFormat) -> str:
    """Return the source of the formula with this format; "" for other formats."""
    image = format.toImageFormat()
    is_formula = image.isValid() and image.name() == NAME
    return str(image.property(QTextFormat.Property.ImageAltText)) if is_formula else ""


class FormulaObjects(QPyTextObject):
    """Text object that paints formulas in the colour of the text."""

    def intrinsicSize(self, doc: QTextDocument, position: int, format: QTextFormat) -> QSizeF:
        picture, em, font = self._set(doc, position, format)
        if picture is None:
            return QSizeF(1, 1)
        above, below = picture.ascent * em, picture.descent * em
        if picture.descent > DEEP:
            # Qt centres the image half an x-height above the baseline, if nothing in the line is
            # higher.
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
        """Draw the source as invisible text, for search and copying in a PDF."""
        source = " ".join(source.split())
        painter.save()
        painter.setFont(font)
        painter.setPen(QColor(0, 0, 0, 0))
        painter.scale(width / max(1.0, QFontMetricsF(font).horizontalAdvance(source)), 1)
        painter.drawText(QPointF(0, 0), source)
        painter.restore()

    def _set(
        self, doc: QTextDocument, position: int, format: QTextFormat
    ) -> tuple[FormulaOutline | None, float, QFontMetricsF]:
        """Return a formula, its text size in pixels, and the surrounding font's metrics.

        A formula wider than its column is scaled down.
        """
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
    """Return the width of the column at a text position, in pixels."""
    frame, block = doc.rootFrame().frameFormat(), doc.findBlock(position)
    width = doc.pageSize().width() if doc.pageSize().width() > 0 else doc.textWidth()
    format, entries = block.blockFormat(), block.textList()
    indent = format.indent() + (entries.format().indent() if entries is not None else 0)
    sides = frame.leftMargin() + frame.rightMargin() + format.leftMargin() + format.rightMargin()
    return max(40.0, width - sides - indent * doc.indentWidth() - 4)
