"""Fake providers on a controllable clock: their rate limits and how they report them."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Literal

from notegen_desktop.domain.engines.connection import connection_of
from notegen_desktop.domain.errors import RateLimited
from notegen_desktop.services.machine.connections_file import read_presets
from notegen_desktop.services.ports import Allowance
from notegen_desktop.services.writers.chat.errors import ChatErrorAnswer, error_of
from notegen_desktop.services.writers.chat.rate_headers import allowances

from .clock import FakeClock

LATENCY_S = 0.1
FIRST_WORDS_S = 1.0
"""Seconds until headers and first words of an answer arrive."""

Heard = Callable[[tuple[Allowance, ...]], None]


@dataclass(frozen=True)
class Note:
    """One request: its input and output tokens and its duration in seconds."""

    tokens: int
    output_tokens: int
    seconds: float


@dataclass
class Bucket:
    """Token bucket of size `limit`, refilled in `period_s` seconds."""

    limit: int
    period_s: float = 60.0
    left: float = field(init=False)
    at: float = 0.0

    def __post_init__(self) -> None:
        self.left = float(self.limit)

    def look(self, now: float) -> float:
        filled = self.left + (now - self.at) * self.limit / self.period_s
        self.left, self.at = min(float(self.limit), filled), now
        return self.left

    def wait(self, amount: float, now: float) -> float:
        return max(0.0, (amount - self.look(now)) * self.period_s / self.limit)

    def reset_s(self, now: float) -> float:
        return (self.limit - self.look(now)) * self.period_s / self.limit


@dataclass(frozen=True)
class Plan:
    """Limits of a provider. Requests and tokens are in buckets, or counted per minute.

    `charges` is the share of the expected output charged with the input, for servers that reserve
    it. With `at_once`, further requests queue instead of being refused. `upset` is the share of
    requests refused at random, without a wait.
    """

    name: str
    style: Literal["openai", "anthropic", "openrouter", "gemini", "none"]
    requests: int = 0
    requests_s: float = 60.0
    hidden_requests: int = 0
    tokens: int = 0
    output_tokens: int = 0
    charges: float = 0.0
    counts_minutes: bool = False
    at_once: int = 0
    upset: float = 0.0


class Provider:
    """Fake of one provider. `refused` counts its refusals."""

    def __init__(self, plan: Plan, clock: FakeClock) -> None:
        self.plan = plan
        self.clock = clock
        self.refused = 0
        self._chance = random.Random(7)
        self._connection = connection_of("mine", "https://api.example/v1", read_presets())
        sizes = {"requests": plan.requests, "tokens": plan.tokens, "output": plan.output_tokens}
        self._buckets = {name: Bucket(size) for name, size in sizes.items() if size}
        if plan.requests:
            self._buckets["requests"].period_s = plan.requests_s
        if plan.hidden_requests:
            self._buckets["hidden"] = Bucket(plan.hidden_requests)
        for bucket in self._buckets.values():
            bucket.at = clock.now
        self._minute: deque[tuple[float, Mapping[str, float]]] = deque()
        self._turn = asyncio.Semaphore(plan.at_once or 1)

    async def answer(self, note: Note, heard: Heard) -> None:
        """Answer a request, or raise the error of its refusal."""
        await self.clock.sleep(LATENCY_S)
        headers = self._admit(note)
        if self.plan.at_once:
            await self._turns(note, heard)
            return
        await self.clock.sleep(FIRST_WORDS_S)
        heard(allowances(headers))
        parts = 10
        for _ in range(parts):
            await self.clock.sleep((note.seconds - FIRST_WORDS_S) / parts)
            if "output" in self._buckets:  # charged while it is written
                self._buckets["output"].look(self.clock.now)
                self._buckets["output"].left -= note.output_tokens / parts

    async def _turns(self, note: Note, heard: Heard) -> None:
        async with self._turn:
            await self.clock.sleep(FIRST_WORDS_S)
            heard(())
            await self.clock.sleep(note.seconds - FIRST_WORDS_S)

    # --- admission ---

    def _admit(self, note: Note) -> dict[str, str]:
        """Return the headers of a successful answer. Raises RateLimited."""
        now = self.clock.now
        charge = note.tokens + self.plan.charges * note.output_tokens
        wanted = {"requests": 1.0, "hidden": 1.0, "tokens": charge}
        if self.plan.upset and self._chance.random() < self.plan.upset:
            raise self._refuse("requests", charge, None)
        if self.plan.counts_minutes:
            self._count(wanted, now, charge)
            return {}
        for name, bucket in self._buckets.items():
            amount = wanted.get(name, 1.0)  # output needs only a rest
            if wait := bucket.wait(min(amount, bucket.limit), now):
                raise self._refuse(name, charge, wait)
        for name in wanted.keys() & self._buckets.keys():
            self._buckets[name].left -= wanted[name]
        return self._told()

    def _count(self, wanted: Mapping[str, float], now: float, charge: float) -> None:
        while self._minute and self._minute[0][0] <= now - 60.0:
            self._minute.popleft()
        for name, bucket in self._buckets.items():
            used = sum(amounts[name] for _, amounts in self._minute)
            if self._minute and used + wanted[name] > bucket.limit:
                raise self._refuse(name, charge, self._minute[0][0] + 60.0 - now)
        self._minute.append((now, wanted))

    # --- refusals and headers ---

    def _refuse(self, name: str, charge: float, wait: float | None) -> RateLimited:
        self.refused += 1
        limit = self._buckets[name].limit
        if self.plan.style == "gemini":
            named = {f"{'limit' if name == 'requests' else name}_per_minute": limit}
            return RateLimited(retry_after_s=wait, **named)
        what = "output tokens" if name == "output" else name.replace("hidden", "requests")
        headers = self._told()
        if wait is None:
            return _error({"message": "Provider returned error", "code": 429}, {}, self)
        if self.plan.style == "anthropic":
            headers["retry-after"] = str(int(wait) + 1)
            what = "input tokens" if what == "tokens" else what
            words = f"This request would exceed your rate limit of {limit:,} {what} per minute"
            return _error({"type": "rate_limit_error", "message": words}, headers, self)
        if self.plan.style == "openrouter":
            told = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": "0"}
            told["X-RateLimit-Reset"] = str(int((self.clock.time() + wait) * 1000))
            words = "Rate limit exceeded: free-models-per-min. "
            headers["date"] = self._date()
            body = {"message": words, "code": 429, "metadata": {"headers": told}}
            return _error(body, headers, self)
        headers["retry-after"] = str(int(wait) + 1)
        words = (
            f"Rate limit reached for model on {what} per min ({what[0].upper()}PM): Limit {limit}, "
            f"Used {limit}, Requested {int(charge)}. Please try again in {wait:.3f}s."
        )
        return _error({"message": words, "code": "rate_limit_exceeded"}, headers, self)

    def _told(self) -> dict[str, str]:
        now, found = self.clock.now, {"date": self._date()}
        for name, bucket in self._buckets.items():
            left, reset_s = str(int(max(0.0, bucket.look(now)))), bucket.reset_s(now)
            if self.plan.style == "openai" and name != "hidden":
                found[f"x-ratelimit-limit-{name}"] = str(bucket.limit)
                found[f"x-ratelimit-remaining-{name}"] = left
                found[f"x-ratelimit-reset-{name}"] = _span(reset_s)
            elif self.plan.style == "anthropic":
                unit = {"tokens": "input-tokens", "output": "output-tokens"}.get(name, name)
                full = datetime.fromtimestamp(self.clock.time(), UTC) + timedelta(seconds=reset_s)
                start = f"anthropic-ratelimit-{unit}"
                found[f"{start}-limit"] = str(bucket.limit)
                found[f"{start}-remaining"] = left
                found[f"{start}-reset"] = full.strftime("%Y-%m-%dT%H:%M:%SZ")
        return found

    def _date(self) -> str:
        return format_datetime(datetime.fromtimestamp(self.clock.time(), UTC), usegmt=True)


def _error(body: Mapping[str, Any], headers: Mapping[str, str], provider: Provider) -> RateLimited:
    error = error_of(
        ChatErrorAnswer.of(429, {"error": body}, headers), provider._connection, model="model"
    )
    assert isinstance(error, RateLimited)
    return error


def _span(seconds: float) -> str:
    """Return a duration in Go's notation: `6m0s`, `1.5s`, `12ms`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes)}m{rest:.3f}s" if minutes else f"{rest:.3f}s"


PLANS = (
    Plan("gemini", "gemini", requests=15, tokens=250_000, counts_minutes=True),
    Plan("openai-tier-1", "openai", requests=500, tokens=30_000, charges=2.0),
    Plan("openai-tier-4", "openai", requests=10_000, tokens=2_000_000, charges=2.0),
    Plan(
        *("groq", "openai"), requests=14_400, requests_s=86_400.0, hidden_requests=30,
        tokens=12_000, charges=1.0,
    ),
    Plan("anthropic", "anthropic", requests=50, tokens=30_000, output_tokens=8_000),
    Plan("ollama", "none", at_once=1),
    Plan("openrouter", "openrouter", requests=20, counts_minutes=True, upset=0.05),
)  # fmt: skip
"""Usual plans of individuals, from the providers' pages in November 2026."""

Answering = Callable[[Note, Heard], Awaitable[None]]
