"""A turn at the limiter: who wants one, who waits for one, who has one."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from copy import copy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notegen_desktop.domain.errors import (
    BudgetExceeded,
    KeyRejected,
    MachineSlept,
    NetworkUnreachable,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    TimedOut,
)

from .adaptive_concurrency import AdaptiveConcurrency
from .circuit_breaker import CircuitBreaker
from .retry import SLEPT, OnWait, Wait, moment_words, waiting_words
from .sliding_window import SlidingWindow

if TYPE_CHECKING:
    from .rate_limiter import RateLimiter


@dataclass(frozen=True, slots=True)
class PermitRequest:
    """Who wants a turn: `tokens` is the input, `seconds` how long the request may take.

    `group` is the video; the limiter sees to it that each group gets its first turn early.
    """

    model: str
    group: str = ""
    tokens: int = 0
    seconds: float = 0.0


@dataclass(slots=True, eq=False)
class Permit:
    """One request's turn. Report `succeeded` or `failed`; leaving without either is a cancel."""

    claim: PermitRequest
    started: float
    _lane: ModelLimiter
    beside: tuple[Permit, ...] = ()
    """Who was in flight when this one started."""
    answered: bool = False
    refused: bool = False
    reported: bool = False

    @property
    def perhaps_beside(self) -> int:
        """How many the other side may have answered when this one came to it."""
        return sum(not other.refused for other in self.beside)

    def heard(self) -> None:
        """Something of the answer is here."""
        first, self.answered = not self.answered, True
        self._lane.heard(self, first=first)

    def succeeded(self) -> None:
        if not self.reported:
            self.reported = self.answered = True
            self._lane.succeeded(self)

    def failed(self, error: BaseException) -> None:
        if not self.reported:
            self.reported = True
            self._lane.failed(self, error)


@dataclass(slots=True)
class Waiter:
    claim: PermitRequest
    number: int
    granted: asyncio.Future[Permit]
    on_wait: OnWait
    since: float
    told: Wait = field(default_factory=Wait)

    def tell(self, wait: Wait) -> None:
        if wait.is_news_after(self.told):
            self.told = wait
            self.on_wait(wait)


# --- One model's limits, as far as they are known ---

log = logging.getLogger(__name__)

JITTER_S = 2.0  # after a wait the server asked for, so that not everybody returns in one burst


