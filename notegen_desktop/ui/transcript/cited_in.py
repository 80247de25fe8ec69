"""The foot of the transcript: which sections of the note rest on the passages chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from notegen_desktop.ui.kit.build import icon_button
from notegen_desktop.ui.kit.theme import style

SHOWN_SECTIONS = 3
"""So many sections that rest on a passage are named; the rest are counted."""


class CitedIn(QFrame):
    """Under the list: what rests on the chosen passages.

    Signals: `section_wanted(int)`, `copy_wanted()`.
    """

    section_wanted = Signal(int)
    copy_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("citedIn")
        self._words = QLabel(self)
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        style(self._words, role="caption")
        self._copy = icon_button("copy", "Copy with the link (Ctrl+C)", self)
        self._copy.clicked.connect(self.copy_wanted)
        row = QHBoxLayout()
        row.addWidget(self._words, 1)
        row.addWidget(self._copy)
        self._buttons: list[_Link] = []
        column = QVBoxLayout(self)
        row.setContentsMargins(6, 0, 0, 0)  # the words of a link begin as far in
        column.setContentsMargins(10, 6, 10, 8)
        column.setSpacing(0)
        column.addLayout(row)
        for number in range(SHOWN_SECTIONS):
            button = _Link(self)
            button.setObjectName(f"citedIn:{number}")
            button.clicked.connect(
                lambda _=False, button=button: self.section_wanted.emit(
                    int(button.property("section"))
                )
            )
            self._buttons.append(button)
            column.addWidget(button)
        self.hide()

    def show_sections(
        self, sections: Sequence[tuple[int, str]], *, passages: int, finished: bool
    ) -> None:
        """Name the sections, each (number from 0, heading)."""
        what = "This passage" if passages == 1 else "These passages"
        more = len(sections) - SHOWN_SECTIONS
        if not finished:
            words = "The note is still being written"
        elif not sections:
            words = f"{what} {'is' if passages == 1 else 'are'} not cited in the note"
        else:
            words = f"{what} {'supports' if passages == 1 else 'support'}"
            words += f" {len(sections)} sections, among them" if more > 0 else ""
        self._words.setText(words)
        for button, section in zip(
            self._buttons, (*sections, *((-1, ""),) * SHOWN_SECTIONS), strict=False
        ):
            number, heading = section
            button.setProperty("section", number)
            button.show_words(heading or "Untitled")
            button.setAccessibleName(f"Go to section {number + 1}: {heading}")
            button.setVisible(number >= 0)
        self.setVisible(passages > 0)


class _Link(QPushButton):
    """A section to go to; a long heading is cut to the room there is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = ""
        style(self, kind="link")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setToolTip("Go to this section of the note")

    def show_words(self, words: str) -> None:
        self._words = words
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 16
        words = self.fontMetrics().elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        self.setText(words.replace("&", "&&"))
