"""Notes: as they are asked for, and as they are stored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Engine, Level, Mode, Note
from notegen_desktop.domain.notes.tags import STAR
from notegen_desktop.domain.notes.versions import NoteVersion, Revision
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

    `written_by` names templates that another engine writes (`template_engines`).
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
    written_by: str = ""


@dataclass(frozen=True, slots=True)
class NoteFilter:
    """Which notes are meant; an empty one means all of them.

    Of several values of a kind one must fit, of tags all. `channels` are parts of names, `since`
    an ISO date or time, local unless it says otherwise. `notes` and `videos` are ids.
    """

    templates: tuple[str, ...] = ()
    engines: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    videos: tuple[str, ...] = ()
    since: str = ""
    doubtful: bool = False
    unread: bool = False
    unfinished: bool = False

    @property
    def is_empty(self) -> bool:
        return self == NoteFilter()


@dataclass(frozen=True, slots=True)
class NoteSummary:
    """A row of the library. `snippet` shows where a search matched, plain text, and `marks` which
    of its characters are the words found. `doubtful` is how many of its cites are; `lacks` what it
    lacks, as a sentence. Length (seconds) and ISO date are the video's."""

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
    marks: tuple[tuple[int, int], ...] = ()
    tags: tuple[str, ...] = ()
    unread: bool = False
    doubtful: int = 0
    lacks: str = ""
    duration_s: float | None = None
    published: str = ""

    @property
    def is_starred(self) -> bool:
        return STAR in self.tags


@dataclass(frozen=True, slots=True)
class PassageFound:
    """A passage of a video's transcript, which begins at `start_s` seconds; the rest as of a
    `NoteSummary`."""

    video_id: str
    video_title: str
    channel: str
    start_s: float
    snippet: str
    marks: tuple[tuple[int, int], ...] = ()
    duration_s: float | None = None
    published: str = ""

    @property
    def id(self) -> str:
        """What tells it from other rows of a list."""
        return f"{self.video_id}@{self.start_s}"


@dataclass(frozen=True, slots=True)
class VideoNotes:
    """A video and those of its notes that are meant, the newest first."""

    video: Video
    notes: tuple[NoteSummary, ...]


class VideoOrder(StrEnum):
    """How videos of the library are sorted: by their newest note, by title, channel or length."""

    NEWEST = "newest"
    TITLE = "title"
    CHANNEL = "channel"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Facets:
    """What notes can be narrowed by: values there are, and how many notes have each; the most
    frequent first."""

    templates: tuple[tuple[str, int], ...] = ()
    engines: tuple[tuple[str, int], ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    channels: tuple[tuple[str, int], ...] = ()
    tags: tuple[tuple[str, int], ...] = ()


ALL_NOTES = NoteFilter()


@dataclass(frozen=True, slots=True)
class NoteStamp:
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

    async def recent(
        self, *, limit: int = 200, offset: int = 0, where: NoteFilter = ALL_NOTES
    ) -> list[NoteSummary]: ...

    async def search(
        self, text: str, *, limit: int = 200, where: NoteFilter = ALL_NOTES
    ) -> list[NoteSummary]:
        """Notes that have every word of `text`, best first. A search that is cancelled ends."""
        ...

    async def search_transcripts(
        self, text: str, *, limit: int = 50, where: NoteFilter = ALL_NOTES
    ) -> list[PassageFound]:
        """Passages that have every word of `text`, best first; with a filter those of videos that
        have such notes."""
        ...

    async def findable(self) -> float:
        """The share of notes that `search` looks through: less than 1 while the words of a large
        library are gathered anew, as after an update."""
        ...

    async def videos(
        self,
        *,
        limit: int = 100,
        offset: int = 0,
        where: NoteFilter = ALL_NOTES,
        order: VideoOrder = VideoOrder.NEWEST,
    ) -> list[VideoNotes]:
        """Videos that have such notes, with these."""
        ...

    async def facets(self) -> Facets: ...

    async def thumbnails(self, video_ids: Sequence[str]) -> dict[str, bytes]:
        """A picture of each of these videos that a note has one of: JPEG."""
        ...

    async def courses(self) -> dict[str, tuple[str, ...]]:
        """The courses that guides are over, each with the ids of its videos in their order."""
        ...

    async def deleted(self, *, limit: int = 200) -> list[NoteSummary]:
        """Notes whose deletion can be taken back, the last deleted first."""
        ...

    async def tag(
        self, note_ids: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """File notes under tags, and no longer under others. Raises NoteMissing, then nothing has
        changed, or UsageError."""
        ...

    async def mark_read(self, *note_ids: str) -> None: ...

    async def add(self, notes: Sequence[Note]) -> list[str]:
        """Take in notes that were made elsewhere; returns the id of each, "" for one that is here
        already: of the same video, template, writer and time, with this title or these words."""
        ...

    async def stamps(self) -> list[NoteStamp]:
        """Of all notes, the oldest first."""
        ...

    async def revise(self, note: Note, revision: Revision | None = None) -> None:
        """Put a changed note in the place of the stored one of its id. Raises NoteMissing.

        With a `revision` it is a version of its own, and what was there before is kept.
        """
        ...

    async def history(self, note_id: str) -> list[NoteVersion]:
        """The versions of a note, the oldest first; there is always one. Raises NoteMissing."""
        ...

    async def version(self, note_id: str, number: int) -> Note:
        """A note as it is in one of its versions. Raises NoteMissing."""
        ...

    async def add_version(self, note: Note, revision: Revision) -> int:
        """Keep another version of the note of this id, which stays as it is but for what it has
        cost; returns its number. Of the same job, twice is once. Raises NoteMissing."""
        ...

    async def decline_version(self, note_id: str, number: int) -> None:
        """A version that waits for a decision does so no more; it stays in the list. Raises
        NoteMissing."""
        ...

    async def use_version(self, note_id: str, number: int) -> Note:
        """Make a version the one that is shown, and return it; the one that was is kept, so the
        same with its number takes this back. Raises NoteMissing."""
        ...

    async def delete(self, *note_ids: str) -> None:
        """Raises NoteMissing; then nothing is deleted."""
        ...

    async def undelete(self, *note_ids: str) -> None:
        """Take back deletions. Raises NoteMissing; then nothing has changed."""
        ...

    async def restore(self, note: Note) -> None:
        """Take back a deletion, even of a note that is gone for good."""
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
