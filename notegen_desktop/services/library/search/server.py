"""Full-text search on PostgreSQL.

Its GIN index returns all texts with the words at once, in no order; matches and counts are read
from the texts, newest first, until there are as many as are ranked. Words of nearly every text
match soon that way; and the index would return every text for them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    Select,
    Subquery,
    TableClause,
    Text,
    and_,
    any_,
    case,
    cast,
    column,
    func,
    literal,
    literal_column,
    select,
    table,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import NullType

from notegen_desktop.services.library.filters import Condition
from notegen_desktop.services.library.schema import (
    INDEXED_CHARS,
    PASSAGE_TABLE,
    SEARCH_TABLE,
    notes,
    transcripts,
)

from .words import TITLE_WEIGHT, titles_first

K1, B = 1.2, 0.75
"""Constants of BM25, as in SQLite's FTS5: both databases rank alike."""

MAX_RANKED = 300
"""Maximum hits that are ranked, the newest: the server reads each text again, for 20 µs."""

SOME_LISTED, LATEST = 400, 12_500
MAX_LISTED = 20_000
"""Maximum notes of a filter that are listed in advance, if few of the latest notes fulfil it; of
frequent ones enough are met while walking the hits."""

_SAMPLE = 100
"""Texts of the sample, the newest notes."""

_COMMON = 0.5
"""Share of the sample from which a word counts as common, so that walking the texts finds it
soon."""

_SHORT = 3
"""Letters up to which a prefix may match so many words that the index takes long to gather them."""

_WALKED = 5_000
"""Passages, which are short, that are walked."""

SOME_VIDEOS = 1_500
"""Videos of a filter up to which they are searched one by one; of more, the matching passages are
filtered."""

_SETTINGS = (("jit", "off"), ("plan_cache_mode", "force_custom_plan"), ("random_page_cost", "1.1"))
"""Settings for a search: no compilation for queries of milliseconds, a plan for each statement's
own words, and pages nearly always in memory."""

_ONLY_INDEXES = (
    "SELECT set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)"
)

_FEW_ROWS = 10_000
"""Rows up to which they are counted; above, the server's estimate is used."""


def find_notes(
    connection: Connection, words: list[str], limit: int, conditions: Sequence[Condition]
) -> list[int]:
    stored = table(SEARCH_TABLE, column("number"), column("folded"), column("folded_title"))
    newest = select(stored.c.folded).order_by(stored.c.number.desc())
    sample = _sample(connection, stored, newest, words)
    meant = _meant(connection, conditions)
    if meant.listed == []:
        return []
    ranked = _best_notes(connection, stored, words, sample, meant)
    best = [number for number, _ in ranked]
    if len(best) < MAX_RANKED:
        return best[:limit]
    titled = sorted((number for number, is_titled in ranked if is_titled), reverse=True)
    if len(titled) < limit:
        in_title = and_(*(_indexed(stored.c.folded_title, run) for run in words))
        titled = _newest_hits(connection, stored, in_title, limit, meant)
    return titles_first(best, titled[:limit])[:limit]


@dataclass(frozen=True, slots=True)
class _Meant:
    """Notes that are not deleted and fulfil the conditions; if few, all are `listed`, the newest
    first."""

    fulfil: ColumnElement[bool]
    listed: list[int] | None = None


def _meant(connection: Connection, conditions: Sequence[Condition]) -> _Meant:
    fulfil = and_(notes.c.deleted_at.is_(None), *conditions)
    if not conditions or len(_latest(connection, fulfil, SOME_LISTED)) == SOME_LISTED:
        return _Meant(fulfil)
    # Materialized: otherwise PostgreSQL may walk all notes by number to find a few.
    every = select(notes.c.number).where(fulfil).cte("every").prefix_with("MATERIALIZED")
    query = select(every.c.number).order_by(every.c.number.desc()).limit(MAX_LISTED + 1)
    listed = list(connection.scalars(query).all())
    return _Meant(fulfil, listed if len(listed) <= MAX_LISTED else None)


