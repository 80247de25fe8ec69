"""Job panel: all jobs of the session as cards of videos or as a table."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from PySide6.QtWidgets import QFrame, QWidget

from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.jobs.remedies import Remedy, RemedyTools, remedies
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Activity
from notegen_desktop.ui.kit.build import delayed, every, scrolled, vbox
from notegen_desktop.ui.kit.job_text import (
    ThroughputEstimator,
    overall_words,
    queue_words,
    remaining_words,
)
from notegen_desktop.ui.kit.pages import Pages
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.widgets import EmptyState, identify

from .cards import JobRow, VideoCard
from .head import JobWishes, QueueHead, causes_of
from .model import QueueModel, RowFilter
from .table import QueueGrid

TICK_MS = 1000
"""Milliseconds between updates of elapsed times and countdowns, shown in whole seconds."""

CARDS_UP_TO = 6
"""Number of videos up to which cards are the default; more are shown as a table."""

EMPTY = 2
"""Index of the page shown without jobs."""

SAME_ORDER_S = 0.5
"""Maximum seconds between two videos of one order, which a long one adds in several steps."""

MAX_CARDS = 30
"""Number of videos above which only the table is offered: widgets for all jobs would be slow."""


class JobPanel(QFrame):
    """Shows the jobs; user requests are emitted on `wishes`."""

    def __init__(
        self, parent: QWidget | None = None, *, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._cards: dict[str, VideoCard] = {}
        self._rows: dict[str, JobRow] = {}
        self._templates: Mapping[str, NoteTemplate] = {}
        self.is_grid = False
        """True while the table is shown instead of the cards."""
        self._chosen = False  # True after the user chose a view
        self._paused = False
        self._activity: Activity | None = None
        self._means = RemedyTools()
        self._places: dict[str, str] = {}  # replaced video by the id of the new one
        self._orders: dict[str, int] = {}  # number of the order by the id of its video
        self._order = 0
        self._added_at = 0.0  # when the newest video was added, in seconds since the epoch
        self._pace = ThroughputEstimator()

        self.wishes = JobWishes(self)
        self.head = QueueHead(self.wishes)
        self.progress = self.head.progress
        self.retry_failed = self.head.retry_failed
        self.cancel_all = self.head.cancel_all
        self.head.clear.clicked.connect(self._clear_finished)
        self.head.switch.clicked.connect(self._switch_view)
        self.queue = QueueModel(self, now=now)
        self.head.filter.chosen.connect(lambda key: self.queue.show_only(RowFilter(key)))
        self.grid = QueueGrid(self.queue, self.wishes)
        self.grid.remedies_of = self._remedies

        self._content = QWidget()
        self._stack = vbox(None, margins=(12, 0, 12, 12), on=self._content)
        self.list = scrolled(self._content, "jobList")
        self.list.setAccessibleName(_("Notes being written"))
        table = QWidget()
        vbox(self.grid, margins=(4, 0, 0, 4), on=table)
        empty = EmptyState(self)
        empty.show_words(
            "list-checks",
            _("Nothing is under way"),
            _("What you generate is listed here while it is written."),
        )
        self._views = Pages()
        for view in (self.list, table, empty):
            self._views.addWidget(view)
        vbox(self.head, (self._views, 1), spacing=0, on=self)

        self._clock = every(self, TICK_MS, self._tick)
        self._telling = delayed(self, 0, self._tell)
        self._tell()

    def follow(self, board: QtBoard) -> None:
        """Connect to a board, to show its jobs from now on."""
        board.video_seen.connect(self.show_video)
        board.job_added.connect(self.add_job)
        board.job_changed.connect(self.show_job)
        board.job_removed.connect(self.remove_job)
        board.progress_changed.connect(self.show_progress)

    # --- setters ---

    def show_templates(self, templates: Mapping[str, NoteTemplate]) -> None:
        """Take the templates, for names and icons of later rows."""
        self._templates = templates
        self.queue.templates = templates

    def show_means(self, means: RemedyTools) -> None:
        """Take the means on this machine from which remedies are offered for failed jobs."""
        self._means = means
        self._tell_causes()

    def put_in_place(self, video_id: str, of: str) -> None:
        """Insert the future video `video_id` at the position of video `of`."""
        self._places[video_id] = of

    def show_video(self, video: Video) -> None:
        """Add a card for the video, or update it: the newest order on top, its videos in order."""
        if not self.queue.has_video(video.id):
            self._orders[video.id] = self._order_of_new(video.id)
        self.queue.show_video(video, after=self._places.get(video.id, ""))
        self._settle_view()
        if not self.is_grid:
            self._card(video).show_video(video)

    def add_job(self, job: NoteJob) -> None:
        """Add a job to the card of its video, which must be known."""
        self.queue.show_job(job)
        if not self.is_grid:
            self._row(job)
        self._job_changed()

    def show_job(self, job: NoteJob) -> None:
        self.queue.show_job(job)
        row = self._rows.get(job.id)
        if row is not None:
            self._show(row, job)
        self._job_changed()

    def remove_job(self, job: NoteJob) -> None:
        self.queue.remove_job(job)
        row = self._rows.pop(job.id, None)
        if row is not None:
            card = self._cards[job.video_id]
            card.remove_row(row)
            if not card.rows:
                del self._cards[job.video_id]
                self._drop(card)
        self._settle_view()
        self._job_changed()

    def show_progress(self, progress: float) -> None:
        """Show the overall progress, from 0 to 1."""
        self.progress.setValue(round(progress * 100))

    def show_paused(self, *, paused: bool) -> None:
        """Show whether the queue is paused."""
        self._paused = paused
        self.head.show_paused(paused=paused)
        self._tell()

    def show_activity(self, activity: Activity) -> None:
        """Take the cost and the estimate of this session."""
        self._activity = activity
        self._telling.start()

    # --- cards or table ---

    def _switch_view(self) -> None:
        self._chosen = True
        self._show_view(grid=not self.is_grid)

    def _settle_view(self) -> None:
        """Choose the table for many videos, cards for few, unless the user chose a view."""
        videos = self.queue.video_count
        if videos > MAX_CARDS:
            self._show_view(grid=True)
        elif not self._chosen:
            self._show_view(grid=videos > CARDS_UP_TO)
        self.head.show_view(grid=self.is_grid, may_switch=1 < videos <= MAX_CARDS)

    def _show_view(self, *, grid: bool) -> None:
        if grid is self.is_grid:
            return
        self.is_grid = grid
        if grid:
            for card in self._cards.values():
                self._drop(card)
            self._cards.clear()
            self._rows.clear()
        else:
            for video in self.queue.videos:
                self._card(video).show_video(video)
            for job in self.queue.jobs:
                self._row(job)
        self._settle_view()
        self._tell()

    def _card(self, video: Video) -> VideoCard:
        card = self._cards.get(video.id)
        if card is None:
            for other in self._cards.values():
                other.fold_if_done()
            card = self._cards[video.id] = VideoCard(video, self.wishes)
            identify(card)
            place = self._place(video.id)
            above = sum(self._place(other) < place for other in self._cards)
            self._stack.insertWidget(above, card)
            if not above:
                self.list.verticalScrollBar().setValue(0)
            self._places.pop(video.id, None)
        return card

    def _order_of_new(self, video_id: str) -> int:
        """Return the number of the order that a video belongs to, which was not shown so far."""
        replaced = self._places.get(video_id, "")
        if replaced in self._orders:
            return self._orders[replaced]
        now = self._now()
        if now - self._added_at > SAME_ORDER_S:
            self._order += 1
        self._added_at = now
        return self._order

    def _place(self, video_id: str) -> tuple[int, float]:
        """Return the sort key of a card."""
        return -self._orders[video_id], self.queue.place(video_id)

    def _drop(self, card: VideoCard) -> None:
        self._stack.removeWidget(card)
        card.hide()
        card.deleteLater()

    def _row(self, job: NoteJob) -> None:
        row = self._rows.get(job.id)
        if row is None:
            template = self._templates.get(job.template)
            name = _(template.name) if template else job.template
            row = JobRow(
                job,
                self.wishes,
                name=_("{name}, again").format(name=name) if job.request.again else name,
                icon=template.icon if template else "file-text",
            )
            self._rows[job.id] = row
            self._cards[job.video_id].add_row(row)
            identify(row)
        self._show(row, job)

    def _show(self, row: JobRow, job: NoteJob) -> None:
        row.show_job(job, self._now())
        self._cards[job.video_id].count()

    def _remedies(self, job: NoteJob) -> tuple[Remedy, ...]:
        if job.failure is None:
            return ()
        return remedies(job.failure, self.queue.video(job.video_id), self._means, job.request)

    # --- overall state ---

    def _job_changed(self) -> None:
        if self.is_grid:
            self._telling.start()  # once for simultaneous changes
        else:
            self._tell()

    def _tell(self) -> None:
        tally = self.queue.tally
        active = tally.active > 0
        if self._paused or not active:
            self._pace.stop()
        left = self._pace.look(tally, self._now())
        long = self.is_grid and active
        alone = min(tally.active, self._activity.left_alone if self._activity else 0)
        words = overall_words(tally, paused=self._paused, overnight=alone)
        self.head.show_state(
            queue_words(tally) if long else words,
            remaining_words(
                left,
                self._activity,
                active=active,
                paused=self._paused,
                overnight=0 < alone == tally.active,
            ),
            tally,
        )
        self._tell_causes()
        self.head.setVisible(tally.total > 0)
        self._views.setCurrentIndex(int(self.is_grid) if tally.total else EMPTY)
        if active and not self._clock.isActive():
            self._clock.start()
        elif not active:
            self._clock.stop()

    def _tell_causes(self) -> None:
        causes = causes_of(self.queue.failed.values())
        self.head.show_causes(causes, lambda job: self._remedies(self.queue.failed[job]))
        told = (cause for cause in causes if cause.is_exact and len(cause.jobs) > 1)
        shared = {job for cause in told for job in cause.jobs}
        for row in self._rows.values():
            row.tell_above(row.job.id in shared)
        for card in self._cards.values():
            card.offer(self._remedies)

    def watch(self) -> None:
        """Open the note of the running job with the most progress."""
        writing = [job for job in self.queue.jobs if job.status is Status.PROCESSING]
        if writing:
            self.wishes.open_wanted.emit(max(writing, key=lambda job: job.progress).id)

    def _clear_finished(self) -> None:
        over = (Status.COMPLETE, Status.CANCELLED)
        self.wishes.clear_wanted.emit([job.id for job in self.queue.jobs if job.status in over])

    def _tick(self) -> None:
        now = self._now()
        for row in self._rows.values():
            if not row.job.is_final:
                row.tick(now)
        self._telling.start()
