"""Journal and ledger in memory, for tests without threads and disk."""

from __future__ import annotations

import itertools
from collections import Counter as Counts
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest, Status
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Note, PartDraft
from notegen_desktop.services.ports import (
    Counter,
    FilesWanted,
    KeptDraft,
    Limit,
    Order,
    RequestRecord,
    Reservation,
    SentRequest,
    UnfinishedRun,
    UsageRow,
)

from .store import MemoryStore


class Alone:
    """Implements `ports.Holder`: no other process has ever run."""

    token = "machine.this"

    def alive(self, token: str) -> bool | None:
        return token == self.token


@dataclass
class MemoryJournal:
    """Records the calls. `left` are the unfinished runs of a killed process."""

    left: tuple[UnfinishedRun, ...] = ()
    runs: dict[str, list[str]] = field(default_factory=dict)
    finished: list[str] = field(default_factory=list)
    renewed: list[str] = field(default_factory=list)
    taken_over: set[str] = field(default_factory=set)
    drafts: dict[str, Draft] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    part_drafts: dict[str, dict[int, PartDraft]] = field(default_factory=dict)
    bases: dict[str, tuple[int, str]] = field(default_factory=dict)
    claimed_elsewhere: set[str] = field(default_factory=set)
    released: list[str] = field(default_factory=list)
    requests_sent: dict[str, SentRequest] = field(default_factory=dict)

    async def put_sent(self, *sent: SentRequest) -> None:
        self.requests_sent |= {each.key: each for each in sent}

    async def sent(self, *, job_id: str = "", batch: str = "") -> list[SentRequest]:
        found = self.requests_sent.values()
        return [each for each in found if each.batch == batch or (job_id and each.job_id == job_id)]

    async def drop_sent(self, *keys: str) -> None:
        for key in keys:
            self.requests_sent.pop(key, None)

    async def begin_run(
        self, order: Order, jobs: Sequence[NoteJob] = (), *, videos: Sequence[Video] = ()
    ) -> str:
        del order, videos
        run_id = f"run{len(self.runs) + 1}"
        self.runs[run_id] = [job.id for job in jobs]
        return run_id

    async def video_seen(self, *videos: Video) -> None:
        del videos

    async def job_changed(self, run_id: str, *jobs: NoteJob) -> None:
        assert run_id in self.runs, "a run that was never begun"
        assert run_id not in self.finished, "a change after the run was over"
        assert all(job.id in self.runs[run_id] for job in jobs)
        for job in jobs:
            if job.status is Status.COMPLETE:
                self.bases.pop(job.id, None)
                self.part_drafts.pop(job.id, None)

    async def save_draft(
        self,
        run_id: str,
        job: NoteJob,
        draft: Draft,
        *,
        part: int = 0,
        parts: int = 1,
        done: bool = False,
        basis: str = "",
    ) -> None:
        assert run_id not in self.finished
        assert 0 <= part < parts
        self.drafts[job.id] = draft
        self.part_drafts.setdefault(job.id, {})[part] = PartDraft(part, draft, done)
        self.bases[job.id] = (parts, basis)

    async def kept(self, job_id: str) -> KeptDraft:
        parts, basis = self.bases.get(job_id, (0, ""))
        return KeptDraft(parts, tuple(self.part_drafts.get(job_id, {}).values()), basis)

    async def file_written(self, run_id: str, job_id: str, path: str) -> None:
        assert run_id not in self.finished
        assert job_id in self.runs[run_id]
        self.files[job_id] = path

    async def claim(self, name: str, *, lease_s: float = 120.0) -> str:
        del lease_s
        return "" if name in self.claimed_elsewhere else name

    async def release(self, claim_id: str) -> None:
        self.released.append(claim_id)

    async def finish_run(self, run_id: str) -> None:
        self.finished.append(run_id)

    async def keep_alive(self, run_id: str, *, lease_s: float = 120.0) -> bool:
        del lease_s
        self.renewed.append(run_id)
        return run_id not in self.taken_over

    async def save_queue_order(
        self, run_ids: Sequence[str], video_ids: Sequence[str], *, paused: bool
    ) -> None:
        assert not set(run_ids) & set(self.finished)
        del video_ids, paused

    async def unfinished(self) -> list[UnfinishedRun]:
        return list(self.left)

    async def take_over(self, run_id: str, *, files: FilesWanted | None = None) -> bool:
        del files
        self.runs[run_id] = [r.job_id for run in self.left for r in run.requests]
        return bool(self.left)


@dataclass
class MemoryLedger:
    """Stores requests, reservations of each budget and settled costs."""

    requests: list[RequestRecord] = field(default_factory=list)
    settled: dict[str, float] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self._used: dict[Limit, float] = {}
        self._held: dict[str, tuple[float, tuple[Limit, ...]]] = {}

    async def record(self, request: RequestRecord) -> None:
        self.requests.append(request)

    async def answered(self, since: float) -> dict[str, int]:
        counts: Counts[str] = Counts()
        for record in self.requests:
            if record.at >= since and record.outcome not in ("rate_limited", "quota_exhausted"):
                counts[record.model] += record.usage.requests
        return counts

    async def usage(self, *, since: str = "", until: str = "") -> list[UsageRow]:
        del since, until
        return []

    async def correction(self, *, template: str, model: str) -> float | None:
        del template, model
        return None

    async def reserve(
        self,
        amount: float,
        limits: Sequence[Limit],
        *,
        lease_s: float,
        reservation_id: str = "",
    ) -> Reservation:
        del lease_s
        for limit in limits:
            left = limit.amount - self._used.get(limit, 0.0)
            if amount > left + 1e-9:
                held = sum(usd for usd, of in self._held.values() if limit in of)
                return Reservation(refused=limit, left=left, held=held)
        reservation_id = reservation_id or f"reservation{next(self._numbers)}"
        self._held[reservation_id] = (amount, tuple(limits))
        self._book(limits, amount)
        return Reservation(reservation_id)

    def _book(self, limits: Sequence[Limit], amount: float) -> None:
        for limit in limits:
            self._used[limit] = self._used.get(limit, 0.0) + amount

    async def settle(self, reservation_id: str, actual: float) -> None:
        self.settled[reservation_id] = actual
        held, limits = self._held.pop(reservation_id, (0.0, ()))
        self._book(limits, actual - held)

    async def counters(self) -> list[Counter]:
        return [
            Counter(limit.owner, limit.period, used, 0.0, limit.amount)
            for limit, used in self._used.items()
        ]

    async def remember(self, key: str, value: Any, *, until: float | None = None) -> None:
        del until
        self.facts[key] = value

    async def recall(self, key: str, default: Any = None) -> Any:
        return self.facts.get(key, default)

    async def forget(self, key: str) -> None:
        self.facts.pop(key, None)


class FailingStore(MemoryStore):
    """Raises each of `failures` once instead of saving, and `down` while it is set."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[Exception] = []
        self.down: Exception | None = None

    async def save(self, note: Note, request: NoteRequest, *, fingerprint: str = "") -> Note:
        if self.failures:
            raise self.failures.pop(0)
        if self.down is not None:
            raise self.down
        return await super().save(note, request, fingerprint=fingerprint)
