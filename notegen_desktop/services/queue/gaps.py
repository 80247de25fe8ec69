"""Closes gaps of stored notes: what a note leaves out is written and stored with it."""

from __future__ import annotations

import asyncio

from notegen_desktop.domain.errors import TranscriptNeeded
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.notes.note import Engine, Mode, Note
from notegen_desktop.services.generation.assignment import Work
from notegen_desktop.services.generation.request import GenerationObserver
from notegen_desktop.services.ports import Material

from .journal import LOOK_AGAIN_S
from .run_context import RunContext

LEASE_S = 900.0
"""Longer than one answer takes with all its retries."""


class Gaps:
    """One for the program. Two gaps of one note are closed one after the other, also by two
    programs."""

    def __init__(self, shop: RunContext) -> None:
        self._shop = shop
        self._locks: dict[str, asyncio.Lock] = {}
        self._running: set[asyncio.Task[Note]] = set()

    async def fill(
        self, note_id: str, span: tuple[float, float], observer: GenerationObserver
    ) -> Note:
        """The note as it is stored afterwards; see `ports.NoteRunner.fill_gap`."""
        task = asyncio.create_task(self._fill(note_id, span, observer), name="gap")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await task
        finally:
            task.cancel()

    async def aclose(self) -> None:
        """End what runs; the notes stay as they were."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _fill(
        self, note_id: str, span: tuple[float, float], observer: GenerationObserver
    ) -> Note:
        runs = self._shop.runs
        async with self._locks.setdefault(note_id, asyncio.Lock()):
            try:
                while not await runs.claim(note_id, lease_s=LEASE_S):
                    await self._shop.clock.sleep(LOOK_AGAIN_S)
                note = await self._shop.store.get(note_id)
                work = await self._work(note)
                filled = await self._shop.generator.fill(work, note, span, observer)
                await self._shop.spool.keep("revise", key=f"revise {note_id}", note=filled)
                return filled
            finally:
                await runs.release(note_id)

    async def _work(self, note: Note) -> Work:
        """What the note was made of. Raises TranscriptNeeded where its words are gone,
        and FileMissing where its film is."""
        shop, video = self._shop, note.video
        mode, engine = Mode(note.mode), Engine(note.engine)
        words = await shop.store.get_transcript(video.id) if mode is not Mode.VIDEO else None
        if mode is not Mode.VIDEO and words is None:
            raise TranscriptNeeded(
                "The words of this video are not kept any more.",
                hint="Generate the note again.",
            )
        template = shop.templates.get(note.template)
        await shop.resolver.find_key(engine, lambda _: None)
        material, shown = Material(video, words), None
        if mode is not Mode.TRANSCRIPT and not video.is_online:
            material = await shop.media.as_it_is(material)
            shown = await shop.media.shared(material)
        model = shop.resolver.model(engine)
        request = NoteRequest(video.id, note.template, mode, engine, model, note.language)
        await shop.recall_exhausted(request)
        estimated = await shop.estimator.for_note(material, request, template)
        return Work(
            template=template,
            material=material,
            media=shown,
            mode=mode,
            engine=engine,
            model=model,
            language=note.language,
            estimate=estimated.estimate,
            plain_output_tokens=estimated.plain_output_tokens,
        )
