"""Text search in a note: highlights matches and moves between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QLineEdit, QPlainTextEdit, QScrollBar, QTextEdit, QWidget

from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import hbox, icon_button, label
from notegen_desktop.ui.kit.theme import palette

MAX_MATCHES = 1000

MARK_PX = 3
"""Height in pixels of a mark in the scroll bar."""


class Finder(QObject):
    """The matches of one text in the document of `view`.

    Signals: `found(int)` with the final number of matches once a long note is completely written.
    """

    found = Signal(int)

    def __init__(self, view: QTextEdit | QPlainTextEdit) -> None:
        super().__init__(view)
        self._view = view
        self._text = ""
        self._matches: list[QTextCursor] = []
        self._under: list[QTextEdit.ExtraSelection] = []

    def show_under(self, marks: list[QTextEdit.ExtraSelection]) -> None:
        """Show other highlights below those of matches."""
        self._under = marks
        self._mark(self.number - 1)

    @property
    def searches(self) -> bool:
        """True while there is a text to search for."""
        return bool(self._text)

    @property
    def count(self) -> int:
        return len(self._matches)

    @property
    def number(self) -> int:
        """Number of the selected match from 1; 0 for none."""
        at = self._view.textCursor()
        spans = [(match.selectionStart(), match.selectionEnd()) for match in self._matches]
        span = (at.selectionStart(), at.selectionEnd())
        return spans.index(span) + 1 if span in spans else 0

    def search(self, text: str) -> int:
        """Highlight all matches of `text`, ignoring case, and return their number so far.

        `found` reports later ones if the note is still being written.
        """
        self._text = text
        self.search_again()
        return self.count

    def search_again(self) -> None:
        """Repeat the search after the document changed or grew."""
        document = self._view.document()
        self._matches = []
        if self._text:
            found = document.find(self._text, 0)
            while not found.isNull() and found.hasSelection() and len(self._matches) < MAX_MATCHES:
                self._matches.append(found)
                found = document.find(self._text, found)
        self._mark(self.number - 1)

    def step(self, *, backward: bool = False) -> int:
        """Select the next match, wrapping around, and return its number from 1; 0 for none."""
        if not self._matches:
            return 0
        at = self._view.textCursor()
        numbered = list(enumerate(self._matches))
        if backward:
            before = (n for n, m in reversed(numbered) if m.selectionStart() < at.selectionStart())
            index = next(before, len(self._matches) - 1)
        else:
            after = (n for n, m in numbered if m.selectionStart() >= at.selectionEnd())
            index = next(after, 0)
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
        self._view.setExtraSelections([*self._under, *marks])
        bar = self._view.verticalScrollBar()
        if isinstance(bar, MarkedScrollBar):
            bar.show_marks(self._shares())

    def _shares(self) -> Iterator[float]:
        """Yield the position of each match as a fraction of the document's height."""
        layout = self._view.document().documentLayout()
        whole = layout.documentSize().height()
        for match in self._matches if whole > 0 else ():
            yield layout.blockBoundingRect(match.block()).top() / whole


class MarkedScrollBar(QScrollBar):
    """Scroll bar with marks at the positions of matches."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.marks: tuple[float, ...] = ()

    def show_marks(self, shares: Iterable[float]) -> None:
        """Mark these positions, from 0 (start) to 1 (end)."""
        marks = tuple(sorted({round(share, 3) for share in shares}))
        if marks != self.marks:
            self.marks = marks
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.marks:
            return
        painter = QPainter(self)
        colour = QColor(palette().warning)
        for mark in self.marks:
            top = round(mark * (self.height() - MARK_PX))
            painter.fillRect(1, top, self.width() - 2, MARK_PX, colour)
        painter.end()


class FindBar(QFrame):
    """Search bar below a note, for `finder` in `view`."""

    def __init__(self, view: QTextEdit | QPlainTextEdit, finder: Finder, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("findBar")
        self._view = view
        self._finder = finder
        self._edit = QLineEdit(self)
        self._edit.setAcceptDrops(False)  # the window handles drops
        self._edit.setObjectName("findEdit")
        self._edit.setPlaceholderText(_("Find in this note"))
        self._edit.setAccessibleName(_("Find in this note"))
        self._edit.setMaximumWidth(320)
        self._count = label(role="caption")
        previous = icon_button(
            "chevron-up",
            _("Previous match (Shift+Enter)"),
            pressed=lambda: self._step(backward=True),
        )
        following = icon_button(
            "chevron-down", _("Next match (Enter)"), pressed=lambda: self._step(backward=False)
        )
        close = icon_button("x", _("Close (Esc)"), pressed=self.close_bar)
        self._edit.textChanged.connect(self._search)
        row = ((self._edit, 1), previous, following, self._count, None, close)
        hbox(*row, margins=(16, 6, 16, 6), spacing=6, on=self)
        finder.found.connect(self._recount)
        self.hide()

    @property
    def words(self) -> str:
        """Text about the number of matches."""
        return self._count.text()

    def open_bar(self) -> None:
        """Show the bar and search for the selected text."""
        selected = self._view.textCursor().selectedText()
        if selected and "\u2029" not in selected:
            self._edit.setText(selected)
        self.show()
        self._edit.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._edit.selectAll()
        self._search(self._edit.text())

    def open_with(self, text: str) -> None:
        """Show the bar, search for `text` and select its first match."""
        self.show()
        self._edit.setText(text)
        self._search(text)

    def close_bar(self) -> None:
        self.hide()
        self._finder.search("")
        self._view.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_bar()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._step(backward=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def find_again(self) -> None:
        """Repeat the search after the text or the theme changed; the cursor stays."""
        if self.isVisible():
            self._tell(self._finder.search(self._edit.text()))

    def _tell(self, count: int) -> None:
        words = _("{count} found").format(count=count) if count else _("Not found")
        if number := self._finder.number:
            words = _("{number} of {total}").format(number=number, total=count)
        self._count.setText(words if self._edit.text() else "")

    def _search(self, text: str) -> None:
        count = self._finder.search(text)
        self._tell(count)
        if count:
            cursor = self._view.textCursor()
            cursor.setPosition(cursor.selectionStart())
            self._view.setTextCursor(cursor)
            self._step(backward=False)

    def _recount(self, total: int) -> None:
        """Update the total, now that a long note is complete."""
        number = self._finder.number
        if number:
            self._count.setText(_("{number} of {total}").format(number=number, total=total))
        elif total:
            self._search(self._edit.text())

    def _step(self, *, backward: bool) -> None:
        total = self._finder.search(self._edit.text())
        number = self._finder.step(backward=backward)
        if number:
            self._count.setText(_("{number} of {total}").format(number=number, total=total))
