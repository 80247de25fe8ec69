"""Finds how a SQLite file can be opened at its place: with a write-ahead log, without, or
read-only.

A write-ahead log wants shared memory and byte-range locks. Homes on NFS, SMB, 9p and FUSE refuse
one or both, and on a share of several computers the memory is not shared at all
(https://sqlite.org/wal.html, "does not work over a network filesystem"). So each way is tried in
turn, the fastest first. A file that cannot be written at all is opened read-only.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import sys
import time
import urllib.parse
from dataclasses import dataclass
from pathlib import Path

from notegen_desktop.domain.errors import NoteGenError

from .failures import damaged_codes, translate

NETWORK_KINDS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "fuse.sshfs", "ceph"})
"""Network file systems, by their names in /proc/mounts."""

STALE_DOT_LOCK_S = 60.0
"""Seconds after which an untouched lock file of SQLite counts as left by a killed program: no
transaction of ours lasts that long."""

_NO_LOCKS = "win32-none" if sys.platform == "win32" else "unix-none"


@dataclass(frozen=True, slots=True)
class SqliteAccess:
    """One way to open a SQLite file.

    `journal` is SQLite's journal mode; `vfs` the locking method ("" for the system's usual one).
    `refused` is the reason why it cannot be written, or None.
    """

    journal: str = "WAL"
    vfs: str = ""
    immutable: bool = False
    refused: NoteGenError | None = None

    def connect(self, path: Path, *, timeout_s: float) -> sqlite3.Connection:
        """Return a connection that begins no transaction by itself. Raises sqlite3.Error."""
        query = {"vfs": self.vfs} if self.vfs else {}
        if self.immutable:
            query["immutable"] = "1"
        elif self.refused is not None:
            query["mode"] = "ro"
        name = b"/" + os.fsencode(path.name) if self.vfs == "memdb" else os.fsencode(path)
        connection = sqlite3.connect(
            f"file:{urllib.parse.quote(name)}?{urllib.parse.urlencode(query)}",
            uri=True,
            isolation_level=None,
            timeout=timeout_s,
            check_same_thread=False,
        )
        if self.refused is not None and not self.immutable:
            # With an exclusive lock, the index of the WAL is kept in this process's memory.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        return connection


WAL = SqliteAccess()
ROLLBACK = SqliteAccess(journal="DELETE")
DOT_LOCKED = SqliteAccess(journal="DELETE", vfs="unix-dotfile")
IN_MEMORY = SqliteAccess(journal="MEMORY", vfs="memdb")


def find_access(path: Path) -> SqliteAccess:
    """Return the best way to open `path`, which is created if missing.

    Raises DatabaseUnavailable, FolderNotWritable or DiskFull if it can be neither written nor read.
    """
    ways = [ROLLBACK] if is_on_network(path) else [WAL, ROLLBACK]
    if sys.platform != "win32":
        ways.append(DOT_LOCKED)
    first: Exception | None = None
    for way in ways:
        try:
            _try_to_write(path, way)
            return way
        except (sqlite3.Error, PermissionError) as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code in damaged_codes:
                raise translate(error, path=path) from error
            if code == sqlite3.SQLITE_BUSY and _is_held(path, way):
                return way  # locked by another program for now, which is waited for
            first = first or error
    assert first is not None
    refused = translate(first, path=path)
    with contextlib.suppress(OSError, sqlite3.Error):
        way = _to_read(path, refused)
        if path.stat().st_size:
            with contextlib.closing(way.connect(path, timeout_s=0)) as connection:
                connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return way
    raise refused from first


def _try_to_write(path: Path, way: SqliteAccess) -> None:
    if way is not WAL and not os.access(path.parent, os.W_OK):
        # The error would otherwise occur only at the first write, which creates the journal.
        raise PermissionError(errno.EACCES, "the folder cannot be written to", str(path.parent))
    if way is DOT_LOCKED:
        lock = _dot_lock(path)
        with contextlib.suppress(OSError):
            if time.time() - lock.stat().st_mtime > STALE_DOT_LOCK_S:
                lock.rmdir()
    with contextlib.closing(way.connect(path, timeout_s=0)) as connection:
        if way is not WAL:
            # An existing WAL is read and checkpointed without shared memory.
            connection.execute("PRAGMA locking_mode=EXCLUSIVE")
        connection.execute(f"PRAGMA journal_mode={way.journal}")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("ROLLBACK")


def _to_read(path: Path, refused: NoteGenError) -> SqliteAccess:
    """Return a read-only access: with locks off if a log belongs to the file, else immutable."""
    log = path.with_name(f"{path.name}-wal")
    if log.exists() and log.stat().st_size:
        return SqliteAccess(vfs=_NO_LOCKS, refused=refused)
    return SqliteAccess(immutable=True, refused=refused)


def _is_held(path: Path, way: SqliteAccess) -> bool:
    """Return True if the file is busy because another program holds it, False if nothing can lock
    it.

    Byte-range locks are tried on another file: closing the database's would drop the locks that
    this process holds on it.
    """
    if way is DOT_LOCKED:
        return _dot_lock(path).exists()
    if sys.platform == "win32":
        return True
    import fcntl
    import tempfile

    try:  # a name per process: several may start at once
        file, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
    except OSError:
        return True
    os.unlink(name)
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(file)
    return True


def _dot_lock(path: Path) -> Path:
    """Return SQLite's lock file beside the database."""
    return path.with_name(f"{path.name}.lock")


def is_on_network(path: Path, mounts: Path = Path("/proc/mounts")) -> bool:
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    place = path.resolve()
    kinds = {
        Path(target.replace("\\040", " ")): kind
        for _, target, kind, *_ in (line.split() for line in lines)
    }
    return next((kinds[each] for each in place.parents if each in kinds), "") in NETWORK_KINDS