class ModelLimiter:
    """What is known of one model's limits. All times are monotonic seconds."""

    def __init__(self, limiter: RateLimiter, model: str) -> None:
        self.model = model
        self.waiters: list[Waiter] = []
        self._flying: list[Permit] = []
        self.crowd = AdaptiveConcurrency(limiter.limits.max_concurrent)
        self.closed_until = 0.0
        self.closed_reason = ""
        self.minutes = SlidingWindow()
        self.exhausted_until = 0.0  # seconds since the epoch
        self.sent_today: deque[float] = deque()
        self._limiter = limiter
        self._last_cut = -1.0
        self._breaker = CircuitBreaker(limiter.random)
        self._needs_probe = False
        self._probe: Permit | None = None
        self._heard_is_enough = False  # for a probe; an overloaded server must have answered whole
        self._after_sleep = False  # until somebody is heard again, or fails

    # --- may one more start? ---

    @property
    def in_flight(self) -> int:
        return len(self._flying)

    @property
    def at_once(self) -> int:
        """How many may run side by side."""
        limits = self._limiter.limits
        if not limits.parallel or self._limiter.sequential_because:
            return 1
        return max(1, min(limits.max_concurrent, int(self.crowd.window + 1e-9)))

    @property
    def is_waking(self) -> bool:
        """Whether somebody has to find out yet if the other side is there after a sleep."""
        return self._after_sleep and bool(self.in_flight or self.waiters)

    @property
    def full(self) -> bool:
        """Whether nobody more may start: one alone has to show that a closed lane is open again."""
        probing = self._needs_probe and self._probe is not None
        return probing or self.in_flight >= self.at_once

    def ready_at(self, claim: PermitRequest, now: float) -> tuple[float, str]:
        """When `claim` may start as far as time is concerned, and what it waits for until then."""
        at, reason = now, ""
        if self.closed_until > at:
            at, reason = self.closed_until, self.closed_reason
        free, limit = self.minutes.ready_at(self._limiter.limits, claim.tokens, now)
        return (free, limit) if free > at else (at, reason)

    def refuse_if_exhausted(self) -> None:
        """Raises QuotaExhausted while the day's quota of this model is known to be gone."""
        now = self._limiter.clock.time()
        if self.exhausted_until > now:
            until = self.exhausted_until
            raise self._gone("Today's quota", until, until=until)
        per_day = self._limiter.limits.requests_per_day
        if per_day:
            while self.sent_today and self.sent_today[0] <= now - 86_400:
                self.sent_today.popleft()
            if len(self.sent_today) >= per_day:
                free = self.sent_today[-per_day] + 86_400
                raise self._gone(f"Your limit of {per_day} requests a day", free)

    def _gone(self, what: str, back: float, *, until: float | None = None) -> QuotaExhausted:
        """Only what the other side said is to be remembered: the user may raise his own limit."""
        when = moment_words(back, self._limiter.clock.time())
        return QuotaExhausted(
            f"{what} of {self.model} is used up. It comes back {when}.",
            hint="Choose another model or the offline engine, or retry then.",
            until=until,
        )

    # --- what happened ---

    def started(self, claim: PermitRequest, now: float) -> Permit:
        turn = Permit(claim, now, self, tuple(self._flying))
        self._flying.append(turn)
        self.minutes.sent(now, claim.tokens)
        self.sent_today.append(self._limiter.clock.time())
        if self._needs_probe:
            self._probe = turn
        return turn

    def ended(self, turn: Permit) -> None:
        self._flying.remove(turn)
        turn.beside = ()
        if turn is self._probe:
            self._probe = None

    def woke(self, settle_s: float) -> None:
        """The machine slept: the network may be gone, so nothing at first, and then one tries."""
        self._close(settle_s, SLEPT)
        self._breaker.arm(self._limiter.clock.monotonic())
        self._after_sleep = not self._needs_probe
        self._needs_probe = True

    def heard(self, turn: Permit, *, first: bool) -> None:
        """The other side is there. After a sleep that is all that had to be found out.

        After a refusal for speed it is, too: a probe that is answered was not refused.
        """
        if first:
            self._let_in(turn)
        probed = self._heard_is_enough and turn is self._probe
        if self._after_sleep or (probed and self._needs_probe):
            self._after_sleep = self._needs_probe = False
            self._breaker.reset()
            self._limiter.pump()

    def succeeded(self, turn: Permit) -> None:
        self._breaker.reset()
        self._needs_probe = self._after_sleep = False
        self._limiter.outcomes.add(ok=True)
        self._let_in(turn)
        # A success of a request sent before the last cut says nothing about the new window. With a
        # pause between starts a window that grows is never quite full; half of it shows the want.
        if turn.started >= self._last_cut and 2 * self.in_flight >= self.at_once:
            self.crowd.succeeded(self._limiter.limits.max_concurrent)

    def failed(self, turn: Permit, error: BaseException) -> None:
        if isinstance(error, QuotaExhausted):
            self.exhausted_until = error.until or self._limiter.clock.time() + 3600
            self._limiter.outcomes.add(ok=False, rate_limited=True)
            self.turn_away(error)
            return
        if isinstance(error, KeyRejected):
            self._limiter.turn_away(error)
        if isinstance(error, (BudgetExceeded, MachineSlept)):
            return  # nothing was sent, or nobody failed
        self._after_sleep = False
        if isinstance(error, (RateLimited, ServiceUnavailable)):
            self._refused(turn, error)
        elif isinstance(error, TimedOut):
            self._limiter.outcomes.add(ok=False)
            self._failed(error)
        elif isinstance(error, NetworkUnreachable):
            self._failed(error)  # nothing was sent: no outcome
        elif isinstance(error, NoteGenError):
            # The request was bad or the answer unusable: nothing to learn about speed.
            self._limiter.outcomes.add(ok=True)

    def turn_away(self, error: NoteGenError) -> None:
        """Who waits would only be told the same: none of them is sent."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            if not waiter.granted.done():
                waiter.granted.set_exception(copy(error))

    def _refused(self, turn: Permit, error: RateLimited | ServiceUnavailable) -> None:
        """Too many at once, too fast, or out of order; the wait asked for holds in any case."""
        turn.refused = not turn.answered
        wait = error.retry_after_s
        named = error.limit_per_minute if isinstance(error, RateLimited) else None
        crowded = not (turn.answered or named) and self.crowd.refused(
            turn.perhaps_beside + 1, costs_a_wait=wait is not None
        )
        fresh = turn.started > self._last_cut  # what was refused as one burst counts once
        if crowded:
            # That one more is too many had to be found out. Nobody is let in before one of
            # the others is done, so nobody has to be patient beside it.
            error.paced = True
            self._limiter.outcomes.add(ok=False, rate_limited=True, judged=False)
        elif isinstance(error, RateLimited):
            self._limiter.outcomes.add(ok=not fresh, rate_limited=fresh)
        else:
            self._limiter.outcomes.add(ok=False)
        if crowded or isinstance(error, RateLimited):
            self._last_cut = self._limiter.clock.monotonic() if fresh else self._last_cut
        if isinstance(error, RateLimited) and wait is not None:
            if fresh and not crowded:
                self.crowd.halve()
            self._learn_minutes(turn, error, wait, crowded=crowded)
            if not crowded:
                self._needs_probe = self._heard_is_enough = True
        elif not crowded:
            self._failed(error)
        if wait:
            self._close(wait + self._limiter.random.uniform(0, JITTER_S), "Gemini asks to wait")

    def _learn_minutes(
        self, turn: Permit, error: RateLimited, wait: float, *, crowded: bool
    ) -> None:
        self.minutes.refused(turn.started, turn.claim.tokens)
        self.minutes.learn(
            error.limit_per_minute or 0,
            began=turn.started,
            now=self._limiter.clock.monotonic(),
            wait_s=wait,
            alone=not turn.perhaps_beside,
            crowded=crowded,
        )

    def _let_in(self, turn: Permit) -> None:
        """Count whom the other side answered beside it: let in before it, and not ended yet.

        Requests are on their way for a while, and so are answers: what is in flight here may be
        more than runs there.
        """
        surely = sum(other.answered and other in self._flying for other in turn.beside)
        self.crowd.let_in(surely + 1, perhaps=turn.perhaps_beside + 1)

    def _failed(self, error: NoteGenError) -> None:
        """A failure that has nothing to do with speed; after many in a row all wait."""
        wait = self._breaker.failed(error, self._limiter.clock.monotonic())
        if not wait:
            return
        if error.lasting:
            self.turn_away(error)
        self._close(wait, waiting_words(error))
        self.crowd.forget()
        self._needs_probe = True
        self._heard_is_enough = False

    def _close(self, seconds: float, reason: str) -> None:
        until = self._limiter.clock.monotonic() + seconds
        if until > self.closed_until:
            self.closed_until = until
            self.closed_reason = reason
