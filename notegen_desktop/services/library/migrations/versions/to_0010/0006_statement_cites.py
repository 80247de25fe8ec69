"""Cites refer to statements: numbered, with a doubt. Notes store the user's wish."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notes", sa.Column("wish", sa.Text(), server_default="", nullable=False))
    with op.batch_alter_table("cites") as cites:
        cites.alter_column("verified", existing_type=sa.Boolean(), nullable=True)
        cites.add_column(sa.Column("n", sa.Integer(), server_default="0", nullable=False))
        cites.add_column(sa.Column("doubt", sa.Text(), nullable=True))
        cites.add_column(sa.Column("mark", sa.Text(), server_default="", nullable=False))
        cites.add_column(sa.Column("review", sa.Text(), nullable=True))


def downgrade() -> None:
    op.execute("UPDATE cites SET verified = false WHERE verified IS NULL")
    with op.batch_alter_table("cites") as cites:
        for name in ("review", "mark", "doubt", "n"):
            cites.drop_column(name)
        cites.alter_column("verified", existing_type=sa.Boolean(), nullable=False)
    op.drop_column("notes", "wish")
