"""Jobs store the path of the file that was requested with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("jobs", sa.Column("file", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("jobs", "file")
