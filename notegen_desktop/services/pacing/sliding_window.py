"""What the user allows at the limiter, as set."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from notegen_desktop.domain.settings.settings import Settings


@dataclass(frozen=True, slots=True)
class RateLimits:
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
    def of(cls, settings: Settings) -> RateLimits:
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


# --- RateLimits a minute of one model ---

MINUTE_S = 60.0
WINDOW_S = MINUTE_S + 1.0
"""How long a request counts here against a limit a minute. The other side counts from when it came
there, and one may be on its way for longer than the next."""

SURE_WAIT_S = 5.0  # a shorter wait ends with some request's minute in any dense run
FORETOLD_S = 2.0  # so far apart may be when a request grows old and when a wait ends


class SlidingWindow:
    """The requests of the last minute. What is not configured is learnt from refusals."""

    def __init__(self) -> None:
        self._sent: deque[tuple[float, int]] = deque()
        self._learnt = 0
        self._learnt_window_s = WINDOW_S
        self._guess = 0, WINDOW_S

    def sent(self, now: float, tokens: int) -> None:
        self._sent.append((now, tokens))

    def ready_at(self, limits: RateLimits, tokens: int, now: float) -> tuple[float, str]:
        """When one more with so many tokens may be sent, and what it waits for until then."""
        while self._sent and self._sent[0][0] <= now - WINDOW_S:
            self._sent.popleft()
        at, reason = now, ""
        for count, window_s in (
            (limits.requests_per_minute, WINDOW_S),
            (self._learnt, self._learnt_window_s),
        ):
            if count and len(self._sent) >= count:
                free = self._sent[-count][0] + window_s
                if free > at:
                    at, reason = free, f"Limit of {count} requests a minute"
        if limits.tokens_per_minute and self._sent:
            free = self._tokens_free_at(tokens, limits.tokens_per_minute)
            if free > at:
                at, reason = free, f"Limit of {limits.tokens_per_minute:,} tokens a minute"
        return at, reason

    def _tokens_free_at(self, tokens: int, per_minute: int) -> float:
        """When enough of the last minute's tokens are old; one request alone may exceed it."""
        used = sum(n for _, n in self._sent)
        free = 0.0
        for at, n in self._sent:
            if used + tokens <= per_minute:
                break
            used -= n
            free = at + WINDOW_S
        return free

    def refused(self, began: float, tokens: int) -> None:
        """What was refused counts against no limit."""
        for entry in reversed(self._sent):
            if entry[0] <= began and entry[1] == tokens:
                self._sent.remove(entry)
                return

    def learn(
        self, named: int, *, began: float, now: float, wait_s: float, alone: bool, crowded: bool
    ) -> None:
        """Take over a limit that is named (not 0); guess one from what was let in before.

        A wait ends as the first of those that fill a limit is forgotten: how many were let in, and
        how old the first is by then, say what the limit may be. It is believed of who was refused
        `alone`, if it comes to a minute, or if the next refusal is as it foretold. Where more ran
        than ever before (`crowded`), too many at once may have been meant.
        """
        let_in = [at for at, _ in self._sent if at < began]
        ends = now + wait_s
        if named:
            if len(let_in) >= named:
                self._learn_window(ends - let_in[-named])
            self._learnt = named
            return
        known = self._learnt_window_s if self._learnt else self._guess[1]
        recent = [at for at in let_in if at > began - known]
        if not recent or (crowded and self._learnt):
            return
        count, window_s = len(recent), ends - recent[0]
        foretold = wait_s >= SURE_WAIT_S and abs(window_s - MINUTE_S) <= FORETOLD_S
        if self._learnt or alone or foretold:
            self._learn_window(window_s)
            self._learnt = min(self._learnt or count, count)
        elif not crowded and self._foretold(let_in, ends):
            count, window_s = self._guess
            self._learn_window(window_s)
            self._learnt = count
        else:
            self._guess = count, min(window_s, WINDOW_S)

    def _foretold(self, let_in: Sequence[float], ends: float) -> bool:
        """Whether the limit that was guessed ends a wait at that time."""
        count, window_s = self._guess
        if not count or len(let_in) < count:
            return False
        return abs(let_in[-count] + window_s - ends) <= min(FORETOLD_S, max(0.2, window_s / 10))

    def _learn_window(self, seconds: float) -> None:
        """A limit counts so long at least: the wait ends as the first that fills it is forgotten.

        It is a minute by name; a gateway may mean less, and clock minutes end sooner at first.
        """
        window_s = min(WINDOW_S, seconds + min(WINDOW_S - MINUTE_S, seconds / 10))
        self._learnt_window_s = max(self._learnt_window_s, window_s) if self._learnt else window_s
