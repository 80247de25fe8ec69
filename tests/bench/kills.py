"""Runs of six templates, killed with SIGKILL at random moments and gone on with."""

from __future__ import annotations

import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.e2e.killing import Found, killed_run

ROUNDS = 200
SIDE_BY_SIDE = 3
"""A round mostly waits, for the server and for the start of Python."""


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Counts over all rounds; every one of the wrongs should be 0."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        found = list(pool.map(_round, range(rounds)))
    for seed, each in enumerate(found):
        if not each.sound:
            print(f"kills: seed {seed}: {each}", file=sys.stderr)
    return {
        "kills": sum(each.kills for each in found),
        "kills_rounds": rounds,
        "kills_notes_lost": sum(len(each.lost) for each in found),
        "kills_notes_doubled": sum(len(each.doubled) for each in found),
        "kills_paid_again": sum(len(each.paid_again) for each in found),
        "kills_reservations_left": sum(each.reserved for each in found),
        "kills_runs_left_open": sum(each.runs_open for each in found),
        "kills_integrity_not_ok": sum(each.integrity != "ok" for each in found),
        "kills_other_trouble": sum(bool(each.trouble) for each in found),
        "kills_rests_asked_for": sum(each.rests for each in found),
    }


def _round(seed: int) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        return killed_run(Path(folder) / "home", random.Random(seed))
