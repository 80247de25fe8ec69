"""Who holds the lock that lets one window open one library: read without Qt, which writes it."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LockHolder:
    """The program that made a lock file. `since` is in seconds since the epoch."""

    path: Path
    pid: int
    host: str
    since: float

    @property
    def elsewhere(self) -> bool:
        """Whether it was made by another computer, whose programs cannot be looked at."""
        return bool(self.host) and self.host != socket.gethostname()

    @property
    def words(self) -> str:
        day = time.strftime("%d %B %Y, %H:%M", time.localtime(self.since)).lstrip("0")
        if self.elsewhere:
            return f"NoteGen on the computer “{self.host}” holds this library since {day}."
        return f"Another NoteGen (process {self.pid}) holds this library and does not answer."

    @property
    def hint(self) -> str:
        if self.elsewhere:
            return f"If it does not run there any more, delete {self.path}."
        return "End it, then try again."


def lock_holder(path: Path) -> LockHolder | None:
    """Who made the lock file; None if there is none.

    Its lines are Qt's: process, program, computer, and what identifies the computer
    (https://doc.qt.io/qt-6/qlockfile.html).
    """
    try:
        since = path.stat().st_mtime
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    pid, _, host, *_ = [*lines, "", "", ""]
    return LockHolder(path, int(pid) if pid.isdigit() else 0, host.strip(), since)