def _latest(connection: Connection, fulfil: ColumnElement[bool], several: int) -> list[int]:
    """Return at most `several` of the latest notes that fulfil the condition, newest first."""
    newest_first = select(notes.c.number).order_by(notes.c.number.desc())
    latest = newest_first.offset(LATEST).limit(1).scalar_subquery()
    recent = notes.c.number > func.coalesce(latest, 0)
    return list(connection.scalars(newest_first.where(fulfil, recent).limit(several)).all())


def _best_notes(
    connection: Connection, stored: TableClause, words: list[str], sample: _Sample, meant: _Meant
) -> list[tuple[int, bool]]:
    """Return the best of the newest notes with all words, at most `MAX_RANKED`; and True if a title
    contains them."""
    sought = [run for place, run in enumerate(words) if not sample.is_shared(place, run)]
    if sample.has_all >= _COMMON or not sought:
        enough = int(1.2 * MAX_RANKED / max(sample.has_all, 0.01)) + 1
        known = meant.listed
        numbers = _latest(connection, meant.fulfil, enough) if known is None else known[:enough]
        best = _ranked_notes(connection, stored, numbers, words, words, sample)
        if len(best) >= MAX_RANKED or numbers == known:
            return best
    if 0 < len(sought) < len(words):
        # The other words are searched in the texts that contain these.
        enough = 4 * MAX_RANKED
        has = and_(*(_indexed(stored.c.folded, run) for run in sought))
        numbers = _newest_hits(connection, stored, has, enough, meant)
        others = [run for run in words if run not in sought]
        best = _ranked_notes(connection, stored, numbers, words, others, sample)
        if len(best) >= MAX_RANKED or len(numbers) < enough:
            return best
    has = and_(*(_indexed(stored.c.folded, run) for run in words))
    numbers = _newest_hits(connection, stored, has, MAX_RANKED, meant)
    return _ranked_notes(connection, stored, numbers, words, (), sample)


def _newest_hits(
    connection: Connection,
    stored: TableClause,
    has: ColumnElement[bool],
    limit: int,
    meant: _Meant,
) -> list[int]:
    """Return numbers of the newest matching notes from the index."""
    found = select(stored.c.number).where(has).offset(0).subquery()
    if meant.listed is not None:
        hits, is_meant = found, _is_among(found.c.number, meant.listed)
    else:
        # A correlated condition: hits are tested one by one from the newest until there are enough.
        hits = select(found.c.number).order_by(found.c.number.desc()).offset(0).subquery()
        same = notes.c.number == hits.c.number
        is_meant = select(notes.c.number).where(same, meant.fulfil).offset(0).exists()
    newest = select(hits.c.number).where(is_meant).order_by(hits.c.number.desc()).limit(limit)
    _by_indexes(connection)
    return list(connection.scalars(newest).all())


def _ranked_notes(
    connection: Connection,
    stored: TableClause,
    numbers: list[int],
    words: list[str],
    checked: Sequence[str],
    sample: _Sample,
) -> list[tuple[int, bool]]:
    """Return those of these notes that contain the words to be `checked`, best first; and True if a
    title contains all words."""
    if not numbers:
        return []
    listed = select(func.unnest(_array(numbers)).label("number"))
    chosen = listed.order_by(text("number DESC")).subquery()
    # Concatenation unpacks a compressed text once, instead of at each use.
    texts = [stored.c[name].concat("").label(name) for name in ("folded", "folded_title")]
    same = stored.c.number == chosen.c.number
    hit = select(*texts).where(same).offset(0).lateral()
    is_titled = and_(*(_stands(hit.c.folded_title, run) for run in words)).label("is_titled")
    query = select(chosen.c.number, is_titled, hit.c.folded, hit.c.folded_title)
    query = query.join_from(chosen, hit, true())
    query = query.where(*(_stands(hit.c.folded, run) for run in checked))
    query = query.order_by(chosen.c.number.desc())
    ranked = _ranked(connection, stored, query, words, sample)
    best = select(ranked.c.number, ranked.c.is_titled)
    best = best.order_by(ranked.c.score.desc(), ranked.c.number.desc())
    return [(number, is_titled) for number, is_titled in connection.execute(best).all()]


