"""PDF, laid out by Qt in a process of its own, so that nothing here needs Qt."""

from __future__ import annotations

import json
import subprocess
import sys

from notegen_desktop.domain.errors import FormatUnavailable
from notegen_desktop.domain.notes import Level, Note

PATIENCE_S = 120


def render(note: Note, level: Level) -> bytes:
    """Raises FormatUnavailable where Qt cannot be started."""
    kind = note.template.replace("-", " ").capitalize()
    asked = json.dumps({"note": note.to_json(), "level": level.value, "kind": kind})
    try:
        done = subprocess.run(
            [sys.executable, "-m", "notegen_desktop.ui.pdf_process"],
            input=asked.encode(),
            capture_output=True,
            check=False,
            timeout=PATIENCE_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _unavailable(str(error)) from error
    if done.returncode or not done.stdout.startswith(b"%PDF"):
        raise _unavailable(done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:])
    return done.stdout


def _unavailable(why: str | list[str]) -> FormatUnavailable:
    words = why if isinstance(why, str) else "".join(why)
    return FormatUnavailable(
        f"PDF could not be written{f': {words}' if words else ''}.",
        hint="It wants PySide6 and Qt's system libraries; html and docx work without them.",
    )
