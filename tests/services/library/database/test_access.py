"""How a library is opened is found out by one program as well as by several at once."""

from __future__ import annotations

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from notegen_desktop.services.library.database.access import WAL, find_access


def test_programs_that_start_together_while_the_file_is_busy_all_wait_for_it(
    tmp_path: Path,
) -> None:
    path = tmp_path / "notes.db"
    assert find_access(path) is WAL
    with contextlib.closing(sqlite3.connect(path)) as holder, ThreadPoolExecutor(8) as programs:
        holder.execute("BEGIN EXCLUSIVE")
        assert set(programs.map(find_access, [path] * 400)) == {WAL}
