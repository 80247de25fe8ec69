"""A token bucket that follows the limits a server reports with each answer.

A report is the state when its request was accepted; what was sent since is subtracted. So nothing
is sent that the server would refuse, and nothing waits longer than needed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from notegen_desktop.services.ports import Allowance, Unit

WINDOW_S = 61.0
"""Seconds after which a request no longer counts against a limit per minute: the server counts from
its arrival. Longer waits are not enforced here but left to the server's refusals, as the bucket may
be a day's."""

PERIODS_S = (60.0, 3600.0, 86_400.0)
"""Possible refill periods of a bucket in seconds. Servers do not name theirs; it follows from the
time in which a drawn share is refilled."""
ROUNDED_S = 1.5
"""Rounding error in seconds: some servers report resets in whole seconds."""
NEARLY = 0.2

MARGIN = 0.1, 1.0
"""Bounds of the extra share of tokens that must be left, as charges are not known to the last
token. The margin delays once, not with each request."""
RATIOS = (0.25, 12.0)
"""Range of charged per estimated tokens: some servers do not count cached input, others count the
whole room for an answer."""

MIN_WAIT_S = 1.0
"""Minimum wait in seconds: running answers draw meanwhile, and ever shorter waits would not end."""

MAX_DOUBTS = 3
"""Consecutive refusals after which the server's reports are not believed."""


@dataclass(slots=True, eq=False)
class Sent:
    """One request: monotonic seconds of sending, its amount, and its likely duration in seconds.
    `ended` is the time of its end."""

    at: float
    amount: int
    seconds: float = 0.0
    ended: float = float("inf")

    def written(self, now: float) -> float:
        """Return how much of an answer may have been written by now."""
        running = min(now, self.ended) - self.at
        share = running / self.seconds if self.ended > now and self.seconds else 1.0
        return self.amount * min(1.0, share)


class TokenBucket:
    """The remaining amount of one `unit`. Known only after an answer has reported it.

    Requests and input are drawn when a request is accepted, an answer as it is written: there a
    request is let in as long as anything is left, and running answers go on drawing. So the last
    requests may overdraw the bucket, which does no harm; before those, running answers are reserved
    for, to leave as much as possible for the last.
    """

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.limit = 0
        self._left = 0.0
        self._at = 0.0
        self._period_s = 0.0  # 0: full at once, at `_whole_at`
        self._whole_at = 0.0
        self._ratio = 1.0
        self._spread = 0.0
        self._known_ratio = unit is Unit.REQUESTS
        self._doubts = 0
        self._told: Sent | None = None
        self._as_of = 0.0
        self._as_written = unit is Unit.OUTPUT_TOKENS
        self._sent: deque[Sent] = deque()  # not yet deducted in the reports

    @property
    def is_known(self) -> bool:
        return self.limit > 0 and self._doubts < MAX_DOUBTS

    def sent(self, sent: Sent) -> None:
        self._sent.append(sent)

    def withdraw(self, sent: Sent) -> None:
        if sent in self._sent:
            self._sent.remove(sent)

    def told(self, sent: Sent, allowance: Allowance, now: float) -> None:
        """Apply the report in a request's answer, unless a later request has reported already."""
        if sent not in self._sent or sent is self._told or sent.at < self._as_of:
            return
        self._told, self._as_of = sent, sent.at
        drawn = 0
        while not self._as_written:
            earlier = self._sent.popleft()
            drawn += earlier.amount
            if earlier is sent:
                break
        if self.unit is Unit.TOKENS and drawn:
            before = self._filled(now) if self.is_known else float(allowance.limit)
            self._learn_ratio((before - allowance.remaining) / drawn)
        self._doubts = 0
        self.limit, self._left = allowance.limit, float(allowance.remaining)
        self._at = sent.at if self._as_written else now  # the later time is safer
        self._learn_period(allowance, now)

    def ready_at(self, amount: int, now: float, *, last: bool = False) -> float:
        """Return the earliest time that `amount` may be drawn; now if nothing is known or the wait
        would exceed `WINDOW_S`. `last`: no more waits than can begin at once."""
        if not self.is_known:
            return now
        while self._sent and self._is_old(self._sent[0], now):
            self._sent.popleft()
        if self._as_written:
            drawn = sum(sent.written(now) - sent.written(self._at) for sent in self._sent)
            self._left, self._at = min(self.limit, self._filled(now) - drawn), now
            owed = 0.0 if last else sum(sent.amount - sent.written(now) for sent in self._sent)
            lacks, min_wait_s = 1.0 - (self._left - owed), MIN_WAIT_S
        else:
            wanted = min(amount * self._ratio * self._margin, self.limit)
            lacks, min_wait_s = wanted - (self._filled(now) - self._drawn(now)), 0.0
        if lacks <= 0:
            return now
        wait_s = lacks * self._period_s / self.limit if self._period_s else self._whole_at - now
        wait_s = max(wait_s, min_wait_s)
        return now + wait_s if 0 < wait_s <= WINDOW_S else now

    @property
    def per_second(self) -> float:
        """Return the refill rate per second; 0 if unknown."""
        return self.limit / self._period_s if self.is_known and self._period_s else 0.0

    def holds(self, amount: int, now: float) -> bool:
        """Return True if `amount` is likely left."""
        if not self.is_known:
            return True
        return amount * self._ratio <= self._filled(now) - self._drawn(now)

    def refused(self, now: float) -> bool:
        """Count a refusal of a request that should have been accepted; True if reports are still
        believed."""
        if not self.is_known:
            return False
        self._left, self._at, self._doubts = 0.0, now, self._doubts + 1
        return self.is_known

    def _is_old(self, sent: Sent, now: float) -> bool:
        return (sent.ended if self._as_written else sent.at) <= now - WINDOW_S

    def _drawn(self, now: float) -> float:
        """Return the amount drawn by requests sent since the last report."""
        is_whole = not self._period_s and now >= self._whole_at
        since = self._whole_at if is_whole else 0.0
        return sum(sent.amount for sent in self._sent if sent.at >= since) * self._ratio

    def _filled(self, now: float) -> float:
        if self._period_s:
            return min(self.limit, self._left + (now - self._at) * self.limit / self._period_s)
        return float(self.limit) if now >= self._whole_at else self._left

    def _learn_period(self, allowance: Allowance, now: float) -> None:
        used = 1 - allowance.remaining / allowance.limit
        reset_s = WINDOW_S if allowance.reset_s is None else allowance.reset_s
        self._whole_at = now + reset_s
        near = (
            period_s
            for period_s in PERIODS_S
            if abs(used * period_s - reset_s) <= max(ROUNDED_S, NEARLY * reset_s)
        )
        self._period_s = next(near, 0.0)

    @property
    def _margin(self) -> float:
        if self.unit is not Unit.TOKENS:
            return 1.0
        return 1.0 + min(max(2 * self._spread / self._ratio, MARGIN[0]), MARGIN[1])

    def _learn_ratio(self, seen: float) -> None:
        seen = min(max(seen, RATIOS[0]), RATIOS[1])
        if self._known_ratio:
            self._spread += (abs(seen - self._ratio) - self._spread) * 0.3
        self._ratio += (seen - self._ratio) * (0.3 if self._known_ratio else 1.0)
        self._known_ratio = True
