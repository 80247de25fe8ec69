"""Kills a run at the moment of completion, resumes it, and counts the files it was to write."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path

from notegen_desktop.services.machine.paths import sample_talk

from .command import Command
from .killing import TEMPLATES

MAX_DELAY_S = {"md": 0.06, "pdf": 2.5}
"""From the first word of completion to the kill: about as long as the files take."""


@dataclass
class Completion:
    """What a run killed at its completion left after `resume`: all but `kills` should be empty.

    `missing` notes are in the library without a file, `doubled` have more than one; `drafts` are
    half-written files.
    """

    kills: int = 0
    missing: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    drafts: list[str] = field(default_factory=list)
    runs_open: int = 0
    trouble: str = ""

    @property
    def sound(self) -> bool:
        wrong = self.missing or self.doubled or self.drafts or self.runs_open
        return not wrong and not self.trouble


def completed_run(home: Path, chance: random.Random, *, format: str = "md") -> Completion:
    """One round in a fresh home: run, kill at a completion, perhaps the resuming as well, resume.

    One round in three goes on into another folder.
    """
    found = Completion()
    command = Command(home / "data")
    words = [word for name in TEMPLATES for word in ("-t", name)]
    first, other = ["-o", str(home / "out"), "--format", format], ["-o", str(home / "other")]
    start = ["generate", str(sample_talk()), *words, "--engine", "offline", "--events", *first]
    resume = ["resume", "--events", *(other if chance.random() < 1 / 3 else [])]
    killed = _killed(command, start, chance, MAX_DELAY_S[format])
    while killed and found.kills < 3 and chance.random() < 0.3:
        found.kills += 1
        killed = _killed(command, resume, chance, MAX_DELAY_S[format])
    if killed:
        found.kills += 1
        done = command(*resume)
        if done.code:
            found.trouble = f"exit code {done.code}: {done.err[-500:]}"
    _inspect(home, format, found)
    return found


def _killed(command: Command, words: list[str], chance: random.Random, max_delay_s: float) -> bool:
    """Kill a run some moments after one of its notes was said to be complete."""
    process = command.start(*words)
    assert process.stdout is not None
    wanted = chance.randint(1, len(TEMPLATES))
    timer = threading.Timer(chance.uniform(0.0, max_delay_s), process.kill)
    for line in process.stdout:
        try:
            wanted -= json.loads(line).get("status") == "complete"
        except ValueError:  # killed in the middle of a line
            break
        if wanted <= 0 and not timer.is_alive() and not timer.finished.is_set():
            timer.start()
    process.communicate(timeout=60)
    timer.cancel()
    return process.returncode == -signal.SIGKILL


def _inspect(home: Path, format: str, found: Completion) -> None:
    with sqlite3.connect(home / "data" / "notes.db") as database:
        notes = {name for (name,) in database.execute("SELECT template FROM notes")}
        found.runs_open = database.execute(
            "SELECT count(*) FROM runs WHERE finished_at IS NULL"
        ).fetchone()[0]
    database.close()
    files = [path for path in home.glob("o*/**/*") if path.is_file()]
    found.drafts = sorted(path.name for path in files if path.suffix == ".part")
    names = [path.stem.split(" (")[0] for path in files if path.suffix == f".{format}"]
    found.missing = sorted((notes | set(TEMPLATES)) - set(names))
    found.doubled = sorted(name for name in set(names) if names.count(name) > 1)
