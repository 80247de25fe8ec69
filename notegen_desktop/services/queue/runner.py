"""Carries out orders: orders become jobs, jobs become notes, concurrently.

Each video is read once; each job has a task of its own, which starts when the backlog lets it and
writes one note. Changes are published by the board, and written to the journal so that a killed
program can resume. A failure stays with its job.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cache, partial
from typing import Any

from notegen_desktop.domain.errors import (
    InvalidLink,
    NoteGenError,
    PicturesUnavailable,
    TakenOver,
    UnknownTemplate,
    UsageError,
    error_of,
)
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest, Stage, Status
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine, Mode, Note
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.words import _
from notegen_desktop.services.generation.generator import NoteGenerator
from notegen_desktop.services.generation.request import RequestSender
from notegen_desktop.services.generation.spool import CLOSING_S, OUTLAST_S, Spool
from notegen_desktop.services.pacing.daily_quota import DailyQuota
from notegen_desktop.services.pacing.retry import Wait
from notegen_desktop.services.pacing.sliding_window import RateLimits
from notegen_desktop.services.ports import (
    NoteStore,
    Order,
    OrderEstimate,
    PictureSource,
    PicturesTaken,
    RewriteOrder,
    SavedFile,
    SettingsStore,
    Templates,
    UnfinishedRun,
)
from notegen_desktop.services.reading.local_media import LocalMedia
from notegen_desktop.services.reading.resolver import Resolver
from notegen_desktop.services.reading.transcripts import TranscriptReader

from .backlog import MIN_STEPS, Backlog, advance, go_through
from .estimates import Estimator
from .illustrating import Illustrator
from .journal import ChangeFiles, RunJournal
from .preflight import Preflight
from .revising import NoteReviser
from .rewriting import NoteRewriter
from .trials import Trials
from .worker import JobState, JobWorker

log = logging.getLogger(__name__)


class Runner:
    """Implements `ports.NoteRunner`. Used from the event loop's thread only."""

    def __init__(
        self,
        *,
        board: JobBoard,
        settings: SettingsStore,
        templates: Templates,
        resolver: Resolver,
        transcripts: TranscriptReader,
        media: LocalMedia,
        estimator: Estimator,
        generator: NoteGenerator,
        sender: RequestSender,
        daily_quota: DailyQuota,
        runs: RunJournal,
        spool: Spool,
        store: NoteStore,
        pictures: PictureSource | None = None,
    ) -> None:
        limiter = sender.limiter
        self.board = board
        self.preflight = Preflight(
            board=board,
            resolver=resolver,
            transcripts=transcripts,
            media=media,
            estimator=estimator,
            templates=templates,
            sender=sender,
            daily_quota=daily_quota,
        )
        self.trials = Trials(
            resolver=resolver,
            transcripts=transcripts,
            estimator=estimator,
            generator=generator,
            sender=sender,
            store=store,
        )
        self._backlog = Backlog(
            limiter.queue_order, self._carry_out, lambda: limiter.limits.max_concurrent
        )
        self.reviser = NoteReviser(
            board=board,
            resolver=resolver,
            media=media,
            estimator=estimator,
            generator=generator,
            sender=sender,
            runs=runs,
            spool=spool,
            store=store,
            templates=templates,
        )
        self._illustrator = Illustrator(pictures, store, self.reviser) if pictures else None
        self._rewriter = NoteRewriter(
            resolver=resolver,
            estimator=estimator,
            generator=generator,
            reviser=self.reviser,
            sender=sender,
            runs=runs,
            spool=spool,
            store=store,
        )
        self._worker = JobWorker(
            board=board,
            backlog=self._backlog,
            resolver=resolver,
            transcripts=transcripts,
            media=media,
            estimator=estimator,
            generator=generator,
            sender=sender,
            runs=runs,
            spool=spool,
            store=store,
            reviser=self.reviser,
            illustrate=self._illustrate,
            rewrite=self._rewriter.write,
        )
        self._settings = settings
        self._templates = templates
        self._resolver = resolver
        self._transcripts = transcripts
        self._sender = sender
        self._combinations = generator.combinations
        self._overnight = generator.overnight
        self._overnight.step_aside = self._backlog.step_aside
        self._limiter = limiter
        self._runs = runs
        self._runs.taken_over = self._taken_over
        if self._illustrator is not None:
            self._runs.wait_for_pictures = self._illustrator.wait_for_pictures
        self._spool = spool
        self._store = store
        self._states: dict[str, JobState] = {}
        self._removed_states: dict[str, JobState] = {}
        """States of jobs that were removed from the board and may be put back."""
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._tried: dict[str, int] = {}
        """Attempt number of each task, by job id."""
        self._templates_gone: dict[str, tuple[Order, Link]] = {}
        """Order and link of resumed jobs whose template was not found, by job id."""
        self._coming: set[str] = set()
        """Ids of jobs whose run is not in the journal yet."""
        self._cancel_alls = 0
        self._orders: set[asyncio.Task[None]] = set()
        self._closing = False
        self._unsubscribe = settings.subscribe(
            lambda changed: limiter.allow(RateLimits.of(changed))
        )

    def tell_files(self, listener: Callable[[NoteJob, SavedFile | NoteGenError], object]) -> None:
        """Call `listener` with each file that an order asked for, or the error of writing it."""
        self._runs.filed = listener

    def submit(
        self,
        order: Order,
        *,
        refused: Mapping[tuple[str, str], NoteGenError] = {},
        known: Mapping[str, Video] = {},
    ) -> tuple[NoteJob, ...]:
        """Add one job per video and template; jobs already running or done are not repeated.

        At least the first hundred jobs are on the board at once, and returned; a long order's other
        jobs follow from the event loop. Raises UnknownTemplate, or UsageError for an order without
        videos or templates.
        """
        if not order.links or not order.templates:
            raise UsageError(_("Choose at least one video and one template."))
        if any(link.kind in (LinkKind.PLAYLIST, LinkKind.CHANNEL) for link in order.links):
            raise UsageError(_("Choose the videos of a playlist first."))
        templates = [self._templates.get(name) for name in dict.fromkeys(order.templates)]
        added: list[str] = []

        def add() -> Iterator[NoteJob]:
            for link in order.links:
                self._put_video(link, known.get(link.key))
                for template in templates:
                    job = self.board.add(self._resolver.request(order, link, template))
                    self._removed_states.pop(job.id, None)
                    state = self._states.setdefault(job.id, JobState(link, template))
                    state.review |= order.review
                    if not self._is_begun(job.id):
                        of_gemini = job.request.engine is Engine.GEMINI
                        state.overnight = order.overnight and of_gemini
                    if order.pictures is not None:
                        state.pictures = order.pictures
                    if job.can_retry:
                        job = self.board.retry(job.id) or job
                    error = refused.get((link.key, template.id))
                    if error is not None and not self._is_begun(job.id):
                        self.board.fail(job.id, attempt=job.attempt, error=error)
                    if order.pictures and job.note is not None:  # the note exists already
                        self._illustrate(job.note, state)
                    added.append(job.id)
                    yield self.board.job(job.id)

        engines = {choice.engine for choice in self._resolver.choices(order)}
        self._begin(order, add(), () if order.overnight else engines, may_combine=True)
        return tuple(self.board.job(job_id) for job_id in added)

    async def write_again(self, order: RewriteOrder) -> tuple[NoteJob, ...]:
        asked = await self._rewriter.requests(order)
        for request, note in asked:
            if not self.board.has_video(request.video_id):
                self.board.put_video(note.video)
        return self._begin_again([request for request, _note in asked])

    def _begin_again(self, requests: Sequence[NoteRequest]) -> tuple[NoteJob, ...]:
        """Start jobs that rewrite stored notes, as one run; their videos are on the board."""
        links: dict[str, Link] = {}

        def add() -> Iterator[NoteJob]:
            for request in requests:
                job = self.board.add(request)
                self._removed_states.pop(job.id, None)
                template = self._templates.get(request.template)
                self._states.setdefault(job.id, JobState(links[request.video_id], template))
                yield (self.board.retry(job.id) if job.can_retry else None) or job

        for request in requests:  # the library has the transcripts: no source is read
            link = Link(LinkKind.URL, "web", request.video_id, "")
            links[request.video_id] = link
        order = Order(tuple(links.values()), tuple({r.template: None for r in requests}))
        self._begin(order, add(), {request.engine for request in requests})
        return tuple(self.board.add(request) for request in requests)

    async def estimate_again(self, order: RewriteOrder) -> OrderEstimate:
        return await self._rewriter.estimate(order)

    def cancel(self, job_id: str) -> None:
        """Cancel a job at once, whatever it waits for. The board comes first, as the task may not
        have started."""
        if job_id in self.board and self.board.cancel(job_id):
            self._drop(job_id)
            self._worker.release(self.board.job(job_id).video_id)

    def _drop(self, job_id: str) -> None:
        """Cancel a job's task, or remove it from the backlog."""
        if (task := self._tasks.get(job_id)) is not None:
            task.cancel()
        else:
            self._combinations.leave(job_id)
            self._over(self.board.job(job_id))
            self._backlog.leave(job_id)

    def _taken_over(self, job_id: str) -> None:
        """Drop a job that another machine writes now, so that it is not paid for twice."""
        self.board.fail(job_id, attempt=self.board.job(job_id).attempt, error=TakenOver())
        self._drop(job_id)

    def cancel_all(self) -> None:
        """Start no more jobs and cancel those running; the board is told of many in slices."""
        self._cancel_alls += 1
        self._backlog.clear()
        waiting = [job.id for job in self.board.active if job.id not in self._tasks]
        self._go_through(map(self.cancel, [*self._tasks, *waiting]))

    def retry(self, *job_ids: str) -> None:
        """Start new attempts of jobs that failed or were cancelled; others are ignored."""
        self._retry([self.board.job(job_id) for job_id in job_ids])

    def retry_failed(self) -> None:
        self._retry([job for job in self.board if job.status is Status.ERROR])

    def switch(
        self,
        job_ids: Sequence[str],
        *,
        engine: Engine | None = None,
        model: str = "",
        mode: Mode | None = None,
        link: Link | None = None,
    ) -> tuple[NoteJob, ...]:
        able = [self.board.job(job_id) for job_id in job_ids if job_id in self._states]
        able = [job for job in able if job.can_retry]
        states = [self._states[job.id] for job in able]
        review = any(state.review for state in states)
        pictures = next((s.pictures for s in states if s.pictures is not None), None)
        of_video: dict[tuple[str, NoteRequest], list[NoteJob]] = {}
        again: list[NoteRequest] = []
        for job in able:
            asked = replace(job.request, video_id="", template="", mode=mode or job.request.mode)
            if engine is not None:
                own = "" if asked.engine is Engine.OFFLINE else asked.language
                asked = replace(asked, engine=engine, model=model, language=own)
            if asked.again:
                again.append(self._rewriter.by_another(job.request, asked))
                continue
            of_video.setdefault((job.video_id, asked), []).append(job)
        alike: dict[tuple[NoteRequest, tuple[str, ...]], list[Link]] = {}
        for (__, asked), jobs in of_video.items():
            templates = tuple(job.template for job in jobs)
            source = link or self._states[jobs[0].id].link
            alike.setdefault((asked, templates), []).append(source)
        new = list(self._begin_again(again)) if again else []
        for (asked, templates), links in alike.items():
            order = Order(
                tuple(links),
                templates,
                asked.mode,
                asked.engine,
                "" if asked.engine is Engine.OFFLINE else asked.model,
                asked.language,
                review=review,
                wish=asked.wish,
                pictures=pictures,
            )
            new += self.submit(order)
        self._go_through(map(self.remove, [job.id for job in able]))
        return tuple(new)

    def remove(self, job_id: str) -> None:
        job = self.board.job(job_id) if job_id in self.board else None
        if job is not None and self.board.remove(job_id):
            self._runs.taken_off(job)
            asked = self._states.pop(job_id, None)
            if asked is not None and asked.unsaved is not None:
                self._spool.later(self._runs.release(job_id))

    def remove_with_undo(self, *job_ids: str) -> Callable[[], None]:
        taken: list[tuple[NoteJob, Video]] = []
        for job_id in job_ids:
            if job_id in self.board and (job := self.board.job(job_id)).is_final:
                taken.append((job, self.board.video(job.video_id)))
                self.board.remove(job_id)
                self._runs.taken_off(job)
                if (state := self._states.pop(job_id, None)) is not None:
                    self._removed_states[job_id] = state

        def put_back() -> None:
            for job, video in taken:
                state = self._removed_states.pop(job.id, None)
                if self.board.put_back(job, video):
                    self._runs.put_back(job)
                    if state is not None:
                        self._states[job.id] = state

        return put_back

    async def resume(
        self,
        *,
        which: Callable[[UnfinishedRun], bool] = lambda _: True,
        files: ChangeFiles = lambda files: files,
    ) -> tuple[NoteJob, ...]:
        """Resume interrupted runs; finished sections and notes are not requested again.

        `which` selects the runs. `files` maps the files that were requested to those to write
        instead, if they are not written yet.
        """
        left_runs = list(filter(which, await self._runs.unfinished()))
        taken = [run for run in left_runs if await self._runs.take_over(run, files)]
        videos = [video for run in reversed(taken) for video in run.videos]
        queue_order = self._limiter.queue_order
        videos.sort(key=lambda video: queue_order.place(video.id))
        await go_through(map(self.board.put_video, videos))
        all_jobs: list[NoteJob] = []
        for run in taken:
            jobs: list[NoteJob] = []
            await go_through(map(jobs.append, self._left_by(run)))
            jobs = [job for job in jobs if not self.board.job(job.id).is_final]
            self._start(jobs, combined=run.order.combined)
            all_jobs += jobs
            if files(run.order.files):
                all_jobs += await self._file_anew(run)
        return tuple(all_jobs)

    async def _file_anew(self, run: UnfinishedRun) -> list[NoteJob]:
        """Return jobs of complete notes whose files have not been written."""
        jobs: list[NoteJob] = []
        for request in run.unfiled:
            note = await self._store.find(request)
            if note is None:  # the note was deleted: it must not be paid for again
                await self._runs.skip_file(request.job_id)
                continue
            if not self.board.has_video(request.video_id):
                self.board.put_video(note.video)
            job = self.board.add(request)
            if not self.board.complete(job.id, attempt=job.attempt, note=note):
                self._runs.ended(replace(job, note=note))
            jobs.append(self.board.job(job.id))
        return jobs

    def _left_by(self, run: UnfinishedRun) -> Iterator[NoteJob]:
        """Yield the jobs of an interrupted run, put on the board again; failed ones as failed."""
        queue_order = self._limiter.queue_order
        links = {link.key: link for link in run.order.links}
        template = cache(self._templates.get)  # cached: each call reads the folder of templates
        reasons = {r.job_id: why for r, why in run.failed if r.job_id not in self.board}
        failed = [request for request, _why in run.failed if request.job_id in reasons]
        for request in sorted(
            (*run.requests, *failed), key=lambda each: queue_order.place(each.video_id)
        ):
            link = links.get(request.video_id)
            self._put_video(link or Link(LinkKind.URL, "web", request.video_id, ""))
            job = self.board.add(request)
            try:
                if link is None:
                    raise InvalidLink(_("The video of this note is not known any more."))
                if job.id not in self._states:
                    self._states[job.id] = _state(run.order, request, link, template)
            except UnknownTemplate as error:
                if link is not None:
                    self._templates_gone[job.id] = (run.order, link)
                hint = _(
                    "Bring the template back (its file, or `notegen templates restore {template}`) "
                    "and retry."
                ).format(template=request.template)
                error = UnknownTemplate(error.message, hint=hint)
                self.board.fail(job.id, attempt=job.attempt, error=error)
                continue
            except UsageError as error:
                self.board.fail(job.id, attempt=job.attempt, error=error)
                continue
            if (reason := reasons.get(job.id)) is not None:
                self.board.fail(job.id, attempt=job.attempt, error=error_of(reason))
            else:
                yield job

    async def add_picture(self, note_id: str, section: int, at_s: float) -> Note:
        if self._illustrator is None:
            raise PicturesUnavailable
        return await self._illustrator.add(note_id, section, at_s)

    def tell_pictures(self, listener: Callable[[PicturesTaken], object]) -> None:
        if self._illustrator is not None:
            self._illustrator.tell = listener

    def _illustrate(self, note: Note, state: JobState) -> None:
        """Start adding pictures to a complete note: as many as requested, or as its template
        says."""
        if self._illustrator is None or any(section.pictures for section in note.sections):
            return
        asked, limit = state.pictures is not None, state.pictures or 0
        if not asked and state.template.pictures and state.written:
            limit = self._settings.current.integer("general.pictures")
        self._illustrator.begin(note, limit, asked=asked)

    async def prepare(self, engine: Engine = Engine.AUTO) -> None:
        """Load what an engine needs, so that the first note does not wait for it."""
        await self._sender.prepare(self._resolver.engine(engine))

    async def begun(self) -> None:
        """Return when every order is in the journal: from then on a kill loses none."""
        while self._orders:
            await asyncio.wait([*self._orders])

    async def wait(self) -> None:
        """Return when no job is under way and all writes are in the library."""
        while pending := [*self._orders, *self._tasks.values()]:
            await asyncio.wait(pending)
        await self._flush()

    async def _flush(self) -> None:
        if self._illustrator is not None:
            await self._illustrator.wait()
        await self._runs.flush()
        await self._spool.flush(timeout_s=CLOSING_S if self._closing else OUTLAST_S)

    async def settle(self) -> None:
        """Return when all writes are in the library and no job is under way except those that wait
        for a batch (`left_alone`)."""
        overnight = self._overnight
        while True:
            news = asyncio.ensure_future(overnight.news.wait())
            left = [task for job_id, task in self._tasks.items() if not overnight.is_parked(job_id)]
            if not (pending := [*self._orders, *left]):
                break
            await asyncio.wait([*pending, news], return_when=asyncio.FIRST_COMPLETED)
            news.cancel()
        news.cancel()
        if overnight.parked:
            await self._flush()
        else:
            await self.wait()

    @property
    def left_alone(self) -> int:
        return self._overnight.parked

    async def forget_sent(self, *job_ids: str) -> None:
        """Give up the batches that write these jobs."""
        await self._overnight.forget(*job_ids)

    def interrupt(self) -> None:
        """Cancel all running jobs and leave them in the journal as interrupted."""
        self._runs.leave_open()
        self._overnight.leave_open()
        self.cancel_all()
        if self._illustrator is not None:
            self._illustrator.cancel()

    async def aclose(self) -> None:
        """Cancel all running jobs and wait until no task is left.

        Jobs under way stay in the journal as interrupted, so that the next start can resume them.
        """
        if self._closing:
            await self.wait()
            return
        self._closing = True
        self._unsubscribe()
        for job_id, state in self._removed_states.items():
            if state.unsaved is not None:
                self._spool.later(self._runs.release(job_id))
        self.interrupt()
        await self.reviser.aclose()
        await self.wait()
        await self._overnight.aclose()
        await self._runs.aclose()
        await self._spool.aclose()
        await self._transcripts.aclose()
        self._limiter.close()

    def _put_video(self, link: Link, known: Video | None = None) -> None:
        if not self.board.has_video(link.key):
            bare = Video(id=link.key, url=link.url, provider=link.provider)
            self.board.put_video(known if known is not None and known.id == link.key else bare)

    def _is_begun(self, job_id: str) -> bool:
        return job_id in self._coming or job_id in self._backlog or job_id in self._tasks

    def _is_ending(self, job: NoteJob) -> bool:
        """Return True if the task of the job belongs to an earlier attempt."""
        return job.id not in self._coming and self._tried.get(job.id, job.attempt) < job.attempt

    def _begin(
        self,
        order: Order,
        jobs: Iterator[NoteJob],
        engines: Iterable[Engine],
        *,
        may_combine: bool = False,
    ) -> None:
        """Put jobs on the board as they come, then record the run, then start them."""
        fresh: list[str] = []

        def add() -> Iterator[None]:
            for job in jobs:
                if self._closing:
                    return
                if not job.is_final and (self._is_ending(job) or not self._is_begun(job.id)):
                    fresh.append(job.id)
                    self._coming.add(job.id)
                yield

        adding, cancel_alls = add(), self._cancel_alls
        more = advance(adding, min_steps=MIN_STEPS)
        if self._closing or not (fresh or more):
            self._coming.difference_update(fresh)
            return

        spool = self._spool

        async def begin() -> None:
            await go_through(adding)
            if cancel_alls != self._cancel_alls:
                await go_through(map(self.cancel, fresh))
            left = [job for job_id in fresh if not (job := self.board.job(job_id)).is_final]

            def waiting(wait: Wait) -> None:
                for job in left:
                    self.board.apply(
                        job.id, attempt=job.attempt, stage=Stage.WAITING, wait_reason=wait.reason
                    )

            try:
                if not left:
                    return
                combined = (
                    may_combine
                    and not order.overnight
                    and await spool.outlast(lambda: self.preflight.combines(order, left), waiting)
                )
                run = replace(order, combined=combined)
                await spool.outlast(lambda: self._runs.begin(run, left), waiting)
            except NoteGenError as failure:
                error = failure
                await go_through(
                    self.board.fail(job.id, attempt=job.attempt, error=error) for job in left
                )
                return
            finally:
                self._coming.difference_update(fresh)
            self._start([self.board.job(job.id) for job in left], combined=combined)

        for work in (begin(), *map(self.prepare, engines)):  # runs while the video is read
            self._also(work)

    def _go_through(self, work: Iterator[object]) -> None:
        """Run short work at once, and longer work in slices of the event loop."""
        if advance(work, min_steps=MIN_STEPS):
            self._also(go_through(work))

    def _also(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="order")
        self._orders.add(task)
        task.add_done_callback(self._orders.discard)

    def _retry(self, jobs: Iterable[NoteJob]) -> None:
        """Start new attempts as one run; a job that is still ending starts after that."""
        able = [job for job in jobs if job.can_retry and self._has_state(job)]
        for job in able:  # a transcript may exist by now: a caption file, a sign-in
            self._transcripts.forget_wordless(job.video_id)
        links = {job.video_id: self._states[job.id].link for job in able}
        order = Order(tuple(links.values()), tuple(dict.fromkeys(job.template for job in able)))
        again = (new for job in able if (new := self.board.retry(job.id)))
        self._begin(order, again, {job.request.engine for job in able})

    def _has_state(self, job: NoteJob) -> bool:
        """Return True if the job can be started; a missing template is looked for again."""
        if job.id in self._templates_gone:
            order, link = self._templates_gone[job.id]
            with suppress(UsageError):
                self._states[job.id] = _state(order, job.request, link, self._templates.get)
                del self._templates_gone[job.id]
        return job.id in self._states

    def _start(self, jobs: Iterable[NoteJob], *, combined: bool = False) -> None:
        todo = {
            job.id: job
            for job in jobs
            if not (job.is_final or job.id in self._tasks or job.id in self._backlog)
        }
        if self._closing:
            return
        if combined:
            self._combinations.add(job.request for job in todo.values())
        self._overnight.add(job_id for job_id in todo if self._states[job_id].overnight)
        self._backlog.put(todo.values())

    def _over(self, job: NoteJob) -> None:
        """Forget that an ended job waited for a batch, so that a retry writes it at once, unless
        the batch may still deliver it."""
        if not job.is_final:
            self._overnight.leave(job.id)
        elif self._overnight.ended(job) and job.id in self._states:
            self._states[job.id].overnight = False

    def _carry_out(self, job: NoteJob) -> None:
        attempt = self._worker.carry_out(job, self._states[job.id])
        task = asyncio.create_task(attempt, name=f"job {job.template}")
        self._tasks[job.id] = task
        self._tried[job.id] = job.attempt
        task.add_done_callback(partial(self._ended, job))

    def _ended(self, job: NoteJob, task: asyncio.Task[None]) -> None:
        self._tasks.pop(job.id, None)
        self._tried.pop(job.id, None)
        self._combinations.leave(job.id)
        if job.id in self.board:
            self._over(self.board.job(job.id))
        self._backlog.leave(job.id)
        if not task.cancelled() and task.exception() is not None:
            log.error("a job's task failed", exc_info=task.exception())
        if job.id not in self.board or job.id in self._coming:
            return  # `_begin` starts the job once its run is in the journal
        if self.board.job(job.id).attempt > job.attempt:
            self._start([self.board.job(job.id)])  # retried while its task was ending


def _state(
    order: Order, request: NoteRequest, link: Link, template: Callable[[str], NoteTemplate]
) -> JobState:
    """Return the state of a resumed job. Raises UnknownTemplate."""
    return JobState(
        link,
        template(request.template),
        review=order.review,
        pictures=order.pictures,
        overnight=order.overnight and request.engine is Engine.GEMINI,
    )
