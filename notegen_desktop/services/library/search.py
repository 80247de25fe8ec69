"""Finding notes and passages of transcripts by their words, alike on SQLite and PostgreSQL.

A query's words must all occur, each as the beginning of a word; case and accents do not matter.
Scripts written without spaces are taken apart into single characters, which a query then finds as a
run, so two characters of Chinese or Thai are enough. What a user types is data: it never becomes
part of a query language, so nothing in it can be a mistake.
"""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Float,
    Select,
    Subquery,
    bindparam,
    cast,
    column,
    exists,
    func,
    literal,
    select,
    table,
    text,
    true,
    update,
)

from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.statements import without_markers
from notegen_desktop.domain.text.scripts import UNSPACED, characters

from .filters import Condition
from .rows import in_batches
from .schema import PASSAGE_TABLE, PASSAGES, SEARCH_TABLE, notes, transcripts

MAX_WORDS = 24
MAX_CHARS = 64
"""Longer queries are cut; nobody narrows a search further than that."""

TITLE_WEIGHT = 8.0
"""Weight of a word in a title, or in the name of a channel; one in the text has 1."""

K1, B = 1.2, 0.75
"""The constants of BM25, as SQLite's FTS5 has them: both databases rank alike."""

SNIPPET_CHARS = 160
_BEFORE = 40
_OCCURRENCES = 5
"""Characters of a snippet, those of them before the match; places looked at for each word."""

MAX_RANKED = 10_000
"""Of more hits only the newest are ranked: ranking one costs SQLite some 1.5 µs, passing over it
next to nothing. A server ranks half of it, since it looks through each text again."""

PASSAGE_CHARS = 700
"""Characters of a passage of a transcript, some 120 words; the last segment is whole."""

_PASSAGES_SHOWN = 3
"""Of one transcript."""

_UNSPACED = re.compile(f"([{UNSPACED}{characters('Tibetan', 'Bopomofo')}])")
_WORD = re.compile(r"[^\W_]+")
_MARKS = (
    "\u0300-\u036f"  # of Latin, Greek and Cyrillic letters
    "\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"  # Hebrew points
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06ed"  # Arabic vowel signs, hamza, tatweel
)
"""Marks that people leave out when they type a word; those of other scripts are spelling."""

_MARK = re.compile(f"[{_MARKS}]")
_PLAIN_LETTERS = str.maketrans(
    {"ı": "i", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "æ": "ae", "œ": "oe"}
)
"""Letters with a stroke of their own, which Unicode does not take apart."""

_MARKUP = re.compile(r"\]\(\S*\)|[*_`#>|\[\]~]+")


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of a text in one line, and which of its characters were looked for. `at` is where
    in the text they begin."""

    text: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    at: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A note found, by its number, with the place where it matched; best first."""

    number: int
    excerpt: Excerpt


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a video's transcript, which begins at `start_s` seconds."""

    video_id: str
    start_s: float
    excerpt: Excerpt


def index(connection: Connection, number: int, note: Note) -> None:
    """Make the words of a stored note findable, instead of those it had."""
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
    """Raises what SQLite raises where its words for search are damaged."""
    connection.execute(
        text(f"INSERT INTO {SEARCH_TABLE}({SEARCH_TABLE}) VALUES ('integrity-check')")
    )


def find(
    connection: Connection, query: str, *, limit: int, conditions: Sequence[Condition] = ()
) -> list[Hit]:
    """Notes that are not deleted, fulfil `conditions` and hold every word of `query`, best first.

    Never raises for what is in `query`; one without any word finds nothing.
    """
    words = words_of(query)
    if not words:
        return []
    if connection.dialect.name == "sqlite":
        return _find_in_sqlite(connection, words, limit, conditions)
    return _find_in_server(connection, words, limit, conditions)


def find_passages(
    connection: Connection, query: str, *, limit: int, conditions: Sequence[Condition] = ()
) -> list[Passage]:
    """Passages that hold every word of `query`, best first and a few of each transcript. With
    `conditions`, of videos that have notes which fulfil them."""
    words = words_of(query)
    if not words:
        return []
    sqlite = connection.dialect.name == "sqlite"
    look = _passages_in_sqlite if sqlite else _passages_in_server
    return _told(connection, words, look(connection, words, limit, conditions), limit)


def passages_with(connection: Connection, query: str, *, limit: int) -> list[tuple[str, int]]:
    """The same without their words: ids of videos and numbers of passages."""
    words = words_of(query)
    if not words:
        return []
    sqlite = connection.dialect.name == "sqlite"
    look = _passages_in_sqlite if sqlite else _passages_in_server
    return look(connection, words, limit, ())


