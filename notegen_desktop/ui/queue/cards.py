"""Cards of the queue: one per video, with a row per job.

Everything fits a column of 320 px; a row keeps its height until its job has failed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QWidget

from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status
from notegen_desktop.domain.jobs.remedies import Remedy, RemedyKind
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import (
    APART_PX,
    button,
    grid,
    hbox,
    icon_button,
    icon_label,
    keep_place,
    label,
    progress_bar,
    vbox,
)
from notegen_desktop.ui.kit.drops import accept_copy, dropped_file
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.job_text import (
    needs_user_action,
    open_words,
    status_words,
    video_facts,
    video_title,
)
from notegen_desktop.ui.kit.remedy_bar import RemedyBar
from notegen_desktop.ui.kit.theme import set_icon, style

from .head import SETTING_FOR, JobWishes
from .model import SIGNS

LINK_LEFT_PX = 20
"""Left margin in pixels of link buttons, which aligns their icons with the row's text."""


class JobRow(QFrame):
    """Row of one job, named after its template; user requests are emitted on `wishes`."""

    def __init__(self, job: NoteJob, wishes: JobWishes, *, name: str, icon: str) -> None:
        super().__init__()
        self.job = job
        self._wishes = wishes
        self.setObjectName(f"job:{job.template}")
        self.setProperty("jobRow", True)
        self._name_text = name
        self._words = ""
        self._icon_name = icon

        self._icon = icon_label(size=18)
        self._name = ElidedLabel(name, name="jobName", role="strong")
        self.progress = progress_bar("jobProgress", _("Progress of {name}").format(name=name))
        keep_place(self.progress)  # finished rows keep the height
        self.status = label("", "jobStatus", role="caption", wrap=True, selectable=True)
        self._hint = label("", "jobHint", role="caption", wrap=True)
        self.cancel = icon_button(
            "x",
            _("Cancel this note"),
            name="jobCancelButton",
            says=_("Cancel {name}").format(name=name),
            size=14,
            pressed=lambda: wishes.cancel_wanted.emit(self.job.id),
        )
        keep_place(self.cancel)
        self.retry = button(
            _("Retry"),
            "jobRetryButton",
            kind="link",
            icon="rotate-ccw",
            tip=_("Write this note again"),
            says=_("Retry {name}").format(name=name),
            pressed=lambda: wishes.retry_wanted.emit(self.job.id),
        )
        self.settings = button(
            _("Open settings"), "jobSettingsButton", kind="link", pressed=self._open_settings
        )
        self.open = button(
            _("Open"),
            "jobOpenButton",
            kind="link",
            pressed=lambda: wishes.open_wanted.emit(self.job.id),
        )
        self.remedies = RemedyBar("jobRemedies", left=LINK_LEFT_PX)
        self.remedies.chosen.connect(lambda it: wishes.remedy_wanted.emit(self.job.id, it))
        first = hbox((self._name, 1), self.retry, self.open, APART_PX, self.cancel, spacing=2)
        layout = grid(self, margins=(8, 2, 4, 4), spacing=(10, 3))
        layout.addWidget(self._icon, 0, 0)
        layout.addLayout(first, 0, 1)
        layout.addWidget(self.status, 1, 1)
        layout.addWidget(self._hint, 2, 1)
        way = hbox(self.settings, None, margins=(LINK_LEFT_PX, 0, 0, 0))
        layout.addLayout(way, 3, 0, 1, 2)
        layout.addWidget(self.progress, 4, 1)
        layout.addWidget(self.remedies, 5, 0, 1, 2)
        layout.setRowMinimumHeight(0, 24)
        self.told_above = False
        """True if reason and remedies of the failure are shown above all jobs."""

    def show_job(self, job: NoteJob, now: float) -> None:
        """Show the newest state of the job; `now` is in seconds since the epoch."""
        self.job = job
        failed = job.status is Status.ERROR
        style(self, status=job.status.value, stage=job.stage.value)
        self.tick(now)
        self.progress.setValue(100 if job.status is Status.COMPLETE else int(job.progress * 100))
        self.progress.setVisible(not job.is_final)
        waiting = job.stage is Stage.WAITING and not job.is_final
        trouble = "warning" if waiting and needs_user_action(job) else ""
        style(self.progress, tone=trouble or ("muted" if waiting else ""))
        tone = {Status.ERROR: "danger", Status.COMPLETE: "success"}.get(job.status, trouble)
        style(self.status, tone=tone)
        sign, color = SIGNS.get(job.status, (self._icon_name, "accent_ink"))
        set_icon(self._icon, sign, color=color)
        failure = job.failure if failed else None
        self._hint.setText(failure.hint if failure else "")
        self._show_reason()
        self.cancel.setVisible(not job.is_final)
        self.retry.setVisible(job.can_retry)
        words, tip = open_words(job)
        if words and words != self.open.text():
            self.open.setText(words)
            self.open.setAccessibleName(f"{words} {self._name_text}")
        self.open.setToolTip(tip)
        self.open.setVisible(bool(words))
        self.setCursor(Qt.CursorShape.PointingHandCursor if words else Qt.CursorShape.ArrowCursor)

    def tell_above(self, told: bool) -> None:
        """Set whether the failure is explained above all jobs instead of in this row."""
        if told is not self.told_above:
            self.told_above = told
            self._show_reason()

    def _show_reason(self) -> None:
        failure = self.job.failure if self.job.status is Status.ERROR else None
        told = self.told_above
        self._hint.setVisible(bool(failure and failure.hint) and not told)
        self.settings.setVisible(bool(failure and failure.code in SETTING_FOR) and not told)
        words = _("Failed") if failure and told else self._words
        if self.status.text() != words:
            self.status.setText(words)

    def _open_settings(self) -> None:
        code = self.job.failure.code if self.job.failure else ""
        self._wishes.settings_wanted.emit(SETTING_FOR.get(code, ""))

    def tick(self, now: float) -> None:
        """Update texts with elapsed time; `now` is in seconds since the epoch."""
        words = status_words(self.job, now)
        if self._words != words:
            self._words = words
            self.setAccessibleName(f"{self._name_text}: {words}")
            self._show_reason()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        inside = self.rect().contains(event.position().toPoint())
        left = event.button() is Qt.MouseButton.LeftButton
        if left and inside and open_words(self.job)[0]:
            self._wishes.open_wanted.emit(self.job.id)
        else:
            super().mouseReleaseEvent(event)


