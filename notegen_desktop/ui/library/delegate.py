"""Item delegate of the library: the first row of a video also shows the video's header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QObject, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPainter,
    QPainterPath,
    QPixmap,
    QTextCharFormat,
    QTextLayout,
)
from PySide6.QtWidgets import QApplication, QStyledItemDelegate, QStyleOptionViewItem

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.dates import day_words
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import NoteSummary, PassageFound
from notegen_desktop.ui.kit.elided import elided
from notegen_desktop.ui.kit.painted_rows import (
    Index,
    is_mirrored,
    paint_ground,
    sides,
    trimmed,
)
from notegen_desktop.ui.kit.text import engine_name, one_line
from notegen_desktop.ui.kit.theme import palette, theme

from .rows import OPENS_VIDEO_ROLE, SHAPE_ROLE, SUMMARY_ROLE, LibraryRow, RowShape, tags_shown, when

PAD, GAP, LINE_GAP = 12, 12, 3
THUMB_WIDTH, THUMB_HEIGHT = 80, 45
"""Size of a video's thumbnail in pixels, 16:9; the rows of its notes are indented by it."""

HEAD_HEIGHT = THUMB_HEIGHT + 18
INDENT = THUMB_WIDTH + GAP
NARROW_PX = 520
"""Width in pixels below which the list shows no thumbnails."""

