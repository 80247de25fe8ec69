"""Whether, and after how long, a request is sent again.

A wait the server asked for is kept by the gate, for everybody; what is decided here is a job's own
back-off: full jitter, U(0, min(60, 2^n)) seconds, which spreads the retries of many jobs best.
"""

from __future__ import annotations

import random
from collections.abc import Callable

from notegen_desktop.domain.errors import (
    MachineSlept,
    NetworkUnreachable,
    RateLimited,
    ServiceUnavailable,
    TimedOut,
)
from notegen_desktop.services.machine.waking import Waking

from .waits import Wait, waiting_words

PASSING = (RateLimited, ServiceUnavailable, TimedOut, NetworkUnreachable, MachineSlept)
"""Errors that go away by themselves. Everything else would only fail again."""

MOST_TRIES = 8
MOST_TRIES_RATE_LIMITED = 20
MOST_TRIES_OFFLINE = 3
"""No network from the start is said soon; a network lost in mid-run is waited for."""
LONGEST_WAIT_S = 60.0
LONGEST_IN_ALL_S = 600.0


class RetryBudget:
    """One for the program: retries are paid from a share of the first requests.

    When it is used up, retries are not refused, but they come four times as slowly: twenty jobs
    that fail together do not become a storm. `reached` says that anything ever came from the other
    side, to whichever job: then a network that is gone will come back.
    """

    SHARE = 0.1
    RESERVE = 10.0

    def __init__(self, waking: Waking, rng: random.Random) -> None:
        self.waking = waking
        self.random = rng
        self.reached = False
        self.retried = 0
        self._left = self.RESERVE

    def retries(self) -> Retries:
        """The tries of a new answer."""
        self._left = min(self.RESERVE, self._left + self.SHARE)
        return Retries(self)

    def spend(self) -> bool:
        """True if there was something left to pay this retry with."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Retries:
    """The tries of one job."""

    def __init__(self, budget: RetryBudget) -> None:
        self._budget = budget
        self._tries = 0
        self._rate_limited = 0
        self._waited_s = 0.0

    @property
    def reached(self) -> bool:
        return self._budget.reached

    @property
    def waking(self) -> Waking:
        return self._budget.waking

    def progressed(self) -> None:
        """Something was gained by the last try, so the next ones count anew."""
        self._tries = 0

    def lost(self, error: Exception) -> bool:
        """Whether this is the end of a network that was there, so that it will come back."""
        return isinstance(error, NetworkUnreachable) and self.reached

    async def outlast(
        self, error: Exception, tell: Callable[[Wait], None], *, sent: bool = True
    ) -> None:
        """Wait until it may be tried again, or raise the error if it may not.

        `sent`: it is a request that is sent again.
        """
        wait = self._wait_after(error)
        if wait is None:
            raise error
        self._budget.retried += sent
        if wait:
            tell(Wait(waiting_words(error), self.waking.clock.time() + wait))
            await self.waking.sleep(wait)
        tell(Wait())

    def _wait_after(self, error: Exception) -> float | None:
        """Seconds to wait before the next try, or None to give up."""
        if not isinstance(error, PASSING):
            return None
        if isinstance(error, MachineSlept):
            self._budget.reached = True  # what was under way is no start without a network
            return 0.0  # nobody's failure: no try is spent
        lost = self.lost(error)
        self._budget.reached |= not isinstance(error, NetworkUnreachable)
        if isinstance(error, RateLimited):
            self._rate_limited += 1
            if self._rate_limited >= MOST_TRIES_RATE_LIMITED:
                return None
        else:
            self._tries += 1
            offline = isinstance(error, NetworkUnreachable)
            if not lost and self._tries >= (MOST_TRIES_OFFLINE if offline else MOST_TRIES):
                return None
        asked = getattr(error, "retry_after_s", None)
        if asked:
            return 0.0  # the gate is closed for that long
        most = min(LONGEST_WAIT_S, 2.0 ** min(16, max(1, self._tries)))
        wait = self._budget.random.uniform(0, most)
        if not self._budget.spend():
            wait = min(LONGEST_WAIT_S, wait * 4)
        if lost:
            return wait  # however long: the night may lie between, or a journey
        self._waited_s += wait
        return wait if self._waited_s <= LONGEST_IN_ALL_S else None
