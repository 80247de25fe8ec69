"""Runs the installed command line as a user does, and reads its events."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import Any

from tests.places import ROOT

KEY = "AIzaSyFake-key-for-benchmarks-0000000000"


@dataclass(frozen=True, slots=True)
class Run:
    """A finished `notegen generate --events`: its exit code and its events."""

    code: int
    events: tuple[dict[str, Any], ...]
    messages: str

    @property
    def done(self) -> dict[str, Any]:
        return self.events[-1]

    def seconds(self, *, from_status: str = "pending") -> float:
        """From the first job event of that status to the last job's end."""
        first = next(e["t"] for e in self.events if e.get("status") == from_status)
        ends = [e["t"] for e in self.events if e.get("status") == "complete"]
        return float(max(ends) - first)


def generate(*arguments: str, gemini_url: str = "", home: str = "") -> Run:
    """One run in a process and a home of its own."""
    with tempfile.TemporaryDirectory() as own:
        environment = {**os.environ, "NOTEGEN_HOME": home or own}
        environment.pop("NOTEGEN_PARALLEL", None)
        if gemini_url:
            environment |= {"NOTEGEN_GEMINI_URL": gemini_url, "GEMINI_API_KEY": KEY}
        done = subprocess.run(
            [sys.executable, "-m", "notegen_desktop.cli", "generate", *arguments, "--events"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
        )
    events = tuple(json.loads(line) for line in done.stdout.splitlines())
    return Run(done.returncode, events, done.stderr)
