"""Notes have pictures of their video."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "pictures",
        sa.Column("note", _NUMBER, sa.ForeignKey("notes.number", ondelete="CASCADE")),
        sa.Column("section", sa.Integer()),
        sa.Column("position", sa.Integer()),
        sa.Column("at_s", sa.Float(53), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("note", "section", "position"),
    )


def downgrade() -> None:
    op.drop_table("pictures")
