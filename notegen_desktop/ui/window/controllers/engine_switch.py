"""Controller that offers another engine for jobs whose model refuses requests today."""

from __future__ import annotations

from contextlib import suppress

from notegen_desktop.domain.engines.order import EngineChoice
from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.ui.kit.build import delayed
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.tasks import Controller, WindowContext

REFUSALS = {
    "quota_exhausted": N_("Today's quota of {model} is used up"),
    "no_free_tier": N_("{model} is not part of the free tier"),
    "credits_gone": N_("No credits are left for {model}"),
}
"""Message by failure code, for failures after which a retry with the same model cannot succeed
today."""

GATHER_MS = 250
"""Milliseconds for which failures are collected: all jobs of a model fail at about the same
time."""


class EngineSwitch(Controller):
    """Offers another model or engine for refused jobs.

    For a Gemini model this is another Gemini model; for a connection, a free connection of the
    user, else Gemini with the model in the settings. The fallback engines of the settings have
    already been tried.
    """

    def __init__(self, context: WindowContext, board: QtBoard) -> None:
        super().__init__(context)
        self._board = board
        self._refusals: dict[EngineChoice, str] = {}  # failure code by choice
        self._timer = delayed(self, GATHER_MS, self._find_alternatives)
        board.job_finished.connect(self._finished)

    def _finished(self, job: NoteJob) -> None:
        if job.failure is not None and job.failure.code in REFUSALS:
            self._refusals[_choice(job)] = job.failure.code
            self._timer.start()

    def _find_alternatives(self) -> None:
        if self._tasks.can_start and (stuck := self._stuck()):
            self._tasks.start(self._alternatives(_choice(stuck[-1])), done=self._offer)

    def _stuck(self) -> list[NoteJob]:
        return [
            job
            for job in self._board.board
            if job.can_retry and job.failure is not None and job.failure.code in REFUSALS
        ]

    async def _alternatives(self, refused: EngineChoice) -> list[tuple[str, EngineChoice]]:
        """Return name and choice of engines that have not refused, the best first; [] if
        unknown."""
        found: list[tuple[str, EngineChoice]] = []
        if refused.engine.is_gemini:
            with suppress(NoteGenError):
                models = await self._services.ask(lambda it: it.catalogue.models())
                found += [(one.name, EngineChoice(Engine.GEMINI, one.id)) for one in models]
        services = self._services.value
        if services is not None:
            found += [
                (f"{one.name}, {one.model}", EngineChoice(one.engine, one.model))
                for one in services.connections.all()
                if one.is_free and one.model
            ]
            with suppress(NoteGenError):
                if refused.engine.is_connection and services.secrets.api_key():
                    model = services.settings.current.text("gemini.model")
                    found.append(("Gemini", EngineChoice(Engine.GEMINI, model)))
        return [(name, choice) for name, choice in found if choice not in self._refusals]

    def _offer(self, others: list[tuple[str, EngineChoice]]) -> None:
        stuck = self._stuck()
        if not stuck:
            return
        refused = _choice(stuck[-1])
        code = self._refusals.get(refused, "quota_exhausted")
        what = _(REFUSALS[code]).format(model=refused.model)
        ids = tuple(job.id for job in stuck)

        def switch(choice: EngineChoice) -> None:
            self._services.then(
                lambda it: it.runner.switch(ids, engine=choice.engine, model=choice.model)
            )

        self._messages.show_message(
            Message(
                ngettext(
                    "{what}: {n} note is not written.",
                    "{what}: {n} notes are not written.",
                    len(ids),
                ).format(what=what, n=number(len(ids))),
                tone="warning",
                action=_("Write with {model}").format(model=others[0][0]) if others else "",
                on_action=lambda: switch(others[0][1]),
                other=_("Write offline"),
                on_other=lambda: switch(EngineChoice(Engine.OFFLINE)),
            )
        )


def _choice(job: NoteJob) -> EngineChoice:
    """Return engine and model of a job; both Gemini engines share a quota."""
    engine = job.request.engine
    return EngineChoice(Engine.GEMINI if engine.is_gemini else engine, job.request.model)
