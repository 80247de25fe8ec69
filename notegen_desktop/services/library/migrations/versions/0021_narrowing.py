"""Filters of the note list are answered from covering indexes; the prefix indexes of SQLite reach
four letters; PostgreSQL searches the words of titles by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from notegen_desktop.services.library.search import index_next

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

NARROWING = ["deleted_at", "template", "engine", "language", "unread", "doubtful"]
UNFINISHED, KEPT = "missing != '[]'", "deleted_at IS NULL"
NOTES = "note_search", "title, video, channel, body, shown UNINDEXED"
PASSAGES = "passage_search", "body, content=''"
TOKENS = 'tokenize = "unicode61 remove_diacritics 2"'
CHARS = 500_000
AT_ONCE = 5_000
"""Largest number of notes that the migration indexes anew itself. With more, the start would take
a minute: the words are then indexed after it, a batch at a time."""


def upgrade() -> None:
    op.drop_index("ix_notes_created", "notes")
    op.drop_index("ix_notes_video_id", "notes")
    op.create_index("ix_notes_newest", "notes", ["created", "number", "video_id", *NARROWING])
    op.create_index("ix_notes_video_id", "notes", ["video_id", "created", *NARROWING])
    _create_partial("ix_notes_unfinished", ["created", "number", "video_id"], UNFINISHED)
    _create_partial("ix_notes_kinds", ["language", "template", "engine"], KEPT)
    if op.get_bind().dialect.name == "sqlite":
        _replace("prefix = '1 2 3 4'")
    else:
        op.execute(
            "CREATE INDEX IF NOT EXISTS ix_note_search_titles ON note_search USING gin "
            f"(to_tsvector('simple', left(folded_title, {CHARS})))"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _replace("prefix = '1 2 3'")
    else:
        op.execute("DROP INDEX IF EXISTS ix_note_search_titles")
    for name in ("ix_notes_kinds", "ix_notes_unfinished", "ix_notes_video_id", "ix_notes_newest"):
        op.drop_index(name, "notes")
    op.create_index("ix_notes_video_id", "notes", ["video_id", "created", "deleted_at"])
    op.create_index("ix_notes_created", "notes", ["created"])


def _create_partial(name: str, columns: list[str], condition: str) -> None:
    where = sa.text(condition)
    op.create_index(name, "notes", columns, sqlite_where=where, postgresql_where=where)


def _replace(*more: str) -> None:
    """Create the full-text tables of SQLite anew with these options.

    Up to `AT_ONCE` notes are indexed here, more of them after the start.
    """
    connection = op.get_bind()
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
