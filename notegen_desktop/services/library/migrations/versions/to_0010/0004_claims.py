"""Notes are claimed by the program that writes them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("lease_until", sa.Float(53), nullable=False),
    )
    op.create_index("ix_claims_id", "claims", ["id"])


def downgrade() -> None:
    op.drop_table("claims")
