"""Backups of the library: written in the background, verified by opening, and compressed.

A backup has every row, but not the search index: that takes half of a large library and is rebuilt
from the notes. The newest backup is a plain SQLite file, older ones are compressed.
"""

from __future__ import annotations

import contextlib
import gzip
import os
import re
import shutil
import sqlite3
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from notegen_desktop.domain.errors import StoreError
from notegen_desktop.domain.words import _

from .database.engine import BUSY_TIMEOUT_MS, Database
from .database.failures import backups
from .database.presence import Presence
from .search.indexing import UNINDEXED

KEPT = 3
_OLD_PART_S = 86_400
"""Age in seconds at which an unfinished backup is deleted if its program is another machine's."""

PACKED = ".gz"
_LEVEL = 3
"""Compression level of zlib: notes shrink to a third at some 60 MB a second; the best level takes
four times as long for a tenth less."""

_CHUNK = 1 << 20
_CREATE = re.compile(r"^(CREATE (?:VIRTUAL |UNIQUE )?(?:TABLE|INDEX)) ")

Surrounding = Callable[[sqlite3.Connection], contextlib.AbstractContextManager[None]]


@contextlib.contextmanager
def _unwatched(connection: sqlite3.Connection) -> Iterator[None]:
    yield


def back_up(
    database: Database, *, label: str, maker: str, copying: Surrounding = _unwatched
) -> Path:
    """Write a backup while other connections go on reading and writing; delete the oldest. Return
    its path.

    `maker` is this program's token, which identifies unfinished files of a killed program;
    `copying` is a context manager around the work on each connection. Raises sqlite3.Error,
    OSError, or StoreError if the backup does not hold what was read.
    """
    path = database.path
    assert path is not None
    folder = path.parent / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}-{label}.db"
    draft = target.with_name(f"{target.name}.{maker}.part")
    try:
        # A connection of its own, so that other queries need not wait.
        source = database.access.connect(path, timeout_s=BUSY_TIMEOUT_MS / 1000)
        with contextlib.closing(source), copying(source):
            rows = _copy(source, draft)
        with contextlib.closing(sqlite3.connect(draft)) as made, copying(made):
            if not _is_sound(made) or {name: _count(made, name) for name in rows} != rows:
                raise StoreError(
                    _("A copy of {path} could not be read back; it is not kept.").format(path=path)
                )
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    for old in backups(path)[KEPT:]:
        with contextlib.suppress(OSError):
            old.unlink()
    return target


def pack_older(path: Path, *, maker: str, stopping: threading.Event | None = None) -> None:
    """Compress all backups but the newest; each is read back before the plain file is deleted."""
    for plain in backups(path)[1:]:
        packed = plain.with_name(plain.name + PACKED)
        if plain.suffix == PACKED:
            continue
        draft = packed.with_name(f"{packed.name}.{maker}.part")
        try:
            with plain.open("rb") as source, draft.open("wb") as file:
                with gzip.open(file, "wb", compresslevel=_LEVEL) as target:
                    while chunk := source.read(_CHUNK):
                        if stopping is not None and stopping.is_set():
                            return
                        target.write(chunk)
                os.fsync(file.fileno())
            with gzip.open(draft) as again:
                size = sum(len(chunk) for chunk in iter(lambda: again.read(_CHUNK), b""))
            if size == plain.stat().st_size:
                draft.replace(packed)
                plain.unlink()
        finally:
            draft.unlink(missing_ok=True)


def unpack(copy: Path, target: Path) -> bool:
    """Decompress a backup into a file; return True if that is a sound library. Raises OSError."""
    try:
        if copy.suffix == PACKED:
            with gzip.open(copy) as packed, target.open("wb") as file:
                shutil.copyfileobj(packed, file, _CHUNK)
        else:
            shutil.copy2(copy, target)
        with contextlib.closing(sqlite3.connect(target)) as connection:
            return _is_sound(connection)
    except (sqlite3.DatabaseError, gzip.BadGzipFile, EOFError, zlib.error):
        return False


def sweep_parts(path: Path, presence: Presence) -> None:
    """Delete unfinished backups and repaired files of killed programs."""
    for part in (*path.parent.glob(f"backups/{path.stem}-*.part*"), *path.parent.glob("*.part")):
        maker = ".".join(part.name.removesuffix(".part").split(".")[-2:])
        with contextlib.suppress(OSError):
            old = time.time() - part.stat().st_mtime > _OLD_PART_S
            if old or presence.alive(maker) is False:
                part.unlink()


def _copy(source: sqlite3.Connection, draft: Path) -> dict[str, int]:
    """Copy every row, in one snapshot, into a new file; return the number of rows by table."""
    # As bytes: names in SQLite need not be valid text, but a text parameter must be.
    source.execute("ATTACH CAST(? AS TEXT) AS copy", (os.fsencode(draft),))
    source.execute("PRAGMA copy.journal_mode=OFF")
    source.execute("PRAGMA copy.synchronous=OFF")
    source.execute("BEGIN")
    made = source.execute(
        "SELECT name, type, sql FROM main.sqlite_master WHERE sql IS NOT NULL "
        "AND type IN ('table', 'index') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "ORDER BY type DESC"  # indexes come after the rows of their table
    ).fetchall()
    words = tuple(name for name, kind, sql in made if sql.startswith("CREATE VIRTUAL"))
    rows: dict[str, int] = {}
    for name, kind, sql in made:
        if name.startswith(tuple(f"{each}_" for each in words)):
            continue  # SQLite creates the shadow tables together with the full-text table
        source.execute(_CREATE.sub(r"\1 copy.", sql))
        if kind == "table" and name not in words:
            columns = [row[1] for row in source.execute(f'PRAGMA main.table_info("{name}")')]
            # Ordinals are left out: they belong to the search index, which is not copied.
            kept = (
                "NULL" if (name, c) == ("transcripts", "ordinal") else f'"{c}"' for c in columns
            )
            source.execute(f'INSERT INTO copy."{name}" SELECT {", ".join(kept)} FROM main."{name}"')
            rows[name] = _count(source, f"main.{name}")
    if "facts" in rows:
        with contextlib.suppress(sqlite3.IntegrityError):
            source.execute("INSERT INTO copy.facts (key, value) VALUES (?, '0')", (UNINDEXED,))
            rows["facts"] += 1
        source.execute("UPDATE copy.facts SET value = '0' WHERE key = ?", (UNINDEXED,))
    source.execute("COMMIT")
    return rows


def _count(connection: sqlite3.Connection, table: str) -> int:
    named = ".".join(f'"{part}"' for part in table.split("."))
    return int(connection.execute(f"SELECT count(*) FROM {named}").fetchone()[0])


def _is_sound(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
