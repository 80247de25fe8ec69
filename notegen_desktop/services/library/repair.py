"""Saves the readable rows of a damaged library, and replaces it by a sound one.

Rows are copied table by table; if SQLite cannot read all of a table, its rows are gathered from the
pages. Indexes and the search index are rebuilt. The damaged file is always kept beside the library.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import Column, Float, LargeBinary, Table, Text, create_engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from notegen_desktop.domain.errors import DatabaseDamaged, DatabaseUnavailable, LibraryLost
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import Repaired, Restored

from . import search
from .backups import unpack
from .database.access import WAL, SqliteAccess, find_access
from .database.failures import backups, damaged_codes, is_busy, translate
from .database.recognition import check_is_library
from .lost import is_empty, log_of, lost
from .migrate import create
from .pages import Value, leaf_rows, put_log
from .schema import metadata

_BATCH = 500
_JSON: dict[str, str | None] = {
    "videos.chapters": "[]",
    "notes.asked": "{}",
    "notes.gaps": "[]",
    "notes.missing": "[]",
    "notes.remarks": "[]",
    "sections.own": "[]",
    "runs.lineup": "[]",
    **dict.fromkeys(
        ("transcripts.segments", "runs.wish", "jobs.failure", "jobs.draft", "facts.value")
    ),
}
"""Columns that hold JSON, and their replacement if it cannot be parsed."""


def repair(path: Path, access: SqliteAccess | None = None) -> Repaired:
    """Replace the library `path` by its readable rows. Blocks, for about a minute with a hundred
    thousand notes. `access` is how the file is opened, if known.

    If the file is empty or gone, the content of its write-ahead log is saved.

    Raises DatabaseUnavailable if another program has it open, LibraryLost if no note can be read
    and there is a backup; DiskFull, or FolderNotWritable. Then nothing has changed.
    """
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with (
            _readable(path) as (file, known),
            # POSIX drops a process's locks on a file when any of its handles is closed: close this
            # one last.
            file.open("rb") as pages,
            _alone(file, (access if known else WAL) or _access(file)) as source,
        ):
            report = _Salvage(pages, source, draft).run()
        if not report.whole + report.incomplete and backups(path):
            raise LibraryLost(
                _("No note could be read in {path}.").format(path=path), hint=lost(path).hint
            )
        return _put_in_place(path, draft, report)
    except (OSError, sqlite3.Error, SQLAlchemyError) as error:
        raise translate(error, path=path) from error
    finally:
        draft.unlink(missing_ok=True)


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[tuple[Path, bool]]:
    """Yield the file to read, and True if it is the library's own: for an empty or missing one, a
    file is built from the log's pages."""
    log = log_of(path)
    if log is None or not is_empty(path):
        yield path, True
        return
    image = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        with log.open("rb") as frames, image.open("wb") as pages:
            put_log(frames, pages)
        yield image, False
    finally:
        for tail in ("", "-wal", "-shm", "-journal"):
            image.with_name(image.name + tail).unlink(missing_ok=True)


