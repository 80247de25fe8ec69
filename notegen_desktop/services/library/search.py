"""Finding notes by their words, the same way on SQLite and PostgreSQL.

A query's words must all occur, each as the beginning of a word; case and accents do not matter.
Scripts written without spaces are taken apart into single characters, which a query then finds as a
run, so two characters of Chinese or Thai are enough. What a user types is data: it never becomes
part of a query language, so nothing in it can be a mistake.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Connection, text

from notegen_desktop.domain.notes import Note

from .schema import SEARCH_TABLE

MOST_WORDS = 24
MOST_CHARS = 64
"""Longer queries are cut; nobody narrows a search further than that."""

SEAM = "\u200b"
"""Set between characters of scripts without spaces, so that each is a word; invisible, and taken
out again before anything is shown."""

SNIPPET_WORDS = 18
UNSPACED_SNIPPET = 48
_SNIPPET_CHARS = 160

# Han, kana, Bopomofo, Thai, Lao, Khmer, Myanmar, Tibetan.
_UNSPACED = re.compile(
    "([\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3100-\u312f\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af])"
)
_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile("[\u0300-\u036f]")
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
    body = _MARKUP.sub(" ", body)
    if connection.dialect.name == "sqlite":
        connection.execute(
            text(
                f"INSERT INTO {SEARCH_TABLE}(rowid, title, video, channel, body) "
                "VALUES (:number, :title, :video, :channel, :body)"
            ),
            {
                "number": number,
                "title": _seamed(note.title),
                "video": _seamed(note.video.title),
                "channel": _seamed(note.video.channel),
                "body": _seamed(body),
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
    runs = (folded(chunk).strip() for chunk in query[: MOST_WORDS * MOST_CHARS].split())
    return [run[:MOST_CHARS].strip() for run in runs if run][:MOST_WORDS]


def folded(value: str) -> str:
    """Words without case and accents, a space around each."""
    plain = "".join(
        _folded_character(character) for character in unicodedata.normalize("NFKC", value)
    )
    words = _WORD.findall(_UNSPACED.sub(r" \1 ", plain))
    return f" {' '.join(words)} "


@cache
def _folded_character(character: str) -> str:
    bare = unicodedata.normalize("NFD", character.lower())
    # Marks are accents where they follow a letter of an alphabet; elsewhere they are spelling.
    kept = _ACCENT.sub("", bare)
    return kept if len(kept) <= 1 else unicodedata.normalize("NFC", bare)


def _seamed(value: str) -> str:
    return _UNSPACED.sub(rf"{SEAM}\1{SEAM}", unicodedata.normalize("NFKC", value))


def _find_in_sqlite(connection: Connection, words: list[str], limit: int) -> list[Hit]:
    # Each run is a quoted phrase whose last word may go on; quotes cannot occur in a folded word.
    expression = " AND ".join(f'"{run}"*' for run in words)
    size = UNSPACED_SNIPPET if any(_UNSPACED.search(run) for run in words) else SNIPPET_WORDS
    rows = connection.execute(
        text(
            f"SELECT s.rowid, snippet({SEARCH_TABLE}, 3, '', '', '…', :size) "
            f"FROM {SEARCH_TABLE} s JOIN notes n ON n.number = s.rowid "
            f"WHERE {SEARCH_TABLE} MATCH :expression AND n.deleted_at IS NULL "
            f"ORDER BY bm25({SEARCH_TABLE}, 8.0, 4.0, 2.0, 1.0), n.created DESC LIMIT :limit"
        ),
        {"expression": expression, "size": size, "limit": limit},
    )
    return [Hit(number, _shown(snippet)) for number, snippet in rows]


def _find_in_server(connection: Connection, words: list[str], limit: int) -> list[Hit]:
    values: dict[str, object] = {"limit": limit, "first": words[0].split()[0]}
    values |= {f"w{i}": f"% {run}%" for i, run in enumerate(words)}
    wanted = " AND ".join(f"s.folded LIKE :w{i}" for i in range(len(words)))
    in_title = " + ".join(f"(s.folded_title LIKE :w{i})::int" for i in range(len(words)))
    rows = connection.execute(
        text(
            "SELECT s.number, substr(s.body, greatest(1, "
            "strpos(lower(s.body), :first) - 40), 400) "
            f"FROM {SEARCH_TABLE} s JOIN notes n ON n.number = s.number "
            f"WHERE {wanted} AND n.deleted_at IS NULL "
            f"ORDER BY {in_title} DESC, n.created DESC LIMIT :limit"
        ),
        values,
    )
    return [Hit(number, _shown(snippet)) for number, snippet in rows]


def _shown(snippet: str) -> str:
    """A snippet in one line."""
    line = " ".join(snippet.replace(SEAM, "").split())
    return line if len(line) <= _SNIPPET_CHARS else line[:_SNIPPET_CHARS].rstrip() + "…"
