"""Copies a whole library into another database, SQLite or PostgreSQL, and counts every table."""

from __future__ import annotations

from sqlalchemy import Connection, Table, func, insert, select, text
from sqlalchemy.schema import Column

from notegen_desktop.domain.errors import StoreError
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import _, ngettext

from . import search
from .database.engine import Database
from .rows import BATCH
from .schema import claims, metadata, notes, transcripts

_PASSING = (claims,)
"""Tables not copied: they tell which programs are running now."""


def copy_all(source: Database, target: Database) -> dict[str, int]:
    """Copy every row into an empty library; return the number of rows by table.

    Blocks. All or nothing: raises StoreError if the target has notes, or lacks rows that were read.
    """

    def work(to: Connection) -> dict[str, int]:
        if there := to.execute(select(func.count()).select_from(notes)).scalar_one():
            raise StoreError(
                ngettext(
                    "There is a library with {n} note in that place already.",
                    "There is a library with {n} notes in that place already.",
                    there,
                ).format(n=number(there)),
                hint=_("Name a new file, or an empty database."),
            )
        with source.readers.connect() as origin, origin.begin():
            tables = [table for table in metadata.sorted_tables if table not in _PASSING]
            copied = {table.name: _copy(origin, to, table) for table in tables}
            for table in tables:
                if (found := _count(to, table)) != copied[table.name] or found != _count(
                    origin, table
                ):
                    raise StoreError(
                        _("Not all rows of “{name}” arrived; nothing is kept.").format(
                            name=table.name
                        )
                    )
        # SQLite and PostgreSQL store the search index in different forms.
        search.mark_unindexed(to)
        while search.index_next(to):
            pass
        return copied

    return target.do(work)


def _copy(origin: Connection, to: Connection, table: Table) -> int:
    to.execute(table.delete())  # the rows that a new library starts with
    copied = 0
    rows = origin.execution_options(yield_per=BATCH).execute(select(table)).mappings()
    for batch in rows.partitions():
        values = [dict(row) for row in batch]
        if table is transcripts:
            values = [row | {"ordinal": None} for row in values]
        to.execute(insert(table), values)
        copied += len(values)
    key = next((c for c in table.primary_key if c.identity is not None), None)
    if key is not None and to.dialect.name == "postgresql":
        _count_on(to, table, key)
    return copied


def _count_on(to: Connection, table: Table, key: Column[int]) -> None:
    """Set the sequence of `key` so that new rows are numbered behind the copied ones."""
    highest = to.execute(select(func.max(key))).scalar()
    if highest is not None:
        sequence = text("SELECT setval(pg_get_serial_sequence(:name, :key), :highest)")
        to.execute(sequence, {"name": table.name, "key": key.name, "highest": highest})


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()
