"""Closes gaps of stored notes: what a note leaves out is written and stored with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from notegen_desktop.domain.errors import TranscriptNeeded
from notegen_desktop.domain.jobs import NoteRequest
from notegen_desktop.domain.notes import Engine, Mode, Note
from notegen_desktop.services.ports import Material, NoteStore, Templates

from .asking import Watcher
from .estimating import Estimator
from .local_media import LocalMedia
from .scribe import Scribe
from .work import Work


class Gaps:
    """One for the program. Two gaps of one note are closed one after the other.

    `model_for` names the model to ask for an engine, and `ready` is awaited before a request.
    """

    def __init__(
        self,
        *,
        store: NoteStore,
        templates: Templates,
        scribe: Scribe,
        estimator: Estimator,
        model_for: Callable[[Engine], str],
        ready: Callable[[NoteRequest], Awaitable[None]],
        media: LocalMedia | None = None,
    ) -> None:
        self._store = store
        self._templates = templates
        self._scribe = scribe
        self._estimator = estimator
        self._model_for = model_for
        self._ready = ready
        self._media = media
        self._locks: dict[str, asyncio.Lock] = {}
        self._running: set[asyncio.Task[Note]] = set()

    async def fill(self, note_id: str, span: tuple[float, float], watch: Watcher) -> Note:
        """The note as it is stored afterwards; see `ports.NoteRunner.fill_gap`."""
        task = asyncio.create_task(self._fill(note_id, span, watch), name="gap")
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

    async def _fill(self, note_id: str, span: tuple[float, float], watch: Watcher) -> Note:
        async with self._locks.setdefault(note_id, asyncio.Lock()):
            note = await self._store.get(note_id)
            work = await self._work(note)
            filled = await self._scribe.fill(work, note, span, watch)
            await self._store.revise(filled)
            return filled

    async def _work(self, note: Note) -> Work:
        """What the note was made of. Raises TranscriptNeeded where its words are gone,
        and FileMissing where its film is."""
        mode, engine = Mode(note.mode), Engine(note.engine)
        words = await self._store.get_transcript(note.video.id) if mode is not Mode.VIDEO else None
        if mode is not Mode.VIDEO and words is None:
            raise TranscriptNeeded(
                "The words of this video are not kept any more.",
                hint="Generate the note again.",
            )
        template = self._templates.get(note.template)
        material, shown = Material(note.video, words), None
        if self._media is not None and mode is not Mode.TRANSCRIPT and not note.video.is_online:
            material = await self._media.as_it_is(material)
            shown = await self._media.shared(material)
        request = NoteRequest(
            note.video.id, note.template, mode, engine, self._model_for(engine), note.language
        )
        await self._ready(request)
        foretold = await self._estimator.for_note(material, request, template)
        return Work(
            template=template,
            material=material,
            media=shown,
            mode=mode,
            engine=engine,
            model=request.model,
            language=note.language,
            estimate=foretold.estimate,
            plain_output_tokens=foretold.plain_output_tokens,
        )
