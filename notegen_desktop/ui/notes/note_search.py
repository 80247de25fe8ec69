"""Finds text in a note and marks every place of it."""

from __future__ import annotations

from PySide6.QtGui import QColor, QTextCursor
from PySide6.QtWidgets import QTextBrowser, QTextEdit

from notegen_desktop.ui.kit.theme import palette

MOST_MATCHES = 1000


class Finder:
    """The places of one text in what `view` shows."""

    def __init__(self, view: QTextBrowser) -> None:
        self._view = view
        self._text = ""
        self._matches: list[QTextCursor] = []

    @property
    def searches(self) -> bool:
        """Whether a text is looked for."""
        return bool(self._text)

    @property
    def count(self) -> int:
        return len(self._matches)

    @property
    def number(self) -> int:
        """Which match is selected, from 1; 0 if none is."""
        at = self._view.textCursor()
        spans = [(match.selectionStart(), match.selectionEnd()) for match in self._matches]
        span = (at.selectionStart(), at.selectionEnd())
        return spans.index(span) + 1 if span in spans else 0

    def search(self, text: str) -> int:
        """Mark every place that has `text`, whatever its case. Returns how many there are."""
        self._text = text
        self.search_again()
        return self.count

    def search_again(self) -> None:
        """The view shows another document, or more of the same."""
        document = self._view.document()
        self._matches = []
        if self._text:
            found = document.find(self._text, 0)
            while not found.isNull() and found.hasSelection() and len(self._matches) < MOST_MATCHES:
                self._matches.append(found)
                found = document.find(self._text, found)
        self._mark(self.number - 1)

    def step(self, *, backward: bool = False) -> int:
        """Select the next match, round the end. Returns its number from 1, 0 if there is none."""
        if not self._matches:
            return 0
        at = self._view.textCursor()
        if backward:
            order = [
                i for i, m in enumerate(self._matches) if m.selectionStart() < at.selectionStart()
            ]
            index = order[-1] if order else len(self._matches) - 1
        else:
            order = [
                i for i, m in enumerate(self._matches) if m.selectionStart() >= at.selectionEnd()
            ]
            index = order[0] if order else 0
        self._view.setTextCursor(self._matches[index])
        self._view.ensureCursorVisible()
        self._mark(index)
        return index + 1

    def _mark(self, chosen: int) -> None:
        marks = []
        for index, match in enumerate(self._matches):
            mark = QTextEdit.ExtraSelection()
            mark.cursor = match
            colour = palette().selection if index == chosen else palette().warning_soft
            mark.format.setBackground(QColor(colour))
            marks.append(mark)
        self._view.setExtraSelections(marks)
