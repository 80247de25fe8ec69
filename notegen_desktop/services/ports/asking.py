"""Questions about videos, as the widgets and the command line put them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from notegen_desktop.domain.asking.exchange import Exchange
from notegen_desktop.domain.cost.estimate import Estimate
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.domain.text.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Asked:
    """What a question is about: a stored note, videos by their links or, of the library, by their
    ids; with none of these, all videos of the library."""

    note_id: str = ""
    links: tuple[Link, ...] = ()
    video_ids: tuple[str, ...] = ()

    @property
    def is_library(self) -> bool:
        """Whether it is about all videos of the library."""
        return not (self.note_id or self.links or self.video_ids)

    @property
    def key(self) -> str:
        """What the conversation about it is known by."""
        if self.note_id:
            return f"note {self.note_id}"
        return " ".join(("videos", *sorted((*(link.key for link in self.links), *self.video_ids))))


class Asking(Protocol):
    """Answers questions from the words of videos."""

    async def estimate(
        self,
        asked: Asked,
        question: str = "",
        *,
        earlier: Sequence[Exchange] = (),
        engine: Engine = Engine.AUTO,
        model: str = "",
    ) -> Estimate:
        """What one answer will take, before anything is sent; without a question, of one of usual
        length. Raises as `ask` does."""
        ...

    async def ask(
        self,
        asked: Asked,
        question: str,
        *,
        earlier: Sequence[Exchange] = (),
        engine: Engine = Engine.AUTO,
        model: str = "",
        estimated: Callable[[Estimate], None] = lambda _: None,
        grew: Callable[[str], None] = lambda _: None,
        waiting: Callable[[str], None] = lambda _: None,
    ) -> Exchange:
        """Answer a question, by the first engine of the user's order that can; what is returned
        with an id is kept in the library.

        `earlier` is the conversation so far. `estimated` hears what the answer will take before
        anything is sent; `grew` the answer as it grows, with times for places that are not checked
        yet, and "" where it begins anew; `waiting` what is waited for, "" when that is over.
        Cancelling closes the connection at once and keeps nothing. Raises UsageError for an empty
        question, NoteMissing, NothingThere where the library has no words, SourceError,
        WriterError, BudgetExceeded, NetworkUnreachable or TimedOut.
        """
        ...

    async def conversation(self, asked: Asked) -> list[Exchange]:
        """What was asked about the same before, the oldest first. Raises StoreError."""
        ...

    async def forget(self, exchange_id: str) -> None:
        """Delete a question with its answer. Raises StoreError."""
        ...


class QuestionStore(Protocol):
    """Questions with their answers. Every method is durable when it returns; raises StoreError."""

    async def put(self, key: str, note_id: str, exchange: Exchange) -> Exchange:
        """Keep one under what it is about; returns it with its id. It goes with its note, if
        any."""
        ...

    async def all(self, key: str) -> list[Exchange]:
        """The oldest first."""
        ...

    async def delete(self, exchange_id: str) -> None: ...

    async def sources(self, words: Sequence[str], *, limit: int) -> list[tuple[Video, Transcript]]:
        """Videos whose notes or words have any of some words, the likeliest first."""
        ...
