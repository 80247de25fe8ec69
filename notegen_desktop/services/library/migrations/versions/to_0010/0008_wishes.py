"""Jobs store the user's wish; videos store their description."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("wish", sa.Text(), server_default="", nullable=False))
    op.add_column("videos", sa.Column("description", sa.Text(), server_default="", nullable=False))


def downgrade() -> None:
    op.drop_column("videos", "description")
    op.drop_column("jobs", "wish")
