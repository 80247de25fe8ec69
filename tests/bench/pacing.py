"""How near the rate limiter comes to what is possible, on a simulated clock and on the wire."""

from __future__ import annotations

import asyncio
import random
import tempfile
from pathlib import Path

from notegen_desktop.domain.errors import RateLimited, ServiceUnavailable
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.pacing.model_limiter import PermitRequest
from notegen_desktop.services.pacing.rate_limiter import RateLimiter
from notegen_desktop.services.pacing.sliding_window import RateLimits
from tests.fakes.clock import FakeClock
from tests.fakes.gemini import FakeGemini, Quota, Script
from tests.fakes.gemini_state import refusal
from tests.fakes.limited_server import LimitedServer

from .command import generate

LIMITS = (1, 2, 5, 8, 12)
TOO_MANY: dict[str, tuple[type[RateLimited | ServiceUnavailable], float | None]] = {
    "429": (RateLimited, None),
    "429_wait_3_s": (RateLimited, 3.0),
    "503": (ServiceUnavailable, None),
    "503_wait_3_s": (ServiceUnavailable, 3.0),
}


TOKENS = {250_000: (6_000, 200), 33_000: (4_500, 42)}
"""Limits of input tokens a minute: the tokens of a note, and how many notes."""
ANSWER_S = 0.95
WIRE = {"no_wait": (6, None), "wait_2_s": (6, 2.0), "three_wait_1_s": (3, 1.0)}
"""What a server takes at once, and the wait it asks for beyond that, for 20 notes each."""


def measure() -> dict[str, float]:
    figures = asyncio.run(_measure())
    for name, (at_once, asks_s) in WIRE.items():
        figures[f"wire_at_once_{name}_over_best"] = round(_on_the_wire(at_once, asks_s), 3)
    return figures


def _on_the_wire(at_once: int, asks_s: float | None) -> float:
    """Time over the best of the command line with `--max-concurrent 32`, over real HTTP."""
    videos = 20 * at_once // 8 + (20 * at_once % 8 > 0)
    quota = Quota(concurrent=at_once, crowded=refusal("crowded", wait=asks_s))
    script = Script(seconds=ANSWER_S, words=(20, 40, 80))
    with tempfile.TemporaryDirectory() as folder, FakeGemini(script, quota=quota) as server:
        talks = [Path(folder) / f"talk {number}.vtt" for number in range(videos)]
        for talk in talks:
            talk.write_bytes(sample_talk().read_bytes())
        options = ("-t", "all", "--max-concurrent", "32")
        run = generate(*map(str, talks), *options, gemini_url=server.url)
        requests = [seen for seen in server.all_requests if seen.generates]
    assert run.code == 0, run.messages
    answered = sum(seen.status == 200 for seen in requests)
    took = max(seen.ended for seen in requests) - min(seen.started for seen in requests)
    return took / (answered / at_once * ANSWER_S)


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
    for at_once in (2, 6):
        server = LimitedServer(FakeClock(), at_once=at_once, asks_s=2.0, latency_s=0.3)
        server, took, _ = await _run(server, jobs=20 * at_once, seconds=1.0)
        best = 20 * (1.0 + server.latency_s)
        figures[f"at_once_{at_once}_latency_0_3_s_over_best"] = round(took / best, 3)
    for limit, (tokens, jobs) in TOKENS.items():
        server = LimitedServer(FakeClock(), tokens_per_minute=limit)
        server, took, _ = await _run(server, jobs=jobs, seconds=3.0, most=8, tokens=tokens)
        best = (jobs - 1) // (limit // tokens) * 60 + 3.0
        figures[f"tokens_{limit}_a_minute_over_best"] = round(took / best, 3)
        figures[f"tokens_{limit}_a_minute_refused"] = len(server.refused)
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
    server: LimitedServer, *, jobs: int, seconds: float, most: int = 32, tokens: int = 0
) -> tuple[LimitedServer, float, int]:
    """The server, the seconds it took, and after how many requests its limit was found."""
    clock = server.clock
    limiter = RateLimiter(RateLimits(max_concurrent=most), clock=clock, rng=random.Random(1))

    async def job() -> None:
        while True:
            try:
                async with limiter.permit(PermitRequest("m", tokens=tokens)) as turn:
                    if server.refused and limiter.of("m").at_once == server.at_once:
                        found.append(len(server.arrivals))
                    await server.answering(seconds, tokens)(turn.heard)
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
