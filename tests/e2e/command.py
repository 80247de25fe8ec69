"""The installed command line as a process, in a home of its own."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.places import ROOT

from .warm import NO_KEY_RING, warm_interpreter

KEY = "AIzaSyFake-key-for-tests-000000000000000"
FROM_OUTSIDE = (
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "NOTEGEN_GEMINI_URL",
    "NOTEGEN_YOUTUBE_URL",
    "NOTEGEN_OPENAI_URL",
    "OPENAI_API_KEY",
    "NOTEGEN_DATABASE_URL",
    "NOTEGEN_PARALLEL",
)


@dataclass(frozen=True, slots=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def last_of_each_job(self) -> dict[str, dict[str, Any]]:
        return {e["template"]: e for e in self.events if e["event"] == "job"}


class Command:
    """`notegen`, with `environment` on top of a clean one; or another `module` that is like it."""

    module = "notegen_desktop.cli"

    def __init__(self, home: Path, **environment: str) -> None:
        self.home = home
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in FROM_OUTSIDE},
            "NOTEGEN_HOME": str(home),
            **NO_KEY_RING,
            **environment,
        }

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Started as from a terminal: whoever runs the tests may ignore Ctrl+C."""
        warm = warm_interpreter(self.environment)
        if warm and options.keys() <= {"stdin"}:
            return warm.start(self.module, arguments, self.environment, **options)
        options.setdefault("preexec_fn", lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        return subprocess.Popen(
            [sys.executable, "-m", self.module, *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            **options,
        )

    def with_files_of_at_most(self, kilobytes: int, *arguments: str) -> Done:
        """Run with a limit on the size of files, which stands for a disk without room."""
        limit = (kilobytes * 1024, resource.RLIM_INFINITY)

        def limited() -> None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing then fails, as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)

        process = self.start(*arguments, preexec_fn=limited)
        out, err = process.communicate(timeout=120)
        return Done(process.returncode, out, err)

    def __call__(self, *arguments: str, stdin: str = "", patience_s: float = 120) -> Done:
        warm = warm_interpreter(self.environment)
        if warm:
            order = (self.module, arguments, self.environment)
            return Done(*warm.run(*order, stdin=stdin, patience_s=patience_s))
        process = self.start(*arguments, stdin=subprocess.PIPE)
        out, err = process.communicate(stdin, timeout=patience_s)
        return Done(process.returncode, out, err)


class SeveralCommands(Command):
    """One process for several commands, with `THEN` of `in_turn` between them."""

    module = "tests.e2e.in_turn"
