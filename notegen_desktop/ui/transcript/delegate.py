"""Item delegate of transcript segments: time as a link, text beside it; heights of rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from math import ceil

from PySide6.QtCore import (
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPen,
    QTextCharFormat,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from notegen_desktop.domain.text.transcript import Segment
from notegen_desktop.ui.kit.colours import Palette, mark_colour
from notegen_desktop.ui.kit.text import runs_right_to_left
from notegen_desktop.ui.kit.theme import palette, side_text_px, text_font

from .model import ROW_ROLE, Row

PAD_X, PAD_Y = 14, 6
GAP = 12
BAR_PX = 3
LEADING = 1.18
"""Line height as a multiple of the font's, enlarged for long reading."""


class TranscriptDelegate(QStyledItemDelegate):
    """Paints and measures rows of a `TranscriptModel`.

    `mirrored` puts the column of times on the right, for right-to-left scripts.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mirrored = False
        self._time_chars = 5
        self.hovered_time = -1
        self.language = ""
        self.set_text_size(side_text_px())

    def set_language(self, language: str) -> None:
        """Set the language, a BCP 47 tag or "", which selects the font for Chinese characters."""
        if language != self.language:
            self.language = language
            self.set_text_size(self.font.pixelSize())

    def set_text_size(self, px: int) -> None:
        self.font = text_font(px, self.language)
        self.small = QFont(QApplication.font())
        self.small.setPixelSize(max(11, px - 2))
        self.small.setWeight(QFont.Weight.Medium)
        self.metrics = QFontMetrics(self.font)
        self.small_metrics = QFontMetrics(self.small)
        self.line_height = self.metrics.height() * LEADING
        self.set_time_chars(self._time_chars)

    def set_time_chars(self, chars: int) -> None:
        """Set the number of characters of the longest time."""
        self._time_chars = chars
        self.time_width = self.small_metrics.horizontalAdvance("0" * chars)

    # --- geometry ---

    def text_width(self, width: int) -> int:
        """Return the width in pixels for text in a row of this width."""
        return max(40, width - 2 * PAD_X - GAP - self.time_width)

    def height(self, row: Row, width: int) -> int:
        """Return the height in pixels of a row of this width."""
        words = self.layout_of(row.text, self.text_width(width)).boundingRect().height()
        head = self.small_metrics.height() + 2 if row.speaker else 0
        return ceil(max(words, self.line_height)) + head + 2 * PAD_Y

    def guesses(self, segments: Sequence[Segment], width: int, per_char: float) -> list[int]:
        """Return estimated row heights from character counts, `per_char` pixels wide each."""
        per_line = max(1.0, self.text_width(width) * 0.96 / max(0.1, per_char))
        line, rest = self.line_height, 2 * PAD_Y
        head = self.small_metrics.height() + 2
        return [
            ceil(max(1, ceil(len(s.text) / per_line)) * line) + (head if s.speaker else 0) + rest
            for s in segments
        ]

    def time_rect(self, rect: QRect) -> QRect:
        """Return the rectangle of the time in a row, with its margin."""
        width = self.time_width + PAD_X + GAP // 2
        left = rect.right() + 1 - width if self.mirrored else rect.left()
        return QRect(left, rect.top(), width, rect.height())

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        row = index.data(ROW_ROLE)
        width = option.rect.width()
        return QSize(width, self.height(row, width) if isinstance(row, Row) else 0)

    # --- drawing ---

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        row = index.data(ROW_ROLE)
        if not isinstance(row, Row):
            return
        colours, rect = palette(), option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._ground(painter, option, row, colours)
        words = QRectF(
            rect.left() + PAD_X + (0 if self.mirrored else self.time_width + GAP),
            rect.top() + PAD_Y,
            self.text_width(rect.width()),
            rect.height() - 2 * PAD_Y,
        )
        self._time(painter, rect, row, colours, hovered=self.hovered_time == index.row())
        if row.speaker:
            painter.setFont(self.small)
            painter.setPen(QColor(colours.muted))
            line = QRectF(words.left(), words.top(), words.width(), self.small_metrics.height())
            name = self.small_metrics.elidedText(
                row.speaker, Qt.TextElideMode.ElideRight, int(words.width())
            )
            side = Qt.AlignmentFlag.AlignRight if self.mirrored else Qt.AlignmentFlag.AlignLeft
            painter.drawText(line, int(side | Qt.AlignmentFlag.AlignAbsolute), name)
            words.setTop(words.top() + self.small_metrics.height() + 2)
        painter.setPen(QColor(colours.text))
        layout = self.layout_of(row.text, words.width(), _marks(row, colours))
        layout.draw(painter, words.topLeft())
        painter.restore()

    def _ground(
        self, painter: QPainter, option: QStyleOptionViewItem, row: Row, colours: Palette
    ) -> None:
        rect = QRectF(option.rect).adjusted(6, 0, -6, 0)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.setPen(Qt.PenStyle.NoPen)
        if selected:
            painter.setBrush(QColor(colours.selection))
            painter.drawRoundedRect(rect, 6, 6)
        elif row.remark:
            painter.setBrush(QColor(mark_colour(row.remark, colours)))
            painter.drawRoundedRect(rect, 6, 6)
        elif row.read:
            painter.setBrush(QColor(colours.accent_soft))
            painter.drawRect(rect)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(QColor(colours.hover))
            painter.drawRoundedRect(rect, 6, 6)
        if row.said:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(colours.accent), 1.5))
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
            painter.setPen(Qt.PenStyle.NoPen)
        if row.read or row.cited:
            painter.setBrush(QColor(colours.accent if row.read else colours.border_strong))
            left = rect.right() - BAR_PX if self.mirrored else rect.left()
            bar = QRectF(left, rect.top(), BAR_PX, rect.height())
            painter.drawRect(bar) if row.read else painter.drawRoundedRect(
                bar.adjusted(0, 3, 0, -3), 1.5, 1.5
            )
        if option.state & QStyle.StateFlag.State_HasFocus and not selected:
            painter.setPen(QPen(QColor(colours.focus), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)

    def _time(
        self, painter: QPainter, rect: QRect, row: Row, colours: Palette, *, hovered: bool
    ) -> None:
        font = QFont(self.small)
        font.setUnderline(hovered)
        painter.setFont(font)
        estimated = row.time.startswith("~")
        painter.setPen(QColor(colours.muted if estimated else colours.accent_ink))
        # Align with the baseline of the first text line, whose font is larger.
        ascent = float(self.small_metrics.ascent())
        if not row.speaker:
            ascent = self.metrics.ascent() + (self.line_height - self.metrics.height()) / 2
        baseline = rect.top() + PAD_Y + ascent
        width = self.small_metrics.horizontalAdvance(row.time)
        if self.mirrored:
            left = rect.right() - PAD_X - self.time_width
        else:
            left = rect.left() + PAD_X + self.time_width - width
        painter.drawText(QPointF(left, baseline), row.time)

    def layout_of(
        self, text: str, width: float, marks: Sequence[QTextLayout.FormatRange] = ()
    ) -> QTextLayout:
        """Return the text laid out in lines of this width in pixels."""
        layout = QTextLayout(text, self.font)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        if runs_right_to_left(text):
            option.setTextDirection(Qt.LayoutDirection.RightToLeft)
            option.setAlignment(Qt.AlignmentFlag.AlignRight)
        layout.setTextOption(option)
        if marks:
            layout.setFormats(marks)
        layout.beginLayout()
        y = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            # A fallback font may be higher than the main font.
            height = max(self.line_height, line.height())
            line.setPosition(QPointF(0, y + (height - line.height()) / 2))
            y += height
        layout.endLayout()
        return layout


def _marks(row: Row, colours: Palette) -> list[QTextLayout.FormatRange]:
    """Return the formats of search matches in a row; the current match stands out."""
    marks = []
    for number, (start, length) in enumerate(row.marks):
        mark = QTextLayout.FormatRange()
        # Python counts code points, Qt counts UTF-16 code units.
        mark.start = _units(row.text[:start])
        mark.length = _units(row.text[start : start + length])
        format = QTextCharFormat()
        chosen = number == row.chosen
        format.setBackground(QColor(colours.warning if chosen else colours.warning_soft))
        format.setForeground(QColor(colours.surface if chosen else colours.text))
        mark.format = format
        marks.append(mark)
    return marks


def _units(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-16-le")) // 2


class RowHeights:
    """Heights of rows in pixels, estimated until measured, and their cumulative positions."""

    def __init__(self, guesses: Sequence[int] = ()) -> None:
        self._heights = list(guesses)
        self._known = bytearray(len(self._heights))
        self._tops: list[int] = [0]
        self._sum_up()

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, row: int) -> int:
        return self._heights[row]

    @property
    def total(self) -> int:
        return self._tops[-1]

    @property
    def measured(self) -> int:
        """Number of measured rows."""
        return sum(self._known)

    def top(self, row: int) -> int:
        return self._tops[row]

    def is_known(self, row: int) -> bool:
        return bool(self._known[row])

    def row_at(self, y: float) -> int:
        """Return the row at `y` pixels, clamped to the first and last row; -1 without rows."""
        return min(max(0, bisect_right(self._tops, y) - 1), len(self._heights) - 1)

    def place_at(self, y: float) -> float:
        """Return row plus fraction at `y` pixels: 2.5 is the middle of the third row."""
        row = self.row_at(y)
        if row < 0:
            return 0.0
        share = (y - self._tops[row]) / max(1, self._heights[row])
        return row + min(1.0, max(0.0, share))

    def learn(self, real: Iterable[tuple[int, int]]) -> bool:
        """Store measured heights as (row, height); return True if any differs from its estimate."""
        differs = False
        for row, height in real:
            self._known[row] = 1
            differs = differs or height != self._heights[row]
            self._heights[row] = height
        if differs:
            self._sum_up()
        return differs

    def _sum_up(self) -> None:
        self._tops = [0, *accumulate(self._heights)]
