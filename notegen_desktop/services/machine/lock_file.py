"""Reads the lock file that lets one window open one library, without Qt, which writes it."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from notegen_desktop.domain.words import _


@dataclass(frozen=True, slots=True)
class LockHolder:
    """The program that created a lock file. `since` is in seconds since the epoch."""

    path: Path
    pid: int
    host: str
    machine: str
    since: float

    @property
    def elsewhere(self) -> bool:
        """Return True if it was created by another computer, whose programs cannot be examined. A
        computer may be renamed: its machine id stays."""
        here = self.host in ("", socket.gethostname()) or self.machine in _machine_ids()
        return not here

    @property
    def words(self) -> str:
        day = time.strftime("%d %B %Y, %H:%M", time.localtime(self.since)).lstrip("0")
        if self.elsewhere:
            return _("NoteGen on the computer “{host}” holds this library since {day}.").format(
                host=self.host, day=day
            )
        return _("Another NoteGen (process {pid}) holds this library and does not answer.").format(
            pid=self.pid
        )

    @property
    def hint(self) -> str:
        if self.elsewhere:
            return _("If it does not run there any more, delete {path}.").format(path=self.path)
        return _("End it, then try again.")


def lock_holder(path: Path) -> LockHolder | None:
    """Return the holder of the lock file; None if there is none.

    Its lines are Qt's: process, program, computer, and the computer's id
    (https://doc.qt.io/qt-6/qlockfile.html).
    """
    try:
        since = path.stat().st_mtime
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    pid, _, host, machine, *_ = (line.strip() for line in [*lines, "", "", "", ""])
    return LockHolder(path, int(pid) if pid.isdigit() else 0, host, machine, since)


def _machine_ids() -> set[str]:
    ids = set()
    for path in (Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")):
        with contextlib.suppress(OSError):
            ids.add(path.read_text(encoding="ascii", errors="replace").strip())
    return ids - {""}
