"""Saving a note where the user says: asks for the place, then writes it whole or not at all."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.file_names import MAX_BYTES, safe_name
from notegen_desktop.domain.notes import Level, Note
from notegen_desktop.services.ports import Exporter

from .dialogs import choose_save_path
from .formats import format_name
from .pdf import pdf_bytes
from .tasks import in_thread

_SUFFIXES = {"anki": "apkg"}


def suggested_name(note: Note, kind: str) -> str:
    """A file name without suffix that every system takes: the title, then the kind of note."""
    kind = f" - {safe_name(kind, max_bytes=MAX_BYTES // 3)}"
    room = MAX_BYTES - len(f"{kind}.suffix".encode())
    return safe_name(note.title or note.video.name, fallback="Note", max_bytes=room) + kind


async def ask_where(
    parent: QWidget | None, note: Note, format: str, *, kind: str, folder: Path | None = None
) -> Path | None:
    """Where to save the note. None if the user changes their mind."""
    return await choose_save_path(
        parent,
        title=f"Save as {format_name(format)}",
        name=suggested_name(note, kind),
        suffix=_SUFFIXES.get(format, format),
        folder=folder,
    )


async def write_note(
    path: Path, exporter: Exporter, note: Note, format: str, level: Level, *, kind: str
) -> Path:
    """Write the note there. Raises FormatUnavailable, FolderNotWritable or DiskFull."""
    if format == "pdf":
        data = pdf_bytes(note, level, kind=kind)
    else:
        data = await in_thread(exporter.render, note, format, level)
    await in_thread(exporter.replace, path, data)
    return path
