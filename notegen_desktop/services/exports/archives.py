"""Reproducible ZIP archives, so that exporting a note again gives the same bytes."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from notegen_desktop.domain.notes.note import Note

_SINCE = datetime(2020, 1, 1, tzinfo=UTC)


def timeless(
    archive: bytes, *, changes: Mapping[str, Callable[[bytes], bytes]] | None = None
) -> bytes:
    """Return a ZIP archive without its times of creation.

    `changes` maps names of files to functions that change their content.
    """
    changes = changes or {}
    file = io.BytesIO()
    with ZipFile(io.BytesIO(archive)) as old, ZipFile(file, "w") as new:
        for name in old.namelist():
            content = changes.get(name, bytes)(old.read(name))
            new.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return file.getvalue()


def created(note: Note) -> datetime:
    """Return the note's date of creation; a fixed day if it has none."""
    try:
        when = datetime.fromisoformat(note.created)
    except ValueError:
        return _SINCE
    return when if when.tzinfo else when.replace(tzinfo=UTC)
