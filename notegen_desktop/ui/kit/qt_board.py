"""The job board as Qt signals; it makes no decisions.

Panels connect first; then `start()` emits the present state and every later change. Ordinary
changes are collected and emitted on a timer, so that fifty streams repaint no more often than one;
final ones are emitted at once, in the order of their `finish_rank`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from notegen_desktop.domain.jobs.board import (
    BoardEvent,
    JobAdded,
    JobBoard,
    JobChanged,
    JobRemoved,
    TextGrew,
    VideoSeen,
)
from notegen_desktop.domain.jobs.job import NoteJob

from .build import delayed

GATHER_MS = 80
"""Milliseconds for which ordinary changes are collected: twelve updates per second."""


class QtBoard(QObject):
    """Emits the events of a `JobBoard` as signals.

    Signals: `video_seen(Video)`, `job_added(NoteJob)`, `job_changed(NoteJob)` for any change, final
    ones included, `job_finished(NoteJob)` once per attempt in `finish_rank` order,
    `text_grew(NoteJob)` when the draft is longer, `job_removed(NoteJob)`, and
    `progress_changed(float)`, the overall progress from 0 to 1.
    """

    video_seen = Signal(object)
    job_added = Signal(object)
    job_changed = Signal(object)
    job_finished = Signal(object)
    text_grew = Signal(object)
    job_removed = Signal(object)
    progress_changed = Signal(float)

    def __init__(self, board: JobBoard, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.board = board
        self._changed: dict[str, NoteJob] = {}
        self._grown: dict[str, NoteJob] = {}
        self._outbox: deque[tuple[Callable[[object], None], object]] = deque()
        self._sending = False
        self._starting = False
        self._unsubscribe: Callable[[], None] | None = None
        self._timer = delayed(self, GATHER_MS, self.flush)

    def start(self) -> None:
        """Emit the present state, finished jobs in their order, then subscribe to the board."""
        if self._unsubscribe is not None:
            return
        self._starting = True
        self._unsubscribe = self.board.subscribe(self._hear)
        self._starting = False
        for job in self.board.finished():
            self._send(self.job_finished.emit, job)
        self.progress_changed.emit(self.board.overall_progress)

    def stop(self) -> None:
        """Unsubscribe from the board and emit the collected changes."""
        if self._unsubscribe is not None:
            self._unsubscribe()
            self._unsubscribe = None
        self.flush()

    def flush(self) -> None:
        """Emit the collected changes, each job in its newest state."""
        self._timer.stop()
        changed, self._changed = self._changed, {}
        grown, self._grown = self._grown, {}
        for job_id in {**changed, **grown}:
            if job_id in self.board:
                job = self.board.job(job_id)
                if job_id in grown:
                    self._send(self.text_grew.emit, job)
                self._send(self.job_changed.emit, job)
        if changed or grown:
            self.progress_changed.emit(self.board.overall_progress)

    def _hear(self, event: BoardEvent) -> None:
        match event:
            case VideoSeen(video):
                self._send(self.video_seen.emit, video)
            case JobAdded(job):
                self._send(self.job_added.emit, job)
                if not self._starting:
                    self._progress_moved()
            case JobChanged(job) if job.is_final:
                self._forget(job)
                self._send(self.job_changed.emit, job)
                self._send(self.job_finished.emit, job)
                self._progress_moved()
            case JobChanged(job):
                self._changed[job.id] = job
                self._gather()
            case TextGrew(job):
                self._grown[job.id] = job
                self._gather()
            case JobRemoved(job):
                self._forget(job)
                self._send(self.job_removed.emit, job)
                self._progress_moved()

    def _forget(self, job: NoteJob) -> None:
        self._changed.pop(job.id, None)
        self._grown.pop(job.id, None)

    def _progress_moved(self) -> None:
        self.progress_changed.emit(self.board.overall_progress)

    def _gather(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _send(self, emit: Callable[[object], None], what: object) -> None:
        """Queue an emission until the current one ends.

        A slot that ends another job would otherwise let some listeners see that job first.
        """
        self._outbox.append((emit, what))
        if self._sending:
            return
        self._sending = True
        try:
            while self._outbox:
                waiting, subject = self._outbox.popleft()
                waiting(subject)
        finally:
            self._sending = False
