"""Fake batch service on a controllable clock; it outlives the programs under test."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.domain.notes.note import Draft, Usage
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.ports import Assignment, Batch, BatchRequest, BatchState, Writing

from .writing import Plan, title_of

USAGE = Usage(requests=1, input_tokens=1_000_000, output_tokens=100_000)


@dataclass
class Taken:
    """A batch as stored by the service."""

    title: str
    keys: tuple[str, ...]
    at: float
    state: BatchState = BatchState.UNDER_WAY
    cancelled: bool = False


@dataclass
class ScriptedBatches:
    """Implements `BatchWriter`. A batch is done `seconds` after it was sent.

    `before` and `after` are called on sending, before and after the batch is stored: they may
    raise, or never return. `plan` returns the note to write, `refuse` maps keys to errors. `ends`
    is the final state of a batch. Without `keyed`, answers have no keys.
    """

    clock: Clock
    seconds: float = 3 * 3600.0
    before: Callable[[], Any] = lambda: None
    after: Callable[[], Any] = lambda: None
    plan: Callable[[Assignment], Plan] = lambda _: Plan()
    refuse: dict[str, NoteGenError] = field(default_factory=dict)
    ends: BatchState = BatchState.SUCCEEDED
    keyed: bool = True
    key: str = "a key"
    size: int = 1000
    away: NoteGenError | None = None
    taken: dict[str, Taken] = field(default_factory=dict)
    looks: int = 0

    @property
    def keys(self) -> list[str]:
        """Keys of all stored requests, with repetitions."""
        return [key for batch in self.taken.values() for key in batch.keys]

    def account(self) -> str:
        return self.key

    async def compose(self, assignment: Assignment) -> BatchRequest:
        return BatchRequest(assignment.model, {"title": title_of(assignment)}, self.size)

    async def send(self, title: str, model: str, bodies: Mapping[str, Mapping[str, Any]]) -> str:
        del model
        await _done(self.before())
        name = f"batches/{len(self.taken) + 1}"
        self.taken[name] = Taken(title, tuple(bodies), self.clock.time())
        await _done(self.after())
        return name

    async def find(self, title: str) -> list[str]:
        self._answer()
        return [name for name, batch in self.taken.items() if batch.title == title]

    async def look(self, name: str) -> Batch | None:
        self._answer()
        self.looks += 1
        batch = self.taken.get(name)
        if batch is None:
            return None
        if batch.cancelled:
            return Batch(BatchState.CANCELLED, ended_at=batch.at)
        if self.clock.time() < batch.at + self.seconds:
            return Batch(BatchState.UNDER_WAY)
        answers = tuple((key if self.keyed else "", key) for key in batch.keys)
        if self.ends is not BatchState.SUCCEEDED:
            answers = ()
        return Batch(self.ends, answers, batch.at + self.seconds)

    async def cancel(self, name: str) -> None:
        self.taken[name].cancelled = True

    def read(self, assignment: Assignment, answer: Any) -> tuple[Writing, NoteGenError | None]:
        if answer is None:
            return Writing(Draft()), None
        if error := self.refuse.get(answer):
            return Writing(Draft()), error
        plan = self.plan(assignment)
        sections = tuple(plan.section(assignment, n) for n in range(plan.sections))
        writing = Writing(
            Draft(title_of(assignment), sections, whole=True),
            USAGE,
            1.0,
            True,
            model="gemini-3.5-flash-lite",
        )
        if plan.truncated:
            cut = Draft(title_of(assignment), sections[:2])
            writing = replace(writing, draft=cut, truncated=True)
        return writing, plan.error

    async def aclose(self) -> None:
        pass

    def _answer(self) -> None:
        if self.away is not None:
            raise self.away


async def _done(result: Any) -> None:
    if asyncio.iscoroutine(result):
        await result


class Hang:
    """A request that hangs until its program ends; `reached` waits until it was called."""

    def __init__(self) -> None:
        self._begun = asyncio.Event()

    async def __call__(self) -> None:
        self._begun.set()
        await asyncio.Event().wait()

    async def reached(self, _program: object) -> None:
        await self._begun.wait()
