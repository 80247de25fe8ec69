"""What could be asked, while nothing was: questions to click on."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import button, icon_label, label, vbox
from notegen_desktop.ui.kit.text import shortened

MAX_HEADINGS = 3
MAX_CHARS = 60
"""A longer heading makes no short question."""
SHOWN_CHARS = 40
"""Of a question that are shown: a line in the narrowest pane that there usually is."""


class Suggestions(QWidget):
    """Signals: `chosen(str)` a question."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._words = label(role="muted", wrap=True)
        self._list = vbox(spacing=6)
        icon = icon_label("messages-square", color="faint", size=28)
        vbox(icon, self._words, 4, self._list, None, margins=(16, 12, 16, 8), spacing=8, on=self)

    def show_words(self, words: str) -> None:
        self.show_questions((), words)

    def show_questions(self, questions: Sequence[str], words: str) -> None:
        self._words.setText(words)
        while (item := self._list.takeAt(0)) is not None:
            if widget := item.widget():
                widget.hide()
                widget.deleteLater()
        for question in questions:
            words = shortened(question, SHOWN_CHARS).replace("&", "&&")
            made = button(words, kind="link", tip=question, says=question)
            made.setCursor(Qt.CursorShape.PointingHandCursor)
            made.clicked.connect(lambda _=False, question=question: self.chosen.emit(question))
            self._list.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)


def suggested(note: Note, planned: Collection[str]) -> list[str]:
    """Questions made from what a note is about: from its headings, but for those that each note of
    its template has, `planned`."""
    from notegen_desktop.services.markup.html import line_words

    headings = [
        line_words(section.heading).strip()
        for section in note.sections
        if section.heading not in planned
    ]
    asked = [heading for heading in headings if heading.endswith("?")]
    told = [h for h in headings if h and not h.endswith("?") and len(h) <= MAX_CHARS]
    questions = [heading for heading in asked if len(heading) <= 2 * MAX_CHARS]
    questions += [_("What is said about “{heading}”?").format(heading=heading) for heading in told]
    return [_("What are the main points?"), *questions[:MAX_HEADINGS]]
