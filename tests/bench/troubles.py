"""The library cannot be written for a while: locked, cut off, restarted, or on a full disk."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import pytest

from tests.e2e.troubles import Outcome, full_disk, locked, small_disk, troubled_run
from tests.fakes.postgres import fresh_database, the_server

LOCKED_S = (25.0, 90.0)


def measure() -> dict[str, float]:
    """For each trouble the requests beyond the needed, notes lost and jobs failed: all 0."""
    found: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for seconds in LOCKED_S:
            home = root / f"locked{seconds:.0f}"
            found[f"locked_{seconds:.0f}s"] = troubled_run(home, locked(home, seconds))
        try:
            with small_disk(root / "small", 8) as home:
                found["disk_full"] = troubled_run(home, full_disk(home, 5.0))
        except OSError as error:
            print(f"troubles: {error}", file=sys.stderr)
        try:
            found |= _server_troubles(root)
        except pytest.skip.Exception as why:
            print(f"troubles: {why}", file=sys.stderr)
    figures: dict[str, float] = {}
    for name, outcome in found.items():
        print(f"troubles: {name}: {outcome}", file=sys.stderr)
        figures[f"troubles_{name}_paid_beyond"] = outcome.beyond
        figures[f"troubles_{name}_notes_lost"] = outcome.lost
        figures[f"troubles_{name}_jobs_failed"] = outcome.failed
        figures[f"troubles_{name}_reservations_left"] = outcome.reservations
    return figures


def _server_troubles(root: Path) -> dict[str, Outcome]:
    server = the_server()

    def cut() -> None:
        """Every connection is ended, again and again, while the answers come and are stored."""
        for _ in range(40):
            server.cut()
            time.sleep(0.1)

    def table_locked() -> None:
        server.lock(database, "notes, reservations, jobs", seconds=LOCKED_S[0])

    troubles = {
        "server_cut": cut,
        "server_restarted": lambda: server.restart(down_s=4.0),
        "table_locked_25s": table_locked,
    }
    found: dict[str, Outcome] = {}
    for name, trouble in troubles.items():
        url = fresh_database()
        database = url.partition("?")[0].rpartition("/")[2]
        found[name] = troubled_run(root / name, trouble, url=url)
    return found
