"""The same work at a stand-in of each provider: ours against fixed numbers of requests at once."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

from notegen_desktop.domain.errors import RateLimited
from notegen_desktop.services.pacing.model_limiter import PermitRequest
from notegen_desktop.services.pacing.rate_limiter import RateLimiter
from notegen_desktop.services.pacing.retry import Retries, RetryBudget
from notegen_desktop.services.pacing.sliding_window import RateLimits
from tests.fakes.clock import FakeClock
from tests.fakes.providers import PLANS, Note, Plan, Provider

FIXED = (1, 2, 4, 8, 16)
NOTES = 48
SEEDS = (11, 13, 17, 19, 23, 29, 31, 37)
"""Of the work that is given: which fixed number is the best, and by how much, differs by chance."""


def notes(seed: int) -> list[Note]:
    """Four notes each of twelve videos; what they will read is known to a tenth, as estimates."""
    chance = random.Random(seed)
    sizes = [chance.randint(2_500, 6_000) for _ in range(NOTES // 4)]
    return [
        Note(size, written, written / 90)
        for size in sizes
        for written in (chance.randint(800, 3_000) for _ in range(4))
    ]


def measure() -> dict[str, float]:
    figures: dict[str, float] = {}
    for plan in PLANS:
        name = plan.name.replace("-", "_")
        fixed = {most: _mean(partial(_fixed, plan, most)) for most in FIXED}
        took, refused = _mean(partial(_ours, plan))
        best = min(fixed, key=lambda most: fixed[most])
        figures[f"providers_{name}_s"] = round(took, 1)
        figures[f"providers_{name}_over_best_fixed"] = round(took / fixed[best][0], 3)
        figures[f"providers_{name}_refused"] = refused
        figures[f"providers_{name}_best_fixed_at_once"] = best
        figures[f"providers_{name}_best_fixed_refused"] = fixed[best][1]
    return figures


def _mean(run: Callable[[int], Coroutine[Any, Any, tuple[float, int]]]) -> tuple[float, float]:
    """Seconds and refusals of a run of the work."""
    took, refused = zip(*(asyncio.run(run(seed)) for seed in SEEDS), strict=True)
    return sum(took) / len(SEEDS), round(sum(refused) / len(SEEDS), 1)


async def _fixed(plan: Plan, most: int, seed: int) -> tuple[float, int]:
    """Seconds and refusals of a client that keeps so many under way, and waits as it is asked."""
    clock, chance = FakeClock(), random.Random(5)
    provider, slots = Provider(plan, clock), asyncio.Semaphore(most)

    async def write(note: Note) -> None:
        async with slots:
            for tries in range(200):
                try:
                    await provider.answer(note, lambda _: None)
                    return
                except RateLimited as error:
                    back_off = chance.uniform(0, min(60.0, 2.0 ** (tries + 1)))
                    await clock.sleep(error.retry_after_s or back_off)
            raise AssertionError("it never comes through")

    await clock.run(_all([write(note) for note in notes(seed)]))
    return clock.now - 1_000.0, provider.refused


async def _ours(plan: Plan, seed: int) -> tuple[float, int]:
    clock, chance = FakeClock(), random.Random(5)
    provider = Provider(plan, clock)
    limiter = RateLimiter(RateLimits(max_concurrent=max(FIXED)), clock=clock, rng=chance)
    budget = RetryBudget(limiter.sleep_detector, chance)

    async def write(number: int, note: Note) -> None:
        request = PermitRequest(
            "model",
            group=f"video {number // 4}",
            tokens=round(note.tokens * chance.uniform(0.9, 1.1)),
            output_tokens=round(note.output_tokens * chance.uniform(0.7, 1.3)),
            seconds=note.seconds,
            metered=plan.name != "ollama",
            most_at_once=plan.at_once,
            tells_limits=plan.style in ("openai", "anthropic"),
        )
        retries = Retries(budget)
        while True:
            try:
                async with limiter.permit(request, on_advice=retries.advise) as permit:
                    await provider.answer(note, lambda told: permit.heard(note.tokens, told))
                    permit.succeeded()
                    return
            except RateLimited as error:
                await retries.outlast(error, lambda _: None)

    await clock.run(_all([write(number, note) for number, note in enumerate(notes(seed))]))
    return clock.now - 1_000.0, provider.refused


async def _all(work: list) -> None:
    await asyncio.gather(*work)
