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
    FromClause,
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
from sqlalchemy.sql.base import ReadOnlyColumnCollection

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
    _prefer_indexes(connection)
    stored = table(SEARCH_TABLE, column("number"), column("folded"), column("folded_title"))
    newest = select(stored).order_by(stored.c.number.desc()).limit(_SAMPLE).subquery()
    seen = _seen(connection, newest.c.folded, words)
    source: FromClause = stored
    if seen[-1] >= _COMMON:
        # Without limit and offset the server would take its index for words that it believes to be
        # rare, or look through all texts for those of a few notes.
        chosen = select(notes.c.number).where(notes.c.deleted_at.is_(None), *conditions)
        newest_notes = chosen.order_by(notes.c.number.desc()).limit(10**9).subquery()
        same = stored.c.number == newest_notes.c.number
        of_note = select(stored).where(same).offset(0).lateral()
        hit, number = of_note.c, newest_notes.c.number
        query = select().select_from(newest_notes).join(of_note, true())
        query = query.where(*(_stands(hit.folded, run) for run in words))
    else:
        # By itself, or the server might look through the newest texts for words that it believes
        # to be in many.
        found = select(stored.c.number, stored.c.folded_title)
        found = found.where(*(_indexed(stored.c.folded, run) for run in words))
        source = found.cte("matching").prefix_with("MATERIALIZED")
        newest_hits = (
            select(source.c.number)
            .join_from(source, notes, notes.c.number == source.c.number)
            .where(notes.c.deleted_at.is_(None), *conditions)
            .order_by(source.c.number.desc())
            .limit(MAX_RANKED)
            .subquery()
        )
        hit, number = stored.c, newest_hits.c.number
        query = select().select_from(newest_hits)
        query = query.join(stored, stored.c.number == newest_hits.c.number)
    query = query.add_columns(number).order_by(number.desc())
    ranked = _ranked(connection, stored, query, hit, words, seen)
    rows = connection.execute(
        select(ranked.c.number).order_by(ranked.c.score.desc(), ranked.c.number.desc())
    )
    best = [number for (number,) in rows]
    if len(best) < MAX_RANKED:
        return best[:limit]
    in_title = (_stands(source.c.folded_title, run) for run in words)
    titled = connection.scalars(
        select(source.c.number)
        .join_from(source, notes, notes.c.number == source.c.number)
        .where(notes.c.deleted_at.is_(None), *conditions, *in_title)
        .order_by(source.c.number.desc())
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
    _prefer_indexes(connection)
    stored = table(PASSAGE_TABLE, column("video_id"), column("passage"), column("folded"))
    seen = _seen(connection, select(stored).limit(_SAMPLE).subquery().c.folded, words)
    common = seen[-1] >= _COMMON
    hit = select(stored).limit(10**9).subquery().c if common else stored.c
    found = [(_stands if common else _indexed)(hit.folded, run) for run in words]
    query = select(hit.video_id, hit.passage).where(*found)
    if conditions:
        of_video = select(notes.c.number).where(notes.c.video_id == hit.video_id)
        query = query.where(exists(of_video.where(notes.c.deleted_at.is_(None), *conditions)))
    ranked = _ranked(connection, stored, query, hit, words, seen)
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


def _prefer_indexes(connection: Connection) -> None:
    """For the rest of the transaction. To take a text apart costs 600 times what the server
    believes: of a thousand notes it would rather read all than open the index of words. Nor is a
    program compiled for what takes some milliseconds."""
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    connection.execute(text("SET LOCAL jit = off"))


def _seen(connection: Connection, folded: ColumnElement[str], words: list[str]) -> list[int]:
    """How many of a sample have each word, and all of them."""
    having = [_stands(folded, run) for run in words]
    counts = (func.count().filter(each) for each in (*having, and_(*having)))
    return list(connection.execute(select(*counts)).one())


def _ranked(
    connection: Connection,
    stored: TableClause,
    query: Select[Any],
    hit: ReadOnlyColumnCollection[str, Any],
    words: list[str],
    seen: list[int],
) -> Subquery:
    """The hits of `query` with their `score`, which is BM25. The size in bytes stands for the
    number of words: it is known without reading them."""
    guess = text("SELECT reltuples::bigint FROM pg_class WHERE oid = to_regclass(:name)")
    total = connection.execute(guess, {"name": stored.name}).scalar() or 0
    if total < _FEW_ROWS:
        total = connection.execute(select(func.count()).select_from(stored)).scalar_one()
    sample = select(func.octet_length(stored.c.folded).label("size")).limit(MAX_RANKED).subquery()
    mean = select(func.avg(sample.c.size).label("mean")).cte("mean")
    # A text that is changed is unpacked once, instead of by each look at it.
    texts = [hit[name].concat("").label(name) for name in ("folded", "folded_title") if name in hit]
    found = query.add_columns(*texts).limit(MAX_RANKED).cte("found")
    often = [_occurrences(found.c.folded, run) for run in words]
    if "folded_title" in hit:  # it has its words twice
        titled = [_occurrences(found.c.folded_title, run) for run in words]
        often = [each + (TITLE_WEIGHT - 1) * more for each, more in zip(often, titled, strict=True)]
    size = func.octet_length(found.c.folded).label("size")
    counts = (each.label(f"often{place}") for place, each in enumerate(often))
    kept = (each for each in found.c if each.name not in ("folded", "folded_title"))
    hits = select(*kept, size, *counts).cte("hits")
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
