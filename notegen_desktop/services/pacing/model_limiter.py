"""The limits of one model, learnt from its answers and refusals."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field

from notegen_desktop.domain.errors import (
    BudgetExceeded,
    MachineSlept,
    NetworkUnreachable,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    TimedOut,
)
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.ports import Allowance, Unit

from .adaptive_concurrency import AdaptiveConcurrency
from .circuit_breaker import CircuitBreaker, Outcome
from .retry import SLEPT, Advice, OnAdvice, OnWait, Wait, waiting_words
from .sliding_window import RateLimits, SlidingWindow
from .token_bucket import Sent

# added to a wait the server asked for, so that requests do not return in one burst
MAX_JITTER_S = 2.0


@dataclass(frozen=True, slots=True)
class PermitRequest:
    """A request for a permit. `tokens` is the input, `output_tokens` the answer, `seconds` its
    likely duration.

    `model` is what limits apply to. `group` is the video: each group gets its first permit early.
    Local models are not `metered`: limits per minute and day are the server's. `account` is whose
    key and credits are used, also the server's name in messages. `most_at_once` is the server's
    concurrency limit, 0 if only the settings have one. A server that `tells_limits` with each
    answer first gets a single request.
    """

    model: str
    group: str = ""
    tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0
    metered: bool = True
    account: str = "Gemini"
    most_at_once: int = 0
    tells_limits: bool = False


@dataclass(slots=True, eq=False)
class Pending:
    """A request that waits for its permit. `since` is in monotonic seconds."""

    request: PermitRequest
    number: int
    granted: asyncio.Future[InFlight]
    on_wait: OnWait
    on_advice: OnAdvice
    since: float
    told: Wait = field(default_factory=Wait)

    def tell(self, wait: Wait) -> None:
        if wait.is_news_after(self.told):
            self.told = wait
            self.on_wait(wait)


@dataclass(slots=True, eq=False)
class InFlight:
    """A request that has its permit. `level`: the most requests in flight beside it, itself
    included.

    `counted`: its share of the limits per minute, of requests and of tokens, by unit.
    """

    request: PermitRequest
    started: float
    counted: Mapping[Unit, Sent]
    level: int = 1
    answered: bool = False
    refused: bool = False
    succeeded: bool = False


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of a request's end: an outcome to count, and the advice to the request."""

    outcome: Outcome | None = None
    advice: Advice = Advice.BACK_OFF


