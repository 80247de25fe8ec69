"""Practice page: one card, its four answer buttons, and messages when no card is due."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton, QWidget

from notegen_desktop.domain.notes.note import Level
from notegen_desktop.domain.practice.schedule import Rating, interval_words
from notegen_desktop.domain.practice.session import PracticeCard
from notegen_desktop.domain.words import N_, _, pgettext
from notegen_desktop.ui.kit.build import button, hbox, icon_button, label, named, progress_bar, vbox
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.screen_reader import announce, give_menu
from notegen_desktop.ui.kit.text import one_line
from notegen_desktop.ui.kit.theme import scaled, style
from notegen_desktop.ui.kit.widgets import EmptyState, identify

if TYPE_CHECKING:
    from .card_face import CardFace

WIDTH_PX = 720
FOOT_PX = 52
"""Height of the buttons in pixels: two lines, the answer and the resulting interval."""
GROUP = N_("Practice")
KEYS_WORDS = N_("Space turns the card · 1 to 4 answer · Ctrl+Z takes the last answer back")
_TIPS = {
    Rating.AGAIN: N_("I did not know it"),
    Rating.HARD: N_("I knew it with effort"),
    Rating.GOOD: N_("I knew it"),
    Rating.EASY: N_("I knew it at once"),
}


class PracticeView(QWidget):
    """Shows a card, or why there is none.

    Signals: `answered(Rating)`; `undo_wanted()`; `leave_out_wanted()` to exclude this card;
    `back_wanted()` to include excluded cards again; `all_wanted()` to practise all notes;
    `note_wanted()` to open the card's note; `next_wanted()` when the button of the empty page was
    pressed; `cite_activated(Video, float)`, `link_activated(str, Video)`.
    """

    answered = Signal(object)
    undo_wanted = Signal()
    leave_out_wanted = Signal()
    back_wanted = Signal()
    all_wanted = Signal()
    note_wanted = Signal()
    next_wanted = Signal()
    cite_activated = Signal(object, float)
    link_activated = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        named(self, "practiceView", _("Practice"))
        self.shown: PracticeCard | None = None
        self.level = Level.STANDARD  # level of the answers
        self.is_turned = False
        self._free = True
        self._face: CardFace | None = None
        self._made = False
        self._bind()

    def _make(self) -> None:
        """Create the widgets when first needed, to keep the start of the window fast."""
        if self._made:
            return
        self._made = True
        self._card = QFrame()
        self.progress: QProgressBar = progress_bar(
            "practiceProgress", _("Answered of this sitting")
        )
        self._title = ElidedLabel(_("Practice"), role="heading", name="practiceTitle")
        self._left = label(role="caption", name="practiceLeft")
        self._all = button(
            _("All notes"), "practiceAllButton", kind="link", pressed=self.all_wanted
        )
        self.undo_button = icon_button(
            "undo-2", _("Take the last answer back (Ctrl+Z)"), name="practiceUndoButton",
            pressed=self.undo_wanted,
        )  # fmt: skip
        self._more = icon_button("ellipsis", _("More"), name="practiceMoreButton")
        self._of = ElidedLabel(role="caption", name="practiceNote", facts=True)
        self._doubt = ElidedLabel(
            _("Doubtful: not all of this was found in the video"), role="caption"
        )
        self._doubt.setProperty("tone", "warning")
        self.turn_button = button(
            _("Show answer"),
            "practiceTurnButton",
            kind="primary",
            tip=pgettext("key", "Space"),
            pressed=self.turn,
        )
        self.answer_buttons: dict[Rating, QPushButton] = {
            rating: button(
                rating.words, f"practiceAnswer:{rating.value}",
                tip=f"{_(_TIPS[rating])} ({rating.value})",
                pressed=partial(self._answer, rating),
            )
            for rating in Rating
        }  # fmt: skip
        self._keys = label(
            _(KEYS_WORDS), role="caption", wrap=True, align=Qt.AlignmentFlag.AlignCenter
        )
        self._nothing = EmptyState(self)
        self._pages = Pages()
        self._build()
        self._nothing.pressed.connect(self.next_wanted)
        self.set_scope("")
        self.set_can_undo(False)
        self.show_nothing("wallet-cards", _("Opening your cards …"), "")
        identify(self)

    def _build(self) -> None:
        menu = give_menu(self._more)
        self._leave_out = menu.addAction(_("Leave this card out"))
        self._leave_out.triggered.connect(self.leave_out_wanted)
        self._open = menu.addAction(_("Open its note"))
        self._open.triggered.connect(self.note_wanted)
        menu.addSeparator()
        self._back = menu.addAction(_("Have cards again that were left out"))
        self._back.triggered.connect(self.back_wanted)
        head = hbox(
            (self._title, 1), self._all, self._left, self.undo_button, self._more, spacing=8
        )
        card = self._card
        card.setProperty("plane", "card")
        card.setObjectName("practiceCard")
        facts = hbox((self._of, 1), self._doubt, margins=(28, 14, 20, 0))
        self._on_card = vbox(facts, margins=(1, 1, 1, 8), spacing=0, on=card)
        self._answers = QWidget()
        hbox(*((each, 1) for each in self.answer_buttons.values()), spacing=8, on=self._answers)
        self._foot = Pages()
        self._foot.addWidget(self.turn_button)
        self._foot.addWidget(self._answers)
        for each in (self.turn_button, *self.answer_buttons.values()):
            each.setMinimumHeight(scaled(FOOT_PX))
        self._foot.setFixedHeight(scaled(FOOT_PX))
        sitting = QWidget()
        vbox((card, 1), self._foot, self._keys, spacing=10, on=sitting)
        self._pages.addWidget(sitting)
        self._pages.addWidget(self._nothing)
        column = QWidget()
        column.setMaximumWidth(WIDTH_PX)
        vbox(head, self.progress, (self._pages, 1), margins=(20, 14, 20, 14), spacing=10, on=column)
        hbox(None, (column, 20), None, spacing=0, on=self)

    def _bind(self) -> None:
        for rating in Rating:
            answer, key = partial(self._answer, rating), str(rating.value)
            command(
                self,
                _("Answer: {words}").format(words=rating.words),
                answer,
                key,
                group=GROUP,
                within=True,
            )
        command(self, _("Turn the card"), self.turn, group=GROUP)
        command(self, _("Take the last answer back"), self.undo_wanted.emit, group=GROUP)
        command(self, _("Leave this card out"), self.leave_out_wanted.emit, group=GROUP)
        command(self, _("Open the note of this card"), self.note_wanted.emit, group=GROUP)

    # --- setters ---

    @property
    def face(self) -> CardFace:
        """The view of the card, created when first used."""
        self._make()
        if self._face is None:
            from .card_face import CardFace

            self._face = face = CardFace(self)
            face.cite_activated.connect(self.cite_activated)
            face.link_activated.connect(self.link_activated)
            face.focused.connect(lambda on: style(self._card, focused=on))
            self._on_card.addWidget(face, 1)
            identify(face)
        return self._face

    def set_scope(self, title: str) -> None:
        """Set the title of the note being practised, "" for all notes."""
        self._make()
        self._title.setText(one_line(title) or _("Practice"))
        self._all.setVisible(bool(title))

    def set_can_undo(self, can: bool) -> None:
        self._make()
        self.undo_button.setEnabled(can)

    def set_left_out(self, number: int) -> None:
        """Set the number of excluded cards."""
        self._make()
        self._back.setEnabled(number > 0)

    def show_progress(self, *, answered: int, left: int) -> None:
        """Show the number of answered and remaining cards."""
        self._make()
        self.progress.setValue(round(100 * answered / max(1, answered + left)))
        self._left.setText(_("{left} left").format(left=left) if left else "")

    def show_card(
        self, shown: PracticeCard, intervals: Mapping[Rating, float], *, kind: str = ""
    ) -> None:
        """Show the question of a card.

        `intervals` are the seconds until the next repetition for each answer, `kind` the name of
        the note's template.
        """
        self._make()
        self.shown = shown
        self._set_turned(turned=False)
        self._free = True
        about = one_line(shown.note.title or shown.note.video.name)
        self._of.setText(f"{about} · {kind}" if kind else about)
        self._doubt.setVisible(shown.card.is_doubtful)
        for rating, made in self.answer_buttons.items():
            words = interval_words(intervals[rating])
            made.setText(f"{rating.words}\n{words}")
            made.setAccessibleName(
                _("{answer}: again in {time}").format(answer=rating.words, time=words)
            )
            made.setEnabled(True)
        self._show_page(0)
        self.face.prepare_answer()
        self.face.setAccessibleName(_("Card"))
        self.face.setAccessibleDescription(shown.card.asks)
        if self.isVisible():
            self.face.setFocus()
            announce(self, shown.card.asks)

    def show_nothing(self, icon: str, title: str, words: str, *, action: str = "") -> None:
        """Show why there is no card."""
        self._make()
        self.shown = None
        self._nothing.show_words(icon, title, words, action=action)
        self._show_page(1)
        if self.isVisible() and title:
            announce(self, f"{title} {words}".strip())

    def _show_page(self, page: int) -> None:
        self._pages.setCurrentIndex(page)
        self.progress.setVisible(page == 0)
        self._left.setVisible(page == 0)
        self._leave_out.setEnabled(page == 0)
        self._open.setEnabled(page == 0)

    # --- user input ---

    def turn(self) -> None:
        """Show the answer."""
        if self.shown is not None and not self.is_turned:
            self._set_turned(turned=True)
            self.face.setFocus()

    def _set_turned(self, *, turned: bool) -> None:
        self.is_turned = turned
        if self.shown is not None:
            self.face.show_card(self.shown, self.level, turned=turned)
        self._foot.setCurrentIndex(1 if turned else 0)

    def _answer(self, rating: Rating, _: bool = False) -> None:
        """Emit an answer, once per card until `free` is called."""
        if self.shown is None or not self._free:
            return
        if not self.is_turned:
            self.turn()
            return
        self._free = False
        self.answered.emit(rating)

    def free(self) -> None:
        """Allow another answer, because the last one could not be stored."""
        self._free = True

    def showEvent(self, event: QShowEvent) -> None:
        self._make()
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self.is_turned:
                self._answer(Rating.GOOD)
            else:
                self.turn()
        else:
            super().keyPressEvent(event)
