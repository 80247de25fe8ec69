"""Where words stand, by SQLite's full-text tables: row ids, best first.

Of more hits than can be ranked while a user types, those with the words in a title come first, and
of the others the newest are ranked. FTS5 walks the hits of a word, and of its first one to three
letters, from the newest on; only ranking one costs something.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, Connection, Select, TextClause, column, func, select, table, text
from sqlalchemy.sql.elements import ColumnElement

from notegen_desktop.services.library.filters import Condition
from notegen_desktop.services.library.schema import (
    PASSAGE_TABLE,
    PASSAGES,
    SEARCH_TABLE,
    notes,
    transcripts,
)

from .words import TITLE_WEIGHT, titles_first

MAX_RANKED = 2_500
"""Of more hits only the newest are ranked: one costs 2 to 3 µs, passing over it a tenth of that."""

MAX_COUNTED = 100_000
"""BM25 goes through all hits of each word, to know how rare it is. Words with more together say
nothing about any text: then the newest come first, and the answer is there in time."""

_WEIGHTS = ", ".join(map(str, (*[TITLE_WEIGHT] * 3, 1.0, 0.0)))
_TITLES = "{title video channel}"


def find_notes(
    connection: Connection, words: list[str], limit: int, conditions: Sequence[Condition]
) -> list[int]:
    """Numbers of notes that are not deleted, fulfil `conditions` and have all words."""
    hits = _Hits(connection, SEARCH_TABLE, words)
    if conditions:
        fulfil = select(notes.c.number).where(notes.c.deleted_at.is_(None), *conditions)
        # A sum, or each of these would be looked for in the words by itself.
        hits.narrow((hits.rowid + 0).in_(fulfil))
    else:
        # There are few of them: no need to look at the row of every hit.
        hits.narrow(hits.rowid.not_in(select(notes.c.number).where(notes.c.deleted_at > 0)))
    best = hits.ranked(f"bm25({SEARCH_TABLE}, {_WEIGHTS}), rowid DESC")
    if hits.oldest is None:
        return best[:limit]
    return titles_first(best, hits.newest(limit, within=_TITLES))[:limit]


def find_passages(
    connection: Connection,
    words: list[str],
    limit: int,
    conditions: Sequence[Condition],
    *,
    each: int,
) -> list[tuple[str, int]]:
    """Ids of videos and numbers of passages, so many of `each`; with `conditions`, of videos with
    such notes."""
    hits = _Hits(connection, PASSAGE_TABLE, words)
    if conditions:
        fulfil = (
            select(transcripts.c.ordinal)
            .join_from(notes, transcripts, notes.c.video_id == transcripts.c.video_id)
            .where(notes.c.deleted_at.is_(None), *conditions)
        )
        hits.narrow((hits.rowid // PASSAGES).in_(fulfil))
    shown: Counter[int] = Counter()
    places = []
    for place in hits.ranked("rank"):
        shown[place // PASSAGES] += 1
        if shown[place // PASSAGES] <= each:
            places.append(place)
    places = places[:limit]
    of_place = select(transcripts.c.ordinal, transcripts.c.video_id).where(
        transcripts.c.ordinal.in_({place // PASSAGES for place in places})
    )
    videos = {row.ordinal: row.video_id for row in connection.execute(of_place)}
    told = ((videos.get(place // PASSAGES), place % PASSAGES) for place in places)
    return [(video, passage) for video, passage in told if video is not None]


class _Hits:
    """The rows of a full-text table that have all words. `oldest` is the last that is ranked, None
    where all of them are."""

    def __init__(self, connection: Connection, name: str, words: list[str]) -> None:
        self._connection = connection
        self._name = name
        # Each run is a quoted phrase whose last word may go on; no folded word has a quote.
        self._phrases = [f'"{run}"*' for run in words]
        self._narrowed: list[ColumnElement[bool]] = []
        self.rowid = table(name, column("rowid", BigInteger)).c.rowid
        self.oldest: int | None = None

    def narrow(self, condition: ColumnElement[bool]) -> None:
        self._narrowed.append(condition)

    def ranked(self, order: str) -> list[int]:
        """Those that are ranked, the best by `order` first."""
        newest = self.newest(MAX_RANKED + 1)
        if len(newest) > MAX_RANKED:
            self.oldest = newest[-2]
        if not self._are_rare():
            return newest[:MAX_RANKED]
        found = self._matching()
        if self.oldest is not None:
            found = found.where(self.rowid >= self.oldest)
        return list(self._connection.scalars(found.order_by(text(order))))

    def newest(self, limit: int, *, within: str = "") -> list[int]:
        """The newest that have the words, in these columns."""
        found = self._matching(within).order_by(self.rowid.desc()).limit(limit)
        return list(self._connection.scalars(found))

    def _are_rare(self) -> bool:
        """Whether counting the hits of each word takes no longer than a user waits."""
        if self.oldest is None and len(self._phrases) == 1:
            return True
        left = MAX_COUNTED
        for phrase in self._phrases:
            hits = select(self.rowid).where(self._match(phrase)).limit(left).subquery()
            left -= self._connection.scalars(select(func.count()).select_from(hits)).one()
            if left <= 0:
                return False
        return True

    def _match(self, expression: str) -> TextClause:
        return text(f"{self._name} MATCH :expression").bindparams(expression=expression)

    def _matching(self, within: str = "") -> Select[Any]:
        expression = " AND ".join(self._phrases)
        found = self._match(f"{within} : ({expression})" if within else expression)
        return select(self.rowid).where(found, *self._narrowed)
