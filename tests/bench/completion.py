"""Runs with files, killed with SIGKILL at the moment of completion and resumed."""

from __future__ import annotations

import random
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.e2e.completing import Completion, completed_run

ROUNDS = 40
PDF_EVERY = 4
SIDE_BY_SIDE = 2


def measure(rounds: int = ROUNDS) -> dict[str, float]:
    """Counts over all rounds; all but the first two should be 0."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        found = list(pool.map(_round, range(rounds)))
    for seed, each in enumerate(found):
        if not each.sound:
            print(f"completion: seed {seed}: {each}", file=sys.stderr)
    return {
        "completion_rounds": rounds,
        "completion_kills": sum(each.kills for each in found),
        "completion_files_missing": sum(len(each.missing) for each in found),
        "completion_files_doubled": sum(len(each.doubled) for each in found),
        "completion_part_files_left": sum(len(each.drafts) for each in found),
        "completion_runs_left_open": sum(each.runs_open for each in found),
        "completion_other_trouble": sum(bool(each.trouble) for each in found),
    }


def _round(seed: int) -> Completion:
    format = "md" if seed % PDF_EVERY else "pdf"
    with tempfile.TemporaryDirectory() as folder:
        return completed_run(Path(folder), random.Random(seed), format=format)
