"""Saving a note where the user says: asks for the place, then writes it whole or not at all."""

from __future__ import annotations

import errno
import os
import re
import tempfile
import unicodedata
from pathlib import Path

from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.errors import DiskFull, FolderNotWritable
from notegen_desktop.domain.notes import Level, Note
from notegen_desktop.services.ports import Exporter

from .dialogs import choose_save_path
from .formats import format_name
from .pdf import pdf_bytes
from .rendering import one_line
from .tasks import in_thread

NAME_CHARS = 80
_SUFFIXES = {"anki": "apkg"}
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')


def suggested_name(note: Note, kind: str) -> str:
    """A file name without suffix that every system takes."""
    words = f"{one_line(note.title or note.video.name)[:NAME_CHARS]} - {kind}"
    # Invisible controls turn names round ("exe.txt"): category C goes, and so do the systems' own.
    kept = "".join(
        c for c in unicodedata.normalize("NFC", words) if unicodedata.category(c)[0] != "C"
    )
    return _NOT_IN_NAMES.sub(" ", kept).strip(" .") or "Note"


async def save_note_as(
    parent: QWidget | None,
    exporter: Exporter,
    note: Note,
    format: str,
    level: Level,
    *,
    kind: str,
    folder: Path | None = None,
) -> Path | None:
    """Ask where, and write the note there. None if the user changes their mind.

    Raises FormatUnavailable, FolderNotWritable or DiskFull.
    """
    path = await choose_save_path(
        parent,
        title=f"Save as {format_name(format)}",
        name=suggested_name(note, kind),
        suffix=_SUFFIXES.get(format, format),
        folder=folder,
    )
    if path is None:
        return None
    if format == "pdf":
        data = pdf_bytes(note, level, kind=kind)
    else:
        data = await in_thread(exporter.render, note, format, level)
    await in_thread(write_whole, path, data)
    return path


def write_whole(path: Path, data: bytes) -> None:
    """Put `data` in a file whole, or leave what was there. Raises FolderNotWritable, DiskFull."""
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull from error
        raise FolderNotWritable(f"“{path.name}” cannot be written to {path.parent}.") from error
