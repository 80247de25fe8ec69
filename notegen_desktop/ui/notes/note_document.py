"""The document of a note: closed parts that are never touched again, and at most one open tail.

Part 0 is the head, the others are sections in order. A part is appended in time that does not
depend on the length of the note; `show_parts` takes back the tail and puts a longer one. The
document reads nothing from the disk or the network, whatever its HTML asks for.
"""

from __future__ import annotations

import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, QUrl
from PySide6.QtGui import (
    QColor,
    QFont,
    QImage,
    QTextBlock,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextDocumentFragment,
    QTextFormat,
    QTextFragment,
    QTextList,
    QTextListFormat,
    QTextOption,
)

from notegen_desktop.domain.notes.note import Picture

from .formula_objects import source_of
from .pictures import PictureObjects, name_of
from .rendering import PAUSE, Continued, NoteStyle, stylesheet
from .wide_tables import natural_width, widen

HEADING, QUOTE, CODE, ITEM = 1, 2, 3, 4
"""What a block is, in its user state, for the painter of what is behind the text."""

LIST_STYLE = QTextFormat.Property.UserProperty.value
"""The style of a list whose own marks are hidden."""

NO_BOX = QTextBlockFormat.MarkerType.NoMarker
BOX = LIST_STYLE + 1
"""Of a block that is a task: whether it is done."""


def no_image() -> QImage:
    """A valid picture of nothing: for None, Qt's image handler would read the file itself."""
    image = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return image


def blocks(first: QTextBlock) -> Iterator[QTextBlock]:
    """A block of a document and all that follow."""
    while first.isValid():
        yield first
        first = first.next()


def fragments(block: QTextBlock) -> Iterator[QTextFragment]:
    """The pieces of a block, each in one style."""
    each = block.begin()
    while not each.atEnd():
        yield each.fragment()
        each += 1


def begins_code(block: QTextBlock) -> bool:
    """Whether a line of code is the first of its piece: another one may end right above it."""
    return block.previous().userState() != CODE or block.blockFormat().topMargin() > 0


def formulas(document: QTextDocument, start: int, end: int) -> Iterator[str]:
    """The sources of the formulas between two positions, in order; "" for each picture."""
    for block in blocks(document.findBlock(start)):
        if block.position() >= end:
            return
        for fragment in fragments(block):
            source = source_of(fragment.charFormat())
            if source or name_of(fragment.charFormat()):
                at = fragment.position()
                for _ in range(max(start, at), min(end, at + fragment.length())):
                    yield source


