"""Tells the board, the journal and the ledger what the scribe does for one attempt at one job."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TypedDict

from notegen_desktop.domain.board import JobBoard
from notegen_desktop.domain.jobs import NoteJob, Stage, Status
from notegen_desktop.domain.notes import Draft, Usage
from notegen_desktop.domain.part import PartDraft
from notegen_desktop.services.ports import Ledger, RequestRecord

from .asking import RequestMade, Spent
from .budget import Budget
from .runs import Runs
from .waits import OnWait, Wait
from .work import Work

READ = 0.04  # a job's progress when the words are there
WRITTEN = 0.95  # and when the last of the note is written


class Foretold(TypedDict):
    estimated_output_tokens: int
    estimated_cost_usd: float


class Watch:
    """Fulfils `asking.Watcher`."""

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

    async def grew(
        self, draft: Draft, progress: float, part: PartDraft | None = None, parts: int = 1
    ) -> None:
        """A section is durable before it is shown as whole."""
        if part is None:
            await self._runs.keep(self._job, draft)
        else:
            await self._runs.keep(
                self._job, part.draft, part=part.number, parts=parts, done=part.done
            )
        share = READ + (WRITTEN - READ) * progress
        self._board.grow(self._job.id, attempt=self._job.attempt, draft=draft, progress=share)

    def checking(self) -> None:
        self._board.apply(
            self._job.id, attempt=self._job.attempt, stage=Stage.CHECKING, progress=WRITTEN
        )

    async def requested(self, made: RequestMade, work: Work) -> None:
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
            **_foretold(made, work),
        )
        await asyncio.shield(self._ledger.record(record))

    def budget(
        self, work: Work, waiting: OnWait | None = None
    ) -> AbstractAsyncContextManager[Spent]:
        run_id = self._runs.run_of(self._job.id)
        return self._budget.hold(work.estimate.cost_usd, run_id, waiting or self.waiting)


class Aside:
    """Fulfils `asking.Watcher` for what is written beside the board: a gap of a stored note.

    `tell` hears how far it is, 0 to 1.
    """

    def __init__(
        self,
        ledger: Ledger,
        budget: Budget,
        spend: Callable[[Usage], None],
        tell: Callable[[float], None] | None = None,
    ) -> None:
        self._ledger = ledger
        self._budget = budget
        self._spend = spend
        self._tell = tell
        self._told = 0.0
        self._run_id = f"gap-{uuid.uuid4().hex[:8]}"

    def waiting(self, wait: Wait) -> None:
        del wait

    def writing(self) -> None:
        pass

    async def grew(
        self, draft: Draft, progress: float, part: PartDraft | None = None, parts: int = 1
    ) -> None:
        del draft, part, parts
        self._told = max(self._told, min(progress, 0.99))
        if self._tell is not None:
            self._tell(self._told)

    def checking(self) -> None:
        pass

    async def requested(self, made: RequestMade, work: Work) -> None:
        self._spend(made.usage)
        record = RequestRecord(
            template=work.template.id,
            model=made.model,
            engine=work.engine.value,
            usage=made.usage,
            outcome=made.outcome,
            video_id=work.material.video.id,
            seconds=made.seconds,
            **_foretold(made, work),
        )
        await asyncio.shield(self._ledger.record(record))

    def budget(
        self, work: Work, waiting: OnWait | None = None
    ) -> AbstractAsyncContextManager[Spent]:
        return self._budget.hold(work.estimate.cost_usd, self._run_id, waiting or self.waiting)


def _foretold(made: RequestMade, work: Work) -> Foretold:
    """What was foretold, booked once a note: with the request that ends it.

    Lengths are compared only where one request wrote all of it.
    """
    return {
        "estimated_output_tokens": work.plain_output_tokens if made.began and made.ended else 0,
        "estimated_cost_usd": work.likely_usd if made.ended else 0.0,
    }
