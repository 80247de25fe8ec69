"""Several programs on one library: what is paid for the same notes, and whether settings are lost.

Without claims a window and two command lines paid for 9 answers where 3 were needed, and the last
one stored won; of eight settings set at once two were lost.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import pytest

from tests.e2e.programs import at_once, killed, settings_at_once, together
from tests.fakes.postgres import fresh_database


def measure() -> dict[str, float]:
    """By database: answers paid and needed, without those that a kill cut off; notes lost; programs
    that failed. Of eight settings set at once, those lost."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for database in ("sqlite", "postgresql"):
            try:
                urls = [fresh_database() if database == "postgresql" else "" for _ in range(3)]
            except pytest.skip.Exception as why:
                print(f"programs: {why}", file=sys.stderr)
                continue
            found = {
                "together": together(root / f"{database}1", url=urls[0]),
                "at_once": at_once(root / f"{database}2", url=urls[1], programs=4),
                "killed": killed(root / f"{database}3", url=urls[2]),
            }
            for name, outcome in found.items():
                print(f"programs: {database}: {name}: {outcome}", file=sys.stderr)
                cut_off = outcome.needed if name == "killed" else 0
                key = f"programs_{database}_{name}"
                figures[f"{key}_answers_paid"] = outcome.answered - cut_off
                figures[f"{key}_answers_needed"] = outcome.needed
                figures[f"{key}_notes_lost"] = outcome.needed - outcome.notes
                figures[f"{key}_programs_failed"] = sum(map(bool, outcome.codes))
            doubled = found["at_once"].files - found["at_once"].needed
            figures[f"programs_{database}_files_doubled"] = doubled
        figures["programs_settings_lost"] = settings_at_once(root / "settings")
    return figures
