"""What a server tells of its limits with good answers is kept to, so that it need not refuse."""

from __future__ import annotations

import asyncio
import random

import pytest

from notegen_desktop.domain.errors import RateLimited
from notegen_desktop.services.pacing.model_limiter import PermitRequest
from notegen_desktop.services.pacing.rate_limiter import RateLimiter
from notegen_desktop.services.pacing.sliding_window import RateLimits
from notegen_desktop.services.pacing.token_bucket import MAX_DOUBTS, Sent, TokenBucket
from notegen_desktop.services.ports import Allowance, Unit
from tests.fakes.clock import FakeClock
from tests.fakes.providers import PLANS, Note, Plan, Provider

START = 1_000.0


def bucket(unit: Unit, limit: int, remaining: int, reset_s: float | None) -> TokenBucket:
    """As it is after one answer, to a request of 100."""
    made, sent = TokenBucket(unit), Sent(START, 100)
    made.sent(sent)
    made.told(sent, Allowance(unit, limit, remaining, reset_s), START)
    return made


def wait(of: TokenBucket, amount: int, at: float = START) -> float:
    return of.ready_at(amount, at) - at


def test_what_is_left_may_be_sent_at_once_and_the_rest_as_it_comes_back() -> None:
    of = bucket(Unit.REQUESTS, 60, 2, 58.0)
    assert wait(of, 1) == 0.0
    of.sent(Sent(START, 1))
    of.sent(Sent(START, 1))
    assert wait(of, 1) == pytest.approx(1.0), "one a second"


def test_a_limit_that_is_whole_again_at_once_is_waited_for() -> None:
    of = bucket(Unit.REQUESTS, 60, 0, 20.0)
    assert wait(of, 1) == pytest.approx(20.0)
    assert wait(of, 1, START + 20.0) == 0.0


def test_a_days_limit_is_seen_for_what_it_is() -> None:
    of = bucket(Unit.REQUESTS, 14_400, 14_370, 180.0)
    of.sent(Sent(START, 14_371))
    assert wait(of, 1) == pytest.approx(12.0), "6 s each"


def test_what_would_not_come_back_within_a_minute_is_the_servers_to_say() -> None:
    assert wait(bucket(Unit.REQUESTS, 100, 0, 86_400.0), 1) == 0.0


def test_it_is_learnt_how_much_more_a_server_counts_than_was_estimated() -> None:
    of = bucket(Unit.TOKENS, 12_000, 11_700, 1.5)  # 300 for the 100
    assert wait(of, 3_500) == 0.0
    assert wait(of, 4_000) > 0.0


def test_an_answer_draws_as_it_is_written() -> None:
    of = TokenBucket(Unit.OUTPUT_TOKENS)
    sent = Sent(START, 6_000, seconds=60.0)
    of.sent(sent)
    of.told(sent, Allowance(Unit.OUTPUT_TOKENS, 1_200, 600, 30.0), START)
    assert of.ready_at(6_000, START, last=True) == START, "something is left"
    assert of.ready_at(6_000, START + 20.0, last=True) > START + 20.0, "1,600 more than came back"


def test_answers_under_way_are_paid_for_before_more_begins_but_for_the_last() -> None:
    """What the last overdraw is missed by nobody: as much as can be is left for them."""
    of = TokenBucket(Unit.OUTPUT_TOKENS)
    sent = Sent(START, 900, seconds=10.0)
    of.sent(sent)
    of.told(sent, Allowance(Unit.OUTPUT_TOKENS, 600, 300, 30.0), START)
    assert of.ready_at(100, START, last=True) == START
    assert of.ready_at(100, START) == pytest.approx(START + 60.1)


def test_what_a_server_tells_is_not_believed_for_ever() -> None:
    of = bucket(Unit.REQUESTS, 60, 59, 1.0)
    assert [of.refused(START) for _ in range(MAX_DOUBTS)] == [True, True, False]
    assert wait(of, 1) == 0.0, "what is learnt from refusals holds now"


@pytest.mark.parametrize("plan", [p for p in PLANS if p.style in ("openai", "anthropic")],
                         ids=lambda plan: plan.name)  # fmt: skip
async def test_a_server_that_tells_its_limits_hardly_has_to_refuse(plan: Plan) -> None:
    clock = FakeClock()
    provider = Provider(plan, clock)
    limiter = RateLimiter(RateLimits(max_concurrent=8), clock=clock, rng=random.Random(3))

    async def write(note: Note) -> None:
        request = PermitRequest("m", tokens=note.tokens, output_tokens=note.output_tokens,
                                seconds=note.seconds, tells_limits=True)  # fmt: skip
        while True:
            try:
                async with limiter.permit(request) as permit:
                    await provider.answer(note, lambda told: permit.heard(note.tokens, told))
                    permit.succeeded()
                    return
            except RateLimited:
                continue

    async def everything() -> None:
        await asyncio.gather(*(write(Note(4_000, 1_500, 17.0)) for _ in range(24)))

    await clock.run(everything())
    assert provider.refused <= 3


async def test_one_request_goes_ahead_where_its_answer_tells_the_limits() -> None:
    clock = FakeClock()
    limiter = RateLimiter(RateLimits(stagger_s=0.0), clock=clock, rng=random.Random(3))
    started: list[float] = []

    async def write() -> None:
        async with limiter.permit(PermitRequest("m", tells_limits=True)) as permit:
            started.append(clock.now - START)
            await clock.sleep(1.0)
            permit.heard(0, (Allowance(Unit.REQUESTS, 500, 499, 0.12),))
            await clock.sleep(4.0)
            permit.succeeded()

    async def everything() -> None:
        await asyncio.gather(write(), write(), write())

    await clock.run(everything())
    assert started == [0.0, 1.0, 1.0]
