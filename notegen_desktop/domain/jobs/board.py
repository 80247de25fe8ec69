"""The job board: the only mutable state of a session.

`apply` and its siblings change it: they check the transition, replace the frozen job and publish
it. A late listener first receives everything present. Jobs are found by id, never by index, and
their order of finishing is data (`finish_rank`). The cost of an event does not grow with the number
of jobs.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from notegen_desktop.domain.errors import failure_of
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.listeners import Listeners
from notegen_desktop.domain.notes.note import Draft, Note

from .job import LEGAL_MOVES, NoteJob, NoteRequest, Stage, Status, Tally

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class VideoSeen:
    """A video was added to the board, or its details changed."""

    video: Video


@dataclass(frozen=True, slots=True)
class JobAdded:
    job: NoteJob


@dataclass(frozen=True, slots=True)
class JobChanged:
    """A job changed, or a new attempt began."""

    job: NoteJob


@dataclass(frozen=True, slots=True)
class TextGrew:
    """The draft of a job grew. `section` counts from 1; `chars` is the length of the whole
    draft."""

    job: NoteJob
    section: int
    chars: int


@dataclass(frozen=True, slots=True)
class JobRemoved:
    job: NoteJob


BoardEvent = VideoSeen | JobAdded | JobChanged | TextGrew | JobRemoved
Listener = Callable[[BoardEvent], None]


class JobBoard:
    """All videos and jobs of this session. Used from the event loop's thread only.

    `clock` returns seconds since the epoch; tests inject their own.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._videos: dict[str, Video] = {}
        self._jobs: dict[str, NoteJob] = {}
        self._by_video: dict[str, dict[str, NoteJob]] = {}
        self._active: dict[str, NoteJob] = {}
        self.tally = Tally()
        self._removed: dict[str, int] = {}
        self._listeners: Listeners[BoardEvent] = Listeners()
        self._next_rank = 1

    # --- reading ---

    def __iter__(self) -> Iterator[NoteJob]:
        return iter(tuple(self._jobs.values()))

    def __len__(self) -> int:
        return len(self._jobs)

    def __contains__(self, job_id: str) -> bool:
        return job_id in self._jobs

    def job(self, job_id: str) -> NoteJob:
        """Return the job of that id. Raises KeyError if it was never added."""
        return self._jobs[job_id]

    def video(self, video_id: str) -> Video:
        """Return the video of that id. Raises KeyError if it was never added."""
        return self._videos[video_id]

    def videos(self) -> tuple[Video, ...]:
        return tuple(self._videos.values())

    def has_video(self, video_id: str) -> bool:
        return video_id in self._videos

    def jobs_of(self, video_id: str) -> tuple[NoteJob, ...]:
        return tuple(self._by_video.get(video_id, {}).values())

    def is_active(self, video_id: str) -> bool:
        """Return True if any job of this video is under way."""
        return any(not job.is_final for job in self.jobs_of(video_id))

    def finished(self) -> tuple[NoteJob, ...]:
        """Return final jobs in the order in which they finished."""
        ranked = [(job.finish_rank, job) for job in self if job.finish_rank is not None]
        return tuple(job for _, job in sorted(ranked, key=lambda pair: pair[0]))

    @property
    def active(self) -> tuple[NoteJob, ...]:
        return tuple(self._active.values())

    @property
    def overall_progress(self) -> float:
        """Return the mean progress of all jobs; a failed or cancelled job is over, so it counts
        1."""
        if not self._jobs:
            return 0.0
        return (len(self._jobs) - self.tally.active + self.tally.progress) / len(self._jobs)

    # --- changing ---

    def put_video(self, video: Video) -> None:
        if self._videos.get(video.id) != video:
            self._videos[video.id] = video
            self._listeners.tell(VideoSeen(video))

    def add(self, request: NoteRequest) -> NoteJob:
        """Return the job for this request, added as pending if it is new."""
        job = self._jobs.get(request.job_id)
        if job is None:
            attempt = self._removed.pop(request.job_id, 0) + 1
            job = NoteJob(request, attempt=attempt, created_at=self._clock())
            self._put(job)
            self._listeners.tell(JobAdded(job))
        return job

    def apply(
        self,
        job_id: str,
        *,
        attempt: int,
        status: Status | None = None,
        stage: Stage | None = None,
        progress: float | None = None,
        **facts: Any,
    ) -> bool:
        """Change a job; return False, without a change, if it is final or on another attempt.

        Progress never falls within an attempt and is 1.0 exactly when complete. `facts` are other
        fields of `NoteJob`, such as `failure` or `note`. Raises KeyError for an unknown job and
        ValueError for an illegal transition.
        """
        job = self._jobs[job_id]
        if job.attempt != attempt or job.is_final:
            return False
        target = status or job.status
        if target not in LEGAL_MOVES[job.status]:
            raise ValueError(f"a job cannot go from {job.status} to {target}")
        if target is Status.COMPLETE and facts.get("note") is None:
            raise ValueError("a job is complete with its note")
        if target is Status.ERROR and facts.get("failure") is None:
            raise ValueError("a job fails with its reason")
        now = self._clock()
        changes: dict[str, Any] = {"status": target, **facts}
        if stage is not None:
            changes["stage"] = stage
            if stage is not Stage.WAITING:
                changes.setdefault("wait_until", None)
                changes.setdefault("wait_reason", "")
        if target is Status.COMPLETE:
            changes["progress"] = 1.0
        elif progress is not None:
            changes["progress"] = max(job.progress, min(progress, 0.99))
        if target is not Status.PENDING and job.started_at is None:
            changes["started_at"] = now
        if target.is_final:
            changes.update(finished_at=now, finish_rank=self._next_rank)
            changes.update(wait_until=None, wait_reason="")
            self._next_rank += 1
        new = replace(job, **changes)
        if new == job:
            return True
        self._put(new)
        self._listeners.tell(JobChanged(new))
        return True

    def grow(self, job_id: str, *, attempt: int, draft: Draft, progress: float) -> bool:
        """Replace the draft by a longer one; False if the job is final or on another attempt."""
        job = self._jobs[job_id]
        if job.attempt != attempt or job.is_final:
            return False
        progress = max(job.progress, min(progress, 0.99))
        new = replace(job, draft=draft, progress=progress)
        self._put(new)
        self._listeners.tell(TextGrew(new, section=len(draft.sections), chars=draft.chars))
        return True

    def fail(self, job_id: str, *, attempt: int, error: BaseException) -> bool:
        """End a job with its error as a readable failure; other jobs are not touched."""
        return self.apply(job_id, attempt=attempt, status=Status.ERROR, failure=failure_of(error))

    def complete(self, job_id: str, *, attempt: int, note: Note) -> bool:
        return self.apply(job_id, attempt=attempt, status=Status.COMPLETE, note=note)

    def revise(self, note: Note) -> None:
        """Replace a changed note in the finished job that shows it."""
        for job in self:
            if job.note is not None and note.id and job.note.id == note.id and job.note != note:
                new = replace(job, note=note)
                self._put(new)
                self._listeners.tell(JobChanged(new))

    def cancel(self, job_id: str) -> bool:
        """Cancel the attempt under way; False if it was over already."""
        job = self._jobs[job_id]
        return self.apply(job_id, attempt=job.attempt, status=Status.CANCELLED)

    def retry(self, job_id: str) -> NoteJob | None:
        """Begin a new attempt of a final job, pending again; None if it is still under way."""
        job = self._jobs[job_id]
        if not job.is_final:
            return None
        new = NoteJob(job.request, attempt=job.attempt + 1, created_at=self._clock())
        self._put(new)
        self._listeners.tell(JobChanged(new))
        return new

    def remove(self, job_id: str) -> bool:
        """Take a final job off the board; False if it is still under way."""
        job = self._jobs[job_id]
        if not job.is_final:
            return False
        del self._jobs[job_id]
        self.tally.replace(job, None)
        rest = self._by_video[job.video_id]
        del rest[job_id]
        self._removed[job_id] = job.attempt  # late events of this job must not reach its successor
        if not rest:
            del self._by_video[job.video_id]
            self._videos.pop(job.video_id, None)
        self._listeners.tell(JobRemoved(job))
        return True

    def put_back(self, job: NoteJob, video: Video) -> bool:
        """Undo `remove`; False if the same job is on the board again."""
        if job.id in self._jobs:
            return False
        self._removed.pop(job.id, None)
        self._videos.setdefault(video.id, video)
        self._listeners.tell(VideoSeen(self._videos[video.id]))
        self._put(job)
        self._listeners.tell(JobAdded(job))
        return True

    def _put(self, job: NoteJob) -> None:
        """Store the newest state of a job in all indexes."""
        self.tally.replace(self._jobs.get(job.id), job)
        self._jobs[job.id] = job
        self._by_video.setdefault(job.video_id, {})[job.id] = job
        if job.is_final:
            self._active.pop(job.id, None)
        else:
            self._active[job.id] = job

    # --- listening ---

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Call `listener` with everything present and then with every change.

        Returns the function that unsubscribes it. A listener's exception is logged, never raised.
        """
        for video in self._videos.values():
            self._listeners.tell_one(listener, VideoSeen(video))
        for job in self:
            self._listeners.tell_one(listener, JobAdded(job))
        return self._listeners.add(listener)
