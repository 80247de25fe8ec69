"""A note is edited, the program killed at any moment: what was said to be saved is there."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from notegen_desktop.services.machine.paths import sample_talk

from .command import Command

ROUNDS = int(os.environ.get("NOTEGEN_KILLS", "3"))


@pytest.mark.slow
def test_what_was_said_to_be_saved_survives_a_kill(tmp_path: Path) -> None:
    notegen = Command(tmp_path / "home")
    done = notegen("generate", str(sample_talk()), "-t", "chapters", "--engine", "offline")
    assert done.code == 0
    (row,) = notegen("notes", "list", "--json").json
    before = notegen("notes", "show", row["id"], "--json").json
    chance = random.Random(14)
    number = 1
    for _ in range(ROUNDS):
        saved = _typed_and_killed(tmp_path / "home", row["id"], number, chance)
        text = notegen("notes", "edit", row["id"], "--level", "standard").out
        words = [int(found) for found in re.findall(r"word-(\d+)", text)]
        assert words == sorted(words)
        assert [n for n in words if n <= saved] == list(range(1, saved + 1))
        number = words[-1] + 1
    after = notegen("notes", "show", row["id"], "--json").json
    assert after["sections"][:-1] == before["sections"][:-1]
    history = notegen("notes", "versions", row["id"], "--json").json
    assert history[0]["origin"] == "written"


def _typed_and_killed(home: Path, note_id: str, first: int, chance: random.Random) -> int:
    """The number of the last word that was said to be saved before the end."""
    environment = {**os.environ, "NOTEGEN_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"}
    program = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.typing_window", note_id, str(first)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert program.stdout is not None
    saved = first - 1
    try:
        for _ in range(chance.randint(1, 4)):
            line = program.stdout.readline()
            assert line, "the program ended by itself"
            saved = int(line)
        time.sleep(chance.uniform(0, 0.8))
    finally:
        program.send_signal(signal.SIGKILL)
        rest = program.stdout.read().split()
        program.wait()
        program.stdout.close()
    return int(rest[-1]) if rest else saved