def find_passages(
    connection: Connection,
    words: list[str],
    limit: int,
    conditions: Sequence[Condition],
    *,
    each: int,
) -> list[tuple[str, int]]:
    stored = table(PASSAGE_TABLE, column("video_id"), column("passage"), column("folded"))
    sample = _sample(connection, stored, select(stored.c.folded), words)
    walked, meant = select(stored), []
    if conditions:
        fulfil = and_(notes.c.deleted_at.is_(None), *conditions)
        has_note = select(notes.c.number).where(notes.c.video_id == transcripts.c.video_id, fulfil)
        some = select(transcripts.c.video_id).where(has_note.exists()).limit(SOME_VIDEOS)
        videos = list(connection.scalars(some).all())
        if not videos:
            return []
        is_of_some = stored.c.video_id == any_(literal(videos, ARRAY(Text)))
        walked = walked.where(is_of_some)
        its_note = select(notes.c.number).where(notes.c.video_id == stored.c.video_id, fulfil)
        # A correlated condition: otherwise PostgreSQL walks all notes that fulfil it.
        are_many = len(videos) == SOME_VIDEOS
        meant.append(its_note.offset(0).exists() if are_many else is_of_some)

    def best(query: Select[Any]) -> list[tuple[str, int]]:
        ranked = _ranked(connection, stored, query, words, sample)
        order = (ranked.c.score.desc(), ranked.c.video_id, ranked.c.passage)
        rows = connection.execute(select(ranked.c.video_id, ranked.c.passage).order_by(*order))
        return [(video, passage) for video, passage in rows.all()]

    found: list[tuple[str, int]] = []
    if sample.has_all * _WALKED >= MAX_RANKED:
        some_texts = walked.limit(_WALKED).subquery()
        having = (_stands(some_texts.c.folded, run) for run in words)
        found = best(select(some_texts).where(*having))
    if len(found) < MAX_RANKED:
        has = (_indexed(stored.c.folded, run) for run in words)
        _by_indexes(connection)
        found = best(select(stored).where(*has, *meant))
    shown: Counter[str] = Counter()
    places = []
    for video, passage in found[: limit * each]:
        shown[video] += 1
        if shown[video] <= each:
            places.append((video, passage))
    return places[:limit]


@dataclass(frozen=True, slots=True)
class _Sample:
    """Statistics of a sample of texts: shares with each word, and with all; average size in bytes;
    `several` is the size of the sample of `total` texts."""

    has: tuple[float, ...]
    has_all: float
    size: float
    several: int
    total: int

    def is_shared(self, place: int, run: str) -> bool:
        """Return True if the index would be slow for a word, as many texts have one with this
        prefix."""
        return len(run) <= _SHORT and self.has[place] >= _COMMON


def _sample(
    connection: Connection, stored: TableClause, texts: Select[Any], words: list[str]
) -> _Sample:
    """Return the statistics of a sample; also sets the settings for the transaction."""
    taken = texts.limit(_SAMPLE).subquery()
    unpacked = select(taken.c.folded.concat("").label("folded")).offset(0).subquery()
    having = [_stands(unpacked.c.folded, run) for run in words]
    guess = literal_column("reltuples", Float(53))
    known = select(
        case(
            (guess >= _FEW_ROWS, guess),
            else_=select(func.count()).select_from(stored).scalar_subquery(),
        )
    ).select_from(text("pg_class"))
    known = known.where(text("oid = to_regclass(:name)").bindparams(name=stored.name))
    query = select(
        *(
            func.set_config(literal_column(f"'{name}'"), literal_column(f"'{value}'"), true())
            for name, value in _SETTINGS
        ),
        known.scalar_subquery(),
        func.count(),
        func.avg(func.octet_length(unpacked.c.folded)),
        *(func.count().filter(each) for each in (*having, and_(*having))),
    )
    total, several, size, *seen = connection.execute(query).one()[len(_SETTINGS) :]
    *has, has_all = (each / max(1, several) for each in seen)
    return _Sample(tuple(has), has_all, float(size or 1), several, int(total or 0))


