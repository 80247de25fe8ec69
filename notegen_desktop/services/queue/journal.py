"""The journal of running jobs, kept in the library so that a killed program can resume them."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from notegen_desktop.domain.errors import NoteGenError, StoreError, Unexpected
from notegen_desktop.domain.jobs.board import BoardEvent, JobBoard, JobChanged, VideoSeen
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Note, PartDraft
from notegen_desktop.services.generation.spool import Spool
from notegen_desktop.services.machine.sleep_detection import SleepDetector
from notegen_desktop.services.pacing.queue_order import QueueOrder
from notegen_desktop.services.ports import (
    Exporter,
    FilesWanted,
    Journal,
    KeptDraft,
    Order,
    SavedFile,
    Unfinished,
    UnfinishedRun,
)

log = logging.getLogger(__name__)

LEASE_S = 120.0
RENEW_S = 40.0
"""Seconds between two renewals of the leases of runs and claims on a shared library."""
POLL_S = 1.0
"""Seconds between two checks whether another program has finished a note."""

ChangeFiles = Callable[[FilesWanted | None], FilesWanted | None]


def _log_filed(job: NoteJob, outcome: SavedFile | NoteGenError) -> None:
    if isinstance(outcome, NoteGenError):
        log.warning("the file of %s could not be written: %s", job.template, outcome)


async def _as_it_is(note: Note) -> Note:
    return note


class RunJournal:
    """The journal of this program's runs. Used from the event loop's thread only.

    A run ends when all its jobs are final and the requested files are written; a run with other
    jobs stays open in the library when the program closes, for the next start to resume.
    `taken_over` is called for each job that another machine carries out from now on, `filed` with
    each file or the error of writing it; a file that could not be written is written when the run
    is resumed. `wait_for_pictures` returns a note with the pictures still to be added to it, before
    its file is written.
    """

    def __init__(
        self,
        journal: Journal,
        board: JobBoard,
        sleep_detector: SleepDetector,
        queue_order: QueueOrder,
        exporter: Exporter,
        *,
        spool: Spool,
    ) -> None:
        self.taken_over: Callable[[str], object] = lambda _job_id: None
        self.filed: Callable[[NoteJob, SavedFile | NoteGenError], object] = _log_filed
        self.wait_for_pictures: Callable[[Note], Awaitable[Note]] = _as_it_is
        self._exporter = exporter
        self._files: dict[str, FilesWanted] = {}
        self._folders_before: dict[str, Path] = {}
        self._filing: set[asyncio.Task[None]] = set()
        self._journal = journal
        self._spool = spool
        self._board = board
        self._sleep_detector = sleep_detector
        self._run_of: dict[str, str] = {}
        self._open: dict[str, set[str]] = {}
        self._seen: dict[str, Video] = {}
        """Videos whose newer details are not in the journal yet."""
        self._failed_in: dict[str, str] = {}
        """By id of a failed job, the newest run that lists it."""
        self._over: dict[str, list[tuple[NoteJob, bool]]] = {}
        """By run, ended jobs that are not in the journal yet; the flag says that a job needs no
        file."""
        self._todo: deque[Callable[[], Awaitable[None]]] = deque()
        self._worker: asyncio.Task[None] | None = None
        self._heart: asyncio.Task[None] | None = None
        self._kept: dict[str, dict[int, tuple[int, bool]]] = {}
        self._claims: dict[str, str] = {}
        self._closing = False
        self._queue_order = queue_order
        self._order_unsaved = False
        self._unsubscribe = (
            board.subscribe(self._hear),
            self._queue_order.subscribe(self._reordered),
        )

    def run_of(self, job_id: str) -> str:
        return self._run_of.get(job_id, "")

    async def begin(self, order: Order, jobs: Iterable[NoteJob]) -> None:
        """Open a run. Raises StoreError."""
        fresh = [job for job in jobs if not job.is_final]
        videos = [self._board.video(link.key) for link in order.links]
        run_id = await self._journal.begin_run(order, fresh, videos=videos)
        self._follow(run_id, [job.id for job in fresh], order.files)
        if self._queue_order.order or self._queue_order.paused:
            self._reordered()

    async def unfinished(self) -> list[UnfinishedRun]:
        """Return interrupted runs, newest first. Raises StoreError."""
        return await self._journal.unfinished()

    async def take_over(
        self, run: UnfinishedRun, change: ChangeFiles = lambda files: files
    ) -> bool:
        """Make an interrupted run this program's own; False if another program was first.

        Its videos keep their order, behind those already queued. `change` maps the files that were
        requested to those to write from now on.
        """
        files = change(run.order.files)
        if not await self._journal.take_over(run.id, files=files):
            return False
        for request, _why in run.failed:
            self._failed_in.setdefault(request.job_id, run.id)  # the newest run comes first
        requests = list(run.requests)
        if run.order.files:
            await asyncio.to_thread(self._exporter.sweep, Path(run.order.files.folder))
        if files is not None:
            requests += run.unfiled
            if run.order.files and run.order.files.folder != files.folder:
                self._folders_before[run.id] = Path(run.order.files.folder)
        if not requests:  # the program was killed after the run's last job
            await self._journal.finish_run(run.id)
            return True
        self._follow(run.id, [request.job_id for request in requests], files)
        self._queue_order.put_after(run.queue_order)
        return True

    def _follow(self, run_id: str, job_ids: list[str], files: FilesWanted | None) -> None:
        if files is not None:
            self._files[run_id] = files
        self._open[run_id] = set(job_ids)
        self._run_of |= dict.fromkeys(job_ids, run_id)
        if self._heart is None:
            self._heart = asyncio.create_task(self._keep_alive(), name="runs are alive")

    async def keep(self, job: NoteJob, part: PartDraft, *, parts: int, basis: str) -> None:
        """Store the finished sections of a part, unless the same are stored already.

        A note that is not split is its only part. `basis` is a hash of everything they were written
        from.
        """
        run_id = self.run_of(job.id)
        state = (len(part.draft.sections), part.done)
        kept = self._kept.setdefault(job.id, {})
        if not run_id or state == kept.get(part.number, (0, False)):
            return
        kept[part.number] = state
        await self._spool.keep(
            "save_draft",
            key=f"draft {job.id} {part.number}",
            run_id=run_id,
            job=_bare(job),
            draft=part.draft,
            part=part.number,
            parts=parts,
            done=part.done,
            basis=basis,
        )

    async def kept(self, job: NoteJob) -> KeptDraft:
        """Return the drafts that an earlier attempt, in any run, left of a note. Raises
        StoreError."""
        found = await self._journal.kept(job.id)
        self._kept[job.id] = {p.number: (len(p.draft.sections), p.done) for p in found.drafts}
        return found

    async def claim(self, name: str, *, lease_s: float = LEASE_S) -> bool:
        """Return True if this program may write a note: only one of all programs on this library
        may.

        `name` is the job's id, `lease_s` the seconds until the claim expires. Raises StoreError.
        """
        claiming = self._spool.later(self._journal.claim(name, lease_s=lease_s))
        try:
            claim_id = await asyncio.shield(claiming)
        except asyncio.CancelledError:
            self._spool.later(self._undo(claiming))
            raise
        if claim_id:
            self._claims[name] = claim_id
        return bool(claim_id)

    async def release(self, name: str) -> None:
        """Release the claim to a note, after pending writes of that note to the library."""
        if claim_id := self._claims.pop(name, ""):
            await self._spool.keep("release", claim_id=claim_id)

    async def _undo(self, claiming: asyncio.Task[str]) -> None:
        with suppress(StoreError):
            await self._spool.keep("release", claim_id=await claiming)

    async def flush(self) -> None:
        """Return when all pending writes are in the library."""
        while pending := [*([self._worker] if self._worker else []), *self._filing]:
            await asyncio.wait(pending)

    async def aclose(self) -> None:
        """Close the journal; unfinished runs stay open for the next start."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
        await self.flush()

    def leave_open(self) -> None:
        """Count cancelled jobs as interrupted from now on, because the program is closing."""
        self._closing = True

    # --- what the board says ---

    def _hear(self, event: BoardEvent) -> None:
        # stored so that the next start shows its title
        if isinstance(event, VideoSeen) and self._open:
            self._seen[event.video.id] = event.video
            if len(self._seen) == 1:
                self._later(self._keep_seen)
        if not isinstance(event, JobChanged) or not self.run_of(event.job.id):
            return
        job = event.job
        if self._closing and job.status is Status.CANCELLED:
            return
        if job.is_final:
            self.ended(job)

    def ended(self, job: NoteJob) -> None:
        """Record that a job is final; its file, if requested, is written next."""
        self._kept.pop(job.id, None)
        run_id = self._run_of.pop(job.id, "")
        if not run_id:
            return
        if job.status is Status.ERROR:
            self._failed_in[job.id] = run_id
        files = self._files.get(run_id) if job.note is not None else None
        over = self._over.setdefault(run_id, [])
        over.append((job, files is None))
        if len(over) == 1:
            self._later(lambda: self._ended(run_id))
        if files is not None:
            task = asyncio.create_task(self._file(run_id, job, files), name="file")
            self._filing.add(task)
            task.add_done_callback(self._filing.discard)

    def taken_off(self, job: NoteJob) -> None:
        """Record that a failed job was removed from the list, so that the next start omits it."""
        if job.status is Status.ERROR:
            self._change(replace(job, status=Status.CANCELLED, failure=None))

    def put_back(self, job: NoteJob) -> None:
        """Undo `taken_off`."""
        if job.status is Status.ERROR:
            self._change(job)

    def _change(self, job: NoteJob) -> None:
        run_id = self._failed_in.get(job.id, "")

        async def change() -> None:
            if run_id in self._open:
                await self._spool.keep("job_changed", run_id=run_id, jobs=(_bare(job),))

        if run_id in self._open:
            self._later(change)

    async def _ended(self, run_id: str) -> None:
        """Store all jobs that ended since the last call, in one transaction."""
        over = self._over.pop(run_id)
        if run_id not in self._open:
            return  # taken over by another machine
        changed = tuple(_bare(job) for job, _ in over)
        await self._spool.keep("job_changed", run_id=run_id, jobs=changed)
        await self._close(run_id, *(job.id for job, is_all in over if is_all))

    async def _file(self, run_id: str, job: NoteJob, files: FilesWanted) -> None:
        """Write a note's file in a thread, because a PDF takes long, and record it.

        After a kill before the record, the file is written again and recognized as existing.
        """
        assert job.note is not None
        try:
            note = await self.wait_for_pictures(job.note)
            saved = await asyncio.to_thread(self._save, note, run_id, files)
            self._later(lambda: self._filed(run_id, job.id, saved))
            self.filed(job, saved)
        except NoteGenError as error:
            self.filed(job, error)
        except Exception:
            log.exception("a file could not be written")
            self.filed(job, Unexpected())

    def _save(self, note: Note, run_id: str, files: FilesWanted) -> SavedFile:
        """Write one file, unless it exists in the run's former folder without being recorded."""
        wanted = (files.format, files.level)
        if (before := self._folders_before.get(run_id)) is not None:
            found = self._exporter.find_in_tree(note, before, *wanted)
            if found is not None:
                return SavedFile(found, is_new=False)
        return self._exporter.save_to_tree(note, Path(files.folder), *wanted)

    async def _filed(self, run_id: str, job_id: str, saved: SavedFile) -> None:
        await self._spool.keep("file_written", run_id=run_id, job_id=job_id, path=str(saved.path))
        await self._close(run_id, job_id)

    async def skip_file(self, job_id: str) -> None:
        """Stop waiting for the file of a note that was deleted from the library."""
        if run_id := self._run_of.pop(job_id, ""):
            await self._close(run_id, job_id)

    async def _close(self, run_id: str, *job_ids: str) -> None:
        """Mark these jobs as done; end the run with its last job."""
        jobs = self._open.get(run_id, set())
        jobs.difference_update(job_ids)
        if run_id in self._open and not jobs:
            del self._open[run_id]
            self._files.pop(run_id, None)
            await self._spool.keep("finish_run", run_id=run_id)
        if not self._open and self._heart is not None:
            self._heart.cancel()
            self._heart = None

    async def _keep_seen(self) -> None:
        seen, self._seen = self._seen, {}
        await self._journal.video_seen(*seen.values())

    def _reordered(self) -> None:
        """Store the changed queue order and pause state for the next start."""
        if self._open and not self._order_unsaved:
            self._order_unsaved = True
            self._later(self._save_queue_order)

    async def _save_queue_order(self) -> None:
        self._order_unsaved = False
        queue_order = self._queue_order
        await self._journal.save_queue_order(
            tuple(self._open), queue_order.order, paused=queue_order.paused
        )

    def _later(self, work: Callable[[], Awaitable[None]]) -> None:
        """Queue a write; writes run in order, without blocking the board."""
        self._todo.append(work)
        if self._worker is None:
            self._worker = asyncio.create_task(self._work(), name="journal")

    async def _work(self) -> None:
        try:
            while self._todo:
                try:
                    await self._todo.popleft()()
                except StoreError as error:
                    log.warning("the journal could not be written: %s", error)
        finally:
            self._worker = None

    async def _keep_alive(self) -> None:
        """Renew the leases of open runs, so that no other machine takes them over."""
        while self._open:
            await self._sleep_detector.sleep(RENEW_S)
            for run_id in tuple(self._open):
                try:
                    if not await self._journal.keep_alive(run_id, lease_s=LEASE_S):
                        self._give_up(run_id)
                except StoreError as error:
                    log.warning("a run could not be renewed: %s", error)
        self._heart = None

    def _give_up(self, run_id: str) -> None:
        """Drop a run that another machine has taken over."""
        for job_id in self._open.pop(run_id, ()):
            self._run_of.pop(job_id, None)
            self._kept.pop(job_id, None)
            self.taken_over(job_id)


