"""All jobs of the session: a card per video, a row per note, and how the whole stands.

It obeys `add_…`, `show_…` and `remove_job`, and emits wishes; the window connects both ends.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from notegen_desktop.domain.jobs import NoteJob, Status
from notegen_desktop.domain.templates import NoteTemplate
from notegen_desktop.domain.video import Video

from .job_words import overall_words
from .theme import set_icon, style
from .widgets.job_row import JobRow
from .widgets.naming import identify
from .widgets.video_card import VideoCard

TICK_MS = 1000
"""Elapsed times and countdowns are told in whole seconds."""

HEAD_PX = 44
"""Height of the line above the cards, so that it does not jump when its buttons come and go."""


class JobPanel(QFrame):
    """The jobs.

    Signals: `cancel_wanted(str)`, `retry_wanted(str)`, `open_wanted(str)` with the id of a job;
    `cancel_all_wanted()`, `retry_failed_wanted()`, `settings_wanted()`; `again_wanted(Video)` when
    other notes of a video are wanted; and `resized()` when the content wants another height.
    """

    cancel_wanted = Signal(str)
    retry_wanted = Signal(str)
    open_wanted = Signal(str)
    cancel_all_wanted = Signal()
    retry_failed_wanted = Signal()
    settings_wanted = Signal()
    again_wanted = Signal(object)
    resized = Signal()

    def __init__(
        self, parent: QWidget | None = None, *, now: Callable[[], float] = time.time
    ) -> None:
        super().__init__(parent)
        self._now = now
        self._cards: dict[str, VideoCard] = {}
        self._rows: dict[str, JobRow] = {}
        self._templates: Mapping[str, NoteTemplate] = {}

        self._words = QLabel()
        self._words.setObjectName("overallWords")
        self._words.setTextFormat(Qt.TextFormat.PlainText)
        style(self._words, role="strong")
        self.progress = QProgressBar()
        self.progress.setObjectName("overallProgress")
        self.progress.setRange(0, 100)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Overall progress")
        self.retry_failed = QPushButton("Retry failed")
        self.retry_failed.setObjectName("retryFailedButton")
        self.retry_failed.setProperty("kind", "link")
        set_icon(self.retry_failed, "rotate-ccw", color="accent_ink", size=14)
        self.retry_failed.clicked.connect(self.retry_failed_wanted)
        self.cancel_all = QPushButton("Cancel all")
        self.cancel_all.setObjectName("cancelAllButton")
        self.cancel_all.setProperty("kind", "ghost")
        self.cancel_all.clicked.connect(self.cancel_all_wanted)
        self._head = QWidget()
        head = QHBoxLayout(self._head)
        head.setContentsMargins(24, 8, 20, 4)
        head.setSpacing(12)
        head.addWidget(self._words)
        head.addWidget(self.progress, 1)
        self._rest = QWidget()  # keeps what follows on the right when there is no bar
        head.addWidget(self._rest, 1)
        head.addWidget(self.retry_failed)
        head.addWidget(self.cancel_all)
        self._head.setMinimumHeight(HEAD_PX)

        self._content = QWidget()
        self._content.setProperty("plane", "clear")
        self._stack = QVBoxLayout(self._content)
        self._stack.setContentsMargins(20, 4, 20, 16)
        self._stack.setSpacing(8)
        self._stack.addStretch(1)
        self.list = QScrollArea()
        self.list.setObjectName("jobList")
        self.list.setAccessibleName("Notes being written")
        self.list.setWidgetResizable(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWidget(self._content)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(self.list, 1)

        self._clock = QTimer(self, interval=TICK_MS)
        self._clock.timeout.connect(self._tick)
        self._fit = QTimer(self, interval=0, singleShot=True)
        self._fit.timeout.connect(self.resized)
        self._tell()

    # --- what is known ---

    def show_templates(self, templates: Mapping[str, NoteTemplate]) -> None:
        """Names and icons for rows to come."""
        self._templates = templates

    def show_video(self, video: Video) -> None:
        """A card for the video, above the others, or more about one that is there."""
        card = self._cards.get(video.id)
        if card is None:
            for other in self._cards.values():
                other.fold_if_done()
            card = VideoCard(video)
            card.fold_changed.connect(self._fit.start)
            card.again_wanted.connect(self.again_wanted)
            self._cards[video.id] = card
            identify(card)
            self._stack.insertWidget(0, card)
            self.list.verticalScrollBar().setValue(0)
        card.show_video(video)
        self._fit.start()

    def add_job(self, job: NoteJob) -> None:
        """A row in the card of its video, which was shown before."""
        if job.id in self._rows:
            self.show_job(job)
            return
        template = self._templates.get(job.template)
        row = JobRow(
            job,
            name=template.name if template else job.template,
            icon=template.icon if template else "file-text",
        )
        row.cancel_wanted.connect(self.cancel_wanted)
        row.retry_wanted.connect(self.retry_wanted)
        row.open_wanted.connect(self.open_wanted)
        row.settings_wanted.connect(self.settings_wanted)
        self._rows[job.id] = row
        self._cards[job.video_id].add_row(row)
        identify(row)
        self.show_job(job)

    def show_job(self, job: NoteJob) -> None:
        row = self._rows.get(job.id)
        if row is None:
            return
        before = row.job.status
        row.show_job(job, self._now())
        self._cards[job.video_id].count()
        if before is not job.status:
            self._fit.start()
        self._tell()

    def remove_job(self, job: NoteJob) -> None:
        row = self._rows.pop(job.id, None)
        if row is None:
            return
        card = self._cards[job.video_id]
        card.remove_row(row)
        if not card.rows:
            del self._cards[job.video_id]
            self._stack.removeWidget(card)
            card.hide()
            card.deleteLater()
        self._fit.start()
        self._tell()

    def fold_done(self) -> None:
        """Fold the cards whose notes are all there: who reads them has their tabs."""
        for card in self._cards.values():
            card.fold_if_done()

    def show_progress(self, progress: float) -> None:
        """The overall progress, from 0 to 1."""
        self.progress.setValue(round(progress * 100))

    def preferred_height(self) -> int:
        """What all cards together take at the present width, in px."""
        width = self.list.viewport().width()
        wanted = self._stack.totalHeightForWidth(width) if self._stack.hasHeightForWidth() else -1
        content = wanted if wanted >= 0 else self._content.sizeHint().height()
        return max(HEAD_PX, self._head.sizeHint().height()) + content

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit.start()  # reasons wrap differently now

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.preferred_height())

    # --- inside ---

    def _tell(self) -> None:
        jobs = [row.job for row in self._rows.values()]
        active = any(not job.is_final for job in jobs)
        self._words.setText(overall_words(jobs))
        self.progress.setVisible(active)
        self.cancel_all.setVisible(active)
        self._rest.setVisible(not active)
        failed = sum(1 for job in jobs if job.status is Status.ERROR)
        self.retry_failed.setVisible(failed > 1)
        if active and not self._clock.isActive():
            self._clock.start()
        elif not active:
            self._clock.stop()

    def _tick(self) -> None:
        now = self._now()
        for row in self._rows.values():
            if not row.job.is_final:
                row.tick(now)
