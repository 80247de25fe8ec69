"""Limits per minute, of requests or tokens: set by the user, reported by the server, or learnt from
refusals."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import N2_, ngettext
from notegen_desktop.services.ports import Allowance, Unit

from .token_bucket import WINDOW_S, Sent, TokenBucket

_LIMITS = {
    Unit.REQUESTS: N2_("Limit of {n} request", "Limit of {n} requests"),
    Unit.TOKENS: N2_("Limit of {n} token", "Limit of {n} tokens"),
    Unit.OUTPUT_TOKENS: N2_("Limit of {n} output token", "Limit of {n} output tokens"),
}
_LIMITS_A_MINUTE = {
    Unit.REQUESTS: N2_("Limit of {n} request a minute", "Limit of {n} requests a minute"),
    Unit.TOKENS: N2_("Limit of {n} token a minute", "Limit of {n} tokens a minute"),
    Unit.OUTPUT_TOKENS: N2_(
        "Limit of {n} output token a minute", "Limit of {n} output tokens a minute"
    ),
}


def _limit_words(forms: tuple[str, str], limit: int) -> str:
    return ngettext(*forms, limit).format(n=number(limit))


@dataclass(frozen=True, slots=True)
class RateLimits:
    """The limits that the user sets. Zero requests or tokens a minute: learn it from answers."""

    parallel: bool = True
    max_concurrent: int = 4
    stagger_s: float = 0.15
    requests_per_minute: int = 0
    tokens_per_minute: int = 0
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
            rate_limited_percent=settings.number("processing.fallback_rate_limited_percent"),
            failed_percent=settings.number("processing.fallback_failed_percent"),
        )


MINUTE_S = 60.0
CLEAR_WAIT_S = 5.0  # a shorter wait fits some request in any dense run by chance
PREDICTED_S = 2.0  # tolerance between the expiry of a request and the end of a wait

PROBE_NAMED_S = 600.0
"""Seconds after which a limit that the server named is probed again: plans and tiers change."""
PROBE_GUESSED_WINDOWS = 2.0
"""The same for a guessed limit, in multiples of its window. Doubled each time it is confirmed, so
that a limit of ten a minute costs at most one refusal in a hundred requests."""
MAX_PROBE_S = 3600.0


class SlidingWindow:
    """The amounts of one `unit` sent in the last minute.

    Limits reported with answers take precedence over those learnt from refusals. A learnt limit has
    a size, a window in seconds, and an end: after a while one request is sent beyond it, and if
    that is answered, twice as much is allowed.
    """

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self._bucket = TokenBucket(unit)
        self._sent: deque[Sent] = deque()
        self._limit = 0  # learnt from refusals; 0 for none
        self._window_s = WINDOW_S
        self._guess = 0, WINDOW_S
        self._probe: Sent | None = None
        self._probe_at = float("inf")
        self._probe_every_s = 0.0
        self._raised = False  # raised since it was last learnt

    def ready_at(
        self, amount: int, allowed: int, now: float, *, last: bool = False
    ) -> tuple[float, str]:
        """Return the earliest time that `amount` may be sent, and the reason for the wait as text.

        `allowed` is the user's limit, 0 for none. `last`: no other request waits.
        """
        while self._sent and self._sent[0].at <= now - WINDOW_S:
            self._sent.popleft()
        learnt = 0 if now >= self._probe_at or self._bucket.is_known else self._limit
        at, reason = self._bucket.ready_at(amount, now, last=last), ""
        if at > now:
            reason = _limit_words(_LIMITS[self.unit], self._bucket.limit)
        for limit, window_s in ((allowed, WINDOW_S), (learnt, self._window_s)):
            free = self._free_at(amount, limit, window_s) if limit else now
            if free > at:
                at, reason = free, _limit_words(_LIMITS_A_MINUTE[self.unit], limit)
        return at, reason

    @property
    def per_second(self) -> float:
        """Return the server's long-term rate per second; 0 if unknown."""
        return self._bucket.per_second

    def holds(self, amount: int, now: float) -> bool:
        """Return True if `amount` is left by the server's reports, or nothing was reported."""
        return self._bucket.holds(amount, now)

    def _free_at(self, amount: int, limit: int, window_s: float) -> float:
        """Return the time when enough of what was sent is old; a single request may exceed the
        limit."""
        last = self._filling(amount, limit)
        return last.at + window_s if last else 0.0

    def _filling(self, amount: int, limit: int, before: float = float("inf")) -> Sent | None:
        """Return the latest request that, with those after it, leaves no room for `amount`, or
        None."""
        for sent in reversed(self._sent):
            if sent.at < before:
                amount += sent.amount
                if amount > limit:
                    return sent
        return None

    def send(self, amount: int, now: float, seconds: float = 0.0) -> Sent:
        sent = Sent(now, amount, seconds)
        if now >= self._probe_at and self._free_at(amount, self._limit, self._window_s) > now:
            self._probe, self._probe_at = sent, float("inf")
        self._sent.append(sent)
        self._bucket.sent(sent)
        return sent

    def told(self, sent: Sent, allowance: Allowance, now: float) -> None:
        """Apply the remaining allowance that the answer to a request reports."""
        self._bucket.told(sent, allowance, now)

    def answered(self, sent: Sent, now: float) -> None:
        """Count an accepted request; if it was a probe beyond the limit, double the limit."""
        if sent is self._probe:
            self._probe, self._probe_at = None, now
            self._limit, self._raised = 2 * self._limit, True

    def ended(self, sent: Sent, now: float) -> None:
        sent.ended = now
        if sent is self._probe:
            self._probe, self._probe_at = None, now + self._probe_every_s

    def is_probe(self, sent: Sent) -> bool:
        return sent is self._probe

    def withdraw(self, sent: Sent) -> None:
        """Remove a refused request, which counts against no limit."""
        if sent in self._sent:
            self._sent.remove(sent)
        self._bucket.withdraw(sent)

    def learn_named(self, limit: int, refused: Sent, now: float, wait_s: float) -> None:
        """Learn a limit that the server named; 0 if it named no size."""
        if self._bucket.refused(now):
            return
        let_in = [sent.amount for sent in self._sent if sent.at < refused.at]
        limit = limit or sum(let_in)
        if not limit:
            return
        filling = self._filling(refused.amount, limit, before=refused.at)
        self._learn(limit, now + wait_s - filling.at if filling else MINUTE_S, now, PROBE_NAMED_S)

    def learn_guessed(
        self, refused: Sent, now: float, wait_s: float, *, alone: bool, crowded: bool
    ) -> bool:
        """Guess a limit from the requests accepted before a refusal; return False if there is no
        reason to.

        A wait ends when the first request that fills the limit expires: the number accepted, and
        the age of the first by then, give the limit. The guess is believed if one request was
        refused `alone`, if the window is a minute, or if the next refusal matches it. If more ran
        at once than ever before (`crowded`), concurrency may have been the reason.
        """
        let_in = [sent.at for sent in self._sent if sent.at < refused.at]
        ends = now + wait_s
        known_s = self._window_s if self._limit else self._guess[1]
        recent = [at for at in let_in if at > refused.at - known_s]
        if not recent or (crowded and self._limit):
            return False
        count, window_s = len(recent), ends - recent[0]
        is_a_minute = wait_s >= CLEAR_WAIT_S and abs(window_s - MINUTE_S) <= PREDICTED_S
        if self._limit or alone or is_a_minute:
            count = min(self._limit or count, count)
        elif not crowded and self._predicted(let_in, ends):
            count, window_s = self._guess
        else:
            self._guess = count, min(window_s, WINDOW_S)
            return False
        self._learn(count, window_s, now, PROBE_GUESSED_WINDOWS * min(window_s, WINDOW_S))
        return True

    def _predicted(self, let_in: list[float], ends: float) -> bool:
        """Return True if the guessed limit ends a wait at that time."""
        count, window_s = self._guess
        if not count or len(let_in) < count:
            return False
        return abs(let_in[-count] + window_s - ends) <= min(PREDICTED_S, max(0.2, window_s / 10))

    def _learn(self, limit: int, seconds: float, now: float, probe_s: float) -> None:
        """Set a limit for a window of at least `seconds`: the wait ends when the first request
        expires.

        The window is nominally a minute; gateways may use less, and clock minutes end sooner at
        first.
        """
        window_s = min(WINDOW_S, seconds + min(WINDOW_S - MINUTE_S, seconds / 10))
        self._window_s = max(self._window_s, window_s) if self._limit else window_s
        # otherwise it is one more refusal of the same burst
        tried = self._raised or self._probe is not None
        again = self._probe_every_s * (2 if tried else 1)
        self._probe_every_s = min(MAX_PROBE_S, max(probe_s, again))
        self._probe, self._probe_at = None, now + self._probe_every_s
        self._raised = False
        self._limit = limit
