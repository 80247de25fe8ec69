"""Checks that a file is a library of this program, before anything could write to it."""

from __future__ import annotations

import codecs
import contextlib
import sqlite3
import urllib.parse
from os import fsencode
from pathlib import Path

from notegen_desktop.domain.errors import DatabaseUnavailable, LibraryReplaced
from notegen_desktop.domain.words import _

from .failures import backups

MAGIC = b"SQLite format 3\0"
_OURS = {"alembic_version", "notes", "videos"}
_HEADER_BYTES = 4096
_OTHERS = (b"PK\x03\x04", b"\x1f\x8b", b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"{\\rtf")
"""Signatures of archives, documents and pictures."""
_WRITE_VERSION = 18
"""Offset of the file format's write version: 2 for a write-ahead log, as in nearly all
libraries."""


def check_is_library(path: Path, *, damaged_too: bool) -> None:
    """Raise DatabaseUnavailable if `path` is a text, another kind of file, or a SQLite database of
    another program; without `damaged_too` also if it may be a damaged library. With it, and a
    backup beside the file, raise LibraryReplaced. An empty file is accepted. Raises OSError."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        start = file.read(_HEADER_BYTES)
    if len(start) <= 1:
        return
    if start.startswith(MAGIC):
        ours = start[_WRITE_VERSION : _WRITE_VERSION + 1] == b"\2" and damaged_too
        if ours or _has_our_tables(path):
            return
    elif damaged_too and (MAGIC.startswith(start) or not _is_other(start)):
        return
    words = _("{place} is not a library of NoteGen; nothing was changed.").format(place=path)
    copies = backups(path) if damaged_too else ()
    if not copies:
        raise DatabaseUnavailable(words, hint=_("Name a new file, or an empty database."))
    hint = _("`notegen doctor --yes` puts that file aside and goes back to the last backup.")
    told = _("{hint} A backup lies at {copies}.").format(hint=hint, copies=copies[0])
    raise LibraryReplaced(words, hint=told)


def _has_our_tables(path: Path) -> bool:
    """Return True if the file has our tables, none at all, or cannot be read."""
    address = f"file:{urllib.parse.quote(fsencode(path))}?mode=ro"
    try:
        with contextlib.closing(sqlite3.connect(address, uri=True, timeout=1)) as connection:
            found = {
                name
                for (name,) in connection.execute(
                    "SELECT name FROM sqlite_master WHERE type = 'table'"
                )
            }
    except sqlite3.Error:
        return True
    return not found or found >= _OURS


def _is_other(start: bytes) -> bool:
    """Return True for the beginning of a text, an archive, a document or a picture."""
    if start.startswith(_OTHERS):
        return True
    if b"\0" in start:
        return False
    with contextlib.suppress(UnicodeDecodeError):
        codecs.getincrementaldecoder("utf-8")().decode(start)  # the last character may be cut off
        return True
    return False
