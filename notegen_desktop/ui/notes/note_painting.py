"""Backgrounds of a note: pills of cites, quotation bars, list markers, code backgrounds.

A `QTextDocument` has none of these. They follow from the layout of its blocks and are the same on
screen and on paper.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QBrush,
    QColor,
    QFont,
    QFontMetricsF,
    QPainter,
    QPen,
    QTextBlock,
    QTextLine,
    QTextListFormat,
)

from notegen_desktop.ui.kit.colours import Palette

from .note_document import (
    BOX,
    CODE,
    ITEM,
    LIST_STYLE,
    QUOTE,
    NoteDocument,
    begins_code,
    blocks,
    fragments,
    verdict_of,
)

PILL_PX = 1
"""Pixels by which a pill extends beyond its text, which has a space at each end."""

CODE_ABOVE, CODE_BELOW = 0.4, 0.7
"""Distance by which a code background extends beyond its lines, in text sizes."""

_CHOICE = re.compile(r"[A-H][).] ")
"""Beginning of an answer option of a quiz question."""

_DOTS = (
    QTextListFormat.Style.ListDisc,
    QTextListFormat.Style.ListCircle,
    QTextListFormat.Style.ListSquare,
)


@dataclass(frozen=True, slots=True)
class BackgroundPainter:
    """Paints the backgrounds of one document. `font` is the body font, `hovered` the link under the
    mouse."""

    document: NoteDocument
    colours: Palette
    font: QFont
    hovered: str = ""

    @property
    def _px(self) -> float:
        return self.font.pixelSize()

    def paint(self, painter: QPainter, top: float, bottom: float) -> None:
        """Paint the backgrounds from `top` to `bottom`, in pixels."""
        layout = self.document.documentLayout()
        at = layout.hitTest(
            QPointF(self.document.sides_of()[0] + 1, top), Qt.HitTestAccuracy.FuzzyHit
        )
        first = self.document.findBlock(max(0, at))
        while first.previous().isValid() and first.previous().userState() == CODE:
            first = first.previous()
        for block in blocks(first):
            rect = layout.blockBoundingRect(block)
            if rect.top() > bottom:
                return
            self._pills(painter, block, rect)
            match block.userState():
                case state if state == QUOTE:
                    self._quote(painter, block, rect)
                case state if state == ITEM and _shows_first_line(block, rect, top, bottom):
                    self._marker(painter, block, rect)
                case state if state == CODE and begins_code(block):
                    self._code(painter, block, rect)

    def _pills(self, painter: QPainter, block: QTextBlock, rect: QRectF) -> None:
        for fragment in fragments(block):
            verdict = verdict_of(fragment.charFormat())
            start = fragment.position() - block.position()
            line = block.layout().lineForTextPosition(start)
            if not verdict or not line.isValid():
                continue
            ends = sorted((_x_of(line, start), _x_of(line, start + fragment.length())))
            left, right = ends[0] - PILL_PX, ends[1] + PILL_PX
            metrics = QFontMetricsF(fragment.charFormat().font())
            height = metrics.height() + 4
            # Glyphs are at the bottom of a line with proportional height.
            middle = line.y() + line.ascent() - metrics.ascent() + metrics.height() / 2
            pill = QRectF(
                rect.left() + left, rect.top() + middle - height / 2, right - left, height
            )
            hovered = fragment.charFormat().anchorHref() == self.hovered
            self._pill(painter, pill, verdict, hovered=hovered)

    def _pill(self, painter: QPainter, pill: QRectF, verdict: str, *, hovered: bool) -> None:
        """Paint a pill: filled if there is a transcript, outlined if it does not support the
        statement."""
        colours = self.colours
        line, fill = {
            "verified": ("", colours.accent_soft),
            "doubtful": (colours.warning, colours.warning_soft),
            "unchecked": (colours.border_strong, ""),
        }.get(verdict, ("", colours.sunken))
        if hovered and not line:
            fill = colours.selection
        elif hovered:
            line = colours.text
        painter.setPen(QPen(QColor(line), 1) if line else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(fill) if fill else Qt.BrushStyle.NoBrush)
        if line:
            pill.adjust(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(pill, pill.height() / 2, pill.height() / 2)

    def _quote(self, painter: QPainter, block: QTextBlock, rect: QRectF) -> None:
        """Paint the bar beside a quotation, through the gaps between its paragraphs."""
        line = block.layout().lineAt(0)
        # Extra line height is above the text: start the bar at the text.
        top = rect.top() + (line.height() - self._px * 1.3 if line.isValid() else 0)
        bottom = rect.bottom()
        if block.previous().userState() == QUOTE:
            top = rect.top()
        following = block.next()
        if following.isValid() and following.userState() == QUOTE:
            bottom = self.document.documentLayout().blockBoundingRect(following).top() + 8
        leftwards = block.textDirection() == Qt.LayoutDirection.RightToLeft
        left, right = self.document.sides_of()
        left = right - 3 if leftwards else left
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colours.border_strong))
        painter.drawRoundedRect(QRectF(left, top, 3, bottom - top), 1.5, 1.5)

    def _marker(self, painter: QPainter, block: QTextBlock, rect: QRectF) -> None:
        """Paint the bullet or number of a list item, muted and with a gap."""
        entries, line = block.textList(), block.layout().lineAt(0)
        if entries is None or not line.isValid():
            return
        leftwards = block.textDirection() == Qt.LayoutDirection.RightToLeft
        baseline = rect.top() + line.y() + line.ascent()
        edge = rect.left() + line.x() + (line.width() if leftwards else 0)
        gap = self._px * 0.6
        format = entries.format()
        style = format.style()
        if format.hasProperty(LIST_STYLE):
            style = QTextListFormat.Style(format.intProperty(LIST_STYLE))
        if block.blockFormat().hasProperty(BOX):
            side = self._px * 0.78
            left = edge + gap * 0.8 if leftwards else edge - gap * 0.8 - side
            self._box(painter, QRectF(left, baseline - side * 0.92, side, side), block)
            return
        if style in _DOTS and _CHOICE.match(block.text()):
            return  # its letter serves as the marker
        if style in _DOTS:
            radius = self._px * 0.15
            away = gap + radius if leftwards else -gap - radius
            hollow = style == QTextListFormat.Style.ListCircle
            painter.setPen(QPen(QColor(self.colours.muted), 1.2) if hollow else Qt.PenStyle.NoPen)
            painter.setBrush(QBrush() if hollow else QBrush(QColor(self.colours.muted)))
            painter.drawEllipse(QPointF(edge + away, baseline - self._px * 0.34), radius, radius)
            return
        words = f"{format.start() + entries.itemNumber(block)}."
        painter.setFont(self.font)
        painter.setPen(QColor(self.colours.muted))
        width = QFontMetricsF(self.font).horizontalAdvance(words)
        left = edge + gap * 0.8 if leftwards else edge - gap * 0.8 - width
        painter.drawText(QPointF(left, baseline), words)

    def _box(self, painter: QPainter, box: QRectF, block: QTextBlock) -> None:
        """Paint the check box of a task, with a tick if done."""
        done = block.blockFormat().boolProperty(BOX)
        painter.setPen(QPen(QColor(self.colours.muted), 1.2) if not done else Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colours.accent) if done else Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, box.width() / 5, box.width() / 5)
        if done:
            pen = QPen(QColor(self.colours.accent_text), box.width() / 7)
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            ticks = ((0.24, 0.54), (0.43, 0.72), (0.77, 0.3))
            across, down = box.width(), box.height()
            painter.drawPolyline(
                [QPointF(box.left() + across * x, box.top() + down * y) for x, y in ticks]
            )

    def _code(self, painter: QPainter, block: QTextBlock, rect: QRectF) -> None:
        """Paint one background for all lines of a code block."""
        layout = self.document.documentLayout()
        bottom = rect.bottom()
        following = block.next()
        while following.userState() == CODE and not begins_code(following):
            bottom = layout.blockBoundingRect(following).bottom()
            following = following.next()
        left, right = self.document.sides_of(block)
        ground = QRectF(
            QPointF(left, rect.top() - self._px * CODE_ABOVE),
            QPointF(right, bottom + self._px * CODE_BELOW),
        )
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(self.colours.sunken))
        painter.drawRoundedRect(ground, 8, 8)


def _shows_first_line(block: QTextBlock, rect: QRectF, top: float, bottom: float) -> bool:
    """Return True if a block's first line is in the range; on paper it may be on the page after the
    block's start."""
    line = block.layout().lineAt(0)
    above = rect.top() + (line.y() if line.isValid() else 0.0)
    return above < bottom and (not line.isValid() or above + line.height() > top)


def _x_of(line: QTextLine, position: int) -> float:
    x: Any = line.cursorToX(position)  # PySide may return (x, position)
    return float(x[0] if isinstance(x, tuple) else x)