# --- Card of a video, collapsible to its header ---


class VideoCard(QFrame):
    """Header of a video and the rows of its jobs.

    While the remedy FILE is offered, a file dropped on the card replaces the video.
    """

    def __init__(self, video: Video, wishes: JobWishes) -> None:
        super().__init__()
        self._wishes = wishes
        self.setObjectName(f"video:{video.id}")
        self.setProperty("plane", "card")
        self.rows: list[JobRow] = []
        self._video = video
        self._title = ElidedLabel(name="videoTitle", role="strong")
        self._facts = ElidedLabel(name="videoFacts", role="caption", facts=True)
        self._count = label("", "videoCount", role="caption")
        self._remove = icon_button(
            "x",
            _("Take this video off the list; its notes stay in the library"),
            name="videoRemoveButton",
            size=14,
            pressed=lambda: wishes.clear_wanted.emit([row.job.id for row in self.rows]),
        )
        keep_place(self._remove)
        self._fold = icon_button(name="videoFoldButton")
        self._fold.setCheckable(True)
        self._fold.toggled.connect(self._folded)
        self._again = icon_button(
            "plus",
            _("Put this video into the queue again, for other notes"),
            name="videoAgainButton",
            pressed=lambda: wishes.again_wanted.emit(self._video),
        )
        words = vbox(self._title, hbox(self._count, (self._facts, 1)), spacing=0)
        head = hbox(
            *(self._fold, (words, 1), self._again, APART_PX, self._remove),
            margins=(4, 8, 4, 2),
            spacing=2,
        )
        self._body = QWidget()
        self._lines = vbox(margins=(4, 0, 4, 4), spacing=0, on=self._body)
        vbox(head, self._body, spacing=0, on=self)
        self._folded(False)

    def show_video(self, video: Video) -> None:
        self._video = video
        title = video_title(video)
        self._title.setText(title)
        kind = _("Video") if video.is_online else _("File on this computer")
        self._facts.setText(" · ".join(video_facts(video)) or kind)
        self.setAccessibleName(title)
        self._fold.setAccessibleName(_("Fold {title}").format(title=title))
        self._again.setAccessibleName(_("Other notes of {title}").format(title=title))
        self._remove.setAccessibleName(_("Take {title} off the list").format(title=title))

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
        """Update the number of finished rows."""
        ready = sum(1 for row in self.rows if row.job.status is Status.COMPLETE)
        self._count.setText(_("{ready} of {rows}").format(ready=ready, rows=len(self.rows)))
        self._remove.setVisible(all(row.job.is_final for row in self.rows))
        if any(row.job.status is Status.ERROR for row in self.rows):
            self._fold.setChecked(False)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self._may_take() and dropped_file(event.mimeData()) is not None:
            accept_copy(event)
            style(self, dragging=True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        style(self, dragging=False)

    def dropEvent(self, event: QDropEvent) -> None:
        style(self, dragging=False)
        link = dropped_file(event.mimeData())
        if link is not None:
            accept_copy(event)
            self._wishes.file_dropped.emit(self._video.id, link)

    def offer(self, remedies_of: Callable[[NoteJob], Sequence[Remedy]]) -> None:
        """Show remedies in failed rows, once for each distinct failure."""
        seen = set()
        for row in self.rows:
            offered = () if row.job.failure in seen else remedies_of(row.job)
            seen.add(row.job.failure)
            row.remedies.show_remedies(
                [way for way in offered if way.kind is RemedyKind.FILE or not row.told_above]
            )
        self.setAcceptDrops(self._may_take())  # the window handles other drops

    def _may_take(self) -> bool:
        kinds = (remedy.kind for row in self.rows for remedy in row.remedies.shown)
        return RemedyKind.FILE in kinds

    def fold_if_done(self) -> None:
        """Collapse the card if all its jobs are complete."""
        if self.rows and all(row.job.status is Status.COMPLETE for row in self.rows):
            self._fold.setChecked(True)

    def _folded(self, folded: bool) -> None:
        self._body.setVisible(not folded)
        set_icon(self._fold, "chevron-right" if folded else "chevron-down", size=16)
        self._fold.setToolTip(_("Show its notes") if folded else _("Fold"))
