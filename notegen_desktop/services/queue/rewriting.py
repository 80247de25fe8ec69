"""Rewrite stored notes: order to jobs, job to a new version of the note.

The stored note stays unchanged: the text is kept as another version until the user chooses
between them.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from notegen_desktop.domain.errors import UnknownEngine, UsageError
from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest, Stage
from notegen_desktop.domain.notes.note import Engine, Mode, Note
from notegen_desktop.domain.notes.rewriting import RewriteScope
from notegen_desktop.domain.notes.versions import Origin, Revision
from notegen_desktop.domain.prompts.material import MAX_WISH, one_line
from notegen_desktop.domain.words import _
from notegen_desktop.services.generation.assignment import KeptParts
from notegen_desktop.services.generation.generator import NoteGenerator
from notegen_desktop.services.generation.request import RequestSender
from notegen_desktop.services.generation.spool import Spool
from notegen_desktop.services.ports import JobEstimate, NoteStore, OrderEstimate, RewriteOrder
from notegen_desktop.services.reading.resolver import Resolver

from .estimates import Estimator
from .journal import POLL_S, RunJournal
from .revising import NoteReviser
from .worker import JobObserver


def _only_quotes() -> UsageError:
    return UsageError(
        _("The offline engine quotes: it knows no wishes, and writes no single section or level."),
        hint=_("Choose an engine that writes: Gemini with a key, or a connection."),
    )


@dataclass(slots=True, kw_only=True, eq=False)
class NoteRewriter:
    """Rewrites stored notes, in whole or in part. One instance per program."""

    resolver: Resolver
    estimator: Estimator
    generator: NoteGenerator
    reviser: NoteReviser
    sender: RequestSender
    runs: RunJournal
    spool: Spool
    store: NoteStore

    async def requests(self, order: RewriteOrder) -> list[tuple[NoteRequest, Note]]:
        """Return a request and the stored note for each note of an order. Raises NoteMissing,
        UnknownEngine, or UsageError for an order that cannot be carried out."""
        found = []
        for wanted in order.wanted:
            note = await self.store.get(wanted.note_id)
            versions = await self.store.history(wanted.note_id)
            found.append((self._request(order, wanted, note, str(len(versions))), note))
        if not found:
            raise UsageError(_("Choose at least one note."))
        return found

    def by_another(self, request: NoteRequest, asked: NoteRequest) -> NoteRequest:
        """Return `request` with the engine and model of `asked`. Raises UnknownEngine, or
        UsageError if that engine cannot do it."""
        engine = self.resolver.engine(asked.engine)
        again = RewriteScope.of_text(request.again)
        if engine is Engine.OFFLINE and (request.wish or not again.is_whole):
            raise _only_quotes()
        return replace(
            request,
            engine=engine,
            model=self.resolver.model(engine, asked.model),
            mode=request.mode if engine.is_gemini else Mode.TRANSCRIPT,
        )

    def _request(
        self, order: RewriteOrder, wanted: RewriteScope, note: Note, edition: str
    ) -> NoteRequest:
        engine, model = self._engine(order, note)
        wish = one_line(note.wish if order.wish is None else order.wish, MAX_WISH)
        if engine is Engine.OFFLINE and (order.wish or not wanted.is_whole):
            raise _only_quotes()
        heading = ""
        if wanted.section is not None:
            if not 0 <= wanted.section < len(note.sections):
                raise UsageError(
                    _("“{title}” has no section {number}.").format(
                        title=note.title, number=wanted.section + 1
                    ),
                    hint=_("It has {n}.").format(n=len(note.sections)),
                )
            heading = note.sections[wanted.section].heading
        again = replace(wanted, heading=heading, edition=edition)
        return NoteRequest(
            video_id=note.video.id,
            template=note.template,
            mode=Mode(note.mode) if engine.is_gemini else Mode.TRANSCRIPT,
            engine=engine,
            model=model,
            language=note.language,
            wish="" if engine is Engine.OFFLINE else wish,
            again=again.text,
        )

    def _engine(self, order: RewriteOrder, note: Note) -> tuple[Engine, str]:
        """Return engine and model: those of the order, else those of the note. If that engine is
        unknown or the offline one, the engine that writes notes now."""
        asked = order.engine or Engine(note.engine)
        if order.engine is None and asked is Engine.OFFLINE:
            asked = Engine.AUTO
        try:
            return self.resolver.engine(asked), self.resolver.model(asked, order.model)
        except UnknownEngine:
            if order.engine is not None:
                raise
        return self.resolver.engine(Engine.AUTO), self.resolver.model(Engine.AUTO, order.model)

    async def estimate(self, order: RewriteOrder) -> OrderEstimate:
        """Return the estimate of an order before anything is sent. Raises as `requests` does,
        SourceError if a transcript is no longer stored, and NothingThere if a section is missing.
        """
        rows = []
        for request, note in await self.requests(order):
            material = await self.reviser.material(note, request.mode)
            template = self.reviser.templates.get(note.template)
            again = RewriteScope.of_text(request.again)
            found = await self.estimator.for_again(material, request, template, note, again)
            whole = sum((each.estimate for each in found[1:]), found[0].estimate)
            rows.append(
                JobEstimate.of(
                    request,
                    whole,
                    requests=sum(max(each.requests, 0) for each in found),
                    held_usd=whole.cost_usd,
                    by_level=found[0].facts.by_level,
                )
            )
        budget = self.sender.budget
        over = await budget.objection(rows) if budget.is_set else None
        needed = sum(row.requests for row in rows)
        return OrderEstimate(tuple(rows), over, requests=needed, requests_combined=needed)

    async def write(self, job: NoteJob, kept: KeptParts, observer: JobObserver) -> Note:
        """Carry out a job: store the new version, return the unchanged note. Work done before the
        program ended is neither requested nor stored twice."""
        again = RewriteScope.of_text(job.request.again)
        note = await self.spool.outlast(lambda: self.store.get(again.note_id), observer.waiting)
        try:
            while not await self.runs.claim(job.id):
                await self.sender.clock.sleep(POLL_S)
            if await self._is_written(job):
                return note
            work = await self.reviser.work(note, job.request, observer.tell)
            found = await self.estimator.for_again(
                work.material, job.request, work.template, note, again
            )
            await self._take_up(job, kept, note, work.material.fingerprint)
            observer.kept = kept
            likely = sum(each.likely.cost_usd for each in found)
            self.sender.budget.estimated_usd += likely
            work = replace(
                work,
                estimate=found[0].estimate,
                likely_usd=likely,
                job_id=job.id,
                run_id=self.runs.run_of(job.id),
                kept=kept,
                saved=kept.single,
            )
            estimates = [each.estimate for each in found]
            written = await self.generator.again(work, note, again, estimates, observer)
            observer.move(Stage.SAVING)
            by = job.request.engine.value, job.request.model, job.request.wish
            await self.spool.keep(
                "add_version",
                key=f"version {job.id}",
                note=written,
                revision=Revision(Origin.AGAIN, again.about, job.id, job.request.again, *by),
            )
            kept.drafts.clear()
            return note
        finally:
            await self.runs.release(job.id)

    async def _is_written(self, job: NoteJob) -> bool:
        if await self.spool.recover():
            await self.spool.flush()
        versions = await self.store.history(RewriteScope.of_text(job.request.again).note_id)
        return any(version.job_id == job.id for version in versions)

    async def _take_up(self, job: NoteJob, kept: KeptParts, note: Note, words: str) -> None:
        """Load the drafts that an earlier attempt wrote for the same request and transcript."""
        told = f"{job.id}{note.sections!r}{words}".encode("utf-8", "replace")
        basis = hashlib.sha256(told).hexdigest()[:16]
        if kept.basis == basis:
            return
        left = await self.runs.kept(job)
        drafts = {part.number: part for part in left.drafts if left.basis == basis}
        kept.count, kept.drafts, kept.basis = left.parts if drafts else 0, drafts, basis
