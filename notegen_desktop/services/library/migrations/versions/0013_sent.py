"""Batch requests are stored before they are sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    texts = ("job_id", "batch", "name", "account", "fingerprint")
    op.create_table(
        "sent",
        sa.Column("key", sa.Text(), primary_key=True),
        *(sa.Column(name, sa.Text(), nullable=False, server_default="") for name in texts),
        sa.Column("position", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("usd", sa.Float(53), nullable=False, server_default="0"),
        sa.Column("booked", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("at", sa.Float(53), nullable=False, server_default="0"),
    )
    op.create_index("ix_sent_job_id", "sent", ["job_id"])
    op.create_index("ix_sent_batch", "sent", ["batch"])


def downgrade() -> None:
    op.drop_table("sent")
