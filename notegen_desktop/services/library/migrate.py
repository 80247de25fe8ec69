"""Brings a database to the present schema, so that being killed at any moment does no harm.

What is there is read first, in some milliseconds; Alembic is imported only when there is something
to do. Each change is one transaction together with its version number, and before a SQLite file is
changed a whole copy of it is laid aside.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
import uuid
from pathlib import Path

from sqlalchemy import Connection, text

from notegen_desktop.domain.errors import DatabaseUnavailable

from .engine import Database
from .failures import backups, damaged
from .schema import metadata

REVISIONS = ("0001", "0002", "0003")
"""Every schema there was, oldest first; the last is what `schema.py` describes."""

HEAD = REVISIONS[-1]

MIGRATIONS = Path(__file__).parent / "migrations"
KEPT_BACKUPS = 3
BACKUP_AFTER_S = 7 * 86_400
_LOCK_KEY = 0x6E6F7465  # one schema change at a time on a shared server


def bring_up_to_date(database: Database) -> None:
    """Create or upgrade the schema. Raises StoreError; then nothing has changed."""
    try:
        revision = _revision_found(database)
        if revision == HEAD:
            return
        _check_known(revision)
        if revision and database.path is not None:
            back_up(database, label=f"before-{HEAD}")
        with database.engine.begin() as connection:
            _lock(connection)
            revision = current_revision(connection)  # another program may have been quicker
            _check_known(revision)
            if not revision:
                metadata.create_all(connection, checkfirst=False)
                connection.execute(
                    text(
                        "CREATE TABLE alembic_version (version_num VARCHAR(32) "
                        "NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num))"
                    )
                )
                connection.execute(
                    text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD}
                )
            elif revision != HEAD:
                upgrade(connection)
    except Exception as error:
        raise database.translated(error) from error


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run Alembic within the transaction of `connection`."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def current_revision(connection: Connection) -> str:
    """The version of the schema, "" for an empty database."""
    if connection.dialect.name == "sqlite":
        query = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
    else:
        # Not `to_regclass`, which answers from a cache that waiting for our lock does not renew.
        query = (
            "SELECT count(*) FROM pg_tables WHERE tablename = 'alembic_version' "
            "AND schemaname = ANY (current_schemas(false))"
        )
    if not connection.execute(text(query)).scalar():
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def back_up(database: Database, *, label: str) -> Path:
    """A whole copy beside the database, made while others go on reading and writing.

    Only the newest few are kept.
    """
    path = database.path
    assert path is not None
    folder = path.parent / "backups"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{path.stem}-{time.strftime('%Y%m%d-%H%M%S')}-{label}.db"
    copy_to(database, target)
    for old in backups(path)[KEPT_BACKUPS:]:
        with contextlib.suppress(OSError):
            old.unlink()
    return target


def back_up_if_due(database: Database) -> Path | None:
    """A copy a week, so that there is one to go back to."""
    path = database.path
    if path is None:
        return None
    newest = next(iter(backups(path)), None)
    if newest is not None and time.time() - newest.stat().st_mtime < BACKUP_AFTER_S:
        return None
    with database.readers.connect() as connection:
        if not connection.execute(text("SELECT EXISTS (SELECT 1 FROM notes)")).scalar():
            return None
    return back_up(database, label="weekly")


def copy_to(database: Database, target: Path) -> None:
    """Copy the SQLite database into `target`; a half-made copy never bears that name."""
    draft = target.with_name(f"{target.name}.{uuid.uuid4().hex[:8]}.part")
    try:
        # On a connection of its own and outside a transaction, so that nobody waits for it.
        source = sqlite3.connect(str(database.path), isolation_level=None, timeout=15)
        try:
            # As bytes: a name need not be text, and a parameter that is a text must be.
            source.execute("VACUUM INTO CAST(? AS TEXT)", (os.fsencode(draft),))
        finally:
            source.close()
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def quick_check(connection: Connection) -> str:
    """ "" if the SQLite file is sound, otherwise the first complaint."""
    found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    return "" if found == "ok" else str(found)


def _revision_found(database: Database) -> str:
    """What is there, looked at as a reader: a start waits for nobody who is writing."""
    path = database.path
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise DatabaseUnavailable(
                f"{path} is a folder, not a notes database.",
                hint="Name a file, or move the folder.",
            )
        if not path.exists() or not path.stat().st_size:
            return ""
    with database.readers.connect() as connection:
        complaint = quick_check(connection) if path is not None else ""
        if path is not None and complaint:
            raise damaged(path, complaint)
        return current_revision(connection)


def _check_known(revision: str) -> None:
    if revision and revision not in REVISIONS:
        raise DatabaseUnavailable(
            "The notes database was made by a newer version of NoteGen.",
            hint="Update NoteGen on this machine.",
        )


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
