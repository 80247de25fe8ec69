"""Notes are found by folded words: Cyrillic, Greek and Arabic letters have marks too."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from notegen_desktop.services.library.search import folded

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

COLUMNS = "title, video, channel, body"
TOKENS = 'tokenize = "unicode61 remove_diacritics 2"'


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _replace(f"{COLUMNS}, shown UNINDEXED, {TOKENS}")
    else:
        _fold_again()


def downgrade() -> None:
    # Both kinds of table are filled from the same text, which the older program finds less in.
    if op.get_bind().dialect.name == "sqlite":
        _replace(f"{COLUMNS}, {TOKENS}")


def _replace(columns: str) -> None:
    """Create a full-text table of these columns, filled from the existing one."""
    connection = op.get_bind()
    op.execute("ALTER TABLE note_search RENAME TO note_search_before")
    op.execute(f"CREATE VIRTUAL TABLE note_search USING fts5({columns})")
    rows = connection.execute(sa.text("SELECT rowid, * FROM note_search_before"))
    for number, title, video, channel, body, *shown in rows:
        values: dict[str, object] = {"rowid": number}
        if shown:
            values |= {"title": title, "video": video, "channel": channel, "body": shown[0]}
        else:
            # Zero-width spaces stood between characters of scripts without spaces.
            values |= {"title": folded(title), "video": folded(video), "channel": folded(channel)}
            values |= {"body": folded(body), "shown": body.replace("\u200b", "")}
        names = ", ".join(values)
        places = ", ".join(f":{name}" for name in values)
        connection.execute(sa.text(f"INSERT INTO note_search({names}) VALUES ({places})"), values)
    op.execute("DROP TABLE note_search_before")


def _fold_again() -> None:
    connection = op.get_bind()
    for number, title, body in connection.execute(
        sa.text("SELECT number, title, body FROM note_search")
    ):
        connection.execute(
            sa.text(
                "UPDATE note_search SET folded_title = :folded_title, folded = :folded "
                "WHERE number = :number"
            ),
            {
                "number": number,
                "folded_title": folded(title),
                "folded": folded(f"{title}\n{body}"),
            },
        )
