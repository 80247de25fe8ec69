"""The rate limiter: how many requests at once, when one may start, when all have to wait.

There is one `RateLimiter` for the whole program, with a `ModelLimiter` for each model: limits are
per model. A job asks for a permit, sends one request within it, and reports how it went:

    async with limiter.permit(request, on_wait, on_advice) as permit:
        …            # exactly one request
        permit.succeeded()

Limits that are not configured are learnt from answers. A refusal for speed closes the model for as
long as the server asked. If too many ran at once, fewer run from then on (multiplicative decrease,
then additive increase); if too many were sent in a minute, that limit is kept until it is seen to
be larger. When many fail together the model closes as well, and a single probe opens it again.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from copy import copy
from dataclasses import dataclass

from notegen_desktop.domain.errors import AccountRefused, CreditsGone
from notegen_desktop.domain.listeners import Listeners
from notegen_desktop.services.machine.clock import Clock, SystemClock
from notegen_desktop.services.machine.sleep_detection import SleepDetector
from notegen_desktop.services.ports import PAUSED, Activity, Allowance

from .circuit_breaker import FailureWindow
from .daily_quota import DailyQuota, Reservation
from .model_limiter import Effects, InFlight, ModelLimiter, Pending, PermitRequest
from .queue_order import QueueOrder
from .retry import OnAdvice, OnWait, Wait
from .sliding_window import RateLimits

log = logging.getLogger(__name__)

GATHER_S = 0.15
"""Seconds to wait for jobs submitted together: each looks into the library first."""

CREDITS_GONE_S = 30.0
"""Seconds in which nothing is sent after the account had no credits left: later jobs would get the
same error. Adding credits takes longer."""

FEW_VIDEOS = 8
"""Maximum number of videos that each get a first note soon; of more, one is finished after the
other."""


@dataclass(frozen=True, slots=True)
class Permit:
    """Permission to send one request. Leaving its block without a report counts as cancelled."""

    _limiter: RateLimiter
    _model: ModelLimiter
    _request: InFlight

    def heard(self, input_tokens: int = 0, allowances: Sequence[Allowance] = ()) -> None:
        """Report a piece of the answer; `input_tokens` if the server counted the input,
        `allowances` if it reported remaining limits."""
        if self._model.heard(self._request, input_tokens, allowances):
            self._limiter.pump()

    def succeeded(self) -> None:
        """Report that the answer is whole."""
        self._limiter.apply(self._model.succeeded(self._request))


class RateLimiter:
    """Grants permits; one instance per program, used from the event loop's thread only.

    `limits` may be replaced at any time and takes effect at the next start of a request.
    """

    def __init__(
        self,
        limits: RateLimits | None = None,
        *,
        clock: Clock | None = None,
        rng: random.Random | None = None,
        queue_order: QueueOrder | None = None,
        sleep_detector: SleepDetector | None = None,
        daily_quota: DailyQuota | None = None,
    ) -> None:
        self.limits = limits or RateLimits()
        self.queue_order = queue_order or QueueOrder()
        self.queue_order.subscribe(self.pump)
        self.clock: Clock = clock or SystemClock()
        self.sleep_detector = sleep_detector or SleepDetector(self.clock)
        self.sleep_detector.subscribe(self._woke)
        self.sequential_because = ""
        self._random = rng or random.Random()
        self._daily_quota = daily_quota
        self._outcomes = FailureWindow(self._judge)
        self._listeners: Listeners[str] = Listeners()
        self._models: dict[str, ModelLimiter] = {}
        self._served: dict[str, int] = {}
        self._came: dict[str, int] = {}
        self._next_number = 0
        self._last_start = float("-inf")
        self._credits_gone: dict[str, tuple[float, CreditsGone]] = {}
        self._timer: asyncio.Task[None] | None = None

    def of(self, model: str, account: str = "Gemini") -> ModelLimiter:
        if model not in self._models:
            self._models[model] = ModelLimiter(
                self.clock,
                self._random,
                lambda: self.limits,
                lambda: self.limits.parallel and not self.sequential_because,
                account=account,
            )
        return self._models[model]

    @property
    def activity(self) -> Activity:
        models = self._models.values()
        return Activity(
            in_flight=sum(model.in_flight for model in models),
            waiting=sum(len(model.pending) for model in models),
            at_once=max((model.at_once for model in models), default=self.limits.max_concurrent),
            requests=self._outcomes.total,
            rate_limited=self._outcomes.total_rate_limited,
            failed=self._outcomes.total_failed,
            sequential_because=self.sequential_because,
            slept_s=self.sleep_detector.slept_s
            if any(model.is_waking for model in models)
            else 0.0,
        )

    @asynccontextmanager
    async def permit(
        self,
        request: PermitRequest,
        on_wait: OnWait = lambda _wait: None,
        on_advice: OnAdvice = lambda _advice: None,
    ) -> AsyncIterator[Permit]:
        """Wait for a permit and hold it; `on_advice` gets the advice after a failure.

        Raises QuotaExhausted at once if the daily quota is used up, CreditsGone if the account had
        no credits moments ago.
        """
        if request.metered and request.account in self._credits_gone:
            told_at, gone = self._credits_gone[request.account]
            if self.clock.monotonic() - told_at < CREDITS_GONE_S:
                raise copy(gone)
        async with self._reserved(request) as reservation:
            model = self.of(request.model, request.account)
            model.most_at_once = request.most_at_once
            with self.sleep_detector.watching():
                started = await self._granted(model, request, on_wait, on_advice)
                reservation.sent = True
                try:
                    yield Permit(self, model, started)
                except BaseException as error:
                    effects = model.failed(started, error)
                    on_advice(effects.advice)
                    self.apply(effects)
                    if isinstance(error, CreditsGone):
                        self._credits_gone[request.account] = self.clock.monotonic(), error
                    if isinstance(error, AccountRefused):
                        for one in self._models.values():
                            if one.account == request.account:
                                one.turn_away(error)
                    raise
                finally:
                    model.end(started)
                    self.pump()

    def _reserved(self, request: PermitRequest) -> AbstractAsyncContextManager[Reservation]:
        if self._daily_quota is None or not request.metered:
            return nullcontext(Reservation())
        return self._daily_quota.reserved(request.model)

    async def _granted(
        self, model: ModelLimiter, request: PermitRequest, on_wait: OnWait, on_advice: OnAdvice
    ) -> InFlight:
        pending = Pending(
            request,
            self._next_number,
            asyncio.get_running_loop().create_future(),
            on_wait,
            on_advice,
            self.clock.monotonic(),
        )
        self._came.setdefault(request.group, self._next_number)
        self._next_number += 1
        model.pending.append(pending)
        self.pump()
        try:
            return await pending.granted
        except asyncio.CancelledError:
            if pending in model.pending:
                model.pending.remove(pending)
            elif pending.granted.done() and not pending.granted.cancelled():
                model.end(pending.granted.result())  # granted and cancelled in one pass of the loop
            self.pump()
            raise

    def apply(self, effects: Effects) -> None:
        if effects.outcome is not None:
            self._outcomes.add(effects.outcome)

    def subscribe(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Call `listener` with the reason when requests run one at a time from now on, "" when they
        no longer do.

        Returns the function that unsubscribes it.
        """
        return self._listeners.add(listener)

    def allow(self, limits: RateLimits) -> None:
        """Apply changed limits at once."""
        grown = limits.max_concurrent > self.limits.max_concurrent
        self.limits = limits
        if grown:
            for model in self._models.values():
                model.concurrency.widen(limits.max_concurrent)
        self.pump()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def pump(self) -> None:
        """Start the requests that may start; report to the others why they wait, and set a
        timer."""
        self.sleep_detector.look()
        self.close()
        if self.queue_order.paused:
            for model in self._models.values():
                self._tell_all(model, Wait(PAUSED))
            return
        now = self.clock.monotonic()
        most = self.limits.max_concurrent if self.limits.parallel else 1
        while True:
            best: tuple[ModelLimiter, Pending] | None = None
            wake = float("inf")
            running = sum(model.in_flight for model in self._models.values())
            for model in self._models.values():
                pending = self._next_of(model)
                if pending is None:
                    continue
                at, reason = model.ready_at(pending.request, now)
                full = model.full or running >= most
                if reason:
                    self._tell_all(model, Wait(reason, self.clock.time() + at - now))
                else:
                    self._tell_all(model, Wait())
                if full:
                    continue
                at = max(at, self._last_start + self.limits.stagger_s, self._gathered(model))
                if at > now:
                    wake = min(wake, at)
                elif best is None or self._rank(pending) < self._rank(best[1]):
                    best = (model, pending)
            if best is None:
                break
            self._start(*best, now)
        if wake < float("inf"):
            self._timer = asyncio.ensure_future(self._wake_after(wake - now))

    def _gathered(self, model: ModelLimiter) -> float:
        """Return the time when a manual order can be applied: first-placed requests may come
        slightly later."""
        return min(w.since for w in model.pending) + GATHER_S if self.queue_order.order else 0.0

    def _woke(self, slept_s: float) -> None:
        log.info("the machine slept for %.0f s", slept_s)
        for model in self._models.values():
            model.woke(self.sleep_detector.thresholds.settle_s)
        self.pump()

    async def _wake_after(self, seconds: float) -> None:
        await self.clock.sleep(max(0.0, seconds))
        self._timer = None
        self.pump()

    def _start(self, model: ModelLimiter, pending: Pending, now: float) -> None:
        model.pending.remove(pending)
        self._last_start = now
        group = pending.request.group
        self._served[group] = self._served.get(group, 0) + 1
        pending.told = Wait()
        pending.granted.set_result(model.start(pending.request, now))

    def _next_of(self, model: ModelLimiter) -> Pending | None:
        """Return the next request: video after video in the order of asking, the longest job first.

        With up to `FEW_VIDEOS` videos, each starts with its shortest job, to show a note soon;
        near the end, the longest job of all goes first, which keeps the total time short. One at a
        time, requests go in the order of asking. Groups that the user put first precede all of
        that.
        """
        pending = [w for w in model.pending if not w.granted.done()]
        if not pending:
            return None
        first = min(self.queue_order.place(w.request.group) for w in pending)
        pending = [w for w in pending if self.queue_order.place(w.request.group) == first]
        if not self.limits.parallel:
            return min(pending, key=lambda w: w.number)
        fresh = [w for w in pending if not self._served.get(w.request.group)]
        if fresh and len({w.request.group for w in pending}) <= FEW_VIDEOS:
            pending = self._first_video(fresh)
            return min(pending, key=lambda w: (w.request.seconds, w.number))
        left = [w.request.seconds for w in pending]
        if sum(left) / model.sustained_concurrency > 3 * max(left):
            pending = self._first_video(pending)
        return min(pending, key=lambda w: (-w.request.seconds, w.number))

    def _first_video(self, pending: list[Pending]) -> list[Pending]:
        """Return the requests of the video that was requested first, at any time."""
        first = min(pending, key=lambda w: self._came[w.request.group]).request.group
        return [w for w in pending if w.request.group == first]

    def _rank(self, pending: Pending) -> tuple[int, int]:
        return self.queue_order.place(pending.request.group), pending.number

    @staticmethod
    def _tell_all(model: ModelLimiter, wait: Wait) -> None:
        for pending in model.pending:
            pending.tell(wait)

    def _judge(self, outcomes: FailureWindow) -> None:
        """Fall back to one request at a time when too many fail.

        Return to concurrency after a series of successes, or if the fallback does not help.
        """
        percents = self.limits.rate_limited_percent, self.limits.failed_percent
        if self.sequential_because:
            if outcomes.has_recovered or outcomes.fallback_fails(*percents):
                self._set_sequential("")
        else:
            self._set_sequential(outcomes.fallback_reason(*percents))

    def fall_back(self, reason: str) -> None:
        """Run one at a time until a series of successes; `reason` is shown to users."""
        if not self.sequential_because:
            self._set_sequential(reason)

    def _set_sequential(self, reason: str) -> None:
        if reason == self.sequential_because:
            return
        self.sequential_because = reason
        self._outcomes.start_over()
        log.info("pacing: %s", reason or "parallel again")
        self._listeners.tell(reason)
