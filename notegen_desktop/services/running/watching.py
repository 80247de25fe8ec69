"""Tells the board, the journal and the ledger what the scribe does for one attempt at one job."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from notegen_desktop.domain.jobs import NoteJob, Stage, Status
from notegen_desktop.domain.notes import Draft, Note, Usage
from notegen_desktop.domain.part import PartDraft
from notegen_desktop.services.ports import RequestRecord

from .asking import RequestMade, Spent
from .waits import OnWait, Wait
from .work import KeptParts, Work
from .workshop import Workshop

READ = 0.04  # a job's progress when the words are there
WRITTEN = 0.95  # and when the last of the note is written
SAVING = 0.98

Spend = Callable[[Usage], None]


class _Payer:
    """Books what is sent, under a job's id or "" for none, and holds the budget of a run for it."""

    def __init__(self, shop: Workshop, spend: Spend, job_id: str = "") -> None:
        self._shop = shop
        self._spend = spend
        self._job_id = job_id

    @property
    def _run_id(self) -> str:
        return self._shop.runs.run_of(self._job_id)

    def waiting(self, wait: Wait) -> None:
        """Nobody looks on."""

    async def requested(self, made: RequestMade, work: Work) -> None:
        """Booked even if the job is cancelled meanwhile: it was sent, so it counts.

        What was foretold is booked once a note: with the request that ends it. Lengths are compared
        only where one request wrote all of it.
        """
        self._spend(made.usage)
        record = RequestRecord(
            template=work.template.id,
            model=made.model,
            engine=work.engine.value,
            usage=made.usage,
            outcome=made.outcome,
            video_id=work.material.video.id,
            job_id=self._job_id,
            run_id=self._shop.runs.run_of(self._job_id),
            at=self._shop.clock.time(),
            once=True,
            seconds=made.seconds,
            estimated_output_tokens=work.plain_output_tokens if made.began and made.ended else 0,
            estimated_cost_usd=work.likely_usd if made.ended else 0.0,
        )
        await self._shop.spool.keep("record", request=record)

    def budget(
        self, work: Work, waiting: OnWait | None = None
    ) -> AbstractAsyncContextManager[Spent]:
        held = work.estimate.cost_usd
        return self._shop.budget.hold(held, self._run_id, waiting or self.waiting)


class Watch(_Payer):
    """Fulfils `asking.Watcher`. What is whole is kept in `kept`, too, for a later attempt."""

    def __init__(self, shop: Workshop, job: NoteJob, spend: Spend) -> None:
        super().__init__(shop, spend, job.id)
        self._job = job
        self.kept = KeptParts()

    def move(self, stage: Stage, progress: float | None = None) -> None:
        self._shop.board.apply(
            self._job.id, attempt=self._job.attempt, stage=stage, progress=progress
        )

    def show(self, note: Note) -> None:
        """The note is whole, but not in the library yet."""
        self._shop.board.apply(self._job.id, attempt=self._job.attempt, note=note)

    def tell(self, words: str) -> None:
        """What the job waits for before its turn."""
        self.waiting(Wait(words))

    def waiting(self, wait: Wait) -> None:
        if not wait.reason:
            self.move(Stage.QUEUED)
            return
        self._shop.board.apply(
            self._job.id,
            attempt=self._job.attempt,
            stage=Stage.WAITING,
            wait_until=wait.until,
            wait_reason=wait.reason,
        )

    def writing(self) -> None:
        self._shop.board.apply(
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
            part = PartDraft(0, draft.kept())
            self.kept.of(1)[0] = part
        runs = self._shop.runs
        await runs.keep(self._job, part, parts=parts, basis=self.kept.basis)
        share = READ + (WRITTEN - READ) * progress
        self._shop.board.grow(self._job.id, attempt=self._job.attempt, draft=draft, progress=share)

    def checking(self) -> None:
        self.move(Stage.CHECKING, WRITTEN)


class Aside(_Payer):
    """Fulfils `asking.Watcher` for what is written beside the board: a gap of a stored note.

    `tell` hears how far it is, 0 to 1.
    """

    def __init__(
        self, shop: Workshop, spend: Spend, tell: Callable[[float], None] | None = None
    ) -> None:
        super().__init__(shop, spend)
        self._tell = tell
        self._told = 0.0
        self._gap_id = f"gap-{uuid.uuid4().hex[:8]}"

    @property
    def _run_id(self) -> str:
        return self._gap_id

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
