"""One model's limits, as far as they are known: what each answer and each refusal teaches."""

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

MAX_JITTER_S = 2.0  # after a wait the server asked for, so that requests do not return in one burst


@dataclass(frozen=True, slots=True)
class PermitRequest:
    """`tokens` is the input, `output_tokens` the answer, `seconds` how long it may take.

    `model` names what has limits of its own. `group` is the video: each group gets its first permit
    early. What runs on this machine is not `metered`: limits a minute and a day are the server's.
    `account` is whose key and credits are used, also the server's name in sentences.
    `most_at_once` is how many may run there at a time, 0 where only the settings say. A server that
    `tells_limits` with each answer is asked by one request at first.
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
    """A request that has its permit. `level`: the most that were in flight beside it, and itself.

    `counted`: what it counts against the limits a minute, of requests and of tokens, by unit.
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
    """What follows from how a request went: an outcome to count, and what the request is told."""

    outcome: Outcome | None = None
    advice: Advice = Advice.BACK_OFF


class ModelLimiter:
    """Times are monotonic seconds. `may_be_parallel` is false while requests go one by one."""

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
        self._is_new = True  # nothing was heard of it
        self._tokens_per_estimated = 1.0
        self._closed_until = 0.0
        self._closed_reason = ""
        self._last_cut = -1.0
        self._breaker = CircuitBreaker(rng)
        self._needs_probe = False
        self._probe: InFlight | None = None
        self._first_words_are_enough = False  # for a probe; else its answer must have come whole
        self._after_sleep = False  # until something is heard again, or fails

    # --- may one more start? ---

    @property
    def in_flight(self) -> int:
        return len(self._in_flight)

    @property
    def at_once(self) -> int:
        """How many may run side by side."""
        if not self._may_be_parallel():
            return 1
        most = self._limits().max_concurrent
        if self.most_at_once:
            most = min(most, self.most_at_once)
        return max(1, min(most, int(self.concurrency.window + 1e-9)))

    @property
    def abreast(self) -> float:
        """How many go on side by side in the long run: what they write may be limited, too."""
        allowed = self._windows[Unit.OUTPUT_TOKENS].per_second
        written = sum(one.request.output_tokens for one in self.pending)
        if not (allowed and written):
            return self.at_once
        return min(self.at_once, allowed * sum(p.request.seconds for p in self.pending) / written)

    @property
    def is_waking(self) -> bool:
        """Whether it is still to be found out if the other side is there after a sleep."""
        return self._after_sleep and bool(self._in_flight or self.pending)

    @property
    def full(self) -> bool:
        """Whether nothing more may start: one alone has to show that what was closed is open."""
        probing = self._needs_probe and self._probe is not None
        learning = self._is_new and any(one.request.tells_limits for one in self._in_flight)
        return probing or learning or self.in_flight >= self.at_once

    def ready_at(self, request: PermitRequest, now: float) -> tuple[float, str]:
        """When a request may start as far as time is concerned, and what it waits for."""
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
        """Whether all that wait can begin at once, as far as their input and number go."""
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
        """The machine slept: the network may be gone, so nothing at first, and then one tries."""
        self._close(settle_s, SLEPT)
        self._breaker.arm(self._clock.monotonic())
        self._after_sleep = not self._needs_probe
        self._needs_probe = True

    def heard(
        self, request: InFlight, input_tokens: int, allowances: Sequence[Allowance] = ()
    ) -> bool:
        """Something of the answer is here, how large its input was, 0 if it does not say, and what
        the server says is left.

        Returns whether others may start that could not before. After a sleep a word is all that had
        to be found out; after a refusal for speed, too: a probe that is answered was not refused.
        """
        if not request.answered:
            request.answered = True
            self._let_in(request)
        now, was_new, self._is_new = self._clock.monotonic(), self._is_new, False
        if allowances and was_new:  # such a server says what it minds, and that is not many at once
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
        # A success of a request sent before the last cut says nothing about the new window. With a
        # pause between starts a window that grows is never quite full; half of it shows the want.
        if request.started >= self._last_cut and 2 * self.in_flight >= self.at_once:
            self.concurrency.succeeded(self._limits().max_concurrent)
        return Effects(Outcome(ok=True))

    def failed(self, request: InFlight, error: BaseException) -> Effects:
        if request.succeeded:
            return Effects()  # what went wrong came after the answer
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
            return Effects(advice=self._failed(error))  # nothing was sent: no outcome
        return Effects(Outcome(ok=True))  # a bad request or answer: nothing to learn about speed

    def turn_away(self, error: NoteGenError, advice: Advice = Advice.BACK_OFF) -> None:
        """What waits would only be told the same: none of it is sent."""
        pending, self.pending = self.pending, []
        for one in pending:
            if not one.granted.done():
                one.on_advice(advice)
                one.granted.set_exception(copy(error))

    def _refused(self, request: InFlight, error: RateLimited | ServiceUnavailable) -> Effects:
        """Too many at once, too fast, or out of order; the wait asked for holds in any case."""
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
        fresh = request.started > self._last_cut  # what was refused as one burst counts once
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
        if crowded or named:  # it had to be found out, and is known now
            return Effects(Outcome(ok=False, rate_limited=True, judged=False), advice)
        if limited:
            return Effects(Outcome(ok=not fresh, rate_limited=fresh), advice)
        return Effects(Outcome(ok=False), advice)

    def _is_probing_limit(self, request: InFlight) -> bool:
        return any(window.is_probe(sent) for window, sent in self._counted(request))

    def _learn_named(
        self, request: InFlight, error: BaseException, wait: float, now: float
    ) -> bool:
        """Learn a limit a minute of the dimension that a refusal names; whether it names one."""
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
        """A wait without a reason may be a limit of requests a minute, if the user sets none."""
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
        """Count what the server counted; what it counts of an estimate holds for the next, too."""
        sent = request.counted[Unit.TOKENS]
        if sent.amount != tokens and request.request.tokens:
            sent.amount = tokens
            ratio = tokens / request.request.tokens
            self._tokens_per_estimated += (ratio - self._tokens_per_estimated) / 4

    def _let_in(self, request: InFlight) -> None:
        """Requests are on their way for a while, and so are answers.

        What is in flight here may be more than runs at the other side.
        """
        running = sum(one.answered for one in self._in_flight)
        self.concurrency.answered(running, level=request.level)
        now = self._clock.monotonic()
        for window, sent in self._counted(request):
            window.answered(sent, now)

    def _failed(self, error: NoteGenError) -> Advice:
        """A failure that has nothing to do with speed; after many in a row all wait."""
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
