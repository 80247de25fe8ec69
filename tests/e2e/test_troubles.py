"""The library cannot be written for a while: no answer is lost, and none is paid for twice."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.postgres import fresh_database, the_server

from .command import KEY, Command
from .troubles import Outcome, full_disk, locked, small_disk, troubled_run

pytestmark = pytest.mark.slow


def assert_nothing_is_lost(outcome: Outcome) -> None:
    assert outcome.failed == 0, outcome
    assert outcome.lost == 0, outcome
    assert outcome.beyond == 0, outcome
    assert outcome.files == outcome.needed, outcome
    assert outcome.reservations == 0, outcome


def test_another_program_locks_the_file(tmp_path: Path) -> None:
    outcome = troubled_run(tmp_path, locked(tmp_path, 5.0), answer_s=1.5)
    assert_nothing_is_lost(outcome)
    assert "waiting" in outcome.waits


def test_the_connections_are_cut(tmp_path: Path) -> None:
    server = the_server()

    def cut() -> None:
        for _ in range(20):
            server.cut()
            time.sleep(0.1)

    assert_nothing_is_lost(troubled_run(tmp_path, cut, url=fresh_database(), answer_s=1.5))


def test_the_server_is_restarted(tmp_path: Path) -> None:
    server = the_server()
    outcome = troubled_run(
        tmp_path, lambda: server.restart(down_s=2.0), url=fresh_database(), answer_s=1.5
    )
    assert_nothing_is_lost(outcome)


def test_the_disk_is_full(tmp_path: Path) -> None:
    try:
        with small_disk(tmp_path / "small", 8) as home:
            outcome = troubled_run(home, full_disk(home, 4.0), answer_s=1.5)
    except OSError as error:
        pytest.skip(str(error))
    assert_nothing_is_lost(outcome)


def test_a_program_killed_while_the_library_was_locked_loses_no_answer(tmp_path: Path) -> None:
    """What it had is in its spool, and the next start puts it into the library."""
    with FakeGemini(lambda _seen: Script(seconds=0.5)) as server:
        command = Command(tmp_path, NOTEGEN_GEMINI_URL=server.url, GEMINI_API_KEY=KEY)
        command("notes", "list")
        start = ("generate", str(sample_talk()), "-t", "study-notes", "--events")
        process = command.start(*start)
        assert process.stdout is not None
        lock: sqlite3.Connection | None = None
        for line in process.stdout:
            if '"writing"' in line and lock is None:
                lock = sqlite3.connect(tmp_path / "notes.db", isolation_level=None, timeout=10)
                lock.execute("BEGIN IMMEDIATE")
            if '"waiting"' in line and _spooled(tmp_path):
                break
        process.kill()
        process.communicate(timeout=30)
        assert lock is not None
        lock.execute("ROLLBACK")
        lock.close()
        (note,) = command("notes", "list", "--json").json
        assert note["template"] == "study-notes"
        assert command(*start).code == 0
        assert len(server.requests) == 1


def _spooled(home: Path) -> bool:
    """Whether a note waits for the library."""
    files = (home / "spool").glob("*.json")
    return any(b'"call": "save"' in path.read_bytes() for path in files)
