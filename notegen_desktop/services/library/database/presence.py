"""Liveness of programs: tells a run under way from one that a dead program left behind.

Each program holds a lock on a small file of its own for as long as it lives; the operating system
releases it however the program ends. Programs of other machines cannot be seen this way, so their
claims have leases.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import uuid
from pathlib import Path
from typing import IO

from notegen_desktop.services.machine.files import lock_file


class Presence:
    """The lock file in `folder`, a folder of this machine, by which other processes see that this
    one is alive.

    `token` names this process in the database, as "machine.program". If the folder cannot be
    written to, or its files not locked, the process counts as a machine of its own: its claims have
    leases.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._name = uuid.uuid4().hex[:16]
        self._file: IO[bytes] | None = None
        self._closed = False
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._machine = _machine_name(folder / "machine")
            self._file = self._begin()
            self._sweep()
        except OSError:
            self._machine = uuid.uuid4().hex[:16]
        self.token = f"{self._machine}.{self._name}"

    def alive(self, token: str) -> bool | None:
        """Return True if the program of a token lives; None if it is another machine's."""
        machine, _, name = token.partition(".")
        if machine != self._machine:
            return None
        if name == self._name:
            return not self._closed
        return self._is_held(self._path(name))

    def close(self) -> None:
        self._closed = True
        if self._file is not None:
            self._file.close()
            self._file = None
            with contextlib.suppress(OSError):
                self._path(self._name).unlink()

    def _begin(self) -> IO[bytes]:
        """Create and lock the file. Raises OSError, also if files cannot be locked: living programs
        would pass for dead."""
        path = self._path(self._name)
        # Windows can neither rename nor delete an open file.
        unseen = path if sys.platform == "win32" else path.with_suffix(".new")
        file = unseen.open("wb")
        if not lock_file(file):
            file.close()
            unseen.unlink()
            raise OSError(errno.ENOLCK, "files cannot be locked here", str(path))
        if unseen != path:
            unseen.rename(path)  # other programs see it only once it is locked
        return file

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.alive"

    @staticmethod
    def _is_held(path: Path) -> bool:
        try:
            with path.open("rb+") as file:
                return not lock_file(file)
        except FileNotFoundError:
            return False
        except OSError:
            return True

    def _sweep(self) -> None:
        """Delete the files of dead programs."""
        for path in self._folder.glob("*.alive"):
            if path != self._path(self._name) and not self._is_held(path):
                with contextlib.suppress(OSError):
                    path.unlink()


def _machine_name(path: Path) -> str:
    """Return a name shared by all programs with this folder; created once, by the first."""
    fresh = uuid.uuid4().hex[:16]
    try:
        with contextlib.suppress(FileExistsError):
            draft = path.with_name(f"{path.name}.{os.getpid()}")
            draft.write_text(fresh, encoding="ascii")
            try:
                os.link(draft, path)
            finally:
                draft.unlink()
    except OSError:  # no hard links here: of two first starts, the last wins
        if not path.exists():
            path.write_text(fresh, encoding="ascii")
    return path.read_text(encoding="ascii").strip() or fresh
