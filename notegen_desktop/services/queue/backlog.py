"""Limits how many of thousands of waiting jobs are under way: a few dozen.

The others are plain data, so the cost of an event does not grow with the queue. Jobs start in the
order of videos, so videos are finished one after the other.
"""

from __future__ import annotations

import asyncio
import heapq
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.services.pacing.queue_order import QueueOrder

MIN_UNDER_WAY = 64
PER_REQUEST = 8
"""Jobs under way for each request that may run at once: enough to always have one to send, even if
most notes are found in the library."""


@dataclass(slots=True, eq=False)
class _Batch:
    """Jobs of one video that were submitted together."""

    queue: _ModelQueue
    video_id: str
    number: int
    jobs: dict[str, NoteJob] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _ModelQueue:
    """The jobs of one engine and model; queues of different models do not wait for each other."""

    waiting: list[tuple[int, int, _Batch]] = field(default_factory=list)
    """A heap: by place in the queue order, then by order of submission."""
    under_way: dict[str, _Batch] = field(default_factory=dict)


class Backlog:
    """Calls `begin` for each job when it may start. `at_once` returns how many requests may run at
    once.

    Used from the event loop's thread only.
    """

    def __init__(
        self, queue_order: QueueOrder, begin: Callable[[NoteJob], None], at_once: Callable[[], int]
    ) -> None:
        self._queue_order = queue_order
        self._begin = begin
        self._at_once = at_once
        self._queues: dict[tuple[str, str], _ModelQueue] = {}
        self._batch_of: dict[str, _Batch] = {}
        """Job id to batch, for each job that waits or is under way."""
        self._next_number = 0
        queue_order.subscribe(self._reordered)

    def __contains__(self, job_id: str) -> bool:
        """Return True if the job waits or is under way."""
        return job_id in self._batch_of

    def put(self, jobs: Iterable[NoteJob]) -> None:
        """Queue jobs behind those queued before; the jobs of a video start together."""
        batches: dict[tuple[str, str, str], _Batch] = {}
        for job in jobs:
            kind = (job.request.engine, job.request.model)
            key = (*kind, job.video_id)
            if key not in batches:
                queue = self._queues.setdefault(kind, _ModelQueue())
                batches[key] = _Batch(queue, job.video_id, self._next_number)
                self._next_number += 1
            batches[key].jobs[job.id] = job
            self._batch_of[job.id] = batches[key]
        for batch in batches.values():
            heapq.heappush(batch.queue.waiting, (*self._rank(batch), batch))
        for queue in {id(batch.queue): batch.queue for batch in batches.values()}.values():
            self._fill(queue)

    def leave(self, job_id: str) -> None:
        """Remove a job that has ended or was cancelled; another may start in its place."""
        batch = self._batch_of.pop(job_id, None)
        if batch is not None:
            batch.jobs.pop(job_id, None)
            batch.queue.under_way.pop(job_id, None)
            self._fill(batch.queue)

    def clear(self) -> None:
        """Remove all jobs that have not started."""
        for queue in self._queues.values():
            for *_, batch in queue.waiting:
                for job_id in batch.jobs:
                    del self._batch_of[job_id]
            queue.waiting.clear()

    def step_aside(self, job_id: str) -> None:
        """Free a job's slot while it does long work that needs no request; another job may
        start."""
        batch = self._batch_of.get(job_id)
        if batch is not None and batch.queue.under_way.pop(job_id, None) is not None:
            self._fill(batch.queue)

    def come_back(self, job_id: str) -> None:
        """End `step_aside`."""
        batch = self._batch_of.get(job_id)
        if batch is not None:
            batch.queue.under_way[job_id] = batch

    def _rank(self, batch: _Batch) -> tuple[int, int]:
        return self._queue_order.place(batch.video_id), batch.number

    def _reordered(self) -> None:
        for queue in self._queues.values():
            queue.waiting = [(*self._rank(batch), batch) for *_, batch in queue.waiting]
            heapq.heapify(queue.waiting)
            self._fill(queue)

    def _fill(self, queue: _ModelQueue) -> None:
        """Start jobs up to the limit; a batch ranked before all under way does not wait for
        them."""
        limit = max(MIN_UNDER_WAY, PER_REQUEST * self._at_once())
        while queue.waiting:
            place, number, batch = queue.waiting[0]
            ahead = sum(self._rank(other) < (place, number) for other in queue.under_way.values())
            if batch.jobs and ahead >= limit:
                return
            heapq.heappop(queue.waiting)
            jobs, batch.jobs = batch.jobs, {}
            queue.under_way |= dict.fromkeys(jobs, batch)
            for job in jobs.values():
                self._begin(job)


# --- Long work in the loop's thread ---

MIN_STEPS = 100
"""Minimum steps done at once, so that short work is never split."""
SLICE_S = 0.02
"""Seconds to hold the event loop at a time: a fifth of the delay that people notice."""


def advance(work: Iterator[object], *, min_steps: int = 1) -> bool:
    """Advance `work` for `SLICE_S` seconds, and `min_steps` steps at least; False when it is
    done."""
    ends = time.monotonic() + SLICE_S
    for number, _ in enumerate(work, start=1):
        if number >= min_steps and time.monotonic() >= ends:
            return True
    return False


async def go_through(work: Iterator[object]) -> None:
    """Run `work` to its end, yielding to the event loop between slices."""
    for _ in iter(partial(advance, work), False):
        await asyncio.sleep(0)
