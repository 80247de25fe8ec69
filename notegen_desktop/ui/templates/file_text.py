"""Text editor for template files with line numbers, syntax colours and problem marks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontDatabase,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from notegen_desktop.domain.errors import InvalidTemplate
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import named
from notegen_desktop.ui.kit.text import plain_tip
from notegen_desktop.ui.kit.theme import follow_theme, palette, theme

FAMILIES = ("DejaVu Sans Mono", "Noto Sans Mono", "Menlo", "Consolas", "Courier New")
"""Fallback fonts if the system's monospace font is missing."""

GAP_PX = 10
"""Pixels on either side of the line numbers."""


class FileText(QPlainTextEdit):
    """Edits the text; Tab moves the focus on, as everywhere in the window."""

    def __init__(self) -> None:
        super().__init__()
        named(self, "templateText", _("Text of the template file"))
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self._problems: dict[int, str] = {}
        self._colours = _Colours(self.document())
        self._numbers = _Numbers(self)
        self.blockCountChanged.connect(lambda _: self._make_room())
        self.updateRequest.connect(lambda *_: self._numbers.update())
        follow_theme(self, self._restyle)
        self._restyle()

    def show_text(self, text: str) -> None:
        """Replace the text as an undoable edit."""
        if text == self.toPlainText():
            return
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)

    def start_with(self, text: str) -> None:
        """Set the text of another template and clear the undo history."""
        self.setPlainText(text)

    def show_problems(self, problems: Sequence[InvalidTemplate]) -> None:
        """Highlight the lines with problems."""
        self._problems = {problem.line: problem.words for problem in problems if problem.line}
        marks = []
        for line in self._problems:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = QTextCursor(self.document().findBlockByNumber(line - 1))
            mark.format.setBackground(QColor(palette().danger_soft))
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            marks.append(mark)
        self.setExtraSelections(marks)
        self._numbers.update()

    def go_to_line(self, line: int) -> None:
        """Move the cursor to a line, counted from 1."""
        block = self.document().findBlockByNumber(max(0, line - 1))
        self.setTextCursor(QTextCursor(block))
        self.centerCursor()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            spot = self.viewport().mapFromGlobal(event.globalPos())
            words = self._problems.get(self.cursorForPosition(spot).blockNumber() + 1, "")
            QToolTip.showText(event.globalPos(), plain_tip(words), self)
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._make_room()

    def _restyle(self) -> None:
        font = QFont(self.font())
        fixed = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont).family()
        font.setFamilies([fixed, *FAMILIES, *self.font().families()])
        font.setStyleHint(QFont.StyleHint.Monospace)
        font.setPixelSize(theme().text_px)
        self.setFont(font)
        self._colours.restyle()
        self._make_room()

    def numbers_width(self) -> int:
        digits = len(str(max(99, self.blockCount())))
        return self.fontMetrics().horizontalAdvance("9") * digits + 2 * GAP_PX

    def _make_room(self) -> None:
        width = self.numbers_width()
        left_to_right = self.layoutDirection() is not Qt.LayoutDirection.RightToLeft
        self.setViewportMargins(*((width, 0, 0, 0) if left_to_right else (0, 0, width, 0)))
        inner = self.contentsRect()
        left = inner.left() if left_to_right else inner.right() - width
        self._numbers.setGeometry(QRect(left, inner.top(), width, inner.height()))

    def paint_numbers(self, painter: QPainter, area: QRect) -> None:
        """Paint the numbers of visible lines, red for lines with problems."""
        colours = palette()
        painter.setFont(self.document().defaultFont())
        block = self.firstVisibleBlock()
        place = self.blockBoundingGeometry(block).translated(self.contentOffset())
        while block.isValid() and place.top() <= area.bottom():
            number = block.blockNumber() + 1
            wrong = number in self._problems
            painter.setPen(QColor(colours.danger if wrong else colours.faint))
            line = self.fontMetrics().height()
            row = QRect(0, int(place.top()), self._numbers.width() - GAP_PX, line)
            painter.drawText(row, Qt.AlignmentFlag.AlignRight, str(number))
            block = block.next()
            place = self.blockBoundingGeometry(block).translated(self.contentOffset())


class _Numbers(QWidget):
    def __init__(self, text: FileText) -> None:
        super().__init__(text)
        self._text = text

    def sizeHint(self) -> QSize:
        return QSize(self._text.numbers_width(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        self._text.paint_numbers(QPainter(self), event.rect())


class _Colours(QSyntaxHighlighter):
    """Highlights comments, keys, strings and values of TOML, multi-line strings included."""

    FENCES = ('"""', "'''")
    KEY = re.compile(r"\s*[\w\"'.-]+(?=\s*=)")
    WORD = re.compile(r"\"(?:\\.|[^\"\\])*\"|'[^']*'|#.*|\b(?:true|false|\d+)\b")

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[str, QTextCharFormat] = {}

    def restyle(self) -> None:
        colours = palette()
        for name, colour in (
            ("comment", colours.muted),
            ("key", colours.accent_ink),
            ("text", colours.success),
            ("value", colours.warning),
        ):
            self._formats[name] = QTextCharFormat()
            self._formats[name].setForeground(QColor(colour))
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if not self._formats:
            return
        at, inside = 0, self.previousBlockState()
        if inside > 0:
            at = self._rest_of_text(text, 0, inside)
            if at < 0:
                return
        self.setCurrentBlockState(0)
        if not inside > 0 and text.lstrip().startswith("["):
            self.setFormat(0, len(text), self._formats["key"])
            return
        if not inside > 0 and (key := self.KEY.match(text)):
            self.setFormat(key.start(), key.end() - key.start(), self._formats["key"])
            at = key.end()
        while at < len(text):
            fence = next((n for n, f in enumerate(self.FENCES, 1) if text.startswith(f, at)), 0)
            if fence:
                self.setFormat(at, 3, self._formats["text"])
                at = self._rest_of_text(text, at + 3, fence)
                if at < 0:
                    return
            elif found := self.WORD.match(text, at):
                word = found[0]
                kind = {"#": "comment", '"': "text", "'": "text"}.get(word[0], "value")
                self.setFormat(at, len(word), self._formats[kind])
                at = found.end()
            else:
                at += 1

    def _rest_of_text(self, text: str, at: int, fence: int) -> int:
        """Highlight to the end of a string; return its end, or -1 if it continues on the next
        line."""
        end = text.find(self.FENCES[fence - 1], at)
        stop = len(text) if end < 0 else end + 3
        self.setFormat(at, stop - at, self._formats["text"])
        self.setCurrentBlockState(fence if end < 0 else 0)
        return -1 if end < 0 else stop
