"""A server that limits, on a clock of ours: what the limiter has to live with."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable

from notegen_desktop.domain.errors import RateLimited, ServiceUnavailable

from .clock import FakeClock

FIRST_WORDS = 0.2
"""After this share of an answer's time its first words are there."""


class LimitedServer:
    """Answers after `seconds`; refuses beyond `per_minute` requests or `at_once` side by side.

    Beyond `at_once` it asks for a wait of `asks_s`, or names none, and says `too_many`. Its minute
    has `minute_s`. Of all requests the share `by_chance` gets a 503 that means nothing.
    """

    def __init__(
        self,
        clock: FakeClock,
        *,
        per_minute: int = 0,
        at_once: int = 0,
        names_limit: bool = True,
        asks_s: float | None = None,
        minute_s: float = 60.0,
        too_many: type[RateLimited | ServiceUnavailable] = RateLimited,
        by_chance: float = 0.0,
        chance: random.Random | None = None,
    ) -> None:
        self.clock = clock
        self.per_minute = per_minute
        self.at_once = at_once
        self.names_limit = names_limit
        self.asks_s = asks_s
        self.minute_s = minute_s
        self.too_many = too_many
        self.by_chance = by_chance
        self._chance = chance or random.Random(13)
        self.down_until = 0.0
        self.arrivals: list[float] = []
        self.refused: list[float] = []
        self.refused_until = 0.0
        self.sent_inside_a_wait = 0
        self.running = 0
        self.most_running = 0
        self._accepted: deque[float] = deque()

    def arrive(self) -> None:
        """Let a request in, or raise how it is refused."""
        now = self.clock.monotonic()
        self.arrivals.append(now)
        if now < self.refused_until:
            self.sent_inside_a_wait += 1
        if now < self.down_until or self._chance.random() < self.by_chance:
            raise ServiceUnavailable
        while self._accepted and self._accepted[0] <= now - self.minute_s:
            self._accepted.popleft()
        if self.per_minute and len(self._accepted) >= self.per_minute:
            self.refused.append(now)
            wait = self._accepted[0] + self.minute_s - now
            self.refused_until = max(self.refused_until, now + wait)
            limit = self.per_minute if self.names_limit else None
            raise RateLimited(retry_after_s=wait, limit_per_minute=limit)
        if self.at_once and self.running >= self.at_once:
            self.refused.append(now)
            if self.asks_s is not None:
                self.refused_until = max(self.refused_until, now + self.asks_s)
            raise self.too_many(retry_after_s=self.asks_s)
        self._accepted.append(now)

    def answering(self, seconds: float) -> Callable[[Callable[[], None]], Awaitable[None]]:
        """An answer that takes so long, and says when its first words come."""

        async def answer(heard: Callable[[], None]) -> None:
            self.arrive()
            self.running += 1
            self.most_running = max(self.most_running, self.running)
            try:
                await self.clock.sleep(seconds * FIRST_WORDS)
                heard()
                await self.clock.sleep(seconds * (1 - FIRST_WORDS))
            finally:
                self.running -= 1

        return answer
