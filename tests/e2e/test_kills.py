"""Killed at any moment, a run is gone on with and nothing is lost, doubled or paid for twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk

from .command import Command
from .completing import completed_run
from .killing import killed_run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", [0, 1, 3, 5, 8, 9])
def test_a_killed_run_is_gone_on_with(tmp_path: Path, seed: int) -> None:
    """Each seed is a moment, or several; the benchmark has two hundred."""
    found = killed_run(tmp_path / "home", random.Random(seed))
    assert found.sound, found
    assert found.requests >= len(found.begun)


@pytest.mark.parametrize("seed", [0, 3, 4, 7])
def test_so_is_one_whose_notes_come_in_one_answer(tmp_path: Path, seed: int) -> None:
    found = killed_run(tmp_path / "home", random.Random(seed), combine="always")
    assert found.sound, found
    assert found.requests <= 2 + found.kills


@pytest.mark.parametrize("lines", [1, 2, 3, 4])
def test_what_was_said_to_be_queued_is_gone_on_with(tmp_path: Path, lines: int) -> None:
    notegen = Command(tmp_path / "home")
    asked = ("-t", "chapters", "-t", "flashcards", "--engine", "offline", "--events")
    process = notegen.start("generate", str(sample_talk()), *asked)
    assert process.stdout is not None
    for _ in range(lines):
        assert process.stdout.readline()
    process.kill()
    process.communicate(timeout=30)
    assert notegen("resume", "--events").code == 0
    kept = notegen("notes", "list", "--json").json
    assert sorted(note["template"] for note in kept) == ["chapters", "flashcards"]


@pytest.mark.parametrize(("seed", "format"), [(0, "pdf"), (1, "md"), (2, "md"), (3, "md")])
def test_a_file_asked_for_is_written_once_whenever_the_run_is_killed(
    tmp_path: Path, seed: int, format: str
) -> None:
    """The benchmark has forty rounds."""
    found = completed_run(tmp_path, random.Random(seed), format=format)
    assert found.sound, found
