"""Brings a database to the present schema, so that being killed at any moment does no harm.

What is there is read first, in some milliseconds; Alembic is imported only when there is something
to do. Each change is one transaction together with its version number, and before a SQLite file is
changed a whole copy of it is laid aside.
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
"""Every schema there was, oldest first; the last is what `schema.py` describes."""

HEAD = REVISIONS[-1]

MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK_KEY = 0x6E6F7465  # one schema change at a time on a shared server


def bring_up_to_date(database: Database, *, maker: str) -> None:
    """Create or upgrade the schema. Raises StoreError; then nothing has changed.

    `maker` is the token of this program, for what it would leave behind if it were killed.
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
            revision = current_revision(connection)  # another program may have been quicker
            _check_known(revision)
            if not revision:
                create(connection)
            elif revision != HEAD:
                upgrade(connection)
    except Exception as error:
        raise database.translated(error) from error


def create(connection: Connection) -> None:
    """The present schema, in an empty database."""
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
    """What a command of Alembic needs to know, to run on `connection`."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.set_main_option("recursive_version_locations", "true")
    config.attributes["connection"] = connection
    return config


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


def quick_check(connection: Connection) -> str:
    """ "" if the SQLite file is sound, otherwise the first complaint."""
    found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
    return "" if found == "ok" else str(found)


def _revision_found(database: Database) -> str:
    """What is there, looked at as a reader: a start waits for nobody who is writing."""
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
