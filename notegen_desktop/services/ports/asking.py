"""The port for questions about videos."""

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
class QuestionSubject:
    """The subject of a question: a stored note, videos by their links or, in the library, by their
    ids; with none of these, all videos of the library."""

    note_id: str = ""
    links: tuple[Link, ...] = ()
    video_ids: tuple[str, ...] = ()

    @property
    def is_library(self) -> bool:
        """Return True if the subject is all videos of the library."""
        return not (self.note_id or self.links or self.video_ids)

    @property
    def key(self) -> str:
        """Return the key of the conversation about this subject."""
        if self.note_id:
            return f"note {self.note_id}"
        return " ".join(("videos", *sorted((*(link.key for link in self.links), *self.video_ids))))


class Asking(Protocol):
    """Answers questions from the transcripts of videos."""

    async def estimate(
        self,
        asked: QuestionSubject,
        question: str = "",
        *,
        earlier: Sequence[Exchange] = (),
        engine: Engine = Engine.AUTO,
        model: str = "",
    ) -> Estimate:
        """Return the estimate of one answer, before anything is sent; without a question, of one of
        usual length. Raises as `ask` does."""
        ...

    async def ask(
        self,
        asked: QuestionSubject,
        question: str,
        *,
        earlier: Sequence[Exchange] = (),
        engine: Engine = Engine.AUTO,
        model: str = "",
        estimated: Callable[[Estimate], None] = lambda _: None,
        grew: Callable[[str], None] = lambda _: None,
        waiting: Callable[[str], None] = lambda _: None,
    ) -> Exchange:
        """Answer a question with the first able engine of the user's order; an exchange returned
        with an id is stored in the library.

        `earlier` is the conversation so far. `estimated` is called with the estimate before
        anything is sent; `grew` with the growing answer, whose timestamps are not checked yet, and
        with "" when it starts again; `waiting` with the reason for a wait, "" when it is over.
        Cancelling closes the connection at once and stores nothing. Raises UsageError for an empty
        question, NoteMissing, NothingThere if the library has no matching passage, SourceError,
        WriterError, BudgetExceeded, NetworkUnreachable or TimedOut.
        """
        ...

    async def conversation(self, asked: QuestionSubject) -> list[Exchange]:
        """Return earlier exchanges about the same subject, the oldest first. Raises StoreError."""
        ...

    async def forget(self, exchange_id: str) -> None:
        """Delete a question with its answer. Raises StoreError."""
        ...


class QuestionStore(Protocol):
    """Questions with their answers. Every method is durable when it returns; raises StoreError."""

    async def put(self, key: str, note_id: str, exchange: Exchange) -> Exchange:
        """Store an exchange under the key of its subject; return it with its id. It is deleted
        together with its note, if any."""
        ...

    async def all(self, key: str) -> list[Exchange]:
        """Return the exchanges of a subject, the oldest first."""
        ...

    async def delete(self, exchange_id: str) -> None: ...

    async def sources(self, words: Sequence[str], *, limit: int) -> list[tuple[Video, Transcript]]:
        """Return videos whose notes or transcripts contain any of the words, the likeliest
        first."""
        ...
