"""Several programs on one library, asked for the same notes: a window and command lines.

As a script: the window, which generates what its command line and the settings say, says "begun" on
standard output when its notes are being written, and ends when all are there.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script

from .command import KEY, Command

TEMPLATES = ("basic-summary", "study-notes", "flashcards")
SETTINGS = f"""\
[general]
engine = "gemini"
templates = "{",".join(TEMPLATES)}"
[processing]
combine = "never"
"""
ORDER = ("generate", str(sample_talk()), *(w for name in TEMPLATES for w in ("-t", name)))


class Window(Command):
    """The window as a program, without a screen."""

    module = "tests.e2e.programs"


@dataclass
class Outcome:
    """`answered` requests were sent for `needed` notes; `notes` are in the library at the end, and
    `files` where they were asked for.

    `codes` are the exit codes of those that were not killed, `waits` the jobs whose rows waited.
    """

    needed: int = len(TEMPLATES)
    answered: int = 0
    notes: int = 0
    files: int = 0
    codes: list[int] = field(default_factory=list)
    waits: set[str] = field(default_factory=set)

    @property
    def beyond(self) -> int:
        """Requests paid for beyond the needed."""
        return self.answered - self.needed


class Library:
    """A library and a loopback Gemini, for programs that are started here."""

    def __init__(self, home: Path, url: str, server: FakeGemini, answer_s: float) -> None:
        self.answer_s = answer_s
        """How long the answers to requests from now on take."""
        self.outcome = Outcome()
        self.server = server
        self._home = home
        self._edges = {"NOTEGEN_GEMINI_URL": server.url, "GEMINI_API_KEY": KEY}
        if url:
            self._edges["NOTEGEN_DATABASE_URL"] = url
        self._started: list[subprocess.Popen[str]] = []
        self.command = Command(home, **self._edges)
        home.mkdir(parents=True, exist_ok=True)
        (home / "settings.toml").write_text(SETTINGS)
        assert self.command("notes", "list").code == 0  # the library is there

    def line(self, *options: str) -> subprocess.Popen[str]:
        """A command line that wants the notes."""
        self._started.append(self.command.start(*ORDER, "--events", *options))
        return self._started[-1]

    def window(self) -> subprocess.Popen[str]:
        window = Window(self._home, **self._edges, QT_QPA_PLATFORM="offscreen")
        self._started.append(window.start(str(sample_talk())))
        return self._started[-1]

    def finish(self, *processes: subprocess.Popen[str]) -> Outcome:
        """What came of it when all of these have ended."""
        outcome = self.outcome
        for process in processes:
            out, err = process.communicate(timeout=180)
            for line in out.splitlines():
                self.look(line)
            outcome.codes.append(process.returncode)
            if process.returncode:
                print(err, file=sys.stderr)
        outcome.answered = len(self.server.requests)
        outcome.notes = len(self.command("notes", "list", "--json").json)
        return outcome

    def until(self, process: subprocess.Popen[str], words: str, *, times: int = 1) -> None:
        """Return when so many lines with these words came. Fails if the program ends before."""
        assert process.stdout is not None
        for line in process.stdout:
            self.look(line)
            times -= words in line
            if not times:
                return
        raise AssertionError(f"ended before {words}")

    def look(self, line: str) -> None:
        if line.startswith("{"):
            event: dict[str, Any] = json.loads(line)
            if event["event"] == "job" and event["stage"] == "waiting":
                self.outcome.waits.add(event["job"])

    def close(self) -> None:
        for process in self._started:
            process.kill()
            process.wait(60)
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


@contextmanager
def _library(home: Path, url: str, seconds: float) -> Iterator[Library]:
    with FakeGemini(lambda _seen: Script(seconds=library.answer_s, chunks=24)) as server:
        library = Library(home, url, server, seconds)
        try:
            yield library
        finally:
            library.close()


def together(home: Path, *, url: str = "", answer_s: float = 4.0) -> Outcome:
    """A window writes three notes, and two command lines are asked for the same."""
    with _library(home, url, answer_s) as library:
        window = library.window()
        library.until(window, "begun")
        return library.finish(library.line(), library.line(), window)


def at_once(home: Path, *, url: str = "", programs: int = 3, answer_s: float = 1.0) -> Outcome:
    """Command lines that start at the same moment, with files in the same folder."""
    with _library(home, url, answer_s) as library, tempfile.TemporaryDirectory() as out:
        outcome = library.finish(*(library.line("-o", out) for _ in range(programs)))
        outcome.files = sum(path.is_file() for path in Path(out).rglob("*"))
        return outcome


def killed(home: Path, *, url: str = "") -> Outcome:
    """One that is writing the notes is killed while another waits for them."""
    with _library(home, url, 600.0) as library:
        first = library.line()
        library.until(first, '"writing"', times=library.outcome.needed)
        second = library.line()
        library.until(second, '"waiting"', times=library.outcome.needed)
        first.kill()
        first.communicate(timeout=60)
        library.answer_s = 0.5
        return library.finish(second)


def settings_at_once(home: Path, programs: int = 8) -> int:
    """How many of so many different settings, set by programs at the same moment, are lost."""
    wanted = {
        "processing.max_concurrent": "7",
        "processing.stagger_ms": "123",
        "general.language": "de",
        "general.engine": "offline",
        "budget.day_usd": "1.5",
        "budget.month_usd": "20.5",
        "processing.combine": "never",
        "appearance.theme": "dark",
    }
    command = Command(home)
    chosen = list(wanted.items())[:programs]
    started = [command.start("settings", "set", key, value) for key, value in chosen]
    for process in started:
        _, said = process.communicate(timeout=120)
        assert process.returncode == 0, said
    kept = {row["key"]: str(row["value"]) for row in command("settings", "list", "--json").json}
    return sum(kept[key] != value for key, value in chosen)


def _window(arguments: Sequence[str]) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QPushButton

    from notegen_desktop.app import create_app
    from notegen_desktop.domain.jobs.job import Stage, Status

    app = create_app(["notegen-desktop", *arguments])
    told = threading.Event()

    def look() -> None:
        button = app.window.findChild(QPushButton, "generateButton")
        jobs = list(app.board)
        if not jobs and button is not None and button.isEnabled() and app.program is not None:
            button.click()
        writing = [job for job in jobs if job.stage is Stage.WRITING or job.is_final]
        if len(writing) == len(TEMPLATES) and not told.is_set():
            told.set()
            print("begun", flush=True)
        if jobs and all(job.status is Status.COMPLETE for job in jobs):
            timer.stop()
            app.window.close()

    timer = QTimer()
    timer.timeout.connect(look)
    timer.start(50)
    return app.run()


if __name__ == "__main__":
    raise SystemExit(_window(sys.argv[1:]))
