"""Incomplete notes store what is missing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notes", sa.Column("missing", sa.Text(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column("notes", "missing")
