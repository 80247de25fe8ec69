"""Of thousands of jobs that wait, a few dozen are under way: they are read, then wait for a permit.

The others are data alone. What an event costs depends on those under way, however many wait behind
them; and videos are finished one after the other, because they are begun so.
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

LEAST = 64
PER_REQUEST = 8
"""So many jobs are under way at least, and so many for each request that may run at once: enough to
have something to send always, even if most of them are found in the library."""


@dataclass(slots=True, eq=False)
class _Batch:
    """Jobs of one video that were ordered together."""

    line: _Line
    video_id: str
    number: int
    jobs: dict[str, NoteJob] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class _Line:
    """The jobs of one engine and model, which do not wait for those of another."""

    waiting: list[tuple[int, int, _Batch]] = field(default_factory=list)
    """A heap: by place in the queue order, then in the order of asking."""
    under_way: dict[str, _Batch] = field(default_factory=dict)


class Backlog:
    """Calls `begin` for each job when its turn has come. `at_once`: requests that may run at once.

    Used from the event loop's thread alone.
    """

    def __init__(
        self, queue_order: QueueOrder, begin: Callable[[NoteJob], None], at_once: Callable[[], int]
    ) -> None:
        self._queue_order = queue_order
        self._begin = begin
        self._at_once = at_once
        self._lines: dict[tuple[str, str], _Line] = {}
        self._batch_of: dict[str, _Batch] = {}
        """Of each job that waits or is under way."""
        self._next_number = 0
        queue_order.subscribe(self._lined_up)

    def __contains__(self, job_id: str) -> bool:
        """Whether a job waits or is under way."""
        return job_id in self._batch_of

    def put(self, jobs: Iterable[NoteJob]) -> None:
        """Have these begun, those of a video together, after those that were put before."""
        batches: dict[tuple[str, str, str], _Batch] = {}
        for job in jobs:
            kind = (job.request.engine, job.request.model)
            key = (*kind, job.video_id)
            if key not in batches:
                line = self._lines.setdefault(kind, _Line())
                batches[key] = _Batch(line, job.video_id, self._next_number)
                self._next_number += 1
            batches[key].jobs[job.id] = job
            self._batch_of[job.id] = batches[key]
        for batch in batches.values():
            heapq.heappush(batch.line.waiting, (*self._rank(batch), batch))
        for line in {id(batch.line): batch.line for batch in batches.values()}.values():
            self._fill(line)

    def leave(self, job_id: str) -> None:
        """This job is over, or not wanted any more; another may be begun for it."""
        batch = self._batch_of.pop(job_id, None)
        if batch is not None:
            batch.jobs.pop(job_id, None)
            batch.line.under_way.pop(job_id, None)
            self._fill(batch.line)

    def clear(self) -> None:
        """Begin none of those that wait."""
        for line in self._lines.values():
            for *_, batch in line.waiting:
                for job_id in batch.jobs:
                    del self._batch_of[job_id]
            line.waiting.clear()

    def step_aside(self, job_id: str) -> None:
        """A job under way has something long to do that no request waits for: another may begin."""
        batch = self._batch_of.get(job_id)
        if batch is not None and batch.line.under_way.pop(job_id, None) is not None:
            self._fill(batch.line)

    def come_back(self, job_id: str) -> None:
        """The end of `step_aside`."""
        batch = self._batch_of.get(job_id)
        if batch is not None:
            batch.line.under_way[job_id] = batch

    def _rank(self, batch: _Batch) -> tuple[int, int]:
        return self._queue_order.place(batch.video_id), batch.number

    def _lined_up(self) -> None:
        for line in self._lines.values():
            line.waiting = [(*self._rank(batch), batch) for *_, batch in line.waiting]
            heapq.heapify(line.waiting)
            self._fill(line)

    def _fill(self, line: _Line) -> None:
        """Begin those whose turn it is; who was put before all under way does not wait for them."""
        most = max(LEAST, PER_REQUEST * self._at_once())
        while line.waiting:
            place, number, batch = line.waiting[0]
            ahead = sum(self._rank(other) < (place, number) for other in line.under_way.values())
            if batch.jobs and ahead >= most:
                return
            heapq.heappop(line.waiting)
            jobs, batch.jobs = batch.jobs, {}
            line.under_way |= dict.fromkeys(jobs, batch)
            for job in jobs.values():
                self._begin(job)


# --- Long work in the loop's thread ---

LEAST = 100
"""So many steps are done at once in any case: what is short has no second part."""
SLICE_S = 0.02
"""A fifth of what people notice as a stop."""


def advance(work: Iterator[object], *, least: int = 1) -> bool:
    """Go on with `work` for a moment, and for so many steps at least; False when it is done."""
    ends = time.monotonic() + SLICE_S
    for number, _ in enumerate(work, start=1):
        if number >= least and time.monotonic() >= ends:
            return True
    return False


async def go_through(work: Iterator[object]) -> None:
    """Do all of it, with a turn for everybody else in between."""
    for _ in iter(partial(advance, work), False):
        await asyncio.sleep(0)
