"""Detects a library whose file is empty or gone, by its traces, unlike a first start.

SQLite takes an empty file for a new database, and deletes a write-ahead log beside one. So this
runs before SQLite opens anything.
"""

from __future__ import annotations

import contextlib
import glob
import time
from collections.abc import Iterator
from pathlib import Path

from notegen_desktop.domain.errors import DatabaseUnavailable, LibraryLost
from notegen_desktop.domain.words import _

from .database.failures import backups

EMPTY_BYTES = 1
"""Size up to which SQLite takes a file for empty."""

LOG_HEADER_BYTES = 32
"""Size of a write-ahead log without a page."""


def check_not_lost(path: Path, *, had_notes: bool = False) -> None:
    """Raise LibraryLost if the SQLite file `path` is empty and a library was there before, or
    DatabaseUnavailable if a cloud has replaced it by a placeholder.

    `had_notes` is True if notes are known from elsewhere.
    """
    if not is_empty(path):
        return
    placeholder = path.with_name(f".{path.name}.icloud")
    if placeholder.exists():
        raise DatabaseUnavailable(
            _("The library {path} is in the cloud, not on this computer.").format(path=path),
            hint=_("Download it with the program of the cloud, then try again."),
        )
    # Checked again: another program that is starting may just have created the file.
    if (had_notes or is_left(path)) and is_empty(path):
        raise lost(path)


def lost(path: Path) -> LibraryLost:
    """Return the error for an empty library file, with a hint on what to do."""
    if backups(path):
        hint = _(
            "`notegen doctor --yes` goes back to the last backup; to begin a new library, move the "
            "backups away."
        )
    elif log_of(path) is not None:
        hint = _(
            "`notegen doctor --yes` saves what can be read and keeps the damaged file beside it."
        )
    else:
        hint = _(
            "If a program is copying or synchronising files, wait until it is done and try again. "
            "`notegen doctor --yes` begins a new library."
        )
    copies = [*backups(path), *_copies(path)]
    if copies:
        hint = _("{hint} A backup lies at {copies}.").format(hint=hint, copies=copies[0])
    message = _("The library {path} had notes before, and now it is empty or gone.")
    return LibraryLost(message.format(path=path), hint=hint)


def is_empty(path: Path) -> bool:
    """Return True if SQLite would create a new database there. Raises OSError."""
    return not path.exists() or (path.is_file() and path.stat().st_size <= EMPTY_BYTES)


def is_left(path: Path) -> bool:
    """Return True if traces show that a library was here."""
    return bool(backups(path) or log_of(path) is not None or next(_copies(path), None))


def log_of(path: Path) -> Path | None:
    """Return the write-ahead log beside the file, if it holds any page, or None."""
    log = path.with_name(f"{path.name}-wal")
    with contextlib.suppress(OSError):
        if log.stat().st_size > LOG_HEADER_BYTES:
            return log
    return None


def set_aside(path: Path) -> None:
    """Rename the traces of an old library to names that the new one does not use. Raises
    OSError."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = path.with_name(f"{path.stem}-before-{stamp}.db")
    for tail in ("-wal", "-shm", "-journal"):
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            path.with_name(path.name + tail).rename(kept.with_name(kept.name + tail))
    if copies := backups(path):
        folder = path.with_name(f"backups-before-{stamp}")
        folder.mkdir()
        for copy in copies:
            copy.rename(folder / copy.name)


def _copies(path: Path) -> Iterator[Path]:
    """Yield files set aside by a repair, and conflict copies of synchronization programs."""
    for pattern in ("-damaged-*.db", ".sync-conflict-*.db", " (*).db"):
        with contextlib.suppress(OSError):
            yield from path.parent.glob(f"{glob.escape(path.stem)}{pattern}")
