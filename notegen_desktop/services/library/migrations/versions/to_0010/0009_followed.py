"""Playlists, channels, podcasts and folders can be followed; videos store their date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default="", nullable=False)


def _amount(name: str) -> sa.Column[float]:
    return sa.Column(name, sa.Float(53), server_default="0", nullable=False)


def upgrade() -> None:
    op.add_column("videos", _text("published"))
    op.create_table(
        "followed",
        sa.Column("key", sa.Text(), nullable=False),
        *map(_text, ("kind", "provider", "id", "url", "title")),
        sa.Column("paused", sa.Boolean(), server_default=sa.false(), nullable=False),
        _amount("added_at"),
        _amount("checked_at"),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        _text("failure"),
        _text("validator"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_followed")),
    )
    op.create_table(
        "followed_videos",
        sa.Column("followed", sa.Text(), nullable=False),
        sa.Column("video_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        *map(_text, ("url", "provider", "title", "channel")),
        sa.Column("duration_s", sa.Float(53), nullable=True),
        _text("published"),
        _amount("found_at"),
        sa.ForeignKeyConstraint(
            ["followed"],
            ["followed.key"],
            name=op.f("fk_followed_videos_followed_followed"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("followed", "video_id", name=op.f("pk_followed_videos")),
    )
    op.create_index("ix_followed_videos_video_id", "followed_videos", ["video_id"])


def downgrade() -> None:
    op.drop_table("followed_videos")
    op.drop_table("followed")
    op.drop_column("videos", "published")
