"""The tables of the library, the same on SQLite and PostgreSQL.

Times are seconds since the epoch, amounts of money and quota whole millionths, so that sums are
exact. A change here needs a migration beside it; a test compares the two.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    event,
    false,
    literal_column,
)
from sqlalchemy.dialects import sqlite

MICRO = 1_000_000
"""Factor of budget amounts, which are stored as integers of millionths."""

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite assigns row ids only to a key whose type is spelt INTEGER.
_Number = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")


def _text(name: str, **options: Any) -> Column[str]:
    return Column(name, Text, nullable=False, server_default="", **options)


def _count(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, server_default="0")


def _amount(name: str) -> Column[float]:
    return Column(name, Float(53), nullable=False, server_default="0")


videos = Table(
    "videos",
    metadata,
    Column("id", Text, primary_key=True),
    _text("url"),
    _text("provider"),
    _text("title"),
    _text("channel"),
    Column("duration_s", Float(53)),
    _text("thumbnail_url"),
    _text("language"),
    Column("chapters", Text, nullable=False, server_default="[]"),
    _text("description"),
    _text("published"),
)

transcripts = Table(
    "transcripts",
    metadata,
    Column("video_id", Text, ForeignKey(videos.c.id, ondelete="CASCADE"), primary_key=True),
    _text("language"),
    _text("kind"),
    Column("timed", Boolean, nullable=False),
    _text("fingerprint"),
    Column("segments", Text, nullable=False),
    _amount("stored_at"),
    # Number of the transcript in the search index; NULL until it is indexed.
    Column("ordinal", BigInteger, index=True),
    # Covers the look-up of a video's ordinal: in the row, `ordinal` comes after the segments.
    Index("ix_transcripts_place", "video_id", "ordinal"),
)

notes = Table(
    "notes",
    metadata,
    Column("number", _Number, Identity(), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    # Id of the request that the note answers; NULL if another note answers it when this one is
    # stored or restored.
    Column("request_id", Text, unique=True),
    Column("asked", Text, nullable=False, server_default="{}"),
    Column("video_id", Text, ForeignKey(videos.c.id), nullable=False),
    _text("title"),
    _text("template"),
    _text("template_version"),
    _text("language"),
    _text("engine"),
    _text("model"),
    _text("mode"),
    _text("created"),
    _text("fingerprint"),
    _amount("covered_s"),
    Column("gaps", Text, nullable=False, server_default="[]"),
    _count("requests"),
    _count("input_tokens"),
    _count("cached_tokens"),
    _count("output_tokens"),
    _count("thought_tokens"),
    _amount("cost_usd"),
    _amount("saved_at"),
    # Set while a deletion can still be undone.
    Column("deleted_at", Float(53)),
    _text("wish"),
    Column("missing", Text, nullable=False, server_default="[]"),
    Column("unread", Boolean, nullable=False, server_default=false()),
    # Number of doubtful cites.
    _count("doubtful"),
    Column("remarks", Text, nullable=False, server_default="[]"),
    # Times of the last change of its flashcards, by card id; "" is for cards that are not named.
    Column("card_dates", Text, nullable=False, server_default="{}"),
)
# The columns that lists are filtered by, in the indexes that order them: a list is answered from an
# index alone, in a tenth of the time of a table scan.
_narrowing = [
    notes.c[name] for name in ("deleted_at", "template", "engine", "language", "unread", "doubtful")
]
Index("ix_notes_newest", notes.c.created, notes.c.number, notes.c.video_id, *_narrowing)
Index("ix_notes_video_id", notes.c.video_id, notes.c.created, *_narrowing)
# A partial index without the column itself: few notes are unfinished, and the list of missing
# contents may be longer than PostgreSQL allows in an index.
_is_unfinished = notes.c.missing != literal_column("'[]'")
Index(
    "ix_notes_unfinished",
    notes.c.created,
    notes.c.number,
    notes.c.video_id,
    sqlite_where=_is_unfinished,
    postgresql_where=_is_unfinished,
)
# Covers the count of notes by language, template and engine.
_is_kept = notes.c.deleted_at.is_(None)
Index(
    "ix_notes_kinds",
    notes.c.language,
    notes.c.template,
    notes.c.engine,
    sqlite_where=_is_kept,
    postgresql_where=_is_kept,
)
# A partial index: given an index of all notes, SQLite would also use it to find the notes that are
# not deleted.
_is_deleted = notes.c.deleted_at.is_not(None)
Index(
    "ix_notes_deleted_at",
    notes.c.deleted_at,
    sqlite_where=_is_deleted,
    postgresql_where=_is_deleted,
)

# Tags of notes. A star and a collection are tags, too. `key` is the folded name.
tags = Table(
    "tags",
    metadata,
    Column("note", _Number, ForeignKey(notes.c.number, ondelete="CASCADE"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Index("ix_tags_key", "key"),
)

sections = Table(
    "sections",
    metadata,
    Column("note", _Number, ForeignKey(notes.c.number, ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    _text("heading"),
    _text("concise"),
    _text("standard"),
    _text("comprehensive"),
    # The statements written by the user, as JSON.
    Column("own", Text, nullable=False, server_default="[]"),
)

cites = Table(
    "cites",
    metadata,
    Column("note", _Number, ForeignKey(notes.c.number, ondelete="CASCADE"), primary_key=True),
    Column("section", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("start_s", Float(53), nullable=False),
    Column("end_s", Float(53), nullable=False),
    Column("verified", Boolean),
    Column("n", Integer, nullable=False, server_default="0"),
    Column("doubt", Text),
    _text("mark"),
    Column("review", Text),
    # Ordinal of the cited video among the note's videos, from 1; 0 for the note's own video.
    Column("video", Integer, nullable=False, server_default="0"),
)

# The videos of a guide, in order.
note_videos = Table(
    "note_videos",
    metadata,
    Column("note", _Number, ForeignKey(notes.c.number, ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("video_id", Text, ForeignKey(videos.c.id), nullable=False, index=True),
)

pictures = Table(
    "pictures",
    metadata,
    Column("note", _Number, ForeignKey(notes.c.number, ondelete="CASCADE"), primary_key=True),
    Column("section", Integer, primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("at_s", Float(53), nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

# Versions of a note. The current version has no content: it is the note itself.
versions = Table(
    "versions",
    metadata,
    Column("note", _Number, ForeignKey(notes.c.number, ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("origin", Text, nullable=False),
    _text("about"),
    _amount("made_at"),
    _text("engine"),
    _text("model"),
    _text("wish"),
    Column("content", Text),
    # A rewrite that is offered beside the note: its job, the part of the note that is rewritten,
    # and the user's decision ("open" until there is one).
    _text("job_id"),
    _text("again"),
    _text("decision"),
)

# Questions with their answers as JSON. `about` identifies the subject: a note, videos or the
# library.
questions = Table(
    "questions",
    metadata,
    Column("number", _Number, Identity(), primary_key=True),
    Column("id", Text, nullable=False, unique=True),
    Column("about", Text, nullable=False, index=True),
    Column("note", _Number, ForeignKey(notes.c.number, ondelete="CASCADE"), index=True),
    _text("asked_at"),
    Column("exchange", Text, nullable=False),
)

# Flashcards of the notes. `stage` and `due_at` are computed from the reviews and stored for the
# index. A new card's `due_at` is minus the number of its note, so that the newest come first.
cards = Table(
    "cards",
    metadata,
    Column("note", _Number, ForeignKey(notes.c.number, ondelete="CASCADE"), primary_key=True),
    Column("id", Text, primary_key=True, index=True),
    Column("position", Integer, nullable=False),
    Column("stage", Text, nullable=False, server_default="new"),
    _amount("due_at"),
)
Index("ix_cards_turn", cards.c.stage, cards.c.due_at, cards.c.position)

# Reviews are kept when a card disappears from a reworded note: the card may come back.
reviews = Table(
    "reviews",
    metadata,
    Column("card", Text, primary_key=True),
    Column("at_ms", BigInteger, primary_key=True, index=True),
    Column("rating", Integer, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("wish", Text, nullable=False),
    # The process that carries out the run, and the end of its lease, which counts where a process
    # on another machine cannot be checked.
    _text("holder"),
    _amount("lease_until"),
    _amount("created_at"),
    Column("finished_at", Float(53), index=True),
    # The order of the queue as ids of videos, and whether the user paused it.
    Column("lineup", Text, nullable=False, server_default="[]"),
    Column("paused", Boolean, nullable=False, server_default=false()),
)

jobs = Table(
    "jobs",
    metadata,
    Column("run_id", Text, ForeignKey(runs.c.id, ondelete="CASCADE"), primary_key=True),
    Column("job_id", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    _text("video_id"),
    _text("template"),
    _text("mode"),
    _text("engine"),
    _text("model"),
    _text("language"),
    _text("status"),
    Column("attempt", Integer, nullable=False, server_default="1"),
    Column("failure", Text),
    Column("draft", Text),
    Column("part", Integer, nullable=False, server_default="0"),
    Column("parts", Integer, nullable=False, server_default="1"),
    Column("started_at", Float(53)),
    Column("finished_at", Float(53)),
    # Path of the note's file, once a requested file is written.
    Column("file", Text),
    _text("wish"),
    # The part of a stored note that is rewritten.
    _text("again"),
)

# Claims on notes: only the process that holds a note's claim writes it. The row is deleted at the
# end.
claims = Table(
    "claims",
    metadata,
    Column("name", Text, primary_key=True),
    Column("id", Text, nullable=False, index=True),
    Column("holder", Text, nullable=False),
    Column("lease_until", Float(53), nullable=False),
)

# Requests sent in overnight batches, each kept until its note is stored or given up.
sent = Table(
    "sent",
    metadata,
    Column("key", Text, primary_key=True),
    _text("job_id", index=True),
    _text("batch", index=True),
    Column("position", Integer, nullable=False, server_default="0"),
    _text("name"),
    _text("account"),
    _text("fingerprint"),
    _amount("usd"),
    Column("booked", Boolean, nullable=False, server_default=false()),
    _amount("at"),
)

requests = Table(
    "requests",
    metadata,
    Column("number", _Number, Identity(), primary_key=True),
    _amount("at"),
    _text("day", index=True),
    _text("run_id"),
    _text("job_id"),
    _text("video_id"),
    _text("template"),
    _text("engine"),
    _text("model"),
    _text("outcome"),
    _count("requests"),
    _count("input_tokens"),
    _count("cached_tokens"),
    _count("output_tokens"),
    _count("thought_tokens"),
    _amount("cost_usd"),
    _amount("seconds"),
    _count("estimated_output_tokens"),
    _amount("estimated_cost_usd"),
)

counters = Table(
    "usage",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("used", BigInteger, nullable=False),
    Column("lim", BigInteger, nullable=False),
    _amount("touched_at"),
    CheckConstraint("used <= lim", name="within_limit"),
)

reservations = Table(
    "reservations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("amount", BigInteger, nullable=False),
    _text("holder"),
    Column("expires_at", Float(53), nullable=False),
    # The reservation is released; the row is kept for a while so that a late settlement is still
    # counted.
    Column("given_back", Boolean, nullable=False),
)
Index("ix_reservations_expires_at", reservations.c.expires_at)

facts = Table(
    "facts",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("until", Float(53)),
)

# Followed playlists, channels, podcasts and folders, and the videos found in each.
followed = Table(
    "followed",
    metadata,
    Column("key", Text, primary_key=True),
    _text("kind"),
    _text("provider"),
    _text("id"),
    _text("url"),
    _text("title"),
    Column("paused", Boolean, nullable=False, server_default=false()),
    _amount("added_at"),
    _amount("checked_at"),
    _count("failures"),
    _text("failure"),
    # ETag or Last-Modified of the last answer, for a conditional request.
    _text("validator"),
)

followed_videos = Table(
    "followed_videos",
    metadata,
    Column("followed", Text, ForeignKey(followed.c.key, ondelete="CASCADE"), primary_key=True),
    Column("video_id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    _text("url"),
    _text("provider"),
    _text("title"),
    _text("channel"),
    Column("duration_s", Float(53)),
    _text("published"),
    _amount("found_at"),
)
Index("ix_followed_videos_video_id", followed_videos.c.video_id)

# Full-text search. On SQLite, an FTS5 table of folded words, with the text that snippets are cut
# from in `shown`; on PostgreSQL, a plain table whose `folded` column is matched. `search` fills
# both. Passages of transcripts have a table of their own; on SQLite without text, which is read
# from the transcript. Its row id is ordinal * PASSAGES + the passage's number.
SEARCH_TABLE = "note_search"
PASSAGE_TABLE = "passage_search"
PASSAGES = 1000
INDEXED_CHARS = 500_000
"""Characters of a text that PostgreSQL indexes: it refuses word vectors above 1 MB."""

# Prefix indexes of one to four letters, for search while typing: without them, 100,000 notes take
# seconds.
_WORDS = "tokenize = \"unicode61 remove_diacritics 2\", prefix = '1 2 3 4'"
INDEXED_LETTERS = 4
TERM_TABLES = {SEARCH_TABLE: "note_terms", PASSAGE_TABLE: "passage_terms"}
"""Vocabulary views of the tables above on SQLite, which store nothing."""

CREATE_SEARCH: dict[str, tuple[str, ...]] = {
    "sqlite": (
        f"CREATE VIRTUAL TABLE {SEARCH_TABLE} USING fts5(title, video, channel, body, "
        f"shown UNINDEXED, {_WORDS})",
        f"CREATE VIRTUAL TABLE {PASSAGE_TABLE} USING fts5(body, content='', {_WORDS})",
        *(
            f"CREATE VIRTUAL TABLE {terms} USING fts5vocab({words}, instance)"
            for words, terms in TERM_TABLES.items()
        ),
    ),
    "postgresql": (
        f"CREATE TABLE {SEARCH_TABLE} (number BIGINT PRIMARY KEY "
        "REFERENCES notes(number) ON DELETE CASCADE, title TEXT NOT NULL, body TEXT NOT NULL, "
        "folded_title TEXT NOT NULL, folded TEXT NOT NULL)",
        f"CREATE TABLE {PASSAGE_TABLE} (video_id TEXT NOT NULL "
        "REFERENCES transcripts(video_id) ON DELETE CASCADE, passage INTEGER NOT NULL, "
        "folded TEXT NOT NULL, PRIMARY KEY (video_id, passage))",
        *(
            f"CREATE INDEX ix_{table}_words ON {table} USING gin "
            f"(to_tsvector('simple', left(folded, {INDEXED_CHARS})))"
            for table in (SEARCH_TABLE, PASSAGE_TABLE)
        ),
        f"CREATE INDEX ix_{SEARCH_TABLE}_titles ON {SEARCH_TABLE} USING gin "
        f"(to_tsvector('simple', left(folded_title, {INDEXED_CHARS})))",
    ),
}

for _dialect, _statements in CREATE_SEARCH.items():
    for _statement in _statements:
        # DDL treats per cent signs as placeholders.
        _ddl = DDL(_statement.replace("%", "%%"))  # type: ignore[no-untyped-call]
        _ddl = _ddl.execute_if(dialect=_dialect)
        event.listen(metadata, "after_create", _ddl)
