"""Carries out one attempt at a job, and tells board, journal and ledger what happens."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import uuid
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace

from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerUnusable,
    NoteGenError,
    QuotaExhausted,
)
from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status
from notegen_desktop.domain.links.text_links import Link, LinkKind
from notegen_desktop.domain.notes.note import Draft, Engine, Mode, Note, PartDraft, Usage
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.prompts.prompt import SYSTEM, build_task
from notegen_desktop.domain.text.tokens import CACHE_FROM
from notegen_desktop.services.generation.assignment import (
    KeptParts,
    Work,
    settle_language,
    settle_mode,
)
from notegen_desktop.services.generation.cache_warmup import CacheWarmup
from notegen_desktop.services.generation.combined import CombinedSlot
from notegen_desktop.services.generation.request import RequestCost, RequestMade
from notegen_desktop.services.pacing.retry import OnWait, Wait
from notegen_desktop.services.ports import PAUSED, Material, MediaRef, RequestRecord
from notegen_desktop.services.reading.local_media import Tell

from .backlog import Backlog
from .journal import LOOK_AGAIN_S
from .run_context import RunContext

READ = 0.04  # a job's progress when the words are there
WRITTEN = 0.95  # and when the last of the note is written
SAVING = 0.98

Spend = Callable[[Usage], None]


class _Payer:
    """Books what is sent, under a job's id or "" for none, and holds the budget of a run for it."""

    def __init__(self, shop: RunContext, spend: Spend, job_id: str = "") -> None:
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

        The estimate is booked once a note: with the request that ends it. Lengths are compared
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
    ) -> AbstractAsyncContextManager[RequestCost]:
        held = work.estimate.cost_usd
        return self._shop.budget.hold(held, self._run_id, waiting or self.waiting)


class JobObserver(_Payer):
    """Fulfils `GenerationObserver`. What is whole is kept in `kept`, too, for a later attempt."""

    def __init__(self, shop: RunContext, job: NoteJob, spend: Spend) -> None:
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


