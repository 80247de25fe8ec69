"""Tells the board, the journal and the ledger what the scribe does for one attempt at one job."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from notegen_desktop.domain.board import JobBoard
from notegen_desktop.domain.jobs import NoteJob, Stage, Status
from notegen_desktop.domain.notes import Draft, Usage

from .budget import Budget
from .pacing import Wait
from .ports import Ledger, RequestRecord
from .runs import Runs
from .scribe import RequestMade, Spent
from .work import Work

READ = 0.04  # a job's progress when the words are there
WRITTEN = 0.95  # and when the last of the note is written


class Watch:
    """Fulfils `scribe.Watcher`."""

    def __init__(
        self,
        board: JobBoard,
        job: NoteJob,
        runs: Runs,
        ledger: Ledger,
        budget: Budget,
        spend: Callable[[Usage], None],
    ) -> None:
        self._board = board
        self._job = job
        self._runs = runs
        self._ledger = ledger
        self._budget = budget
        self._spend = spend

    def waiting(self, wait: Wait) -> None:
        if wait.reason:
            self._board.apply(
                self._job.id,
                attempt=self._job.attempt,
                stage=Stage.WAITING,
                wait_until=wait.until,
                wait_reason=wait.reason,
            )
        else:
            self._board.apply(self._job.id, attempt=self._job.attempt, stage=Stage.QUEUED)

    def writing(self) -> None:
        self._board.apply(
            self._job.id,
            attempt=self._job.attempt,
            status=Status.PROCESSING,
            stage=Stage.WRITING,
        )

    async def grew(self, draft: Draft, progress: float) -> None:
        """A section is durable before it is shown as whole."""
        await self._runs.keep(self._job, draft)
        share = READ + (WRITTEN - READ) * progress
        self._board.grow(self._job.id, attempt=self._job.attempt, draft=draft, progress=share)

    def checking(self) -> None:
        self._board.apply(
            self._job.id, attempt=self._job.attempt, stage=Stage.CHECKING, progress=WRITTEN
        )

    async def requested(self, made: RequestMade) -> None:
        """Booked even if the job is cancelled meanwhile: it was sent, so it counts."""
        self._spend(made.usage)
        record = RequestRecord(
            template=self._job.template,
            model=made.model,
            engine=self._job.request.engine.value,
            usage=made.usage,
            outcome=made.outcome,
            video_id=self._job.video_id,
            job_id=self._job.id,
            run_id=self._runs.run_of(self._job.id),
            seconds=made.seconds,
        )
        await asyncio.shield(self._ledger.record(record))

    def budget(self, work: Work) -> AbstractAsyncContextManager[Spent]:
        return self._budget.hold(work.cost_usd, self._runs.run_of(self._job.id))
