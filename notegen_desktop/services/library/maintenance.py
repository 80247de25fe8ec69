"""Background maintenance of the library: clearing up, a check in parts, a backup.

Begins after the first notes have been shown and stops at once when the library is closed. A check
continues where the last one ended, in this start or an earlier one, so that no start reads the
whole file.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from sqlalchemy import Connection, select

from .backups import back_up, pack_older, sweep_parts
from .database.access import IN_MEMORY
from .database.engine import BUSY_TIMEOUT_MS, Database
from .database.failures import backups
from .database.presence import Presence
from .rows import put_row
from .schema import facts
from .search import index_next

log = logging.getLogger(__name__)

AFTER_S = 3.0
"""Seconds from opening to the first background reading; the first notes take one."""

CHECKED_BYTES = 64_000_000
"""Bytes that the check reads per start; a library of ordinary size is read whole."""

ROWS = 200
PAUSE_S = 0.02
"""Rows per step of the check, and seconds between two: some 10 MB a second on a busy disk, leaving
the interpreter free in between."""

BACKUP_AFTER_S = 7 * 86_400

_POSITION = "library.check"


class Maintenance:
    """The maintenance thread. `tidying` are units of work for the writer, done first."""

    def __init__(
        self,
        database: Database,
        presence: Presence,
        tidying: Sequence[Callable[[Connection], None]],
        *,
        after_s: float = AFTER_S,
    ) -> None:
        self._database = database
        self._presence = presence
        self._tidying = tidying
        self._after_s = after_s
        self._stopping = threading.Event()
        self._copying: sqlite3.Connection | None = None
        self._thread = threading.Thread(target=self._run, name="library-maintenance", daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait until all maintenance is done."""
        self._thread.join()

    def stop(self) -> None:
        """Stop the running work; an unfinished backup is deleted."""
        self._stopping.set()
        while self._thread.is_alive():
            copying = self._copying
            if copying is not None:
                # the connection was closed meanwhile
                with contextlib.suppress(sqlite3.ProgrammingError):
                    copying.interrupt()
            self._thread.join(0.05)

    def _run(self) -> None:
        database = self._database
        if database.access.refused is not None or database.access is IN_MEMORY:
            return
        try:
            for work in self._tidying:
                database.do(work)
            while database.do(index_next) and not self._stopping.is_set():
                pass
            if database.path is None or self._stopping.wait(self._after_s):
                return
            sweep_parts(database.path, self._presence)
            check_part(database, self._stopping)
            if not self._stopping.is_set():
                self._back_up_if_due(database.path)
                pack_older(database.path, maker=self._presence.token, stopping=self._stopping)
        except Exception as error:  # noqa: BLE001 - the library works without
            if not self._stopping.is_set():
                log.info("the library was not cared for: %s", database.translated(error))

    def _back_up_if_due(self, path: Path) -> None:
        """Write a backup if the newest is older than a week."""
        newest = next(iter(backups(path)), None)
        if newest is not None and time.time() - newest.stat().st_mtime < BACKUP_AFTER_S:
            return
        with self._database.readers.connect() as connection:
            if not connection.exec_driver_sql("SELECT EXISTS (SELECT 1 FROM notes)").scalar():
                return
        back_up(self._database, label="weekly", maker=self._presence.token, copying=self._copies)

    @contextlib.contextmanager
    def _copies(self, connection: sqlite3.Connection) -> Iterator[None]:
        self._copying = connection
        try:
            yield
        finally:
            self._copying = None


# --- the check ---


def check_part(database: Database, stopping: threading.Event) -> bool:
    """Read the next part of the library; True if its end was reached.

    Raises the database's error for a damaged page: reading every row of a table reads every page
    that holds its content.
    """
    assert database.path is not None
    query = select(facts.c.value).where(facts.c.key == _POSITION)
    with database.readers.connect() as connection:
        stored = connection.execute(query).scalar()
    table, rowid = json.loads(stored) if stored else ("", 0)
    source = database.access.connect(database.path, timeout_s=BUSY_TIMEOUT_MS / 1000)
    with contextlib.closing(source):
        source.execute("PRAGMA query_only=ON")
        source.text_factory = bytes
        place, ended = _read_on(source, (table, rowid), stopping)

    columns = {"value": json.dumps(place), "until": None}
    database.do(lambda connection: put_row(connection, facts, {"key": _POSITION}, columns))
    return ended


def _read_on(
    source: sqlite3.Connection, place: tuple[str, int], stopping: threading.Event
) -> tuple[tuple[str, int], bool]:
    budget = CHECKED_BYTES
    names = source.execute(
        "SELECT name, sql LIKE '%WITHOUT ROWID%' FROM sqlite_master WHERE type = 'table' "
        "AND sql NOT LIKE 'CREATE VIRTUAL%' AND name >= ? ORDER BY name",
        (place[0],),
    ).fetchall()
    for raw, without_rowid in names:
        name = raw.decode()
        last: int | None = place[1] if name == place[0] else None
        while not without_rowid:
            if budget <= 0 or stopping.is_set():
                return (name, last or 0), False
            # Row ids may be negative, so the first page has no lower bound at all.
            begin = "" if last is None else "WHERE rowid > ?"
            rows = source.execute(
                f'SELECT rowid, * FROM "{name}" {begin} ORDER BY rowid LIMIT {ROWS}',
                () if last is None else (last,),
            ).fetchall()
            if not rows:
                break
            last = rows[-1][0]
            budget -= sum(len(value) for row in rows for value in row if isinstance(value, bytes))
            stopping.wait(PAUSE_S)
        for (index,) in source.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", (name,)
        ).fetchall():
            source.execute(
                f'SELECT count(*) FROM "{name}" INDEXED BY "{index.decode()}"'
            ).fetchone()
        if without_rowid:
            source.execute(f'SELECT count(*) FROM "{name}"').fetchone()
    return ("", 0), True
