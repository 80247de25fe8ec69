"""Former versions of changed notes are stored, and so are the user's decisions about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_Number = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def upgrade() -> None:
    for table, column in (("notes", "remarks"), ("sections", "own")):
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default="[]"))
    op.create_table(
        "versions",
        sa.Column("note", _Number, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        _text("about"),
        sa.Column("made_at", sa.Float(53), nullable=False, server_default="0"),
        _text("engine"),
        _text("model"),
        _text("wish"),
        sa.Column("content", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["note"],
            ["notes.number"],
            name=op.f("fk_versions_note_notes"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("note", "number", name=op.f("pk_versions")),
    )


def downgrade() -> None:
    op.drop_table("versions")
    op.drop_column("sections", "own")
    op.drop_column("notes", "remarks")
