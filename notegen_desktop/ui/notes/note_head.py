"""Widgets above a note: video buttons, level selector, statement line, failure banner."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.video import Video, clock
from notegen_desktop.domain.notes.note import Level, StatementCount
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.ui.kit.build import (
    button,
    hbox,
    icon_button,
    icon_label,
    label,
    named,
    vbox,
)
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.job_text import video_title
from notegen_desktop.ui.kit.media.playable import may_play
from notegen_desktop.ui.kit.screen_reader import give_menu
from notegen_desktop.ui.kit.text import one_line, plain_tip
from notegen_desktop.ui.kit.theme import set_icon, style
from notegen_desktop.ui.kit.widgets import Segmented

NARROW_PX = 640
"""Page width in pixels below which the buttons beside the statements show only icons."""

MAX_CHAPTERS = 60
"""Maximum chapters in the menu."""

_OPENS = {
    "browser": ("external-link", N_("Open video"), N_("Open video in your browser")),
    "player": ("play", N_("Play"), N_("Play here, from where you left it")),
    "program": ("external-link", N_("Open file"), N_("Open file in its own program")),
}
"""Icon, name and tooltip of the button for each way to open a video."""


class VideoButtons(QWidget):
    """Buttons for the video of a note: chapters, and open or play.

    Signals: `open_wanted()` to open the video outside; `play_wanted()` to play it in the window, if
    that is possible; `chapter_wanted(float)` with the start of a chapter in seconds.
    """

    open_wanted = Signal()
    play_wanted = Signal()
    chapter_wanted = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._video: Video | None = None
        self.chapters = icon_button(
            "list-video", _("Go to what the note has about a chapter"), name="chaptersButton"
        )
        self._menu = give_menu(self.chapters, "chaptersMenu")
        self.open = icon_button(name="openVideoButton", pressed=self._open)
        hbox(self.chapters, self.open, spacing=4, on=self)

    def show_video(self, video: Video) -> None:
        """Show the buttons for a video."""
        if video == self._video:
            return
        self._video = video
        icon, name, how = _OPENS[self._way(video)]
        set_icon(self.open, icon)
        self.open.setToolTip(plain_tip(f"{_(how)}\n{video_title(video)}"))
        self.open.setAccessibleName(_(name))
        self._show_chapters(video)

    @staticmethod
    def _way(video: Video) -> str:
        return "browser" if video.is_online else "player" if may_play(video) else "program"

    def _open(self) -> None:
        if self._video is not None:
            wish = self.play_wanted if self._way(self._video) == "player" else self.open_wanted
            wish.emit()

    def _show_chapters(self, video: Video) -> None:
        self._menu.clear()
        for chapter in video.chapters[:MAX_CHAPTERS]:
            name = one_line(chapter.title).replace("&", "&&")
            action = self._menu.addAction(f"{clock(chapter.start_s)}   {name}")
            action.triggered.connect(
                lambda _=False, start_s=chapter.start_s: self.chapter_wanted.emit(start_s)
            )
        self.chapters.setVisible(bool(video.chapters))
        self.chapters.setAccessibleName(
            ngettext("{n} chapter", "{n} chapters", len(video.chapters)).format(
                n=number(len(video.chapters))
            )
        )


LEVEL_NAMES: Mapping[Level, tuple[str, str]] = {
    Level.CONCISE: (N_("Concise"), N_("The essence, in 50 to 75 words a section (Ctrl+1)")),
    Level.STANDARD: (N_("Standard"), N_("In 100 to 150 words a section (Ctrl+2)")),
    Level.COMPREHENSIVE: (
        N_("Comprehensive"),
        N_("Everything, in 200 to 300 words a section (Ctrl+3)"),
    ),
}


class LevelSelector(Segmented):
    """Segmented control for the level of detail."""

    def __init__(self) -> None:
        super().__init__([(level.value, _(name)) for level, (name, __) in LEVEL_NAMES.items()])
        named(self, "levelSelector", _("Level of detail"))
        for level, (name, tip) in LEVEL_NAMES.items():
            button = self.button(level.value)
            button.setObjectName(f"level:{level.value}")
            button.setToolTip(_(tip))
            button.setAccessibleName(_("{name} level").format(name=_(name)))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_level(self, level: Level) -> None:
        self.choose(level.value)


_BANNER_ICONS = {"danger": "circle-alert", "warning": "triangle-alert"}


class NoteBanner(QFrame):
    """Message why a note is incomplete, and the button `retry`."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("noteBanner")
        self._message = label(role="strong", wrap=True, selectable=True)
        self._hint = label(role="muted", wrap=True, selectable=True)
        self.retry = QPushButton()
        set_icon(self.retry, "rotate-ccw", color="text")
        self._icon = icon = icon_label(size=20)
        words = vbox(self._message, self._hint, spacing=2)
        row = hbox(icon, (words, 1), self.retry, margins=(16, 12, 16, 12), spacing=12, on=self)
        row.setAlignment(icon, Qt.AlignmentFlag.AlignTop)
        row.setAlignment(self.retry, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def show_failure(self, failure: Failure) -> None:
        self.show_words(failure.message, failure.hint, retry=_("Retry"))

    def show_words(self, message: str, hint: str, *, retry: str, tone: str = "danger") -> None:
        """Show a message; `retry` is the button's label, "" for none; `tone` is danger or
        warning."""
        set_icon(self._icon, _BANNER_ICONS[tone], color=tone, size=20)
        style(self, tone=tone)
        self.retry.setVisible(bool(retry))
        self._message.setText(one_line(message))
        self._hint.setText(one_line(hint))
        self._hint.setVisible(bool(hint))
        self.retry.setText(f" {retry}")
        self.show()


JUDGES = N_("Have each statement judged by the words said at its time")
TAKES_OUT = N_("Take this statement out of the note; it can be undone")


class StatementsLine(QFrame):
    """Number of statements supported by the transcript, and the current doubtful one.

    The page connects `before` and `after` (previous and next doubtful statement), `take_out` and
    `rewrite` (the current one), `review` (all statements) and `stop` (stop writing).
    """

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("statementsLine")
        self._icon = icon_label(size=14)
        self.words = ElidedLabel("", self, name="statementsFound", role="caption")
        self._count: StatementCount | None = StatementCount()
        self._doubt = self._rewrite_tip = ""
        self._may_change = self._busy = self._by_model = False
        self.before = icon_button("chevron-up", _("Previous doubtful statement (Shift+F8)"))
        self.after = icon_button("chevron-down", _("Next doubtful statement (F8)"))
        self.review, self.take_out, self.rewrite, self.stop = (
            button(words, name, says=words, kind="link", icon=icon, tip=_(tip))
            for words, name, icon, tip in (
                (_("Second look"), "reviewButton", "text-search", JUDGES),
                (_("Take out"), "takeOutButton", "trash-2", TAKES_OUT),
                (_("Write again"), "rewriteButton", "rotate-ccw", ""),
                (_("Stop"), "stopWritingButton", "circle-stop", ""),
            )
        )
        row = (self._icon, (self.words, 1), self.review, self.take_out, self.rewrite, self.stop)
        hbox(*row, self.before, self.after, margins=(18, 0, 14, 4), spacing=6, on=self)
        self.setMinimumWidth(1)  # its buttons shrink with it
        # Constant height: the text below must not move when statements are counted.
        self.setMinimumHeight(self.after.sizeHint().height() + 4)
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        words = event.size().width() >= NARROW_PX
        for each in (self.review, self.take_out, self.rewrite, self.stop):
            each.setText(each.accessibleName() if words else "")

    def show_count(self, count: StatementCount | None) -> None:
        """Show the counts; None while counting."""
        self._count = count
        self._show()

    def show_doubt(self, words: str) -> None:
        """Show the reason of the current doubtful statement; "" for none."""
        self._doubt = words
        self._show()

    def set_changes(
        self, *, allowed: bool, busy: bool, by_model: bool, rewrite_tip: str = ""
    ) -> None:
        """Set which changes are offered.

        `allowed`: the note may be changed; `busy`: it is being changed; `by_model`: a model wrote
        it and can review it; `rewrite_tip`: tooltip with the cost of rewriting, "" if not possible.
        """
        self._may_change, self._busy = allowed, busy
        self._by_model, self._rewrite_tip = by_model, rewrite_tip
        self._show()

    def _show(self) -> None:
        count = self._count or StatementCount()
        found = ("circle-check", "success") if count.verified == count.cited else ("info", "muted")
        icon, color = ("triangle-alert", "warning") if count.doubtful else found
        set_icon(self._icon, icon, color=color, size=14)
        self.words.setText(
            self._doubt or (count.words if self._count else _("Counting statements…"))
        )
        for step in (self.before, self.after):
            step.setVisible(count.doubtful > 0)
        self.take_out.setVisible(bool(self._doubt))
        self.take_out.setEnabled(self._may_change)
        self.rewrite.setVisible(bool(self._doubt and self._rewrite_tip))
        self.rewrite.setEnabled(self._may_change)
        self.rewrite.setToolTip(self._rewrite_tip)
        self.review.setVisible(self._by_model and not self._doubt and not self._busy)
        self.review.setEnabled(self._may_change)
        self.stop.setVisible(self._busy)
        self.setToolTip(
            _(
                "{verified} found, {doubtful} doubtful, {unchecked} with nothing to compare with"
            ).format(verified=count.verified, doubtful=count.doubtful, unchecked=count.unchecked)
        )
        self.setVisible(count.cited > 0 or self._count is None)
