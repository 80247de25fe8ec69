"""Carries out one attempt at a job, and reports it to the board and the journal."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from notegen_desktop.domain.engines.order import UNABLE
from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerUnusable,
    NoteGenError,
    SourceError,
    UnsupportedSource,
)
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest, Stage, Status
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.notes.note import Draft, Engine, Mode, Note, PartDraft
from notegen_desktop.domain.notes.review import review_items
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.prompts.prompt import system_text
from notegen_desktop.domain.prompts.task import build_task, shared_texts
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N_, _, ngettext
from notegen_desktop.services.generation.assignment import (
    KeptParts,
    Work,
    settle_language,
    settle_mode,
)
from notegen_desktop.services.generation.batches import AT_ONCE
from notegen_desktop.services.generation.generator import NoteGenerator
from notegen_desktop.services.generation.observer import GenerationObserver, Growth
from notegen_desktop.services.generation.request import RequestSender
from notegen_desktop.services.generation.spool import Spool
from notegen_desktop.services.pacing.retry import Retries, Wait
from notegen_desktop.services.ports import PAUSED, Material, MediaRef, NoteStore
from notegen_desktop.services.reading.local_media import LocalMedia, Tell
from notegen_desktop.services.reading.resolver import Resolver
from notegen_desktop.services.reading.transcripts import TranscriptReader, check_whole

from .backlog import Backlog
from .estimates import Estimator
from .journal import POLL_S, RunJournal
from .revising import NoteReviser

log = logging.getLogger(__name__)

READ = 0.04  # a job's progress once the transcript is read
WRITTEN = 0.95  # and once the note is written
SAVING = 0.98

ROOM_BYTES = 64 * 1024
ROOM_PER_TOKEN = 16
"""Bytes of a stored note for each expected token: 4 of text, as JSON and with a margin."""

WRITTEN_ELSEWHERE = N_(
    "Another NoteGen is writing this note; cancel it there if it is to be written here"
)


class JobObserver(GenerationObserver):
    """Observes one attempt. Finished sections are also kept in `kept`, for a later attempt."""

    def __init__(self, board: JobBoard, runs: RunJournal, job: NoteJob) -> None:
        self._board = board
        self._runs = runs
        self._job = job
        self.kept = KeptParts()

    def move(self, stage: Stage, progress: float | None = None) -> None:
        self._apply(stage=stage, progress=progress)

    def show(self, note: Note) -> None:
        """Show a whole note that is not stored, or not reviewed yet."""
        self._apply(note=note)

    def tell(self, words: str) -> None:
        """Show what the job waits for before its request."""
        self.waiting(Wait(words))

    def waiting(self, wait: Wait) -> None:
        if wait.reason:
            self._apply(stage=Stage.WAITING, wait_until=wait.until, wait_reason=wait.reason)
        else:
            self.move(Stage.QUEUED)

    def writing(self) -> None:
        self._apply(status=Status.PROCESSING, stage=Stage.WRITING)

    async def grew(self, grown: Growth) -> None:
        """Store a finished section before showing it."""
        part = grown.part
        if part is None:
            part = self.kept.of(1)[0] = PartDraft(0, grown.draft.kept())
        await self._runs.keep(self._job, part, parts=grown.parts, basis=self.kept.basis)
        share = READ + (WRITTEN - READ) * grown.progress
        self._board.grow(self._job.id, attempt=self._job.attempt, draft=grown.draft, progress=share)

    def checking(self) -> None:
        self.move(Stage.CHECKING, WRITTEN)

    def unreviewed(self, error: NoteGenError) -> None:
        """Record that the note is stored but its review failed in part or whole."""
        self._apply(review_failure=error.failure())

    def _apply(self, **changes: Any) -> None:
        self._board.apply(self._job.id, attempt=self._job.attempt, **changes)


@dataclass(slots=True)
class JobState:
    """State of a job besides the board, kept from one attempt to the next.

    `kept` are the finished sections. `unsaved` is a finished note that could not be stored: a retry
    stores it without a request. `note_id` is the id to store it under, `before` the existing guide
    that is to grow. `review` has its statements judged once it is stored. `pictures` is the maximum
    number of pictures; None leaves it to the template, and to whether the note was `written` now.
    `overnight` sends it in a batch.
    """

    link: Link
    template: NoteTemplate
    kept: KeptParts = field(default_factory=KeptParts)
    unsaved: Note | None = None
    fingerprint: str = ""
    note_id: str = ""
    before: Note | None = None
    review: bool = False
    pictures: int | None = None
    written: bool = False
    overnight: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class JobWorker:
    """Carries out jobs, many concurrently. One instance per program."""

    board: JobBoard
    backlog: Backlog
    resolver: Resolver
    transcripts: TranscriptReader
    media: LocalMedia
    estimator: Estimator
    generator: NoteGenerator
    sender: RequestSender
    runs: RunJournal
    spool: Spool
    store: NoteStore
    reviser: NoteReviser
    illustrate: Callable[[Note, JobState], None]
    rewrite: Callable[[NoteJob, KeptParts, JobObserver], Awaitable[Note]]
    _estimated: set[tuple[str, str, Mode, str]] = field(default_factory=set)

    async def carry_out(self, job: NoteJob, state: JobState) -> None:
        """Carry out a job; every result and error is reported to the board."""
        try:
            note = await self._note(job, state)
        except asyncio.CancelledError:
            self.board.apply(job.id, attempt=job.attempt, status=Status.CANCELLED)
            raise
        except Exception as error:
            if not isinstance(error, NoteGenError):
                log.exception("unexpected error in job %s", job.template)
            if isinstance(error, AnswerUnusable | AnswerRefused) and not error.keeps:
                await self._drop(job, state)
            self.board.fail(job.id, attempt=job.attempt, error=error)
        else:
            if self.board.complete(job.id, attempt=job.attempt, note=note):
                self.illustrate(note, state)
        finally:
            self.release(job.video_id)

    def release(self, video_id: str) -> None:
        """Release what the jobs of a video shared, if none of them is under way any more."""
        if self.board.is_active(video_id):
            return
        if self.transcripts.known(video_id) is None:
            self.transcripts.forget(video_id)
        self.transcripts.forget_failed(video_id)
        if video_id.startswith(("file-", "podcast-", "web-")):
            self.media.release(video_id)
        self.generator.forget(video_id)

    async def _note(self, job: NoteJob, state: JobState) -> Note:
        """Return the stored note of a job, from the library or written now. Raises NoteGenError."""
        observer = JobObserver(self.board, self.runs, job)
        if job.request.again:
            return await self._written_again(job, state, observer)
        note, work = await self._written(job, state, observer)
        wanted = state.review and note.engine != Engine.OFFLINE and not note.videos
        if not (wanted and note.id and review_items(note)):
            return note
        return await self._reviewed(note, work, observer)

    async def _written_again(self, job: NoteJob, state: JobState, observer: JobObserver) -> Note:
        """Return a stored note after a new version of it has been written and stored."""
        observer.move(Stage.QUEUED, READ)
        await self._unpaused(job, observer)
        async with self.spool.room(ROOM_BYTES):
            return await self.rewrite(job, state.kept, observer)

    async def _reviewed(self, note: Note, work: Work | None, observer: JobObserver) -> Note:
        """Return the note after its review; a failure of the review is reported beside the note."""

        def waiting(wait: Wait) -> None:
            if wait.reason:
                observer.waiting(wait)
            else:
                observer.move(Stage.CHECKING)

        observer.show(note)  # the user can read it meanwhile
        observer.move(Stage.CHECKING)
        try:
            note = await self.reviser.judge(note.id, anew=False, work=work, waiting=waiting)
            if left := len(review_items(note)):
                raise AnswerUnusable(
                    ngettext(
                        "The model passed over {n} statement.",
                        "The model passed over {n} statements.",
                        left,
                    ).format(n=number(left)),
                    hint=_("They can be judged by another second look."),
                )
        except NoteGenError as error:
            log.info("a second look is not whole: %s", error)
            observer.unreviewed(error)
            with suppress(NoteGenError):
                note = await self.store.get(note.id)
        observer.move(Stage.SAVING)
        return note

    async def _written(
        self, job: NoteJob, state: JobState, observer: JobObserver
    ) -> tuple[Note, Work | None]:
        """Return the note before its review, and the work if it was written now, else None."""
        if state.unsaved is not None:
            saved = await self._saved(job, state, state.unsaved, observer)
            await self.runs.release(job.id)
            return saved, None
        try:
            found = await self.spool.outlast(
                lambda: self._found_or_work(job, state, observer), observer.waiting
            )
            if isinstance(found, Note):
                return found, None
            # An overnight answer is kept by the service until it is in the library.
            async with nullcontext() if found.overnight else self._room(found):
                note, found = await self._by_some_engine(job, state, found, observer)
                return await self._saved(job, state, note, observer), found
        finally:
            await self._release(job, state)

    async def _by_some_engine(
        self, job: NoteJob, state: JobState, work: Work, observer: JobObserver
    ) -> tuple[Note, Work]:
        """Return the note and its work by the requested engine, or by the first alternative in the
        user's order that can write it. Raises the error of the requested engine."""
        requests = [] if work.overnight else list(self.resolver.alternatives(job.request))
        try:
            work = replace(work, is_last=not requests)
            return await self.generator.write(work, observer), work
        except UNABLE as error:
            failure = error
        self.generator.combinations.leave(job.id)
        for request in requests:
            observer.tell(
                _("{message} Asking {service} instead.").format(
                    message=failure.message, service=request.engine.service
                )
            )
            try:
                await self.resolver.find_key(request.engine, observer.tell)
                await self.sender.prepare(request.engine)
                other = await self._work(job, state, work.material, observer, request)
                other = replace(other, is_last=request is requests[-1])
                return await self.generator.write(other, observer), other
            except (*UNABLE, SourceError) as error:
                log.info("%s cannot write the note either: %s", request.engine, error)
        raise failure

    async def _found_or_work(
        self, job: NoteJob, state: JobState, observer: JobObserver
    ) -> Note | Work:
        """Return the stored note if the library has it, else the work to do; sends nothing that
        costs."""
        request, is_file = job.request, state.link.kind in (LinkKind.FILE, LinkKind.COURSE)
        if not is_file and (stored := await self.store.find(request)) is not None:
            return stored
        material = await self._read(job, state, observer)

        async def stored_meanwhile() -> Note | None:
            return await self.resolver.stored(request, state.link, material)

        if (stored := await stored_meanwhile()) is not None:
            return stored
        observer.move(Stage.QUEUED, READ)
        state.fingerprint = material.fingerprint
        await self.resolver.find_key(request.engine, observer.tell)
        observer.move(Stage.QUEUED, READ)
        if not state.overnight:  # batches need no local model
            await self.sender.prepare(request.engine)
        await self._unpaused(job, observer)
        await self._claim(job, observer, stored_meanwhile)
        if (stored := await stored_meanwhile()) is not None:
            return stored
        before = await self.store.find(request) if is_file else None
        # A note of the file's former content is replaced.
        state.note_id = before.id if before is not None else uuid.uuid4().hex[:12]
        if before is not None and state.link.kind is LinkKind.COURSE:
            check_whole(before, material)
            state.before = before
        return await self._work(job, state, material, observer)

    async def _claim(
        self, job: NoteJob, observer: JobObserver, stored: Callable[[], Awaitable[Note | None]]
    ) -> None:
        """Claim the note for this program; while another program writes it, wait."""
        claim = self.runs.claim
        if await claim(job.id):
            return
        self.generator.combinations.leave(job.id)
        with self._aside(job, observer) as tell:
            tell(WRITTEN_ELSEWHERE)
            while await stored() is None and not await claim(job.id):
                await self.sender.clock.sleep(POLL_S)
        if await self.spool.recover():  # of a program killed before the note was stored
            await self.spool.flush()
        observer.move(Stage.QUEUED)
        await self._unpaused(job, observer)

    async def _release(self, job: NoteJob, state: JobState) -> None:
        """Release the claim, unless the note is paid for and waits for a retry to store it."""
        task = asyncio.current_task()
        if state.unsaved is None or (task is not None and task.cancelling()):
            await self.runs.release(job.id)

    def _room(self, work: Work) -> AbstractAsyncContextManager[None]:
        """Reserve disk space for the note in case the library cannot take it. Raises DiskFull."""
        if work.engine is Engine.OFFLINE:
            return nullcontext()
        return self.spool.room(ROOM_BYTES + ROOM_PER_TOKEN * work.estimate.output_tokens)

    async def _saved(
        self, job: NoteJob, state: JobState, note: Note, observer: JobObserver
    ) -> Note:
        observer.move(Stage.SAVING, SAVING)
        state.unsaved = note = replace(note, id=state.note_id)

        def waiting(wait: Wait) -> None:
            observer.show(note)  # its file is written without waiting for the library
            observer.waiting(wait)

        saved = await self.spool.save(
            note, job.request, fingerprint=state.fingerprint, waiting=waiting
        )
        observer.move(Stage.SAVING)
        state.unsaved = None
        state.written = True
        state.kept = KeptParts()
        return saved

    async def _drop(self, job: NoteJob, state: JobState) -> None:
        """Discard the draft of an answer that was no note; a split note keeps its good parts."""
        kept = state.kept
        if kept.count == 1:
            kept.drafts.clear()
        if not kept.drafts:
            empty = PartDraft(0, Draft())
            await self.runs.keep(job, empty, parts=max(1, kept.count), basis=kept.basis)

    async def _read(self, job: NoteJob, state: JobState, observer: JobObserver) -> Material:
        """Return the material: the transcript, or recognized speech for a file without captions."""
        await self._unpaused(job, observer)
        observer.move(Stage.READING)
        retries = Retries(self.sender.retry_budget)
        material = await self.transcripts.read_on(state.link, retries, observer.waiting)
        with self._aside(job, observer) as tell:
            material = await self.media.with_words(material, mode=job.request.mode, tell=tell)
        self.board.put_video(material.video)
        return material

    @contextmanager
    def _aside(self, job: NoteJob, observer: JobObserver) -> Iterator[Tell]:
        """Free the job's slot while a file is transcribed or uploaded; yields the callback for
        texts."""

        def tell(words: str) -> None:
            self.backlog.step_aside(job.id)
            observer.tell(words)

        try:
            yield tell
        finally:
            self.backlog.come_back(job.id)

    async def _unpaused(self, job: NoteJob, observer: JobObserver) -> None:
        """Wait while the queue is paused: nothing starts, and no file is uploaded."""
        queue_order = self.sender.limiter.queue_order
        if queue_order.paused:
            observer.tell(PAUSED)
            await queue_order.until_resumed(job.video_id)
            observer.move(Stage.QUEUED)

    async def _work(
        self,
        job: NoteJob,
        state: JobState,
        material: Material,
        observer: JobObserver,
        request: NoteRequest | None = None,
    ) -> Work:
        """Return the work to do; `request` is the job's own unless another engine writes it."""
        request = request or job.request
        mode = settle_mode(request.mode, request.engine, state.template, material)
        key = (job.video_id, request.model, mode, request.wish)
        follows = key in self._estimated and not state.overnight
        estimated = await self.estimator.for_note(
            material,
            request,
            state.template,
            after_another=follows,
            with_another=follows and job.id in self.generator.combinations,
            overnight=state.overnight,
        )
        language = settle_language(request.language, material)
        basis = _basis(state.template, material, request, mode=mode, language=language)
        if state.before is not None:  # a draft of a guide's extension fits no other extension
            grows = f"{basis}{state.before.id}{state.before.saved_at}"
            basis = hashlib.sha256(grows.encode()).hexdigest()[:16]
        if request is not job.request:  # an engine does not continue another's draft
            basis = hashlib.sha256(f"{basis}{request.job_id}".encode()).hexdigest()[:16]
        if state.kept.basis != basis:
            left = await self.runs.kept(job)
            drafts = {part.number: part for part in left.drafts if left.basis in ("", basis)}
            state.kept = KeptParts(left.parts if drafts else 0, drafts, basis)
        observer.kept = state.kept
        self._estimated.add(key)
        self.sender.budget.estimated_usd += estimated.likely.cost_usd
        return replace(
            estimated.work(request, state.template, material, mode=mode, language=language),
            media=await self._uploaded(job, state, mode, material, observer),
            saved=state.kept.single,
            kept=state.kept,
            job_id=job.id,
            run_id=self.runs.run_of(job.id),
            overnight=state.overnight,
            before=state.before if request is job.request else None,
        )

    async def _uploaded(
        self,
        job: NoteJob,
        state: JobState,
        mode: Mode,
        material: Material,
        observer: JobObserver,
    ) -> MediaRef | None:
        """Return the uploaded file that the model is to watch or hear; None if it needs none."""
        if mode is Mode.TRANSCRIPT or not material.video.is_uploaded:
            return None
        if state.overnight:
            state.overnight = False  # a retry is not overnight
            raise UnsupportedSource(
                _(
                    "What Gemini is to watch or hear of a file on this machine is not written over "
                    "night."
                ),
                hint=_("{at_once} The mode “transcript” needs its words only.").format(
                    at_once=_(AT_ONCE)
                ),
            )
        with self._aside(job, observer) as tell:
            media = await self.media.shared(material, tell)
        observer.move(Stage.QUEUED)
        return media


def _basis(
    template: NoteTemplate, material: Material, request: NoteRequest, *, mode: Mode, language: str
) -> str:
    """Return a hash of all that decides the sections' content: transcript, prompts and wish.

    The model is part of the request itself.
    """
    task = build_task(
        template, material.video, material.transcript, language=language, reason="", whole=None
    )
    texts = shared_texts(template)
    told = "\x1f".join(
        (
            *(texts.version, system_text(texts), task, request.wish),
            *(material.fingerprint, mode.value),
        )
    )
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]
