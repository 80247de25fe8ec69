"""Runs store the user's order of videos, and if the queue was paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("lineup", sa.Text(), server_default="[]", nullable=False))
    op.add_column(
        "runs", sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    op.drop_column("runs", "paused")
    op.drop_column("runs", "lineup")
