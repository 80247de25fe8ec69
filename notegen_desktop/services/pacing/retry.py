"""Retries: if and when a failed request is sent again, and texts about waiting."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from notegen_desktop.domain.errors import (
    MachineSlept,
    NetworkUnreachable,
    RateLimited,
    ServiceUnavailable,
    TimedOut,
)
from notegen_desktop.domain.text.dates import day_of_year, time_words
from notegen_desktop.domain.words import N_, _
from notegen_desktop.services.machine.sleep_detection import SleepDetector
from notegen_desktop.services.ports import NO_NETWORK

SAME_UNTIL_S = 0.2  # ends of waits closer together are reported once
SLEPT = N_("Your computer slept; going on")


@dataclass(frozen=True, slots=True)
class Wait:
    """The reason for a wait. `until` is in seconds since the epoch, None if unknown."""

    reason: str = ""
    until: float | None = None

    def is_news_after(self, told: Wait) -> bool:
        """Return True if users would notice a difference: times of two clocks differ by
        milliseconds."""
        if self.reason != told.reason or self.until is None or told.until is None:
            return self != told
        return abs(self.until - told.until) >= SAME_UNTIL_S


OnWait = Callable[[Wait], None]


class Advice(Enum):
    """The rate limiter's advice to a request that failed."""

    BACK_OFF = "wait before the next try"
    WHEN_ADMITTED = "the next permit comes when there is room"
    GIVE_UP = "it has been so for too long to be tried again"


OnAdvice = Callable[[Advice], None]


def waiting_words(error: BaseException, service: str = "Gemini") -> str:
    """Return a text about the wait after a temporary error of a service, for users."""
    if isinstance(error, NetworkUnreachable):
        return NO_NETWORK
    if isinstance(error, TimedOut):
        return _("No answer in time; trying again")
    if isinstance(error, RateLimited):
        return _("{service} asks to slow down; trying again").format(service=service)
    return _("{service} is overloaded; trying again").format(service=service)


def moment_words(at: float, now: float) -> str:
    """Return a time within the next days in the user's format; both are seconds since the epoch."""
    then, today = (datetime.fromtimestamp(when, UTC).astimezone() for when in (at, now))
    if then.date() == today.date():
        return _("at {then}").format(then=time_words(then))
    if then.date() == today.date() + timedelta(days=1):
        return _("at {then} tomorrow").format(then=time_words(then))
    return _("at {then} on {day}").format(then=time_words(then), day=day_of_year(then))


PASSING = (RateLimited, ServiceUnavailable, TimedOut, NetworkUnreachable, MachineSlept)
"""Errors that pass by themselves. All others would only occur again."""

MAX_TRIES = 8
"""Maximum tries of a request. With three requests in ten failing by chance, 6 tries lose one note
of 1,400, that is in 7 % of runs of a hundred notes; 8 lose one in 15,000, and 99 % of such runs are
whole. More would delay a note that has no chance: 7 waits are 39 s on average, and 78 s at most."""
MAX_TRIES_RATE_LIMITED = 20
MAX_TRIES_OFFLINE = 3
"""Maximum tries without a network from the start; a network lost later is waited for."""
MAX_WAIT_S = 16.0
"""Maximum seconds between tries, so that a lasting fault is reported within about a minute: by the
limiter if it hits all requests, by this if it hits one note."""
MAX_WAIT_OFFLINE_S = 60.0
"""Maximum seconds between tries without a network, or at a server that refuses for speed without a
stated wait: a minute is usual."""
MAX_WAIT_IN_ALL_S = 600.0