def verdict_of(format: QTextCharFormat) -> str:
    """What `rendering` says of a time: verified, doubtful, unchecked, or more; "" for no time."""
    return format.toolTip()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is: a part, and how far through it (0 to 1), or px from the very top."""

    part: int
    share: float


class _Scratch(QTextDocument):
    """Parses HTML for a fragment; as blind as the document itself."""

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        return no_image()


class NoteDocument(QTextDocument):
    """The text of a note at one level, in parts."""

    def __init__(
        self,
        style: NoteStyle,
        font: QFont,
        parent: QObject | None = None,
        *,
        right_to_left: bool = False,
        own_markers: bool = True,
    ) -> None:
        """With `own_markers` the marks of lists are left to a `BackgroundPainter`: Qt's stand too
        close to the words."""
        super().__init__(parent)
        self._own_markers = own_markers
        self.waits = False
        """Whether what comes next waits for formulas."""
        self.setUndoRedoEnabled(False)
        self._starts: list[int] = []  # of the parts, by position in the text
        self._pieces: list[tuple[int, str]] = []  # all that is written, and where each begins
        self._tables: list[tuple[int, float]] = []  # where each begins, and its natural width
        self._with_tables: list[int] = []  # pieces whose tables are not among them yet
        self._sides = (0.0, 0.0, 0.0)  # beside the column, and the page
        self._scratch = _Scratch(self)
        self._scratch.setUndoRedoEnabled(False)
        layout = self.documentLayout()
        self._objects = PictureObjects(layout)
        layout.registerHandler(QTextFormat.ObjectTypes.ImageObject.value, self._objects)
        self._dress(style, font, right_to_left=right_to_left)

    def show_pictures(self, pictures: Mapping[str, Picture], *, edge: str) -> None:
        """What the pictures named in its parts are; `edge` is the colour around them."""
        self._objects.show(pictures, edge=edge)

    def start_over(self, style: NoteStyle, font: QFont, *, right_to_left: bool) -> None:
        """Empty it for another note, perhaps in another dress."""
        self.clear()
        self._starts.clear()
        self._pieces.clear()
        self._tables.clear()
        self._dress(style, font, right_to_left=right_to_left)

    def _dress(self, style: NoteStyle, font: QFont, *, right_to_left: bool) -> None:
        self.setDocumentMargin(0)
        self.setIndentWidth(style.text_px * 1.5)
        for document in (self, self._scratch):
            document.setDefaultFont(font)
            sheet = stylesheet(style, right_to_left=right_to_left, families=font.families())
            document.setDefaultStyleSheet(sheet)
            option = document.defaultTextOption()
            option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
            option.setTextDirection(
                Qt.LayoutDirection.RightToLeft
                if right_to_left
                else Qt.LayoutDirection.LayoutDirectionAuto
            )
            document.setDefaultTextOption(option)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        return no_image()

    # --- writing ---

    @property
    def part_count(self) -> int:
        """How many parts are there, the last of them perhaps not yet whole."""
        return len(self._starts)

    def show_parts(self, parts: Sequence[str]) -> int:
        """Make the document hold `parts`, leaving alone what is equal at the beginning.

        Returns how many were written, `Continued` ones counted.
        """
        same = 0
        for (_, old), new in zip(self._pieces, parts, strict=False):
            if old != new or type(old) is not type(new):
                break
            same += 1
        if same == len(self._pieces) == len(parts):
            return 0
        cursor = QTextCursor(self)
        cursor.beginEditBlock()
        self._cut(cursor, same)
        for part in parts[same:]:
            self._append(cursor, part)
        cursor.endEditBlock()
        self._note_tables()
        return len(parts) - same

    def append_from(self, parts: Iterator[str], *, seconds: float, at_least: int = 0) -> bool:
        """Append parts for `seconds`, and `at_least` that many characters of HTML, or until they
        wait for formulas.

        True when there are no more.
        """
        end = time.perf_counter() + seconds
        cursor = QTextCursor(self)
        cursor.beginEditBlock()
        self.waits = done = False
        written = 0
        while not done and (written < at_least or time.perf_counter() < end):
            part = next(parts, None)
            if part is None:
                done = True
            elif part == PAUSE:
                self.waits = True
                break
            else:
                self._append(cursor, part)
                written += len(part)
        cursor.endEditBlock()
        self._note_tables()
        return done

    def _cut(self, cursor: QTextCursor, keep: int) -> None:
        if keep >= len(self._pieces):
            return
        # The separator before the tail goes too: the next part brings its own block.
        start = self._pieces[keep][0]
        cursor.setPosition(max(0, start - 1))
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        del self._pieces[keep:]
        del self._starts[bisect_left(self._starts, start) :]
        self._tables = [each for each in self._tables if each[0] < start]

    def _append(self, cursor: QTextCursor, html: str) -> None:
        self._scratch.setHtml(html)
        first = self._scratch.begin().blockFormat()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if self._pieces:
            cursor.insertBlock(first)
        else:
            cursor.setBlockFormat(first)
        start = cursor.position()
        cursor.insertFragment(QTextDocumentFragment(self._scratch))
        items: QTextList | None = self._scratch.begin().textList()
        if items is not None:
            # Qt begins a list with a block of its own, and leaves the empty one before it.
            cursor.setPosition(start)
            cursor.deleteChar()
        self._pieces.append((start, html))
        if isinstance(html, Continued):
            self._mark(self.findBlock(start))
        else:
            self._starts.append(start)
            self._mark_heading(start)
            self._mark(self.findBlock(start).next())
        if "<table" in html:
            self._with_tables.append(start)

    def _note_tables(self) -> None:
        """Remember the new tables and give them their room. Within an edit there are none yet."""
        end = -1
        for block in blocks(self.findBlock(self._with_tables[0])) if self._with_tables else ():
            table = QTextCursor(block).currentTable() if block.position() > end else None
            if table is not None:
                end = table.lastPosition()
                self._tables.append((block.position(), natural_width(table)))
                self._widen(*self._tables[-1])
        self._with_tables.clear()

    def _widen(self, position: int, natural: float) -> None:
        left, right, page = self._sides
        table = QTextCursor(self.findBlock(position)).currentTable()
        if table is not None and page > 0:
            widen(table, natural, left=left, right=right, page=page)

    def _mark_heading(self, start: int) -> None:
        """Give the first block of a part its level as a heading."""
        block = self.findBlock(start)
        head, words = QTextBlockFormat(), block
        head.setHeadingLevel(1 if start == 0 else 2)
        if start == 0 and _size(block.next()) > _size(block):
            words = block.next()  # the title, under the line that says what kind of note it is
        QTextCursor(words).mergeBlockFormat(head)
        block.setUserState(HEADING)

    def _mark(self, first: QTextBlock) -> None:
        """Give the new blocks, of which this is the first, their state."""
        for block in blocks(first):
            state = _state_of(block)
            block.setUserState(state)
            if state == CODE:
                wrapped = QTextBlockFormat()
                wrapped.setNonBreakableLines(False)
                QTextCursor(block).mergeBlockFormat(wrapped)
            elif state == ITEM and ((marker := block.blockFormat().marker()) != NO_BOX):
                box = QTextBlockFormat()  # Qt's own is for pages that are filled in
                box.setMarker(NO_BOX)
                box.setProperty(BOX, marker == QTextBlockFormat.MarkerType.Checked)
                QTextCursor(block).mergeBlockFormat(box)
            if state == ITEM and self._own_markers:
                # Qt draws a list's mark in the colour of its block, and the words in their own.
                QTextCursor(block).mergeBlockCharFormat(_invisible())

    # --- places ---

    def part_top(self, part: int) -> float:
        """Where a part begins, in px from the top of the document."""
        if not 0 <= part < len(self._starts):
            return self.size().height()
        block = self.findBlock(self._starts[part])
        return self.documentLayout().blockBoundingRect(block).top()

    def part_block(self, part: int) -> QTextBlock:
        """The first block of a part; an invalid one where it is not there yet."""
        return self.findBlock(self._starts[part]) if part < len(self._starts) else QTextBlock()

    def part_of(self, position: int) -> int:
        """The part a position in the text belongs to."""
        return max(0, bisect_right(self._starts, position) - 1)

    def time(self, part: int, href: str, number: int) -> QTextCursor:
        """The `number`th link (from 0) to a time within a part, selected; null if it has none."""
        if part < len(self._starts):
            for block in blocks(self.findBlock(self._starts[part])):
                if self.part_of(block.position()) != part:
                    break
                for fragment in fragments(block):
                    if fragment.charFormat().anchorHref() != href:
                        continue
                    if number == 0:
                        cursor = QTextCursor(block)
                        cursor.setPosition(fragment.position())
                        end = fragment.position() + fragment.length()
                        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
                        return cursor
                    number -= 1
        return QTextCursor()

    def place_at(self, y: float) -> Place:
        """The place at a height in px."""
        tops = [self.part_top(part) for part in range(len(self._starts))]
        part = max(0, bisect_right(tops, y) - 1)
        if not tops:
            return Place(0, 0.0)
        bottom = tops[part + 1] if part + 1 < len(tops) else self.size().height()
        share = (y - tops[part]) / max(1.0, bottom - tops[part])
        return Place(part, min(1.0, max(0.0, share)))

    def height_of(self, place: Place) -> float:
        """The height in px of a place, which may come from another level's document."""
        top = self.part_top(place.part)
        return top + place.share * max(0.0, self.part_top(place.part + 1) - top)

    def sides_of(self, block: QTextBlock | None = None) -> tuple[float, float]:
        """The left and the right edge of the column in px, or of the table that `block` is in."""
        margins = self.rootFrame().frameFormat()
        width = self.pageSize().width() if self.pageSize().width() > 0 else self.textWidth()
        left, right = margins.leftMargin(), width - margins.rightMargin()
        table = QTextCursor(block).currentTable() if block is not None else None
        if table is not None:
            left, right = left + table.format().leftMargin(), right - table.format().rightMargin()
        return left, right

    def hide_markers(self) -> None:
        """Take Qt's own marks of lists out of what is drawn, for paper: transparent ones are read
        by programs, and those of the painter would come a second time."""
        for block in blocks(self.begin()):
            entries = block.textList()
            if entries is not None and not entries.format().hasProperty(LIST_STYLE):
                format = entries.format()
                format.setProperty(LIST_STYLE, format.style().value)
                format.setStyle(QTextListFormat.Style.ListStyleUndefined)
                entries.setFormat(format)

    def set_column(
        self, left: float, right: float, top: float, bottom: float, *, page: float = 0
    ) -> None:
        """Margins around the column of text, in px; wide tables use those of a `page` so wide."""
        self._sides = (left, right, page)
        frame = self.rootFrame()
        format = frame.frameFormat()
        wanted = (left, right, top, bottom)
        if wanted == (
            format.leftMargin(),
            format.rightMargin(),
            format.topMargin(),
            format.bottomMargin(),
        ):
            return
        format.setLeftMargin(left)
        format.setRightMargin(right)
        format.setTopMargin(top)
        format.setBottomMargin(bottom)
        frame.setFrameFormat(format)
        for table in self._tables:
            self._widen(*table)


def _size(block: QTextBlock) -> int:
    """The size in px of a block's first words, 0 if there are none."""
    if not block.isValid() or block.begin().atEnd():
        return 0
    return block.begin().fragment().charFormat().font().pixelSize()


def _invisible() -> QTextCharFormat:
    format = QTextCharFormat()
    format.setForeground(QColor(0, 0, 0, 0))
    return format


def _state_of(block: QTextBlock) -> int:
    if block.blockFormat().property(QTextFormat.Property.BlockQuoteLevel):
        return QUOTE
    if block.blockFormat().nonBreakableLines() or block.blockFormat().property(
        QTextFormat.Property.BlockCodeFence
    ):
        return CODE
    if block.textList() is not None:
        return ITEM
    return 0
