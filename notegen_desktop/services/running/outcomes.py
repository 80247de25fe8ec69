"""How the last requests went, and what follows: the rules for falling back to one at a time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

WINDOW = 40
LEAST_SEEN = 20
LEAST_RATE_LIMITED = 3
LEAST_FAILED = 4
CLEAN_SPELL = 10
"""A plain percentage fires falsely: at a true rate of 1 %, ">5 %" does in one run of five. Hence
at least 20 of the last 40 requests must have been seen, and at least 3 refused or 4 failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    ok: bool
    rate_limited: bool = False


class Outcomes:
    """A sliding window over requests. `judge` is called after each one."""

    def __init__(self, judge: Callable[[Outcomes], None]) -> None:
        self._judge = judge
        self._recent: deque[Outcome] = deque(maxlen=WINDOW)
        self.total = 0
        self.total_rate_limited = 0
        self.total_failed = 0

    def add(self, *, ok: bool, rate_limited: bool = False) -> None:
        self._recent.append(Outcome(ok, rate_limited))
        self.total += 1
        self.total_rate_limited += rate_limited
        self.total_failed += not ok and not rate_limited
        self._judge(self)

    def start_over(self) -> None:
        self._recent.clear()

    @property
    def clean_spell(self) -> bool:
        last = list(self._recent)[-CLEAN_SPELL:]
        return len(last) == CLEAN_SPELL and all(outcome.ok for outcome in last)

    def trouble(self, rate_limited_percent: float, failed_percent: float) -> str:
        """Why to run one at a time, in words, or "" for no reason."""
        seen = len(self._recent)
        if seen < LEAST_SEEN:
            return ""
        limited = sum(outcome.rate_limited for outcome in self._recent)
        failed = sum(not o.ok and not o.rate_limited for o in self._recent)
        if limited >= LEAST_RATE_LIMITED and 100 * limited / seen > rate_limited_percent:
            return f"{limited} of the last {seen} requests were refused for speed"
        if failed >= LEAST_FAILED and 100 * failed / seen > failed_percent:
            return f"{failed} of the last {seen} requests failed"
        return ""
