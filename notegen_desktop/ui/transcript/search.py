"""Search bar above the transcript."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import hbox, icon_button, label, named
from notegen_desktop.ui.kit.widgets import SearchField

from .model import TranscriptModel
from .segment_list import SegmentList


class TranscriptSearch(QWidget):
    """Search field, number of matches, and buttons to the previous and next match.

    Signals: `led_to(int)` with the row of the current match, which is visible now.
    """

    led_to = Signal(int)

    def __init__(self, rows: TranscriptModel, view: SegmentList, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self._list = view
        self.field = named(SearchField(self), "transcriptSearch", _("Search the transcript"))
        self.field.setPlaceholderText(_("Search what is said"))
        self.count = label(role="caption")
        self.previous = icon_button(
            "chevron-up", _("Previous match (Shift+Enter)"), pressed=lambda: self.step(-1)
        )
        self.following = icon_button(
            "chevron-down", _("Next match (Enter)"), pressed=lambda: self.step(1)
        )
        for button in (self.previous, self.following):
            button.setEnabled(False)
        line = ((self.field, 1), 4, self.count, self.previous, self.following)
        hbox(*line, margins=(14, 6, 10, 8), spacing=2, on=self)
        self.field.textChanged.connect(self._find)
        self.field.returnPressed.connect(self._step_on)
        self.field.left_below.connect(self._go_to_list)

    def search_again(self) -> None:
        """Repeat the search in another transcript."""
        if self.field.text():
            self._find(self.field.text())

    def open(self) -> None:
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def _find(self, text: str) -> None:
        count = self._rows.find(text)
        for button in (self.previous, self.following):
            button.setEnabled(count > 0)
        if not text.strip():
            self.count.setText("")
        elif not count:
            self.count.setText(_("Not found"))
        else:
            # Start at the first visible row.
            first = self._list.indexAt(QPoint(1, 1)).row()
            matches = self._rows.matches
            self._choose(next((n for n, m in enumerate(matches) if m.row >= first), 0))

    def step(self, by: int) -> None:
        """Go to the next match (1) or the previous one (-1), wrapping around."""
        count = len(self._rows.matches)
        if count:
            self._choose((self._rows.chosen + by) % count)

    def _choose(self, number: int) -> None:
        match = self._rows.matches[number]
        self._rows.choose(number)
        self.count.setText(
            _("{number} of {matches}").format(number=number + 1, matches=len(self._rows.matches))
        )
        if not self._list.is_seen(match.row):
            self._list.scrollTo(
                self._rows.index(match.row), SegmentList.ScrollHint.PositionAtCenter
            )
        self.led_to.emit(match.row)

    def _step_on(self) -> None:
        back = QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier
        self.step(-1 if back else 1)

    def _go_to_list(self) -> None:
        if not self._rows.rowCount():
            return
        chosen = self._rows.chosen
        if chosen >= 0:
            index = self._rows.index(self._rows.matches[chosen].row)
        else:
            index = self._list.currentIndex()
        self._list.selectionModel().setCurrentIndex(
            index if index.isValid() else self._list.indexAt(QPoint(1, 1)),
            QItemSelectionModel.SelectionFlag.ClearAndSelect,
        )
        self._list.setFocus(Qt.FocusReason.OtherFocusReason)
