"""Finds notes and passages of transcripts by words, alike on SQLite and PostgreSQL.

A query's words must all occur, each as the beginning of a word; case and accents are ignored.
Scripts written without spaces are split into single characters, which a query matches as a phrase,
so two characters of Chinese or Thai are enough. User input is always data, never part of a query
language, so no input is a syntax error.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Connection, Text, column, select, table

from notegen_desktop.services.library.filters import Condition
from notegen_desktop.services.library.rows import in_batches, is_among
from notegen_desktop.services.library.schema import PASSAGES, SEARCH_TABLE, transcripts

from . import server, sqlite
from .excerpts import Snippet, excerpt
from .indexing import passages_of
from .words import words_of

_PASSAGES_SHOWN = 3
"""Maximum passages shown of one transcript."""

_SEGMENTS = msgspec.json.Decoder(list[tuple[str, float, float, str, Any]])


@dataclass(frozen=True, slots=True)
class Hit:
    """A matching note, by its number, with its snippet; best first."""

    number: int
    excerpt: Snippet


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage of a video's transcript, which begins at `start_s` seconds."""

    video_id: str
    start_s: float
    excerpt: Snippet


def find(
    connection: Connection, query: str, *, limit: int, conditions: Sequence[Condition] = ()
) -> list[Hit]:
    """Return notes that are not deleted, fulfil `conditions` and contain every word of `query`,
    best first.

    Never raises for any `query`; one without a word finds nothing.
    """
    words = words_of(query)
    if not words:
        return []
    is_sqlite = connection.dialect.name == "sqlite"
    look = sqlite.find_notes if is_sqlite else server.find_notes
    numbers = look(connection, words, limit, conditions)
    key, body = ("rowid", "shown") if is_sqlite else ("number", "body")
    stored = table(SEARCH_TABLE, column(key, BigInteger), column(body, Text))
    told = select(stored).where(is_among(connection, stored.c[key], numbers))
    shown = {row[0]: row[1] for row in connection.execute(told)}
    return [Hit(number, excerpt(shown[number], words)) for number in numbers]


def find_passages(
    connection: Connection, query: str, *, limit: int, conditions: Sequence[Condition] = ()
) -> list[FoundPassage]:
    """Return passages that contain every word of `query`, best first and a few of each transcript.
    With `conditions`, of videos that have notes which fulfil them."""
    words = words_of(query)
    if not words:
        return []
    found = _passages(connection, words, limit, conditions)
    return _told(connection, words, found)


def passages_with(connection: Connection, query: str, *, limit: int) -> list[tuple[str, int]]:
    """Return the ids of videos and numbers of such passages, without their texts."""
    words = words_of(query)
    return _passages(connection, words, limit * _PASSAGES_SHOWN, (), each=PASSAGES) if words else []


def _passages(
    connection: Connection,
    words: list[str],
    limit: int,
    conditions: Sequence[Condition],
    *,
    each: int = _PASSAGES_SHOWN,
) -> list[tuple[str, int]]:
    is_sqlite = connection.dialect.name == "sqlite"
    look = sqlite.find_passages if is_sqlite else server.find_passages
    return look(connection, words, limit, conditions, each=each)


def _told(
    connection: Connection, words: list[str], found: list[tuple[str, int]]
) -> list[FoundPassage]:
    """Return the passages with their texts and times."""
    stored = select(transcripts.c.video_id, transcripts.c.segments)
    wanted = {video: [number for its, number in found if its == video] for video, _ in found}
    told: dict[tuple[str, int], Sequence[Sequence[Any]]] = {}
    for batch in in_batches(list(wanted)):
        for video, segments in connection.execute(stored.where(transcripts.c.video_id.in_(batch))):
            # Row by row: thousands of lists kept at once slow down the garbage collector.
            passages = list(passages_of(_SEGMENTS.decode(segments)))
            told |= {(video, number): passages[number] for number in wanted[video]}
    return [_passage(video, told[video, number], words) for video, number in found]


def _passage(video_id: str, segments: Sequence[Sequence[Any]], words: list[str]) -> FoundPassage:
    found = excerpt(" ".join(each[3] for each in segments), words)
    begins, start_s = 0, 0.0
    for _, start, _, said, _ in segments:
        if begins > found.at:
            break
        start_s, begins = start, begins + len(said) + 1
    return FoundPassage(video_id, start_s, found)
