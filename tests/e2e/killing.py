"""Kills a run of six templates at a given moment, goes on with it, and looks at what is left."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script, Seen

from .command import KEY, Command

TEMPLATES = (
    "basic-summary",
    "study-notes",
    "flashcards",
    "chapters",
    "quick-reference",
    "research-paper",
)
MAX_LINES = 120
"""About so many lines of events a run prints."""


def answers(seen: Seen) -> Script:
    """Some quick, some slow, so that at any moment some are done and some are half-written."""
    names = seen.template.split("+")  # more than one in an answer with several notes
    seconds = sum(0.4 + 0.3 * TEMPLATES.index(name) for name in names)
    return Script(seconds=seconds, chunks=24, words=(20, 40, 80))


@dataclass(frozen=True)
class Moment:
    """When to kill: so many seconds after the start, or after so many lines of events."""

    seconds: float
    lines: int = 0

    @classmethod
    def at_random(cls, chance: random.Random) -> Moment:
        if chance.random() < 0.4:
            return cls(chance.uniform(0.2, 3.0))
        return cls(chance.uniform(0.0, 0.08), chance.randint(1, MAX_LINES))


@dataclass
class Found:
    """What one killed run left, after it was gone on with.

    `lost` notes were said to be under way or complete, or were on record, and are not there now;
    `doubled` are there twice; `paid_again` were asked for after they were said to be complete.
    """

    kills: int = 0
    begun: set[str] = field(default_factory=set)
    finished_before: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    paid_again: list[str] = field(default_factory=list)
    requests: int = 0
    rests: int = 0
    reserved: int = 0
    runs_open: int = 0
    integrity: str = ""
    trouble: str = ""

    @property
    def sound(self) -> bool:
        wrong = self.lost or self.doubled or self.paid_again or self.reserved or self.runs_open
        return not wrong and self.integrity == "ok" and not self.trouble


def killed_run(home: Path, chance: random.Random, *, combine: str = "never") -> Found:
    """One round in a fresh home: start, kill, perhaps kill the going on as well, go on.

    `combine` is the setting of that name: whether several notes come in one answer.
    """
    found = Found()
    complete: dict[str, float] = {}
    home.mkdir(parents=True)
    (home / "settings.toml").write_text(
        f'[budget]\nday_usd = 5.0\n[processing]\ncombine = "{combine}"\n'
    )
    words = [word for name in TEMPLATES for word in ("-t", name)]
    start = ["generate", str(sample_talk()), *words, "--events", "--max-concurrent", "6"]
    with FakeGemini(answers) as server:
        command = Command(
            home,
            NOTEGEN_GEMINI_URL=server.url,
            GEMINI_API_KEY=KEY,
        )
        killed = _watched(command.start(*start), Moment.at_random(chance), complete, found)
        while killed and chance.random() < 0.25:
            moment = Moment.at_random(chance)
            killed = _watched(command.start("resume", "--events"), moment, complete, found)
        found.finished_before = len(complete)
        if killed:
            _watched(command.start("resume", "--events"), None, complete, found)
        asked = [
            (note.template, note.kept, seen.started)
            for seen in server.requests
            for note in seen.asked.notes or (seen.asked,)
        ]
        found.requests = len(server.requests)
        found.rests = sum(kept > 0 for _, kept, _ in asked)
    found.paid_again = [name for name, _, at in asked if at > complete.get(name, float("inf"))]
    _inspect(home, complete, found)
    return found


def _watched(
    process: subprocess.Popen[str],
    moment: Moment | None,
    complete: dict[str, float],
    found: Found,
) -> bool:
    """Note when each template is said to be complete; True if the process was killed."""
    assert process.stdout is not None
    assert process.stderr is not None
    timers: list[threading.Timer] = []

    def kill_in(seconds: float) -> None:
        timers.append(threading.Timer(seconds, process.kill))
        timers[-1].start()

    if moment is not None and not moment.lines:
        kill_in(moment.seconds)
    for number, line in enumerate(process.stdout, start=1):
        if moment is not None and number == moment.lines:
            kill_in(moment.seconds)
        try:
            event: dict[str, Any] = json.loads(line)
        except ValueError:  # killed in the middle of a line
            continue
        if event.get("stage", "queued") != "queued":
            found.begun.add(event["template"])
        if event.get("status") == "complete":
            complete.setdefault(event["template"], time.monotonic())
        if event.get("status") == "error":
            found.trouble = f"{event['template']}: {event['error']}"
    said = process.stderr.read()
    process.wait(60)
    process.stdout.close()
    process.stderr.close()
    for timer in timers:
        timer.cancel()
        timer.join()
    killed = process.returncode == -signal.SIGKILL
    found.kills += killed
    if not killed and process.returncode:
        found.trouble = found.trouble or f"exit code {process.returncode}: {said[-500:]}"
    return killed


def _inspect(home: Path, complete: dict[str, float], found: Found) -> None:
    with sqlite3.connect(home / "notes.db") as database:
        found.integrity = database.execute("PRAGMA integrity_check").fetchone()[0]
        rows = database.execute("SELECT template FROM notes WHERE deleted_at IS NULL").fetchall()
        there = Counter(name for (name,) in rows)
        recorded = {name for (name,) in database.execute("SELECT DISTINCT template FROM jobs")}
        found.reserved = database.execute(
            "SELECT count(*) FROM reservations WHERE given_back = 0"
        ).fetchone()[0]
        found.runs_open = database.execute(
            "SELECT count(*) FROM runs WHERE finished_at IS NULL"
        ).fetchone()[0]
    database.close()
    found.lost = sorted((recorded | found.begun | set(complete)) - set(there))
    found.doubled = sorted(name for name, count in there.items() if count > 1)
