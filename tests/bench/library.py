"""A library that grows: how long its lists, searches, imports, exports and openings take.

Notes of some 500 words on 12 to a video, transcripts of 12,000 words for a twentieth of the notes;
words follow Zipf's law, as those of a language do. On SQLite, and on PostgreSQL where one can be
had, to 100,000 notes. Times are medians through the program's own store, of as much as the window
shows first, with its excerpts; `found` is notes and transcripts, which it asks for together.
`cpu_ms` are of the processor, the others by the clock. `growth` is what the largest library takes,
by what the smallest does. A backup is packed as the older ones are.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select, text

from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.library import Library, open_library
from notegen_desktop.services.library.backups import PACKED, pack_older
from notegen_desktop.services.library.schema import (
    PASSAGE_TABLE,
    PASSAGES,
    SEARCH_TABLE,
    cites,
    notes,
    sections,
    tags,
    transcripts,
    videos,
)
from notegen_desktop.services.library.store import _erase
from notegen_desktop.services.ports import NoteFilter
from notegen_desktop.ui.library.page import FOUND, FOUND_PASSAGES, PAGE
from tests.fakes.notes import a_note
from tests.fakes.postgres import Unavailable, _server, fresh_database

SIZES = (1_000, 10_000, 100_000)
NOTES_A_VIDEO = 12
NOTES_A_TRANSCRIPT = 20
SEGMENTS, SEGMENT_WORDS = 1_200, 10
ROUNDS = 5
BATCH = 500

_random = random.Random(7)
_WORDS = ["the", "a", "think", *(f"w{number:05d}" for number in range(20_000))]
_WEIGHTS = list(itertools.accumulate(1 / (rank + 1) for rank in range(len(_WORDS))))


def _text(words: int) -> str:
    return " ".join(_random.choices(_WORDS, cum_weights=_WEIGHTS, k=words))


_PARAGRAPHS = [_text(60) for _ in range(3_000)]
_SEGMENTS = [_text(SEGMENT_WORDS) for _ in range(20_000)]

QUERIES = {
    "rare": "w04321",
    "two_words": "think w00017",
    "common": "the",
    "letters": "w12",
    "letter": "t",
    "third": "w00150",  # of every third note
    "prefix": "w000",  # begins the hundred most frequent words
}

FILTERS: dict[str, NoteFilter] = {
    "starred": NoteFilter(tags=("starred",)),
    "template": NoteFilter(templates=("quiz",)),
    "engine": NoteFilter(engines=("gemini",)),
    "language": NoteFilter(languages=("en",)),
    "channel": NoteFilter(channels=("Channel 13",)),
    "since": NoteFilter(since="2025-12-01"),
    "unread": NoteFilter(unread=True),
    "doubtful": NoteFilter(doubtful=True),
    "unfinished": NoteFilter(unfinished=True),
    "nothing": NoteFilter(tags=("nothing",), languages=("de",)),
}
"""A fiftieth of the notes, a quarter, all, all, a hundredth, a twelfth, a seventh, an eleventh, a
thousandth, none."""

COMBINED: dict[str, tuple[str, NoteFilter]] = {
    "prefix_and_word_starred": ("w0 w00300", FILTERS["starred"]),
    "two_prefixes_starred": ("w0 w1", FILTERS["starred"]),
    "three_words_starred": ("think w00017 w00150", FILTERS["starred"]),
    "three_words_since": ("think w00017 w00150", FILTERS["since"]),
    "third_three_channels": (
        QUERIES["third"],
        NoteFilter(channels=("Channel 13", "Channel 14", "Channel 15")),
    ),
}
"""Several words, or prefixes of most words, or several channels; filters that few notes fulfil."""


def measure() -> dict[str, float]:
    figures: dict[str, float] = {}
    for kind in ("sqlite", "postgresql"):
        with tempfile.TemporaryDirectory() as folder:
            try:
                _server()
            except Unavailable:
                if kind == "postgresql":
                    continue
            url = fresh_database() if kind == "postgresql" else None
            figures |= asyncio.run(_measure(kind, url, Path(folder)))
    return figures


async def _measure(kind: str, url: str | None, folder: Path) -> dict[str, float]:
    figures: dict[str, float] = {}
    path = folder / "notes.db"
    library = open_library(url, path=path, maintenance_after_s=1e9)
    have = 0
    for size in SIZES:
        library._database.do(lambda c, have=have, size=size: _grow(c, have, size))
        have = size
        name = f"library_{kind}_{size}"
        if path.exists():
            figures[f"{name}_mb"] = round(path.stat().st_size / 1e6)
        for what, ask in _questions(library).items():
            await ask()  # the code is warm
            busy = time.process_time()
            figures[f"{name}_{what}_ms"] = await _median(ask)
            if kind == "sqlite":
                worked = (time.process_time() - busy) / ROUNDS
                figures[f"{name}_{what}_cpu_ms"] = round(worked * 1000, 1)
        figures |= await _taken_in(name, library, size)
        figures[f"{name}_typed_over_ms"] = await _typed_over(library)
        figures[f"{name}_opening_ms"] = await _median(lambda: _opened(url, path))
        if kind == "sqlite":
            figures |= await _backed_up(name, library)
    await library.aclose()
    least, most = (f"library_{kind}_{size}_" for size in (SIZES[0], SIZES[-1]))
    return figures | {
        f"library_{kind}_growth_{name.removeprefix(most)}": round(value / figures[before], 1)
        for name, value in figures.items()
        if name.startswith(most) and figures[before := least + name.removeprefix(most)]
    }


async def _opened(url: str | None, path: Path) -> None:
    """What a start of the program does until the first notes are there."""
    library = await asyncio.to_thread(lambda: open_library(url, path=path, maintenance_after_s=1e9))
    assert await library.store.recent()
    await library.aclose()


async def _backed_up(name: str, library: Library) -> dict[str, float]:
    begun, busy = time.perf_counter(), time.process_time()
    copy = await library.store.back_up()
    taken, worked = time.perf_counter() - begun, time.process_time() - busy
    size = copy.stat().st_size
    copy.with_name("notes-99999999-000000-next.db").touch()
    pack_older(Path(str(library.path)), maker="bench")
    packed = copy.with_name(copy.name + PACKED).stat().st_size
    for each in copy.parent.iterdir():
        each.unlink()
    return {
        f"{name}_backup_ms": round(taken * 1000),
        f"{name}_backup_cpu_ms": round(worked * 1000),
        f"{name}_backup_mb": round(size / 1e6),
        f"{name}_backup_packed_mb": round(packed / 1e6),
    }


def _questions(library: Library) -> dict[str, Callable[[], Awaitable[Any]]]:
    store = library.store
    asked: dict[str, Callable[[], Awaitable[Any]]] = {
        "recent": store.recent,
        "videos": lambda: store.videos(limit=PAGE),
        "facets": store.facets,
    }
    for name, where in FILTERS.items():
        asked[f"recent_{name}"] = lambda where=where: store.recent(where=where)
        asked[f"videos_{name}"] = lambda where=where: store.videos(limit=PAGE, where=where)
        for query in ("common", "third"):
            asked[f"search_{query}_{name}"] = lambda query=query, where=where: store.search(
                QUERIES[query], limit=FOUND, where=where
            )
        asked[f"transcripts_{name}"] = lambda where=where: store.search_transcripts(
            QUERIES["third"], limit=FOUND_PASSAGES, where=where
        )
    for name, (query, where) in COMBINED.items():
        asked[f"search_{name}"] = lambda query=query, where=where: store.search(
            query, limit=FOUND, where=where
        )
        asked[f"transcripts_{name}"] = lambda query=query, where=where: store.search_transcripts(
            query, limit=FOUND_PASSAGES, where=where
        )
    for name, query in QUERIES.items():
        asked[f"search_{name}"] = lambda query=query: store.search(query, limit=FOUND)
        asked[f"transcripts_{name}"] = lambda query=query: store.search_transcripts(
            query, limit=FOUND_PASSAGES
        )
        asked[f"found_{name}"] = lambda name=name: asyncio.gather(
            asked[f"search_{name}"](), asked[f"transcripts_{name}"]()
        )
    return asked


async def _median(ask: Callable[[], Awaitable[Any]]) -> float:
    taken = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        await ask()
        taken.append((time.perf_counter() - begun) * 1000)
    return round(statistics.median(taken), 1)


async def _typed_over(library: Library) -> float:
    """Milliseconds to an answer of a search that follows on one of a word that all notes have."""

    async def ask() -> None:
        first = asyncio.create_task(library.store.search_transcripts("w0", limit=20))
        await asyncio.sleep(0.01)
        first.cancel()
        await library.store.search("w04321", limit=100)

    return await _median(ask)


async def _taken_in(name: str, library: Library, size: int) -> dict[str, float]:
    """Milliseconds a note for what is taken in, and for what is written to files."""
    fresh = [_note(10_000_000 + size + number) for number in range(100)]
    begun = time.perf_counter()
    ids = await library.store.add(fresh)
    added = time.perf_counter()
    exports = Exports()
    for note_id in ids:
        exports.render(await library.store.get(note_id), "json", Level.STANDARD)
    written = time.perf_counter()
    again = await library.store.add(fresh)
    assert not any(again)
    library._database.do(lambda connection: _forget(connection, size))
    return {
        f"{name}_import_note_ms": round((added - begun) * 10, 2),
        f"{name}_export_note_ms": round((written - added) * 10, 2),
        f"{name}_import_again_note_ms": round((time.perf_counter() - written) * 10, 2),
    }


def _forget(connection: Connection, size: int) -> None:
    query = select(notes.c.number).where(notes.c.number > size)
    for number in connection.scalars(query).all():
        _erase(connection, number)


def _note(number: int) -> Note:
    first = a_note().sections[0]
    told = tuple(
        replace(
            first,
            heading=_text(4),
            comprehensive=_random.choice(_PARAGRAPHS),
            standard=_random.choice(_PARAGRAPHS)[:300],
            concise=_random.choice(_PARAGRAPHS)[:100],
        )
        for _ in range(6)
    )
    return a_note(title=_text(6), sections=told, created=f"2026-01-01T00:00:00.{number:09}Z")


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    while batch := list(itertools.islice(rows, BATCH)):
        yield batch


def _grow(connection: Connection, have: int, size: int) -> None:
    """As many notes and transcripts; written past the store, which would take an hour for it."""
    first, last = have // NOTES_A_VIDEO + (have > 0), (size - 1) // NOTES_A_VIDEO
    for batch in _batches(iter([_video(number) for number in range(first, last + 1)])):
        connection.execute(insert(videos), batch)
    is_sqlite = connection.dialect.name == "sqlite"
    for start in range(have + 1, size + 1, BATCH):
        numbers = range(start, min(start + BATCH, size + 1))
        made = {number: _note(number) for number in numbers}
        connection.execute(insert(notes), [_row(number, note) for number, note in made.items()])
        connection.execute(
            insert(sections),
            [
                {"note": number, "position": place, "heading": each.heading}
                | {level.value: each.at(level) for level in Level}
                for number, note in made.items()
                for place, each in enumerate(note.sections)
            ],
        )
        connection.execute(
            insert(cites),
            [
                {"note": number, "section": place, "position": 0, "start_s": 1.0, "end_s": 2.0}
                for number, note in made.items()
                for place in range(len(note.sections))
            ],
        )
        starred = [{"note": n, "key": "starred", "name": "starred"} for n in numbers if n % 50 == 0]
        if starred:
            connection.execute(insert(tags), starred)
        connection.execute(text(_SEARCH[is_sqlite]), [_words(n, note) for n, note in made.items()])
    for number in range(have // NOTES_A_TRANSCRIPT, size // NOTES_A_TRANSCRIPT):
        _add_transcript(connection, number, is_sqlite=is_sqlite)
    if not is_sqlite:
        sequence = "pg_get_serial_sequence('notes', 'number')"
        connection.execute(text(f"SELECT setval({sequence}, :size)"), {"size": size})


_SEARCH = {
    True: f"INSERT INTO {SEARCH_TABLE}(rowid, title, video, channel, body, shown) "
    "VALUES (:number, :title, :video, 'channel', :body, :body)",
    False: f"INSERT INTO {SEARCH_TABLE}(number, title, body, folded_title, folded) "
    "VALUES (:number, :title, :body, ' ' || :title || ' ', "
    "' ' || :title || ' ' || replace(:body, chr(10), ' ') || ' ')",
}


def _video(number: int) -> dict[str, Any]:
    return {"id": f"v{number}", "title": _text(6), "channel": f"Channel {number % 97}"} | {
        "duration_s": 600.0 + number
    }


def _row(number: int, note: Note) -> dict[str, Any]:
    facts = ("title", "template", "language", "engine", "model")
    return {name: getattr(note, name) for name in facts} | {
        "number": number,
        "id": f"note{number}",
        "video_id": f"v{(number - 1) // NOTES_A_VIDEO}",
        "created": f"2025-{1 + number % 12:02}-{1 + number % 28:02}T10:{number % 60:02}:00Z",
        "template": ("study-notes", "flashcards", "quiz", "chapters")[number % 4],
        "unread": number % 7 == 0,
        "doubtful": int(number % 11 == 0),
        "missing": '["its end"]' if number % 1000 == 0 else "[]",
    }


def _words(number: int, note: Note) -> dict[str, Any]:
    body = "\n".join(each.at(level) for each in note.sections for level in Level)
    return {"number": number, "title": note.title, "video": note.video.title, "body": body}


def _add_transcript(connection: Connection, number: int, *, is_sqlite: bool) -> None:
    said = _random.choices(_SEGMENTS, k=SEGMENTS)
    segments = [[str(n), 3.0 * n, 3.0 * n + 3, words, None] for n, words in enumerate(said)]
    video_id = f"v{number * NOTES_A_TRANSCRIPT // NOTES_A_VIDEO}"
    ordinal = number + 1
    connection.execute(
        insert(transcripts),
        {"video_id": video_id, "timed": True, "segments": json.dumps(segments), "ordinal": ordinal},
    )
    passages = [" ".join(said[start : start + 12]) for start in range(0, SEGMENTS, 12)]
    if is_sqlite:
        connection.execute(
            text(f"INSERT INTO {PASSAGE_TABLE}(rowid, body) VALUES (:at, :body)"),
            [{"at": ordinal * PASSAGES + n, "body": words} for n, words in enumerate(passages)],
        )
        return
    connection.execute(
        text(f"INSERT INTO {PASSAGE_TABLE} VALUES (:video, :passage, ' ' || :folded || ' ')"),
        [{"video": video_id, "passage": n, "folded": words} for n, words in enumerate(passages)],
    )
