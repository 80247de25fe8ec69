"""Questions and their answers are stored; those about a note are deleted with it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_Number = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "questions",
        sa.Column("number", _Number, sa.Identity(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("note", _Number, nullable=True),
        sa.Column("asked_at", sa.Text(), server_default="", nullable=False),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note"],
            ["notes.number"],
            name=op.f("fk_questions_note_notes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_questions")),
        sa.UniqueConstraint("id", name=op.f("uq_questions_id")),
    )
    op.create_index("ix_questions_about", "questions", ["about"])
    op.create_index("ix_questions_note", "questions", ["note"])


def downgrade() -> None:
    op.drop_table("questions")
