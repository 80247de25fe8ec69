"""A guide is written from several videos; each of its cites names its video."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import sqlite

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_Number = sa.BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


def upgrade() -> None:
    op.add_column("cites", sa.Column("video", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "note_videos",
        sa.Column("note", _Number, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("video_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["note"],
            ["notes.number"],
            name=op.f("fk_note_videos_note_notes"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["video_id"], ["videos.id"], name=op.f("fk_note_videos_video_id_videos")
        ),
        sa.PrimaryKeyConstraint("note", "position", name=op.f("pk_note_videos")),
    )
    op.create_index("ix_note_videos_video_id", "note_videos", ["video_id"])


def downgrade() -> None:
    op.drop_table("note_videos")
    op.drop_column("cites", "video")
