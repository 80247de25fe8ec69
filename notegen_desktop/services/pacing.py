"""The gate: how many requests at once, when one may start, when all have to wait.

There is one `Gate` for the whole program. Each model has a lane of its own in it, because limits
are per model. A job asks for a turn, sends one request within it, and reports how it went:

    async with gate.turn(claim, on_wait) as turn:
        …            # exactly one request
        turn.succeeded()

What is not configured is learnt from answers. A refusal for speed closes the lane for as long as
the server asked, for everybody, and lowers how many may run at once (multiplicative decrease);
success raises it again (additive increase, quickly up to where it last went wrong and slowly
beyond). When many fail together the lane closes as well, and a single probe opens it again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from copy import copy
from dataclasses import dataclass, field

from notegen_desktop.domain.errors import (
    BudgetExceeded,
    KeyRejected,
    NetworkUnreachable,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    TimedOut,
)
from notegen_desktop.domain.settings import Settings

from .clock import Clock, SystemClock
from .lineup import Lineup
from .outcomes import Outcomes
from .ports import PAUSED, Activity

log = logging.getLogger(__name__)

MINUTE_S = 60.0
WINDOW_S = MINUTE_S + 1.0
"""How long a request counts here against a limit a minute. The other side counts from when it came
there, and one may be on its way for longer than the next."""

JITTER_S = 2.0  # after a wait the server asked for, so that not everybody returns in one burst
BREAKER_FAILURES = 5  # this many in a row, whoever's they are, and the lane closes
BREAKER_MAX_S = 60.0
FIRST_WINDOW = 8  # so many at once before anything is known; every success allows one more
SAME_UNTIL_S = 0.2  # ends of a wait that are nearer to each other are told once
PROBE_EVERY = 25  # successes before one more than was ever let in is tried; doubles if refused


@dataclass(frozen=True, slots=True)
class Limits:
    """What the user allows. Zero requests or tokens a minute or day: learn it from answers."""

    parallel: bool = True
    max_concurrent: int = 4
    stagger_s: float = 0.15
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
    requests_per_day: int = 0
    rate_limited_percent: float = 5.0
    failed_percent: float = 20.0

    @classmethod
    def of(cls, settings: Settings) -> Limits:
        return cls(
            parallel=settings.flag("processing.parallel"),
            max_concurrent=settings.integer("processing.max_concurrent"),
            stagger_s=settings.integer("processing.stagger_ms") / 1000,
            requests_per_minute=settings.integer("processing.requests_per_minute"),
            tokens_per_minute=settings.integer("processing.tokens_per_minute"),
            requests_per_day=settings.integer("processing.requests_per_day"),
            rate_limited_percent=settings.number("processing.fallback_rate_limited_percent"),
            failed_percent=settings.number("processing.fallback_failed_percent"),
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """Who wants a turn: `tokens` is the input, `seconds` how long the request may take.

    `group` is the video; the gate sees to it that each group gets its first turn early.
    """

    model: str
    group: str = ""
    tokens: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Wait:
    """Why somebody waits. `until` is in seconds since the epoch, None if it is not known."""

    reason: str = ""
    until: float | None = None

    def is_news_after(self, told: Wait) -> bool:
        """Whether people would notice: two clocks read one after the other differ by a hair."""
        if self.reason != told.reason or self.until is None or told.until is None:
            return self != told
        return abs(self.until - told.until) >= SAME_UNTIL_S


OnWait = Callable[[Wait], None]


@dataclass(slots=True)
class Turn:
    """One request's turn. Report `succeeded` or `failed`; leaving without either is a cancel."""

    claim: Claim
    started: float
    _lane: Lane
    reported: bool = False

    def succeeded(self) -> None:
        if not self.reported:
            self.reported = True
            self._lane.succeeded(self)

    def failed(self, error: BaseException) -> None:
        if not self.reported:
            self.reported = True
            self._lane.failed(self, error)


@dataclass(slots=True)
class _Waiter:
    claim: Claim
    number: int
    granted: asyncio.Future[None]
    on_wait: OnWait
    told: Wait = field(default_factory=Wait)

    def tell(self, wait: Wait) -> None:
        if wait.is_news_after(self.told):
            self.told = wait
            self.on_wait(wait)


