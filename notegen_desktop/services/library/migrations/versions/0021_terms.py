"""Words that begin alike are looked up one by one; which passages a video has, beside its words."""

from __future__ import annotations

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

TERMS = {"note_search": "note_terms", "passage_search": "passage_terms"}


def upgrade() -> None:
    op.create_index("ix_transcripts_place", "transcripts", ["video_id", "ordinal"])
    if op.get_bind().dialect.name == "sqlite":
        for words, terms in TERMS.items():
            op.execute(f"CREATE VIRTUAL TABLE {terms} USING fts5vocab({words}, instance)")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for terms in TERMS.values():
            op.execute(f"DROP TABLE {terms}")
    op.drop_index("ix_transcripts_place", "transcripts")
