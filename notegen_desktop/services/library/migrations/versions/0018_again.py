"""Rewrites of notes are jobs, whose versions wait beside the note for a decision."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

COLUMNS = (
    ("jobs", "again"),
    ("versions", "job_id"),
    ("versions", "again"),
    ("versions", "decision"),
)


def upgrade() -> None:
    for table, column in COLUMNS:
        op.add_column(table, sa.Column(column, sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    for table, column in reversed(COLUMNS):
        op.drop_column(table, column)
