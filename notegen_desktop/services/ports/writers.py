"""Writers of notes, and the assignment of one note."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

from notegen_desktop.domain.asking.excerpt import Inquiry
from notegen_desktop.domain.cost.prices import Price, Prices
from notegen_desktop.domain.engines.connection import Connection
from notegen_desktop.domain.errors import NoteGenError, RequestTooLarge
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Engine, Level, Mode, Part, Review, Usage
from notegen_desktop.domain.notes.parts import ANY_LENGTH, PartLimits
from notegen_desktop.domain.notes.review import ReviewItem
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.transcript import Transcript

from .sources import MediaRef


@dataclass(frozen=True, slots=True)
class Assignment:
    """The assignment of one note. `mode` is settled (never `auto`), `language` a BCP 47 tag or "".

    `whole_sections` are finished already, when an interrupted note is completed; `reason` says what
    was wrong with an earlier answer, when it is repeated. Of a long video only `part` is assigned,
    and `transcript` has its words. `media` is the upload of a local file. `wish` is the user's
    instruction, "" for none. `others` are further notes for the same answer, of the same material,
    model, mode, language and wish. With `statements` no note is written: these statements of one
    are judged. With `level` that one alone is assigned, of the sections of `outline` if there is
    one. A `simple` assignment has a template of one section and a prompt for small models.
    `max_output_tokens` is the maximum of the answer, 0 for the model's own limit.
    """

    template: NoteTemplate
    video: Video
    transcript: Transcript | None
    mode: Mode
    language: str
    model: str
    whole_sections: Draft | None = None
    reason: str = ""
    part: Part | None = None
    media: MediaRef | None = None
    wish: str = ""
    others: tuple[Assignment, ...] = ()
    statements: tuple[ReviewItem, ...] = ()
    inquiry: Inquiry | None = None
    max_output_tokens: int = 0
    level: Level | None = None
    outline: Draft | None = None
    simple: bool = False


class Unit(StrEnum):
    """The units of a server's limits."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    OUTPUT_TOKENS = "output tokens"


@dataclass(frozen=True, slots=True)
class Allowance:
    """A limit as an answer reports it: its size, what is left of it, and the seconds until it is
    full again, None if not reported."""

    unit: Unit
    limit: int
    remaining: int
    reset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """One state of the answer that a writer streams. The last one has `finished` set.

    `draft` and `usage` are cumulative; `progress` is the writer's own estimate, 0 to 1.
    `truncated`: the answer was cut at its length limit; whole sections are kept. If the assignment
    has others, `draft` has the sections of all notes, and `notes` each note by itself, in the order
    requested; its `finished` tells if it is whole. `reviews` has the findings about the
    assignment's statements, by their number from 1. `allowances` are the server's remaining limits.
    """

    draft: Draft
    usage: Usage = field(default_factory=Usage)
    progress: float = 0.0
    finished: bool = False
    truncated: bool = False
    model: str = ""
    notes: tuple[Writing, ...] = ()
    reviews: Mapping[int, Review] = field(default_factory=dict)
    said: bool = True
    allowances: tuple[Allowance, ...] = ()


class NoteWriter(Protocol):
    """Writes one note per call; calls may run concurrently."""

    engine: Engine

    async def prepare(self) -> None:
        """Load slow parts ahead of the first note. Sends nothing; a second call is free."""
        ...

    def write(self, assignment: Assignment) -> AsyncGenerator[Writing, None]:
        """Stream the note. Closing the iterator, or cancelling, closes the connection at once.

        Raises WriterError, NetworkUnreachable or TimedOut; retries nothing by itself.
        """
        ...

    async def aclose(self) -> None: ...


SMALL_B = 3.0
"""Billions of parameters below which models of 2026 were seen to repeat sentences and labels."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that can write notes, as its server describes it.

    `window` is its context window in tokens, `most_output` its maximum output; 0 if unknown.
    `price` is None if unknown. `remote` is the host that a local server forwards requests to, ""
    for none. `size` is its number of parameters, such as "1.5B".
    """

    id: str
    name: str
    window: int = 0
    most_output: int = 0
    price: Price | None = None
    remote: str = ""
    size: str = ""

    @property
    def is_small(self) -> bool:
        """Return True if it is known to be too small to write well: it repeats itself, and
        copies."""
        size = re.fullmatch(r"([\d.]+)\s*([BM])", self.size)
        if size is None:
            return False
        return float(size[1]) / (1 if size[2] == "B" else 1000) < SMALL_B


class ModelCatalogue(Protocol):
    """Tests a key and lists models."""

    async def models(self, api_key: str | None = None) -> list[ModelInfo]:
        """Return the models usable for notes. Raises KeyMissing, KeyRejected,
        NetworkUnreachable."""
        ...


