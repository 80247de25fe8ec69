"""Daily quotas: learnt, counted over restarts, and told before a run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from notegen_desktop.domain.cost.quota_day import last_midnight_pacific, next_midnight_pacific
from notegen_desktop.domain.errors import QuotaExhausted, RateLimited
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.notes.note import Engine
from tests.fakes.writing import Plan
from tests.services.running import TEMPLATES, Make, Program

PACIFIC = ZoneInfo("America/Los_Angeles")


async def order_estimate(program: Program, *templates: str) -> str:
    return (await program.preflight.of(program.order(*templates))).short_of_quota


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2026, 11, 24, 7, 30, tzinfo=UTC),
        datetime(2026, 11, 24, 8, 0, tzinfo=UTC),
        datetime(2026, 7, 1, 7, 0, tzinfo=UTC),
        datetime(2026, 11, 2, 7, 30, tzinfo=UTC),  # the end of a day of 25 hours
        datetime(2026, 3, 9, 6, 30, tzinfo=UTC),  # and of one of 23
    ],
)
def test_the_day_of_quotas_begins_at_midnight_pacific(moment: datetime) -> None:
    local = moment.astimezone(PACIFIC)
    midnight = datetime(local.year, local.month, local.day, tzinfo=PACIFIC)
    assert last_midnight_pacific(moment.timestamp()) == midnight.timestamp()
    assert next_midnight_pacific(midnight.timestamp()) > moment.timestamp()


@pytest.mark.parametrize("year", range(2007, 2040, 4))
def test_the_day_of_quotas_is_right_in_every_hour_around_a_change_of_clocks(year: int) -> None:
    for month in (3, 11):
        moment = datetime(year, month, 1, 0, 15, tzinfo=UTC)
        while moment.month == month and moment.day < 20:
            local = moment.astimezone(PACIFIC)
            day = datetime(local.year, local.month, local.day, tzinfo=PACIFIC)
            after = (day + timedelta(days=1)).timestamp()  # of the wall clock, whatever its offset
            assert last_midnight_pacific(moment.timestamp()) == day.timestamp()
            assert next_midnight_pacific(moment.timestamp()) == after
            moment += timedelta(hours=1)


async def test_what_a_refusal_named_is_counted_down_by_later_runs(make: Make) -> None:
    first = make()
    first.writer.plan = lambda _a, _n: Plan(
        error=QuotaExhausted(until=first.clock.time() + 60, limit_per_day=5)
    )

    async def learn_and_wait() -> None:
        await first.generate("study-notes")
        assert "0 of today's 5 requests" in await order_estimate(first, *TEMPLATES[:2])
        await first.clock.sleep(120)
        first.writer.plan = lambda _a, _n: Plan()
        await first.generate(*TEMPLATES[:3], videos=("other",))

    await first.clock.run(learn_and_wait())
    later = make()
    later.clock.now = first.clock.now
    words = await later.clock.run(order_estimate(later, *TEMPLATES[3:7]))
    assert words.startswith(
        "2 of today's 5 requests of gemini-flash-lite-latest are left, and 4 notes need 4."
    )
    assert "offline engine" in words
    assert await later.clock.run(order_estimate(later, *TEMPLATES[3:5])) == ""


async def test_what_was_heard_while_the_clock_was_ahead_does_not_last(make: Make) -> None:
    """Set back, the clock is years before the midnight that was told."""
    first = make()
    then = next_midnight_pacific(first.clock.time() + 3 * 365 * 86_400)
    first.writer.plan = lambda _a, _n: Plan(error=QuotaExhausted(until=then))
    await first.clock.run(first.generate("study-notes"))
    later = make()
    later.clock.now = first.clock.now
    (job,) = await later.clock.run(later.generate("chapters"))
    assert job.status is Status.COMPLETE


async def test_a_days_limit_that_is_set_holds_over_a_restart(make: Make) -> None:
    first = make(requests_per_day=2)
    await first.clock.run(first.generate(*TEMPLATES[:2]))
    later = make(requests_per_day=2)
    (job,) = await later.clock.run(later.generate("chapters"))
    assert job.status is Status.ERROR
    assert job.failure is not None
    assert job.failure.code == "quota_exhausted"
    assert later.writer.asked == []


async def test_where_no_limit_is_known_nothing_is_said(make: Make) -> None:
    program = make()
    assert not await program.preflight.matters(program.order())
    assert await program.clock.run(order_estimate(program, *TEMPLATES)) == ""


@pytest.mark.parametrize(
    ("engine", "model"), [(Engine.GEMINI, "gemini-flash-latest"), (Engine.OFFLINE, "")]
)
async def test_what_one_model_will_not_write_today_another_takes_over(
    make: Make, engine: Engine, model: str
) -> None:
    program = make()
    until = program.clock.time() + 60
    program.writer.plan = lambda a, _n: (
        Plan(error=QuotaExhausted(until=until)) if "lite" in a.model else Plan()
    )

    async def run_and_turn() -> None:
        failed = await program.generate(*TEMPLATES[:3], videos=("one", "two"))
        assert {job.failure.code for job in failed if job.failure} == {"quota_exhausted"}
        new = program.runner.switch([job.id for job in failed], engine=engine, model=model)
        assert [job.template for job in new] == [job.template for job in failed]
        await program.runner.wait()

    await program.clock.run(run_and_turn())
    jobs = list(program.board)
    assert len(jobs) == 6, "they take the places of those that failed"
    assert [job.status for job in jobs] == [Status.COMPLETE] * 6
    assert {job.request.engine for job in jobs} == {engine}


def midnight_after(program: Program) -> float:
    return next_midnight_pacific(program.clock.time())


async def test_the_day_begins_at_midnight_pacific_for_the_limiter_and_the_estimate_alike(
    make: Make,
) -> None:
    """Not twenty-four hours after the first request."""
    program = make(requests_per_day=3)

    async def story() -> None:
        await program.clock.sleep(midnight_after(program) - program.clock.time() - 120)
        before = await program.generate(*TEMPLATES[:4])
        assert [job.status for job in before].count(Status.COMPLETE) == 3
        assert "0 of today's 3 requests" in await order_estimate(program, *TEMPLATES[4:5])
        await program.clock.sleep(midnight_after(program) - program.clock.time() + 1)
        assert await order_estimate(program, *TEMPLATES[4:7]) == ""
        assert "3 of today's 3 requests" in await order_estimate(program, *TEMPLATES[4:8])
        after = await program.generate(*TEMPLATES[4:8])
        assert [job.status for job in after].count(Status.COMPLETE) == 3

    await program.clock.run(story())


async def test_of_jobs_that_wait_as_many_are_written_as_the_day_has_left(make: Make) -> None:
    program = make(requests_per_day=5, max_concurrent=2)
    jobs = await program.clock.run(program.generate(*TEMPLATES))
    assert [job.status for job in jobs].count(Status.COMPLETE) == 5
    assert len(program.writer.asked) == 5
    assert {job.failure.code for job in jobs if job.failure} == {"quota_exhausted"}


async def test_what_was_refused_for_speed_is_not_counted_against_the_day(make: Make) -> None:
    program = make(requests_per_day=3)
    program.writer.plan = lambda _a, n: (
        Plan(error=RateLimited(retry_after_s=2)) if n <= 2 else Plan()
    )
    jobs = await program.clock.run(program.generate(*TEMPLATES[:3]))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3


async def test_a_limit_that_is_raised_holds_at_once(make: Make) -> None:
    program = make(requests_per_day=1)

    async def story() -> None:
        jobs = await program.generate(*TEMPLATES[:2])
        assert [job.status for job in jobs].count(Status.COMPLETE) == 1
        program.settings.change({"processing.requests_per_day": 2})
        (job,) = await program.generate(TEMPLATES[3])
        assert job.status is Status.COMPLETE

    await program.clock.run(story())


async def test_what_waits_and_is_cancelled_takes_nothing_from_the_day(make: Make) -> None:
    program = make(requests_per_day=3, max_concurrent=1)

    async def story() -> None:
        jobs = program.runner.submit(program.order(*TEMPLATES[:3]))
        await program.clock.sleep(1)
        for job in jobs[1:]:
            program.runner.cancel(job.id)
        more = await program.generate(*TEMPLATES[3:5])
        assert [job.status for job in more] == [Status.COMPLETE] * 2

    await program.clock.run(story())


async def test_the_offline_engine_has_no_daily_quota(make: Make) -> None:
    program = make(requests_per_day=1)

    async def story() -> list[Status]:
        order = replace(program.order(*TEMPLATES[:3]), engine=Engine.OFFLINE)
        jobs = program.runner.submit(order)
        await program.runner.wait()
        return [program.board.job(job.id).status for job in jobs]

    assert await program.clock.run(story()) == [Status.COMPLETE] * 3
