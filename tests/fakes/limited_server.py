"""Fake server with rate limits on a controllable clock, to test the rate limiter."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable

from notegen_desktop.domain.errors import RateLimited, ServiceUnavailable

from .clock import FakeClock

FIRST_WORDS = 0.2
"""Share of an answer's duration after which its first words arrive."""


class LimitedServer:
    """Answers after `seconds`; refuses beyond `per_minute` requests or `at_once` concurrent ones.

    Beyond `at_once` it asks for a wait of `asks_s`, or names none, and raises `too_many`. It also
    refuses beyond `tokens_per_minute`. `minute_s` is the length of its minute. A share `by_chance`
    of all requests gets a random 503. Requests and answers take up to `latency_s` each.
    """

    def __init__(
        self,
        clock: FakeClock,
        *,
        per_minute: int = 0,
        tokens_per_minute: int = 0,
        latency_s: float = 0.0,
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
        self.tokens_per_minute = tokens_per_minute
        self.latency_s = latency_s
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
        self._accepted: deque[tuple[float, int]] = deque()

    def arrive(self, tokens: int = 0) -> None:
        """Admit a request, or raise its refusal."""
        now = self.clock.monotonic()
        self.arrivals.append(now)
        if now < self.refused_until:
            self.sent_inside_a_wait += 1
        if now < self.down_until or self._chance.random() < self.by_chance:
            raise ServiceUnavailable
        while self._accepted and self._accepted[0][0] <= now - self.minute_s:
            self._accepted.popleft()
        used = sum(size for _, size in self._accepted)
        if self.per_minute and len(self._accepted) >= self.per_minute:
            raise self._too_fast(now, "limit_per_minute", self.per_minute)
        if self._accepted and 0 < self.tokens_per_minute < used + tokens:
            raise self._too_fast(now, "tokens_per_minute", self.tokens_per_minute)
        if self.at_once and self.running >= self.at_once:
            self.refused.append(now)
            if self.asks_s is not None:
                self.refused_until = max(self.refused_until, now + self.asks_s)
            raise self.too_many(retry_after_s=self.asks_s)
        self._accepted.append((now, tokens))

    def _too_fast(self, now: float, dimension: str, limit: int) -> RateLimited:
        self.refused.append(now)
        wait = self._accepted[0][0] + self.minute_s - now
        self.refused_until = max(self.refused_until, now + wait)
        named = {dimension: limit} if self.names_limit else {}
        return RateLimited(retry_after_s=wait, **named)

    def answering(
        self, seconds: float, tokens: int = 0
    ) -> Callable[[Callable[[], None]], Awaitable[None]]:
        """Return a request that takes `seconds` and reports its first words."""

        async def answer(heard: Callable[[], None]) -> None:
            await self._travel()
            try:
                self.arrive(tokens)
                self.running += 1
                self.most_running = max(self.most_running, self.running)
                try:
                    await self.clock.sleep(seconds * FIRST_WORDS)
                    heard()
                    await self.clock.sleep(seconds * (1 - FIRST_WORDS))
                finally:
                    self.running -= 1
            finally:
                await self._travel()

        return answer

    async def _travel(self) -> None:
        if self.latency_s:
            await self.clock.sleep(self._chance.uniform(0, self.latency_s))