class Lane:
    """What is known of one model's limits. All times are monotonic seconds."""

    def __init__(self, gate: Gate, model: str) -> None:
        self.model = model
        self.waiters: list[_Waiter] = []
        self.in_flight = 0
        self.window = float(min(gate.limits.max_concurrent, FIRST_WINDOW))
        self.plateau = float("inf")
        self._probe_every = PROBE_EVERY
        self.closed_until = 0.0
        self.closed_reason = ""
        self.probing = False
        self.learnt_per_minute = 0
        self.exhausted_until = 0.0  # seconds since the epoch
        self.sent: deque[tuple[float, int]] = deque()
        self.sent_today: deque[float] = deque()
        self._gate = gate
        self._last_cut = -1.0
        self._failures_in_a_row = 0
        self._needs_probe = False

    # --- may one more start? ---

    @property
    def at_once(self) -> int:
        """How many may run now; one while a probe has to show that the lane is open again."""
        limits = self._gate.limits
        if not limits.parallel or self._gate.sequential_because:
            return 1
        if self._needs_probe:
            return 1
        return max(1, min(limits.max_concurrent, int(self.window + 1e-9)))

    def ready_at(self, claim: Claim, now: float) -> tuple[float, str]:
        """When `claim` may start as far as time is concerned, and what it waits for until then."""
        at, reason = now, ""
        if self.closed_until > at:
            at, reason = self.closed_until, self.closed_reason
        limits = self._gate.limits
        while self.sent and self.sent[0][0] <= now - WINDOW_S:
            self.sent.popleft()
        per_minute = min(
            (n for n in (limits.requests_per_minute, self.learnt_per_minute) if n), default=0
        )
        if per_minute and len(self.sent) >= per_minute:
            free = self.sent[len(self.sent) - per_minute][0] + WINDOW_S
            if free > at:
                at, reason = free, f"Limit of {per_minute} requests a minute"
        if limits.tokens_per_minute and self.sent:
            free = self._tokens_free_at(claim.tokens, limits.tokens_per_minute)
            if free > at:
                at, reason = free, f"Limit of {limits.tokens_per_minute:,} tokens a minute"
        return at, reason

    def _tokens_free_at(self, tokens: int, per_minute: int) -> float:
        """When enough of the last minute's tokens are old; one request alone may exceed it."""
        used = sum(n for _, n in self.sent)
        free = 0.0
        for at, n in self.sent:
            if used + tokens <= per_minute:
                break
            used -= n
            free = at + WINDOW_S
        return free

    def refuse_if_exhausted(self) -> None:
        """Raises QuotaExhausted while the day's quota of this model is known to be gone."""
        now = self._gate.clock.time()
        if self.exhausted_until > now:
            raise QuotaExhausted(until=self.exhausted_until)
        per_day = self._gate.limits.requests_per_day
        if per_day:
            while self.sent_today and self.sent_today[0] <= now - 86_400:
                self.sent_today.popleft()
            if len(self.sent_today) >= per_day:
                raise QuotaExhausted(f"Your limit of {per_day} requests a day is reached.")

    # --- what happened ---

    def started(self, claim: Claim, now: float) -> None:
        self.in_flight += 1
        self.sent.append((now, claim.tokens))
        self.sent_today.append(self._gate.clock.time())
        if self._needs_probe:
            self.probing = True

    def ended(self) -> None:
        self.in_flight -= 1
        self.probing = False

    def succeeded(self, turn: Turn) -> None:
        self._failures_in_a_row = 0
        self._needs_probe = False
        self._gate.outcomes.add(ok=True)
        # A success of a request sent before the last cut says nothing about the new window.
        if turn.started >= self._last_cut and self.in_flight >= self.at_once:
            step = 1.0 if self.window < self.plateau else 1.0 / self._probe_every
            self.window = min(float(self._gate.limits.max_concurrent), self.window + step)

    def failed(self, turn: Turn, error: BaseException) -> None:
        if isinstance(error, QuotaExhausted):
            self.exhausted_until = error.until or self._gate.clock.time() + 3600
            self._gate.outcomes.add(ok=False, rate_limited=True)
            self.turn_away(error)
            return
        if isinstance(error, KeyRejected):
            self._gate.turn_away(error)
        if isinstance(error, BudgetExceeded):
            return  # nothing was sent
        if isinstance(error, RateLimited):
            self._slow_down(turn, error)
            return
        passing = (ServiceUnavailable, TimedOut, NetworkUnreachable)
        if isinstance(error, passing):
            self._gate.outcomes.add(ok=False)
            self._failures_in_a_row += 1
            wait = getattr(error, "retry_after_s", None)
            if wait:
                self._close(wait + self._gate.random.uniform(0, JITTER_S), "Gemini asks to wait")
            elif self._failures_in_a_row >= BREAKER_FAILURES:
                self._break(error)
        elif isinstance(error, NoteGenError):
            # The request was bad or the answer unusable: nothing to learn about speed.
            self._gate.outcomes.add(ok=True)

    def turn_away(self, error: NoteGenError) -> None:
        """Who waits would only be told the same: none of them is sent."""
        waiters, self.waiters = self.waiters, []
        for waiter in waiters:
            if not waiter.granted.done():
                waiter.granted.set_exception(copy(error))

    def _slow_down(self, turn: Turn, error: RateLimited) -> None:
        wait = error.retry_after_s
        alive = float(max(1, self.in_flight - 1))  # the others got in, as far as is known
        fresh = turn.started > self._last_cut  # what was refused as one burst counts once
        self._gate.outcomes.add(ok=not fresh, rate_limited=fresh)
        if fresh:
            self._last_cut = self._gate.clock.monotonic()
            if self.plateau < float("inf"):
                self._probe_every = min(8 * PROBE_EVERY, 2 * self._probe_every)
        if wait is None:
            self.window = self.plateau = alive
            return
        if fresh:
            self.plateau = alive
            self.window = max(1.0, self.window / 2)
        self._learn_per_minute(error, turn)
        self._close(wait + self._gate.random.uniform(0, JITTER_S), "Gemini asks to wait")
        self._needs_probe = True

    def _learn_per_minute(self, error: RateLimited, turn: Turn) -> None:
        if error.limit_per_minute:
            self.learnt_per_minute = error.limit_per_minute
            return
        before = sum(1 for at, _ in self.sent if turn.started - MINUTE_S < at < turn.started)
        if before:
            known = self.learnt_per_minute or before
            self.learnt_per_minute = max(1, min(known, before))

    def _break(self, error: BaseException) -> None:
        """Many failed in a row: all wait, longer each time, and then one tries."""
        times = self._failures_in_a_row - BREAKER_FAILURES
        longest = min(BREAKER_MAX_S, 2.0 ** (times + 1))
        words = (
            "Waiting for the network"
            if isinstance(error, NetworkUnreachable)
            else "Gemini is overloaded; trying again"
        )
        self._close(self._gate.random.uniform(longest / 2, longest), words)
        self._needs_probe = True

    def _close(self, seconds: float, reason: str) -> None:
        until = self._gate.clock.monotonic() + seconds
        if until > self.closed_until:
            self.closed_until = until
            self.closed_reason = reason


