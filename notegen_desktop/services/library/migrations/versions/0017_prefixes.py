"""The full-text indexes of SQLite have prefix indexes of one to three letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from notegen_desktop.services.library.search import index_next

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NOTES = "note_search", "title, video, channel, body, shown UNINDEXED"
PASSAGES = "passage_search", "body, content=''"
TOKENS = 'tokenize = "unicode61 remove_diacritics 2"'
AT_ONCE = 5_000
"""Largest number of notes that the migration indexes anew itself. With more, the start would take
a minute: the words are then indexed after it, a batch at a time."""


def upgrade() -> None:
    _replace("prefix = '1 2 3'")


def downgrade() -> None:
    _replace()


def _replace(*more: str) -> None:
    """Create the full-text tables of SQLite anew with these options.

    Up to `AT_ONCE` notes are indexed here, more of them after the start. PostgreSQL needs nothing.
    """
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    (notes, columns), (passages, body) = NOTES, PASSAGES
    options = ", ".join((TOKENS, *more))
    op.execute(f"ALTER TABLE {notes} RENAME TO {notes}_before")
    op.execute(f"CREATE VIRTUAL TABLE {notes} USING fts5({columns}, {options})")
    names = "title, video, channel, body, shown"
    few = connection.execute(sa.text("SELECT count(*) FROM notes")).scalar_one() <= AT_ONCE
    if few:
        op.execute(f"INSERT INTO {notes}(rowid, {names}) SELECT rowid, {names} FROM {notes}_before")
    else:
        op.execute("INSERT OR REPLACE INTO facts (key, value) VALUES ('library.unindexed', '0')")
    op.execute(f"DROP TABLE {notes}_before")
    # The index stores no texts of passages: they are read from the transcripts again.
    op.execute(f"DROP TABLE {passages}")
    op.execute(f"CREATE VIRTUAL TABLE {passages} USING fts5({body}, {options})")
    op.execute("UPDATE transcripts SET ordinal = NULL WHERE ordinal IS NOT NULL")
    while few and index_next(connection):
        pass
