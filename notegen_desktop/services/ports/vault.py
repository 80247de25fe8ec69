"""The vault: a folder of Markdown pages for other programs, kept in sync with the library."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.notes.note import Level
from notegen_desktop.domain.text.quantities import COUNTED, number, series
from notegen_desktop.domain.words import N2_, ngettext


class VaultForm(StrEnum):
    """Markdown dialects of the pages, by program."""

    OBSIDIAN = "obsidian"
    LOGSEQ = "logseq"


class VaultBy(StrEnum):
    """The unit of a page: one note, or all notes of a video."""

    TEMPLATE = "template"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class VaultOrder:
    """Options of a synchronization. `restore` writes pages again that the user deleted; `dry_run`
    writes nothing and reports what would happen."""

    folder: Path
    by: VaultBy = VaultBy.TEMPLATE
    form: VaultForm = VaultForm.OBSIDIAN
    level: Level = Level.STANDARD
    restore: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page edited by the user. `sections` are the headings of sections whose newer text was not
    written, because the user changed or removed them; `ids` are its notes."""

    path: str
    sections: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(slots=True)
class VaultReport:
    """The result of a synchronization; paths are relative to the folder.

    `untied` are pages whose id the user removed from their properties: they are not touched. An
    edited page is in `edited` with or without new text; `kept` are those whose newer text was not
    written everywhere. `deleted` were deleted by the user and stay so; `gone` are pages whose notes
    the library no longer has, which stay as they are. `away` are in a cloud, not downloaded: they
    are skipped. `failed` are paths and reasons.
    """

    written: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)
    unchanged: int = 0
    edited: list[str] = field(default_factory=list)
    kept: list[KeptPage] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    untied: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)
    failed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def words(self) -> str:
        """Return a summary: `3 written, 1 updated, 12 unchanged, 2 kept because edited`."""
        always = (
            (*N2_("{n} written", "{n} written"), len(self.written)),
            (*N2_("{n} updated", "{n} updated"), len(self.updated)),
            (*N2_("{n} unchanged", "{n} unchanged"), self.unchanged),
            (*N2_("{n} kept because edited", "{n} kept because edited"), len(self.edited)),
        )
        some = (
            (*N2_("{n} moved by you", "{n} moved by you"), len(self.moved)),
            (*N2_("{n} deleted by you", "{n} deleted by you"), len(self.deleted)),
            (*N2_("not downloaded: {n}", "not downloaded: {n}"), len(self.away)),
            (*COUNTED["failure"], len(self.failed)),
        )
        told = (*always, *(part for part in some if part[2]))
        return series(ngettext(one, many, n).format(n=number(n)) for one, many, n in told)


@dataclass(frozen=True, slots=True)
class VaultBegun:
    """A synchronization of this many pages has begun, which takes a while."""

    pages: int


class NoteVault(Protocol):
    """Synchronizes folders of pages."""

    async def sync(
        self, order: VaultOrder, progress: Callable[[int, int], object] = lambda *_: None
    ) -> VaultReport:
        """Synchronize a folder; `progress` is called with the numbers of written and of all pages.
        Raises FolderNotWritable, DiskFull, FileBusy or StoreError."""
        ...

    def tell(self, listener: Callable[[VaultReport | VaultBegun | Failure], object]) -> None:
        """Call `listener` with the results of automatic synchronizations, after a note."""
        ...

    async def aclose(self) -> None:
        """Finish pending synchronizations."""
        ...
