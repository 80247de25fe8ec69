"""Migrates a database to the present schema; killing the program at any moment is safe.

The present revision is read first, in some milliseconds; Alembic is imported only if there is
something to do. Each change is one transaction together with its version number, and a SQLite file
is backed up before.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from notegen_desktop.domain.errors import DatabaseUnavailable
from notegen_desktop.domain.words import _

from .backups import back_up
from .database.engine import Database
from .schema import metadata

if TYPE_CHECKING:
    from alembic.config import Config

REVISIONS = tuple(f"{number:04}" for number in range(1, 22))
"""All revisions of the schema, oldest first; the last is what `schema.py` describes."""

HEAD = REVISIONS[-1]

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_KEY = 0x6E6F7465  # one schema change at a time on a shared server


def bring_up_to_date(database: Database, *, maker: str) -> None:
    """Create or upgrade the schema. Raises StoreError; then nothing has changed.

    `maker` is this program's token, which identifies its files if it is killed.
    """
    try:
        revision = _revision_found(database)
        if revision == HEAD:
            return
        _check_known(revision)
        if database.access.refused is not None:
            raise database.access.refused
        if revision and database.path is not None:
            back_up(database, label=f"before-{HEAD}", maker=maker)
        with database.engine.begin() as connection:
            _lock(connection)
            revision = current_revision(connection)  # another program may have migrated meanwhile
            _check_known(revision)
            if not revision:
                create(connection)
            elif revision != HEAD:
                upgrade(connection)
    except Exception as error:
        raise database.translated(error) from error


def create(connection: Connection) -> None:
    """Create the present schema in an empty database."""
    metadata.create_all(connection, checkfirst=False)
    connection.execute(
        text(
            "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL, CONSTRAINT "
            "alembic_version_pkc PRIMARY KEY (version_num))"
        )
    )
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run Alembic within the transaction of `connection`."""
    from alembic import command

    command.upgrade(alembic_config(connection), revision)


def alembic_config(connection: Connection) -> Config:
    """Return the configuration for a command of Alembic on `connection`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("recursive_version_locations", "true")
    config.attributes["connection"] = connection
    return config


def current_revision(connection: Connection) -> str:
    """Return the revision of the schema, "" for an empty database."""
    if connection.dialect.name == "sqlite":
        query = "SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'"
    else:
        # Not `to_regclass`: it answers from a cache that is not renewed while we wait for the lock.
        query = (
            "SELECT count(*) FROM pg_tables WHERE tablename = 'alembic_version' "
            "AND schemaname = ANY (current_schemas(false))"
        )
    if not connection.execute(text(query)).scalar():
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")


def quick_check(connection: Connection) -> str:
    """Return "" if the SQLite file is sound, otherwise the first error."""
    found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    return "" if found == "ok" else str(found)


def _revision_found(database: Database) -> str:
    """Return the present revision, read by a reader, so that a start waits for no writer."""
    path = database.path
    if path is not None and (not path.exists() or not path.stat().st_size):
        return ""
    with database.readers.connect() as connection:
        return current_revision(connection)


def _check_known(revision: str) -> None:
    if revision and revision not in REVISIONS:
        raise DatabaseUnavailable(
            _("The notes database was made by a newer version of NoteGen."),
            hint=_("Update NoteGen on this machine."),
        )


def _lock(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})
