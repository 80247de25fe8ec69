"""Controller between the job panel and the services: pause, order, activity, unfinished jobs."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.quantities import listed, number, quoted
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.ports import JobQueue, Services, Today, Unfinished
from notegen_desktop.ui.kit.build import every
from notegen_desktop.ui.kit.job_text import video_title
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.kit.text import one_line, shortened

from .activity_panel import ActivityPanel
from .panel import JobPanel

REFRESH_MS = 500
"""Interval in milliseconds at which activity is polled while its panel is open or jobs run."""

TODAY_EVERY = 10
"""Number of polls between two database queries for today's usage."""


NAMED_VIDEOS = 2
"""Maximum videos of an interrupted run that are named; the others are counted."""
TITLE_CHARS = 50
"""Maximum characters of a title."""


def titles_of(videos: Sequence[Video]) -> str:
    """Return the titles of videos as part of a sentence: `“How memory works”, “Graphs” and 3 more
    videos`."""
    titles = [one_line(video_title(video)) for video in videos[:NAMED_VIDEOS]]
    named = [quoted(shortened(title, TITLE_CHARS)) for title in titles]
    rest = len(videos) - NAMED_VIDEOS
    if rest > 0:
        named.append(ngettext("{n} more video", "{n} more videos", rest).format(n=number(rest)))
    return listed(named)


class QueueControl(Controller):
    """Passes requests from the panels to the services and updates back.

    Signals: `resumed()` when the jobs of an earlier run continue.
    """

    resumed = Signal()

    def __init__(
        self, context: WindowContext, board: QtBoard, jobs: JobPanel, panel: ActivityPanel
    ) -> None:
        super().__init__(context)
        self._board = board
        self._jobs = jobs
        self._panel = panel
        self._stopped = False
        self._refreshes = 0
        self._asking_today = False
        self._timer = every(self, REFRESH_MS, self._refresh_activity)
        jobs.head.pause.clicked.connect(self._pause)
        jobs.queue.reordered.connect(
            lambda ids: self._services.then(lambda services: services.queue.reorder(ids))
        )
        board.job_added.connect(self._wake)
        board.job_changed.connect(self._wake)
        panel.opened.connect(self._opened)
        self._services.then(self.look_for_unfinished)
        self._services.then(self._wake)

    def stop(self) -> None:
        """Stop polling, as the window closes."""
        self._stopped = True
        self._timer.stop()

    # --- pause and order ---

    @property
    def stands_still(self) -> bool:
        """True if the queue is paused and no request is in flight."""
        services = self._services.value
        return (
            services is not None and services.queue.paused and not services.activity.now.in_flight
        )

    def _pause(self) -> None:
        """Pause or resume the queue."""

        def carry_out(services: Services) -> None:
            queue = services.queue
            queue.resume() if queue.paused else queue.pause()
            self._jobs.show_paused(paused=queue.paused)
            self._wake()

        self._services.then(carry_out)

    # --- an earlier run ---

    def look_for_unfinished(self, services: Services) -> None:
        """Restore a queue that was left paused; offer to continue other unfinished jobs."""
        self._tasks.start(self._restore_queue(services.queue))

    async def _restore_queue(self, queue: JobQueue) -> None:
        jobs = await queue.restore_queue()
        if jobs and queue.paused:
            self._jobs.show_paused(paused=queue.paused)

            self._messages.say(
                ngettext(
                    "The queue is paused, as you left it: {n} note waits.",
                    "The queue is paused, as you left it: {n} notes wait.",
                    len(jobs),
                ).format(n=number(len(jobs)))
            )
        if jobs:
            self.resumed.emit()
        unfinished = await queue.unfinished()
        if unfinished.notes:
            self._offer(queue, unfinished)

    def _offer(self, queue: JobQueue, unfinished: Unfinished) -> None:
        """Offer to continue or to discard unfinished jobs; discarding can be undone."""
        notes = unfinished.notes
        whose = f": {titles_of(unfinished.videos)}" if unfinished.videos else ""
        discarded = Message(
            ngettext(
                "Discarded {n} note of your last run.",
                "Discarded {n} notes of your last run.",
                notes,
            ).format(n=number(notes)),
            undo=lambda: self._offer(queue, unfinished),
            settle=lambda: self._tasks.start(queue.discard()),
        )
        self._messages.show_message(
            Message(
                ngettext(
                    "{n} note of your last run is unfinished{whose}.",
                    "{n} notes of your last run are unfinished{whose}.",
                    notes,
                ).format(n=number(notes), whose=whose),
                _("What is written already is not paid for again."),
                action=_("Go on"),
                on_action=lambda: self._tasks.start(
                    queue.resume_interrupted(), done=lambda _: self.resumed.emit()
                ),
                behind=((_("Discard them"), lambda: self._messages.show_message(discarded)),),
            )
        )

    # --- activity ---

    def _opened(self) -> None:
        self._refreshes = 0
        self._refresh_activity()
        self._wake()

    def _wake(self, _: object = None) -> None:
        if self._services.value is not None and not self._stopped and not self._timer.isActive():
            self._timer.start()

    def _refresh_activity(self) -> None:
        services = self._services.value
        if services is None:
            return
        now = services.activity.now
        self._jobs.show_activity(now)
        if self._panel.isVisible():
            self._panel.show_activity(now, paused=services.queue.paused)
            if (
                self._refreshes % TODAY_EVERY == 0
                and not self._asking_today
                and self._tasks.can_start
            ):
                self._asking_today = True
                self._tasks.start(
                    services.activity.today(), done=self._show_today, failed=self._no_today
                )
            self._refreshes += 1
        elif not self._board.board.tally.active:
            self._timer.stop()

    def _show_today(self, today: Today) -> None:
        self._asking_today = False
        self._panel.show_today(today)

    def _no_today(self, _: object) -> None:
        self._asking_today = False  # the rest of the panel is still right
