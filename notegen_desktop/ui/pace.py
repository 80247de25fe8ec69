"""How fast notes come, and so how long the rest will take. Pure: no widgets."""

from __future__ import annotations

from collections import deque

from notegen_desktop.domain.jobs import Tally

WINDOW_S = 180.0
"""What came in so long a time counts: limits of requests a minute show in it, an old lull not."""

ENOUGH_S = 5.0
ENOUGH_NOTES = 0.5
"""Nothing is said before so much of the work has been seen."""

ROUNDING = 1e-6


class Pace:
    """Watches the work that is done; a note that is written is 1, half of it a half."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, float]] = deque()

    def look(self, tally: Tally, now: float) -> float | None:
        """Seconds until all jobs are done, None while that is unknown; `now` is epoch seconds.

        To be called every second or so.
        """
        over = tally.total - tally.active - tally.from_library
        done, left = over + tally.progress, tally.active - tally.progress
        if not tally.active:
            self._seen.clear()
            return None
        if self._seen and done < self._seen[-1][1] - ROUNDING:
            self._seen.clear()  # something began anew
        if not self._seen or now - self._seen[-1][0] >= 0.5:
            self._seen.append((now, done))
        while len(self._seen) > 2 and self._seen[1][0] <= now - WINDOW_S:
            self._seen.popleft()
        at, had = self._seen[0]
        if now - at < ENOUGH_S or done - had < ENOUGH_NOTES:
            return None
        return left * (now - at) / (done - had)

    def stop(self) -> None:
        """Time that passes from now on is no work: the queue is paused."""
        self._seen.clear()
