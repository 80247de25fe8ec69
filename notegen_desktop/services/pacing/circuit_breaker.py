"""Watches the outcome of recent requests: when to fall back to one at a time, and when to pause
all."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from notegen_desktop.domain.errors import NetworkUnreachable, NoteGenError, RateLimited
from notegen_desktop.domain.words import ngettext

WINDOW = 40
MIN_SEEN = 20
MIN_RATE_LIMITED = 3
MIN_FAILED = 4
RECOVERY_SUCCESSES = 10
"""Successes in a row that end the fallback. A plain percentage gives false alarms: at a true rate
of 1 %, ">5 %" fires in one run of five. Hence at least 20 of the last 40 requests must have been
seen, and at least 3 refused or 4 failed."""

MIN_FALLBACK_FAILURES = 2
"""Failures one at a time after which that is given up: it helps only if too many requests at once
were the cause. It is not tried again before 20 successes in a row: with 30 % random failures,
hardly one run in a thousand begins such a row."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of a request. One that only explored the concurrency limit is not `judged`."""

    ok: bool
    rate_limited: bool = False
    judged: bool = True


class FailureWindow:
    """A sliding window over the outcomes of requests. `judge` is called after each one."""

    def __init__(self, judge: Callable[[FailureWindow], None]) -> None:
        self._judge = judge
        self._recent: deque[Outcome] = deque(maxlen=WINDOW)
        self._fallback_failed = False
        self.total = 0
        self.total_rate_limited = 0
        self.total_failed = 0

    def add(self, outcome: Outcome) -> None:
        if outcome.judged:
            self._recent.append(outcome)
        self.total += 1
        self.total_rate_limited += outcome.rate_limited
        self.total_failed += not outcome.ok and not outcome.rate_limited
        if self._last_succeeded(MIN_SEEN):
            self._fallback_failed = False
        self._judge(self)

    def start_over(self) -> None:
        self._recent.clear()

    @property
    def has_recovered(self) -> bool:
        return self._last_succeeded(RECOVERY_SUCCESSES)

    def _last_succeeded(self, count: int) -> bool:
        last = list(self._recent)[-count:]
        return len(last) == count and all(outcome.ok for outcome in last)

    def fallback_reason(self, rate_limited_percent: float, failed_percent: float) -> str:
        """Return the reason to run one at a time, as text, or "" for none."""
        seen = len(self._recent)
        if self._fallback_failed or seen < MIN_SEEN:
            return ""
        if self._too_many(self._limited, MIN_RATE_LIMITED, rate_limited_percent):
            return ngettext(
                "{limited} of the last {n} request was refused for speed",
                "{limited} of the last {n} requests were refused for speed",
                seen,
            ).format(limited=self._limited, n=seen)
        if self._too_many(self._failed, MIN_FAILED, failed_percent):
            return ngettext(
                "{failed} of the last {n} request failed",
                "{failed} of the last {n} requests failed",
                seen,
            ).format(failed=self._failed, n=seen)
        return ""

    def fallback_fails(self, rate_limited_percent: float, failed_percent: float) -> bool:
        """Return True if as many requests fail one at a time, since `start_over`."""
        self._fallback_failed = self._too_many(
            self._limited, MIN_FALLBACK_FAILURES, rate_limited_percent
        ) or self._too_many(self._failed, MIN_FALLBACK_FAILURES, failed_percent)
        return self._fallback_failed

    @property
    def _limited(self) -> int:
        return sum(outcome.rate_limited for outcome in self._recent)

    @property
    def _failed(self) -> int:
        return sum(not outcome.ok and not outcome.rate_limited for outcome in self._recent)

    def _too_many(self, count: int, min_count: int, percent: float) -> bool:
        return count >= min_count and 100 * count > percent * len(self._recent)


FAILURES = 5
"""Consecutive failures, of any jobs, after which all wait, longer each time; then one request
probes."""
MAX_WAIT_S = 15.0
"""Maximum seconds to wait; an overloaded service is given up after a minute, so a probe looks
often."""
MAX_PATIENT_WAIT_S = 60.0
"""Maximum seconds to wait without a network, or after a refusal for speed without a stated wait:
both pass in time."""
LASTING_S = 60.0
"""Seconds of nothing but failures after which that is reported and no longer waited for."""
MAX_GAP_S = 90.0
"""Seconds between failures after which they are not consecutive. No job's own wait is as long."""


class CircuitBreaker:
    """The consecutive failures of one model. Times are monotonic seconds."""

    def __init__(self, rng: random.Random) -> None:
        self._random = rng
        self._count = 0
        self._since = float("inf")
        self._last = float("-inf")

    def reset(self) -> None:
        """Close the breaker after an answer."""
        self._count = 0
        self._since = float("inf")

    def arm(self, now: float) -> None:
        """Let a single failure open the breaker from now on."""
        self.reset()
        self._count = FAILURES - 1
        self._last = now

    def failed(self, error: NoteGenError, now: float) -> tuple[float, bool]:
        """Return the seconds that all have to wait after this failure, 0 if too few came in a row.

        And True if the service has failed for too long to try again.
        """
        if now - self._last > MAX_GAP_S:
            self.reset()
        self._last = now
        self._count += 1
        ends_by_itself = isinstance(error, (NetworkUnreachable, RateLimited))
        self._since = float("inf") if ends_by_itself else min(self._since, now)
        if self._count < FAILURES:
            return 0.0, False
        most = MAX_PATIENT_WAIT_S if ends_by_itself else MAX_WAIT_S
        longest = min(most, 2.0 ** min(16, self._count - FAILURES + 1))
        return self._random.uniform(longest / 2, longest), now - self._since >= LASTING_S
