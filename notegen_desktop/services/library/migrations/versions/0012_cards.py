"""Flashcards of notes and their reviews are stored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.INTEGER(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "cards",
        sa.Column("note", _NUMBER, sa.ForeignKey("notes.number", ondelete="CASCADE")),
        sa.Column("id", sa.Text(), index=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stage", sa.Text(), server_default="new", nullable=False),
        sa.Column("due_at", sa.Float(53), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("note", "id"),
    )
    op.create_index("ix_cards_turn", "cards", ["stage", "due_at", "position"])
    op.create_table(
        "reviews",
        sa.Column("card", sa.Text()),
        sa.Column("at_ms", sa.BigInteger(), index=True),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("card", "at_ms"),
    )
    _fill()


def downgrade() -> None:
    op.drop_table("reviews")
    op.drop_table("cards")


def _fill() -> None:
    """The cards of the notes there are: their texts are read once, and most ask nothing."""
    from notegen_desktop.domain.links.video import Video
    from notegen_desktop.domain.notes.note import Note, Section
    from notegen_desktop.domain.practice.cards import cards_of

    connection = op.get_bind()
    told = "SELECT heading, concise, standard, comprehensive FROM sections WHERE note = :note "
    sections = sa.text(told + "ORDER BY position")
    notes = connection.execute(sa.text("SELECT number, video_id, template FROM notes")).all()
    rows = []
    for number, video, template in notes:
        parts = [
            Section(heading, (), *texts)
            for heading, *texts in connection.execute(sections, {"note": number})
        ]
        note = Note("", Video(video, "", ""), template, "", "", "", "", "", tuple(parts))
        rows += [
            {"note": number, "id": card.id, "position": place, "due_at": -number}
            for place, card in enumerate(cards_of(note))
        ]
    statement = sa.text(
        "INSERT INTO cards (note, id, position, due_at) VALUES (:note, :id, :position, :due_at)"
    )
    for start in range(0, len(rows), 500):
        connection.execute(statement, rows[start : start + 500])
