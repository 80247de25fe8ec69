"""Several notes of a video in one answer, for a day whose quota has fewer requests than notes.

Each note stays a job of its own: a job takes its place in the `Combination`, and gets what came of
its note as soon as that is whole. What an answer cannot give is left to requests of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from notegen_desktop.domain.cost import fit_one_answer
from notegen_desktop.domain.jobs import NoteRequest
from notegen_desktop.domain.notes import Draft, Engine

from .asking import Answer, Asker, Watcher
from .joint import Joint, Seat
from .work import Work


class Combination:
    """Jobs of one video, model and language that are to be answered together.

    The request is sent when each of them has taken its place or left. It ends when nobody waits
    for it any more.
    """

    def __init__(self, job_ids: Iterable[str], asker: Asker) -> None:
        self._order = list(job_ids)
        self._awaited = set(self._order)
        self._asker = asker
        self._seats: dict[str, Seat] = {}

    def leave(self, job_id: str) -> None:
        """This job needs no answer from here (any more). Twice is once."""
        if job_id in self._awaited:
            self._awaited.discard(job_id)
            if not self._awaited:
                self._begin()

    async def answer(self, job_id: str, work: Work, watch: Watcher) -> Answer:
        """What came of the note; if it is not complete, the rest is to be asked for by itself.

        Raises what stands against any request: WriterError or NetworkUnreachable.
        """
        saved = work.saved or Draft()
        result: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        seat = Seat(work, watch, Answer(saved), result, saved)
        self._seats[job_id] = seat
        self.leave(job_id)
        try:
            return await seat.result
        finally:
            seat.gone = True
            joint = seat.joint
            if joint is not None and all(s.gone for s in self._seats.values() if s.joint is joint):
                joint.cancel()
                await asyncio.wait([joint])

    def _begin(self) -> None:
        """In the order of the jobs, whichever came first."""
        seated = [self._seats[job_id] for job_id in self._order if job_id in self._seats]
        for seats in _groups([seat for seat in seated if seat.is_open]):
            if len(seats) == 1:
                seats[0].hand_over()
                continue
            joint = asyncio.create_task(Joint(self._asker, seats).write(), name="several notes")
            for seat in seats:
                seat.joint = joint


@dataclass(frozen=True, slots=True)
class Place:
    """One job's place in a combination."""

    combination: Combination
    job_id: str

    async def answer(self, work: Work, watch: Watcher) -> Answer:
        return await self.combination.answer(self.job_id, work, watch)

    def leave(self) -> None:
        self.combination.leave(self.job_id)


def combine(requests: Iterable[NoteRequest], asker: Asker) -> dict[str, Place]:
    """A combination for each video, model and language; the places in them, by job."""
    alike: dict[tuple[str, ...], list[str]] = {}
    for asked in requests:
        if asked.engine is not Engine.OFFLINE:
            key = (asked.video_id, asked.engine, asked.model, asked.language)
            alike.setdefault(key, []).append(asked.job_id)
    places: dict[str, Place] = {}
    for job_ids in alike.values():
        combination = Combination(job_ids, asker)
        places |= {job_id: Place(combination, job_id) for job_id in job_ids}
    return places


def _groups(seats: Iterable[Seat]) -> Iterator[list[Seat]]:
    """Those that begin alike together, as many as fit into one answer."""
    alike: dict[tuple[object, ...], list[Seat]] = {}
    for seat in seats:
        work = seat.work
        key = (work.engine, work.model, work.mode, work.language, work.media)
        alike.setdefault(key, []).append(seat)
    for group in alike.values():
        packed: list[Seat] = []
        for seat in group:
            if packed and not fit_one_answer(s.work.estimate for s in (*packed, seat)):
                yield packed
                packed = []
            packed.append(seat)
        yield packed
