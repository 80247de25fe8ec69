"""Killed at any moment, the library keeps what it acknowledged and starts again."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from notegen_desktop.services.library import open_library
from tests.fakes.notes import a_request
from tests.places import ROOT

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")


def crash(path: Path, *, rounds: int, seed: int, longest_s: float) -> list[str]:
    """Let a program die so often; returns the titles of the notes that were acknowledged."""
    subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.services.library.crashing",
            *map(str, (path, rounds, seed, longest_s)),
        ],
        cwd=ROOT,
        check=True,
        timeout=120,
    )
    log = path.with_suffix(".log")
    return log.read_text().split()


async def test_twenty_killed_writers_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    path = tmp_path / "notes.db"
    acknowledged = crash(path, rounds=20, seed=1, longest_s=0.15)
    assert len(acknowledged) >= 15
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        stored = [title for (title,) in connection.execute("SELECT title FROM notes")]
        found = connection.execute("SELECT count(*) FROM note_search").fetchone()[0]
    connection.close()
    assert len(set(stored)) == len(stored) == found
    assert set(acknowledged) <= set(stored)

    library = await asyncio.to_thread(lambda: open_library(path=path))
    try:
        for title in acknowledged[:: max(1, len(acknowledged) // 20)]:
            note = await library.store.find(a_request(model=title))
            assert note is not None
            assert len(note.sections) == 2
        assert all(counter.used == 0 for counter in await library.ledger.counters())
        left = await library.journal.unfinished()
        assert left
        assert all(len(run.requests) == 1 for run in left)
    finally:
        await library.aclose()


async def test_killed_while_it_is_created_it_starts_again(tmp_path: Path) -> None:
    crash(tmp_path / "{}.db", rounds=20, seed=2, longest_s=0.04)
    for number in range(20):
        path = tmp_path / f"{number}.db"
        library = await asyncio.to_thread(lambda path=path: open_library(path=path))
        checkup = await library.check()
        await library.aclose()
        assert checkup.ok, checkup
