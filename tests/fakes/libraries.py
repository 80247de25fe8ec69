"""Libraries without notes, made once in a process and copied from then on.

How a library is made in an empty place has tests of its own; all others begin with one.
"""

from __future__ import annotations

import functools
import tempfile
from pathlib import Path

from notegen_desktop.services.library import open_library

from .postgres import the_server


def put_empty_library(path: Path) -> None:
    """Write the file of a library without notes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_file())


def library_on_server() -> str:
    """The address of a library without notes. Skips the test where no server can be had."""
    return the_server().new_database(template=_database())[1]


@functools.cache
def _file() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "notes.db")
        open_library(path=path).close()
        return path.read_bytes()


@functools.cache
def _database() -> str:
    """The name of a database that is copied, so that nobody may be connected to it."""
    name, url = the_server().new_database()
    with tempfile.TemporaryDirectory() as folder:
        open_library(url, path=Path(folder, "notes.db")).close()
    return name
