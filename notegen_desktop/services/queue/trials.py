"""Tries out templates: shows the request, and writes a note that is not stored."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from notegen_desktop.domain.errors import KeyMissing, NotYetAvailable, TranscriptNeeded
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine, Mode, Note
from notegen_desktop.domain.notes.parts import split
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.words import _
from notegen_desktop.services.generation.assignment import Work, settle_language, settle_mode
from notegen_desktop.services.generation.generator import NoteGenerator
from notegen_desktop.services.generation.request import RequestSender, assigned
from notegen_desktop.services.ports import (
    Material,
    NoteStore,
    Order,
    SentPrompt,
    TrialEstimate,
)
from notegen_desktop.services.reading.resolver import Resolver
from notegen_desktop.services.reading.transcripts import TranscriptReader
from notegen_desktop.services.writers.prompting import prompt_of

from .estimates import Estimator
from .revising import ChangeObserver


@dataclass(slots=True, kw_only=True, eq=False)
class Trials:
    """Implements `ports.TemplateTrials`."""

    resolver: Resolver
    transcripts: TranscriptReader
    estimator: Estimator
    generator: NoteGenerator
    sender: RequestSender
    store: NoteStore

    async def prompt(
        self, template: NoteTemplate, order: Order, *, video: Video | None = None
    ) -> SentPrompt:
        request = await self._request(template, order)
        to_model = request.engine is not Engine.OFFLINE
        if not to_model:
            model = self.resolver.model(Engine.GEMINI)
            request = replace(request, engine=Engine.GEMINI, model=model, wish=order.wish)
        if video is not None:
            material = Material(video, await self.store.get_transcript(video.id))
        else:
            material = await self.transcripts.read(order.links[0])
        work = await self._work(template, material, request)

        def made() -> SentPrompt:
            limits = work.facts.limits
            parts = split(material.transcript, material.video, work.mode, limits)
            first = work.of_part(parts[0]) if parts else work
            prompt = prompt_of(assigned(first))
            return SentPrompt(prompt, work.model, parts=len(parts), to_model=to_model)

        return await asyncio.to_thread(made)

    async def estimate(self, template: NoteTemplate, order: Order) -> TrialEstimate:
        request = await self._request(template, order)
        material = await self.transcripts.read(order.links[0])
        found = await self.estimator.for_note(material, request, template)
        return TrialEstimate(found.likely, request.engine, request.model)

    async def write(
        self,
        template: NoteTemplate,
        order: Order,
        *,
        progress: Callable[[float], None] = lambda _: None,
    ) -> Note:
        request = await self._request(template, order)
        if request.engine is Engine.OFFLINE and not template.quotable:
            raise NotYetAvailable(
                _("The offline engine cannot write this kind of note: it only quotes."),
                hint=_("Add a Gemini key in the settings, or choose another engine."),
            )
        material = await self.transcripts.read(order.links[0])
        await self.resolver.find_key(request.engine, lambda _: None)
        await self.sender.prepare(request.engine)
        work = await self._work(template, material, request)
        self.sender.budget.estimated_usd += work.likely_usd
        return await self.generator.write(work, ChangeObserver(progress))

    async def _request(self, template: NoteTemplate, order: Order) -> NoteRequest:
        with suppress(KeyMissing):
            await self.resolver.find_key(Engine.GEMINI, lambda _: None)
        return self.resolver.request(order, order.links[0], template)

    async def _work(self, template: NoteTemplate, material: Material, request: NoteRequest) -> Work:
        if material.transcript is None and request.mode is Mode.TRANSCRIPT:
            raise TranscriptNeeded(_("The words of this video are not kept any more."))
        mode = settle_mode(request.mode, request.engine, template, material)
        estimated = await self.estimator.for_note(material, request, template)
        language = settle_language(request.language, material)
        work = estimated.work(request, template, material, mode=mode, language=language)
        return replace(work, run_id=f"trial-{uuid.uuid4().hex[:8]}")