def words_of(query: str) -> list[str]:
    """The words of a query, folded; those of scripts without spaces as runs of characters."""
    runs = (folded(chunk).strip() for chunk in query[: MAX_WORDS * MAX_CHARS].split())
    return [run[:MAX_CHARS].strip() for run in runs if run][:MAX_WORDS]


def folded(value: str) -> str:
    """Words without case and accents, a space around each."""
    plain = unicodedata.normalize("NFKC", value).translate(_FOLDING)
    words = _WORD.findall(_UNSPACED.sub(r" \1 ", plain))
    return f" {' '.join(words)} "


class _Folding(dict[int, str]):
    """For `str.translate`: what each character is found by."""

    def __missing__(self, code: int) -> str:
        bare = _MARK.sub("", unicodedata.normalize("NFD", chr(code).casefold()))
        self[code] = unicodedata.normalize("NFC", bare.translate(_PLAIN_LETTERS))
        return self[code]


_FOLDING = _Folding()


def _expression(words: list[str]) -> str:
    """Each run is a quoted phrase whose last word may go on; no folded word has a quote."""
    return " AND ".join(f'"{run}"*' for run in words)


def _matching(
    connection: Connection, name: str, words: list[str]
) -> tuple[Select[Any], ColumnElement[int]]:
    """The hits of a full-text table that are to be ranked, by its row ids."""
    # Each run is a quoted phrase whose last word may go on; no folded word has a quote.
    given = {"expression": " AND ".join(f'"{run}"*' for run in words)}
    query = f"FROM {name} WHERE {name} MATCH :expression"
    rowid = table(name, column("rowid", BigInteger)).c.rowid
    found = select(rowid).where(text(f"{name} MATCH :expression"))
    one_more = text(f"SELECT rowid {query} ORDER BY rowid DESC LIMIT 1 OFFSET {MAX_RANKED}")
    if (oldest := connection.execute(one_more, given).scalar()) is not None:
        found = found.where(rowid > oldest)
    return found.params(given), rowid


def _find_in_sqlite(
    connection: Connection, words: list[str], limit: int, conditions: Sequence[Condition]
) -> list[Hit]:
    found, rowid = _matching(connection, SEARCH_TABLE, words)
    if conditions:
        note = select(notes.c.number).where(notes.c.number == rowid, notes.c.deleted_at.is_(None))
        found = found.where(exists(note.where(*conditions)))
    else:
        # There are few of them: no need to look at the row of every hit.
        found = found.where(rowid.not_in(select(notes.c.number).where(notes.c.deleted_at > 0)))
    weights = ", ".join(map(str, (*[TITLE_WEIGHT] * 3, 1.0, 0.0)))
    ranked = text(f"bm25({SEARCH_TABLE}, {weights}), rowid DESC")
    numbers = connection.scalars(found.order_by(ranked).limit(limit)).all()
    shown = _shown(connection, "rowid", "shown", numbers)
    return [Hit(number, excerpt(shown[number], words)) for number in numbers]


def _shown(connection: Connection, key: str, body: str, numbers: Sequence[int]) -> dict[int, str]:
    """The texts that excerpts are taken from, by the number of the note."""
    query = text(f"SELECT {key}, {body} FROM {SEARCH_TABLE} WHERE {key} IN :numbers")
    query = query.bindparams(bindparam("numbers", expanding=True))
    rows = connection.execute(query, {"numbers": numbers})
    return {row[0]: row[1] for row in rows}


def _find_in_server(
    connection: Connection, words: list[str], limit: int, conditions: Sequence[Condition]
) -> list[Hit]:
    words_of_notes = table(SEARCH_TABLE, column("number"), column("folded"), column("folded_title"))
    hit = words_of_notes.c
    query = (
        select(hit.number)
        .join_from(words_of_notes, notes, notes.c.number == hit.number)
        .where(notes.c.deleted_at.is_(None), *conditions)
        .order_by(hit.number.desc())
    )
    # A title has its words twice.
    often = [
        _occurrences(hit.folded, run) + (TITLE_WEIGHT - 1) * _occurrences(hit.folded_title, run)
        for run in words
    ]
    ranked = _ranked_by_server(query, hit.folded, words, often)
    numbers = connection.scalars(
        select(ranked.c.number).order_by(ranked.c.score.desc(), ranked.c.number.desc()).limit(limit)
    ).all()
    shown = _shown(connection, "number", "body", numbers)
    return [Hit(number, excerpt(shown[number], words)) for number in numbers]


