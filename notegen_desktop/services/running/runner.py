"""Carries out what the user asks for: orders become jobs, jobs become notes, side by side.

Each video is read once; each of its jobs has a task of its own, which writes one note. What happens
is written to the board, and to the journal for the case that the program is killed. A failure
stays with its job.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from notegen_desktop.domain.errors import InvalidLink, NoteGenError, TakenOver, UsageError
from notegen_desktop.domain.jobs import NoteJob, Status
from notegen_desktop.domain.links import Link, LinkKind
from notegen_desktop.domain.notes import Engine, Mode, Note, Usage
from notegen_desktop.domain.video import Video
from notegen_desktop.services.ports import (
    Order,
    SavedFile,
    UnfinishedJob,
    UnfinishedRun,
)

from .attempts import Asked, Attempts
from .gaps import Gaps
from .limits import Limits
from .outlooks import Outlooks
from .runs import ChangeFiles
from .watching import Aside
from .work import KeptParts
from .workshop import Workshop

log = logging.getLogger(__name__)


class Runner:
    """Fulfils `ports.NoteRunner`. Used from the event loop's thread alone."""

    def __init__(self, shop: Workshop) -> None:
        self.board = shop.board
        self.outlooks = Outlooks(shop)
        self._shop = shop
        self._runs = shop.runs
        self._runs.taken_over = self._let_be
        self._attempts = Attempts(shop)
        self._gaps = Gaps(shop)
        self._asked: dict[str, Asked] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._orders: set[asyncio.Task[None]] = set()
        self._closing = False
        self._forget_settings = shop.settings.subscribe(
            lambda changed: shop.gate.allow(Limits.of(changed))
        )

    def tell_files(self, listener: Callable[[NoteJob, SavedFile | NoteGenError], object]) -> None:
        """`listener` gets each file that an order asked for, or why it could not be written."""
        self._runs.filed = listener

    @property
    def spent(self) -> Usage:
        """What this session's requests took."""
        return self._attempts.spent

    @property
    def foretold_usd(self) -> float:
        """What was foretold of the notes that were begun in this session."""
        return self._attempts.foretold_usd

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
        templates = [self._shop.templates.get(name) for name in dict.fromkeys(order.templates)]
        jobs: list[NoteJob] = []
        for link in order.links:
            self._put_video(link)
            for template in templates:
                job = self.board.add(self._shop.settling.request(order, link, template))
                self._asked.setdefault(job.id, Asked(link, template))
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
            self._attempts.let_go(self.board.job(job_id).video_id)

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
        able = [self.board.job(job_id) for job_id in job_ids if job_id in self._asked]
        alike: dict[tuple[str, Mode, str], list[NoteJob]] = {}
        for job in (job for job in able if job.can_retry):
            asked = job.request
            alike.setdefault((asked.video_id, asked.mode, asked.language), []).append(job)
        new: list[NoteJob] = []
        for (_, mode, language), jobs in alike.items():
            link = self._asked[jobs[0].id].link
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
            self._asked.pop(job_id, None)

    async def resume(
        self, *, only_paused: bool = False, files: ChangeFiles = lambda files: files
    ) -> tuple[NoteJob, ...]:
        """Go on with what interrupted runs left; whole sections and notes are not asked again.

        `only_paused`: with those of this machine's paused queue alone. `files` says which
        files are written instead of those asked for, as far as those are not there yet.
        """
        left_runs = [r for r in await self._runs.unfinished() if r.paused or not only_paused]
        taken = [run for run in left_runs if await self._runs.take_over(run, files)]
        videos = [video for run in reversed(taken) for video in run.videos]
        lineup = self._shop.gate.lineup
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
                    self._asked.setdefault(job.id, self._asked_before(left, link))
                except UsageError as error:
                    self.board.fail(job.id, attempt=job.attempt, error=error)
                else:
                    jobs.append(job)
            self._start(jobs, combined=run.order.combined)
            all_jobs += jobs
            if files(run.order.files):
                all_jobs += await self._file_anew(run)
        return tuple(all_jobs)

    async def _file_anew(self, run: UnfinishedRun) -> list[NoteJob]:
        """Notes that were complete, but whose files are not there."""
        jobs: list[NoteJob] = []
        for request in run.unfiled:
            note = await self._shop.store.find(request)
            if note is None:  # deleted since; it is not to be paid for again
                await self._runs.forgo(request.job_id)
                continue
            if request.video_id not in {video.id for video in self.board.videos()}:
                self.board.put_video(note.video)
            job = self.board.add(request)
            if not self.board.complete(job.id, attempt=job.attempt, note=note):
                self._runs.ended(replace(job, note=note))
            jobs.append(self.board.job(job.id))
        return jobs

    def _asked_before(self, left: UnfinishedJob, link: Link | None) -> Asked:
        """What an interrupted run knew of a job. Raises UnknownTemplate or InvalidLink."""
        if link is None:
            raise InvalidLink("The video of this note is not known any more.")
        ask = Asked(link, self._shop.templates.get(left.request.template))
        if left.parts == 1:
            ask.saved = left.draft
        else:
            drafts = {part.number: part for part in left.part_drafts}
            ask.kept = KeptParts(left.parts, drafts)
        return ask

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
        watch = Aside(self._shop, self._attempts.spend, progress)
        note = await self._gaps.fill(note_id, span, watch)
        self.board.revise(note)
        return note

    async def prepare(self, engine: Engine = Engine.AUTO) -> None:
        """Load what an engine needs, so that the first note does not wait for it."""
        await self._attempts.prepare(self._shop.settling.engine(engine))

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
        await self._shop.readings.aclose()
        self._shop.gate.close()

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
                combined = may_combine and await self.outlooks.combines(order, fresh)
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

    def _retry(self, jobs: Iterable[NoteJob]) -> None:
        """New attempts, together one run; what is still ending starts when it has ended."""
        able = [job for job in jobs if job.can_retry and job.id in self._asked]
        again = [new for job in able if (new := self.board.retry(job.id))]
        if not again:
            return
        links = {job.video_id: self._asked[job.id].link for job in again}
        order = Order(tuple(links.values()), tuple(dict.fromkeys(job.template for job in again)))
        self._begin(order, again)

    def _start(self, jobs: Iterable[NoteJob], *, combined: bool = False) -> None:
        todo = {job.id: job for job in jobs if not (job.is_final or job.id in self._tasks)}
        if self._closing:
            return
        if combined:
            self._attempts.combine(todo.values())
        for job in todo.values():
            attempt = self._attempts.carry_out(job, self._asked[job.id])
            task = asyncio.create_task(attempt, name=f"job {job.template}")
            self._tasks[job.id] = task
            task.add_done_callback(partial(self._ended, job))

    def _ended(self, job: NoteJob, task: asyncio.Task[None]) -> None:
        self._tasks.pop(job.id, None)
        self._attempts.leave(job.id)
        if not task.cancelled() and task.exception() is not None:
            log.error("a job's task failed", exc_info=task.exception())
        if job.id in self.board and self.board.job(job.id).attempt > job.attempt:
            self._start([self.board.job(job.id)])  # retried while the cancelled task was ending
