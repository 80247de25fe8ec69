"""The queue as people handle it: pause it, put videos first, take up what an earlier run left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from notegen_desktop.domain.jobs import NoteJob
from notegen_desktop.services.ports import Journal

from .lineup import Lineup


class Resumes(Protocol):
    """Of the runner, what is needed here."""

    async def resume(self, *, only_paused: bool = False) -> tuple[NoteJob, ...]: ...


class Queue:
    """Fulfils `ports.JobQueue`. Used from the event loop's thread alone."""

    def __init__(self, runner: Resumes, lineup: Lineup, journal: Journal) -> None:
        self._runner = runner
        self._lineup = lineup
        self._journal = journal

    @property
    def paused(self) -> bool:
        return self._lineup.paused

    def pause(self) -> None:
        self._lineup.pause()

    def go_on(self) -> None:
        self._lineup.go_on()

    def reorder(self, video_ids: Sequence[str]) -> None:
        self._lineup.put(video_ids)

    async def take_up_paused(self) -> tuple[NoteJob, ...]:
        if not any(run.paused for run in await self._journal.unfinished()):
            return ()
        self._lineup.pause()
        return await self._runner.resume(only_paused=True)

    async def unfinished(self) -> int:
        return sum(
            len(run.jobs) + (len(run.unfiled) if run.order.files else 0)
            for run in await self._journal.unfinished()
        )

    async def resume(self) -> tuple[NoteJob, ...]:
        return await self._runner.resume()

    async def discard(self) -> None:
        for run in await self._journal.unfinished():
            if await self._journal.take_over(run.id):
                await self._journal.finish_run(run.id)
