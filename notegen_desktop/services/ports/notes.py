"""Orders for notes, and the store of notes."""

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
    """The request for a file of each note, below an absolute `folder`. It is part of a run until
    the files are written."""

    folder: str
    format: str
    level: Level


@dataclass(frozen=True, slots=True)
class Order:
    """An order: these links, each with these templates.

    `written_by` names templates that another engine writes (`template_engines`). `combined`
    requests several notes of a video in one answer where possible: it takes fewer requests of the
    daily quota. The notes are jobs of their own all the same. `review` has the statements of each
    note judged by the model in a request of its own, once it is stored. `wish` is the user's extra
    instruction for this run's notes. `pictures` is the maximum number of pictures of its video in a
    note; None leaves that to its template and the settings. `overnight` has the notes written in a
    batch, at half the price and within a day.
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
    """A filter of notes; an empty one matches all of them.

    Of several values of a kind one must match, of tags all. `channels` are parts of names, `since`
    an ISO date or time, local unless it has an offset. `notes` and `videos` are ids.
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
    """A row of the library. `snippet` is the text around a search match, plain text, and `marks`
    the spans of the words found in it. `doubtful` is the number of its doubtful cites; `lacks`
    describes what is missing, as a sentence. Length (seconds) and ISO date are the video's."""

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
    """A matching passage of a video's transcript, which begins at `start_s` seconds; other fields
    as in `NoteSummary`."""

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
        """Return an id that is unique in a list of results."""
        return f"{self.video_id}@{self.start_s}"


@dataclass(frozen=True, slots=True)
class VideoNotes:
    """A video and its matching notes, the newest first."""

    video: Video
    notes: tuple[NoteSummary, ...]


class VideoOrder(StrEnum):
    """Sort orders of videos: by their newest note, title, channel or length."""

    NEWEST = "newest"
    TITLE = "title"
    CHANNEL = "channel"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class Facets:
    """The values by which notes can be filtered, each with its number of notes; the most frequent
    first."""

    templates: tuple[tuple[str, int], ...] = ()
    engines: tuple[tuple[str, int], ...] = ()
    languages: tuple[tuple[str, int], ...] = ()
    channels: tuple[tuple[str, int], ...] = ()
    tags: tuple[tuple[str, int], ...] = ()


ALL_NOTES = NoteFilter()


@dataclass(frozen=True, slots=True)
class NoteStamp:
    """A stored note's version: `stamp` changes with every change to it and to the facts of its
    video."""

    id: str
    video_id: str
    stamp: str


class NoteStore(Protocol):
    """Stored notes. Every method is durable when it returns."""

    async def save(self, note: Note, request: NoteRequest, *, fingerprint: str = "") -> Note:
        """Store a note, replacing an earlier one of the same request; return it with its id.

        A note that has an id replaces only the note of that id: beside another of the same request
        it is stored as a further one. Idempotent.
        """
        ...

    async def find(self, request: NoteRequest, *, fingerprint: str | None = None) -> Note | None:
        """Return the stored note of a request, or None. A given fingerprint must match that of its
        transcript."""
        ...

    async def get(self, note_id: str) -> Note:
        """Return a note. Raises NoteMissing."""
        ...

    async def recent(
        self, *, limit: int = 200, offset: int = 0, where: NoteFilter = ALL_NOTES
    ) -> list[NoteSummary]: ...

    async def search(
        self, text: str, *, limit: int = 200, where: NoteFilter = ALL_NOTES
    ) -> list[NoteSummary]:
        """Return notes that contain every word of `text`, best first. Cancelling ends the query."""
        ...

    async def search_transcripts(
        self, text: str, *, limit: int = 50, where: NoteFilter = ALL_NOTES
    ) -> list[PassageFound]:
        """Return passages that contain every word of `text`, best first; with a filter, those of
        videos with matching notes."""
        ...

    async def findable(self) -> float:
        """Return the share of notes that the search index covers: less than 1 while that of a large
        library is rebuilt, as after an update."""
        ...

    async def videos(
        self,
        *,
        limit: int = 100,
        offset: int = 0,
        where: NoteFilter = ALL_NOTES,
        order: VideoOrder = VideoOrder.NEWEST,
    ) -> list[VideoNotes]:
        """Return videos with matching notes, and those notes."""
        ...

    async def facets(self) -> Facets: ...

    async def thumbnails(self, video_ids: Sequence[str]) -> dict[str, bytes]:
        """Return a JPEG thumbnail of each of these videos whose notes contain one."""
        ...

    async def courses(self) -> dict[str, tuple[str, ...]]:
        """Return the courses that guides cover, each with the ids of its videos in order."""
        ...

    async def deleted(self, *, limit: int = 200) -> list[NoteSummary]:
        """Return notes whose deletion can be undone, the last deleted first."""
        ...

    async def tag(
        self, note_ids: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        """Add and remove tags. Raises UsageError, or NoteMissing, without any change."""
        ...

    async def mark_read(self, *note_ids: str) -> None: ...

    async def add(self, notes: Sequence[Note]) -> list[str]:
        """Import notes from elsewhere; return the id of each, "" for one already stored: of the
        same video, template, engine and time, with the same title or text."""
        ...

    async def stamps(self) -> list[NoteStamp]:
        """Return the stamps of all notes, the oldest first."""
        ...

    async def revise(self, note: Note, revision: Revision | None = None) -> None:
        """Replace the stored note of this id. Raises NoteMissing.

        With `revision` the result is a new version, and the former text is kept.
        """
        ...

    async def history(self, note_id: str) -> list[NoteVersion]:
        """Return the versions of a note, the oldest first; there is always one. Raises
        NoteMissing."""
        ...

    async def version(self, note_id: str, number: int) -> Note:
        """Return a note as it is in one of its versions. Raises NoteMissing."""
        ...

    async def add_version(self, note: Note, revision: Revision) -> int:
        """Store another version of the note of this id, which stays unchanged except for its cost;
        return its number. Idempotent for one job. Raises NoteMissing."""
        ...

    async def decline_version(self, note_id: str, number: int) -> None:
        """Mark a version as declined; it stays in the list. Raises NoteMissing."""
        ...

    async def use_version(self, note_id: str, number: int) -> Note:
        """Make a version the one that is shown, and return it; the former one is kept, so that this
        can be undone by its number. Raises NoteMissing."""
        ...

    async def delete(self, *note_ids: str) -> None:
        """Delete notes. Raises NoteMissing; then nothing is deleted."""
        ...

    async def undelete(self, *note_ids: str) -> None:
        """Undo deletions. Raises NoteMissing; then nothing has changed."""
        ...

    async def restore(self, note: Note) -> None:
        """Undo a deletion, even of a note that was purged."""
        ...

    async def back_up(self) -> Path:
        """Write a backup of the library, which stays usable; return its path. Raises StoreError,
        also if the library is on a server."""
        ...

    async def put_transcript(self, video: Video, transcript: Transcript) -> None: ...

    async def get_transcript(self, video_id: str) -> Transcript | None: ...

    async def get_video(self, video_id: str) -> Video | None:
        """Return the facts of a video from notes and transcripts: title, channel, chapters, length;
        or None."""
        ...

    async def aclose(self) -> None: ...
