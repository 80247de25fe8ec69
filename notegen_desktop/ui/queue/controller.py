"""Between the job panel and the services: pause, order, activity, and what an earlier run left."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.services.ports import Activity, JobQueue, Services, Today
from notegen_desktop.ui.kit.job_text import count
from notegen_desktop.ui.kit.messages import Message, MessageBar
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.tasks import Tasks

from .activity_panel import ActivityPanel
from .panel import JobPanel

REFRESH_MS = 500
"""Activity is looked at twice a second while its panel is open or notes are being written."""

TODAY_EVERY = 10
"""Every so many looks the database is asked what today took."""


class QueueControl(QObject):
    """Owns nothing that is shown; carries wishes one way and news the other.

    Signals: `resumed()` when an earlier run goes on.
    """

    resumed = Signal()

    def __init__(
        self,
        board: QtBoard,
        jobs: JobPanel,
        panel: ActivityPanel,
        *,
        tasks: Tasks,
        messages: MessageBar,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._board = board
        self._jobs = jobs
        self._panel = panel
        self._tasks = tasks
        self._messages = messages
        self._services: Services | None = None
        self._looks = 0
        self._asking_today = False
        self._timer = QTimer(self)
        self._timer.setInterval(REFRESH_MS)
        self._timer.timeout.connect(self._look)
        jobs.pause_wanted.connect(self._pause)
        jobs.reorder_wanted.connect(self._reorder)
        board.job_added.connect(self._wake)
        board.job_changed.connect(self._wake)
        panel.opened.connect(self._opened)

    def attach(self, services: Services) -> None:
        """The services are there: look whether an earlier run was left unfinished."""
        self._services = services
        if services.queue is not None:
            self._tasks.start(services.queue.take_up_paused(), done=self._taken_up)
        self._wake()

    def stop(self) -> None:
        """The window closes: look no more."""
        self._services = None
        self._timer.stop()

    # --- pause and order ---

    @property
    def _queue(self) -> JobQueue | None:
        return self._services.queue if self._services else None

    @property
    def stands_still(self) -> bool:
        """Whether the queue is paused and nothing is under way any more."""
        services = self._services
        if services is None or services.queue is None or services.activity is None:
            return False
        return services.queue.paused and not services.activity.now.in_flight

    def _pause(self, paused: bool) -> None:
        if self._queue is None:
            return
        if paused:
            self._queue.pause()
        else:
            self._queue.go_on()
        self._jobs.show_paused(paused=self._queue.paused)
        self._wake()

    def _reorder(self, video_ids: list[str]) -> None:
        if self._queue is not None:
            self._queue.reorder(video_ids)

    # --- an earlier run ---

    def _taken_up(self, jobs: Sequence[NoteJob]) -> None:
        """A queue that was left paused stands there again; what else was left is asked about."""
        queue = self._queue
        if queue is None:
            return
        if jobs:
            self._jobs.show_paused(paused=queue.paused)
            wait = "waits" if len(jobs) == 1 else "wait"
            self._messages.show_message(
                Message(f"The queue is paused, as you left it: {count(len(jobs), 'note')} {wait}.")
            )
            self.resumed.emit()
        self._tasks.start(queue.unfinished(), done=self._offer)

    def _offer(self, unfinished: int) -> None:
        if not unfinished:
            return
        are = "is" if unfinished == 1 else "are"
        self._messages.show_message(
            Message(
                f"{count(unfinished, 'note')} of your last run {are} unfinished.",
                "What is written already is not paid for again.",
                action="Go on",
                on_action=self._resume,
                other="Discard",
                on_other=self._discard,
            )
        )

    def _resume(self) -> None:
        if self._queue is not None:
            self._tasks.start(self._queue.resume(), done=lambda _: self.resumed.emit())

    def _discard(self) -> None:
        if self._queue is not None:
            self._tasks.start(self._queue.discard())

    # --- activity ---

    def _opened(self) -> None:
        self._looks = 0
        self._look()
        self._wake()

    def _wake(self, _: object = None) -> None:
        if self._services is not None and not self._timer.isActive():
            self._timer.start()

    def _look(self) -> None:
        services = self._services
        if services is None or services.activity is None:
            self._timer.stop()
            return
        now: Activity = services.activity.now
        self._jobs.show_activity(now)
        if self._panel.isVisible():
            self._panel.show_activity(now, paused=self._queue.paused if self._queue else False)
            if self._looks % TODAY_EVERY == 0 and not self._asking_today and self._tasks.can_start:
                self._asking_today = True
                self._tasks.start(
                    services.activity.today(), done=self._show_today, failed=self._no_today
                )
            self._looks += 1
        elif not self._board.board.tally.active:
            self._timer.stop()

    def _show_today(self, today: Today) -> None:
        self._asking_today = False
        self._panel.show_today(today)

    def _no_today(self, _: object) -> None:
        self._asking_today = False  # the rest of the panel is right without it
