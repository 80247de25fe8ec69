"""Ports of this machine: keys, settings, templates, files."""

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
from notegen_desktop.domain.releases import UpdateCheckState
from notegen_desktop.domain.settings.settings import SettingChanges, Settings
from notegen_desktop.domain.text.transcript import Transcript

KEY_RING_MOMENT_S = 1.0
"""Seconds in which an unlocked key ring answers; a longer wait is shown to the user."""


class Secrets(Protocol):
    """API keys: environment first, then the operating system's key ring, which may be locked.

    Without a connection the key is Gemini's.
    """

    def api_key(self, connection: Connection | None = None) -> str | None:
        """Return the key if it is known; never blocks. Raises KeyRingLocked if one is needed."""
        ...

    async def find(self, *, within_s: float = ..., connection: Connection | None = None) -> None:
        """Wait at most `within_s` seconds until the key ring has answered.

        Raises KeyRingLocked.
        """
        ...

    def origin(self, connection: Connection | None = None) -> str:
        """Return the origin of the key: "environment", "key ring", "this session", "" for none, or
        "locked" if the key ring has not answered."""
        ...

    def set_api_key(self, key: str, connection: Connection | None = None) -> bool:
        """Store a key ("" deletes it); blocks. False if the key ring did not accept it, so that it
        lasts for this session, or did not delete it.

        Raises KeyRejected.
        """
        ...

    def keep_password(self, proxy: str) -> tuple[str, bool]:
        """Store a proxy's password like a key; return the address without it. Blocks."""
        ...


class ReleaseWatch(Protocol):
    """Checks for a new version of the program; only if `address` is set."""

    address: str
    state: UpdateCheckState

    def is_due(self, *, allowed: bool, now_s: float) -> bool: ...

    async def ask(self, *, now_s: float) -> UpdateCheckState:
        """Check now; a failure is in the answer's `problem`."""
        ...

    def keep(self, state: UpdateCheckState) -> None: ...


class Connections(Protocol):
    """Connections to servers besides Gemini that can write notes, and the file that stores them."""

    @property
    def presets(self) -> Mapping[str, Preset]:
        """Return the known kinds of servers, by name."""
        ...

    def all(self) -> tuple[Connection, ...]: ...

    def get(self, name: str) -> Connection:
        """Return a connection. Raises UnknownEngine, with the existing names."""
        ...

    def keep(self, connection: Connection) -> None:
        """Add a connection, or replace the one of its name. Raises StoreError, or InvalidConnection
        for one defined by the environment."""
        ...

    def remove(self, name: str) -> None:
        """Delete a connection. Raises UnknownEngine, InvalidConnection, StoreError."""
        ...

    def problems(self) -> tuple[str, ...]:
        """Return the errors in the file, a line each."""
        ...

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]: ...


class SettingsStore(Protocol):
    """The current settings, and the file that stores them."""

    @property
    def current(self) -> Settings: ...

    def change(self, changes: SettingChanges) -> Settings:
        """Check and store values. Raises InvalidSetting, FolderNotWritable, DiskFull, FileBusy."""
        ...

    def subscribe(self, listener: Callable[[Settings], None]) -> Callable[[], None]: ...


class TemplateOrigin(StrEnum):
    """The origin of a template; `CHANGED`: the user's own in place of a built-in one."""

    BUILT_IN = "built-in"
    CHANGED = "changed"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class TemplateEntry:
    """A row in the list of templates: a template, or a file of the user's with its `problem`.

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
        """Return a template. Raises UnknownTemplate, with similar names."""
        ...

    def problems(self) -> tuple[str, ...]:
        """Return the errors in the user's own files, a line each."""
        ...


@dataclass(frozen=True, slots=True)
class SavedFile:
    """The path of a note's file; `is_new` is False if a file with this content existed already."""

    path: Path
    is_new: bool = True


@dataclass(frozen=True, slots=True)
class FileRead:
    """The content of an imported file: notes, or links of a list of videos. `problems` are its
    errors, a sentence each."""

    notes: tuple[Note, ...] = ()
    links: tuple[Link, ...] = ()
    problems: tuple[str, ...] = ()


class Exporter(Protocol):
    """Writes a note to a file, and reads it back."""

    def files_in(self, path: Path) -> list[Path]:
        """Return the files of a folder that `read` may understand, or the file itself."""
        ...

    def read(self, path: Path) -> FileRead:
        """Read a file. Never raises for bad content."""
        ...

    def formats(self) -> tuple[str, ...]: ...

    def render(self, note: Note, format: str, level: Level) -> bytes:
        """Return the note as the bytes of a file. Raises FormatUnavailable."""
        ...

    def render_transcript(self, transcript: Transcript, video: Video, format: str) -> bytes:
        """Return a transcript as srt, vtt, txt or md. Raises FormatUnavailable."""
        ...

    def save_transcript(
        self, transcript: Transcript, video: Video, place: Path, format: str
    ) -> Path:
        """Write a transcript into the folder `place`, named after the video, or to the file
        `place`; otherwise as `save`."""
        ...

    def save(self, note: Note, folder: Path, format: str, level: Level, *, stem: str = "") -> Path:
        """Write a note below `folder` under the name `stem`, or named after the note: never
        outside, and with a number instead of overwriting another file. Raises StoreError."""
        ...

    def save_to_tree(self, note: Note, folder: Path, format: str, level: Level) -> SavedFile:
        """Write `folder/<video title or id>/<template>.<ext>`, or return that file if it already
        has this content. Raises StoreError."""
        ...

    def save_cards(
        self, notes: Sequence[Note], folder: Path, format: str, level: Level
    ) -> SavedFile:
        """Write the cards of notes as one file, `anki` or `csv`, named like `save_transcript`."""
        ...

    def find_in_tree(self, note: Note, folder: Path, format: str, level: Level) -> Path | None:
        """Return the file that `save_to_tree` wrote, if it is unchanged, or None. Raises
        StoreError."""
        ...

    def replace(self, path: Path, content: bytes) -> None:
        """Replace the content of a file atomically. Raises StoreError."""
        ...

    def sweep(self, folder: Path) -> None:
        """Remove temporary files that killed programs left in a folder."""
        ...

    def prepare(self, folder: Path) -> None:
        """Create a folder and try to write into it. Raises FolderNotWritable, DiskFull."""
        ...
