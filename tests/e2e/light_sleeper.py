"""`python -m tests.e2e.light_sleeper` is `notegen`, for which seconds are a night's sleep."""

from __future__ import annotations

from functools import partial

from notegen_desktop.cli.main import main
from notegen_desktop.services.machine import sleep_detection
from notegen_desktop.services.writers import gemini

THRESHOLDS = sleep_detection.Thresholds(tick_s=0.5, late_s=3.0, grace_s=1.5, settle_s=1.0)
SILENT_S = 10.0
"""So long a connection may be silent, asleep or awake."""

if __name__ == "__main__":
    sleep_detection.USUAL = THRESHOLDS
    patient = partial(gemini.Limits, first_byte_s=SILENT_S, idle_s=SILENT_S)
    gemini.Limits = patient  # type: ignore[misc, assignment]
    raise SystemExit(main())
