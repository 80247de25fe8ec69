"""Notes have tags, are unread at first and listed by video; transcripts are searched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")
_TOKENS = 'tokenize = "unicode61 remove_diacritics 2"'
_DOUBTFUL = """UPDATE notes SET doubtful = (SELECT count(*) FROM cites WHERE note = notes.number
AND (verified = false OR review NOT LIKE '%"says":"yes"%'))"""


def upgrade() -> None:
    for column in (
        sa.Column("unread", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("doubtful", sa.BigInteger(), server_default="0", nullable=False),
    ):
        op.add_column("notes", column)
    op.execute(_DOUBTFUL)
    op.drop_index("ix_notes_video_id", "notes")
    op.create_index("ix_notes_video_id", "notes", ["video_id", "created", "deleted_at"])
    deleted = sa.text("deleted_at IS NOT NULL")
    op.create_index(
        "ix_notes_deleted_at",
        "notes",
        ["deleted_at"],
        sqlite_where=deleted,
        postgresql_where=deleted,
    )
    op.create_table(
        "tags",
        sa.Column("note", _NUMBER, sa.ForeignKey("notes.number", ondelete="CASCADE")),
        sa.Column("key", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("note", "key"),
    )
    op.create_index("ix_tags_key", "tags", ["key"])
    # Transcripts are indexed in the background after the start.
    op.add_column("transcripts", sa.Column("ordinal", sa.BigInteger(), nullable=True))
    op.create_index("ix_transcripts_ordinal", "transcripts", ["ordinal"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE VIRTUAL TABLE passage_search USING fts5(body, content='', {_TOKENS})")
        return
    op.execute(
        "CREATE TABLE passage_search (video_id TEXT NOT NULL "
        "REFERENCES transcripts(video_id) ON DELETE CASCADE, passage INTEGER NOT NULL, "
        "folded TEXT NOT NULL, PRIMARY KEY (video_id, passage))"
    )
    op.execute(
        "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; "
        "CREATE INDEX ix_passage_search_folded ON passage_search USING gin (folded gin_trgm_ops); "
        "EXCEPTION WHEN OTHERS THEN NULL; END $$"
    )


def downgrade() -> None:
    op.drop_table("passage_search")
    op.drop_index("ix_transcripts_ordinal", "transcripts")
    op.drop_column("transcripts", "ordinal")
    op.drop_table("tags")
    op.drop_index("ix_notes_deleted_at", "notes")
    op.drop_index("ix_notes_video_id", "notes")
    op.create_index("ix_notes_video_id", "notes", ["video_id"])
    op.drop_column("notes", "doubtful")
    op.drop_column("notes", "unread")
