"""A folder of pages for other programs, kept up to date."""

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
    """Whose Markdown the pages are in."""

    OBSIDIAN = "obsidian"
    LOGSEQ = "logseq"


class VaultBy(StrEnum):
    """What a page holds: one note, or all notes of a video."""

    TEMPLATE = "template"
    VIDEO = "video"


@dataclass(frozen=True, slots=True)
class VaultOrder:
    """How a folder is kept. `restore` writes pages again that their reader deleted; a `dry_run`
    writes nothing and tells what would be."""

    folder: Path
    by: VaultBy = VaultBy.TEMPLATE
    form: VaultForm = VaultForm.OBSIDIAN
    level: Level = Level.STANDARD
    restore: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class KeptPage:
    """A page with words of its reader. `sections` are the headings of those whose newer text was
    not put in, because the reader changed or removed them; `ids` are its notes."""

    path: str
    sections: tuple[str, ...]
    ids: tuple[str, ...]


@dataclass(slots=True)
class VaultReport:
    """What became of the pages; paths are below the folder.

    `untied` are pages whose reader took the id out of their properties: they are left alone. An
    edited page is in `edited` whether or not anything new was put in; `kept` are those among
    them whose newer text was not put in everywhere. `deleted` were deleted by their reader and stay
    so; `gone` are pages whose notes the library no longer has, which stay as they are. `away` are
    in a cloud, not downloaded: nothing is done with them. `failed` are paths and reasons.
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
        """`3 written, 1 updated, 12 unchanged, 2 kept because edited`."""
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
    """So many pages are being written, which takes a while."""

    pages: int


class NoteVault(Protocol):
    """Keeps folders of pages."""

    async def sync(
        self, order: VaultOrder, progress: Callable[[int, int], object] = lambda *_: None
    ) -> VaultReport:
        """Bring a folder up to date; `progress` is told how many pages of how many are written.
        Raises FolderNotWritable, DiskFull, FileBusy or StoreError."""
        ...

    def tell(self, listener: Callable[[VaultReport | VaultBegun | Failure], object]) -> None:
        """`listener` hears of what is done unasked, after a note."""
        ...

    async def aclose(self) -> None:
        """Finish what is still to be done."""
        ...
