"""How near the gate comes to what is possible, on a simulated clock: nobody else's load counts."""

from __future__ import annotations

import asyncio
import random

from notegen_desktop.domain.errors import RateLimited
from notegen_desktop.services.running.limits import Limits
from notegen_desktop.services.running.pacing import Gate
from notegen_desktop.services.running.turns import Claim
from tests.fakes.clock import FakeClock
from tests.fakes.limited_server import LimitedServer


def measure() -> dict[str, float]:
    return asyncio.run(_measure())


async def _measure() -> dict[str, float]:
    figures: dict[str, float] = {}
    server, took = await _run(LimitedServer(FakeClock(), per_minute=10), jobs=100, seconds=4.0)
    later = [at for at in server.arrivals if at > 1_060]
    refused = [at for at in server.refused if at > 1_060]
    figures["rate_10_a_minute_refused_percent_after_first"] = round(
        100 * len(refused) / len(later), 2
    )
    figures["rate_10_a_minute_over_best"] = round(took / (100 / 10 * 60), 3)
    figures["rate_10_a_minute_sent_inside_a_wait"] = server.sent_inside_a_wait
    for allowed in (3, 8, 12):
        jobs = 30 * allowed
        server, took = await _run(
            LimitedServer(FakeClock(), at_once=allowed), jobs=jobs, seconds=5.0
        )
        figures[f"unknown_limit_{allowed}_over_best"] = round(took / (jobs / allowed * 5.0), 3)
    return figures


async def _run(server: LimitedServer, *, jobs: int, seconds: float) -> tuple[LimitedServer, float]:
    clock = server.clock
    limits = Limits(max_concurrent=32, stagger_s=0.0 if server.at_once else 0.15)
    gate = Gate(limits, clock=clock, rng=random.Random(1))

    async def job() -> None:
        while True:
            try:
                async with gate.turn(Claim("m")) as turn:
                    await server.answering(seconds)(turn.heard)
                    turn.succeeded()
                    return
            except RateLimited:
                continue

    async def everything() -> None:
        await asyncio.gather(*(job() for _ in range(jobs)))

    begun = clock.now
    await clock.run(everything())
    return server, clock.now - begun
