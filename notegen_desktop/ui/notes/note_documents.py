"""The document of a note: closed parts that are never touched again, and at most one open tail.

Part 0 is the head, the others are sections in order. A part is appended in time that does not
depend on the length of the note; `replace_from` takes back the tail and puts a longer one. The
document reads nothing from the disk or the network, whatever its HTML asks for.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
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
    QTextList,
    QTextListFormat,
    QTextOption,
)

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Cite, Draft, Level, Note
from notegen_desktop.ui.kit.text import runs_right_to_left

from .rendering import (
    CITE_SCHEME,
    MORE_SCHEME,
    Continued,
    NoteStyle,
    draft_parts,
    head_html,
    note_direction_text,
    note_parts,
    stylesheet,
)

HEADING, CITES, QUOTE, CODE, ITEM = 1, 2, 3, 4, 5
"""What a block is, in its user state, for the painter of what is behind the text."""

LIST_STYLE = QTextFormat.Property.UserProperty.value
"""The style of a list whose own marks are hidden."""


def no_image() -> QImage:
    """A valid picture of nothing: for None, Qt's image handler would read the file itself."""
    image = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    return image


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
        self.setUndoRedoEnabled(False)
        self._starts: list[int] = []  # of the parts, by position in the text
        self._pieces: list[tuple[int, str]] = []  # all that is written, and where each begins
        self._scratch = _Scratch(self)
        self._scratch.setUndoRedoEnabled(False)
        self._dress(style, font, right_to_left=right_to_left)

    def start_over(self, style: NoteStyle, font: QFont, *, right_to_left: bool) -> None:
        """Empty it for another note, perhaps in another dress."""
        self.clear()
        self._starts.clear()
        self._pieces.clear()
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
        return len(parts) - same

    def append_from(self, parts: Iterator[str], *, seconds: float, at_least: int = 0) -> bool:
        """Append parts for `seconds`, and `at_least` that many characters of HTML.

        True when there are no more.
        """
        end = time.perf_counter() + seconds
        cursor = QTextCursor(self)
        cursor.beginEditBlock()
        done = False
        written = 0
        while not done and (written < at_least or time.perf_counter() < end):
            part = next(parts, None)
            if part is None:
                done = True
            else:
                self._append(cursor, part)
                written += len(part)
        cursor.endEditBlock()
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

    def _mark_heading(self, start: int) -> None:
        """Give the first block of a part its level as a heading."""
        block = self.findBlock(start)
        head, words = QTextBlockFormat(), block
        head.setHeadingLevel(1 if start == 0 else 2)
        if start == 0 and _size(block.next()) > _size(block):
            words = block.next()  # the title, under the line that says what kind of note it is
        QTextCursor(words).mergeBlockFormat(head)
        block.setUserState(HEADING)

    def _mark(self, block: QTextBlock) -> None:
        """Give the new blocks their state."""
        while block.isValid():
            state = _state_of(block)
            block.setUserState(state)
            if state == CODE:
                wrapped = QTextBlockFormat()
                wrapped.setNonBreakableLines(False)
                QTextCursor(block).mergeBlockFormat(wrapped)
            elif state == ITEM and self._own_markers:
                # Qt draws a list's mark in the colour of its block, and the words in their own.
                QTextCursor(block).mergeBlockCharFormat(_invisible())
            block = block.next()

    # --- places ---

    def part_top(self, part: int) -> float:
        """Where a part begins, in px from the top of the document."""
        if not 0 <= part < len(self._starts):
            return self.size().height()
        block = self.findBlock(self._starts[part])
        return self.documentLayout().blockBoundingRect(block).top()

    def part_of(self, position: int) -> int:
        """The part a position in the text belongs to."""
        return max(0, bisect_right(self._starts, position) - 1)

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

    def hide_markers(self) -> None:
        """Take Qt's own marks of lists out of what is drawn, for paper: transparent ones are read
        by programs, and those of the painter would come a second time."""
        block = self.begin()
        while block.isValid():
            entries = block.textList()
            if entries is not None and not entries.format().hasProperty(LIST_STYLE):
                format = entries.format()
                format.setProperty(LIST_STYLE, format.style().value)
                format.setStyle(QTextListFormat.Style.ListStyleUndefined)
                entries.setFormat(format)
            block = block.next()

    def set_column(self, left: float, right: float, top: float, bottom: float) -> None:
        """Margins around the column of text, in px."""
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
    iterator = block.begin()
    if not iterator.atEnd():
        href = iterator.fragment().charFormat().anchorHref()
        if href.startswith((f"{CITE_SCHEME}:", f"{MORE_SCHEME}:")):
            return CITES
    return 0


