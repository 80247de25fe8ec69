"""A hundred notes at a server that allows ten requests a minute: the whole program, over HTTP."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.e2e.limits import PER_MINUTE, run_limited


def measure() -> dict[str, float]:
    with tempfile.TemporaryDirectory() as folder:
        found = run_limited(Path(folder), videos=25)
    best = (found.jobs - PER_MINUTE) / PER_MINUTE  # minutes: the first ten may start at once
    return {
        "limits_notes": found.jobs,
        "limits_notes_complete": found.complete,
        "limits_refused_percent_after_first_minute": round(found.refused_percent, 2),
        "limits_sent_inside_a_wait": found.inside_a_wait,
        "limits_minutes_over_best": round(found.minutes / best, 3),
    }