def _bare(job: NoteJob) -> NoteJob:
    """Return a job without its note and text, which are stored elsewhere."""
    return replace(job, note=None, draft=Draft())


# --- The queue as people handle it ---


@dataclass(slots=True, eq=False)
class Queue:
    """Implements `ports.JobQueue`. `resume_runs` is `Runner.resume`, `forget_sent` its namesake."""

    resume_runs: Callable[..., Awaitable[tuple[NoteJob, ...]]]
    forget_sent: Callable[..., Awaitable[None]]
    queue_order: QueueOrder
    journal: Journal

    @property
    def paused(self) -> bool:
        return self.queue_order.paused

    def pause(self) -> None:
        self.queue_order.pause()

    def resume(self) -> None:
        self.queue_order.resume()

    def reorder(self, video_ids: Sequence[str]) -> None:
        self.queue_order.put(video_ids)

    async def restore_queue(self) -> tuple[NoteJob, ...]:
        left = await self.journal.unfinished()
        if any(run.paused for run in left):
            self.queue_order.pause()
        if not any(map(_comes_by_itself, left)):
            return ()
        return await self.resume_runs(which=_comes_by_itself)

    async def unfinished(self) -> Unfinished:
        notes = 0
        videos: dict[str, Video] = {}
        for run in await self.journal.unfinished():
            requests = run.requests + (run.unfiled if run.order.files else ())
            known = {video.id: video for video in run.videos}
            notes += len(requests)
            videos |= {r.video_id: known[r.video_id] for r in requests if r.video_id in known}
        return Unfinished(notes, tuple(videos.values()))

    async def resume_interrupted(self) -> tuple[NoteJob, ...]:
        return await self.resume_runs()

    async def discard(self) -> None:
        for run in await self.journal.unfinished():
            if await self.journal.take_over(run.id):
                await self.journal.finish_run(run.id)
                await self.forget_sent(*(request.job_id for request in run.requests))


def _comes_by_itself(run: UnfinishedRun) -> bool:
    """Return True if a run is resumed without asking: it waits in a paused queue, or for a
    batch."""
    return run.paused or run.order.overnight
