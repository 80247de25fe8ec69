"""Looks ahead before anything is sent: at price, budgets, the day's quota, and what is combined."""

from __future__ import annotations

import math
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace

from notegen_desktop.domain.errors import NetworkUnreachable, SourceError, TimedOut, WriterError
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.text.quantities import rounded_duration
from notegen_desktop.services.generation.request import RequestSender
from notegen_desktop.services.pacing.daily_quota import DailyQuota, RemainingQuota
from notegen_desktop.services.ports import JobEstimate, Order, OrderEstimate, Templates
from notegen_desktop.services.reading.local_media import LocalMedia
from notegen_desktop.services.reading.resolver import Resolver
from notegen_desktop.services.reading.transcripts import TranscriptReader

from .estimates import Estimator


@dataclass(slots=True, kw_only=True, eq=False)
class Preflight:
    """Fulfils `ports.Preflight`."""

    board: JobBoard
    resolver: Resolver
    transcripts: TranscriptReader
    media: LocalMedia
    estimator: Estimator
    templates: Templates
    sender: RequestSender
    daily_quota: DailyQuota

    async def matters(self, order: Order) -> bool:
        if self.resolver.engine(order.engine) is Engine.OFFLINE:
            return False
        return self.sender.budget.is_set or await self._quota(order) is not None

    async def of(self, order: Order, *, sample: int = 0) -> OrderEstimate:
        rows = await self._rows(order, sample)
        if self.resolver.engine(order.engine) is Engine.OFFLINE:
            return OrderEstimate(rows)
        quota = await self._quota(order)
        apart = sum(row.requests for row in rows)
        together = sum(row.requests for row in rows if not row.joins)
        short_today = quota is not None and quota.left < apart
        combined = self.resolver.combines(order, short=short_today)
        if combined and not self.resolver.combines(order, short=False):
            rows = await self._rows(replace(order, combined=True), sample)
        needed = together if combined else apart
        budget = self.sender.budget
        over = await budget.objection(rows) if budget.is_set else None
        short = ""
        if quota is not None and quota.left < needed:
            notes = sum(not row.stored for row in rows)
            short = _words(quota, notes, needed, self._model(order), self.sender.clock.time())
            if not quota.left:
                together = needed  # nothing is left that several notes could share
            if together < needed:
                short += f" Several notes in one request would need {together}."
        return OrderEstimate(
            rows,
            over_budget=over,
            short_of_quota=short,
            requests=needed,
            requests_combined=together,
        )

    async def estimate(self, order: Order) -> list[JobEstimate]:
        """What each note will take, apart unless the order, or the settings, say otherwise.

        Raises UnknownTemplate, SourceError or NetworkUnreachable.
        """
        combined = self.resolver.combines(order, short=False)
        estimates: list[JobEstimate] = []
        for link in order.links:
            material = await self.transcripts.read(link)
            material = await self.media.foreseen(material, mode=order.mode)
            works = []
            for name in dict.fromkeys(order.templates):
                template = self.templates.get(name)
                request = self.resolver.request(order, link, template)
                stored = await self.resolver.stored(request, link, material)
                works.append((request, template, stored))
            estimates += await self.estimator.for_video(
                material,
                works,
                combined=combined and not order.overnight,
                review=order.review,
                overnight=order.overnight,
            )
            if not self.board.is_active(link.key):
                self.transcripts.forget_failed(link.key)
        return estimates

    async def combines(self, order: Order, jobs: Iterable[NoteJob]) -> bool:
        """Whether the notes of these jobs come together, as far as they can. Raises StoreError.

        Videos are read only as long as it is not decided; of one that cannot be read, nothing will
        be asked for.
        """
        anyway = self.resolver.combines(order, short=False)
        if anyway or not self.resolver.combines(order, short=True):
            return anyway
        quota = await self._quota(order)
        if quota is None:
            return False
        begun = {(job.video_id, job.template) for job in jobs}
        needed = 0
        for link in order.links:
            with suppress(SourceError, WriterError, NetworkUnreachable, TimedOut):
                rows = await self.estimate(replace(order, links=(link,)))
                needed += sum(r.requests for r in rows if (r.video_id, r.template) in begun)
            if needed > quota.left:
                return True
        return False

    async def _rows(self, order: Order, sample: int) -> tuple[JobEstimate, ...]:
        """The estimate of all notes; of more videos than `sample`, by the first ones."""
        read = order.links[: sample or None]
        rows = await self.estimate(replace(order, links=read))
        each = len(rows) // len(read)
        more = [
            replace(row, video_id=link.key)
            for number, link in enumerate(order.links[len(read) :])
            for row in rows[number % len(read) * each : (number % len(read) + 1) * each]
        ]
        return (*rows, *more)

    async def _quota(self, order: Order) -> RemainingQuota | None:
        """A batch has no part in a day's requests."""
        return None if order.overnight else await self.daily_quota.today(self._model(order))

    def _model(self, order: Order) -> str:
        return self.resolver.model(order.engine, order.model)


def _words(quota: RemainingQuota, notes: int, requests: int, model: str, now: float) -> str:
    wait = rounded_duration(max(1, math.ceil((quota.until - now) / 60)) * 60)
    have = f"{quota.left} of today's {quota.per_day}" if quota.per_day else "None of today's"
    asked = f"one note needs {requests}" if notes == 1 else f"{notes} notes need {requests}"
    return (
        f"{have} requests of {model} are left, and {asked}. More come in {wait}. "
        "Choose another model or the offline engine, or fewer templates."
    )
