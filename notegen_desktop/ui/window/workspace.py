"""Right column: the top bar, and the notes page with open notes, recent videos or the welcome."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QWidget

from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext, pgettext
from notegen_desktop.ui.kit.build import hbox, icon_button, named
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.screen_reader import give_menu
from notegen_desktop.ui.kit.theme import scaled
from notegen_desktop.ui.kit.widgets import Segmented, identify
from notegen_desktop.ui.notes.result_tabs import ResultTabs

from .last_session import LastSession
from .rail import HEAD_PX, MAX_COUNTED
from .recent import RecentVideos
from .welcome import Welcome


class Workspace(Pages):
    """Shows open notes; without any, recent videos, or the welcome page if there are none."""

    def __init__(self, board: QtBoard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board = board

    def fill(
        self,
        *,
        welcome: Welcome,
        recent: RecentVideos,
        results: ResultTabs,
        reading: QWidget,
        session: LastSession,
    ) -> None:
        """Add the pages; `reading` holds the `results`, into which `session` restores tabs."""
        board = self._board
        self._welcome = welcome
        self._results = results
        self._reading = reading
        self._recent = recent
        self._session = session
        self.addWidget(welcome)
        self.addWidget(recent)
        self.addWidget(reading)
        board.job_added.connect(self._show_work)
        board.job_removed.connect(self.settle)
        board.job_finished.connect(self._show_finished)
        results.shown_changed.connect(lambda _: self.settle())
        recent.changed.connect(self.settle)
        session.settled.connect(self.settle)

    def settle(self) -> None:
        page = self._results.page_shown
        if page is not None:
            identify(page)
        board, known = self._board.board, bool(self._recent.videos)
        work = board.tally.active > 0 if known else len(board) > 0
        if work or self._results.count() > 0 or self._session.is_coming:
            self.setCurrentWidget(self._reading)
        else:
            self.setCurrentWidget(self._recent if known else self._welcome)

    def _show_work(self) -> None:
        if self.currentWidget() is not self._reading:
            self.settle()

    def _show_finished(self, job: NoteJob) -> None:
        """Update the page if the finished note is the one shown."""
        results = self._results
        if results.count() < 2 or results.key_at(results.currentIndex()) == job.id:
            self.settle()


# --- Top bar: page switch and buttons ---


class TopBar(QFrame):
    """Page switch between "notes", "library" and "practice", and buttons on the right.

    Where the buttons do not fit beside the words of the switch, a menu has those that are left out.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self.pages = Segmented(
            (("notes", _("Notes")), ("library", _("Library")), ("practice", _("Practice")))
        )
        named(self.pages, "pageSwitch", pgettext("of the window", "Page"))
        self.ask = icon_button(
            "messages-square",
            _("Ask your library (Ctrl+Shift+J)"),
            name="askLibraryButton",
            size=18,
        )
        self.read = icon_button(
            "maximize", _("Reading mode (F11)"), name="readingModeButton", size=18
        )
        self.activity = icon_button(
            "activity",
            _("Activity: requests, limits and cost (Ctrl+Shift+A)"),
            name="activityButton",
            says=_("Activity"),
            size=18,
        )
        self.activity.setCheckable(True)
        self.settings = icon_button(
            "settings", _("Settings (Ctrl+,)"), name="settingsButton", size=18
        )
        self.help = icon_button(
            "circle-help", _("Help and commands (F1)"), name="helpButton", size=18
        )
        self._buttons = (self.ask, self.read, self.activity, self.settings, self.help)
        self._more = icon_button("ellipsis", _("More"), name="topMoreButton", size=18)
        self._menu = give_menu(self._more, "topMoreMenu")
        self._menu.aboutToShow.connect(self._fill_menu)
        self._row = hbox(
            self.pages,
            None,
            *self._buttons,
            self._more,
            margins=(16, 6, 12, 6),
            spacing=6,
            on=self,
        )
        self.setFixedHeight(HEAD_PX + scaled(20) - 20)
        self._measure()

    def show_due(self, cards: int) -> None:
        """Show the number of cards to practise."""
        button = self.pages.button("practice")
        shown = f"{cards}" if cards <= MAX_COUNTED else f"{MAX_COUNTED}+"
        button.setText(f"{_('Practice')}  {shown}" if cards else _("Practice"))
        button.setAccessibleName(
            ngettext("Practice: {n} card", "Practice: {n} cards", cards).format(n=number(cards))
            if cards
            else _("Practice")
        )
        self._measure()

    def minimumSizeHint(self) -> QSize:
        """Return the size with all buttons: the left column gives way before they do."""
        return QSize(self._need(len(self._buttons)), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._measure()

    def _measure(self) -> None:
        """Take the width of the page switch, which depends on its words and the font."""
        self.pages.set_tight(False)
        self._pages_px = self.pages.sizeHint().width()
        self.updateGeometry()
        self._settle()

    def _settle(self) -> None:
        """Leave out buttons from the left, so that no word of the page switch is cut off."""
        every = len(self._buttons)
        kept = next((n for n in range(every, 0, -1) if self._need(n) <= self.width()), 0)
        for place, button in enumerate(self._buttons):
            button.setVisible(place >= every - kept)
        self._more.setVisible(kept < every)
        self.pages.set_tight(self._need(kept) > self.width())

    def _need(self, kept: int) -> int:
        """Return the width in pixels of the page switch and the last `kept` buttons."""
        shown = [*self._buttons[len(self._buttons) - kept :]]
        if kept < len(self._buttons):
            shown.append(self._more)
        margins = self._row.contentsMargins()
        widths = (button.minimumWidth() or button.sizeHint().width() for button in shown)
        buttons = sum(self._row.spacing() + width for width in widths)
        return margins.left() + self._pages_px + buttons + margins.right()

    def _fill_menu(self) -> None:
        self._menu.clear()
        for button in self._buttons:
            if button.isHidden():
                action = self._menu.addAction(button.toolTip())
                action.setEnabled(button.isEnabled())
                action.setCheckable(button.isCheckable())
                action.setChecked(button.isChecked())
                action.triggered.connect(button.click)
