"""Changes stored notes: writes missing parts, replaces or removes a statement, reviews."""

from __future__ import annotations

import asyncio
import uuid
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from notegen_desktop.domain.cost.estimate import Estimate
from notegen_desktop.domain.errors import NoteGenError, NothingThere, TranscriptNeeded
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.notes.doubts import DoubtfulStatement
from notegen_desktop.domain.notes.editing import has_words_of
from notegen_desktop.domain.notes.note import Engine, Mode, Note
from notegen_desktop.domain.notes.parts import split
from notegen_desktop.domain.notes.review import ReviewItem, review_items, reviewed
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.notes.versions import LEFT_OUT, MISSING, STATEMENT, Origin, Revision
from notegen_desktop.domain.words import _
from notegen_desktop.services.generation.assignment import Work
from notegen_desktop.services.generation.generator import NoteGenerator
from notegen_desktop.services.generation.observer import GenerationObserver, Growth
from notegen_desktop.services.generation.request import RequestSender
from notegen_desktop.services.generation.review import StatementReview
from notegen_desktop.services.generation.spool import Spool
from notegen_desktop.services.pacing.retry import Wait
from notegen_desktop.services.ports import Material, NoteStore, Templates
from notegen_desktop.services.reading.local_media import LocalMedia
from notegen_desktop.services.reading.resolver import Resolver
from notegen_desktop.services.reading.transcripts import check_whole, joined

from .estimates import MAX_STATEMENTS, Estimator, NoteEstimate
from .journal import POLL_S, RunJournal

LEASE_S = 900.0
"""Seconds a claim lasts: longer than one answer takes with all its retries."""


class ChangeObserver(GenerationObserver):
    """Observes a change, which is not on the board. `tell` is called with the progress, 0 to 1."""

    def __init__(self, tell: Callable[[float], None] | None) -> None:
        self._tell = tell
        self._told = 0.0

    async def grew(self, grown: Growth) -> None:
        self._told = max(self._told, min(grown.progress, 0.99))
        if self._tell is not None:
            self._tell(self._told)


