"""Imports notes from files: exported here or elsewhere, and lists of videos.

Used by `notegen notes import` and the library page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Exporter, FileRead, NoteStore

AT_ONCE = 50
"""Notes imported per transaction: after an interruption those before are kept, and a repetition
adds no duplicates."""

Batch = list[tuple[Path, Note]]


@dataclass(slots=True)
class Imported:
    """The result of an import: notes by id, title and file; notes that existed; links of lists by
    key; and errors by file."""

    notes: list[tuple[str, str, Path]] = field(default_factory=list)
    present: list[tuple[str, Path]] = field(default_factory=list)
    links: dict[str, Link] = field(default_factory=dict)
    problems: list[tuple[Path, str]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.notes or self.present or self.links)


async def import_files(
    paths: Iterable[Path],
    exporter: Exporter,
    store: NoteStore,
    *,
    told: Callable[[Path, FileRead], object] = lambda path, read: None,
    grown: Callable[[Imported], object] = lambda imported: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Imported:
    """Import the notes of files and folders. `told` is called for each file, `grown` for each
    batch; `stopped` ends the import between two. Raises StoreError; notes imported before stay."""
    imported = Imported()
    batch: Batch = []
    for path in paths:
        files = await asyncio.to_thread(_files_of, path, exporter)
        for file in files or [path]:
            if stopped():
                return imported
            read = await asyncio.to_thread(exporter.read, file) if files else _nothing(path)
            told(file, read)
            imported.problems += [(file, problem) for problem in read.problems]
            imported.links |= {link.key: link for link in read.links}
            batch += [(file, note) for note in read.notes]
            while len(batch) >= AT_ONCE:
                if stopped():
                    return imported
                await _take_in(batch[:AT_ONCE], store, imported)
                del batch[:AT_ONCE]
                grown(imported)
    await _take_in(batch, store, imported)
    return imported


def _files_of(path: Path, exporter: Exporter) -> list[Path]:
    return exporter.files_in(path) if path.exists() else []


def _nothing(path: Path) -> FileRead:
    if path.exists():
        return FileRead(problems=(_("There is nothing in it that could be read."),))
    return FileRead(problems=(_("There is no such file or folder."),))


async def _take_in(batch: Batch, store: NoteStore, imported: Imported) -> None:
    ids = await store.add([note for file, note in batch]) if batch else []
    for note_id, (file, note) in zip(ids, batch, strict=True):
        if note_id:
            imported.notes.append((note_id, note.title, file))
        else:
            imported.present.append((note.title, file))
