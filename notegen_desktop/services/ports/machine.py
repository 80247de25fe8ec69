"""This machine: keys, settings, templates, files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from notegen_desktop.domain.engines.connection import Connection, Preset
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.releases import Asked
from notegen_desktop.domain.settings.settings import SettingChanges, Settings
from notegen_desktop.domain.text.transcript import Transcript

KEY_RING_MOMENT_S = 1.0
"""Seconds in which an unlocked key ring answers; after them a wait for it is told."""


class Secrets(Protocol):
    """API keys: environment first, then the operating system's key ring, which may be locked.

    Without a connection it is Gemini's.
    """

    def api_key(self, connection: Connection | None = None) -> str | None:
        """The key as far as it is known; never waits. Raises KeyRingLocked where one is needed."""
        ...

    async def find(self, *, within_s: float = ..., connection: Connection | None = None) -> None:
        """Wait at most `within_s` seconds until it is known whether there is a key.

        Raises KeyRingLocked.
        """
        ...

    def origin(self, connection: Connection | None = None) -> str:
        """Where the key is: "environment", "key ring", "this session", "" for none, or "locked"
        where the key ring has not answered."""
        ...

    def set_api_key(self, key: str, connection: Connection | None = None) -> bool:
        """Keep a key ("" forgets it); blocks. False if no key ring took it: it lasts this session;
        or if the key ring did not let go of it.

        Raises KeyRejected.
        """
        ...

    def keep_password(self, proxy: str) -> tuple[str, bool]:
        """A proxy's address without its password; that is kept as a key is. Blocks."""
        ...


class ReleaseWatch(Protocol):
    """Whether there is a new version of the program; asks only where `address` says where."""

    address: str
    state: Asked

    def is_due(self, *, allowed: bool, now_s: float) -> bool: ...

    async def ask(self, *, now_s: float) -> Asked:
        """Ask now; a failure is told by the answer's `problem`."""
        ...

    def keep(self, state: Asked) -> None: ...


class Connections(Protocol):
    """The servers besides Gemini that can write notes, and the file they are kept in."""

    @property
    def presets(self) -> Mapping[str, Preset]:
        """What is known of kinds of servers, by name."""
        ...

    def all(self) -> tuple[Connection, ...]: ...

    def get(self, name: str) -> Connection:
        """Raises UnknownEngine, with the names there are."""
        ...

    def keep(self, connection: Connection) -> None:
        """Add a connection, or put it in the place of the one of its name. Raises StoreError, or
        InvalidConnection for one that the environment makes."""
        ...

    def remove(self, name: str) -> None:
        """Raises UnknownEngine, InvalidConnection, StoreError."""
        ...

    def problems(self) -> tuple[str, ...]:
        """What could not be used of the file, a line each."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]: ...


class SettingsStore(Protocol):
    """The settings as they stand, and the file they are kept in."""

    @property
    def current(self) -> Settings: ...

    def change(self, changes: SettingChanges) -> Settings:
        """Check and keep values. Raises InvalidSetting, FolderNotWritable, DiskFull, FileBusy."""
        ...

    def subscribe(self, listener: Callable[[Settings], None]) -> Callable[[], None]: ...


class TemplateOrigin(StrEnum):
    """Whose a template is; `CHANGED`: the user's own in place of a built-in one."""

    BUILT_IN = "built-in"
    CHANGED = "changed"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class TemplateEntry:
    """A row of the list of templates: a template, or a file of the user's with its `problem`.

    `key` is the template's id, or the name of the file. `path` is the user's own file, if any.
    """

    key: str
    origin: TemplateOrigin
    template: NoteTemplate | None = None
    path: Path | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        return self.template.name if self.template else self.key


class Templates(Protocol):
    """Built-in templates and the user's own."""

    def all(self) -> tuple[NoteTemplate, ...]: ...

    def get(self, template_id: str) -> NoteTemplate:
        """Raises UnknownTemplate, with near names."""
        ...

    def problems(self) -> tuple[str, ...]:
        """What is wrong with the user's own files, a line each."""
        ...


@dataclass(frozen=True, slots=True)
class SavedFile:
    """Where a note's file is; not new if a file with this content was there already."""

    path: Path
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class FileRead:
    """What is in a file that is taken in: notes, or links of a list of videos. `problems` say what
    is wrong with it, a sentence each."""

    notes: tuple[Note, ...] = ()
    links: tuple[Link, ...] = ()
    problems: tuple[str, ...] = ()


class Exporter(Protocol):
    """Writes a note to a file, and reads it back."""

    def files_in(self, path: Path) -> list[Path]:
        """The files of a folder that `read` may understand, or the file itself."""
        ...

    def read(self, path: Path) -> FileRead:
        """Never raises for what is in a file."""
        ...

    def formats(self) -> tuple[str, ...]: ...

    def render(self, note: Note, format: str, level: Level) -> bytes:
        """The bytes of a file. Raises FormatUnavailable."""
        ...

    def render_transcript(self, transcript: Transcript, video: Video, format: str) -> bytes:
        """The words of a video as srt, vtt, txt or md. Raises FormatUnavailable."""
        ...

    def save_transcript(
        self, transcript: Transcript, video: Video, place: Path, format: str
    ) -> Path:
        """Write the words below a folder, named after the video, or as the file that is named;
        otherwise as `save`."""
        ...

    def save(self, note: Note, folder: Path, format: str, level: Level, *, stem: str = "") -> Path:
        """Write below `folder` under the name `stem`, or after the note: never outside, and never
        over another file, beside which this one is numbered. Raises StoreError."""
        ...

    def save_to_tree(self, note: Note, folder: Path, format: str, level: Level) -> SavedFile:
        """Write `folder/<video title or id>/<template>.<ext>`. Such a file with this content
        already is the answer. Raises StoreError."""
        ...

    def save_cards(
        self, notes: Sequence[Note], folder: Path, format: str, level: Level
    ) -> SavedFile:
        """Write the cards of notes as one file, `anki` or `csv`, as `save_transcript`."""
        ...

    def find_in_tree(self, note: Note, folder: Path, format: str, level: Level) -> Path | None:
        """The file that `save_to_tree` wrote, if it is as it was. Raises StoreError."""
        ...

    def replace(self, path: Path, content: bytes) -> None:
        """Put `content` in a file whole, or leave what was there. Raises StoreError."""
        ...

    def sweep(self, folder: Path) -> None:
        """Remove what programs left in a folder when they died while writing there."""
        ...

    def prepare(self, folder: Path) -> None:
        """Make a folder and try to write into it. Raises FolderNotWritable, DiskFull."""
        ...
