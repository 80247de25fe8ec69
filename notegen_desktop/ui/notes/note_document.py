"""Document of a note: finished parts that are never rewritten, and at most one growing tail.

Part 0 is the header, the others are sections in order. Appending a part takes time independent of
the length of the note; `show_parts` replaces the tail by a longer one. The document reads nothing
from disk or network, whatever its HTML refers to.
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
"""Values of a block's user state, which tell the background painter its kind."""

LIST_STYLE = QTextFormat.Property.UserProperty.value
"""Property with the style of a list whose own markers are hidden."""

NO_BOX = QTextBlockFormat.MarkerType.NoMarker
BOX = LIST_STYLE + 1
"""Property of a block that is a task: True if it is done."""


def no_image() -> QImage:
    """Return a transparent 1 × 1 image: for None, Qt's image handler would read the file itself."""
    image = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return image


def blocks(first: QTextBlock) -> Iterator[QTextBlock]:
    """Yield a block and all that follow."""
    while first.isValid():
        yield first
        first = first.next()


def fragments(block: QTextBlock) -> Iterator[QTextFragment]:
    """Yield the fragments of a block, each in one style."""
    each = block.begin()
    while not each.atEnd():
        yield each.fragment()
        each += 1


def begins_code(block: QTextBlock) -> bool:
    """Return True if a line of code is the first of its code block; another one may end above
    it."""
    return block.previous().userState() != CODE or block.blockFormat().topMargin() > 0


def formulas(document: QTextDocument, start: int, end: int) -> Iterator[str]:
    """Yield the sources of the formulas between two positions, and "" for each picture."""
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
    """Return the check result of a cite: verified, doubtful, unchecked or more; "" for other
    text."""
    return format.toolTip()


@dataclass(frozen=True, slots=True)
class ReadingPosition:
    """A reading position: a part, and the fraction of it from 0 to 1."""

    part: int
    share: float


class _Scratch(QTextDocument):
    """Parses HTML into a fragment; loads no resources either."""

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
        """With `own_markers` a `BackgroundPainter` draws list markers: Qt's are too close to the
        text."""
        super().__init__(parent)
        self._own_markers = own_markers
        self.waits = False
        """True if the next part waits for formulas to be typeset."""
        self.setUndoRedoEnabled(False)
        self._starts: list[int] = []  # text positions of the parts
        self._pieces: list[tuple[int, str]] = []  # position and HTML of each piece
        self._tables: list[tuple[int, float]] = []  # position and natural width
        self._with_tables: list[int] = []  # pieces with unregistered tables
        self._sides = (0.0, 0.0, 0.0)  # margins of the column, page width
        self._scratch = _Scratch(self)
        self._scratch.setUndoRedoEnabled(False)
        layout = self.documentLayout()
        self._objects = PictureObjects(layout)
        layout.registerHandler(QTextFormat.ObjectTypes.ImageObject.value, self._objects)
        self._dress(style, font, right_to_left=right_to_left)

    def show_pictures(self, pictures: Mapping[str, Picture], *, edge: str) -> None:
        """Take the pictures by name; `edge` is the colour of their border."""
        self._objects.show(pictures, edge=edge)

    def start_over(self, style: NoteStyle, font: QFont, *, right_to_left: bool) -> None:
        """Clear the document for another note, with a new style."""
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
        """Number of parts, of which the last may be incomplete."""
        return len(self._starts)

    def show_parts(self, parts: Sequence[str]) -> int:
        """Make the document hold `parts`, without rewriting equal ones at the beginning.

        Return the number of pieces written, including `Continued` ones.
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
        """Append parts for `seconds` and at least `at_least` characters of HTML.

        Stop earlier at a part that waits for formulas. Return True when `parts` is exhausted.
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
        # Remove the separator before the tail too: the next part brings its own block.
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
            # Qt begins a list with a new block and leaves an empty one before it.
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
        """Register new tables and set their widths. Inside an edit block they do not exist yet."""
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
        """Set the heading level of a part's first block."""
        block = self.findBlock(start)
        head, words = QTextBlockFormat(), block
        head.setHeadingLevel(1 if start == 0 else 2)
        if start == 0 and _size(block.next()) > _size(block):
            words = block.next()  # the title, below the line with the template's name
        QTextCursor(words).mergeBlockFormat(head)
        block.setUserState(HEADING)

    def _mark(self, first: QTextBlock) -> None:
        """Set the user state of this new block and all that follow."""
        for block in blocks(first):
            state = _state_of(block)
            block.setUserState(state)
            if state == CODE:
                wrapped = QTextBlockFormat()
                wrapped.setNonBreakableLines(False)
                QTextCursor(block).mergeBlockFormat(wrapped)
            elif state == ITEM and ((marker := block.blockFormat().marker()) != NO_BOX):
                box = QTextBlockFormat()  # Qt's own is drawn as an editable check box
                box.setMarker(NO_BOX)
                box.setProperty(BOX, marker == QTextBlockFormat.MarkerType.Checked)
                QTextCursor(block).mergeBlockFormat(box)
            if state == ITEM and self._own_markers:
                # Qt draws markers in the block's text colour, and text in its own.
                QTextCursor(block).mergeBlockCharFormat(_invisible())

    # --- positions ---

    def part_top(self, part: int) -> float:
        """Return the top of a part in pixels from the top of the document."""
        if not 0 <= part < len(self._starts):
            return self.size().height()
        block = self.findBlock(self._starts[part])
        return self.documentLayout().blockBoundingRect(block).top()

    def part_block(self, part: int) -> QTextBlock:
        """Return the first block of a part; an invalid one if it is not written yet."""
        return self.findBlock(self._starts[part]) if part < len(self._starts) else QTextBlock()

    def part_of(self, position: int) -> int:
        """Return the part at a text position."""
        return max(0, bisect_right(self._starts, position) - 1)

    def time(self, part: int, href: str, number: int) -> QTextCursor:
        """Return a cursor that selects the `number`th link (from 0) `href` in a part; null if
        none."""
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

    def place_at(self, y: float) -> ReadingPosition:
        """Return the place at a height in pixels."""
        tops = [self.part_top(part) for part in range(len(self._starts))]
        part = max(0, bisect_right(tops, y) - 1)
        if not tops:
            return ReadingPosition(0, 0.0)
        bottom = tops[part + 1] if part + 1 < len(tops) else self.size().height()
        share = (y - tops[part]) / max(1.0, bottom - tops[part])
        return ReadingPosition(part, min(1.0, max(0.0, share)))

    def height_of(self, place: ReadingPosition) -> float:
        """Return the height in pixels of a place, also one from another level's document."""
        top = self.part_top(place.part)
        return top + place.share * max(0.0, self.part_top(place.part + 1) - top)

    def sides_of(self, block: QTextBlock | None = None) -> tuple[float, float]:
        """Return the left and right edge in pixels of the column, or of the table around
        `block`."""
        margins = self.rootFrame().frameFormat()
        width = self.pageSize().width() if self.pageSize().width() > 0 else self.textWidth()
        left, right = margins.leftMargin(), width - margins.rightMargin()
        table = QTextCursor(block).currentTable() if block is not None else None
        if table is not None:
            left, right = left + table.format().leftMargin(), right - table.format().rightMargin()
        return left, right

    def hide_markers(self) -> None:
        """Disable Qt's list markers for PDF output.

        Transparent ones would still be extracted as text, and duplicate those of the painter.
        """
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
        """Set the margins of the text column in pixels; wide tables extend into those of `page`
        pixels."""
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
    """Return the font size in pixels of a block's first fragment, 0 for an empty block."""
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