SLICE_S = 0.008
"""Half a frame: what writing ahead takes at a time."""

AT_ONCE_CHARS = 20_000
"""HTML that is written before a note is shown: some pages of it, in 25 ms."""


NO_VIDEO = Video(id="", url="", title="")


@dataclass(frozen=True, slots=True)
class Content:
    """What is shown: a note, a draft of one about a video, or nothing yet. `kind` names the
    template."""

    kind: str = "Note"
    video: Video = NO_VIDEO
    note: Note | None = None
    draft: Draft | None = None

    @property
    def script(self) -> tuple[str, str]:
        """The tag of the language, which a draft does not have yet, and enough of the text to tell
        its script."""
        if self.note is not None:
            return self.note.language, note_direction_text(self.note)
        sections = self.draft.sections[:5] if self.draft is not None else ()
        return "", " ".join(f"{s.heading} {s.concise}" for s in sections)

    def cite_of(self, href: str) -> Cite | None:
        """The cite a link `cite:SECTION/NUMBER` stands for."""
        found = re.fullmatch(rf"{CITE_SCHEME}:(\d+)/(\d+)", href)
        if found is None or self.note is None:
            return None
        section, number = int(found[1]), int(found[2])
        sections = self.note.sections
        cites = sections[section].cites if section < len(sections) else ()
        return cites[number] if number < len(cites) else None

    def parts(self, level: Level, unfolded: frozenset[int]) -> Iterator[str]:
        """HTML of the head and the sections; `unfolded` ones show all of their times."""
        if self.note is not None:
            yield from note_parts(self.note, level, kind=self.kind, unfolded=unfolded)
        elif self.draft is not None:
            title = self.draft.title or self.video.name
            yield head_html(kind=self.kind, title=title, video=self.video)
            last = len(self.draft.sections) - 1
            for index, section in enumerate(self.draft.sections):
                is_open = index == last and not self.draft.whole
                yield from draft_parts(section, level, is_open=is_open)


class NoteLevels(QObject):
    """Makes and keeps the documents of what is shown, one for each level."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.content = Content()
        self._documents: dict[Level, NoteDocument] = {}
        self._spare: dict[Level, NoteDocument] = {}
        self._rests: dict[Level, Iterator[str]] = {}
        self._unfolded: frozenset[int] = frozenset()

    def show(self, content: Content) -> None:
        """Take over what is shown from now on. The documents of a draft go on with a longer one."""
        grows = self.content.draft is not None and content.draft is not None
        self.content = content
        if not grows:
            self._unfolded = frozenset()
            self.drop()

    def unfold(self, section: int) -> None:
        self._unfolded |= {section}
        self.drop()

    def drop(self) -> None:
        """Have the documents written again when next wanted; what is shown stays until then.

        They are used again and not deleted: a document that Qt deletes later, when Python has
        forgotten it, ends the process in PySide 6.11.
        """
        self._spare |= self._documents
        self._documents = {}
        self._rests.clear()

    def has(self, level: Level) -> bool:
        return level in self._documents

    def is_whole(self, level: Level) -> bool:
        return level not in self._rests

    def document(self, level: Level, style: NoteStyle, font: QFont) -> NoteDocument:
        """The document of a level, of which the first pages at least are written."""
        content = self.content
        document = self._documents.get(level)
        if document is None:
            leftwards = runs_right_to_left(content.script[1])
            document = self._spare.pop(level, None)
            if document is None:
                document = NoteDocument(style, font, self, right_to_left=leftwards)
            else:
                document.start_over(style, font, right_to_left=leftwards)
            title = QTextDocument.MetaInformation.DocumentTitle
            document.setMetaInformation(title, content.kind)
            self._documents[level] = document
            if content.note is not None:
                self._rests[level] = content.parts(level, self._unfolded)
                if document.append_from(self._rests[level], seconds=0, at_least=AT_ONCE_CHARS):
                    del self._rests[level]
        if content.draft is not None:
            document.show_parts(list(content.parts(level, self._unfolded)))
        return document

    def write_on(self, level: Level, *, seconds: float = SLICE_S) -> bool:
        """Write for some seconds more at a document that is there; True when it is whole."""
        rest = self._rests.get(level)
        if rest is not None and self._documents[level].append_from(rest, seconds=seconds):
            del self._rests[level]
        return self.is_whole(level)

    def finish(self, level: Level) -> None:
        """Write all of a document that is there."""
        while not self.write_on(level):
            pass
