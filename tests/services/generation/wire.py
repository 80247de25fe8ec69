"""The command line as a process, against a loopback Gemini."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.bench.command import Run
from tests.e2e.command import KEY, Command


def generate(*arguments: str, gemini_url: str = "", home: str = "") -> Run:
    """One run of `notegen generate --events` in a home of its own."""
    edges = {"NOTEGEN_GEMINI_URL": gemini_url, "GEMINI_API_KEY": KEY} if gemini_url else {}
    with tempfile.TemporaryDirectory() as own:
        done = Command(Path(home or own), **edges)("generate", *arguments, "--events")
    return Run(done.code, tuple(done.events), done.err)
