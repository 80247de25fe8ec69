"""Limits that are learnt: of requests, of tokens, of how many at once; kept to, and tried again."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

import pytest

from notegen_desktop.domain.errors import RateLimited, ServiceUnavailable
from notegen_desktop.services.pacing.model_limiter import PermitRequest
from notegen_desktop.services.pacing.rate_limiter import RateLimiter
from notegen_desktop.services.pacing.retry import Wait
from notegen_desktop.services.pacing.sliding_window import PROBE_NAMED_S, RateLimits
from tests.fakes.clock import FakeClock
from tests.fakes.limited_server import LimitedServer

MODEL = "gemini-flash-lite-latest"


@dataclass
class Line:
    """A rate limiter and a server that limits, both on one clock of ours."""

    server: LimitedServer
    limits: RateLimits
    waits: list[Wait] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = self.server.clock
        self.limiter = RateLimiter(self.limits, clock=self.clock, rng=random.Random(3))

    async def note(self, seconds: float, tokens: int, estimated: int) -> None:
        """Ask until it is answered, as a job does."""
        request = PermitRequest(MODEL, tokens=estimated, seconds=seconds)
        while True:
            try:
                async with self.limiter.permit(request, self.waits.append) as permit:
                    answer = self.server.answering(seconds, tokens)
                    await answer(lambda: permit.heard(tokens))
                    permit.succeeded()
                    return
            except (RateLimited, ServiceUnavailable):
                continue

    async def notes(
        self, count: int, *, seconds: float = 5.0, tokens: int = 0, estimated: int | None = None
    ) -> float:
        """Seconds that so many notes take together."""
        begun = self.clock.now
        size = tokens if estimated is None else estimated
        await asyncio.gather(*(self.note(seconds, tokens, size) for _ in range(count)))
        return self.clock.now - begun


@pytest.mark.parametrize("error", [0.7, 1.0, 1.4])
@pytest.mark.parametrize(
    ("per_minute", "tokens", "notes"), [(250_000, 6_000, 200), (33_000, 4_500, 42)]
)
async def test_a_named_limit_of_tokens_is_met_and_hardly_costs_more_than_it_must(
    per_minute: int, tokens: int, notes: int, error: float
) -> None:
    server = LimitedServer(FakeClock(), tokens_per_minute=per_minute, latency_s=0.1)
    line = Line(server, RateLimits(max_concurrent=8))
    took = await line.clock.run(
        line.notes(notes, tokens=tokens, estimated=round(tokens * error), seconds=3.0)
    )
    full_minutes = (notes - 1) // (per_minute // tokens)
    assert took <= (full_minutes * 60 + 3.0) * 1.15
    assert len(server.refused) <= 0.05 * len(server.arrivals)
    assert server.sent_inside_a_wait <= 8, "those that were on their way"
    assert any("tokens a minute" in wait.reason for wait in line.waits)
    assert not any("requests a minute" in wait.reason for wait in line.waits)


@pytest.mark.parametrize("set_by_user", [0, 60])
async def test_a_refusal_for_tokens_teaches_nothing_about_requests(set_by_user: int) -> None:
    """Large notes meet the limit; small ones after them are as fast as after a fresh start."""
    took: dict[str, float] = {}
    for start in ("fresh", "after large notes"):
        server = LimitedServer(FakeClock(), tokens_per_minute=250_000)
        line = Line(server, RateLimits(requests_per_minute=set_by_user))

        async def story(line: Line = line, start: str = start) -> float:
            if start != "fresh":
                await line.notes(4, tokens=90_000)
                await line.clock.sleep(60)
            return await line.notes(24, tokens=2_000, seconds=8.0)

        took[start] = await line.clock.run(story())
    assert took["after large notes"] <= took["fresh"] + 2


async def test_what_the_user_sets_is_not_tightened_by_a_guess() -> None:
    """A wait without a reason is kept to, and no more is concluded from it."""
    server = LimitedServer(FakeClock(), per_minute=10, names_limit=False)
    line = Line(server, RateLimits(max_concurrent=1, stagger_s=0, requests_per_minute=120))

    async def story() -> float:
        await line.notes(30, seconds=0.5)
        server.per_minute = 0
        await line.clock.sleep(60)
        return await line.notes(30, seconds=0.5)

    assert await line.clock.run(story()) <= 30 * 0.5 + 1
    assert all("Limit of" not in wait.reason for wait in line.waits)


@pytest.mark.parametrize("names_limit", [True, False])
@pytest.mark.parametrize("unit", ["requests", "tokens"])
async def test_a_learnt_limit_rises_again_when_the_server_allows_more(
    unit: str, names_limit: bool
) -> None:
    limit = {"per_minute": 10} if unit == "requests" else {"tokens_per_minute": 10_000}
    server = LimitedServer(FakeClock(), names_limit=names_limit, **limit)
    line = Line(server, RateLimits(max_concurrent=4))

    async def story() -> float:
        await line.notes(25, tokens=1_000, seconds=1.0)
        server.per_minute = server.tokens_per_minute = 0
        await line.clock.sleep(PROBE_NAMED_S)
        return await line.notes(100, tokens=1_000, seconds=1.0)

    assert await line.clock.run(story()) <= 100 / 4 * 1.0 * 1.5


async def test_a_limit_that_still_holds_is_tried_ever_more_seldom() -> None:
    server = LimitedServer(FakeClock(), per_minute=10, names_limit=False)
    line = Line(server, RateLimits(max_concurrent=4))
    took = await line.clock.run(line.notes(600, seconds=1.0))
    assert took <= 60 * 60 * 1.1
    later = [at for at in server.refused if at > 1_000 + 600]
    assert len(later) <= 0.01 * 600


@pytest.mark.parametrize(
    ("too_many", "asks_s"),
    [
        (RateLimited, None),
        (RateLimited, 0.5),
        (RateLimited, 2.0),
        (ServiceUnavailable, 0.5),
        (ServiceUnavailable, 2.0),
    ],
)
@pytest.mark.parametrize("latency_s", [0.05, 0.3])
@pytest.mark.parametrize("at_once", [1, 2, 3, 6, 12])
async def test_how_many_a_server_takes_at_once_is_found_though_requests_pass_each_other(
    at_once: int,
    latency_s: float,
    too_many: type[RateLimited | ServiceUnavailable],
    asks_s: float | None,
) -> None:
    server = LimitedServer(
        FakeClock(), at_once=at_once, asks_s=asks_s, latency_s=latency_s, too_many=too_many
    )
    line = Line(server, RateLimits(max_concurrent=32, stagger_s=0.0))
    took = await line.clock.run(line.notes(20 * at_once, seconds=1.0))
    assert took <= 20 * (1.0 + latency_s) * 1.5


async def test_what_runs_on_this_machine_waits_for_no_limit_a_minute() -> None:
    clock = FakeClock()
    limiter = RateLimiter(RateLimits(requests_per_minute=1, tokens_per_minute=1), clock=clock)

    async def story() -> None:
        for _ in range(5):
            async with limiter.permit(PermitRequest("offline", tokens=9, metered=False)) as permit:
                permit.succeeded()

    await clock.run(story())
    assert clock.now < 1_010
