"""Footer of the transcript: sections of the note that cite the selected segments."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QPushButton, QSizePolicy, QWidget

from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.ui.kit.build import hbox, icon_button, label, vbox
from notegen_desktop.ui.kit.theme import style

SHOWN_SECTIONS = 3
"""Maximum citing sections shown as links; the rest are counted."""


class CitedIn(QFrame):
    """Links to the sections that cite the selected segments.

    Signals: `section_wanted(int)`.
    """

    section_wanted = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("citedIn")
        self._words = label(role="caption")
        self.copy = icon_button("copy", _("Copy with the link (Ctrl+C)"))
        # Links have 6 px of padding: align the text with theirs.
        row = hbox((self._words, 1), self.copy, margins=(6, 0, 0, 0), spacing=6)
        self._links = [_Link(self) for __ in range(SHOWN_SECTIONS)]
        for place, link in enumerate(self._links):
            link.setObjectName(f"citedIn:{place}")
            link.clicked.connect(lambda _=False, link=link: self.section_wanted.emit(link.section))
        vbox(row, *self._links, margins=(10, 6, 10, 8), spacing=0, on=self)
        self.hide()

    def show_sections(
        self, sections: Sequence[tuple[int, str]], *, passages: int, finished: bool
    ) -> None:
        """Show the citing sections as (number from 0, heading) pairs.

        `passages` is the number of selected segments; `finished` is False while the note is
        written.
        """
        several = len(sections)
        if not finished:
            words = _("The note is still being written")
        elif not sections:
            words = ngettext(
                "This passage is not cited in the note",
                "These passages are not cited in the note",
                passages,
            )
        elif several <= SHOWN_SECTIONS:
            words = ngettext("This passage is cited in", "These passages are cited in", passages)
        else:
            words = ngettext(
                "This passage is cited in {sections} sections, among them",
                "These passages are cited in {sections} sections, among them",
                passages,
            ).format(sections=number(several))
        self._words.setText(words)
        for place, link in enumerate(self._links):
            link.setVisible(place < several)
            if place < several:
                link.show_section(*sections[place])
        self.setVisible(passages > 0)


class _Link(QPushButton):
    """Link button to a section; a long heading is elided."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.section = -1
        self._heading = ""
        style(self, kind="link")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setToolTip(_("Go to this section of the note"))

    def show_section(self, number: int, heading: str) -> None:
        """Set the target section, counted from 0."""
        self.section, self._heading = number, heading or _("Untitled")
        self.setAccessibleName(
            _("Go to section {number}: {heading}").format(number=number + 1, heading=heading)
        )
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        room = self.width() - 16
        words = self.fontMetrics().elidedText(self._heading, Qt.TextElideMode.ElideRight, room)
        self.setText(words.replace("&", "&&"))
