"""Killed at any moment, a run is gone on with and nothing is lost, doubled or paid for twice."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.e2e.killing import killed_run

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