def restore(path: Path) -> Restored:
    """Replace the library by the newest sound backup, and set the present file aside.

    Raises DatabaseUnavailable if there is none or another program has the library open.
    """
    draft = path.with_name(f"{path.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        for copy in backups(path):
            if unpack(copy, draft):
                is_ours = _is_ours(path)
                if path.is_file() and not is_empty(path):
                    # A database that another program has open keeps its journal mode.
                    with _alone(path, _access(path) if is_ours else WAL):
                        pass  # no other program has it open
                name = "damaged" if is_ours else "other"
                kept = Path(_put_in_place(path, draft, Repaired(), name=name).damaged_file)
                return Restored(copy, kept if kept.exists() else None)
    except (OSError, sqlite3.Error) as error:
        raise translate(error, path=path) from error
    finally:
        draft.unlink(missing_ok=True)
    raise DatabaseUnavailable(
        _("There is no backup of {path} that can be read.").format(path=path),
        hint=_("Repair the library, or move it aside and begin a new one."),
    )


def _is_ours(path: Path) -> bool:
    """Return True if a file may be a library, even a damaged one."""
    try:
        check_is_library(path, damaged_too=True)
    except DatabaseUnavailable:
        return False
    return True


def _access(path: Path) -> SqliteAccess:
    try:
        return find_access(path)
    except DatabaseDamaged:
        return WAL


@contextlib.contextmanager
def _alone(path: Path, access: SqliteAccess) -> Iterator[sqlite3.Connection | None]:
    """Yield an exclusive connection; None if the file is too damaged to be read."""
    with contextlib.closing(access.connect(path, timeout_s=1)) as source:
        source.text_factory = lambda raw: raw.decode("utf-8", "replace")
        readable = True
        try:
            source.execute("PRAGMA locking_mode=EXCLUSIVE")
            source.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # write the log into the file
            source.execute("BEGIN EXCLUSIVE")
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        except sqlite3.Error as error:
            if is_busy(error):
                raise
            readable = error.sqlite_errorcode & 0xFF not in damaged_codes
        yield source if readable else None


def _put_in_place(path: Path, draft: Path, report: Repaired, *, name: str = "damaged") -> Repaired:
    """Link the damaged file under a second name before the sound one replaces it, so that a library
    exists whenever the program is killed."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = path.with_name(f"{path.stem}-{name}-{stamp}-{uuid.uuid4().hex[:4]}.db")
    if path.is_dir():
        path.rename(kept)
    elif not is_empty(path):
        try:
            os.link(path, kept)
        except OSError:  # no hard links here
            shutil.copy2(path, kept)
    for tail in ("-wal", "-shm", "-journal"):  # a log of the old file would corrupt the new one
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + tail).rename(kept.with_name(kept.name + tail))
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    if not kept.exists():  # the log of a lost library is kept
        kept = kept.with_name(f"{kept.name}-wal")
    return Repaired(report.whole, report.incomplete, report.lost, str(kept))


@dataclass(slots=True)
class _Salvage:
    pages: BinaryIO
    source: sqlite3.Connection | None
    draft: Path

    def run(self) -> Repaired:
        engine = create_engine("sqlite://", creator=self._to_draft, poolclass=NullPool)
        try:
            with engine.begin() as connection:
                create(connection)
            with contextlib.closing(self._to_draft()) as target:
                target.execute("PRAGMA foreign_keys=OFF")
                self._copy(target)
                known, parts = self._known()
                stubs = _join_up(target)
                target.commit()
                report = _count(target, known, parts, stubs)
            with engine.begin() as connection:
                search.mark_unindexed(connection)
                while search.index_next(connection):
                    pass
        finally:
            engine.dispose()
        return report

    def _to_draft(self) -> sqlite3.Connection:
        """Open the draft without syncing; it is synced once, when complete."""
        connection = sqlite3.connect(self.draft)
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("PRAGMA journal_mode=MEMORY")
        return connection

    def _copy(self, target: sqlite3.Connection) -> None:
        unread = [table for table in metadata.sorted_tables if not self._copied(target, table)]
        if unread:
            for rowid, values in leaf_rows(self.pages):
                for table in unread:
                    columns = list(table.columns)[: len(values)]
                    row = _fitting(columns, rowid, values)
                    if row is not None and len(table.columns) - len(values) <= _added(table):
                        _insert(target, table, columns, [row])
                        break

    def _copied(self, target: sqlite3.Connection, table: Table) -> bool:
        """Copy a table; True if SQLite could read all of it. Readable rows are copied in any
        case."""
        if self.source is None:
            return False
        try:
            told = self.source.execute(f'PRAGMA table_info("{table.name}")').fetchall()
            columns = [table.columns[name] for _, name, *_ in told if name in table.columns]
            names = ", ".join(column.name for column in columns)
            found = self.source.execute(f'SELECT rowid, {names} FROM "{table.name}" NOT INDEXED')
            while rows := found.fetchmany(_BATCH):
                fitting = (_fitting(columns, rowid, values) for rowid, *values in rows)
                _insert(target, table, columns, [row for row in fitting if row is not None])
        except sqlite3.Error:
            return False
        return True

    def _known(self) -> tuple[set[int], set[tuple[str, int, int]]]:
        """Return the numbers of notes, and their sections and cites, that any index still names."""
        notes: set[int] = set()
        for query in (
            "SELECT number FROM notes INDEXED BY ix_notes_newest",
            "SELECT number FROM notes INDEXED BY ix_notes_video_id",
            "SELECT id FROM note_search_docsize",
        ):
            notes.update(number for (number,) in self._readable(query))
        parts = {
            (table, note, place)
            for table, column in (("sections", "position"), ("cites", "section"))
            for note, place in self._readable(
                f"SELECT note, {column} FROM {table} INDEXED BY sqlite_autoindex_{table}_1"
            )
        }
        return notes, parts

    def _readable(self, query: str) -> Iterator[tuple[int, ...]]:
        if self.source is not None:
            with contextlib.suppress(sqlite3.Error):
                yield from self.source.execute(query)


def _fitting(
    columns: Sequence[Column[Any]], rowid: int, values: Sequence[Value]
) -> tuple[Value, ...] | None:
    """Return the values as a row of these columns; None if they do not match."""
    if len(columns) != len(values):
        return None
    row: list[Value] = []
    for column, stored in zip(columns, values, strict=True):
        # SQLite stores such a number nowhere else.
        value = rowid if stored is None and column.name == "number" else stored
        if value is not None and not isinstance(value, _types(column)):
            return None
        if value is not None and str(column) in _JSON and not _is_json(str(value)):
            value = _JSON[str(column)]
        if value is None and not column.nullable:
            return None
        row.append(value)
    return tuple(row)


def _added(table: Table) -> int:
    """Return how many values may be missing at the end of a row written before columns with a
    default were added."""
    lacking = 0
    for column in reversed(list(table.columns)):
        if column.server_default is None and not column.nullable:
            break
        lacking += 1
    return min(lacking, 3)


def _types(column: Column[Any]) -> tuple[type, ...]:
    if isinstance(column.type, Text):
        return (str,)
    if isinstance(column.type, LargeBinary):
        return (bytes,)
    return (int, float) if isinstance(column.type, Float) else (int,)


def _is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def _insert(
    target: sqlite3.Connection,
    table: Table,
    columns: Sequence[Column[Any]],
    rows: Iterable[tuple[Value, ...]],
) -> None:
    names = ", ".join(column.name for column in columns)
    marks = ", ".join("?" * len(columns))
    target.executemany(f'INSERT OR IGNORE INTO "{table.name}" ({names}) VALUES ({marks})', rows)


def _join_up(target: sqlite3.Connection) -> set[int]:
    """Create missing parents of the saved rows, or delete the rows; return the notes of which only
    the text was left."""
    stubs = {
        number
        for (number,) in target.execute(
            "SELECT DISTINCT note FROM sections WHERE note NOT IN (SELECT number FROM notes)"
        )
    }
    for number in stubs:
        target.execute(
            "INSERT INTO notes (number, id, video_id, title, created) SELECT ?, ?, 'recovered', "
            "heading, ? FROM sections WHERE note = ? ORDER BY position LIMIT 1",
            (
                number,
                uuid.uuid4().hex[:12],
                time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                number,
            ),
        )
    target.execute(
        "INSERT OR IGNORE INTO videos (id, title) SELECT video_id, title FROM notes "
        "UNION ALL SELECT video_id, '' FROM transcripts"
    )
    for table, rowid, *__ in target.execute("PRAGMA foreign_key_check").fetchall():
        target.execute(f'DELETE FROM "{table}" WHERE rowid = ?', (rowid,))
    return stubs


def _count(
    target: sqlite3.Connection,
    known: set[int],
    parts: set[tuple[str, int, int]],
    stubs: set[int],
) -> Repaired:
    saved = {number for (number,) in target.execute("SELECT number FROM notes")}
    for table, column in (("sections", "position"), ("cites", "section")):
        parts -= {(table, *row) for row in target.execute(f"SELECT note, {column} FROM {table}")}
    incomplete = (stubs | {note for _, note, _ in parts}) & saved
    return Repaired(len(saved - incomplete), len(incomplete), len(known - saved))