@dataclass(slots=True, kw_only=True, eq=False)
class NoteReviser:
    """Implements `ports.NoteRevising`. Changes of one note are made one at a time, across programs
    too."""

    board: JobBoard
    resolver: Resolver
    media: LocalMedia
    estimator: Estimator
    generator: NoteGenerator
    sender: RequestSender
    runs: RunJournal
    spool: Spool
    store: NoteStore
    templates: Templates
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    _running: set[asyncio.Task[Note]] = field(default_factory=set)

    async def fill_gap(
        self,
        note_id: str,
        span: tuple[float, float],
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        observer = ChangeObserver(progress)
        return await self._written(
            note_id, LEFT_OUT, lambda work, note: self.generator.fill(work, note, span, observer)
        )

    async def rewrite(
        self,
        note_id: str,
        doubt: DoubtfulStatement,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        observer = ChangeObserver(progress)
        return await self._written(
            note_id,
            STATEMENT,
            lambda work, note: self.generator.rewrite(work, note, doubt, observer),
        )

    async def complete(
        self, note_id: str, *, progress: Callable[[float], None] | None = None
    ) -> Note:
        observer = ChangeObserver(progress)
        return await self._written(
            note_id, MISSING, lambda work, note: self.generator.complete(work, note, observer)
        )

    async def _written(
        self, note_id: str, about: str, write: Callable[[Work, Note], Awaitable[Note]]
    ) -> Note:
        """Return the stored note after `write` has had the model change it."""

        async def changed(note: Note) -> Note:
            return await write(await self._work(note), note)

        return self.show(await self.change(note_id, changed, Revision(Origin.AGAIN, _(about))))

    async def review(
        self, note_id: str, *, progress: Callable[[float], None] | None = None
    ) -> Note:
        anew = not review_items(await self.store.get(note_id))
        try:
            return self.show(await self.judge(note_id, anew=anew, progress=progress))
        except NoteGenError:
            with suppress(NoteGenError):  # results of the first requests are stored
                self.show(await self.store.get(note_id))
            raise

    async def judge(
        self,
        note_id: str,
        *,
        anew: bool,
        work: Work | None = None,
        waiting: Callable[[Wait], None] = lambda _: None,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        """Return the note with its statements reviewed, not published to the board. Statements
        already judged are skipped unless `anew`. `work` is the work the note was just written from,
        if any.

        The result of each request is stored before the next is sent, so that a failure loses
        nothing.
        """
        asked: set[ReviewItem] = set()
        failures: list[NoteGenError] = []
        left = 0

        async def judged(note: Note) -> Note:
            nonlocal work, left
            # Another program may have checked some of them meanwhile.
            items = [item for item in review_items(note, again=anew) if item not in asked]
            left = 0
            if not items and anew and not asked:
                raise NothingThere(
                    _("No statement of this note names a place of the video."),
                    hint=_("Generate the note again: newer ones do."),
                )
            if not items:
                return note
            work = work or await self._work(note)
            of_part, some = next(self._lists(work, items))
            self.sender.budget.estimated_usd += of_part.likely_usd
            judging = StatementReview(self.sender, of_part, some, waiting)
            try:
                await judging.judge()
            except NoteGenError as error:
                failures.append(error)
            asked.update(some)
            left = len(items) - len(some)
            if progress is not None:
                progress(len(asked) / (len(asked) + left))
            usage = note.usage + judging.usage
            return replace(reviewed(note, judging.reviews), usage=usage)

        while True:
            note = await self.change(note_id, judged)
            for error in failures:
                raise error
            if not left:
                return note

    async def estimate_review(self, note_id: str) -> Estimate:
        return (await self.estimator.for_review(*await self._asked_for(note_id))).estimate

    async def estimate_complete(self, note_id: str) -> Estimate:
        return await self.estimator.for_missing(*await self._asked_for(note_id))

    async def _asked_for(self, note_id: str) -> tuple[Material, NoteRequest, NoteTemplate, Note]:
        note = await self.store.get(note_id)
        template = self.templates.get(note.template)
        request = self._request(note)
        return await self.material(note, request.mode), request, template, note

    def _lists(
        self, work: Work, items: Sequence[ReviewItem]
    ) -> Iterator[tuple[Work, list[ReviewItem]]]:
        """Yield lists of statements for one review request each, with the work to judge them by:
        the video, or the part of a long one that they cite."""
        material = work.material
        parts = split(material.transcript, material.video, work.mode, work.facts.limits)
        starts = [part.start_s for part in parts]
        of_part: dict[int, list[ReviewItem]] = {}
        for item in items:
            of_part.setdefault(bisect_right(starts, item.places[0][0]) - 1, []).append(item)
        for number, listed in sorted(of_part.items()):
            one = work.of_part(parts[max(0, number)]) if parts else work
            for start in range(0, len(listed), MAX_STATEMENTS):
                some = listed[start : start + MAX_STATEMENTS]
                written = NoteEstimate(one.estimate, one.estimate, 0)
                estimated = self.estimator.second_look(written, one, len(some))
                yield (
                    replace(
                        one,
                        estimate=estimated.estimate,
                        likely_usd=estimated.likely.cost_usd,
                        plain_output_tokens=0,
                        saved=None,
                    ),
                    some,
                )

    async def change(
        self,
        note_id: str,
        change: Callable[[Note], Awaitable[Note]],
        revision: Revision | None = None,
        *,
        known: Note | None = None,
    ) -> Note:
        """Return the stored note after `change`; with `revision`, the result is a version of its
        own, and so is what another program made of the `known` note. Cancelling leaves the note
        unchanged."""

        async def changed() -> Note:
            note = await self.store.get(note_id)
            after = await change(note)
            if after != note:
                as_version = revision
                if revision is not None and known is not None and not has_words_of(note, known):
                    as_version = replace(revision, alone=True)
                kind = revision and (revision.origin, revision.about)
                key = f"revise {note_id} {kind}"
                await self.spool.keep("revise", key=key, note=after, revision=as_version)
            return after

        return await self._alone(note_id, changed)

    async def revise(
        self,
        note_id: str,
        change: Callable[[Note], Note],
        revision: Revision | None = None,
        *,
        known: Note | None = None,
    ) -> Note:
        async def changed(note: Note) -> Note:
            return change(note)

        return self.show(await self.change(note_id, changed, revision, known=known))

    async def use_version(self, note_id: str, number: int) -> Note:
        work = partial(self.store.use_version, note_id, number)
        return self.show(await self._alone(note_id, work))

    def show(self, note: Note) -> Note:
        """Publish the note to the job that shows it; return the note."""
        self.board.revise(note)
        return note

    async def _alone(self, note_id: str, work: Callable[[], Coroutine[Any, Any, Note]]) -> Note:
        """Carry out `work` while nothing else changes the note."""
        task = asyncio.create_task(self._claimed(note_id, work), name="change of a note")
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await task
        finally:
            task.cancel()

    async def aclose(self) -> None:
        """Cancel all running changes; the notes stay as they were."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def _claimed(self, note_id: str, work: Callable[[], Coroutine[Any, Any, Note]]) -> Note:
        async with self._locks.setdefault(note_id, asyncio.Lock()):
            try:
                while not await self.runs.claim(note_id, lease_s=LEASE_S):
                    await self.sender.clock.sleep(POLL_S)
                return await work()
            finally:
                await self.runs.release(note_id)

    async def _work(self, note: Note) -> Work:
        """Return the work for a change of the stored note. Raises TranscriptNeeded for a guide over
        several videos."""
        if note.videos:
            raise TranscriptNeeded(
                _("A guide over several videos is not changed in part where it stands."),
                hint=_("Write the section again, or let it grow: notegen guide."),
            )
        return await self.work(note, self._request(note))

    async def work(
        self, note: Note, request: NoteRequest, tell: Callable[[str], object] = lambda _: None
    ) -> Work:
        """Return the work to rewrite a note by `request`; `tell` is called with texts about
        waiting. Raises TranscriptNeeded if the transcript is no longer stored, and FileMissing if
        the file is gone."""
        material, media = await self.material(note, request.mode), None
        mode, engine = request.mode, request.engine
        template = self.templates.get(note.template)
        await self.resolver.find_key(engine, tell)
        if mode is not Mode.TRANSCRIPT and note.video.is_uploaded:
            material = await self.media.as_it_is(material)
            media = await self.media.shared(material)
        await self.sender.prepare(engine)
        estimated = await self.estimator.for_note(material, request, template)
        work = estimated.work(request, template, material, mode=mode, language=request.language)
        run_id = f"revise-{uuid.uuid4().hex[:8]}"
        # The price of a whole note is not the price of a change.
        return replace(work, media=media, likely_usd=0.0, run_id=run_id)

    def _request(self, note: Note) -> NoteRequest:
        """Return the request that the note came from, with the model that is chosen now."""
        engine = Engine(note.engine)
        return NoteRequest(
            video_id=note.video.id,
            template=note.template,
            mode=Mode(note.mode),
            engine=engine,
            model=self.resolver.model(engine),
            language=note.language,
            wish=note.wish,
        )

    async def material(self, note: Note, mode: Mode) -> Material:
        """Return the video of a note and, unless the model watches it, its stored transcript.
        Raises TranscriptNeeded if that is no longer stored."""
        if mode is Mode.VIDEO:
            return Material(note.video, None)
        words = self.store.get_transcript
        if note.videos:
            members = [Material(video, await words(video.id)) for video in note.videos]
            material = joined(note.video.id, members)
            check_whole(note, material)
            return replace(material, video=replace(material.video, title=note.video.title))
        material = Material(note.video, await words(note.video.id))
        if material.transcript is None:
            raise TranscriptNeeded(
                _("The words of this video are not kept any more."),
                hint=_("Generate the note again."),
            )
        return material
