"""Where words stand, by PostgreSQL."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Float,
    Select,
    Subquery,
    TableClause,
    and_,
    cast,
    column,
    exists,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
    true,
)

from notegen_desktop.services.library.filters import Condition
from notegen_desktop.services.library.schema import (
    INDEXED_CHARS,
    PASSAGE_TABLE,
    SEARCH_TABLE,
    notes,
)

from .words import TITLE_WEIGHT, titles_first

K1, B = 1.2, 0.75
"""The constants of BM25, as SQLite's FTS5 has them: both databases rank alike."""

MAX_RANKED = 500
"""Of more hits only the newest are ranked: a server looks each text through again, for 50 µs."""

_SAMPLE = 200
_COMMON = 20
"""Newest texts that are looked at first; what so many of them have is met soon by going through
all from the newest on. The index would bring every text that has it."""

_FEW_ROWS = 10_000
"""Rows that are counted; the server's own guess will do for more."""


def find_notes(
    connection: Connection, words: list[str], limit: int, conditions: Sequence[Condition]
) -> list[int]:
    stored = table(SEARCH_TABLE, column("number"), column("folded"), column("folded_title"))
    newest = select(stored).order_by(stored.c.number.desc())
    seen = _seen(connection, newest.limit(_SAMPLE).subquery().c.folded, words)
    # Without the limit the server would take its index for words that it believes to be rare.
    common = seen[-1] >= _COMMON
    source: Any = newest.limit(10**9).subquery() if common else stored
    hit = source.c
    found = [(_stands if common else _indexed)(hit.folded, run) for run in words]
    query = (
        select(hit.number)
        .join_from(source, notes, notes.c.number == hit.number)
        .where(notes.c.deleted_at.is_(None), *conditions, *found)
        .order_by(hit.number.desc())
    )
    # A title has its words twice.
    often = [
        _occurrences(hit.folded, run) + (TITLE_WEIGHT - 1) * _occurrences(hit.folded_title, run)
        for run in words
    ]
    ranked = _ranked(connection, stored, query, hit.folded, words, seen, often)
    rows = connection.execute(
        select(ranked.c.number).order_by(ranked.c.score.desc(), ranked.c.number.desc())
    )
    best = [number for (number,) in rows]
    if len(best) < MAX_RANKED:
        return best[:limit]
    in_title = (_stands(stored.c.folded_title, run) for run in words)
    titled = connection.scalars(
        select(stored.c.number)
        .join_from(stored, notes, notes.c.number == stored.c.number)
        .where(notes.c.deleted_at.is_(None), *conditions, *in_title)
        .order_by(stored.c.number.desc())
        .limit(limit)
    )
    return titles_first(best, list(titled))[:limit]


def find_passages(
    connection: Connection,
    words: list[str],
    limit: int,
    conditions: Sequence[Condition],
    *,
    each: int,
) -> list[tuple[str, int]]:
    stored = table(PASSAGE_TABLE, column("video_id"), column("passage"), column("folded"))
    seen = _seen(connection, select(stored).limit(_SAMPLE).subquery().c.folded, words)
    common = seen[-1] >= _COMMON
    hit = select(stored).limit(10**9).subquery().c if common else stored.c
    found = [(_stands if common else _indexed)(hit.folded, run) for run in words]
    query = select(hit.video_id, hit.passage).where(*found)
    if conditions:
        of_video = select(notes.c.number).where(notes.c.video_id == hit.video_id)
        query = query.where(exists(of_video.where(notes.c.deleted_at.is_(None), *conditions)))
    often = [_occurrences(hit.folded, run) for run in words]
    ranked = _ranked(connection, stored, query, hit.folded, words, seen, often)
    best = (ranked.c.score.desc(), ranked.c.video_id, ranked.c.passage)
    rows = connection.execute(
        select(ranked.c.video_id, ranked.c.passage).order_by(*best).limit(limit * each)
    )
    shown: Counter[str] = Counter()
    places = []
    for video, passage in rows:
        shown[video] += 1
        if shown[video] <= each:
            places.append((video, passage))
    return places[:limit]


def _seen(connection: Connection, folded: ColumnElement[str], words: list[str]) -> list[int]:
    """How many of a sample have each word, and all of them."""
    having = [_stands(folded, run) for run in words]
    counts = (func.count().filter(each) for each in (*having, and_(*having)))
    return list(connection.execute(select(*counts)).one())


def _ranked(
    connection: Connection,
    stored: TableClause,
    query: Select[Any],
    folded: ColumnElement[str],
    words: list[str],
    seen: list[int],
    often: list[Any],
) -> Subquery:
    """The hits of `query` with their `score`, which is BM25; `often` says how often a hit has each
    word. The size in bytes stands for the number of words: it is known without reading them."""
    guess = text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name)")
    total = connection.execute(guess, {"name": stored.name}).scalar() or 0
    if total < _FEW_ROWS:
        total = connection.execute(select(func.count()).select_from(stored)).scalar_one()
    size = func.octet_length(folded)
    sample = select(func.octet_length(stored.c.folded).label("size")).limit(MAX_RANKED).subquery()
    mean = select(func.avg(sample.c.size).label("mean")).cte("mean")
    hits = (
        query.add_columns(
            size.label("size"), *(each.label(f"often{place}") for place, each in enumerate(often))
        )
        .limit(MAX_RANKED)
        .cte("hits")
    )
    length = 1 - B + B * hits.c.size / mean.c.mean
    score: Any = 0.0
    for place, run in enumerate(words):
        if seen[place] >= _COMMON:
            known = total * seen[place] // max(1, min(total, _SAMPLE))
        else:
            having = select(literal(1)).where(_indexed(stored.c.folded, run))
            known = connection.execute(
                select(func.count()).select_from(having.limit(MAX_RANKED).subquery())
            ).scalar_one()
        rarity = max(1e-6, math.log((max(total, known) - known + 0.5) / (known + 0.5)))
        often_here = hits.c[f"often{place}"]
        score += rarity * often_here * (K1 + 1) / (often_here + K1 * length)
    return select(hits, score.label("score")).join_from(hits, mean, true()).subquery()


def _stands(folded: ColumnElement[str], run: str) -> ColumnElement[bool]:
    return folded.like(f"% {run}%")


def _indexed(folded: ColumnElement[str], run: str) -> ColumnElement[bool]:
    """The same by the index, which knows words and not what is beside them."""
    *whole, begun = run.split(" ")
    query = " & ".join([*(f"'{word}'" for word in whole), f"'{begun}':*"])
    known = func.to_tsvector(
        literal_column("'simple'"), func.left(folded, literal_column(str(INDEXED_CHARS)))
    )
    found = known.op("@@")(func.to_tsquery(literal_column("'simple'"), query))
    return and_(found, _stands(folded, run)) if whole else found


def _occurrences(folded: ColumnElement[str], run: str) -> Any:
    without = func.length(func.replace(folded, f" {run}", ""))
    return cast((func.length(folded) - without) / (len(run) + 1), Float(53))
