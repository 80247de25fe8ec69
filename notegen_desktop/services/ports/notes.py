"""Notes: as they are asked for, and as they are stored."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.links.text_links import Link
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine, Level, Mode, Note
from notegen_desktop.domain.text.transcript import Transcript


@dataclass(frozen=True, slots=True)
class FilesWanted:
    """A file of each note, below an absolute `folder`. They are part of a run until written."""

    folder: str
    format: str
    level: Level


@dataclass(frozen=True, slots=True)
class Order:
    """What the user asks for: these links, each with these templates.

    `combined` asks for several notes of a video in one answer where that can be done: it takes
    fewer requests of a day's quota. The notes are jobs of their own all the same. `review` has the
    statements of each note judged by the model in a request of its own, once it is stored. `wish`
    is a sentence of the user's about this run's notes, in their own words. `pictures` is how many
    pictures of its video a note may have; None leaves that to its template and the settings.
    `overnight` has the notes written in a batch, at half the price and within a day.
    """

    links: tuple[Link, ...]
    templates: tuple[str, ...]
    mode: Mode = Mode.AUTO
    engine: Engine = Engine.AUTO
    model: str = ""
    language: str = ""
    combined: bool = False
    review: bool = False
    wish: str = ""
    files: FilesWanted | None = None
    pictures: int | None = None
    overnight: bool = False


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


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """A stored note as it is now: `stamp` is another one after every change to it, and to what is
    known of its video."""

    id: str
    video_id: str
    stamp: str


class NoteStore(Protocol):
    """Stored notes. Every method is durable when it returns."""

    async def save(self, note: Note, request: NoteRequest, *, fingerprint: str = "") -> Note:
        """Store a note, replacing an earlier one of the same request; returns it with its id.

        One that has an id replaces only the note of that id: beside another of the same request it
        is kept as a further one. Twice is once.
        """
        ...

    async def find(self, request: NoteRequest, *, fingerprint: str | None = None) -> Note | None:
        """The stored note of a request. A given fingerprint must match that of its transcript."""
        ...

    async def get(self, note_id: str) -> Note:
        """Raises NoteMissing."""
        ...

    async def recent(self, *, limit: int = 200, offset: int = 0) -> list[NoteSummary]: ...

    async def search(self, text: str, *, limit: int = 200) -> list[NoteSummary]: ...

    async def versions(self) -> list[NoteVersion]:
        """Of all notes, the oldest first."""
        ...

    async def revise(self, note: Note) -> None:
        """Put a changed note in the place of the stored one of its id. Raises NoteMissing."""
        ...

    async def delete(self, note_id: str) -> None:
        """Raises NoteMissing."""
        ...

    async def restore(self, note: Note) -> None:
        """Take back a deletion."""
        ...

    async def back_up(self) -> Path:
        """Make a whole copy of the library, which goes on working; returns where it lies. Raises
        StoreError, also where the library is on a server."""
        ...

    async def put_transcript(self, video: Video, transcript: Transcript) -> None: ...

    async def get_transcript(self, video_id: str) -> Transcript | None: ...

    async def get_video(self, video_id: str) -> Video | None:
        """What is known of a video from notes and transcripts: title, channel, chapters, length."""
        ...

    async def aclose(self) -> None: ...
