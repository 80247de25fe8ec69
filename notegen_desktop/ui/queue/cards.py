"""One note in the making: what kind, how far, what it waits for, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QWidget

from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status
from notegen_desktop.domain.links.video import Video
from notegen_desktop.ui.kit.build import (
    button,
    grid,
    hbox,
    icon_button,
    icon_label,
    label,
    progress_bar,
    vbox,
)
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.job_text import status_words, video_facts, video_title
from notegen_desktop.ui.kit.theme import set_icon, style
from notegen_desktop.ui.kit.widgets import Tile

from .model import SIGNS

SETTING_FOR = {
    "key_missing": "",
    "key_ring_locked": "",
    "key_rejected": "",
    "model_not_found": "gemini.model",
    "no_free_tier": "gemini.model",
    "budget_exceeded": "budget.run_usd",
}
"""Failures that a setting puts right, and the key of that setting; "" is the API key."""


class JobRow(QFrame):
    """Shows a job, named after its template.

    Signals: `cancel_wanted`, `retry_wanted`, `open_wanted`, each with the id of the job, and
    `settings_wanted(str)` with the key of the setting to change, or "" for the API key.
    """

    cancel_wanted = Signal(str)
    retry_wanted = Signal(str)
    open_wanted = Signal(str)
    settings_wanted = Signal(str)

    def __init__(
        self, job: NoteJob, *, name: str, icon: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.job = job
        self.setObjectName(f"job:{job.template}")
        self.setProperty("jobRow", True)
        self._name_text = name
        self._icon_name = icon

        self._icon = icon_label(size=18)
        self._name = ElidedLabel(name, name="jobName", role="strong")
        self.progress = progress_bar("jobProgress", f"Progress of {name}")
        self.status = label("", "jobStatus", selectable=True)
        self._hint = label("", "jobHint", role="caption", wrap=True)
        self.cancel = icon_button(
            "x",
            "Cancel this note",
            name="jobCancelButton",
            says=f"Cancel {name}",
            size=14,
            pressed=lambda: self.cancel_wanted.emit(self.job.id),
        )
        self.retry = button(
            "Retry",
            "jobRetryButton",
            kind="link",
            icon="rotate-ccw",
            tip="Write this note again",
            says=f"Retry {name}",
            pressed=lambda: self.retry_wanted.emit(self.job.id),
        )
        self.settings = button(
            "Open settings", "jobSettingsButton", kind="link", pressed=self._open_settings
        )
        self.open = button(
            "Open",
            "jobOpenButton",
            kind="link",
            tip="Show this note",
            says=f"Open {name}",
            pressed=lambda: self.open_wanted.emit(self.job.id),
        )
        first = hbox(
            (self._name, 1), self.status, self.settings, self.retry, self.open, self.cancel
        )
        layout = grid(self, margins=(8, 1, 4, 1), spacing=(10, 1))
        layout.addWidget(self._icon, 0, 0)
        layout.addLayout(first, 0, 1)
        layout.addWidget(self.progress, 1, 1)
        layout.addWidget(self._hint, 3, 1)
        layout.setRowMinimumHeight(0, 30)
        self._first = first
        self._grid = layout
        self._below = False

    def show_job(self, job: NoteJob, now: float) -> None:
        """Take over the newest state of the job; `now` in seconds since the epoch."""
        self.job = job
        failed = job.status is Status.ERROR
        style(self, status=job.status.value, stage=job.stage.value)
        self._place_status(below=failed)
        self.tick(now)
        self.progress.setValue(100 if job.status is Status.COMPLETE else int(job.progress * 100))
        self.progress.setVisible(not job.is_final)
        waiting = job.stage is Stage.WAITING and not job.is_final
        style(self.progress, tone="warning" if waiting else "")
        tone = {Status.ERROR: "danger", Status.COMPLETE: "success"}.get(job.status, "")
        style(self.status, role="caption", tone="warning" if waiting else tone)
        sign, color = SIGNS.get(job.status, (self._icon_name, "accent_ink"))
        set_icon(self._icon, sign, color=color)
        failure = job.failure if failed else None
        self._hint.setText(failure.hint if failure else "")
        self._hint.setVisible(bool(failure and failure.hint))
        self.settings.setVisible(bool(failure and failure.code in SETTING_FOR))
        self.cancel.setVisible(not job.is_final)
        self.retry.setVisible(job.can_retry)
        self.open.setVisible(job.status is Status.COMPLETE)
        opens = job.status is Status.COMPLETE
        self.setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)

    def _open_settings(self) -> None:
        code = self.job.failure.code if self.job.failure else ""
        self.settings_wanted.emit(SETTING_FOR.get(code, ""))

    def tick(self, now: float) -> None:
        """Let the words about time go on."""
        words = status_words(self.job, now)
        if self.status.text() != words:
            self.status.setText(words)
            self.setAccessibleName(f"{self._name_text}: {words}")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        left = event.button() is Qt.MouseButton.LeftButton
        if left and inside and self.job.status is Status.COMPLETE:
            self.open_wanted.emit(self.job.id)
        else:
            super().mouseReleaseEvent(event)

    def _place_status(self, *, below: bool) -> None:
        """A reason for failing takes a line of its own; all else stands beside the name."""
        if below is self._below:
            return
        self._below = below
        (self._first if below else self._grid).removeWidget(self.status)
        self.status.setWordWrap(below)
        if below:
            self._grid.addWidget(self.status, 2, 1)
        else:
            self._first.insertWidget(1, self.status)


# --- A video and its notes in the making, as a card that can be folded to its head ---


class VideoCard(QFrame):
    """Rows of one video under its title.

    Signals: `fold_changed()` when it opens or closes, `again_wanted(Video)` when other notes of the
    same video are wanted.
    """

    fold_changed = Signal()
    again_wanted = Signal(object)

    def __init__(self, video: Video, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(f"video:{video.id}")
        self.setProperty("plane", "card")
        self.rows: list[JobRow] = []
        self._video = video
        self._title = ElidedLabel(name="videoTitle", role="heading")
        self._facts = ElidedLabel(name="videoFacts", role="caption")
        self._count = label("", "videoCount", role="caption")
        self._fold = icon_button(name="videoFoldButton")
        self._fold.setCheckable(True)
        self._fold.toggled.connect(self._folded)
        self._again = icon_button(
            "plus",
            "Put this video into the queue again, for other notes",
            name="videoAgainButton",
            pressed=lambda: self.again_wanted.emit(self._video),
        )
        head = grid(margins=(12, 10, 8, 4), spacing=(8, 0))
        self._tile = Tile("circle-play", size=QSize(48, 36), icon_px=20)
        head.addWidget(self._tile, 0, 0, 2, 1)
        head.addWidget(self._title, 0, 1, Qt.AlignmentFlag.AlignBottom)
        head.addWidget(self._facts, 1, 1, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._count, 0, 2, 2, 1)
        head.addWidget(self._again, 0, 3, 2, 1)
        head.addWidget(self._fold, 0, 4, 2, 1)
        self._body = QWidget()
        self._lines = vbox(margins=(8, 0, 8, 8), spacing=0, on=self._body)
        vbox(head, self._body, spacing=0, on=self)
        self._folded(False)

    def show_video(self, video: Video) -> None:
        self._video = video
        title = video_title(video)
        self._title.setText(title)
        kind = "Video" if video.is_online else "File on this computer"
        self._facts.setText(" · ".join(video_facts(video)) or kind)
        self._tile.show_icon("circle-play" if video.is_online else "captions")
        self.setAccessibleName(title)
        self._fold.setAccessibleName(f"Fold {title}")
        self._again.setAccessibleName(f"Other notes of {title}")

    def add_row(self, row: JobRow) -> None:
        self.rows.append(row)
        self._lines.addWidget(row)

    def remove_row(self, row: JobRow) -> None:
        self.rows.remove(row)
        self._lines.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.count()

    def count(self) -> None:
        """Say how many of the rows are through."""
        ready = sum(1 for row in self.rows if row.job.status is Status.COMPLETE)
        self._count.setText(f"{ready} of {len(self.rows)}")
        if any(row.job.status is Status.ERROR for row in self.rows):
            self._fold.setChecked(False)

    def fold_if_done(self) -> None:
        """Make room for what comes next, if every note of this video is there."""
        if self.rows and all(row.job.status is Status.COMPLETE for row in self.rows):
            self._fold.setChecked(True)

    def _folded(self, folded: bool) -> None:
        self._body.setVisible(not folded)
        set_icon(self._fold, "chevron-right" if folded else "chevron-down", size=16)
        self._fold.setToolTip("Show its notes" if folded else "Fold")
        self.fold_changed.emit()
