"""PostgreSQL searches by a GIN index of whole words: the trigram index matched nearly every
text."""

from __future__ import annotations

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLES = ("note_search", "passage_search")
CHARS = 500_000


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table in TABLES:
        op.execute(f"DROP INDEX IF EXISTS ix_{table}_folded")
        op.execute(
            f"CREATE INDEX IF NOT EXISTS ix_{table}_words ON {table} USING gin "
            f"(to_tsvector('simple', left(folded, {CHARS})))"
        )


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        return
    for table in TABLES:
        op.execute(f"DROP INDEX IF EXISTS ix_{table}_words")
        op.execute(
            "DO $$ BEGIN CREATE EXTENSION IF NOT EXISTS pg_trgm; "
            f"CREATE INDEX ix_{table}_folded ON {table} USING gin (folded gin_trgm_ops); "
            "EXCEPTION WHEN OTHERS THEN NULL; END $$"
        )