DOT_PX, SIGN_PX = 6, 14


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of text in a row: its rectangle and font metrics."""

    rect: QRect
    metrics: QFontMetrics


class LibraryDelegate(QStyledItemDelegate):
    """Paints a `LibraryRow`. Rows with a search snippet are one line higher."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.templates: Mapping[str, NoteTemplate] = {}
        self.pictures: Mapping[str, QPixmap] = {}  # by video id; shared with `Thumbnails`
        self._sizes: dict[tuple[int, int], QSize] = {}

    def template_name(self, template: str) -> str:
        known = self.templates.get(template)
        return _(known.name) if known else template.replace("-", " ").capitalize()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        # Called for every row of a long list; all rows share a few shapes.
        key = (index.data(SHAPE_ROLE), theme().text_px)
        if key not in self._sizes:
            self._sizes[key] = self._size_of(RowShape(key[0]))
        return self._sizes[key]

    def _size_of(self, shape: RowShape) -> QSize:
        small, strong = QFontMetrics(_font(-1)), QFontMetrics(_font(0, QFont.Weight.DemiBold))
        height = small.height() + 2 * PAD - 10
        if RowShape.NOTE in shape:
            height = strong.height() + small.height() + LINE_GAP + 2 * PAD - 8
            if RowShape.SNIPPET in shape:
                height += small.height() + LINE_GAP
        if RowShape.HEAD in shape:
            height += HEAD_HEIGHT + (0 if RowShape.FIRST in shape else 10)
        return QSize(200, height)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row = index.data(SUMMARY_ROLE)
        if not isinstance(row, NoteSummary | PassageFound):
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRect(option.rect)
        indent = INDENT if whole.width() >= NARROW_PX else 0
        if index.data(OPENS_VIDEO_ROLE):
            top = whole.top() + (10 if index.row() else 0)
            head = QRect(whole.left() + PAD, top, whole.width() - 2 * PAD, HEAD_HEIGHT)
            self._head(painter, option, head, row, indent)
            whole.setTop(head.bottom() + 1)
        if is_mirrored(option):
            whole.setRight(whole.right() - indent)
        else:
            whole.setLeft(whole.left() + indent)
        option.rect = whole
        paint_ground(painter, option, radius=8)
        inner = whole.adjusted(PAD, PAD - 5, -PAD, -(PAD - 5))
        if isinstance(row, NoteSummary):
            self._note(painter, option, inner, row)
        else:
            self._passage(painter, option, inner, row)
        painter.restore()

    # --- header of a video ---

    def _head(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        rect: QRect,
        row: LibraryRow,
        indent: int,
    ) -> None:
        words = rect.adjusted(0, 2, 0, 0)
        if indent:
            thumb = QRect(rect.left(), rect.top() + 8, THUMB_WIDTH, THUMB_HEIGHT)
            words.setLeft(thumb.right() + 1 + GAP)
            if is_mirrored(option):
                thumb.moveRight(rect.right())
                words = rect.adjusted(0, 2, -(THUMB_WIDTH + GAP), 0)
            self._thumb(painter, thumb, row)
        title, about = _font(1, QFont.Weight.DemiBold), _font(-1)
        line = _Line(words, QFontMetrics(title))
        height = line.metrics.height() + QFontMetrics(about).height() + LINE_GAP
        top = words.top() + (words.height() - height) // 2
        near, _ = sides(option)
        painter.setFont(title)
        painter.setPen(QColor(palette().text))
        at = QRect(words.left(), top, words.width(), line.metrics.height())
        name = one_line(row.video_title) or row.video_id
        painter.drawText(at, near, elided(line.metrics, name, at.width()))
        facts = (
            one_line(row.channel),
            clock(row.duration_s) if row.duration_s else "",
            day_words(row.published),
        )
        painter.setFont(about)
        painter.setPen(QColor(palette().muted))
        at.moveTop(at.bottom() + LINE_GAP)
        said = "  ·  ".join(fact for fact in facts if fact)
        painter.drawText(at, near, elided(QFontMetrics(about), said, at.width(), facts=True))

    def _thumb(self, painter: QPainter, thumb: QRect, row: LibraryRow) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        picture = self.pictures.get(row.video_id)
        if picture is not None and not picture.isNull():
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            round_ = QPainterPath()
            round_.addRoundedRect(QRectF(thumb), 6, 6)
            painter.setClipPath(round_)
            painter.drawPixmap(thumb, picture)
            painter.restore()
            return
        painter.setBrush(QColor(palette().sunken))
        painter.drawRoundedRect(thumb, 6, 6)
        icon = theme().pixmap("film", color="muted", size=18)
        painter.drawPixmap(thumb.center().x() - 9, thumb.center().y() - 9, icon)

    # --- a note ---

    def _note(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, row: NoteSummary
    ) -> None:
        colours = palette()
        near, far = sides(option)
        weight = QFont.Weight.DemiBold if row.unread else QFont.Weight.Medium
        small_font, strong_font = _font(-1), _font(0, weight)
        small, strong = QFontMetrics(small_font), QFontMetrics(strong_font)
        line = QRect(rect.left(), rect.top(), rect.width(), strong.height())
        date = when(row.created)
        painter.setFont(small_font)
        painter.setPen(QColor(colours.muted))
        painter.drawText(line, far, date)
        dated = trimmed(line, option, end=small.horizontalAdvance(date) + 8)
        title_line = trimmed(dated, option, end=self._signs(painter, option, dated, row) + GAP)
        if row.unread:
            self._dot(painter, option, line)
        painter.setFont(strong_font)
        painter.setPen(QColor(colours.text))
        name = self.template_name(row.template) or _("Note")
        painter.drawText(title_line, near, elided(strong, name, title_line.width()))
        painter.setFont(small_font)
        painter.setPen(QColor(colours.muted))
        about = one_line(row.title) if row.title != row.video_title else ""
        below = line.translated(0, strong.height() + LINE_GAP)
        below.setHeight(small.height())
        below = self._chips(painter, option, below, tags_shown(row), small)
        text = "  ·  ".join(fact for fact in (about, engine_name(row.engine)) if fact)
        painter.setPen(QColor(colours.muted))
        painter.drawText(below, near, elided(small, text, below.width(), facts=True))
        if one_line(row.snippet):
            under = line.translated(0, strong.height() + small.height() + 2 * LINE_GAP)
            under.setHeight(small.height())
            _snippet(painter, option, under, row)

    def _signs(
        self, painter: QPainter, option: QStyleOptionViewItem, line: QRect, row: NoteSummary
    ) -> int:
        """Paint the icons at the end of a line and return their width in pixels."""
        signs = [
            *(["triangle-alert"] if row.doubtful or row.lacks else []),
            *(["star"] if row.is_starred else []),
        ]
        width = 0
        for icon in signs:
            width += SIGN_PX
            left = line.left() + width - SIGN_PX if is_mirrored(option) else line.right() - width
            picture = theme().pixmap(icon, color="warning", size=SIGN_PX)
            painter.drawPixmap(left, line.center().y() - SIGN_PX // 2 + 1, picture)
            width += 6
        return width

    def _dot(self, painter: QPainter, option: QStyleOptionViewItem, line: QRect) -> None:
        """Paint the dot of an unread note."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette().accent))
        left = line.right() + 4 if is_mirrored(option) else line.left() - 4 - DOT_PX
        painter.drawEllipse(left, line.center().y() - DOT_PX // 2 + 1, DOT_PX, DOT_PX)

    def _chips(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        line: QRect,
        names: tuple[str, ...],
        metrics: QFontMetrics,
    ) -> QRect:
        """Paint tags at the end of a line and return the remaining rectangle."""
        colours = palette()
        for name in reversed(names[:4]):
            words = elided(metrics, one_line(name), 140)
            width = metrics.horizontalAdvance(words) + 14
            if width > line.width() // 2:
                break
            left = line.left() if is_mirrored(option) else line.right() - width + 1
            chip = QRect(left, line.top() - 1, width, line.height() + 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colours.sunken))
            painter.drawRoundedRect(chip, chip.height() / 2, chip.height() / 2)
            painter.setPen(QColor(colours.muted))
            painter.drawText(chip, Qt.AlignmentFlag.AlignCenter, words)
            line = trimmed(line, option, end=width + 6)
        return line

    # --- a passage ---

    def _passage(
        self, painter: QPainter, option: QStyleOptionViewItem, rect: QRect, row: PassageFound
    ) -> None:
        font = _font(-1)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        near, _ = sides(option)
        mirrored = is_mirrored(option)
        icon = theme().pixmap("captions", color="muted", size=16)
        left = rect.right() - 15 if mirrored else rect.left()
        painter.drawPixmap(left, rect.center().y() - 7, icon)
        time = clock(row.start_s)
        width = metrics.horizontalAdvance(time)
        begin = 16 + 8
        timed = rect.adjusted(0, 0, -begin, 0) if mirrored else rect.adjusted(begin, 0, 0, 0)
        painter.setPen(QColor(palette().accent_ink))
        painter.drawText(timed, near, time)
        margins = (0, 0, -(width + GAP), 0) if mirrored else (width + GAP, 0, 0, 0)
        line = timed.adjusted(*margins)
        line.setTop(rect.center().y() - metrics.height() // 2)
        line.setHeight(metrics.height())
        _snippet(painter, option, line, row)


def _snippet(painter: QPainter, option: QStyleOptionViewItem, line: QRect, row: LibraryRow) -> None:
    """Paint an excerpt on one line with the matches highlighted."""
    colours = palette()
    found = QTextCharFormat()
    found.setForeground(QColor(colours.text))
    found.setFontWeight(QFont.Weight.DemiBold)
    found.setBackground(QColor(colours.accent_soft))
    # Reserve width: the matches are bold.
    room = line.width() - 2 * sum(end - start for start, end in row.marks)
    text = elided(QFontMetrics(painter.font()), row.snippet, max(0, room))
    layout = QTextLayout(text, painter.font())
    ranges = []
    for start, end in row.marks:
        span = QTextLayout.FormatRange()
        span.start, span.length, span.format = start, min(end, len(text)) - start, found
        ranges += [span] if span.length > 0 else []
    layout.setFormats(ranges)
    text_option = layout.textOption()
    text_option.setTextDirection(option.direction)
    text_option.setWrapMode(text_option.WrapMode.NoWrap)
    layout.setTextOption(text_option)
    layout.beginLayout()
    laid = layout.createLine()
    laid.setLineWidth(line.width())
    layout.endLayout()
    painter.save()
    painter.setClipRect(line.adjusted(0, -2, 0, 2))
    painter.setPen(QColor(colours.muted))
    layout.draw(painter, QPointF(line.topLeft()))
    painter.restore()


def _font(change: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Return the interface's font, `change` pixels larger."""
    font = QFont(QApplication.font())
    font.setPixelSize(theme().text_px + change)
    font.setWeight(weight)
    return font
