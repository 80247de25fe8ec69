"""A limit as the server tells it with each answer: a token bucket that fills up again.

What is told is the state when a request was let in; what was sent since is still to be drawn. So
nothing is sent that the server would refuse, and nothing waits for longer than it must.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from notegen_desktop.services.ports import Allowance, Unit

WINDOW_S = 61.0
"""Seconds after which a request no longer counts against a limit a minute: the other side counts
from when it came there. A longer wait than this is the server's to ask for: it may be a day's."""

PERIODS_S = (60.0, 3600.0, 86_400.0)
"""In which a bucket is filled; a server does not say in which, but it follows from what it tells:
what was drawn comes back in a share of it."""
ROUNDED_S = 1.5
"""Resets are told in whole seconds by some."""
NEARLY = 0.2

MARGIN = 0.1, 1.0
"""How much more than a request of tokens likely draws is to be left, as a share: charges are not
known to the last token. It costs a moment once, not with each request."""
RATIOS = (0.25, 12.0)
"""Charged tokens over estimated ones: cached input is not counted by some, the whole room for an
answer is by others."""

MIN_WAIT_S = 1.0
"""What is under way draws while it is waited: shorter and shorter waits would not end."""

MAX_DOUBTS = 3
"""Refusals in a row after which what is told is not believed."""


@dataclass(slots=True, eq=False)
class Sent:
    """One request: when it was sent, monotonic seconds, how much it counts, and how long it may
    take, in seconds. `ended` is when it was over."""

    at: float
    amount: int
    seconds: float = 0.0
    ended: float = float("inf")

    def written(self, now: float) -> float:
        """How much of an answer may have been written by now."""
        running = min(now, self.ended) - self.at
        share = running / self.seconds if self.ended > now and self.seconds else 1.0
        return self.amount * min(1.0, share)


class TokenBucket:
    """What is left of one `unit`. Known only once an answer has told it.

    Requests and input are drawn when a request is let in, an answer as it is written: there a
    request is let in as long as anything is left, and what is under way goes on drawing. So the
    last of the work may overdraw it, which nobody misses; before that, answers under way are paid
    for, so that as much as can be is left for those last ones.
    """

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        self.limit = 0
        self._left = 0.0
        self._at = 0.0
        self._period_s = 0.0  # 0: it is whole again at once, at `_whole_at`
        self._whole_at = 0.0
        self._ratio = 1.0
        self._spread = 0.0
        self._known_ratio = unit is Unit.REQUESTS
        self._doubts = 0
        self._told: Sent | None = None
        self._as_of = 0.0
        self._as_written = unit is Unit.OUTPUT_TOKENS
        self._sent: deque[Sent] = deque()  # not drawn yet, as far as is told

    @property
    def is_known(self) -> bool:
        return self.limit > 0 and self._doubts < MAX_DOUBTS

    def sent(self, sent: Sent) -> None:
        self._sent.append(sent)

    def withdraw(self, sent: Sent) -> None:
        if sent in self._sent:
            self._sent.remove(sent)

    def told(self, sent: Sent, allowance: Allowance, now: float) -> None:
        """The answer to a request tells this; nothing new if that to a later one has come."""
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
        self._at = sent.at if self._as_written else now  # the later is the safer of the two
        self._learn_period(allowance, now)

    def ready_at(self, amount: int, now: float, *, last: bool = False) -> float:
        """When so much more may be drawn; now where nothing is known, or only the server knows.
        `last`: nothing more waits than what can begin at once."""
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
        """How fast it fills, as far as that is known; 0 where it is not."""
        return self.limit / self._period_s if self.is_known and self._period_s else 0.0

    def holds(self, amount: int, now: float) -> bool:
        """Whether so much is likely left."""
        if not self.is_known:
            return True
        return amount * self._ratio <= self._filled(now) - self._drawn(now)

    def refused(self, now: float) -> bool:
        """A request that should have been let in was not; whether that can be borne."""
        if not self.is_known:
            return False
        self._left, self._at, self._doubts = 0.0, now, self._doubts + 1
        return self.is_known

    def _is_old(self, sent: Sent, now: float) -> bool:
        return (sent.ended if self._as_written else sent.at) <= now - WINDOW_S

    def _drawn(self, now: float) -> float:
        """By what was sent since the state that is told."""
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
