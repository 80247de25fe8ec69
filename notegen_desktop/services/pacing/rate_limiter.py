"""The rate limiter: how many requests at once, when one may start, when all have to wait.

There is one `RateLimiter` for the whole program, with a `ModelLimiter` for each model: limits are
per model. A job asks for a permit, sends one request within it, and reports how it went:

    async with limiter.permit(claim, on_wait) as turn:
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
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from notegen_desktop.domain.errors import NoteGenError
from notegen_desktop.services.machine.clock import Clock, SystemClock
from notegen_desktop.services.machine.waking import Waking
from notegen_desktop.services.ports import PAUSED, Activity

from .circuit_breaker import FailureWindow
from .model_limiter import ModelLimiter, Permit, PermitRequest, Waiter
from .queue_order import QueueOrder
from .retry import OnWait, Wait
from .sliding_window import RateLimits

log = logging.getLogger(__name__)

GATHER_S = 0.15
"""Jobs that begin together reach the limiter within so long: each looks into the library first."""


HANDFUL = 8
"""Of so many videos each has a note soon; of more, one video is finished after the other."""


class RateLimiter:
    """The one limiter of the program. Used from the event loop's thread alone.

    `limits` may be replaced at any time and takes effect at the next start.
    """

    def __init__(
        self,
        limits: RateLimits | None = None,
        *,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        queue_order: QueueOrder | None = None,
        waking: Waking | None = None,
    ) -> None:
        self.limits = limits or RateLimits()
        self.queue_order = queue_order or QueueOrder()
        self.queue_order.subscribe(self.pump)
        self.clock: Clock = clock or SystemClock()
        self.waking = waking or Waking(self.clock)
        self.waking.subscribe(self._woke)
        self.random = rng or random.Random()
        self.sequential_because = ""
        self.outcomes = FailureWindow(self._judge)
        self._listeners: list[Callable[[str], None]] = []
        self._lanes: dict[str, ModelLimiter] = {}
        self._served: dict[str, int] = {}
        self._came: dict[str, int] = {}
        self._next_number = 0
        self._last_start = float("-inf")
        self._timer: asyncio.Task[None] | None = None

    def of(self, model: str) -> ModelLimiter:
        if model not in self._lanes:
            self._lanes[model] = ModelLimiter(self, model)
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
            slept_s=self.waking.slept_s if any(lane.is_waking for lane in lanes) else 0.0,
        )

    @asynccontextmanager
    async def permit(
        self, claim: PermitRequest, on_wait: OnWait | None = None
    ) -> AsyncIterator[Permit]:
        """Wait for a turn and hold it. Raises QuotaExhausted at once where waiting is useless."""
        lane = self.of(claim.model)
        lane.refuse_if_exhausted()
        waiter = Waiter(
            claim,
            self._next_number,
            asyncio.get_running_loop().create_future(),
            on_wait or (lambda _wait: None),
            self.clock.monotonic(),
        )
        self._came.setdefault(claim.group, self._next_number)
        self._next_number += 1
        with self.waking.watching():
            lane.waiters.append(waiter)
            self.pump()
            try:
                turn = await waiter.granted
            except asyncio.CancelledError:
                if waiter in lane.waiters:
                    lane.waiters.remove(waiter)
                elif waiter.granted.done() and not waiter.granted.cancelled():
                    lane.ended(waiter.granted.result())  # granted and cancelled in the same breath
                self.pump()
                raise
            try:
                yield turn
            except BaseException as error:
                turn.failed(error)
                raise
            finally:
                lane.ended(turn)
                self.pump()

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """`listener` hears why requests run one at a time from now on, "" when they no longer do.

        Returns how to stop listening.
        """
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener) if listener in self._listeners else None

    def allow(self, limits: RateLimits) -> None:
        """Take over changed limits at once."""
        grown = limits.max_concurrent > self.limits.max_concurrent
        self.limits = limits
        if grown:
            for lane in self._lanes.values():
                lane.crowd.widen(limits.max_concurrent)
        self.pump()

    def exhaust(self, model: str, until: float) -> None:
        """Know that a model's daily quota is gone until then, in seconds since the epoch."""
        lane = self.of(model)
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

    def pump(self) -> None:
        """Start whoever may start now; for the others, tell what they wait for and set a timer."""
        self.waking.look()
        self.close()
        if self.queue_order.paused:
            for lane in self._lanes.values():
                self._tell_all(lane, Wait(PAUSED))
            return
        now = self.clock.monotonic()
        wake = float("inf")
        while True:
            best: tuple[ModelLimiter, Waiter] | None = None
            wake = float("inf")
            running = sum(lane.in_flight for lane in self._lanes.values())
            for lane in self._lanes.values():
                waiter = self._next_of(lane)
                if waiter is None:
                    continue
                at, reason = lane.ready_at(waiter.claim, now)
                full = lane.full or running >= self._most_at_once()
                if reason:
                    self._tell_all(lane, Wait(reason, self.clock.time() + at - now))
                else:
                    self._tell_all(lane, Wait())
                if full:
                    continue
                at = max(at, self._last_start + self.limits.stagger_s, self._gathered(lane))
                if at > now:
                    wake = min(wake, at)
                elif best is None or self._turn_of(waiter) < self._turn_of(best[1]):
                    best = (lane, waiter)
            if best is None:
                break
            self._start(*best, now)
        if wake < float("inf"):
            self._timer = asyncio.ensure_future(self._wake_after(wake - now))

    def _gathered(self, lane: ModelLimiter) -> float:
        """When an order made by hand can count: those it puts first may come a little later."""
        return min(w.since for w in lane.waiters) + GATHER_S if self.queue_order.order else 0.0

    def _woke(self, slept_s: float) -> None:
        log.info("the machine slept for %.0f s", slept_s)
        for lane in self._lanes.values():
            lane.woke(self.waking.thresholds.settle_s)
        self.pump()

    def _most_at_once(self) -> int:
        return self.limits.max_concurrent if self.limits.parallel else 1

    async def _wake_after(self, seconds: float) -> None:
        await self.clock.sleep(max(0.0, seconds))
        self._timer = None
        self.pump()

    def _start(self, lane: ModelLimiter, waiter: Waiter, now: float) -> None:
        lane.waiters.remove(waiter)
        self._last_start = now
        group = waiter.claim.group
        self._served[group] = self._served.get(group, 0) + 1
        waiter.told = Wait()
        waiter.granted.set_result(lane.started(waiter.claim, now))

    def _next_of(self, lane: ModelLimiter) -> Waiter | None:
        """Who is next: video after video in the order of asking, each with its longest job first.

        Of a handful of videos each has its shortest job first, to have something soon; and where
        little is left to even it out, the longest job of all goes first, which keeps the whole
        short. One at a time, the order is that of asking. Before all that come the groups that
        people have put first.
        """
        waiters = [w for w in lane.waiters if not w.granted.done()]
        if not waiters:
            return None
        first = min(self.queue_order.place(w.claim.group) for w in waiters)
        waiters = [w for w in waiters if self.queue_order.place(w.claim.group) == first]
        if not self.limits.parallel:
            return min(waiters, key=lambda w: w.number)
        fresh = [w for w in waiters if not self._served.get(w.claim.group)]
        if fresh and len({w.claim.group for w in waiters}) <= HANDFUL:
            waiters = self._first_video(fresh)
            return min(waiters, key=lambda w: (w.claim.seconds, w.number))
        left = [w.claim.seconds for w in waiters]
        if sum(left) / lane.at_once > 3 * max(left):
            waiters = self._first_video(waiters)
        return min(waiters, key=lambda w: (-w.claim.seconds, w.number))

    def _first_video(self, waiters: list[Waiter]) -> list[Waiter]:
        """Those of the video that came first, however often one of them has come again since."""
        first = min(waiters, key=lambda w: self._came[w.claim.group]).claim.group
        return [w for w in waiters if w.claim.group == first]

    def _turn_of(self, waiter: Waiter) -> tuple[int, int]:
        return self.queue_order.place(waiter.claim.group), waiter.number

    @staticmethod
    def _tell_all(lane: ModelLimiter, wait: Wait) -> None:
        for waiter in lane.waiters:
            waiter.tell(wait)

    # --- one at a time by itself ---

    def _judge(self, outcomes: FailureWindow) -> None:
        """Fall back to one at a time when too much goes wrong.

        Return after a clean spell, or when it is seen not to help.
        """
        percents = self.limits.rate_limited_percent, self.limits.failed_percent
        if self.sequential_because:
            if outcomes.clean_spell or outcomes.in_vain(*percents):
                self._set_sequential("")
        else:
            self._set_sequential(outcomes.trouble(*percents))

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
