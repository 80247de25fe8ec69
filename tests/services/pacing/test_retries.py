"""Tries, waits and the budget that all jobs share."""

from __future__ import annotations

import random

import pytest

from notegen_desktop.domain.errors import NoteGenError, RateLimited, ServiceUnavailable
from notegen_desktop.services.machine.sleep_detection import SleepDetector
from notegen_desktop.services.pacing.retry import MAX_TRIES, Advice, Retries, RetryBudget
from tests.fakes.clock import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def budget(clock: FakeClock) -> RetryBudget:
    return RetryBudget(SleepDetector(clock), random.Random(4))


async def waited(clock: FakeClock, retries: Retries, error: NoteGenError) -> float:
    begun = clock.now
    await retries.outlast(error, lambda _wait: None)
    return clock.now - begun


async def test_faults_by_chance_do_not_use_up_what_is_there_for_retries(
    clock: FakeClock, budget: RetryBudget
) -> None:
    async def story() -> None:
        for _ in range(200):
            retries = budget.retries()
            assert await waited(clock, retries, ServiceUnavailable()) <= 2
            retries.succeeded()

    await clock.run(story())


async def test_an_outage_uses_it_up_and_makes_retries_slower(
    clock: FakeClock, budget: RetryBudget
) -> None:
    async def story() -> list[float]:
        return [await waited(clock, budget.retries(), ServiceUnavailable()) for _ in range(60)]

    waits = await clock.run(story())
    assert max(waits[:10]) <= 2
    assert max(waits[10:]) > 4


async def test_one_note_alone_is_given_up_after_its_tries_and_in_little_more_than_a_minute(
    clock: FakeClock, budget: RetryBudget
) -> None:
    retries = budget.retries()
    tries = 0

    async def story() -> None:
        nonlocal tries
        while True:
            tries += 1
            await retries.outlast(ServiceUnavailable(), lambda _wait: None)

    begun = clock.now
    with pytest.raises(ServiceUnavailable):
        await clock.run(story())
    assert tries == MAX_TRIES
    assert clock.now - begun <= 78


async def test_whom_the_gate_lets_wait_waits_there_alone(
    clock: FakeClock, budget: RetryBudget
) -> None:
    async def story() -> list[float]:
        retries = budget.retries()
        errors = (RateLimited(retry_after_s=20), ServiceUnavailable(retry_after_s=5))
        waits = [await waited(clock, retries, error) for error in errors]
        retries.advise(Advice.WHEN_ADMITTED)
        return [*waits, await waited(clock, retries, ServiceUnavailable())]

    assert await clock.run(story()) == [0, 0, 0]


async def test_what_has_lasted_too_long_is_not_tried_again(
    clock: FakeClock, budget: RetryBudget
) -> None:
    retries = budget.retries()
    retries.advise(Advice.GIVE_UP)
    with pytest.raises(ServiceUnavailable):
        await clock.run(waited(clock, retries, ServiceUnavailable()))
