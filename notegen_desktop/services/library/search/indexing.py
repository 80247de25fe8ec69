"""The search index of notes, and of transcripts by passages."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any

from sqlalchemy import Connection, delete, func, select, text, update

from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.statements import without_markers
from notegen_desktop.services.library.rows import note_of, put_row, whole_notes
from notegen_desktop.services.library.schema import (
    PASSAGE_TABLE,
    PASSAGES,
    SEARCH_TABLE,
    facts,
    notes,
    transcripts,
)

from .words import folded

PASSAGE_CHARS = 700
"""Characters of a passage of a transcript, some 120 words; the last segment is never cut."""

UNINDEXED = "library.unindexed"
"""Name of a fact: the note indexed last, while the index is being rebuilt."""

_MARKUP = re.compile(r"\]\(\S*\)|[*_`#>|\[\]~]+")


def index(connection: Connection, number: int, note: Note) -> None:
    """Index the text of a stored note, replacing earlier entries."""
    unindex(connection, number)
    body = "\n".join(
        part for s in note.sections for part in (s.heading, s.comprehensive, s.standard, s.concise)
    )
    body = _MARKUP.sub(" ", without_markers(body))
    if connection.dialect.name == "sqlite":
        connection.execute(
            text(
                f"INSERT INTO {SEARCH_TABLE}(rowid, title, video, channel, body, shown) "
                "VALUES (:number, :title, :video, :channel, :body, :shown)"
            ),
            {
                "number": number,
                "title": folded(note.title),
                "video": folded(note.video.title),
                "channel": folded(note.video.channel),
                "body": folded(body),
                "shown": body,
            },
        )
        return
    title = f"{note.title}\n{note.video.title}\n{note.video.channel}"
    connection.execute(
        text(
            f"INSERT INTO {SEARCH_TABLE}(number, title, body, folded_title, folded) "
            "VALUES (:number, :title, :body, :folded_title, :folded)"
        ),
        {
            "number": number,
            "title": title,
            "body": body,
            "folded_title": folded(title),
            "folded": folded(f"{title}\n{body}"),
        },
    )


def unindex(connection: Connection, number: int) -> None:
    key = "rowid" if connection.dialect.name == "sqlite" else "number"
    connection.execute(
        text(f"DELETE FROM {SEARCH_TABLE} WHERE {key} = :number"), {"number": number}
    )


def check(connection: Connection) -> None:
    """Raise SQLite's error if the search index is damaged."""
    connection.execute(
        text(f"INSERT INTO {SEARCH_TABLE}({SEARCH_TABLE}) VALUES ('integrity-check')")
    )


# --- transcripts ---


def index_transcript(
    connection: Connection, video_id: str, ordinal: int | None, segments: str
) -> int:
    """Index a stored transcript; return its ordinal in the index.

    Entries under an earlier `ordinal` must have been removed.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    if ordinal is None:
        highest = select(func.coalesce(func.max(transcripts.c.ordinal), 0))
        ordinal = connection.execute(highest).scalar_one() + 1
    numbered = list(enumerate(_passage_texts(json.loads(segments))))
    if numbered and is_sqlite:
        connection.execute(
            text(f"INSERT INTO {PASSAGE_TABLE}(rowid, body) VALUES (:at, :body)"),
            [{"at": ordinal * PASSAGES + n, "body": folded(words)} for n, words in numbered],
        )
    elif numbered:
        connection.execute(
            text(
                f"INSERT INTO {PASSAGE_TABLE}(video_id, passage, folded) "
                "VALUES (:video, :passage, :folded)"
            ),
            [{"video": video_id, "passage": n, "folded": folded(words)} for n, words in numbered],
        )
    connection.execute(
        update(transcripts).where(transcripts.c.video_id == video_id).values(ordinal=ordinal)
    )
    return ordinal


def unindex_transcript(
    connection: Connection, video_id: str, ordinal: int | None, segments: str
) -> None:
    """Remove a transcript from the index; its `segments` must be those that were indexed."""
    if ordinal is None:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(
            text(f"DELETE FROM {PASSAGE_TABLE} WHERE video_id = :video"), {"video": video_id}
        )
        return
    # A contentless table needs the old text for a deletion.
    rows = [
        {"at": ordinal * PASSAGES + number, "body": folded(words)}
        for number, words in enumerate(_passage_texts(json.loads(segments)))
    ]
    if rows:
        connection.execute(
            text(
                f"INSERT INTO {PASSAGE_TABLE}({PASSAGE_TABLE}, rowid, body) "
                "VALUES ('delete', :at, :body)"
            ),
            rows,
        )


def passages_of(segments: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """Yield the passages of stored segments, each a label, start, end, text and speaker."""
    ends = list(accumulate([len(each[3]) for each in segments]))
    size = max(PASSAGE_CHARS, ends[-1] // (PASSAGES - 1) + 1) if ends else 0
    first = begins = 0
    while first < len(ends):
        after = bisect_left(ends, begins + size, first) + 1
        yield segments[first:after]
        begins, first = ends[min(after, len(ends)) - 1], after


def _passage_texts(segments: Sequence[Sequence[Any]]) -> Iterator[str]:
    for passage in passages_of(segments):
        yield " ".join(each[3] for each in passage)


# --- all of it ---


def mark_unindexed(connection: Connection) -> None:
    """Mark the whole library as not indexed; `index_next` rebuilds the index."""
    put_row(connection, facts, {"key": UNINDEXED}, {"value": "0", "until": None})
    indexed = transcripts.c.ordinal.is_not(None)
    connection.execute(update(transcripts).where(indexed).values(ordinal=None))


def findable(connection: Connection) -> float:
    """Return the share of notes in the search index, from 0 to 1."""
    after = connection.execute(select(facts.c.value).where(facts.c.key == UNINDEXED)).scalar()
    if after is None:
        return 1.0
    counted = select(func.count()).select_from(notes)
    total = connection.execute(counted).scalar_one()
    waiting = connection.execute(counted.where(notes.c.number > int(after))).scalar_one()
    return 1 - waiting / total if total else 1.0


def index_next(connection: Connection) -> bool:
    """Index the next batch; True if there may be more."""
    return _index_next_notes(connection) or _index_next_transcripts(connection)


def _index_next_notes(connection: Connection, *, several: int = 50) -> bool:
    position = facts.c.key == UNINDEXED
    after = connection.execute(select(facts.c.value).where(position)).scalar()
    if after is None:
        return False
    waiting = whole_notes().where(notes.c.number > int(after))
    rows = connection.execute(waiting.order_by(notes.c.number).limit(several)).mappings().all()
    for row in rows:
        index(connection, row["number"], note_of(connection, row))
    if rows:
        last = str(rows[-1]["number"])
        connection.execute(update(facts).where(position).values(value=last))
    else:
        connection.execute(delete(facts).where(position))
    return bool(rows)


def _index_next_transcripts(connection: Connection, *, several: int = 10) -> bool:
    query = select(transcripts.c.video_id, transcripts.c.segments)
    waiting = query.where(transcripts.c.ordinal.is_(None)).limit(several)
    rows = connection.execute(waiting).all()
    for video_id, segments in rows:
        index_transcript(connection, video_id, None, segments)
    return len(rows) == several
