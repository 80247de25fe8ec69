"""When a model writes nothing more today, its notes are offered to another one, at one click."""

from __future__ import annotations

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.text.quantities import count
from notegen_desktop.services.ports import ModelInfo
from notegen_desktop.ui.kit.build import delayed
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.tasks import Controller, WindowContext

REFUSALS = {
    "quota_exhausted": "Today's quota of {model} is used up",
    "no_free_tier": "{model} is not part of the free tier",
}
"""Codes of failures after which asking the model again is in vain today, and what is said."""

GATHER_MS = 250
"""Milliseconds in which failures gather: all notes of a model fail at about the same time."""


class EngineSwitch(Controller):
    """Offers another model or engine for the notes that a model refuses to write today."""

    def __init__(self, context: WindowContext, board: QtBoard) -> None:
        super().__init__(context)
        self._board = board
        self._refusals: dict[str, str] = {}  # by model: the code of what it said
        self._timer = delayed(self, GATHER_MS, self._look)
        board.job_finished.connect(self._finished)

    def _finished(self, job: NoteJob) -> None:
        if job.failure is not None and job.failure.code in REFUSALS:
            self._refusals[job.request.model] = job.failure.code
            self._timer.start()

    def _look(self) -> None:
        if self._tasks.can_start:
            self._tasks.start(self._other_models(), done=self._offer)

    async def _other_models(self) -> list[ModelInfo]:
        """Models that have not refused, the best first; none where the list cannot be had."""
        try:
            known = await self._services.ask(lambda it: it.catalogue.models())
        except NoteGenError:
            return []
        return [model for model in known if model.id not in self._refusals]

    def _offer(self, others: list[ModelInfo]) -> None:
        stuck = [
            job
            for job in self._board.board
            if job.can_retry and job.failure is not None and job.failure.code in REFUSALS
        ]
        if not stuck:
            return
        model = stuck[-1].request.model
        what = REFUSALS[self._refusals.get(model, "quota_exhausted")].format(model=model)
        ids = tuple(job.id for job in stuck)
        are = "is" if len(ids) == 1 else "are"

        def switch(engine: Engine, model: str = "") -> None:
            self._services.then(lambda it: it.runner.switch(ids, engine=engine, model=model))

        self._messages.show_message(
            Message(
                f"{what}: {count(len(ids), 'note')} {are} not written.",
                tone="warning",
                action=f"Write with {others[0].name}" if others else "",
                on_action=lambda: switch(Engine.GEMINI, others[0].id if others else ""),
                other="Write offline",
                on_other=lambda: switch(Engine.OFFLINE),
            )
        )
