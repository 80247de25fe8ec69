"""Table model of the queue: a row per video, a column per template, a job in each cell.

It mirrors the job board. Rows can be filtered, and moved by the user.
"""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import StrEnum
from itertools import count
from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QMimeData,
    QModelIndex,
    QObject,
    Qt,
    Signal,
)

from notegen_desktop.domain.jobs.job import NoteJob, Status, Tally
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.job_text import open_words, status_words, video_facts, video_title
from notegen_desktop.ui.kit.outside import mime_data
from notegen_desktop.ui.kit.painted_rows import NO_PARENT, Index
from notegen_desktop.ui.kit.text import one_line, plain_tip

JOB_ROLE = int(Qt.ItemDataRole.UserRole) + 1
VIDEO_ROLE = int(Qt.ItemDataRole.UserRole) + 2
READY_ROLE = int(Qt.ItemDataRole.UserRole) + 3
"""Text such as `3 of 5`: finished jobs of the row."""

ROWS_TYPE = "application/x-notegen-videos"
"""MIME type of dragged rows."""


SIGNS = {
    Status.COMPLETE: ("circle-check", "success"),
    Status.ERROR: ("circle-alert", "danger"),
    Status.CANCELLED: ("ban", "muted"),
}
"""Icon and colour of final states."""


class RowFilter(StrEnum):
    """Filter of rows."""

    ALL = "all"
    RUNNING = "running"
    FAILED = "failed"


