"""Carries out what the user asks for: orders become jobs, jobs become notes, side by side.

Each video is read once; each of its jobs has a task of its own, which writes one note. What happens
is written to the board, and to the journal for the case that the program is killed. A failure
stays with its job.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from notegen_desktop.domain.board import JobBoard
from notegen_desktop.domain.cost import CACHE_FROM
from notegen_desktop.domain.errors import (
    InvalidLink,
    NetworkUnreachable,
    NoteGenError,
    QuotaExhausted,
    SourceError,
    TakenOver,
    TimedOut,
    UsageError,
    WriterError,
)
from notegen_desktop.domain.jobs import NoteJob, NoteRequest, Stage, Status
from notegen_desktop.domain.links import Link, LinkKind
from notegen_desktop.domain.notes import Draft, Engine, Mode, Note, Usage
from notegen_desktop.domain.templates import NoteTemplate
from notegen_desktop.domain.video import Video
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.ports import (
    PAUSED,
    JobEstimate,
    Ledger,
    Material,
    MediaRef,
    NoteStore,
    Order,
    Secrets,
    SettingsStore,
    Templates,
    UnfinishedJob,
)

from .budget import Budget
from .combining import Place
from .convoy import Convoy
from .estimating import Estimator
from .gaps import Gaps
from .limits import Limits
from .local_media import LocalMedia
from .pacing import Gate
from .quotas import Quotas
from .readings import Readings
from .runs import Runs
from .scribe import Scribe
from .settling import settle_language, settle_mode
from .watching import READ, Aside, Watch
from .work import KeptParts, Work

log = logging.getLogger(__name__)

OFFLINE_MODEL = "extract"


@dataclass(slots=True)
class _Ask:
    """What the runner remembers of a job besides the board.

    `saved` are whole sections of an interrupted run, `kept` those of a note in parts. `unsaved` is
    a finished note that could not be stored: a retry stores it and asks for nothing.
    """

    link: Link
    template: NoteTemplate
    saved: Draft | None = None
    kept: KeptParts = field(default_factory=KeptParts)
    unsaved: Note | None = None
    fingerprint: str = ""


class Runner:
    """Fulfils `ports.NoteRunner`. Used from the event loop's thread alone.

    `spent` is what this session's requests took, `foretold_usd` what was foretold of them.
    """

    def __init__(
        self,
        *,
        board: JobBoard,
        readings: Readings,
        scribe: Scribe,
        gate: Gate,
        runs: Runs,
        store: NoteStore,
        ledger: Ledger,
        budget: Budget,
        quotas: Quotas,
        estimator: Estimator,
        templates: Templates,
        settings: SettingsStore,
        secrets: Secrets,
        clock: Clock,
        media: LocalMedia | None = None,
    ) -> None:
        self.board = board
        self.spent = Usage()
        self.foretold_usd = 0.0
        self._readings = readings
        self._scribe = scribe
        self._gate = gate
        self._runs = runs
        runs.taken_over = self._let_be
        self._store = store
        self._ledger = ledger
        self._budget = budget
        self._quotas = quotas
        self._estimator = estimator
        self._templates = templates
        self._settings = settings
        self._secrets = secrets
        self._clock = clock
        self._media = media
        self._gaps = Gaps(
            store=store,
            templates=templates,
            scribe=scribe,
            estimator=estimator,
            model_for=self._model_for,
            ready=self._recall_exhausted,
            media=media,
        )
        self._asks: dict[str, _Ask] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._orders: set[asyncio.Task[None]] = set()
        self._convoys: dict[tuple[str, str], Convoy] = {}
        self._places: dict[str, Place] = {}
        self._foretold: set[tuple[str, str, Mode]] = set()
        self._closing = False
        self._forget_settings = settings.subscribe(lambda changed: gate.allow(Limits.of(changed)))

    # --- wishes ---

    def submit(
        self, order: Order, *, refused: Mapping[tuple[str, str], NoteGenError] = {}
    ) -> tuple[NoteJob, ...]:
        """One job per video and template. What runs already, or is done, is not asked for again.

        What is `refused`, by video and template, fails before anything is sent. Raises
        UnknownTemplate, or UsageError for an order without videos or templates.
        """
        if not order.links or not order.templates:
            raise UsageError("Choose at least one video and one template.")
        if any(link.kind in (LinkKind.PLAYLIST, LinkKind.CHANNEL) for link in order.links):
            raise UsageError("Choose the videos of a playlist first.")
        templates = [self._templates.get(name) for name in dict.fromkeys(order.templates)]
        jobs: list[NoteJob] = []
        for link in order.links:
            self._put_video(link)
            for template in templates:
                job = self.board.add(self._request(order, link, template))
                self._asks.setdefault(job.id, _Ask(link, template))
                if job.can_retry:
                    job = self.board.retry(job.id) or job
                error = refused.get((link.key, template.id))
                if error is not None and job.id not in self._tasks:
                    self.board.fail(job.id, attempt=job.attempt, error=error)
                jobs.append(self.board.job(job.id))
        fresh = [job for job in jobs if job.id not in self._tasks]
        self._begin(order, fresh, may_combine=True)
        return tuple(self.board.job(job.id) for job in jobs)

    def cancel(self, job_id: str) -> None:
        """At once, whatever the job waits for. The board first: the task may never have begun."""
        if self.board.cancel(job_id):
            task = self._tasks.get(job_id)
            if task is not None:
                task.cancel()
            self._let_go(self.board.job(job_id).video_id)

    def _let_be(self, job_id: str) -> None:
        """Another machine writes this note now; it is not to be paid for twice."""
        self.board.fail(job_id, attempt=self.board.job(job_id).attempt, error=TakenOver())
        if (task := self._tasks.get(job_id)) is not None:
            task.cancel()

    def cancel_all(self) -> None:
        for job in self.board.active:
            self.cancel(job.id)

    def retry(self, job_id: str) -> None:
        """A new attempt, for a job that failed or was cancelled; nothing otherwise."""
        self._retry([self.board.job(job_id)])

    def retry_failed(self) -> None:
        self._retry(job for job in self.board if job.status is Status.ERROR)

    def turn_to(
        self, job_ids: Sequence[str], *, engine: Engine, model: str = ""
    ) -> tuple[NoteJob, ...]:
        """Ask another engine or model for notes that failed; the new jobs take their places."""
        able = [self.board.job(job_id) for job_id in job_ids if job_id in self._asks]
        alike: dict[tuple[str, Mode, str], list[NoteJob]] = {}
        for job in (job for job in able if job.can_retry):
            asked = job.request
            alike.setdefault((asked.video_id, asked.mode, asked.language), []).append(job)
        new: list[NoteJob] = []
        for (_, mode, language), jobs in alike.items():
            link = self._asks[jobs[0].id].link
            order = Order(
                (link,), tuple(job.template for job in jobs), mode, engine, model, language
            )
            new += self.submit(order)
            for job in jobs:
                self.remove(job.id)
        return tuple(new)

    def remove(self, job_id: str) -> None:
        """Take a finished job off the board; its stored note stays in the library."""
        if self.board.remove(job_id):
            self._asks.pop(job_id, None)

    async def resume(self, *, only_paused: bool = False) -> tuple[NoteJob, ...]:
        """Go on with what interrupted runs left; whole sections and notes are not asked again.

        `only_paused`: with those of this machine's paused queue alone.
        """
        left_runs = [r for r in await self._runs.unfinished() if r.paused or not only_paused]
        taken = [run for run in left_runs if await self._runs.take_over(run)]
        videos = [video for run in reversed(taken) for video in run.videos]
        lineup = self._gate.lineup
        for video in sorted(videos, key=lambda video: lineup.place(video.id)):
            self.board.put_video(video)
        all_jobs: list[NoteJob] = []
        for run in taken:
            jobs: list[NoteJob] = []
            links = {link.key: link for link in run.order.links}
            for left in sorted(run.jobs, key=lambda left: lineup.place(left.request.video_id)):
                link = links.get(left.request.video_id)
                self._put_video(link or Link(LinkKind.URL, "web", left.request.video_id, ""))
                job = self.board.add(left.request)
                try:
                    self._asks.setdefault(job.id, self._asked_before(left, link))
                except UsageError as error:
                    self.board.fail(job.id, attempt=job.attempt, error=error)
                else:
                    jobs.append(job)
            self._start(jobs, combined=run.order.combined)
            all_jobs += jobs
        return tuple(all_jobs)

    def _asked_before(self, left: UnfinishedJob, link: Link | None) -> _Ask:
        """What an interrupted run knew of a job. Raises UnknownTemplate or InvalidLink."""
        if link is None:
            raise InvalidLink("The video of this note is not known any more.")
        ask = _Ask(link, self._templates.get(left.request.template))
        if left.parts == 1:
            ask.saved = left.draft
        else:
            drafts = {part.number: part for part in left.part_drafts}
            ask.kept = KeptParts(left.parts, drafts)
        return ask

    async def estimate(self, order: Order) -> list[JobEstimate]:
        """What each note will take. Reads the videos, sends nothing to a writer.

        That notes come together where a quota is short, `Outlooks` sees from the whole order.

        Raises UnknownTemplate, SourceError or NetworkUnreachable.
        """
        estimates: list[JobEstimate] = []
        for link in order.links:
            material = await self._readings.read(link)
            if self._media is not None:
                material = await self._media.foreseen(material, mode=order.mode)
            works = []
            for name in dict.fromkeys(order.templates):
                template = self._templates.get(name)
                request = self._request(order, link, template)
                stored = await self._find(request, link, material)
                works.append((request, template, stored is not None))
            combined = self.combines(order, short=False)
            estimates += await self._estimator.for_video(material, works, combined=combined)
            self._read_anew(link.key)
        return estimates

    async def fill_gap(
        self,
        note_id: str,
        span: tuple[float, float],
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        """Write what a stored note leaves out between two times (seconds), and store it with that.

        Raises NoteMissing, WriterError, BudgetExceeded, NetworkUnreachable, TimedOut, NothingThere.
        """
        watch = Aside(self._ledger, self._budget, self._spend, progress)
        note = await self._gaps.fill(note_id, span, watch)
        self.board.revise(note)
        return note

    async def prepare(self, engine: Engine = Engine.AUTO) -> None:
        """Load what an engine needs, so that the first note does not wait for it."""
        with suppress(NoteGenError):
            await self._scribe.prepare(self.engine_for(engine))

    async def begun(self) -> None:
        """Return when every order is on record: from then on no kill can lose it."""
        while self._orders:
            await asyncio.wait([*self._orders])

    async def wait(self) -> None:
        """Return when no job is under way and everything that happened is in the library."""
        while pending := [*self._orders, *self._tasks.values()]:
            await asyncio.wait(pending)
        await self._runs.flush()

    def interrupt(self) -> None:
        """Cancel what runs, and leave it on record so that the next start can go on."""
        self._runs.leave_open()
        self.cancel_all()

    async def aclose(self) -> None:
        """Cancel what runs, wait until it has ended, leave no task behind.

        What was under way stays on record as interrupted, so that the next start can go on.
        """
        if self._closing:
            await self.wait()
            return
        self._closing = True
        self._forget_settings()
        self.interrupt()
        await self._gaps.aclose()
        await self.wait()
        await self._runs.aclose()
        await self._readings.aclose()
        self._gate.close()

    # --- settling what was asked ---

    def engine_for(self, asked: Engine) -> Engine:
        """`auto` is Gemini where there is a key, and the offline extract where there is none."""
        if asked is not Engine.AUTO:
            return asked
        return Engine.GEMINI if self._secrets.api_key() else Engine.OFFLINE

    def model_for(self, order: Order) -> str:
        """The model that an order's notes are asked of."""
        engine = self.engine_for(order.engine)
        offline = engine is Engine.OFFLINE
        return OFFLINE_MODEL if offline else order.model or self._model_for(engine)

    def combines(self, order: Order, *, short: bool) -> bool:
        """Whether the notes of a video are asked for in one answer.

        `short`: fewer requests are left today than there are notes.
        """
        wish = self._settings.current.text("processing.combine")
        return order.combined or wish == "always" or (short and wish == "when-short")

    def _model_for(self, engine: Engine) -> str:
        if engine is Engine.OFFLINE:
            return OFFLINE_MODEL
        return self._settings.current.text("gemini.model")

    def _request(self, order: Order, link: Link, template: NoteTemplate) -> NoteRequest:
        settings = self._settings.current
        engine = self.engine_for(order.engine)
        offline = engine is Engine.OFFLINE
        return NoteRequest(
            video_id=link.key,
            template=template.id,
            mode=Mode.TRANSCRIPT if offline else order.mode,
            engine=engine,
            model=self.model_for(order),
            language="auto" if offline else order.language or settings.text("general.language"),
        )

    def _put_video(self, link: Link) -> None:
        if link.key not in {video.id for video in self.board.videos()}:
            self.board.put_video(Video(id=link.key, url=link.url, provider=link.provider))

    # --- tasks ---

    def _begin(self, order: Order, jobs: list[NoteJob], *, may_combine: bool = False) -> None:
        """Put the run on record, then start its jobs."""
        fresh = [job for job in jobs if not job.is_final]
        if not fresh or self._closing:
            return

        async def begin() -> None:
            try:
                combined = may_combine and await self._combined(order, fresh)
                await self._runs.begin(replace(order, combined=combined), fresh)
            except NoteGenError as error:
                for job in fresh:
                    self.board.fail(job.id, attempt=job.attempt, error=error)
                return
            self._start([self.board.job(job.id) for job in fresh], combined=combined)

        engines = {job.request.engine for job in fresh}
        for work in (begin(), *map(self.prepare, engines)):  # while the video is being read
            task = asyncio.create_task(work, name="order")
            self._orders.add(task)
            task.add_done_callback(self._orders.discard)

    async def _combined(self, order: Order, jobs: Iterable[NoteJob]) -> bool:
        """Whether notes come together, as far as they can. Raises StoreError.

        Videos are read only as long as it is not decided; of one that cannot be read, nothing will
        be asked for.
        """
        if self.combines(order, short=False) or not self.combines(order, short=True):
            return self.combines(order, short=False)
        quota = await self._quotas.today(self.model_for(order))
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

    def _retry(self, jobs: Iterable[NoteJob]) -> None:
        """New attempts, together one run; what is still ending starts when it has ended."""
        able = [job for job in jobs if job.can_retry and job.id in self._asks]
        again = [new for job in able if (new := self.board.retry(job.id))]
        if not again:
            return
        links = {job.video_id: self._asks[job.id].link for job in again}
        order = Order(tuple(links.values()), tuple(dict.fromkeys(job.template for job in again)))
        self._begin(order, again)

    def _start(self, jobs: Iterable[NoteJob], *, combined: bool = False) -> None:
        todo = {job.id: job for job in jobs if not (job.is_final or job.id in self._tasks)}
        if self._closing:
            return
        if combined:
            self._places |= self._scribe.combine(job.request for job in todo.values())
        for job in todo.values():
            task = asyncio.create_task(self._carry_out(job), name=f"job {job.template}")
            self._tasks[job.id] = task
            task.add_done_callback(partial(self._ended, job))

    def _ended(self, job: NoteJob, task: asyncio.Task[None]) -> None:
        self._tasks.pop(job.id, None)
        if (place := self._places.pop(job.id, None)) is not None:
            place.leave()
        if not task.cancelled() and task.exception() is not None:
            log.error("a job's task failed", exc_info=task.exception())
        if job.id in self.board and self.board.job(job.id).attempt > job.attempt:
            self._start([self.board.job(job.id)])  # retried while the cancelled task was ending

    async def _carry_out(self, job: NoteJob) -> None:
        """One attempt at one job. Whatever happens ends on the board."""
        try:
            note = await self._note(job)
        except asyncio.CancelledError:
            self.board.apply(job.id, attempt=job.attempt, status=Status.CANCELLED)
            raise
        except Exception as error:
            if not isinstance(error, NoteGenError):
                log.exception("unexpected error in job %s", job.template)
            if isinstance(error, QuotaExhausted):
                await self._quotas.ran_out(job.request.model, error)
            self.board.fail(job.id, attempt=job.attempt, error=error)
        else:
            self.board.complete(job.id, attempt=job.attempt, note=note)
        finally:
            self._let_go(job.video_id)

    async def _note(self, job: NoteJob) -> Note:
        """The stored note of a job: from the library, or written now. Raises NoteGenError."""
        ask = self._asks[job.id]
        note = ask.unsaved
        if note is None:
            if ask.link.kind is not LinkKind.FILE:
                stored = await self._store.find(job.request)
                if stored is not None:
                    return stored
            await self._moving(job)
            self._move(job, Stage.READING)
            waiting = self._watch(job).waiting
            material = await self._readings.read_on(ask.link, self._scribe.retries(), waiting)
            material = await self._heard(job, material)
            self.board.put_video(material.video)
            stored = await self._find(job.request, ask.link, material)
            if stored is not None:
                return stored
            self._move(job, Stage.QUEUED, progress=READ)
            ask.fingerprint = material.fingerprint
            await self.prepare(job.request.engine)
            await self._recall_exhausted(job.request)
            await self._moving(job)
            work = await self._work(job, ask, material)
            note = await self._scribe.write(
                work, self._watch(job), self._convoy(job, work), self._places.get(job.id)
            )
        self._move(job, Stage.SAVING, progress=0.98)
        ask.unsaved = note
        saved = await self._store.save(note, job.request, fingerprint=ask.fingerprint)
        ask.unsaved = ask.saved = None
        ask.kept = KeptParts()
        return saved

    async def _find(self, request: NoteRequest, link: Link, material: Material) -> Note | None:
        """The library's note for a request; that of a file counts only for the same content."""
        if link.kind is not LinkKind.FILE:
            return await self._store.find(request)
        return await self._store.find(request, fingerprint=material.fingerprint)

    async def _heard(self, job: NoteJob, material: Material) -> Material:
        """A file without captions with the words that are heard in it, where that can be done."""
        if self._media is None:
            return material
        tell = partial(self._tell, job)
        return await self._media.with_words(material, mode=job.request.mode, tell=tell)

    async def _shown(self, job: NoteJob, mode: Mode, material: Material) -> MediaRef | None:
        """A file that the model is to watch or hear, uploaded; None for what it finds by itself."""
        needed = mode is not Mode.TRANSCRIPT and not material.video.is_online
        if self._media is None or not needed:
            return None
        media = await self._media.shared(material, partial(self._tell, job))
        self._move(job, Stage.QUEUED)
        return media

    async def _moving(self, job: NoteJob) -> None:
        """Wait while the queue is paused: nothing is begun, and no file is uploaded."""
        lineup = self._gate.lineup
        if lineup.paused:
            self._tell(job, PAUSED)
            await lineup.moving(job.video_id)
            self._move(job, Stage.QUEUED)

    def _tell(self, job: NoteJob, words: str) -> None:
        """What a job waits for before its turn."""
        self.board.apply(job.id, attempt=job.attempt, stage=Stage.WAITING, wait_reason=words)

    async def _recall_exhausted(self, request: NoteRequest) -> None:
        """A day's quota that is gone is gone for the next start of the program, too."""
        if request.engine is not Engine.OFFLINE:
            self._gate.exhaust(request.model, await self._quotas.gone_until(request.model))

    def _move(self, job: NoteJob, stage: Stage, progress: float | None = None) -> None:
        self.board.apply(job.id, attempt=job.attempt, stage=stage, progress=progress)

    def _watch(self, job: NoteJob) -> Watch:
        return Watch(self.board, job, self._runs, self._ledger, self._budget, self._spend)

    def _spend(self, usage: Usage) -> None:
        self.spent += usage

    async def _work(self, job: NoteJob, ask: _Ask, material: Material) -> Work:
        request = job.request
        mode = settle_mode(request.mode, request.engine, ask.template, material)
        language = settle_language(request.language, material)
        key = (job.video_id, request.model, mode)
        follows = key in self._foretold
        self._foretold.add(key)
        foretold = await self._estimator.for_note(
            material,
            request,
            ask.template,
            after_another=follows,
            with_another=follows and job.id in self._places,
        )
        self.foretold_usd += foretold.likely.cost_usd
        return Work(
            template=ask.template,
            material=material,
            media=await self._shown(job, mode, material),
            mode=mode,
            engine=request.engine,
            model=request.model,
            language=language,
            estimate=foretold.estimate,
            likely_usd=foretold.likely.cost_usd,
            plain_output_tokens=foretold.plain_output_tokens,
            saved=ask.saved,
            kept=ask.kept,
        )

    def _convoy(self, job: NoteJob, work: Work) -> Convoy | None:
        """The convoy of this video, where a shared beginning is worth waiting for."""
        if work.engine is Engine.OFFLINE or work.estimate.prefix_tokens < CACHE_FROM:
            return None
        return self._convoys.setdefault((job.video_id, work.model), Convoy(self._clock))

    def _read_anew(self, video_id: str) -> None:
        """Forget a reading without words for a reason that passes: the next attempt tries again."""
        if any(not job.is_final for job in self.board.jobs_of(video_id)):
            return
        known = self._readings.known(video_id)
        if known is not None and known.missing is not None and known.missing.retryable:
            self._readings.forget(video_id)

    def _let_go(self, video_id: str) -> None:
        """Stop reading, and forget the convoys of, a video that no job wants any more."""
        if any(not job.is_final for job in self.board.jobs_of(video_id)):
            return
        if self._readings.known(video_id) is None:
            self._readings.forget(video_id)
        self._read_anew(video_id)
        if self._media is not None and video_id.startswith("file-"):
            self._media.let_go(video_id)
        for key in [key for key in self._convoys if key[0] == video_id]:
            del self._convoys[key]
