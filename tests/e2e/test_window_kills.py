"""The window is killed amid practice, questions and typing: what was shown as done is there."""

from __future__ import annotations

import os
import random
import re
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.places import ROOT


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_that_was_shown_as_done_is_lost(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    told = killed_after(tmp_path, lines=rng.randint(6, 30), seconds=rng.random() * 0.3)
    path = next(tmp_path.rglob("notes.db"))
    with closing(sqlite3.connect(path)) as connection:
        (check,) = connection.execute("PRAGMA integrity_check").fetchone()
        assert check == "ok"
        for table, what in (("reviews", "answered"), ("questions", "asked")):
            (there,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
            assert there >= told[what], f"{what}: {there} of {told[what]}"
    draft = (tmp_path / "templates" / "drafts" / "quiz.draft").read_text("utf-8")
    typed = re.search(r"Typed (\d+) times", draft)
    assert typed is not None
    assert int(typed[1]) >= told["typed"]


def killed_after(home: Path, *, lines: int, seconds: float) -> dict[str, int]:
    """What the window told until it was killed, so many seconds after so many lines."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.e2e.busy_window"],
        cwd=ROOT,
        env=os.environ | {"NOTEGEN_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    told = {"answered": 0, "asked": 0, "typed": 0}
    while not (all(told.values()) and sum(told.values()) >= lines):
        line = process.stdout.readline()
        assert line, f"the window ended: {told}"
        what, number = line.split()
        told[what] = int(number)
    time.sleep(seconds)
    process.kill()
    rest, _ = process.communicate()
    for line in rest.splitlines():
        what, _, number = line.partition(" ")
        told[what] = int(number or 0)
    return told
