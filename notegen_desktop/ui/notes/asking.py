"""Panel for questions about a video or note, with answers that cite times."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from notegen_desktop.domain.asking.exchange import Exchange
from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Note, Section
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import (
    APART_PX,
    button,
    clear,
    delayed,
    hbox,
    icon_button,
    icon_label,
    label,
    named,
    scrolled,
    vbox,
)
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.screen_reader import announce
from notegen_desktop.ui.kit.text import shortened
from notegen_desktop.ui.kit.theme import scaled
from notegen_desktop.ui.notes.note_head import NoteBanner
from notegen_desktop.ui.notes.note_view import NoteView

MIN_PX, WANTED_PX = 240, 360
"""Minimum and preferred width in pixels."""
MIN_HEIGHT_PX = 200

MARGINS = (8, 24, 16)
"""Margins of the conversation in pixels: top, bottom and sides, aligned with the field."""

GROW_MS = 120
"""Milliseconds between redraws of a growing answer."""

CONVERSATION = "conversation"


class AskPanel(QFrame):
    """Shows one conversation and a field for the next question.

    Signals: `asked(str)`; `copied(str)` with the message after copying. The window connects `stop`
    (stop the answer), `forget` (delete the conversation), `close_button`, and the links of `view`.
    """

    asked = Signal(str)
    copied = Signal(str)

    def __init__(self, *, prefix: str = "ask") -> None:
        """`prefix` begins the object names of the field and the view."""
        super().__init__()
        named(self, f"{prefix}Panel", _("Questions"))
        self.exchanges: tuple[Exchange, ...] = ()
        self._video = Video("", "", "")
        self._question = ""
        self._growing = ""
        self._follows = False
        self._enabled = True
        self.view = NoteView(
            self,
            name=f"{prefix}View",
            says=_("Questions and answers"),
            margins=MARGINS,
            smaller=True,
        )
        self.suggestions = Suggestions(self)
        self.edit = QLineEdit(self)
        self.cost = label(name=f"{prefix}Cost", role="caption", wrap=True)
        self._banner = NoteBanner(self)
        self._states = Pages(self)
        self._grow_timer = delayed(self, GROW_MS, self._render)
        self._build(prefix)
        self._connect()
        self.show_conversation((), self._video)

    def _build(self, prefix: str) -> None:
        named(self.edit, f"{prefix}Edit", _("Your question"))
        self.edit.setPlaceholderText(_("Ask a question"))
        self.edit.setMaxLength(2000)
        self.edit.setAcceptDrops(False)  # drops belong to the window
        self.edit.setMinimumHeight(scaled(34))
        self.send = button(_("Ask"), f"{prefix}Send", kind="primary", says=_("Ask this question"))
        self.stop = button(
            _("Stop"), f"{prefix}Stop", icon="circle-stop", says=_("Stop the answer")
        )
        self.stop.hide()
        self.copy = icon_button("copy", _("Copy questions and answers"), pressed=self._copy)
        self.forget = icon_button("trash-2", _("Delete these questions and answers"))
        self.close_button = icon_button("x", _("Hide the questions (Ctrl+J)"))
        self._states.addWidget(scrolled(self.suggestions))
        self._states.addWidget(self.view)
        self.title = label(_("Questions"), role="strong")
        head = hbox(
            *(self.title, None, self.forget, APART_PX, self.copy, self.close_button),
            margins=(16, 10, 10, 4),
            spacing=2,
        )
        field = hbox((self.edit, 1), self.send, self.stop, spacing=8)
        foot = vbox(field, self.cost, margins=(16, 8, 12, 10), spacing=6)
        vbox(head, (self._states, 1), self._banner, foot, spacing=0, on=self)
        self.setMinimumSize(MIN_PX, MIN_HEIGHT_PX)

    def _connect(self) -> None:
        self.edit.returnPressed.connect(self._ask)
        self.edit.textChanged.connect(lambda _: self._settle())
        self.send.clicked.connect(self._ask)
        self.suggestions.chosen.connect(self._ask_this)
        self._banner.retry.clicked.connect(self._ask)
        self.view.moved.connect(self._let_go)

    # --- setters ---

    @property
    def is_answering(self) -> bool:
        return not self.stop.isHidden()

    def show_conversation(
        self, exchanges: Sequence[Exchange], video: Video, *, question: str = "", growing: str = ""
    ) -> None:
        """Show questions and answers; `question` is being answered, with `growing` so far."""
        self.exchanges = tuple(exchanges)
        self._video = video
        self._question, self._growing = question, growing
        self._banner.hide()
        self._follows = True
        self._show_busy(busy=bool(question))
        self._render()

    def begin(self, question: str) -> None:
        """Show that a question was sent."""
        self._question, self._growing = question, ""
        self._banner.hide()
        self._follows = True
        self._show_busy(busy=True)
        self.edit.clear()
        self._render()

    def grow(self, text: str) -> None:
        """Show the answer received so far."""
        self._growing = text
        if not self._grow_timer.isActive():
            self._grow_timer.start()

    def finish(self, exchange: Exchange) -> None:
        self.exchanges = (*self.exchanges, exchange)
        self._question = self._growing = ""
        self._show_busy(busy=False)
        self._render()
        announce(self, _("Answered."))

    def stopped(self) -> None:
        """End without an answer, on request or failure; put the question back into the field."""
        question, self._question, self._growing = self._question, "", ""
        self._show_busy(busy=False)
        if not self.edit.text():
            self.edit.setText(question)
        self._render()

    def fail(self, failure: Failure) -> None:
        self.stopped()
        self._banner.show_failure(failure)
        announce(self, failure.message)

    def show_cost(self, words: str) -> None:
        self.cost.setText(words)
        self.cost.setVisible(bool(words))

    def show_nothing(self, words: str) -> None:
        """Disable questions and show why."""
        self.show_conversation((), Video("", "", ""))
        self.suggestions.show_words(words)
        self._enabled = False
        self._settle()

    def show_suggestions(self, questions: Sequence[str], words: str) -> None:
        """Enable questions and suggest some, shown while the conversation is empty."""
        self.suggestions.show_questions(questions, words)
        self._enabled = True
        self._settle()

    def _show_busy(self, *, busy: bool) -> None:
        had_focus = self.stop.hasFocus() or self.send.hasFocus()
        self.send.setVisible(not busy)
        self.stop.setVisible(busy)
        if had_focus:
            self.edit.setFocus()
        self._settle()

    def _settle(self) -> None:
        self.edit.setEnabled(self._enabled)
        self.send.setEnabled(self._enabled and bool(self.edit.text().strip()))
        has_some = bool(self.exchanges)
        self.copy.setEnabled(has_some)
        self.forget.setEnabled(has_some and not self.is_answering)

    def _render(self) -> None:
        self._grow_timer.stop()
        empty = not self.exchanges and not self._question
        self._states.setCurrentIndex(0 if empty else 1)
        self._settle()
        if empty:
            return
        note = as_note(self.exchanges, self._video, self._question, self._growing)
        videos = {each.id: each for one in self.exchanges for each in one.videos}
        self.view.show_note(note, kind=_("Questions"), videos=tuple(videos.values()))
        if self._follows:
            self.view.scroll_to_section(len(note.sections) - 1)
            self._follows = bool(self._question)

    def _let_go(self) -> None:
        """Stop following the growing answer, because the user has scrolled."""
        self._follows = False

    # --- requests ---

    def _ask(self) -> None:
        self._ask_this(self.edit.text())

    def _ask_this(self, question: str) -> None:
        if question.strip() and self._enabled and not self.is_answering:
            self.asked.emit(question.strip())

    def _copy(self) -> None:
        what = (
            _("the selection")
            if self.view.textCursor().hasSelection()
            else _("questions and answers")
        )
        self.view.copy_markdown()
        self.copied.emit(_("Copied {what} as Markdown.").format(what=what))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.is_answering:
            self.stop.click()
        else:
            super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(WANTED_PX, 400)


def as_note(
    exchanges: Sequence[Exchange], video: Video, question: str = "", growing: str = ""
) -> Note:
    """Return a conversation as a note for the note view: one section per question."""
    sections = [Section(each.question, each.cites, standard=_told(each)) for each in exchanges]
    if question:
        sections.append(Section(question, standard=growing or "…"))
    return Note(
        title="",
        video=exchanges[-1].videos[0] if not video.id and exchanges else video,
        template=CONVERSATION,
        template_version="",
        language="",
        engine="",
        model="",
        created="",
        sections=tuple(sections),
        id=CONVERSATION,
    )


def _told(exchange: Exchange) -> str:
    """Return an answer with its remark."""
    return f"{exchange.answer}\n\n*{exchange.remark}*" if exchange.remark else exchange.answer


# --- Suggested questions ---

SHOWN_CHARS = 40
"""Maximum characters shown of a question: one line in the usual narrowest pane."""


class Suggestions(QWidget):
    """List of suggested questions. Signals: `chosen(str)` with a question."""

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
        clear(self._list)
        for question in questions:
            words = shortened(question, SHOWN_CHARS).replace("&", "&&")
            made = button(words, kind="link", tip=question, says=question)
            made.setCursor(Qt.CursorShape.PointingHandCursor)
            made.clicked.connect(lambda _=False, question=question: self.chosen.emit(question))
            self._list.addWidget(made, 0, Qt.AlignmentFlag.AlignLeft)