class QueueModel(QAbstractTableModel):
    """Videos by templates. A cell holds the newest job of its video and template.

    Signals: `reordered(list[str])` with the ids of all videos after the user moved rows.
    """

    reordered = Signal(list)

    def __init__(self, parent: QObject | None = None, *, now: Callable[[], float]) -> None:
        super().__init__(parent)
        self._now = now
        self.templates: Mapping[str, NoteTemplate] = {}
        self._videos: dict[str, Video] = {}
        self._jobs: dict[str, NoteJob] = {}
        self.tally = Tally()
        self.failed: dict[str, NoteJob] = {}
        """Failed jobs by id."""
        self._order: dict[str, float] = {}  # sort key of all videos
        self._next_order = count()
        self._jobs_of: dict[str, int] = {}  # jobs per video, replaced ones too
        self._cells: dict[str, dict[str, str]] = {}  # job id by video and template
        self._columns: list[str] = []
        self._rows: list[str] = []  # ids of the shown videos
        self._row_of: dict[str, int] = {}
        self._show = RowFilter.ALL

    # --- contents ---

    @property
    def jobs(self) -> Sequence[NoteJob]:
        """All jobs in the order in which they were added."""
        return tuple(self._jobs.values())

    @property
    def videos(self) -> Sequence[Video]:
        """All videos in the order of the queue."""
        return tuple(self._videos.values())

    @property
    def video_count(self) -> int:
        return len(self._videos)

    def job_at(self, index: Index) -> NoteJob | None:
        job = self.data(index, JOB_ROLE)
        return job if isinstance(job, NoteJob) else None

    def index_of(self, job: NoteJob) -> QModelIndex:
        """Return the cell of a job; invalid if its row is hidden or the cell holds a newer job."""
        row = self._row_of.get(job.video_id)
        if row is None or self._cells[job.video_id].get(job.template) != job.id:
            return QModelIndex()
        return self.index(row, 1 + self._columns.index(job.template))

    # --- changes by the panel ---

    def video(self, video_id: str) -> Video:
        """Return a known video. Raises KeyError."""
        return self._videos[video_id]

    def has_video(self, video_id: str) -> bool:
        return video_id in self._videos

    def place(self, video_id: str) -> float:
        """Return the sort key of a known video in the queue. Raises KeyError."""
        return self._order[video_id]

    def show_video(self, video: Video, *, after: str = "") -> None:
        """Add or update a video; a new row goes below the video `after`, else to the end."""
        known = video.id in self._videos
        self._videos[video.id] = video
        if known:
            row = self._row_of.get(video.id)
            if row is not None:
                self.dataChanged.emit(self.index(row, 0), self.index(row, 0))
        else:
            self._cells[video.id] = {}
            self._jobs_of[video.id] = 0
            place = self._order.get(after)
            self._order[video.id] = next(self._next_order) if place is None else place + 0.5
            self._show_or_hide(video.id)

    def show_job(self, job: NoteJob) -> None:
        """Add or update a job; its video must be known."""
        before = self._jobs.get(job.id)
        fresh = before is None
        self._jobs[job.id] = job
        self.tally.replace(before, job)
        self._note_failure(job)
        self._jobs_of[job.video_id] += fresh
        if fresh:
            self._add_column(job.template)
            self._cells[job.video_id][job.template] = job.id
        self._show_or_hide(job.video_id)
        index = self.index_of(job)
        if index.isValid():
            self.dataChanged.emit(index, index)
            if fresh or job.is_final:
                title = index.siblingAtColumn(0)
                self.dataChanged.emit(title, title)

    def remove_job(self, job: NoteJob) -> None:
        before = self._jobs.pop(job.id, None)
        if before is None:
            return
        self.tally.replace(before, None)
        self.failed.pop(job.id, None)
        self._jobs_of[job.video_id] -= 1
        cells = self._cells[job.video_id]
        if cells.get(job.template) == job.id:
            index = self.index_of(job)
            del cells[job.template]
            if index.isValid():
                self.dataChanged.emit(index, index)
        if not self._jobs_of[job.video_id]:
            self._hide(job.video_id)
            for known in (self._videos, self._cells, self._jobs_of, self._order):
                del known[job.video_id]
        else:
            self._show_or_hide(job.video_id)

    def show_only(self, show: RowFilter) -> None:
        """Filter the rows."""
        if show is not self._show:
            self._show = show
            self.beginResetModel()
            self._rows = [video_id for video_id in self._videos if self._fits(video_id)]
            self._row_of.clear()
            self._note_places(0)
            self.endResetModel()

    # --- moving rows ---

    def can_move(self, row: int) -> bool:
        """Return True if a job of the row is pending and all rows are shown."""
        return self._show is RowFilter.ALL and any(
            self._jobs[job].status is Status.PENDING
            for job in self._cells[self._rows[row]].values()
        )

    def move(self, rows: Iterable[int], before: int) -> None:
        """Move rows, in their order, before row `before`; the number of rows means the end."""
        moved = [self._rows[row] for row in sorted(set(rows)) if 0 <= row < len(self._rows)]
        moved = [video_id for video_id in moved if self.can_move(self._row_of[video_id])]
        after = self._rows[max(0, before) :]
        anchor = next((video_id for video_id in after if video_id not in moved), None)
        for video_id in moved:
            source = self._row_of[video_id]
            target = len(self._rows) if anchor is None else self._row_of[anchor]
            if target in (source, source + 1):
                continue
            self.beginMoveRows(NO_PARENT, source, source, NO_PARENT, target)
            del self._rows[source]
            self._rows.insert(target - 1 if target > source else target, video_id)
            self._note_places(min(source, target))
            self.endMoveRows()
        if moved:
            self._videos = {video_id: self._videos[video_id] for video_id in self._rows}
            self._order = {video_id: next(self._next_order) for video_id in self._rows}
            self.reordered.emit(list(self._videos))

    # --- QAbstractItemModel ---

    def rowCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = NO_PARENT) -> int:
        return 0 if parent.isValid() else 1 + len(self._columns)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid() or index.row() >= len(self._rows):
            return None
        video_id = self._rows[index.row()]
        if index.column() == 0:
            return self._video_data(video_id, role)
        job = self._jobs.get(self._cells[video_id].get(self._columns[index.column() - 1], ""))
        if role == JOB_ROLE:
            return job
        if job is None:
            return None
        if role == Qt.ItemDataRole.AccessibleTextRole:
            title = one_line(video_title(self._videos[video_id]))
            return f"{title}, {self.template_name(job.template)}: {self._job_words(job)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            lines = [self.template_name(job.template), self._job_words(job)]
            lines += [job.failure.hint] if job.failure else []
            what = open_words(job)[1]
            lines += [_("Double-click: {what}").format(what=what)] if what else []
            return plain_tip("\n".join(lines))
        return None

    def _video_data(self, video_id: str, role: int) -> Any:
        video = self._videos[video_id]
        if role == VIDEO_ROLE:
            return video
        if role == Qt.ItemDataRole.DisplayRole:
            return one_line(video_title(video))
        if role == READY_ROLE:
            jobs = [self._jobs[job] for job in self._cells[video_id].values()]
            ready = sum(job.status is Status.COMPLETE for job in jobs)
            return _("{ready} of {jobs}").format(ready=ready, jobs=len(jobs))
        if role == Qt.ItemDataRole.ToolTipRole:
            return plain_tip("\n".join([video_title(video), *video_facts(video)]))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            ready = self._video_data(video_id, READY_ROLE)
            return _("{video_title}, {ready} ready").format(
                video_title=one_line(video_title(video)), ready=ready
            )
        return None

    def _job_words(self, job: NoteJob) -> str:
        words = status_words(job, self._now())
        if job.status is Status.PROCESSING and job.progress:
            words += f", {job.progress:.0%}"
        return words

    def icon_of(self, section: int) -> str:
        """Return the icon name of a column's template; "" for the title column."""
        template = self.templates.get(self._columns[section - 1]) if section else None
        return "" if not section else template.icon if template else "file-text"

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal or section > len(self._columns):
            return None
        template = self._columns[section - 1] if section else ""
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self.template_name(template) if template else _("Video")
            case Qt.ItemDataRole.ToolTipRole:
                return plain_tip(self.template_name(template)) if template else None
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignVCenter | (
                    Qt.AlignmentFlag.AlignHCenter if section else Qt.AlignmentFlag.AlignLeft
                )
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemNeverHasChildren
        if index.column() == 0:
            flags |= Qt.ItemFlag.ItemIsSelectable
            return flags | Qt.ItemFlag.ItemIsDragEnabled if self.can_move(index.row()) else flags
        return flags | Qt.ItemFlag.ItemIsSelectable if self.job_at(index) else flags

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [ROWS_TYPE]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return a marker: rows can be dropped only in the same view, which knows its selection."""
        data = mime_data()
        data.setData(ROWS_TYPE, b"")
        return data

    # --- inside ---

    def _note_failure(self, job: NoteJob) -> None:
        if job.status is Status.ERROR:
            self.failed[job.id] = job
        else:
            self.failed.pop(job.id, None)

    def template_name(self, template_id: str) -> str:
        template = self.templates.get(template_id)
        return _(template.name) if template else template_id

    def _add_column(self, template: str) -> None:
        """Insert a column, in the order of the list of templates."""
        if template in self._columns:
            return
        order = {name: number for number, name in enumerate(self.templates)}
        mine = order.get(template, len(order))
        place = sum(1 for other in self._columns if order.get(other, len(order)) <= mine)
        self.beginInsertColumns(NO_PARENT, 1 + place, 1 + place)
        self._columns.insert(place, template)
        self.endInsertColumns()

    def _fits(self, video_id: str) -> bool:
        if self._show is RowFilter.ALL:
            return True
        wanted = Status.ERROR if self._show is RowFilter.FAILED else Status.PROCESSING
        return any(self._jobs[job].status is wanted for job in self._cells[video_id].values())

    def _show_or_hide(self, video_id: str) -> None:
        """Insert or remove the row of a video according to the filter."""
        fits = self._fits(video_id)
        if fits and video_id not in self._row_of:
            row = bisect(self._rows, self._order[video_id], key=self._order.__getitem__)
            self.beginInsertRows(NO_PARENT, row, row)
            self._rows.insert(row, video_id)
            self._note_places(row)
            self.endInsertRows()
        elif not fits:
            self._hide(video_id)

    def _hide(self, video_id: str) -> None:
        row = self._row_of.get(video_id)
        if row is not None:
            self.beginRemoveRows(NO_PARENT, row, row)
            del self._rows[row]
            del self._row_of[video_id]
            self._note_places(row)
            self.endRemoveRows()

    def _note_places(self, start: int) -> None:
        """Update the row numbers from `start` on."""
        for row in range(start, len(self._rows)):
            self._row_of[self._rows[row]] = row
