"""One note in the making: what kind, how far, what it waits for, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QToolButton,
    QWidget,
)

from notegen_desktop.domain.jobs import NoteJob, Stage, Status
from notegen_desktop.ui.job_words import status_words
from notegen_desktop.ui.theme import set_icon, style

from .elided_label import ElidedLabel

SETTLED_IN_SETTINGS = {
    "key_missing": "",
    "key_ring_locked": "",
    "key_rejected": "",
    "model_not_found": "gemini.model",
    "no_free_tier": "gemini.model",
    "budget_exceeded": "budget.run_usd",
}
"""Failures that are mended in the settings dialog, and at which setting; "" is the key."""

_SIGNS = {
    Status.COMPLETE: ("circle-check", "success"),
    Status.ERROR: ("circle-alert", "danger"),
    Status.CANCELLED: ("ban", "muted"),
}


class JobRow(QFrame):
    """Shows a job. The name of the template is given, the job is set again and again.

    Signals: `cancel_wanted`, `retry_wanted`, `open_wanted`, each with the id of the job, and
    `settings_wanted(str)` with the key of the setting that would mend it, or "" for the API key.
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

        self._icon = QLabel()
        self._icon.setFixedSize(18, 18)
        self._name = ElidedLabel(name)
        self._name.setObjectName("jobName")
        style(self._name, role="strong")
        self.progress = QProgressBar()
        self.progress.setObjectName("jobProgress")
        self.progress.setRange(0, 100)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(f"Progress of {name}")
        self.status = QLabel()
        self.status.setObjectName("jobStatus")
        self.status.setTextFormat(Qt.TextFormat.PlainText)
        self.status.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._hint = QLabel()
        self._hint.setObjectName("jobHint")
        self._hint.setTextFormat(Qt.TextFormat.PlainText)
        self._hint.setWordWrap(True)
        style(self._hint, role="caption")

        self.cancel = QToolButton()
        self.cancel.setObjectName("jobCancelButton")
        self.cancel.setProperty("kind", "icon")
        self.cancel.setToolTip("Cancel this note")
        self.cancel.setAccessibleName(f"Cancel {name}")
        set_icon(self.cancel, "x", size=14)
        self.cancel.clicked.connect(lambda: self.cancel_wanted.emit(self.job.id))
        self.retry = QPushButton("Retry")
        self.retry.setObjectName("jobRetryButton")
        self.retry.setProperty("kind", "link")
        self.retry.setToolTip("Write this note again")
        self.retry.setAccessibleName(f"Retry {name}")
        set_icon(self.retry, "rotate-ccw", color="accent_ink", size=14)
        self.retry.clicked.connect(lambda: self.retry_wanted.emit(self.job.id))
        self.mend = QPushButton("Open settings")
        self.mend.setObjectName("jobSettingsButton")
        self.mend.setProperty("kind", "link")
        self.mend.clicked.connect(self._mend)
        self.open = QPushButton("Open")
        self.open.setObjectName("jobOpenButton")
        self.open.setProperty("kind", "link")
        self.open.setToolTip("Show this note")
        self.open.setAccessibleName(f"Open {name}")
        self.open.clicked.connect(lambda: self.open_wanted.emit(self.job.id))

        first = QHBoxLayout()
        first.setContentsMargins(0, 0, 0, 0)
        first.setSpacing(8)
        first.addWidget(self._name, 1)
        first.addWidget(self.status)
        for button in (self.mend, self.retry, self.open, self.cancel):
            first.addWidget(button)
        layout = QGridLayout(self)
        layout.setContentsMargins(8, 1, 4, 1)
        layout.setHorizontalSpacing(10)
        layout.setVerticalSpacing(1)
        layout.addWidget(self._icon, 0, 0)
        layout.addLayout(first, 0, 1)
        layout.addWidget(self.progress, 1, 1)
        layout.addWidget(self._hint, 3, 1)
        layout.setColumnStretch(1, 1)
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
        sign, color = _SIGNS.get(job.status, (self._icon_name, "accent_ink"))
        set_icon(self._icon, sign, color=color)
        failure = job.failure if failed else None
        self._hint.setText(failure.hint if failure else "")
        self._hint.setVisible(bool(failure and failure.hint))
        self.mend.setVisible(bool(failure and failure.code in SETTLED_IN_SETTINGS))
        self.cancel.setVisible(not job.is_final)
        self.retry.setVisible(job.can_retry)
        self.open.setVisible(job.status is Status.COMPLETE)
        opens = job.status is Status.COMPLETE
        self.setCursor(Qt.CursorShape.PointingHandCursor if opens else Qt.CursorShape.ArrowCursor)

    def _mend(self) -> None:
        code = self.job.failure.code if self.job.failure else ""
        self.settings_wanted.emit(SETTLED_IN_SETTINGS.get(code, ""))

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