class Gate:
    """The one gate of the program. Used from the event loop's thread alone.

    `limits` may be replaced at any time and takes effect at the next start.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        lineup: Lineup | None = None,
    ) -> None:
        self.limits = limits or Limits()
        self.lineup = lineup or Lineup()
        self.lineup.subscribe(self._pump)
        self.clock: Clock = clock or SystemClock()
        self.random = rng or random.Random()
        self.sequential_because = ""
        self.outcomes = Outcomes(self._judge)
        self._listeners: list[Callable[[str], None]] = []
        self._lanes: dict[str, Lane] = {}
        self._served: dict[str, int] = {}
        self._next_number = 0
        self._picks = 0
        self._last_start = float("-inf")
        self._timer: asyncio.Task[None] | None = None

    def lane(self, model: str) -> Lane:
        if model not in self._lanes:
            self._lanes[model] = Lane(self, model)
        return self._lanes[model]

    @property
    def activity(self) -> Activity:
        lanes = self._lanes.values()
        return Activity(
            in_flight=sum(lane.in_flight for lane in lanes),
            waiting=sum(len(lane.waiters) for lane in lanes),
            at_once=max((lane.at_once for lane in lanes), default=self.limits.max_concurrent),
            requests=self.outcomes.total,
            rate_limited=self.outcomes.total_rate_limited,
            failed=self.outcomes.total_failed,
            sequential_because=self.sequential_because,
        )

    @asynccontextmanager
    async def turn(self, claim: Claim, on_wait: OnWait | None = None) -> AsyncIterator[Turn]:
        """Wait for a turn and hold it. Raises QuotaExhausted at once where waiting is useless."""
        lane = self.lane(claim.model)
        lane.refuse_if_exhausted()
        waiter = _Waiter(
            claim,
            self._next_number,
            asyncio.get_running_loop().create_future(),
            on_wait or (lambda _wait: None),
        )
        self._next_number += 1
        lane.waiters.append(waiter)
        self._pump()
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if waiter in lane.waiters:
                lane.waiters.remove(waiter)
            elif waiter.granted.done() and not waiter.granted.cancelled():
                lane.ended()  # granted and cancelled in the same breath
            self._pump()
            raise
        turn = Turn(claim, self.clock.monotonic(), lane)
        try:
            yield turn
        except BaseException as error:
            turn.failed(error)
            raise
        finally:
            lane.ended()
            self._pump()

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """`listener` hears why requests run one at a time from now on, "" when they no longer do.

        Returns how to stop listening.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def allow(self, limits: Limits) -> None:
        """Take over changed limits at once."""
        grown = limits.max_concurrent > self.limits.max_concurrent
        self.limits = limits
        if grown:
            for lane in self._lanes.values():
                lane.window = max(lane.window, min(limits.max_concurrent, FIRST_WINDOW))
        self._pump()

    def exhaust(self, model: str, until: float) -> None:
        """Know that a model's daily quota is gone until then, in seconds since the epoch."""
        lane = self.lane(model)
        lane.exhausted_until = max(lane.exhausted_until, until)

    def turn_away(self, error: NoteGenError) -> None:
        """End all waiting, with an error that everybody would get."""
        for lane in self._lanes.values():
            lane.turn_away(error)

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # --- the pump ---

    def _pump(self) -> None:
        """Start whoever may start now; for the others, tell what they wait for and set a timer."""
        self.close()
        if self.lineup.paused:
            for lane in self._lanes.values():
                self._tell_all(lane, Wait(PAUSED))
            return
        now = self.clock.monotonic()
        wake = float("inf")
        while True:
            best: tuple[Lane, _Waiter] | None = None
            wake = float("inf")
            running = sum(lane.in_flight for lane in self._lanes.values())
            for lane in self._lanes.values():
                waiter = self._next_of(lane)
                if waiter is None:
                    continue
                at, reason = lane.ready_at(waiter.claim, now)
                full = lane.in_flight >= lane.at_once or running >= self._most_at_once()
                if reason:
                    self._tell_all(lane, Wait(reason, self.clock.time() + at - now))
                else:
                    self._tell_all(lane, Wait())
                if full:
                    continue
                at = max(at, self._last_start + self.limits.stagger_s)
                if at > now:
                    wake = min(wake, at)
                elif best is None or self._turn_of(waiter) < self._turn_of(best[1]):
                    best = (lane, waiter)
            if best is None:
                break
            self._start(*best, now)
        if wake < float("inf"):
            self._timer = asyncio.ensure_future(self._wake_after(wake - now))

    def _most_at_once(self) -> int:
        return self.limits.max_concurrent if self.limits.parallel else 1

    async def _wake_after(self, seconds: float) -> None:
        await self.clock.sleep(max(0.0, seconds))
        self._timer = None
        self._pump()

    def _start(self, lane: Lane, waiter: _Waiter, now: float) -> None:
        lane.waiters.remove(waiter)
        lane.started(waiter.claim, now)
        self._last_start = now
        self._picks += 1
        group = waiter.claim.group
        self._served[group] = self._served.get(group, 0) + 1
        waiter.told = Wait()
        waiter.granted.set_result(None)

    def _next_of(self, lane: Lane) -> _Waiter | None:
        """Who is next: a group's first job (its shortest), then the longest jobs first.

        Longest first keeps the whole short; while there is much left to even it out, every third
        turn goes to the shortest, so that it is not stuck behind long ones. One at a time, the
        order is that of asking. Before all that come the groups that people have put first.
        """
        waiters = [w for w in lane.waiters if not w.granted.done()]
        if not waiters:
            return None
        first = min(self.lineup.place(w.claim.group) for w in waiters)
        waiters = [w for w in waiters if self.lineup.place(w.claim.group) == first]
        if not self.limits.parallel:
            return min(waiters, key=lambda w: w.number)
        fresh = [w for w in waiters if not self._served.get(w.claim.group)]
        if fresh:
            first_group = min(fresh, key=lambda w: w.number).claim.group
            mine = (w for w in fresh if w.claim.group == first_group)
            return min(mine, key=lambda w: (w.claim.seconds, w.number))
        left = [w.claim.seconds for w in waiters]
        if self._picks % 3 == 2 and sum(left) / lane.at_once > 3 * max(left):
            return min(waiters, key=lambda w: (w.claim.seconds, w.number))
        return min(waiters, key=lambda w: (-w.claim.seconds, w.number))

    def _turn_of(self, waiter: _Waiter) -> tuple[int, int]:
        return self.lineup.place(waiter.claim.group), waiter.number

    @staticmethod
    def _tell_all(lane: Lane, wait: Wait) -> None:
        for waiter in lane.waiters:
            waiter.tell(wait)

    # --- one at a time by itself ---

    def _judge(self, outcomes: Outcomes) -> None:
        """Fall back to one at a time when too much goes wrong, and return after a clean spell."""
        if self.sequential_because:
            if outcomes.clean_spell:
                self._set_sequential("")
        else:
            self._set_sequential(
                outcomes.trouble(self.limits.rate_limited_percent, self.limits.failed_percent)
            )

    def fall_back(self, reason: str) -> None:
        """Run one at a time until a clean spell, for a reason in words."""
        if not self.sequential_because:
            self._set_sequential(reason)

    def _set_sequential(self, reason: str) -> None:
        if reason == self.sequential_because:
            return
        self.sequential_because = reason
        self.outcomes.start_over()
        log.info("pacing: %s", reason or "parallel again")
        for listener in tuple(self._listeners):
            listener(reason)
