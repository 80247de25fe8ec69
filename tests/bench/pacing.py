"""How near the rate limiter comes to what is possible, on a simulated clock."""

from __future__ import annotations

import asyncio
import random

from notegen_desktop.domain.errors import RateLimited, ServiceUnavailable
from notegen_desktop.services.pacing.model_limiter import PermitRequest
from notegen_desktop.services.pacing.rate_limiter import RateLimiter
from notegen_desktop.services.pacing.sliding_window import RateLimits
from tests.fakes.clock import FakeClock
from tests.fakes.limited_server import LimitedServer

LIMITS = (1, 2, 5, 8, 12)
TOO_MANY: dict[str, tuple[type[RateLimited | ServiceUnavailable], float | None]] = {
    "429": (RateLimited, None),
    "429_wait_3_s": (RateLimited, 3.0),
    "503": (ServiceUnavailable, None),
    "503_wait_3_s": (ServiceUnavailable, 3.0),
}


def measure() -> dict[str, float]:
    return asyncio.run(_measure())


async def _measure() -> dict[str, float]:
    figures: dict[str, float] = {}
    server, took, _ = await _run(LimitedServer(FakeClock(), per_minute=10), jobs=100, seconds=4.0)
    later = [at for at in server.arrivals if at > 1_060]
    refused = [at for at in server.refused if at > 1_060]
    figures["rate_10_a_minute_refused_percent_after_first"] = round(
        100 * len(refused) / len(later), 2
    )
    figures["rate_10_a_minute_over_best"] = round(took / (100 / 10 * 60), 3)
    figures["rate_10_a_minute_sent_inside_a_wait"] = server.sent_inside_a_wait
    for name, (too_many, asks_s) in TOO_MANY.items():
        over_best, found = zip(*[await _limit(n, too_many, asks_s) for n in LIMITS], strict=True)
        figures[f"unknown_limit_{name}_over_best_worst"] = round(max(over_best), 3)
        figures[f"unknown_limit_{name}_found_within_limits_worst"] = round(max(found), 2)
    _, took, _ = await _run(
        LimitedServer(FakeClock(), by_chance=0.3), jobs=100, seconds=5.0, most=4
    )
    figures["failures_by_chance_over_best"] = round(took / (100 / 4 * 5.0), 3)
    return figures


async def _limit(
    allowed: int, too_many: type[RateLimited | ServiceUnavailable], asks_s: float | None
) -> tuple[float, float]:
    """Time over the best, and requests until the limit was found, in limits."""
    server = LimitedServer(FakeClock(), at_once=allowed, too_many=too_many, asks_s=asks_s)
    jobs = 40 * allowed
    server, took, found = await _run(server, jobs=jobs, seconds=5.0)
    return took / (jobs / allowed * 5.0), found / allowed


async def _run(
    server: LimitedServer, *, jobs: int, seconds: float, most: int = 32
) -> tuple[LimitedServer, float, int]:
    """The server, the seconds it took, and after how many requests its limit was found."""
    clock = server.clock
    limiter = RateLimiter(RateLimits(max_concurrent=most), clock=clock, rng=random.Random(1))

    async def job() -> None:
        while True:
            try:
                async with limiter.permit(PermitRequest("m")) as turn:
                    if server.refused and limiter.of("m").at_once == server.at_once:
                        found.append(len(server.arrivals))
                    await server.answering(seconds)(turn.heard)
                    turn.succeeded()
                    return
            except (RateLimited, ServiceUnavailable):
                continue

    found: list[int] = []

    async def everything() -> None:
        await asyncio.gather(*(job() for _ in range(jobs)))

    begun = clock.now
    await clock.run(everything())
    return server, clock.now - begun, min(found, default=0)
