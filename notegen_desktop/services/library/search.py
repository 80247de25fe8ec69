"""Finding notes by their words, the same way on SQLite and PostgreSQL.

A query's words must all occur, each as the beginning of a word; case and accents do not matter.
Scripts written without spaces are taken apart into single characters, which a query then finds as a
run, so two characters of Chinese or Thai are enough. What a user types is data: it never becomes
part of a query language, so nothing in it can be a mistake.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from dataclasses import dataclass
from functools import cache, lru_cache

from sqlalchemy import Connection, text

from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.statements import without_markers
from notegen_desktop.domain.text.scripts import UNSPACED, characters

from .schema import SEARCH_TABLE

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
class Hit:
    """A note found, by its number, with the place where it matched; best first."""

    number: int
    snippet: str


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


def find(connection: Connection, query: str, *, limit: int) -> list[Hit]:
    """Notes that are not deleted and hold every word of `query`, best first. Never raises for
    what is in `query`; one without any word finds nothing."""
    words = words_of(query)
    if not words:
        return []
    if connection.dialect.name == "sqlite":
        return _find_in_sqlite(connection, words, limit)
    return _find_in_server(connection, words, limit)


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


def _find_in_sqlite(connection: Connection, words: list[str], limit: int) -> list[Hit]:
    # Each run is a quoted phrase whose last word may go on; quotes cannot occur in a folded word.
    expression = " AND ".join(f'"{run}"*' for run in words)
    rows = connection.execute(
        text(
            f"SELECT s.rowid, s.shown FROM {SEARCH_TABLE} s JOIN notes n ON n.number = s.rowid "
            f"WHERE {SEARCH_TABLE} MATCH :expression AND n.deleted_at IS NULL "
            f"ORDER BY bm25({SEARCH_TABLE}, :title, :title, :title, 1.0, 0.0), n.created DESC, "
            "n.number DESC LIMIT :limit"
        ),
        {"expression": expression, "title": TITLE_WEIGHT, "limit": limit},
    )
    return [Hit(number, snippet(shown, words)) for number, shown in rows]


def _find_in_server(connection: Connection, words: list[str], limit: int) -> list[Hit]:
    values: dict[str, object] = {"limit": limit, "k1": K1, "b": B, "title": TITLE_WEIGHT - 1}
    values |= {f"w{i}": f"% {run}%" for i, run in enumerate(words)}
    values |= {f"r{i}": f" {run}" for i, run in enumerate(words)}
    several = range(len(words))
    wanted = " AND ".join(f"folded LIKE :w{i}" for i in several)
    # How many notes have each word, and how often this one has it; a title has its words twice.
    known = ", ".join(
        f"(SELECT count(*) FROM {SEARCH_TABLE} WHERE folded LIKE :w{i}) AS n{i}" for i in several
    )
    often = ", ".join(
        f"({_occurrences('folded', i)} + :title * {_occurrences('folded_title', i)}) AS f{i}"
        for i in several
    )
    score = " + ".join(
        f"greatest(1e-6, ln((total - n{i} + 0.5) / (n{i} + 0.5) + 0.0)) "
        f"* f{i} * (:k1 + 1) / (f{i} + :k1 * (1 - :b + :b * size / mean))"
        for i in several
    )
    rows = connection.execute(
        text(
            # The size in bytes stands for the number of words: it is known without reading them.
            f"WITH corpus AS (SELECT count(*) AS total, avg(octet_length(folded)) AS mean, {known} "
            f"FROM {SEARCH_TABLE}), "
            f"hits AS (SELECT number, octet_length(folded) AS size, {often} "
            f"FROM {SEARCH_TABLE} WHERE {wanted}), "
            f"ranked AS (SELECT h.number, n.created, {score} AS score "
            "FROM hits h JOIN notes n ON n.number = h.number, corpus WHERE n.deleted_at IS NULL "
            "ORDER BY score DESC, n.created DESC, n.number DESC LIMIT :limit) "
            f"SELECT r.number, s.body FROM ranked r JOIN {SEARCH_TABLE} s ON s.number = r.number "
            "ORDER BY r.score DESC, r.created DESC, r.number DESC"
        ),
        values,
    )
    return [Hit(number, snippet(body, words)) for number, body in rows]


def _occurrences(column: str, word: int) -> str:
    run = f"CAST(:r{word} AS text)"
    return f"((length({column}) - length(replace({column}, {run}, ''))) / length({run}))::float8"


def snippet(body: str, words: list[str]) -> str:
    """The stretch of `body` where most of the words stand, in one line; else its beginning."""
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
    return ("…" if start else "") + line[:SNIPPET_CHARS].rstrip() + ("…" if cut else "")


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
