"""Writers of notes, and what one note to write consists of."""

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
    """One note to write. `mode` is settled (never `auto`), `language` a BCP 47 tag or "".

    `whole_sections` are those that are kept already, when an interrupted note is completed;
    `reason` says what was wrong with an earlier answer, when it is asked for again. Of a long video
    only `part` is asked for, and `transcript` has its words. `media` is where a video is that lies
    on this machine. `wish` is the user's, "" for none. `others` are further notes for the same
    answer, of the same material, model, mode, language and wish. With `statements` no note is
    written: these, of one, are judged.
    With a `level` that one alone is asked for, of the sections of `outline` if there is one.
    A `simple` one has a template of one section: it is asked for as small models are.
    `max_output_tokens` is the most the answer may have, 0 for the model's own limit.
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
    """What a server's limit counts."""

    REQUESTS = "requests"
    TOKENS = "tokens"
    OUTPUT_TOKENS = "output tokens"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an answer tells of a limit: its size, what is left of it, and in how many seconds it is
    whole again, None where that is not told."""

    unit: Unit
    limit: int
    remaining: int
    reset_s: float | None = None


@dataclass(frozen=True, slots=True)
class Writing:
    """What a writer yields as it goes on. The last one has `finished` set.

    `draft` and `usage` are cumulative; `progress` is the writer's own estimate, 0 to 1.
    `truncated` says that the answer was cut at its length limit: whole sections are kept.
    Where the assignment has others, `draft` has the sections of all notes, and `notes` each note by
    itself, in the order asked; `finished` says of one of those that it is whole. `reviews` has what
    was found of the statements that the assignment has, by their number from 1. `allowances` are
    what the server says that may still be asked for.
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
    """Writes one note at a time per call; calls may run side by side."""

    engine: Engine

    async def prepare(self) -> None:
        """Load what is heavy ahead of the first note. Sends nothing; a second call is free."""
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
    """A model that can write notes, as its server tells of it.

    `window` is how many tokens it reads and writes in all, `most_output` how many of these it
    writes at most; 0 where the server does not say. `price` is what it costs, None where that is
    not said. `remote` is the host that a local server passes requests on to, "" for none. `size`
    is how many parameters it has, such as "1.5B".
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
        """Whether it is known to be too small to write well: it repeats itself, and copies."""
        size = re.fullmatch(r"([\d.]+)\s*([BM])", self.size)
        if size is None:
            return False
        return float(size[1]) / (1 if size[2] == "B" else 1000) < SMALL_B


class ModelCatalogue(Protocol):
    """Tests a key and lists models."""

    async def models(self, api_key: str | None = None) -> list[ModelInfo]:
        """Models usable for notes. Raises KeyMissing, KeyRejected, NetworkUnreachable."""
        ...


class ServerModels(Protocol):
    """What connections tell of their models, and which servers run on this machine."""

    async def models(self, connection: Connection, api_key: str | None = None) -> list[ModelInfo]:
        """What a server offers for notes; the test of a connection.

        Raises KeyMissing, KeyRejected, NetworkUnreachable, TimedOut, ServiceUnavailable or
        AnswerUnusable.
        """
        ...

    async def found(self) -> list[Connection]:
        """Servers that run on this machine. Looks at known ports, sends no key, loads nothing."""
        ...


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What is to be known of a model before it is asked.

    `limits` say how much of a talk fits into one request, `prices` what it costs. `gate` names what
    is limited together, `most_at_once` how many requests may run there, 0 where only the settings
    say. `metered`: limits a minute and a day may be the server's, which `tells_limits` where it
    says with each answer what is left of them. A model that writes `by_level` cannot write three
    levels at once, one that writes `by_section` is small: it is asked for a section at a time.
    """

    limits: PartLimits = ANY_LENGTH
    gate: str = ""
    most_at_once: int = 0
    metered: bool = True
    tells_limits: bool = False
    by_level: bool = False
    by_section: bool = False


GEMINI_FACTS = ModelFacts()
"""Of a model with room for any talk, which is limited by its own name."""


@dataclass(frozen=True, slots=True)
class Speed:
    """Of one answer: seconds before its first words, and tokens a second from then on."""

    first_token_s: float
    tokens_per_second: float


class Models(Protocol):
    """What is known of the models of all engines."""

    def prices(self, engine: Engine) -> Prices:
        """What the models of an engine cost, as far as it is known."""
        ...

    async def facts(self, engine: Engine, model: str) -> ModelFacts:
        """Asks a connection's server once; what it does not say is assumed. Raises nothing."""
        ...

    async def writes_by_level(self, engine: Engine, model: str) -> None:
        """It was seen that a model cannot write three levels at once, but can write one."""
        ...

    async def measured(self, engine: Engine, model: str, speed: Speed) -> None:
        """How fast a model was seen to write; estimates of time go by it from now on."""
        ...

    def learn(self, engine: Engine, model: str, error: RequestTooLarge) -> bool:
        """What a refusal tells of a model's window; whether that is smaller than was known."""
        ...


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
