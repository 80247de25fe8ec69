"""Batches: many requests that a service answers within a day, at half the price."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from notegen_desktop.domain.errors import NoteGenError

from .writers import Assignment, Writing


class BatchState(StrEnum):
    UNDER_WAY = "under way"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the service tells of it.

    `answers` are the service's own, each with the key of its request, in the order of the requests;
    some services leave out the keys. `ended_at` is seconds since the epoch, 0 if it is not said.
    `words` say why it failed, "" if they do not.
    """

    state: BatchState
    answers: tuple[tuple[str, Any], ...] = ()
    ended_at: float = 0.0
    words: str = ""

    def answer_to(self, key: str, position: int) -> Any:
        """The answer to a request by its key or, where none is said, by its place; None if there is
        none."""
        if any(said for said, _ in self.answers):
            return next((answer for said, answer in self.answers if said == key), None)
        return self.answers[position][1] if position < len(self.answers) else None


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One request as it goes into a batch: its model, its body, and how long that is in bytes."""

    model: str
    body: Mapping[str, Any]
    size: int


class BatchWriter(Protocol):
    """Sends batches and fetches what came of them; retries nothing by itself.

    What asks the service raises WriterError, NetworkUnreachable or TimedOut.
    """

    def account(self) -> str:
        """Stands for the key, without telling anything of it. Raises KeyMissing or KeyRejected."""
        ...

    async def compose(self, assignment: Assignment) -> BatchRequest:
        """Sends nothing. Raises WriterError for what cannot be asked for."""
        ...

    async def send(self, title: str, model: str, bodies: Mapping[str, Mapping[str, Any]]) -> str:
        """Have these, by key, answered as one batch of this title; returns the service's own name.

        After ServiceUnavailable, TimedOut or AnswerUnusable it may have been taken all the same.
        """
        ...

    async def find(self, title: str) -> list[str]:
        """The names of the batches of this title: none, one, or more."""
        ...

    async def look(self, name: str) -> Batch | None:
        """How a batch stands; None if there is none of this name, for this key."""
        ...

    async def cancel(self, name: str) -> None:
        """What is written of it by now stays."""
        ...

    def read(self, assignment: Assignment, answer: Any) -> tuple[Writing, NoteGenError | None]:
        """What the service's answer to a request holds, and why that is no whole note, if so."""
        ...

    async def aclose(self) -> None: ...
