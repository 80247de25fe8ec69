"""What the runner and the widgets expect of the world, as narrow protocols.

Adapters fulfil them; tests hold each adapter and its fake to the same contract suite.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from notegen_desktop.domain.board import JobBoard
from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.jobs import NoteJob, NoteRequest
from notegen_desktop.domain.links import Link
from notegen_desktop.domain.notes import Draft, Engine, Level, Mode, Note, Usage
from notegen_desktop.domain.settings import Settings
from notegen_desktop.domain.templates import NoteTemplate
from notegen_desktop.domain.transcript import Transcript
from notegen_desktop.domain.video import Video

# --- sources -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Material:
    """What a source gave: the video's facts and, where there are any, its words.

    `missing` says why there is no transcript, when there is none. `origin` says in words where the
    transcript comes from, including each step down ("automatic captions, English").
    """

    video: Video
    transcript: Transcript | None = None
    missing: Failure | None = None
    origin: str = ""


class VideoSource(Protocol):
    """Reads videos. Never raises for missing captions: that is `Material.missing`."""

    async def describe(self, link: Link) -> Video:
        """Title, channel, length: quick, for showing. Raises SourceError, NetworkUnreachable."""
        ...

    async def read(
        self, link: Link, *, languages: Sequence[str], want_transcript: bool = True
    ) -> Material:
        """The facts and the words, fetched once for all templates.

        Raises SourceError or NetworkUnreachable when the video itself cannot be had.
        """
        ...

    async def expand(self, link: Link, *, start: int = 1, count: int = 100) -> list[Video]:
        """The videos of a playlist or channel, a page of `count` from number `start`."""
        ...

    async def aclose(self) -> None: ...


# --- writers -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Assignment:
    """One note to write. `mode` is settled (never `auto`), `language` a BCP 47 tag or "".

    `missing_only` carries headings that are whole already, when an interrupted note is completed;
    `reason` says what was wrong with an earlier answer, when it is asked for again.
    """

    template: NoteTemplate
    video: Video
    transcript: Transcript | None
    mode: Mode
    language: str
    model: str
    whole_sections: Draft | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Writing:
    """What a writer yields as it goes on. The last one has `finished` set.

    `draft` and `usage` are cumulative; `progress` is the writer's own estimate, 0 to 1.
    `truncated` says that the answer was cut at its length limit: whole sections are kept.
    """

    draft: Draft
    usage: Usage = field(default_factory=Usage)
    progress: float = 0.0
    finished: bool = False
    truncated: bool = False
    model: str = ""


class NoteWriter(Protocol):
    """Writes one note at a time per call; calls may run side by side."""

    engine: Engine

    def write(self, assignment: Assignment) -> AsyncIterator[Writing]:
        """Stream the note. Closing the iterator, or cancelling, closes the connection at once.

        Raises WriterError, NetworkUnreachable or TimedOut; retries nothing by itself.
        """
        ...

    async def aclose(self) -> None: ...


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that can write notes. Limits in tokens, 0 if unknown."""

    id: str
    name: str
    input_limit: int = 0
    output_limit: int = 0


class ModelCatalogue(Protocol):
    """Tests a key and lists models."""

    async def models(self, api_key: str | None = None) -> list[ModelInfo]:
        """Models usable for notes. Raises KeyMissing, KeyRejected, NetworkUnreachable."""
        ...


# --- library -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoteSummary:
    """A row of the library. `snippet` shows where a search matched, plain text."""

    id: str
    title: str
    template: str
    video_id: str
    video_title: str
    channel: str
    engine: str
    model: str
    language: str
    created: str
    cost_usd: float
    snippet: str = ""


