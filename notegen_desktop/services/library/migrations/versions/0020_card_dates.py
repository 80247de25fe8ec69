"""Cards have dates of their own; those of notes that are there are as old as these."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notes", sa.Column("card_dates", sa.Text(), nullable=False, server_default="{}"))
    op.execute("""UPDATE notes SET card_dates = '{"":' || CAST(saved_at AS TEXT) || '}'""")


def downgrade() -> None:
    op.drop_column("notes", "card_dates")
