"""Controller for undoable removals: cancelling, clearing the list, deleting notes; queue
commands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.errors import NoteMissing
from notegen_desktop.domain.jobs.job import Status, Tally
from notegen_desktop.domain.text.quantities import count, quoted
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.build import delayed
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.job_text import video_title
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.tasks import Controller, WindowContext
from notegen_desktop.ui.kit.text import one_line, shortened
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from notegen_desktop.ui.notes.tab_bar import SavedTab
from notegen_desktop.ui.queue.panel import JobPanel

TITLE_CHARS = 60
"""Maximum characters of a title in a message."""


class Undoing(Controller):
    """Cancels and clears jobs with undo; removes tabs and jobs of deleted notes."""

    def __init__(
        self,
        context: WindowContext,
        board: QtBoard,
        results: ResultTabs,
        *,
        name_of: Callable[[str], str],
    ) -> None:
        """`name_of` returns the name of a template by its id."""
        super().__init__(context)
        self._board = board.board
        self._results = results
        self._name_of = name_of
        self._cancelled: list[str] = []
        self._deleted: dict[tuple[str, ...], tuple[Callable[[], None], Sequence[SavedTab]]] = {}
        self._telling = delayed(self, 0, self._tell_cancelled)  # once for simultaneous changes

    def cancel(self, job_id: str) -> None:
        self._services.then(lambda services: services.runner.cancel(job_id))
        self._cancelled.append(job_id)
        self._telling.start()

    def cancel_all(self) -> None:
        self._cancelled += [job.id for job in self._board.active]
        self._services.then(lambda services: services.runner.cancel_all())
        self._telling.start()

    def retry_cancelled(self) -> None:
        """Retry all cancelled jobs."""
        self._retry([job.id for job in self._board])

    def clear(self, job_ids: Sequence[str]) -> None:
        """Remove jobs from the list."""
        jobs = [self._board.job(job_id) for job_id in job_ids if job_id in self._board]
        if not jobs:
            return
        what = count(len(jobs), "note")
        videos = {job.video_id for job in jobs}
        if len(videos) == 1:
            title = one_line(video_title(self._board.video(videos.pop())))
            what = quoted(shortened(title, TITLE_CHARS))

        def clear(services: Services) -> None:
            back = services.runner.remove_with_undo(*job_ids)
            words = _("Took {what} off the list.").format(what=what)
            self._messages.say_done(words, undo=back)

        self._services.then(clear)

    def forget_notes(self, note_ids: Sequence[str]) -> None:
        """Close the tabs of deleted notes and forget their jobs, so that they can be ordered
        again."""
        gone = set(note_ids)
        tabs = [tab for tab in self._results.kept() if tab.note_id in gone]
        self._results.forget_notes(gone)

        def forget(services: Services) -> None:
            jobs = [job.id for job in self._board if job.note and job.note.id in gone]
            self._deleted[tuple(note_ids)] = services.runner.remove_with_undo(*jobs), tabs

        self._services.then(forget)

    def restore_notes(self, note_ids: Sequence[str]) -> None:
        """Reopen tabs and restore jobs after the deletion of notes was undone."""
        back, tabs = self._deleted.pop(tuple(note_ids), (None, ()))
        if tabs:
            self._tasks.start(self._bring_back(tabs))
        if back is not None:
            back()

    async def _bring_back(self, tabs: Sequence[SavedTab]) -> None:
        store = (await self._services).store
        for tab in tabs:
            with suppress(NoteMissing):  # deleted again
                self._results.bring_back(tab, await store.get(tab.note_id))

    def _tell_cancelled(self) -> None:
        gone, self._cancelled = self._cancelled, []
        jobs = [self._board.job(job_id) for job_id in gone if job_id in self._board]
        if len(jobs) == 1:
            what = quoted(self._name_of(jobs[0].template))
        else:
            what = count(len(jobs), "note")
        if jobs:
            self._messages.say(
                _("Cancelled {what}.").format(what=what), undo=lambda: self._retry(gone)
            )

    def _retry(self, job_ids: Iterable[str]) -> None:
        """Retry those jobs that are still cancelled."""
        jobs = [self._board.job(job_id) for job_id in job_ids if job_id in self._board]
        again = [job.id for job in jobs if job.status is Status.CANCELLED]
        self._services.then(lambda services: services.runner.retry(*again))


# --- Commands for the queue, independent of the left column ---


class QueueCommands(QObject):
    """Commands of `window` for the queue, each enabled while it applies."""

    def __init__(self, window: QWidget, board: QtBoard, jobs: JobPanel, undoing: Undoing) -> None:
        super().__init__(window)
        self._board = board.board
        head = jobs.head
        given: tuple[tuple[str, Callable[[], object], Callable[[Tally], int]], ...] = (
            (_("Watch a note being written"), jobs.watch, lambda it: it.of(Status.PROCESSING)),
            (_("Pause the queue, or go on"), head.pause.click, lambda it: it.active),
            (_("Cancel all notes"), head.cancel_all.click, lambda it: it.active),
            (
                _("Retry all that failed"),
                head.retry_failed.click,
                lambda it: it.of(Status.ERROR),
            ),
            (
                _("Retry all that was cancelled"),
                undoing.retry_cancelled,
                lambda it: it.of(Status.CANCELLED),
            ),
            (
                _("Clear finished"),
                head.clear.click,
                lambda it: it.of(Status.COMPLETE) + it.of(Status.CANCELLED),
            ),
        )
        self._commands: list[tuple[QAction, Callable[[Tally], int]]] = [
            (command(window, name, act, group="Progress"), makes_sense)
            for name, act, makes_sense in given
        ]
        board.progress_changed.connect(self._settle)
        self._settle()

    def _settle(self) -> None:
        for action, makes_sense in self._commands:
            action.setEnabled(makes_sense(self._board.tally) > 0)