class RetryBudget:
    """The retry budget of the program: retries are paid from a share of the first requests.

    A successful job gives back what its retries took, as in the standard retry mode of the AWS
    SDKs: random faults never use it up, an outage does. When it is used up, retries are not refused
    but four times slower, so that twenty jobs that fail together do not cause a storm. `reached`
    tells if any answer ever came: then a lost network will come back.
    """

    SHARE = 0.1
    RESERVE = 10.0

    def __init__(self, sleep_detector: SleepDetector, rng: random.Random) -> None:
        self.sleep_detector = sleep_detector
        self.random = rng
        self.reached = False
        self.retried = 0
        self._left = self.RESERVE

    def retries(self, service: str = "Gemini", *, patient: bool = True) -> Retries:
        """Return the retries for a new answer of a service. If `patient`, a lost network is waited
        for."""
        self._left = min(self.RESERVE, self._left + self.SHARE)
        return Retries(self, service, patient=patient)

    def spend(self) -> bool:
        """Take one retry from the budget; False if nothing is left."""
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True

    def give_back(self, spent: int) -> None:
        self._left = min(self.RESERVE, self._left + spent)


class Retries:
    """The retries of one job."""

    def __init__(
        self, budget: RetryBudget, service: str = "Gemini", *, patient: bool = True
    ) -> None:
        self._budget = budget
        self._patient = patient
        self._service = service
        self._tries = 0
        self._rate_limited = 0
        self._waited_s = 0.0
        self._spent = 0
        self._advice = Advice.BACK_OFF

    @property
    def reached(self) -> bool:
        return self._budget.reached

    @property
    def sleep_detector(self) -> SleepDetector:
        return self._budget.sleep_detector

    def advise(self, advice: Advice) -> None:
        """Set the rate limiter's advice for the failure that `outlast` handles next."""
        self._advice = advice

    def progressed(self) -> None:
        """Reset the count of tries after progress."""
        self._tries = 0

    def succeeded(self) -> None:
        """Give back the spent retries after a success."""
        self._budget.give_back(self._spent)
        self._spent = 0

    def lost(self, error: Exception) -> bool:
        """Return True if a network that was there is lost, so that it will come back."""
        return isinstance(error, NetworkUnreachable) and self.reached and self._patient

    async def outlast(
        self, error: Exception, tell: Callable[[Wait], None], *, sent: bool = True
    ) -> None:
        """Wait until the next try, or raise the error if there is none.

        `sent`: a request is repeated, which counts against the retry budget.
        """
        wait = self._wait_after(error)
        if wait is None:
            raise error
        self._budget.retried += sent
        if wait:
            tell(Wait(waiting_words(error, self._service), self.sleep_detector.clock.time() + wait))
            await self.sleep_detector.sleep(wait)
        tell(Wait())

    def _wait_after(self, error: Exception) -> float | None:
        """Return the seconds to wait before the next try, or None to give up."""
        if not isinstance(error, PASSING):
            return None
        if isinstance(error, MachineSlept):
            # a request was under way: the network was there at the start
            self._budget.reached = True
            return 0.0  # not an error: it does not count as a try
        lost = self.lost(error)
        self._budget.reached |= not isinstance(error, NetworkUnreachable)
        advice, self._advice = self._advice, Advice.BACK_OFF
        if advice is Advice.GIVE_UP:
            return None
        if isinstance(error, RateLimited) or advice is Advice.WHEN_ADMITTED:
            self._rate_limited += 1
            tries, most = self._rate_limited, MAX_TRIES_RATE_LIMITED
        else:
            self._tries += 1
            offline = isinstance(error, NetworkUnreachable)
            tries, most = self._tries, MAX_TRIES_OFFLINE if offline else MAX_TRIES
        if tries >= most and not lost:
            return None
        if advice is Advice.WHEN_ADMITTED or getattr(error, "retry_after_s", None):
            return 0.0  # the limiter waits that long
        patient = isinstance(error, (RateLimited, NetworkUnreachable))
        longest = MAX_WAIT_OFFLINE_S if patient else MAX_WAIT_S
        wait = self._budget.random.uniform(0, min(longest, 2.0 ** min(16, tries)))
        if self._budget.spend():
            self._spent += 1
        else:
            wait = min(longest, wait * 4)
        if lost:
            return wait  # no limit: the computer may be offline overnight
        self._waited_s += wait
        return wait if self._waited_s <= MAX_WAIT_IN_ALL_S else None