class NoteStore(Protocol):
    """Stored notes. Every method is durable when it returns."""

    async def save(self, note: Note, request: NoteRequest, *, fingerprint: str = "") -> Note:
        """Store a note, replacing an earlier one of the same request; returns it with its id."""
        ...

    async def find(self, request: NoteRequest, *, fingerprint: str | None = None) -> Note | None:
        """The stored note of a request. A given fingerprint must match that of its transcript."""
        ...

    async def get(self, note_id: str) -> Note:
        """Raises NoteMissing."""
        ...

    async def recent(self, *, limit: int = 200, offset: int = 0) -> list[NoteSummary]: ...

    async def search(self, text: str, *, limit: int = 200) -> list[NoteSummary]: ...

    async def delete(self, note_id: str) -> None:
        """Raises NoteMissing."""
        ...

    async def restore(self, note: Note) -> None:
        """Take back a deletion."""
        ...

    async def put_transcript(self, video: Video, transcript: Transcript) -> None: ...

    async def get_transcript(self, video_id: str) -> Transcript | None: ...

    async def aclose(self) -> None: ...


# --- this machine ------------------------------------------------------------------------------


class Secrets(Protocol):
    """The API key: environment first, then the operating system's key ring."""

    def api_key(self) -> str | None: ...

    def origin(self) -> str:
        """Where the key is: "environment", "key ring", "this session" or "" for none."""
        ...

    def set_api_key(self, key: str) -> bool:
        """Keep a key ("" forgets it). False if no safe key ring: it then lasts this session."""
        ...


class SettingsStore(Protocol):
    """The settings as they stand, and the file they are kept in."""

    @property
    def current(self) -> Settings: ...

    def change(self, changes: dict[str, Any]) -> Settings:
        """Check and keep values. Raises InvalidSetting, FolderNotWritable, DiskFull."""
        ...

    def subscribe(self, listener: Callable[[Settings], None]) -> Callable[[], None]: ...


class Templates(Protocol):
    """Built-in templates and the user's own."""

    def all(self) -> tuple[NoteTemplate, ...]: ...

    def get(self, template_id: str) -> NoteTemplate:
        """Raises UnknownTemplate, with near names."""
        ...

    def problems(self) -> tuple[str, ...]:
        """What is wrong with the user's own files, a line each."""
        ...


class Exporter(Protocol):
    """Writes a note to a file."""

    def formats(self) -> tuple[str, ...]: ...

    def render(self, note: Note, format: str, level: Level) -> bytes:
        """The bytes of a file. Raises FormatUnavailable."""
        ...

    def save(self, note: Note, folder: Path, format: str, level: Level, *, stem: str = "") -> Path:
        """Write below `folder`, never over another file, never outside. Raises StoreError."""
        ...


# --- the program's own heart, as the widgets see it -----------------------------------------------


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asks for: these links, each with these templates."""

    links: tuple[Link, ...]
    templates: tuple[str, ...]
    mode: Mode = Mode.AUTO
    engine: Engine = Engine.AUTO
    model: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class JobEstimate:
    """What one note will take, before anything is sent: tokens, US dollars, seconds."""

    video_id: str
    template: str
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    cost_usd: float
    seconds: float
    stored: bool = False
    exact_source: bool = True


class NoteRunner(Protocol):
    """Carries out wishes; what comes of them is seen on the board."""

    board: JobBoard

    def submit(self, order: Order) -> tuple[NoteJob, ...]:
        """Start an order. Doubles of what runs or is stored cost nothing. Raises UsageError."""
        ...

    def cancel(self, job_id: str) -> None: ...

    def cancel_all(self) -> None: ...

    def retry(self, job_id: str) -> None: ...

    def retry_failed(self) -> None: ...

    async def estimate(self, order: Order) -> list[JobEstimate]: ...

    async def wait(self) -> None:
        """Return when no job is under way."""
        ...

    async def aclose(self) -> None:
        """Cancel what runs and leave nothing behind."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the window and the command line use, built by `wiring`."""

    runner: NoteRunner
    store: NoteStore
    source: VideoSource
    catalogue: ModelCatalogue
    secrets: Secrets
    settings: SettingsStore
    templates: Templates
    exporter: Exporter
    close: Callable[[], Any]