class ModelLimiter:
    """Paces one model's requests. Times are monotonic seconds. `may_be_parallel` returns False
    while requests run one at a time."""

    def __init__(
        self,
        clock: Clock,
        rng: random.Random,
        limits: Callable[[], RateLimits],
        may_be_parallel: Callable[[], bool],
        *,
        account: str = "Gemini",
    ) -> None:
        self.account = account
        self.most_at_once = 0
        self.pending: list[Pending] = []
        self.concurrency = AdaptiveConcurrency(limits().max_concurrent)
        self._clock = clock
        self._random = rng
        self._limits = limits
        self._may_be_parallel = may_be_parallel
        self._in_flight: list[InFlight] = []
        self._windows = {unit: SlidingWindow(unit) for unit in Unit}
        self._is_new = True  # no answer yet
        self._tokens_per_estimated = 1.0
        self._closed_until = 0.0
        self._closed_reason = ""
        self._last_cut = -1.0
        self._breaker = CircuitBreaker(rng)
        self._needs_probe = False
        self._probe: InFlight | None = None
        self._first_words_are_enough = False  # for a probe; otherwise the whole answer
        self._after_sleep = False  # until the next answer or failure

    # --- may one more start? ---

    @property
    def in_flight(self) -> int:
        return len(self._in_flight)

    @property
    def at_once(self) -> int:
        """Return the number of requests that may run at once."""
        if not self._may_be_parallel():
            return 1
        most = self._limits().max_concurrent
        if self.most_at_once:
            most = min(most, self.most_at_once)
        return max(1, min(most, int(self.concurrency.window + 1e-9)))

    @property
    def sustained_concurrency(self) -> float:
        """Return the long-term average of concurrent requests, which a limit of output tokens may
        lower."""
        allowed = self._windows[Unit.OUTPUT_TOKENS].per_second
        written = sum(one.request.output_tokens for one in self.pending)
        if not (allowed and written):
            return self.at_once
        return min(self.at_once, allowed * sum(p.request.seconds for p in self.pending) / written)

    @property
    def is_waking(self) -> bool:
        """Return True while it is unknown if the server can be reached after a sleep."""
        return self._after_sleep and bool(self._in_flight or self.pending)

    @property
    def full(self) -> bool:
        """Return True if no request may start: also while a single probe has to succeed first."""
        probing = self._needs_probe and self._probe is not None
        learning = self._is_new and any(one.request.tells_limits for one in self._in_flight)
        return probing or learning or self.in_flight >= self.at_once

    def ready_at(self, request: PermitRequest, now: float) -> tuple[float, str]:
        """Return the earliest time a request may start, and the reason for the wait as text."""
        waits = [(now, "")]
        if self._closed_until > now:
            waits.append((self._closed_until, self._closed_reason))
        if request.metered:
            limits = self._limits()
            allowed = {
                Unit.REQUESTS: limits.requests_per_minute,
                Unit.TOKENS: limits.tokens_per_minute,
            }
            last = self._all_can_begin(now)
            for unit, amount in self._amounts(request):
                most = allowed.get(unit, 0)
                waits.append(self._windows[unit].ready_at(amount, most, now, last=last))
        return max(waits, key=lambda wait: wait[0])

    def _all_can_begin(self, now: float) -> bool:
        """Return True if the requests and input tokens of all that wait can be sent at once."""
        if self.in_flight + len(self.pending) > self.at_once:
            return False
        read = sum(round(p.request.tokens * self._tokens_per_estimated) for p in self.pending)
        return self._windows[Unit.TOKENS].holds(read, now)

    def _amounts(self, request: PermitRequest) -> Iterator[tuple[Unit, int]]:
        yield Unit.REQUESTS, 1
        yield Unit.TOKENS, round(request.tokens * self._tokens_per_estimated)
        yield Unit.OUTPUT_TOKENS, request.output_tokens

    # --- what happened ---

    def start(self, request: PermitRequest, now: float) -> InFlight:
        counted = {
            unit: self._windows[unit].send(amount, now, request.seconds)
            for unit, amount in self._amounts(request)
            if request.metered
        }
        started = InFlight(request, now, counted)
        self._in_flight.append(started)
        beside = [one for one in self._in_flight if not one.refused]
        for one in beside:
            one.level = max(one.level, len(beside))
        if self._needs_probe:
            self._probe = started
        return started

    def end(self, request: InFlight) -> None:
        self._in_flight.remove(request)
        now = self._clock.monotonic()
        for window, sent in self._counted(request):
            window.ended(sent, now)
        if request is self._probe:
            self._probe = None

    def woke(self, settle_s: float) -> None:
        """Close for `settle_s` seconds after a sleep of the machine, then let one request probe the
        network."""
        self._close(settle_s, SLEPT)
        self._breaker.arm(self._clock.monotonic())
        self._after_sleep = not self._needs_probe
        self._needs_probe = True

    def heard(
        self, request: InFlight, input_tokens: int, allowances: Sequence[Allowance] = ()
    ) -> bool:
        """Take the first or a later piece of an answer, its input tokens (0 if unknown), and the
        remaining allowances that the server reports.

        Returns True if more requests may start now. After a sleep, or after a refusal for speed,
        the first words of the probe are enough.
        """
        if not request.answered:
            request.answered = True
            self._let_in(request)
        now, was_new, self._is_new = self._clock.monotonic(), self._is_new, False
        # a server that reports limits refuses by them, not for concurrency
        if allowances and was_new:
            self.concurrency.widen_to(self._limits().max_concurrent)
        for told in allowances if request.counted else ():
            self._windows[told.unit].told(request.counted[told.unit], told, now)
        if input_tokens and request.counted:
            self._measured(request, input_tokens)
        probed = self._first_words_are_enough and request is self._probe
        if not (self._after_sleep or (probed and self._needs_probe)):
            return was_new
        self._after_sleep = self._needs_probe = False
        self._breaker.reset()
        return True

    def succeeded(self, request: InFlight) -> Effects:
        request.succeeded = True
        self._breaker.reset()
        self._needs_probe = self._after_sleep = False
        request.answered = True
        self._let_in(request)
        # The success of a request sent before the last cut says nothing about the new window. With
        # a pause between starts, a growing window is never full: half of it in use is demand
        # enough.
        if request.started >= self._last_cut and 2 * self.in_flight >= self.at_once:
            self.concurrency.succeeded(self._limits().max_concurrent)
        return Effects(Outcome(ok=True))

    def failed(self, request: InFlight, error: BaseException) -> Effects:
        if request.succeeded:
            return Effects()  # the error came after the answer
        if isinstance(error, QuotaExhausted):
            self.turn_away(error)
            return Effects(Outcome(ok=False, rate_limited=True))
        if isinstance(error, (BudgetExceeded, MachineSlept)):
            return Effects()  # nothing was sent, or nothing failed
        self._after_sleep = self._is_new = False
        if not isinstance(error, NoteGenError):
            return Effects()
        if isinstance(error, (RateLimited, ServiceUnavailable)):
            return self._refused(request, error)
        if isinstance(error, TimedOut):
            return Effects(Outcome(ok=False), self._failed(error))
        if isinstance(error, NetworkUnreachable):
            return Effects(advice=self._failed(error))  # not sent: no outcome
        return Effects(Outcome(ok=True))  # a bad request or answer: nothing to learn about speed

    def turn_away(self, error: NoteGenError, advice: Advice = Advice.BACK_OFF) -> None:
        """Fail all waiting requests with `error`, which each would get from the server, too."""
        pending, self.pending = self.pending, []
        for one in pending:
            if not one.granted.done():
                one.on_advice(advice)
                one.granted.set_exception(copy(error))

    def _refused(self, request: InFlight, error: RateLimited | ServiceUnavailable) -> Effects:
        """Handle a refusal: too many at once, too fast, or overloaded; a requested wait is always
        kept."""
        request.refused = not request.answered
        wait, now = error.retry_after_s, self._clock.monotonic()
        limited = isinstance(error, RateLimited)
        named = limited and wait is not None and self._learn_named(request, error, wait, now)
        crowded = not (named or request.answered or self._is_probing_limit(request)) and (
            self.concurrency.refused(
                request.level,
                beside=sum(not one.refused for one in self._in_flight),
                costs_a_wait=wait is not None,
            )
        )
        fresh = request.started > self._last_cut  # refusals of one burst count once
        if (crowded or limited) and fresh:
            self._last_cut = now
        advice = Advice.WHEN_ADMITTED if crowded else Advice.BACK_OFF
        if limited and wait is not None:
            if not named:
                self._guess(request, now, wait, crowded=crowded)
            if not (crowded or named):
                self._needs_probe = self._first_words_are_enough = True
        elif not crowded:
            advice = self._failed(error)
        if wait:
            jitter = self._random.uniform(0, min(MAX_JITTER_S, wait / 10))
            self._close(wait + jitter, _("{account} asks to wait").format(account=self.account))
        if crowded or named:  # a limit that is learnt now is no failure
            return Effects(Outcome(ok=False, rate_limited=True, judged=False), advice)
        if limited:
            return Effects(Outcome(ok=not fresh, rate_limited=fresh), advice)
        return Effects(Outcome(ok=False), advice)

    def _is_probing_limit(self, request: InFlight) -> bool:
        return any(window.is_probe(sent) for window, sent in self._counted(request))

    def _learn_named(
        self, request: InFlight, error: BaseException, wait: float, now: float
    ) -> bool:
        """Learn the limit per minute that a refusal names; return False if it names none."""
        if not request.counted or not isinstance(error, RateLimited):
            return False
        named = False
        for unit, limit in (
            (Unit.REQUESTS, error.limit_per_minute),
            (Unit.TOKENS, error.tokens_per_minute),
            (Unit.OUTPUT_TOKENS, error.output_tokens_per_minute),
        ):
            if limit is not None:
                window, sent = self._windows[unit], request.counted[unit]
                window.withdraw(sent)
                window.learn_named(limit, sent, now, wait)
                named = True
        self._withdraw(request)
        return named

    def _guess(self, request: InFlight, now: float, wait: float, *, crowded: bool) -> None:
        """Guess a limit of requests per minute from a wait without a reason, unless the user sets
        one."""
        if not request.counted:
            return
        self._withdraw(request)
        if self._limits().requests_per_minute:
            return
        alone = request.level == 1
        if (
            self._windows[Unit.REQUESTS].learn_guessed(
                request.counted[Unit.REQUESTS], now, wait, alone=alone, crowded=crowded
            )
            and alone
        ):
            self.concurrency.forget()

    def _counted(self, request: InFlight) -> Iterator[tuple[SlidingWindow, Sent]]:
        return ((self._windows[unit], sent) for unit, sent in request.counted.items())

    def _withdraw(self, request: InFlight) -> None:
        for window, sent in self._counted(request):
            window.withdraw(sent)

    def _measured(self, request: InFlight, tokens: int) -> None:
        """Correct the estimated tokens by the server's count, which also scales later estimates."""
        sent = request.counted[Unit.TOKENS]
        if sent.amount != tokens and request.request.tokens:
            sent.amount = tokens
            ratio = tokens / request.request.tokens
            self._tokens_per_estimated += (ratio - self._tokens_per_estimated) / 4

    def _let_in(self, request: InFlight) -> None:
        """Count a request as accepted by the server.

        More requests may be in flight here than run at the server, because both directions take
        time.
        """
        running = sum(one.answered for one in self._in_flight)
        self.concurrency.answered(running, level=request.level)
        now = self._clock.monotonic()
        for window, sent in self._counted(request):
            window.answered(sent, now)

    def _failed(self, error: NoteGenError) -> Advice:
        """Handle a failure unrelated to speed; after many in a row all wait."""
        wait, lasting = self._breaker.failed(error, self._clock.monotonic())
        if not wait:
            return Advice.BACK_OFF
        advice = Advice.GIVE_UP if lasting else Advice.BACK_OFF
        if lasting:
            self.turn_away(error, advice)
        self._close(wait, waiting_words(error, self.account))
        self.concurrency.forget()
        self._needs_probe = True
        self._first_words_are_enough = False
        return advice

    def _close(self, seconds: float, reason: str) -> None:
        until = self._clock.monotonic() + seconds
        if until > self._closed_until:
            self._closed_until = until
            self._closed_reason = reason
