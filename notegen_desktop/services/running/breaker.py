"""Failures in a row, whoever's they are: after a few all wait, and in the end it is said."""

from __future__ import annotations

import random

from notegen_desktop.domain.errors import (
    NetworkUnreachable,
    NoteGenError,
    RateLimited,
)

FAILURES = 5
"""So many in a row, and all wait; longer each time, and then one tries."""
LONGEST_S = 15.0
"""An overloaded service is given up after a minute anyhow; until then somebody looks often."""
LONGEST_PATIENT_S = 60.0
"""No network, or too fast and no word of how long: both are over some time."""
LASTS_S = 60.0
"""Nothing but failures for so long is said, and no longer waited for."""
APART_S = 90.0
"""Failures that lie further apart are not of one row. No job's own wait is as long."""


class Breaker:
    """The present row of failures of one model. Times are monotonic seconds."""

    def __init__(self, rng: random.Random) -> None:
        self._random = rng
        self._count = 0
        self._since = float("inf")
        self._last = float("-inf")

    def reset(self) -> None:
        """Something is there again."""
        self._count = 0
        self._since = float("inf")

    def arm(self, now: float) -> None:
        """A single failure from now on is enough."""
        self.reset()
        self._count = FAILURES - 1
        self._last = now

    def failed(self, error: NoteGenError, now: float) -> float:
        """For how long all have to wait after this failure, 0 if it is not many in a row.

        Marks the error as `lasting` where a service has been out of order for too long.
        """
        if now - self._last > APART_S:
            self.reset()
        self._last = now
        self._count += 1
        ends_by_itself = isinstance(error, (NetworkUnreachable, RateLimited))
        self._since = float("inf") if ends_by_itself else min(self._since, now)
        if self._count < FAILURES:
            return 0.0
        error.lasting = now - self._since >= LASTS_S
        most = LONGEST_PATIENT_S if ends_by_itself else LONGEST_S
        longest = min(most, 2.0 ** min(16, self._count - FAILURES + 1))
        return self._random.uniform(longest / 2, longest)