class ServerModels(Protocol):
    """The models of connections, and the servers that run on this machine."""

    async def models(self, connection: Connection, api_key: str | None = None) -> list[ModelInfo]:
        """Return a server's models for notes; also the test of a connection.

        Raises KeyMissing, KeyRejected, NetworkUnreachable, TimedOut, ServiceUnavailable or
        AnswerUnusable.
        """
        ...

    async def found(self) -> list[Connection]:
        """Return servers that run on this machine. Tries known ports, sends no key, loads no
        model."""
        ...


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """The facts of a model that are needed before a request.

    `limits` say how much of a transcript fits into one request, `prices` what it costs. `gate`
    names what rate limits apply to, `most_at_once` is the maximum of concurrent requests, 0 if only
    the settings limit them. `metered`: the server may have limits per minute and day; it
    `tells_limits` if each answer reports what is left of them. A model that writes `by_level`
    cannot write three levels at once, one that writes `by_section` is small: it gets one section
    per request.
    """

    limits: PartLimits = ANY_LENGTH
    gate: str = ""
    most_at_once: int = 0
    metered: bool = True
    tells_limits: bool = False
    by_level: bool = False
    by_section: bool = False


GEMINI_FACTS = ModelFacts()
"""Facts of a model with room for any transcript, limited under its own name."""


@dataclass(frozen=True, slots=True)
class Speed:
    """The speed of one answer: seconds before its first words, and tokens per second from then
    on."""

    first_token_s: float
    tokens_per_second: float


class Models(Protocol):
    """The facts of the models of all engines."""

    def prices(self, engine: Engine) -> Prices:
        """Return the known prices of an engine's models."""
        ...

    async def facts(self, engine: Engine, model: str) -> ModelFacts:
        """Return a model's facts; asks a connection's server once and assumes what it does not
        report. Never raises."""
        ...

    async def writes_by_level(self, engine: Engine, model: str) -> None:
        """Record that a model cannot write three levels at once, but can write one."""
        ...

    async def measured(self, engine: Engine, model: str, speed: Speed) -> None:
        """Record the measured speed of a model, on which estimates of time are based."""
        ...

    def learn(self, engine: Engine, model: str, error: RequestTooLarge) -> bool:
        """Learn a model's context window from a refusal; True if it is smaller than was known."""
        ...


class BatchState(StrEnum):
    UNDER_WAY = "under way"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch as the service reports it.

    `answers` are the service's own, each with the key of its request, in the order of the requests;
    some services leave out the keys. `ended_at` is seconds since the epoch, 0 if unknown. `words`
    is the reason of a failure, or "".
    """

    state: BatchState
    answers: tuple[tuple[str, Any], ...] = ()
    ended_at: float = 0.0
    words: str = ""

    def answer_to(self, key: str, position: int) -> Any:
        """Return the answer to a request by its key or, if the service left out the keys, by its
        position; None if there is none."""
        if any(said for said, _ in self.answers):
            return next((answer for said, answer in self.answers if said == key), None)
        return self.answers[position][1] if position < len(self.answers) else None


@dataclass(frozen=True, slots=True)
class BatchRequest:
    """One request of a batch: its model, its body, and the length of the body in bytes."""

    model: str
    body: Mapping[str, Any]
    size: int


class BatchWriter(Protocol):
    """Sends batches and fetches their answers; never retries.

    Methods that call the service raise WriterError, NetworkUnreachable or TimedOut.
    """

    def account(self) -> str:
        """Return a hash that stands for the key without revealing it. Raises KeyMissing or
        KeyRejected."""
        ...

    async def compose(self, assignment: Assignment) -> BatchRequest:
        """Return the request for an assignment; sends nothing. Raises WriterError for an impossible
        one."""
        ...

    async def send(self, title: str, model: str, bodies: Mapping[str, Mapping[str, Any]]) -> str:
        """Send these bodies, by key, as one batch of this title; return the service's own name.

        After ServiceUnavailable, TimedOut or AnswerUnusable the service may have taken it all the
        same.
        """
        ...

    async def find(self, title: str) -> list[str]:
        """Return the names of the batches of this title: none, one, or more."""
        ...

    async def look(self, name: str) -> Batch | None:
        """Return the state of a batch; None if this key has no batch of that name."""
        ...

    async def cancel(self, name: str) -> None:
        """Cancel a batch; answers written by now stay."""
        ...

    def read(self, assignment: Assignment, answer: Any) -> tuple[Writing, NoteGenError | None]:
        """Return the content of an answer, and the error if it is no whole note."""
        ...

    async def aclose(self) -> None: ...