def _by_indexes(connection: Connection) -> None:
    """Force the use of indexes for the rest of the transaction. Parsing a text costs 600 times the
    server's estimate: for a thousand notes it would rather read all in order."""
    connection.execute(text(_ONLY_INDEXES))


def _is_among(number: ColumnElement[int], numbers: list[int]) -> ColumnElement[bool]:
    return number == any_(_array(numbers))


def _array(numbers: list[int]) -> ColumnElement[Any]:
    """Return an array literal: the driver takes 3 µs for each number of a bound list."""
    written = f"{{{','.join(map(str, numbers))}}}"
    return cast(literal(written, NullType()), ARRAY(BigInteger))


def _ranked(
    connection: Connection,
    stored: TableClause,
    query: Select[Any],
    words: list[str],
    sample: _Sample,
) -> Subquery:
    """Return the first hits of `query` with their `score`, which is BM25. The size in bytes
    replaces the number of words: it is known without reading them."""
    found = query.limit(MAX_RANKED).cte("found")
    often = [_occurrences(found.c.folded, run) for run in words]
    if "folded_title" in found.c:  # words of the title are in both texts
        titled = [_occurrences(found.c.folded_title, run) for run in words]
        often = [each + (TITLE_WEIGHT - 1) * more for each, more in zip(often, titled, strict=True)]
    size = func.octet_length(found.c.folded).label("size")
    counts = [each.label(f"often{place}") for place, each in enumerate(often)]
    kept = [each for each in found.c if each.name not in ("folded", "folded_title")]
    # Materialized: otherwise each count is computed wherever it is used.
    hits = select(*kept, size, *counts).cte("hits").prefix_with("MATERIALIZED")
    length = 1 - B + B * hits.c.size / sample.size
    score: Any = 0.0
    for place, rarity in enumerate(_rarities(connection, stored, words, sample)):
        here = hits.c[f"often{place}"]
        score += rarity * here * (K1 + 1) / (here + K1 * length)
    return select(*(hits.c[each.name] for each in kept), score.label("score")).subquery()


def _rarities(
    connection: Connection, stored: TableClause, words: list[str], sample: _Sample
) -> list[float]:
    """Return the weights of words by the number of texts that contain them. Words rare in the
    sample are counted."""
    if len(words) == 1:
        return [1.0]
    counted = {
        place: select(func.count())
        .select_from(
            select(literal_column("1"))
            .where(_indexed(stored.c.folded, run))
            .limit(MAX_RANKED)
            .subquery()
        )
        .scalar_subquery()
        for place, run in enumerate(words)
        if sample.has[place] < _COMMON / 5 and sample.several < sample.total
    }
    known = [sample.total * each for each in sample.has]
    if counted:
        _by_indexes(connection)
        numbers = connection.execute(select(*counted.values())).one()
        for place, number in zip(counted, numbers, strict=True):
            known[place] = number
    return [
        max(1e-6, math.log((max(sample.total, each) - each + 0.5) / (each + 0.5))) for each in known
    ]


def _stands(folded: ColumnElement[str], run: str) -> ColumnElement[bool]:
    return folded.like(f"% {run}%")


def _indexed(folded: ColumnElement[str], run: str) -> ColumnElement[bool]:
    """Return the condition by the index, which knows words but not their neighbours."""
    *whole, begun = run.split(" ")
    query = " & ".join([*(f"'{word}'" for word in whole), f"'{begun}':*"])
    known = func.to_tsvector(
        literal_column("'simple'"), func.left(folded, literal_column(str(INDEXED_CHARS)))
    )
    found = known.op("@@")(func.to_tsquery(literal_column("'simple'"), query))
    return and_(found, _stands(folded, run)) if whole else found


def _occurrences(folded: ColumnElement[str], run: str) -> Any:
    without = func.octet_length(func.replace(folded, f" {run}", ""))
    return cast((func.octet_length(folded) - without) / (len(run.encode()) + 1), Float(53))
