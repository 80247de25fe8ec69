"""What can be done about the notes under way, by name, whatever the left column shows."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.jobs.job import Status, Tally
from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.queue.panel import JobPanel

from .undoing import Undoing


class QueueCommands(QObject):
    """Commands of `window`, each there while it makes sense."""

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
                jobs.retry_failed_wanted.emit,
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
