"""When a model writes nothing more today, its notes are offered to another one, at one click."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, QTimer

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.ports import ModelInfo, Services
from notegen_desktop.ui.kit.job_text import count
from notegen_desktop.ui.kit.messages import Message, MessageBar
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.tasks import Tasks

GONE = {
    "quota_exhausted": "Today's quota of {model} is used up",
    "no_free_tier": "{model} is not part of the free tier",
}
"""What a model says that will not help however often it is asked today."""

GATHER_MS = 250
"""All notes of a model fail in the same moment; they are spoken of together."""


class WaysOut(QObject):
    """Looks on the board for notes that a model will not write, and offers what will."""

    def __init__(
        self, board: QtBoard, *, tasks: Tasks, messages: MessageBar, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._board = board
        self._tasks = tasks
        self._messages = messages
        self._services: Services | None = None
        self._gone: dict[str, str] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(GATHER_MS)
        self._timer.timeout.connect(self._look)
        board.job_finished.connect(self._finished)

    def attach(self, services: Services) -> None:
        self._services = services

    def _finished(self, job: NoteJob) -> None:
        if job.failure is not None and job.failure.code in GONE:
            self._gone[job.request.model] = job.failure.code
            self._timer.start()

    def _look(self) -> None:
        if self._services is not None and self._tasks.can_start:
            self._tasks.start(self._others(self._services), done=self._offer)

    async def _others(self, services: Services) -> list[ModelInfo]:
        """Models that have not refused, the likeliest first; none where that cannot be asked."""
        try:
            known = await services.catalogue.models()
        except NoteGenError:
            return []
        return [model for model in known if model.id not in self._gone]

    def _offer(self, others: list[ModelInfo]) -> None:
        stuck = [
            job
            for job in self._board.board
            if job.can_retry and job.failure is not None and job.failure.code in GONE
        ]
        if not stuck:
            return
        model = stuck[-1].request.model
        what = GONE[self._gone.get(model, "quota_exhausted")].format(model=model)
        ids = tuple(job.id for job in stuck)
        are = "is" if len(ids) == 1 else "are"
        self._messages.show_message(
            Message(
                f"{what}: {count(len(ids), 'note')} {are} not written.",
                tone="warning",
                action=f"Write with {others[0].name}" if others else "",
                on_action=partial(
                    self._turn_to, ids, Engine.GEMINI, others[0].id if others else ""
                ),
                other="Write offline",
                on_other=partial(self._turn_to, ids, Engine.OFFLINE, ""),
            )
        )

    def _turn_to(self, job_ids: tuple[str, ...], engine: Engine, model: str) -> None:
        if self._services is not None:
            self._services.runner.switch_engine(job_ids, engine=engine, model=model)
