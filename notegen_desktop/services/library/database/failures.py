"""Translates database errors into messages with hints.

Every error of the driver or SQLAlchemy becomes a `StoreError` here.
"""

from __future__ import annotations

import re
import shutil
import sqlite3
import traceback
from pathlib import Path

from sqlalchemy import exc

from notegen_desktop.domain.errors import (
    DatabaseDamaged,
    DatabaseUnavailable,
    DiskFailed,
    DiskFull,
    FolderNotWritable,
    NoteGenError,
)
from notegen_desktop.domain.text.cleaning import in_sentence
from notegen_desktop.domain.words import _

_FULL, _READONLY, _CANTOPEN, _CORRUPT, _NOTADB, _IOERR, _BUSY, _LOCKED, _PERM = (
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_PERM,
)

_ROOM = 100_000
"""Bytes that SQLite needs beside the file: 32 KB of shared memory, and some pages of a log."""

damaged_codes = (_CORRUPT, _NOTADB)


def is_busy(error: BaseException) -> bool:
    """Return True if another program held the SQLite database for longer than the busy time-out."""
    return _sqlite_code(error) in (_BUSY, _LOCKED)


def is_transient(error: BaseException) -> bool:
    """Return True if a PostgreSQL transaction may simply be repeated, on a fresh connection.

    If the connection was cut, it is unknown whether it was committed: all work here is idempotent.
    """
    if getattr(error, "connection_invalidated", False):
        return True
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    # serialization failure, deadlock, unique violation (concurrent writes of a row)
    return state in ("40001", "40P01", "23505")


def release_cursors(error: BaseException) -> None:
    """Clear the frames of an exception that may be stored for long.

    They hold the failed cursor, and a cursor keeps SQLite's lock on the file even after its
    connection is closed: the library could not be repaired while the exception exists.
    """
    chain: BaseException | None = error
    while chain is not None:
        traceback.clear_frames(chain.__traceback__)
        chain = chain.__cause__ or chain.__context__


def translate(error: Exception, *, path: Path | None, server: str = "") -> NoteGenError:
    """Return `error` as the program's own; our own errors are returned unchanged.

    `path` is the SQLite file, or None; `server` names a PostgreSQL server without its password.
    """
    if isinstance(error, NoteGenError):
        return error
    if path is not None:
        return _of_sqlite(error, path)
    return _of_server(error, server)


def damaged(path: Path, detail: str) -> DatabaseDamaged:
    """Return the error of a damaged file, with the remedies."""
    return DatabaseDamaged(
        _("The notes database {path} is damaged: {detail}.").format(path=path, detail=detail),
        hint=_repair(path),
    )


def _repair(path: Path) -> str:
    hint = _("`notegen doctor --yes` saves what can be read and keeps the damaged file beside it.")
    copies = backups(path)
    return (
        _("{hint} A backup lies at {copies}.").format(hint=hint, copies=copies[0])
        if copies
        else hint
    )


def backups(path: Path) -> list[Path]:
    """Return backups of the SQLite file, newest first by the time in their names: copying a home,
    or a cloud that syncs it, changes file times. Those of `notes-old.db` do not belong to
    `notes.db`."""
    named = re.compile(rf"{re.escape(path.stem)}-\d{{8}}-\d{{6}}-.*\.db(?:\.gz)?", re.DOTALL)
    try:
        found = (path.parent / "backups").iterdir()
        whole = [each for each in found if named.fullmatch(each.name)]
        return sorted(whole, key=lambda each: each.name, reverse=True)
    except OSError:
        return []


def _sqlite_code(error: BaseException) -> int:
    cause = error.orig if isinstance(error, exc.DBAPIError) else error
    return int(getattr(cause, "sqlite_errorcode", 0) or 0) & 0xFF


def _of_sqlite(error: Exception, path: Path) -> NoteGenError:
    code = _sqlite_code(error)
    detail = _words(error)
    if code == _FULL or (code in (_IOERR, _CANTOPEN) and _is_full(path)):
        return DiskFull(
            _("The disk is full; the library at {path} could not be written.").format(path=path)
        )
    if code in (_READONLY, _PERM) or isinstance(error, PermissionError):
        return FolderNotWritable(
            _("The notes database {path} cannot be written to.").format(path=path),
            hint=_("Check the permissions of the file and of its folder, or set NOTEGEN_HOME."),
        )
    if code == _CANTOPEN or isinstance(error, OSError):
        return FolderNotWritable(
            _("The notes database {path} cannot be opened: {detail}.").format(
                path=path, detail=detail
            ),
            hint=_("Check that its folder exists and may be written to, or set NOTEGEN_HOME."),
        )
    if code in damaged_codes:
        return damaged(path, detail)
    if code in (_BUSY, _LOCKED):
        return DatabaseUnavailable(
            _("Another program keeps the notes database busy."),
            hint=_("Close other windows of NoteGen and any database tool, then retry."),
        )
    if code == _IOERR:
        return DiskFailed(
            _(
                "The disk answered with an error while the library at {path} was used: {detail}."
            ).format(path=path, detail=detail),
            hint=_(
                "Check that the disk is connected and has space, then retry. If the folder is on "
                "a network share, set NOTEGEN_HOME to one on a disk of this computer."
            ),
        )
    return DatabaseUnavailable(
        _("The notes database could not do this: {detail}.").format(detail=detail)
    )


def _is_full(path: Path) -> bool:
    """Return True if the disk is full, which SQLite reports as an I/O error of its shared
    memory."""
    try:
        return shutil.disk_usage(path.parent).free < _ROOM
    except OSError:
        return False


def _of_server(error: Exception, server: str) -> NoteGenError:
    state = str(getattr(getattr(error, "orig", None), "sqlstate", None) or "")
    detail = _words(error)
    if state == "53100":
        return DiskFull(
            _("The disk of the database server {server} is full.").format(server=server)
        )
    if isinstance(error, exc.TimeoutError):
        return DatabaseUnavailable(
            _("All connections to the database stayed busy."),
            hint=_("Retry; or allow more connections in the settings (library.pool_size)."),
        )
    if state.startswith("28") or "authentication failed" in detail:
        return DatabaseUnavailable(
            _("The database server {server} does not accept the user name or password.").format(
                server=server
            ),
            hint=_("Check NOTEGEN_DATABASE_URL."),
        )
    if state == "3D000" or ('database "' in detail and "does not exist" in detail):
        return DatabaseUnavailable(
            _("The server {server} has no such database.").format(server=server),
            hint=_("Create it with createdb, or check NOTEGEN_DATABASE_URL."),
        )
    if state == "42501":
        return DatabaseUnavailable(
            _("The database user may not do this on {server}: {detail}.").format(
                server=server, detail=detail
            ),
            hint=_("The user needs the right to create and change tables in its schema."),
        )
    if isinstance(error, exc.OperationalError | exc.InterfaceError):
        return DatabaseUnavailable(
            _("The database server {server} cannot be reached: {detail}.").format(
                server=server, detail=detail
            ),
            hint=_("Check the network and NOTEGEN_DATABASE_URL, then retry."),
        )
    return DatabaseUnavailable(_("The database could not do this: {detail}.").format(detail=detail))


def _words(error: Exception) -> str:
    """Return the driver's message in one line, without the statement that SQLAlchemy adds."""
    cause = error.orig if isinstance(error, exc.DBAPIError) and error.orig else error
    return in_sentence(str(cause))[:300] or type(cause).__name__
