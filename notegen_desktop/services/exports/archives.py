"""Archives that are the same bytes each time, so that a note exported again is the file it was."""

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
    """The same files in a ZIP archive without the time at which it was made.

    `changes` has what is to become of the content of some of them, by name.
    """
    changes = changes or {}
    file = io.BytesIO()
    with ZipFile(io.BytesIO(archive)) as old, ZipFile(file, "w") as new:
        for name in old.namelist():
            content = changes.get(name, bytes)(old.read(name))
            new.writestr(ZipInfo(name), content, ZIP_DEFLATED)
    return file.getvalue()


def created(note: Note) -> datetime:
    """When the note was made; a day for all those that do not say."""
    try:
        when = datetime.fromisoformat(note.created)
    except ValueError:
        return _SINCE
    return when if when.tzinfo else when.replace(tzinfo=UTC)