class GapObserver(_Payer):
    """Fulfils `GenerationObserver` for what is written beside the board: a gap of a stored note.

    `tell` hears how far it is, 0 to 1.
    """

    def __init__(
        self, shop: RunContext, spend: Spend, tell: Callable[[float], None] | None = None
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


# --- One attempt at one job ---

log = logging.getLogger(__name__)

ROOM_BYTES = 64 * 1024
ROOM_PER_TOKEN = 16
"""Bytes of a stored note for each token that is expected: 4 of text, in JSON and with a margin."""

WRITTEN_ELSEWHERE = "Another NoteGen is writing this note; wait for it, or cancel it there"


@dataclass(slots=True)
class JobState:
    """What is remembered of a job besides the board, from one attempt to the next.

    `kept` are the whole sections that were written. `unsaved` is a finished note that could not be
    stored: a retry stores it and asks for nothing. `note_id` is the id it is stored under.
    """

    link: Link
    template: NoteTemplate
    kept: KeptParts = field(default_factory=KeptParts)
    unsaved: Note | None = None
    fingerprint: str = ""
    note_id: str = ""


class JobWorker:
    """Many side by side. What jobs of a video share, its warmup and its combined answer, is here.

    `spent` is what this session's requests took, `estimated_usd` what was estimated of them.
    """

    def __init__(self, shop: RunContext, backlog: Backlog) -> None:
        self.spent = Usage()
        self.estimated_usd = 0.0
        self._shop = shop
        self._backlog = backlog
        self._warmups: dict[tuple[str, str], CacheWarmup] = {}
        self._places: dict[str, CombinedSlot] = {}
        self._estimated: set[tuple[str, str, Mode]] = set()

    def spend(self, usage: Usage) -> None:
        self.spent += usage

    async def prepare(self, engine: Engine) -> None:
        """Load what an engine needs, so that the first note does not wait for it."""
        with suppress(NoteGenError):
            await self._shop.generator.prepare(engine)

    def combine(self, jobs: Iterable[NoteJob]) -> None:
        """Ask for the notes of these jobs together, as far as they can come in one answer."""
        self._places |= self._shop.generator.combine(job.request for job in jobs)

    def leave(self, job_id: str) -> None:
        """Nobody waits any more for a job that is over, or was never begun."""
        if (place := self._places.pop(job_id, None)) is not None:
            place.leave()

    async def carry_out(self, job: NoteJob, asked: JobState) -> None:
        """Whatever happens ends on the board."""
        board = self._shop.board
        try:
            note = await self._note(job, asked)
        except asyncio.CancelledError:
            board.apply(job.id, attempt=job.attempt, status=Status.CANCELLED)
            raise
        except Exception as error:
            if not isinstance(error, NoteGenError):
                log.exception("unexpected error in job %s", job.template)
            if isinstance(error, AnswerUnusable | AnswerRefused):
                await self._drop(job, asked)
            if isinstance(error, QuotaExhausted):
                await self._shop.daily_quota.ran_out(job.request.model, error)
            board.fail(job.id, attempt=job.attempt, error=error)
        else:
            board.complete(job.id, attempt=job.attempt, note=note)
        finally:
            self.let_go(job.video_id)

    def let_go(self, video_id: str) -> None:
        """Stop reading, and forget the warmups of, a video that no job wants any more."""
        shop = self._shop
        if shop.is_wanted(video_id):
            return
        if shop.transcripts.known(video_id) is None:
            shop.transcripts.forget(video_id)
        shop.transcripts.renew(video_id)
        if video_id.startswith("file-"):
            shop.media.let_go(video_id)
        for key in [key for key in self._warmups if key[0] == video_id]:
            del self._warmups[key]

    async def _note(self, job: NoteJob, asked: JobState) -> Note:
        """The stored note of a job: from the library, or written now. Raises NoteGenError."""
        observer = JobObserver(self._shop, job, self.spend)
        if asked.unsaved is not None:
            saved = await self._saved(job, asked, asked.unsaved, observer)
            await self._shop.runs.release(job.id)
            return saved
        spool = self._shop.spool
        try:
            found = await spool.outlast(
                lambda: self._found_or_work(job, asked, observer), observer.waiting
            )
            if isinstance(found, Note):
                return found
            async with self._room(found):
                place = self._places.get(job.id)
                note = await self._shop.generator.write(
                    found, observer, self._warmup(job, found), place
                )
                return await self._saved(job, asked, note, observer)
        finally:
            await self._release(job, asked)

    async def _found_or_work(
        self, job: NoteJob, asked: JobState, observer: JobObserver
    ) -> Note | Work:
        """The note if the library has it, else what is to be written; nothing is paid for here."""
        if asked.link.kind is not LinkKind.FILE:
            stored = await self._shop.store.find(job.request)
            if stored is not None:
                return stored
        material = await self._read(job, asked, observer)
        stored = await self._shop.find(job.request, asked.link, material)
        if stored is not None:
            return stored
        observer.move(Stage.QUEUED, READ)
        asked.fingerprint = material.fingerprint
        await self._shop.resolver.find_key(job.request.engine, observer.tell)
        observer.move(Stage.QUEUED, READ)
        await self.prepare(job.request.engine)
        await self._shop.recall_exhausted(job.request)
        await self._moving(job, observer)

        async def stored_meanwhile() -> Note | None:
            return await self._shop.find(job.request, asked.link, material)

        await self._claim(job, observer, stored_meanwhile)
        if (stored := await stored_meanwhile()) is not None:
            return stored
        before = None
        if asked.link.kind is LinkKind.FILE:  # a note of what the file held before is replaced
            before = await self._shop.store.find(job.request)
        asked.note_id = before.id if before is not None else uuid.uuid4().hex[:12]
        return await self._work(job, asked, material, observer)

    async def _claim(
        self, job: NoteJob, observer: JobObserver, stored: Callable[[], Awaitable[Note | None]]
    ) -> None:
        """Have the note for this program alone; while another writes it, wait for that."""
        claim = self._shop.runs.claim
        if await claim(job.id):
            return
        self.leave(job.id)  # others, which are to come in the same answer, need not wait
        with self._aside(job, observer) as tell:
            tell(WRITTEN_ELSEWHERE)
            while await stored() is None and not await claim(job.id):
                await self._shop.clock.sleep(LOOK_AGAIN_S)
        if await self._shop.spool.recover():  # of one that was killed before the library had it
            await self._shop.spool.flush()
        observer.move(Stage.QUEUED)
        await self._moving(job, observer)

    async def _release(self, job: NoteJob, asked: JobState) -> None:
        """Let others write the note; not one that is paid for, and that a retry is to store."""
        task = asyncio.current_task()
        if asked.unsaved is None or (task is not None and task.cancelling()):
            await self._shop.runs.release(job.id)

    def _room(self, work: Work) -> AbstractAsyncContextManager[None]:
        """Disk for the note if the library cannot take it. Raises DiskFull."""
        if work.engine is Engine.OFFLINE:
            return nullcontext()
        return self._shop.spool.room(ROOM_BYTES + ROOM_PER_TOKEN * work.estimate.output_tokens)

    async def _saved(
        self, job: NoteJob, asked: JobState, note: Note, observer: JobObserver
    ) -> Note:
        observer.move(Stage.SAVING, SAVING)
        asked.unsaved = note = replace(note, id=asked.note_id)

        def waiting(wait: Wait) -> None:
            observer.show(note)  # whoever wants its file need not wait for the library
            observer.waiting(wait)

        saved = await self._shop.spool.save(
            note, job.request, fingerprint=asked.fingerprint, waiting=waiting
        )
        observer.move(Stage.SAVING)
        asked.unsaved = None
        asked.kept = KeptParts()
        return saved

    async def _drop(self, job: NoteJob, asked: JobState) -> None:
        """What is no note is no beginning of one; of a note in parts the good parts are kept."""
        kept = asked.kept
        if kept.count == 1:
            kept.drafts.clear()
        if not kept.drafts:
            empty = PartDraft(0, Draft())
            await self._shop.runs.keep(job, empty, parts=max(1, kept.count), basis=kept.basis)

    async def _read(self, job: NoteJob, asked: JobState, observer: JobObserver) -> Material:
        """The words of the video, or those that are heard in a file without captions."""
        shop = self._shop
        await self._moving(job, observer)
        observer.move(Stage.READING)
        material = await shop.transcripts.read_on(
            asked.link, shop.generator.retries(), observer.waiting
        )
        mode = job.request.mode
        with self._aside(job, observer) as tell:
            material = await shop.media.with_words(material, mode=mode, tell=tell)
        shop.board.put_video(material.video)
        return material

    @contextmanager
    def _aside(self, job: NoteJob, observer: JobObserver) -> Iterator[Tell]:
        """While a file is heard or sent, which is told, others need not wait for this job."""

        def tell(words: str) -> None:
            self._backlog.step_aside(job.id)
            observer.tell(words)

        try:
            yield tell
        finally:
            self._backlog.come_back(job.id)

    async def _moving(self, job: NoteJob, observer: JobObserver) -> None:
        """Wait while the queue is paused: nothing is begun, and no file is uploaded."""
        queue_order = self._shop.limiter.queue_order
        if queue_order.paused:
            observer.tell(PAUSED)
            await queue_order.until_resumed(job.video_id)
            observer.move(Stage.QUEUED)

    async def _work(
        self, job: NoteJob, asked: JobState, material: Material, observer: JobObserver
    ) -> Work:
        request = job.request
        mode = settle_mode(request.mode, request.engine, asked.template, material)
        key = (job.video_id, request.model, mode)
        follows = key in self._estimated
        estimated = await self._shop.estimator.for_note(
            material,
            request,
            asked.template,
            after_another=follows,
            with_another=follows and job.id in self._places,
        )
        language = settle_language(request.language, material)
        basis = _basis(asked.template, material, mode, language)
        if asked.kept.basis != basis:
            left = await self._shop.runs.kept(job)
            drafts = {part.number: part for part in left.drafts if left.basis in ("", basis)}
            asked.kept = KeptParts(left.parts if drafts else 0, drafts, basis)
        observer.kept = asked.kept
        self._estimated.add(key)
        self.estimated_usd += estimated.likely.cost_usd
        return Work(
            template=asked.template,
            material=material,
            media=await self._shown(job, mode, material, observer),
            mode=mode,
            engine=request.engine,
            model=request.model,
            language=language,
            estimate=estimated.estimate,
            likely_usd=estimated.likely.cost_usd,
            plain_output_tokens=estimated.plain_output_tokens,
            saved=asked.kept.single,
            kept=asked.kept,
        )

    async def _shown(
        self, job: NoteJob, mode: Mode, material: Material, observer: JobObserver
    ) -> MediaRef | None:
        """A file that the model is to watch or hear, uploaded; None for what it finds by itself."""
        if mode is Mode.TRANSCRIPT or material.video.is_online:
            return None
        with self._aside(job, observer) as tell:
            media = await self._shop.media.shared(material, tell)
        observer.move(Stage.QUEUED)
        return media

    def _warmup(self, job: NoteJob, work: Work) -> CacheWarmup | None:
        """The warmup of this video, where a shared beginning is worth waiting for."""
        if work.engine is Engine.OFFLINE or work.estimate.prefix_tokens < CACHE_FROM:
            return None
        return self._warmups.setdefault((job.video_id, work.model), CacheWarmup(self._shop.clock))


def _basis(template: NoteTemplate, material: Material, mode: Mode, language: str) -> str:
    """Stands for all that decides what sections are like: the words and what is asked about them.

    The model is part of the request itself.
    """
    task = build_task(
        template, material.video, material.transcript, language=language, reason="", whole=None
    )
    told = "\x1f".join((SYSTEM, task, material.fingerprint, mode.value))
    return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]
