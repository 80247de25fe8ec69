"""The page of notes: the welcome while there is nothing, else the jobs above what is read.

It shares out the height between the two, unless the line between them was moved by hand.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QSplitter, QStackedWidget, QWidget

from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.ui.kit.build import hbox, icon_button
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.segmented import Segmented
from notegen_desktop.ui.kit.widgets import identify
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from notegen_desktop.ui.queue.panel import JobPanel

from .welcome import Welcome

JOBS_SHARE = 0.42
"""The jobs take at most this share of the height by themselves; dragging the line gives more."""

READING_PX = 280
"""Height that the note below them keeps by itself: its buttons, and some lines of it."""


class Workspace(QStackedWidget):
    """Follows a board that has jobs or none."""

    def __init__(
        self,
        board: QtBoard,
        *,
        welcome: Welcome,
        jobs: JobPanel,
        results: ResultTabs,
        reading: QWidget,
    ) -> None:
        """`reading` holds the `results`."""
        super().__init__()
        self.jobs_share = JOBS_SHARE
        self._has_notes = False
        self._board = board
        self._welcome = welcome
        self._jobs = jobs
        self._results = results
        self.work = QSplitter(Qt.Orientation.Vertical)
        self.work.setObjectName("workSplitter")
        self.work.setChildrenCollapsible(False)
        self.addWidget(welcome)
        self.addWidget(self.work)
        self.work.addWidget(jobs)
        self.work.addWidget(reading)
        self.work.setStretchFactor(0, 0)
        self.work.setStretchFactor(1, 1)
        jobs.resized.connect(self._fit_jobs)
        self.work.splitterMoved.connect(self._split_moved)
        board.job_added.connect(self._show_work)
        board.job_removed.connect(self.settle)
        board.job_finished.connect(self._show_finished)
        results.shown_changed.connect(lambda _: self.settle())
        results.tabBarClicked.connect(self._read_on)

    def settle(self) -> None:
        """The welcome while there is nothing else; the jobs while there are any."""
        page = self._results.page_shown
        if page is not None:
            identify(page)
        jobs = len(self._board.board) > 0
        self._jobs.setVisible(jobs)
        if self._has_notes != (self._results.count() > 0):
            self._has_notes = not self._has_notes
            self._fit_jobs()
        busy = jobs or self._has_notes
        self.setCurrentWidget(self.work if busy else self._welcome)

    def _show_work(self) -> None:
        """A job came: at the first one the welcome goes."""
        if self._jobs.isHidden() or self.currentWidget() is not self.work:
            self.settle()

    def _show_finished(self, job: NoteJob) -> None:
        """The page of a finished note has new widgets, if it is the one shown."""
        results = self._results
        if results.count() < 2 or results.key_at(results.currentIndex()) == job.id:
            self.settle()

    def _read_on(self) -> None:
        """Another note is turned to: the page changes anyway, so it may get more room too."""
        if not self._board.board.tally.active:
            self._jobs.fold_done()

    def _fit_jobs(self) -> None:
        """Give the jobs the height they want, within their share."""
        wanted = self._jobs.preferred_height()
        self._jobs.setMaximumHeight(wanted)
        total = self.work.height()
        if total > 0:
            most = int(total * self.jobs_share)
            if self.jobs_share == JOBS_SHARE and self._has_notes:
                most = min(most, total - READING_PX)
            share = min(wanted, most)
            self.work.setSizes([share, total - share])

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_jobs()

    def _split_moved(self) -> None:
        """From now on the jobs may take the share that they were given by hand."""
        self.jobs_share = self.work.sizes()[0] / max(1, self.work.height())


# --- The bar above the pages: which page, what goes on, and the settings ---


class TopBar(QFrame):
    """`pages` chooses between "notes" and "library"; two buttons stand on the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("topBar")
        self.pages = Segmented((("notes", "Notes", "file-text"), ("library", "Library", "library")))
        self.pages.setObjectName("pageSwitch")
        self.pages.setAccessibleName("Page")
        self.activity = icon_button(
            "activity",
            "Activity: requests, limits and cost (Ctrl+Shift+A)",
            name="activityButton",
            says="Activity",
            size=18,
        )
        self.activity.setCheckable(True)
        self.settings = icon_button("settings", "Settings (Ctrl+,)", name="settingsButton", size=18)
        self.help = icon_button("circle-help", "Help and commands (F1)", name="helpButton", size=18)
        hbox(
            self.pages,
            None,
            self.activity,
            self.settings,
            self.help,
            margins=(20, 10, 12, 10),
            spacing=6,
            on=self,
        )