def _ranked_by_server(
    query: Select[Any], folded: ColumnElement[str], words: list[str], often: list[Any]
) -> Subquery:
    """The hits of `query` with their `score`, which is BM25; `often` says how often a hit has each
    word. The size in bytes stands for the number of words: it is known without reading them."""
    size = func.octet_length(folded)
    sample = select(size.label("size")).select_from(folded.table).limit(MAX_RANKED).subquery()
    corpus = (
        select(
            select(func.count()).select_from(folded.table).scalar_subquery().label("total"),
            select(func.avg(sample.c.size)).scalar_subquery().label("mean"),
            *(
                # A word that more have than are ranked says nothing about any of them.
                select(func.count())
                .select_from(
                    select(literal(1)).where(folded.like(f"% {run}%")).limit(MAX_RANKED).subquery()
                )
                .scalar_subquery()
                .label(f"known{place}")
                for place, run in enumerate(words)
            ),
        )
    ).cte("corpus")
    hits = (
        query.add_columns(
            size.label("size"), *(each.label(f"often{place}") for place, each in enumerate(often))
        )
        .where(*(folded.like(f"% {run}%") for run in words))
        .limit(MAX_RANKED // 2)
        .cte("hits")
    )
    length = 1 - B + B * hits.c.size / corpus.c.mean
    score: Any = 0.0
    for place in range(len(words)):
        known, often_here = corpus.c[f"known{place}"], hits.c[f"often{place}"]
        rarity = func.ln((corpus.c.total - known + 0.5) / (known + 0.5))
        score += func.greatest(1e-6, rarity) * often_here * (K1 + 1) / (often_here + K1 * length)
    return select(hits, score.label("score")).join_from(hits, corpus, true()).subquery()


def _occurrences(folded: ColumnElement[str], run: str) -> Any:
    without = func.length(func.replace(folded, f" {run}", ""))
    return cast((func.length(folded) - without) / (len(run) + 1), Float(53))


# --- transcripts ---


def index_transcript(
    connection: Connection, video_id: str, ordinal: int | None, segments: str
) -> int:
    """Make the words of a stored transcript findable; returns the ordinal under which they are.

    What was found under `ordinal` must have been taken out.
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
    """Take out the words of a transcript; its `segments` must be those that were indexed."""
    if ordinal is None:
        return
    if connection.dialect.name != "sqlite":
        connection.execute(
            text(f"DELETE FROM {PASSAGE_TABLE} WHERE video_id = :video"), {"video": video_id}
        )
        return
    # A table without the texts must be told what it held.
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


def index_next_transcripts(connection: Connection, *, several: int = 10) -> bool:
    """Index some of the transcripts that are not yet; whether there are more."""
    query = select(transcripts.c.video_id, transcripts.c.segments)
    waiting = query.where(transcripts.c.ordinal.is_(None)).limit(several)
    rows = connection.execute(waiting).all()
    for video_id, segments in rows:
        index_transcript(connection, video_id, None, segments)
    return len(rows) == several


def _passages(segments: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    """Stored segments, each a label, start, end, text and speaker, by passage."""
    total = sum(len(each[3]) for each in segments)
    size = max(PASSAGE_CHARS, total // (PASSAGES - 1) + 1)
    first = length = 0
    for number, each in enumerate(segments, start=1):
        length += len(each[3])
        if length >= size or number == len(segments):
            yield segments[first:number]
            first, length = number, 0


def _passage_texts(segments: Sequence[Sequence[Any]]) -> Iterator[str]:
    for passage in _passages(segments):
        yield " ".join(each[3] for each in passage)


def _passages_in_sqlite(
    connection: Connection, words: list[str], limit: int, conditions: Sequence[Condition]
) -> list[tuple[str, int]]:
    found, rowid = _matching(connection, PASSAGE_TABLE, words)
    if conditions:
        has_note = (
            select(notes.c.number)
            .join_from(notes, transcripts, notes.c.video_id == transcripts.c.video_id)
            .where(transcripts.c.ordinal == rowid / PASSAGES, notes.c.deleted_at.is_(None))
        )
        found = found.where(exists(has_note.where(*conditions)))
    places = connection.scalars(found.order_by(text("rank")).limit(limit * _PASSAGES_SHOWN)).all()
    of_place = select(transcripts.c.ordinal, transcripts.c.video_id).where(
        transcripts.c.ordinal.in_({place // PASSAGES for place in places})
    )
    videos = {row.ordinal: row.video_id for row in connection.execute(of_place)}
    told = ((videos.get(place // PASSAGES), place % PASSAGES) for place in places)
    return [(video, passage) for video, passage in told if video is not None]


def _passages_in_server(
    connection: Connection, words: list[str], limit: int, conditions: Sequence[Condition]
) -> list[tuple[str, int]]:
    hit = table(PASSAGE_TABLE, column("video_id"), column("passage"), column("folded")).c
    query = select(hit.video_id, hit.passage)
    if conditions:
        of_video = select(notes.c.number).where(notes.c.video_id == hit.video_id)
        query = query.where(exists(of_video.where(notes.c.deleted_at.is_(None), *conditions)))
    often = [_occurrences(hit.folded, run) for run in words]
    ranked = _ranked_by_server(query, hit.folded, words, often)
    best = (ranked.c.score.desc(), ranked.c.video_id, ranked.c.passage)
    rows = connection.execute(
        select(ranked.c.video_id, ranked.c.passage).order_by(*best).limit(limit * _PASSAGES_SHOWN)
    )
    return [(video, passage) for video, passage in rows]


def _told(
    connection: Connection, words: list[str], found: list[tuple[str, int]], limit: int
) -> list[Passage]:
    """The passages with their words and times, a few of each transcript."""
    kept: list[tuple[str, int]] = []
    shown: Counter[str] = Counter()
    for video, passage in found:
        if shown[video] < _PASSAGES_SHOWN and len(kept) < limit:
            kept.append((video, passage))
            shown[video] += 1
    stored = select(transcripts.c.video_id, transcripts.c.segments)
    told: dict[str, list[Sequence[Sequence[Any]]]] = {
        video: list(_passages(msgspec.json.decode(segments)))
        for batch in in_batches(list(shown))
        for video, segments in connection.execute(stored.where(transcripts.c.video_id.in_(batch)))
    }
    return [_passage(video, told[video][number], words) for video, number in kept]


def _passage(video_id: str, segments: Sequence[Sequence[Any]], words: list[str]) -> Passage:
    found = excerpt(" ".join(each[3] for each in segments), words)
    begins, start_s = 0, 0.0
    for _, start, _, said, _ in segments:
        if begins > found.at:
            break
        start_s, begins = start, begins + len(said) + 1
    return Passage(video_id, start_s, found)


# --- excerpts ---


def excerpt(body: str, words: list[str]) -> Excerpt:
    """The stretch of `body` where most of the words stand; else its beginning."""
    found = sorted(
        (match.start(), number)
        for number, run in enumerate(words)
        for match in itertools.islice(_pattern(run).finditer(body), _OCCURRENCES)
    )

    def near(at: int) -> int:
        end = at + SNIPPET_CHARS - _BEFORE
        return len({number for place, number in found if at <= place < end})

    at = max((place for place, _ in found), key=lambda place: (near(place), -place), default=0)
    start = at
    if at > _BEFORE:
        # From the beginning of a word; where none is near, in the middle of one.
        space = body.find(" ", at - _BEFORE, at - 1)
        start = space + 1 if space >= 0 else at - _BEFORE
    else:
        start = 0
    line = " ".join(body[start : start + 2 * SNIPPET_CHARS].split())
    cut = len(line) > SNIPPET_CHARS or start + 2 * SNIPPET_CHARS < len(body)
    shown = ("…" if start else "") + line[:SNIPPET_CHARS].rstrip() + ("…" if cut else "")
    return Excerpt(shown, marks(shown, words), at)


def marks(line: str, words: list[str]) -> tuple[tuple[int, int], ...]:
    """Where words of a query stand in a line, in order and apart."""
    spans: list[tuple[int, int]] = []
    for start, end in sorted(
        match.span() for run in words for match in _pattern(run).finditer(line)
    ):
        if spans and start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return tuple(spans)


@lru_cache(maxsize=MAX_WORDS)
def _pattern(run: str) -> re.Pattern[str]:
    """Where the words of a folded run stand in a text, with any accents and in either case."""
    letters = "".join(
        r"[\W_]+"
        if letter == " " and not _UNSPACED.search(run)
        else r"\s*"
        if letter == " "
        else f"[{re.escape(letter + _accented(letter))}][{_MARKS}]*"
        for letter in run
    )
    begin = "" if _UNSPACED.match(run) else r"(?<![^\W_])"
    return re.compile(begin + letters, re.IGNORECASE)


@cache
def _accented(letter: str) -> str:
    """The letters that `folded` makes this one of."""
    return "".join(
        each
        for each in map(chr, range(0xC0, 0x2000))
        if each != letter and _FOLDING[ord(each)] == letter
    )
