"""How long a start waits for the first notes, with few notes and with many; and what the processor
does until the window stands, and until everything behind it does.

"Whole" is what a start did that looked through the whole file first; both are measured in one run,
each from a file that the disk cache does not hold.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from notegen_desktop.services.library import open_library
from tests.fakes.notes import a_note, a_request

from .startup import _one_start

SIZES = (10, 10_000, 100_000)
ROUNDS = 3
SENTENCE = "What is repeated after some days is kept, what is crammed in a night is lost. "


def measure() -> dict[str, float]:
    """Milliseconds from nothing to the first page of notes; ratios of sizes and of ways."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "notes.db"
        _begin(path)
        for size in SIZES:
            _grow(path, size)
            _open_ms(path)  # its own files are made, and the code is warm
            name = f"opening_{size}_notes"
            figures[f"{name}_mb"] = round(path.stat().st_size / 1e6, 1)
            figures[f"{name}_ms"] = round(
                statistics.median(_open_ms(path) for _ in range(ROUNDS)), 1
            )
            whole = _whole_ms(path) + _open_ms(path)
            figures[f"{name}_whole_ms"] = round(whole, 1)
            figures[f"{name}_whole_ratio"] = round(whole / figures[f"{name}_ms"], 1)
            if size in (SIZES[0], SIZES[-1]):
                starts = [_one_start(f"sqlite:///{path}") for _ in range(ROUNDS)]
                for moment in ("first_paint", "services_ready"):
                    taken = statistics.median(start[f"{moment}_cpu_ms"] for start in starts)
                    figures[f"{name}_window_{moment}_cpu_ms"] = round(taken, 1)
    few, many = (figures[f"opening_{size}_notes_ms"] for size in (SIZES[0], SIZES[-1]))
    figures["opening_many_to_few_ratio"] = round(many / few, 2)
    return figures


def _begin(path: Path) -> None:
    async def story() -> None:
        library = open_library(path=path)
        sections = tuple(
            replace(each, comprehensive=SENTENCE * 25, standard=SENTENCE * 12, concise=SENTENCE * 4)
            for each in a_note().sections
        )
        await library.store.save(a_note(sections=sections), a_request())
        await library.aclose()

    asyncio.run(story())


def _grow(path: Path, size: int) -> None:
    """As many notes, each like the first with a number of its own; written past the library, which
    would take minutes for it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    have = connection.execute("SELECT count(*) FROM notes").fetchone()[0]
    fresh = (
        f"WITH RECURSIVE fresh(at) AS (VALUES ({have + 1}) UNION ALL "
        f"SELECT at + 1 FROM fresh WHERE at < {size}) "
    )
    own = {"number": "at", "id": "'note' || at", "request_id": "'request' || at"}
    for table, key in (("notes", "number"), ("sections", "note"), ("cites", "note")):
        names = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        values = [own.get(name, "at" if name == key else f"t.{name}") for name in names]
        connection.execute(
            f"{fresh} INSERT INTO {table} ({', '.join(names)}) SELECT {', '.join(values)} "
            f"FROM fresh, (SELECT * FROM {table} WHERE {key} = 1) t"
        )
    connection.execute(
        f"{fresh} INSERT INTO note_search (rowid, title, video, channel, body, shown) "
        "SELECT at, title || at, video, channel, body || at, shown FROM fresh, "
        "(SELECT * FROM note_search WHERE rowid = 1)"
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _open_ms(path: Path) -> float:
    async def story() -> float:
        begun = time.perf_counter()
        library = await asyncio.to_thread(lambda: open_library(path=path))
        assert await library.store.recent()
        ended = time.perf_counter()
        await library.aclose()
        return (ended - begun) * 1000

    _forget(path)
    return asyncio.run(story())


def _whole_ms(path: Path) -> float:
    _forget(path)
    connection = sqlite3.connect(path)
    begun = time.perf_counter()
    assert connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    ended = time.perf_counter()
    connection.close()
    return (ended - begun) * 1000


def _forget(path: Path) -> None:
    """Let the disk cache forget the file, where the system can be asked to."""
    if hasattr(os, "posix_fadvise"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
