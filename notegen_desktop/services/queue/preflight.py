"""Checks an order before anything is sent: price, budgets, daily quota, and combined requests."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import NamedTuple

from notegen_desktop.domain.engines.order import EngineChoice
from notegen_desktop.domain.errors import NetworkUnreachable, SourceError, TimedOut, WriterError
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest
from notegen_desktop.domain.links.link import LinkKind
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.quantities import number, rounded_duration
from notegen_desktop.domain.words import _, ngettext
from notegen_desktop.services.generation.guides import estimated_growth
from notegen_desktop.services.generation.request import RequestSender
from notegen_desktop.services.pacing.daily_quota import DailyQuota, RemainingQuota
from notegen_desktop.services.ports import JobEstimate, Material, Order, OrderEstimate, Templates
from notegen_desktop.services.reading.local_media import LocalMedia
from notegen_desktop.services.reading.resolver import Resolver
from notegen_desktop.services.reading.transcripts import TranscriptReader

from .estimates import Estimator


@dataclass(slots=True, kw_only=True, eq=False)
class Preflight:
    """Implements `ports.Preflight`."""

    board: JobBoard
    resolver: Resolver
    transcripts: TranscriptReader
    media: LocalMedia
    estimator: Estimator
    templates: Templates
    sender: RequestSender
    daily_quota: DailyQuota

    async def matters(self, order: Order) -> bool:
        if not self._asked(order):
            return False
        return self.sender.budget.is_set or bool(await self._quotas(order))

    async def of(self, order: Order, *, sample: int = 0) -> OrderEstimate:
        rows = await self._rows(order, sample)
        if not self._asked(order):
            return OrderEstimate(rows)
        quotas = await self._quotas(order)

        def requests(templates: Collection[str], *, apart: bool = False) -> int:
            asked = [row for row in rows if row.template in templates]
            return sum(row.requests for row in asked if apart or not row.joins)

        everything = set(order.templates)
        short_today = any(q.quota.left < requests(q.templates, apart=True) for q in quotas)
        combined = self.resolver.combines(order, short=short_today)
        if combined and not self.resolver.combines(order, short=False):
            rows = await self._rows(replace(order, combined=True), sample)
        together = requests(everything)
        needed = requests(everything, apart=not combined)
        budget = self.sender.budget
        over = await budget.objection(rows) if budget.is_set else None
        short = []
        for model, templates, quota in quotas:
            of_model = requests(templates, apart=not combined)
            if quota.left >= of_model:
                continue
            notes = sum(row.template in templates and not row.stored for row in rows)
            short.append(_words(quota, notes, of_model, model, self.sender.clock.time()))
            joint = requests(templates)
            if not quota.left:
                together += of_model - joint  # no quota is left for a combined request
            elif joint < of_model:
                short.append(
                    _("Several notes in one request would need {joint}.").format(joint=joint)
                )
        return OrderEstimate(
            rows,
            over_budget=over,
            short_of_quota=" ".join(short),
            requests=needed,
            requests_combined=together,
        )

    async def estimate(self, order: Order) -> list[JobEstimate]:
        """Return the estimate of each note, uncombined unless the order or the settings say
        otherwise.

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
                if link.kind is LinkKind.COURSE and stored is None:
                    material = await self._grown(material, request, template)
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

    async def _grown(
        self, material: Material, request: NoteRequest, template: NoteTemplate
    ) -> Material:
        """Return the material by which an existing guide grows; the whole course if there is
        none."""
        before = await self.resolver.before(request)
        if before is None or request.engine is Engine.OFFLINE:
            return material
        facts = await self.sender.models.facts(request.engine, request.model)
        return await asyncio.to_thread(estimated_growth, before, material, template, facts)

    async def combines(self, order: Order, jobs: Iterable[NoteJob]) -> bool:
        """Return True if the notes of these jobs should share requests where possible. Raises
        StoreError.

        Videos are read only until the answer is certain; unreadable ones are skipped, as no request
        will be sent for them.
        """
        anyway = self.resolver.combines(order, short=False)
        if anyway or not self.resolver.combines(order, short=True):
            return anyway
        quotas = await self._quotas(order)
        if not quotas:
            return False
        begun = {(job.video_id, job.template) for job in jobs}
        needed: Counter[str] = Counter()
        for link in order.links:
            with suppress(SourceError, WriterError, NetworkUnreachable, TimedOut):
                rows = await self.estimate(replace(order, links=(link,)))
                for row in rows:
                    if (row.video_id, row.template) in begun:
                        needed[row.template] += row.requests
            if any(sum(needed[t] for t in q.templates) > q.quota.left for q in quotas):
                return True
        return False

    async def _rows(self, order: Order, sample: int) -> tuple[JobEstimate, ...]:
        """Return the estimates of all notes; with more videos than `sample`, extrapolated from the
        first ones."""
        read = order.links[: sample or None]
        rows = await self.estimate(replace(order, links=read))
        each = len(rows) // len(read)
        more = [
            replace(row, video_id=link.key)
            for number, link in enumerate(order.links[len(read) :])
            for row in rows[number % len(read) * each : (number % len(read) + 1) * each]
        ]
        return (*rows, *more)

    def _asked(self, order: Order) -> dict[EngineChoice, set[str]]:
        """Return the engines and models of an order, each with its templates."""
        choices = self.resolver.choices(order)
        return {one: names for one, names in choices.items() if one.engine is not Engine.OFFLINE}

    async def _quotas(self, order: Order) -> list[_ModelQuota]:
        """Return today's remaining quota of each model that has a known one; none for batches,
        which the daily quota does not count."""
        by_model: dict[str, set[str]] = {}
        for choice, templates in self._asked(order).items():
            by_model.setdefault(choice.model, set()).update(templates)
        found = []
        for model, templates in by_model.items():
            quota = None if order.overnight else await self.daily_quota.today(model)
            if quota is not None:
                found.append(_ModelQuota(model, templates, quota))
        return found


class _ModelQuota(NamedTuple):
    model: str
    templates: set[str]
    quota: RemainingQuota


def _words(quota: RemainingQuota, notes: int, requests: int, model: str, now: float) -> str:
    wait = rounded_duration(max(1, math.ceil((quota.until - now) / 60)) * 60)
    if quota.per_day:
        have = ngettext(
            "{left} of today's {n} requests of {model} is left",
            "{left} of today's {n} requests of {model} are left",
            quota.left,
        )
    else:
        have = _("None of today's requests of {model} are left")
    asked = ngettext("one note needs {requests}", "{n} notes need {requests}", notes)
    return _(
        "{have}, and {asked}. More come in {wait}. Choose another model or the offline engine, "
        "or fewer templates."
    ).format(
        have=have.format(left=number(quota.left), n=number(quota.per_day or 0), model=model),
        asked=asked.format(n=number(notes), requests=number(requests)),
        wait=wait,
    )
