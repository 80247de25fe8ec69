"""Flashcards have dates of their own; the vocabulary is searched by prefix; an index
holds the ordinal of each transcript by video."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

TERMS = {"note_search": "note_terms", "passage_search": "passage_terms"}


def upgrade() -> None:
    op.add_column("notes", sa.Column("card_dates", sa.Text(), nullable=False, server_default="{}"))
    op.execute("""UPDATE notes SET card_dates = '{"":' || CAST(saved_at AS TEXT) || '}'""")
    op.create_index("ix_transcripts_place", "transcripts", ["video_id", "ordinal"])
    if op.get_bind().dialect.name == "sqlite":
        for words, terms in TERMS.items():
            op.execute(f"CREATE VIRTUAL TABLE {terms} USING fts5vocab({words}, instance)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for terms in TERMS.values():
            op.execute(f"DROP TABLE {terms}")
    op.drop_index("ix_transcripts_place", "transcripts")
    op.drop_column("notes", "card_dates")
