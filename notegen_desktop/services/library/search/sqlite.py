"""Full-text search on SQLite: row ids, best first.

Of more hits than can be ranked while a user types, those with the words in a title come first, and
of the others the newest are ranked. FTS5 walks the hits of a whole word, and of prefixes of one to
four letters, from the newest on; only ranking one costs something. All hits of a longer prefix
would be gathered before the first is returned, so it is walked as the words with that prefix.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    Select,
    TextClause,
    and_,
    column,
    func,
    not_,
    select,
    table,
    text,
)
from sqlalchemy.sql.elements import ColumnElement

from notegen_desktop.services.library.filters import Condition
from notegen_desktop.services.library.schema import (
    INDEXED_LETTERS,
    PASSAGE_TABLE,
    PASSAGES,
    SEARCH_TABLE,
    TERM_TABLES,
    notes,
    transcripts,
)

from .words import TITLE_WEIGHT, titles_first

MAX_RANKED = 2_500
"""Maximum hits that are ranked, the newest: one costs 2 to 3 µs, skipping it a tenth of that."""

MAX_COUNTED = 50_000
"""Maximum hits for ranking: BM25 goes through all hits of each word, to know how rare it is. More
frequent words say nothing about any text: then the newest come first, without delay."""

STRETCHES, SAMPLED = 10, 0.02
"""Stretches of rows, all over the table, and their share of it: if a prefix of a few letters has
far more hits by these than `MAX_COUNTED`, it is not counted, which would take up to 15 ms."""

MAX_LISTED = 50_000
"""Notes that are listed before the complement is tried, in case it is smaller: sorting 10,000
numbers to look up hits in takes 1 ms, twice or three times."""

MANY_NOTES = 5_000
"""Notes of a filter that are listed to find their transcripts; with more, each transcript is
checked for its own."""

MAX_SPELT_OUT = 24
"""Maximum words that a prefix is expanded to. Looking one up takes up to 1 ms if it is frequent;
with more, the hits are gathered."""

_WEIGHTS = ", ".join(map(str, (*[TITLE_WEIGHT] * 3, 1.0, 0.0)))
_TITLES = "{title video channel}"


def find_notes(
    connection: Connection, words: list[str], limit: int, conditions: Sequence[Condition]
) -> list[int]:
    """Return numbers of notes that are not deleted, fulfil `conditions` and contain all words."""
    hits = _Hits(connection, SEARCH_TABLE, words)
    if conditions:
        _narrow(connection, hits, and_(notes.c.deleted_at.is_(None), *conditions))
    else:
        # Deleted notes are few: listing them saves a look-up for every hit.
        hits.leave_out(select(notes.c.number).where(notes.c.deleted_at > 0))
    best = hits.ranked(f"bm25({SEARCH_TABLE}, {_WEIGHTS}), rowid DESC", shown=limit)
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
    """Return ids of videos and numbers of passages, at most `each` per transcript; with
    `conditions`, of videos with matching notes."""
    hits = _Hits(connection, PASSAGE_TABLE, words)
    if conditions:
        fulfil = and_(notes.c.deleted_at.is_(None), *conditions)
        meant = select(notes.c.video_id).where(fulfil)
        has_note: ColumnElement[bool] = transcripts.c.video_id.in_(meant)
        some = select(notes.c.number).where(fulfil).limit(MANY_NOTES)
        if _length(_listed(connection, some)) == MANY_NOTES:
            # A matching note of a video is found soon; listing all of them takes longer.
            has_note = meant.where(notes.c.video_id == transcripts.c.video_id).exists()
        indexed = select(transcripts.c.ordinal).where(transcripts.c.ordinal.is_not(None))
        listed = _listed(connection, indexed.where(has_note))
        hits.narrow(hits.rowid // PASSAGES, listed)
        if ordinals := json.loads(listed):
            hits.bound(min(ordinals) * PASSAGES, (max(ordinals) + 1) * PASSAGES)
    shown: Counter[int] = Counter()
    places = []
    # Not ordered by the column `rank`: that would rank all hits, not only those of the filter.
    for place in hits.ranked(f"bm25({PASSAGE_TABLE}), rowid"):
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


def _narrow(connection: Connection, hits: _Hits, fulfil: ColumnElement[bool]) -> None:
    """Restrict the hits by a list of the matching notes, or of the others if only these are few."""
    number = select(notes.c.number)
    those, others = number.where(fulfil), number.where(not_(fulfil))
    listed = _listed(connection, those.limit(MAX_LISTED))
    if _length(listed) < MAX_LISTED:
        hits.narrow(hits.rowid, listed)
    elif _length(listed := _listed(connection, others.limit(MAX_LISTED))) < MAX_LISTED:
        hits.leave_out(_of_list(listed))
    else:
        hits.narrow(hits.rowid, _listed(connection, those))


def _listed(connection: Connection, numbers: Select[Any]) -> str:
    """Return numbers as JSON, so that several statements share one query for them."""
    found = numbers.subquery()
    return str(connection.scalars(select(func.json_group_array(found.c[0]))).one())


def _length(listed: str) -> int:
    return 0 if listed == "[]" else listed.count(",") + 1


class _Hits:
    """The rows of a full-text table that contain all words. `oldest` is the last one ranked, None
    if all are."""

    def __init__(self, connection: Connection, name: str, words: list[str]) -> None:
        self._connection = connection
        self._name = name
        # A quoted phrase whose last word is a prefix; no folded word contains a quote.
        self._phrases = [f'"{run}"*' for run in words]
        # The same rows in less time; but bm25 would count each completion as a word of its own.
        self._walked = list(self._phrases)
        self._are_gathered = False
        for place, run in enumerate(words):
            if terms := self._spelt_out(run):
                self._walked[place] = " OR ".join(f'"{each}"' for each in terms)
                if len(terms) == 1:
                    self._phrases[place] = self._walked[place]
                else:
                    self._are_gathered = True
        self._narrowed: list[ColumnElement[bool]] = []
        self._narrowed_to: int | None = None
        self.rowid = table(name, column("rowid", BigInteger)).c.rowid
        self.oldest: int | None = None

    def narrow(self, value: ColumnElement[int], listed: str) -> None:
        """Keep only rows whose `value` is in the JSON list."""
        # The sum keeps SQLite from looking up each value in the full-text index.
        self._narrowed.append((value + 0).in_(_of_list(listed)))
        self._narrowed_to = _length(listed)

    def bound(self, least: int, most: int) -> None:
        """Keep only rows between these ids, so that others are not walked."""
        self._narrowed.append(self.rowid.between(least, most))

    def leave_out(self, numbers: Select[Any]) -> None:
        self._narrowed.append(self.rowid.not_in(numbers))

    def ranked(self, order: str, *, shown: int = MAX_RANKED) -> list[int]:
        """Return the ranked rows, the best by `order` first. Of rows that are not ranked at least
        the `shown` newest."""
        if self._narrowed_to == 0:
            return []
        are_few = self._narrowed_to is not None and self._narrowed_to <= MAX_RANKED
        if are_few and not self._are_rare():
            return self.newest(shown)
        newest = self.newest(MAX_RANKED + 1)
        if len(newest) > MAX_RANKED:
            newest.pop()
            self.oldest = newest[-1]
        if not newest or not (are_few or self._are_rare()):
            return newest
        found = select(self.rowid).where(
            self._match(self._phrases),
            self.rowid.between(newest[-1], newest[0]),
            (self.rowid + 0).in_(_of_list(json.dumps(newest))),
        )
        return list(self._connection.scalars(found.order_by(text(order))).all())

    def newest(self, limit: int, *, within: str = "") -> list[int]:
        """Return the newest rows that contain the words, in the columns of `within`."""
        found = select(self.rowid).where(self._match(self._walked, within), *self._narrowed)
        return list(self._connection.scalars(found.order_by(self.rowid.desc()).limit(limit)).all())

    def _are_rare(self) -> bool:
        """Return True if counting the hits of each word is fast enough for typing."""
        is_whole = self.oldest is None and self._narrowed_to is None
        if is_whole and len(self._phrases) == 1 and not self._are_gathered:
            return True  # the hits have just been walked
        if any(map(self._is_surely_frequent, self._walked)):
            return False
        left = MAX_COUNTED
        for phrase in self._walked:
            hits = select(self.rowid).where(self._match([phrase])).limit(left).subquery()
            left -= self._connection.scalars(select(func.count()).select_from(hits)).one()
            if left <= 0:
                return False
        return True

    def _is_surely_frequent(self, phrase: str) -> bool:
        if " " in phrase or len(phrase) > INDEXED_LETTERS + len('""*'):
            return False
        last = self._connection.scalars(select(func.max(self.rowid))).one() or 0
        width = int(last * SAMPLED / STRETCHES)
        hits = text(
            f"SELECT count(*) FROM json_each(:starts) CROSS JOIN {self._name} "
            f"WHERE {self._name} MATCH :expression "
            f"AND {self._name}.rowid > value AND {self._name}.rowid <= value + :width"
        )
        starts = json.dumps([last * place // STRETCHES for place in range(STRETCHES)])
        given = {"starts": starts, "width": width, "expression": phrase}
        sampled: int = self._connection.scalars(hits, given).one()
        return sampled >= 1.5 * MAX_COUNTED * SAMPLED

    def _match(self, phrases: Sequence[str], within: str = "") -> TextClause:
        expression = " AND ".join(f"({each})" for each in phrases)
        if within:
            expression = f"{within} : ({expression})"
        return text(f"{self._name} MATCH :expression").bindparams(expression=expression)

    def _spelt_out(self, run: str) -> list[str]:
        """Return the words with this prefix; none if that is useless or they are too many."""
        if " " in run or len(run) <= INDEXED_LETTERS:
            return []
        terms = TERM_TABLES[self._name]
        following = text(f"SELECT term FROM {terms} WHERE term >= :least LIMIT 1")
        found: list[str] = []
        least = run
        while len(found) <= MAX_SPELT_OUT:
            term = self._connection.scalars(following, {"least": least}).one_or_none()
            if term is None or not term.startswith(run):
                return found
            found.append(term)
            least = f"{term}\0"
        return []


def _of_list(numbers: str) -> Select[Any]:
    return select(column("value")).select_from(func.json_each(numbers).table_valued("value"))
