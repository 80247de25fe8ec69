"""Troubles of the library while answers are under way: what was paid for is kept, and asked once.

A trouble begins when all answers are being written and lasts into the saving of the notes.
Afterwards the run is resumed and asked for once more, as people do.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script, Seen

from .command import KEY, Command
from .killing import TEMPLATES

Trouble = Callable[[], None]
"""Makes a trouble and ends it; called in a thread of its own."""

LOCKER = """
import sqlite3, sys, time
other = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
other.execute("BEGIN EXCLUSIVE")
time.sleep(float(sys.argv[2]))
other.execute("ROLLBACK")
"""


@dataclass
class Outcome:
    """`answered` requests were sent for `needed` notes; `notes` are in the library at the end.

    `failed` jobs of the first run, and `files` it wrote for its -o. `waits` are the
    stages in which its rows waited; `reservations` are still held when all is over.
    """

    needed: int
    answered: int = 0
    notes: int = 0
    failed: int = 0
    files: int = 0
    waits: set[str] = field(default_factory=set)
    reservations: int = 0
    said: str = ""

    @property
    def beyond(self) -> int:
        """Requests paid for beyond the needed."""
        return max(0, self.answered - self.needed)

    @property
    def lost(self) -> int:
        return self.needed - self.notes


def troubled_run(home: Path, trouble: Trouble, *, url: str = "", answer_s: float = 4.0) -> Outcome:
    """Six notes of a talk, with a trouble in the middle; then `resume`, then the same once more.

    An answer takes `answer_s` seconds or a little more.
    """

    def answers(seen: Seen) -> Script:
        names = seen.template.split("+")
        return Script(seconds=answer_s + 0.2 * TEMPLATES.index(names[0]), chunks=24)

    outcome = Outcome(len(TEMPLATES))
    home.mkdir(parents=True, exist_ok=True)
    (home / "settings.toml").write_text(
        '[budget]\nday_usd = 5.0\n[processing]\ncombine = "never"\n'
    )
    words = [word for name in TEMPLATES for word in ("-t", name)]
    with tempfile.TemporaryDirectory() as out, FakeGemini(answers) as server:
        command = Command(
            home,
            NOTEGEN_GEMINI_URL=server.url,
            GEMINI_API_KEY=KEY,
            **({"NOTEGEN_DATABASE_URL": url} if url else {}),
        )
        start = ["generate", str(sample_talk()), *words, "--events", "--max-concurrent", "6"]
        process = command.start(*start, "-o", out)
        _watch(process, trouble, outcome)
        outcome.files = len(list(Path(out).rglob("*.md")))
        command("resume", "--events", patience_s=300)
        command(*start, patience_s=300)
        outcome.answered = len(server.requests)
        outcome.notes = len(command("notes", "list", "--json").json)
        counters = command("usage", "--json").json.get("reservations", [])
        outcome.reservations = sum(c.get("in_flight", 0) for c in counters)
    return outcome


def _watch(process: subprocess.Popen[str], trouble: Trouble, outcome: Outcome) -> None:
    assert process.stdout is not None
    assert process.stderr is not None
    begun: threading.Thread | None = None
    writing: set[str] = set()
    said: list[str] = []
    reader = threading.Thread(target=lambda: said.append(process.stderr.read()))
    reader.start()
    for line in process.stdout:
        event: dict[str, Any] = json.loads(line)
        if event["event"] != "job":
            continue
        if event["stage"] == "writing":
            writing.add(event["job"])
        if len(writing) == outcome.needed and begun is None:
            begun = threading.Thread(target=trouble)
            begun.start()
        outcome.failed += event["status"] == "error"
        if event["stage"] in ("waiting", "saving") and event["wait_s"] is None:
            outcome.waits.add(event["stage"])
    process.wait(300)
    reader.join()
    outcome.said = said[0]
    process.stdout.close()
    process.stderr.close()
    if begun is not None:
        begun.join()


def locked(home: Path, seconds: float) -> Trouble:
    """The SQLite file is locked by another process."""

    def lock() -> None:
        subprocess.run(
            [sys.executable, "-c", LOCKER, str(home / "notes.db"), str(seconds)], check=True
        )

    return lock


def full_disk(home: Path, seconds: float) -> Trouble:
    """Nothing more goes on the disk of the home; then there is room again."""

    def fill() -> None:
        filler = home / "filler"
        with filler.open("wb", buffering=0) as file:
            for size in (65_536, 4_096, 512, 1):
                try:
                    while True:
                        file.write(b"x" * size)
                except OSError:
                    continue
        time.sleep(seconds)
        filler.unlink()

    return fill


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """A file system of its own. Raises OSError where this machine does not let us have one."""
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        raise OSError("no file system can be mounted here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
