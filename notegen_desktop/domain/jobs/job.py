"""A job: one template for one video. Frozen; the board replaces it on each change."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.notes.note import Draft, Engine, Mode, Note


class Status(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETE = "complete"
    ERROR = "error"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self in FINAL


class Stage(StrEnum):
    """The step a job is in, finer than its status. `WAITING`: for a limit or the network."""

    QUEUED = "queued"
    READING = "reading"
    WRITING = "writing"
    CHECKING = "checking"
    SAVING = "saving"
    WAITING = "waiting"


FINAL = frozenset({Status.COMPLETE, Status.ERROR, Status.CANCELLED})

LEGAL_MOVES: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.PENDING, Status.PROCESSING, *FINAL}),
    Status.PROCESSING: frozenset({Status.PROCESSING, *FINAL}),
    Status.COMPLETE: frozenset(),
    Status.ERROR: frozenset(),
    Status.CANCELLED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class NoteRequest:
    """The request for a note, which identifies a job: equal requests have the same `job_id`.

    With `again` (`RewriteScope.text`), a stored note, or a part of it, is rewritten.
    """

    video_id: str
    template: str
    mode: Mode
    engine: Engine
    model: str
    language: str
    wish: str = ""
    again: str = ""

    job_id: str = field(default="", init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        parts = [self.video_id, self.template, self.mode, self.engine, self.model, self.language]
        # the id of a job without a wish is that of earlier versions
        parts += [self.wish] if self.wish else []
        parts += ["again", self.again] if self.again else []
        told = "\x1f".join(parts).encode("utf-8", "replace")
        object.__setattr__(self, "job_id", hashlib.sha256(told).hexdigest()[:12])


@dataclass(frozen=True, slots=True)
class NoteJob:
    """One attempt at one note. Times are seconds since the epoch.

    `finish_rank` counts finished jobs of the session from 1 and orders the tabs. `wait_until` is
    set while the job waits until a known time; `wait_reason` is the reason as text.
    `review_failure` is the reason why a note's review is not complete, though the note is.
    """

    request: NoteRequest
    status: Status = Status.PENDING
    stage: Stage = Stage.QUEUED
    progress: float = 0.0
    attempt: int = 1
    created_at: float = 0.0
    started_at: float | None = None
    finished_at: float | None = None
    finish_rank: int | None = None
    wait_until: float | None = None
    wait_reason: str = ""
    failure: Failure | None = None
    draft: Draft = field(default_factory=Draft)
    note: Note | None = None
    review_failure: Failure | None = None

    @property
    def id(self) -> str:
        return self.request.job_id

    @property
    def video_id(self) -> str:
        return self.request.video_id

    @property
    def template(self) -> str:
        return self.request.template

    @property
    def is_final(self) -> bool:
        return self.status.is_final

    @property
    def from_library(self) -> bool:
        """Return True if the note was already in the library, and cost nothing."""
        return self.status is Status.COMPLETE and self.stage is not Stage.SAVING

    @property
    def can_retry(self) -> bool:
        return self.status in (Status.ERROR, Status.CANCELLED)


class Tally:
    """Counts jobs by status, updated with every change, so that a long queue is never recounted."""

    def __init__(self, jobs: Iterable[NoteJob] = ()) -> None:
        self._of: Counter[Status] = Counter()
        self.from_library = 0
        self.progress = 0.0
        """Sum of the progress of jobs under way; a half-done job counts 0.5."""
        for job in jobs:
            self.replace(None, job)

    def replace(self, before: NoteJob | None, after: NoteJob | None) -> None:
        """Count a job that was added, changed or removed."""
        for job, sign in ((before, -1), (after, 1)):
            if job is not None:
                self._of[job.status] += sign
                self.from_library += sign * job.from_library
                if not job.is_final:
                    self.progress += sign * job.progress
        if not self.active:
            self.progress = 0.0  # drop accumulated rounding errors

    def of(self, status: Status) -> int:
        return self._of[status]

    @property
    def total(self) -> int:
        return self._of.total()

    @property
    def active(self) -> int:
        """Return the number of jobs under way."""
        return self._of[Status.PENDING] + self._of[Status.PROCESSING]
