"""The foot of the transcript: which sections of the note rest on the passages chosen."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QWidget

from notegen_desktop.ui.kit.build import hbox, icon_button, label, vbox
from notegen_desktop.ui.kit.theme import style

SHOWN_SECTIONS = 3
"""Sections resting on a passage that are named; the rest are counted."""


class CitedIn(QFrame):
    """Under the list: what rests on the chosen passages.

    Signals: `section_wanted(int)`, `copy_wanted()`.
    """

    section_wanted = Signal(int)
    copy_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("citedIn")
        self._words = label(role="caption")
        copy = icon_button("copy", "Copy with the link (Ctrl+C)", pressed=self.copy_wanted)
        # The words of a link begin 6 px further in.
        row = hbox((self._words, 1), copy, margins=(6, 0, 0, 0), spacing=6)
        self._links = [_Link(self) for _ in range(SHOWN_SECTIONS)]
        for number, link in enumerate(self._links):
            link.setObjectName(f"citedIn:{number}")
            link.clicked.connect(lambda _=False, link=link: self.section_wanted.emit(link.section))
        vbox(row, *self._links, margins=(10, 6, 10, 8), spacing=0, on=self)
        self.hide()

    def show_sections(
        self, sections: Sequence[tuple[int, str]], *, passages: int, finished: bool
    ) -> None:
        """Name the sections, each (number from 0, heading)."""
        what = "This passage is" if passages == 1 else "These passages are"
        more = len(sections) - SHOWN_SECTIONS
        if not finished:
            words = "The note is still being written"
        elif not sections:
            words = f"{what} not cited in the note"
        else:
            words = f"{what} cited in"
            words += f" {len(sections)} sections, among them" if more > 0 else ""
        self._words.setText(words)
        for number, link in enumerate(self._links):
            link.setVisible(number < len(sections))
            if number < len(sections):
                link.show_section(*sections[number])
        self.setVisible(passages > 0)


class _Link(QPushButton):
    """A section to go to; a long heading is cut to the room there is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.section = -1
        self._heading = ""
        style(self, kind="link")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setToolTip("Go to this section of the note")

    def show_section(self, number: int, heading: str) -> None:
        """Lead to a section, counted from 0."""
        self.section, self._heading = number, heading or "Untitled"
        self.setAccessibleName(f"Go to section {number + 1}: {heading}")
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 16
        words = self.fontMetrics().elidedText(self._heading, Qt.TextElideMode.ElideRight, room)
        self.setText(words.replace("&", "&&"))
