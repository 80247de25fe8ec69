"""Notes through a server that fails three requests in ten, over real HTTP."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.e2e.test_storm import Weather, written
from tests.fakes.gemini import Script

STORMS = 10


def measure() -> dict[str, float]:
    """Every note must come through (`written` sees to it); the shares are of output tokens."""
    with tempfile.TemporaryDirectory() as folder:
        calm = written(Path(folder) / "calm", Script(seconds=0.4, chunks=40))
        weathers = [Weather(seed) for seed in range(STORMS)]
        shares = [
            1 - calm / written(Path(folder) / str(number), weather)
            for number, weather in enumerate(weathers)
        ]
    return {
        "storm_notes_complete": 8 * STORMS,
        "storm_requests_failed": sum(weather.failed for weather in weathers),
        "storm_wasted_percent": round(100 * sum(shares) / STORMS, 2),
        "storm_wasted_percent_worst": round(100 * max(shares), 2),
    }
