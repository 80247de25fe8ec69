"""What is under way, kept in the library so that a killed program can go on where it was."""

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
from notegen_desktop.services.machine.waking import Waking
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
"""Seconds that a run or claim is held for on a shared library, and after which it is renewed."""
LOOK_AGAIN_S = 1.0
"""Seconds between two looks whether another program is done with a note."""

ChangeFiles = Callable[[FilesWanted | None], FilesWanted | None]


def _log_filed(job: NoteJob, outcome: SavedFile | NoteGenError) -> None:
    if isinstance(outcome, NoteGenError):
        log.warning("the file of %s could not be written: %s", job.template, outcome)


async def _as_it_is(note: Note) -> Note:
    return note


class RunJournal:
    """The runs of this program. Used from the event loop's thread alone.

    A run ends when all its jobs are final and the files asked for are written; runs that still have
    others when the program closes stay open in the library, and are what the next start finds.
    `taken_over` is called for each job that another machine carries out from now on, `filed` with
    what became of a file; one that could not be written is written when the run is resumed. What
    still comes into a note before its file is written is waited for with `settled`.
    """

    def __init__(
        self,
        journal: Journal,
        board: JobBoard,
        waking: Waking,
        queue_order: QueueOrder,
        exporter: Exporter,
        *,
        spool: Spool,
    ) -> None:
        self.taken_over: Callable[[str], object] = lambda _job_id: None
        self.filed: Callable[[NoteJob, SavedFile | NoteGenError], object] = _log_filed
        self.settled: Callable[[Note], Awaitable[Note]] = _as_it_is
        self._exporter = exporter
        self._files: dict[str, FilesWanted] = {}
        self._folders_before: dict[str, Path] = {}
        self._filing: set[asyncio.Task[None]] = set()
        self._journal = journal
        self._spool = spool
        self._board = board
        self._waking = waking
        self._run_of: dict[str, str] = {}
        self._open: dict[str, set[str]] = {}
        self._seen: dict[str, Video] = {}
        """Videos of which more is known than is on record."""
        self._over: dict[str, list[tuple[NoteJob, bool]]] = {}
        """By run, jobs that ended and are not on record yet; and whether each needs no file."""
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
        """Runs that were left behind, newest first. Raises StoreError."""
        return await self._journal.unfinished()

    async def take_over(
        self, run: UnfinishedRun, change: ChangeFiles = lambda files: files
    ) -> bool:
        """Make a run that was left behind this program's own; False if another was quicker.

        Its videos line up as they did, after those that have a place by now. `change` says which
        files are asked for from now on.
        """
        files = change(run.order.files)
        if not await self._journal.take_over(run.id, files=files):
            return False
        requests = list(run.requests)
        if run.order.files:
            await asyncio.to_thread(self._exporter.sweep, Path(run.order.files.folder))
        if files is not None:
            requests += run.unfiled
            if run.order.files and run.order.files.folder != files.folder:
                self._folders_before[run.id] = Path(run.order.files.folder)
        if not requests:  # killed between its last job and its end
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
        """Make the whole sections of a part durable, if they are not those kept before.

        A note that is not in parts is one. `basis` stands for all that they were written from.
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
        """What an earlier attempt, of whichever run, left of a note. Raises StoreError."""
        found = await self._journal.kept(job.id)
        self._kept[job.id] = {p.number: (len(p.draft.sections), p.done) for p in found.drafts}
        return found

    async def claim(self, name: str, *, lease_s: float = LEASE_S) -> bool:
        """Whether this program may write a note now: one, of all on this library, does.

        `name` is the job's id. Raises StoreError.
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
        """Let others write it; a note that is still on its way to the library comes before that."""
        if claim_id := self._claims.pop(name, ""):
            await self._spool.keep("release", claim_id=claim_id)

    async def _undo(self, claiming: asyncio.Task[str]) -> None:
        with suppress(StoreError):
            await self._spool.keep("release", claim_id=await claiming)

    async def flush(self) -> None:
        """Return when everything that happened is in the library."""
        while pending := [*([self._worker] if self._worker else []), *self._filing]:
            await asyncio.wait(pending)

    async def aclose(self) -> None:
        """Leave the unfinished runs as they are, for the next start."""
        for unsubscribe in self._unsubscribe:
            unsubscribe()
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
        await self.flush()

    def leave_open(self) -> None:
        """From now on cancelled jobs count as interrupted: the program is being closed."""
        self._closing = True

    # --- what the board says ---

    def _hear(self, event: BoardEvent) -> None:
        if isinstance(event, VideoSeen) and self._open:  # the next start knows it by its title
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
        """A job is final; where a file is asked for, it is written next."""
        self._kept.pop(job.id, None)
        run_id = self._run_of.pop(job.id, "")
        if not run_id:
            return
        files = self._files.get(run_id) if job.note is not None else None
        over = self._over.setdefault(run_id, [])
        over.append((job, files is None))
        if len(over) == 1:
            self._later(lambda: self._ended(run_id))
        if files is not None:
            task = asyncio.create_task(self._file(run_id, job, files), name="file")
            self._filing.add(task)
            task.add_done_callback(self._filing.discard)

    async def _ended(self, run_id: str) -> None:
        """What ended since the last time, in one transaction."""
        over = self._over.pop(run_id)
        if run_id not in self._open:
            return  # another machine's by now
        changed = tuple(_bare(job) for job, _ in over)
        await self._spool.keep("job_changed", run_id=run_id, jobs=changed)
        await self._close(run_id, *(job.id for job, is_all in over if is_all))

    async def _file(self, run_id: str, job: NoteJob, files: FilesWanted) -> None:
        """In a thread: a PDF takes a moment, and other notes are being written meanwhile.

        A kill before the file is on record has it written again, and found to be there.
        """
        assert job.note is not None
        try:
            note = await self.settled(job.note)
            saved = await asyncio.to_thread(self._save, note, run_id, files)
            self._later(lambda: self._filed(run_id, job.id, saved))
            self.filed(job, saved)
        except NoteGenError as error:
            self.filed(job, error)
        except Exception:
            log.exception("a file could not be written")
            self.filed(job, Unexpected())

    def _save(self, note: Note, run_id: str, files: FilesWanted) -> SavedFile:
        """One file: one that was written elsewhere, but is not on record, is not missing."""
        wanted = (files.format, files.level)
        if (before := self._folders_before.get(run_id)) is not None:
            found = self._exporter.find_in_tree(note, before, *wanted)
            if found is not None:
                return SavedFile(found, is_new=False)
        return self._exporter.save_to_tree(note, Path(files.folder), *wanted)

    async def _filed(self, run_id: str, job_id: str, saved: SavedFile) -> None:
        await self._spool.keep("file_written", run_id=run_id, job_id=job_id, path=str(saved.path))
        await self._close(run_id, job_id)

    async def forgo(self, job_id: str) -> None:
        """A note that is no more in the library: there is no file to wait for."""
        if run_id := self._run_of.pop(job_id, ""):
            await self._close(run_id, job_id)

    async def _close(self, run_id: str, *job_ids: str) -> None:
        """All of these jobs is done; with the last one, so is its run."""
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
        """The queue has another order, stands still or moves again: the next start finds it so."""
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
        """Write in the order in which things happened, without holding up the board."""
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
        """Renew the leases of these runs, so that no other machine takes them over."""
        while self._open:
            await self._waking.sleep(RENEW_S)
            for run_id in tuple(self._open):
                try:
                    if not await self._journal.keep_alive(run_id, lease_s=LEASE_S):
                        self._give_up(run_id)
                except StoreError as error:
                    log.warning("a run could not be renewed: %s", error)
        self._heart = None

    def _give_up(self, run_id: str) -> None:
        """Another machine has the run now: what happens to its jobs here is no part of it."""
        for job_id in self._open.pop(run_id, ()):
            self._run_of.pop(job_id, None)
            self._kept.pop(job_id, None)
            self.taken_over(job_id)


def _bare(job: NoteJob) -> NoteJob:
    """What the journal keeps of a job: its note and its text are kept elsewhere."""
    return replace(job, note=None, draft=Draft())


# --- The queue as people handle it ---


@dataclass(slots=True, eq=False)
class Queue:
    """Fulfils `ports.JobQueue`. `resume_runs` is `Runner.resume`, `forget_sent` its namesake."""

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

    async def take_up(self) -> tuple[NoteJob, ...]:
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
    """Whether a run is taken up unasked: it waits in a paused queue, or over night."""
    return run.paused or run.order.overnight
