"""What is said of an order before it begins is what becomes of it: price, requests, budgets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notegen_desktop.domain.errors import BudgetExceeded
from notegen_desktop.domain.jobs.board import TextGrew
from notegen_desktop.domain.jobs.job import Stage, Status
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.ports import Material, OrderEstimate
from tests.fakes.writing import Plan, talk
from tests.services.running import Make, Program

FIVE = ("basic-summary", "study-notes", "flashcards", "chapters", "quick-reference")
HOUR = talk(segments=540, words=12)
"""Its beginning is long enough to be cached."""
TEN_HOURS = talk(segments=900, words=10, every_s=40.0)


async def order_estimate(program: Program, *templates: str, **more: object) -> OrderEstimate:
    return await program.clock.run(program.preflight.of(program.order(*templates, **more)))  # type: ignore[arg-type]


@pytest.mark.parametrize(("a_day", "comes_together"), [(5, False), (4, True)])
async def test_the_price_is_that_of_what_will_be_sent(
    make: Make, a_day: int, comes_together: bool
) -> None:
    program = make(combine="when-short", requests_per_day=a_day)
    order = program.order(*FIVE)
    apart = await program.clock.run(program.runner.preflight.estimate(order))
    combined = await program.clock.run(
        program.runner.preflight.estimate(replace(order, combined=True))
    )
    found = await order_estimate(program, *FIVE)
    assert list(found.jobs) == (combined if comes_together else apart)
    assert found.cost_usd < sum(job.cost_usd for job in apart) or not comes_together
    assert found.short_of_quota == ""
    await program.clock.run(program.generate(*FIVE))
    assert len(program.writer.asked) == found.requests


@pytest.mark.parametrize(("room", "of_the_short_talk"), [(0, 2), (-1, 1)])
async def test_a_quota_is_short_by_requests_not_by_notes(
    make: Make, room: int, of_the_short_talk: int
) -> None:
    """A note of ten hours needs many requests; beside it are two notes of a short talk."""
    talks = {"long": TEN_HOURS, "short": talk(words=4)}
    alone = make()
    long_talk(alone, talks)
    parts = (await order_estimate(alone, "chapters", videos=("long",))).requests
    assert parts > 3

    program = make(combine="when-short", requests_per_day=2 * parts + 2 + room)
    long_talk(program, talks)
    order = ("chapters", "presentation-slides")
    found = await order_estimate(program, *order, videos=("long", "short"))
    await program.clock.run(program.generate(*order, videos=("long", "short")))
    assert len([a for a in program.writer.asked if a.part is None]) == of_the_short_talk
    assert found.requests == 2 * parts + of_the_short_talk


def long_talk(program: Program, talks: dict[str, Transcript]) -> None:
    """Each video of the program has the talk of its name."""
    read = program.source.read

    async def its_own(link: object, **how: object) -> Material:
        program.source.transcript = talks[link.id.rstrip("x")]  # type: ignore[attr-defined]
        return await read(link, **how)  # type: ignore[arg-type]

    program.source.read = its_own  # type: ignore[method-assign, assignment]
    program.writer.plan = lambda _a, _n: Plan(sections=12)


async def test_stored_notes_need_no_request(make: Make) -> None:
    program = make(combine="when-short", requests_per_day=6)
    await program.clock.run(program.generate(*FIVE[:3]))
    asked = len(program.writer.asked)
    await program.clock.run(program.generate(*FIVE))
    assert len(program.writer.asked) == asked + 2, "apart: there are requests enough"


async def test_an_order_that_a_budget_allows_is_written_to_its_end(make: Make) -> None:
    """More is held than is spent: notes wait for what others leave, instead of failing."""
    program = make(max_concurrent=5)
    program.source.transcript = HOUR
    jobs = (await order_estimate(program, *FIVE)).jobs
    need = sum(job.cost_usd for job in jobs) + max(job.held_usd - job.cost_usd for job in jobs)
    assert need < 0.95 * sum(job.held_usd for job in jobs)
    program.settings.change({"budget.run_usd": need + 1e-6})
    assert (await order_estimate(program, *FIVE)).over_budget is None
    done = await program.clock.run(program.generate(*FIVE))
    assert [job.status for job in done] == [Status.COMPLETE] * 5
    assert program.budget.spent.cost_usd <= need


async def test_what_does_not_fit_is_left_out_and_can_be_tried_by_itself(make: Make) -> None:
    program = make()
    jobs = (await order_estimate(program, *FIVE)).jobs
    program.settings.change({"budget.run_usd": jobs[0].held_usd + 1.5 * jobs[1].held_usd})
    over = (await order_estimate(program, *FIVE)).over_budget
    assert over is not None
    assert over.budget == "run"
    assert 2 <= sum(over.fits) < 5
    refused = {
        (job.video_id, job.template): BudgetExceeded(over.without(job.held_usd))
        for job, fits in zip(jobs, over.fits, strict=True)
        if not fits
    }

    async def only_those_that_fit() -> None:
        program.runner.submit(program.order(*FIVE), refused=refused)
        await program.runner.wait()

    await program.clock.run(only_those_that_fit())
    failed = [job for job in program.board if job.status is Status.ERROR]
    assert [job.template for job in failed] == [template for _, template in refused]
    assert len(program.writer.asked) == sum(over.fits)

    async def retry() -> None:
        program.runner.retry(failed[0].id)
        await program.runner.wait()

    await program.clock.run(retry())
    assert program.board.job(failed[0].id).status is Status.COMPLETE


async def test_a_refused_order_sends_nothing_and_leaves_finished_notes_alone(make: Make) -> None:
    program = make()
    await program.clock.run(program.generate("chapters"))
    asked = len(program.writer.asked)
    order = program.order("chapters", "study-notes")
    refused = {(order.links[0].key, name): BudgetExceeded() for name in order.templates}

    async def refuse() -> None:
        program.runner.submit(order, refused=refused)
        await program.runner.wait()

    await program.clock.run(refuse())
    assert program.job("chapters").status is Status.COMPLETE
    assert program.job("study-notes").status is Status.ERROR
    assert len(program.writer.asked) == asked


async def test_a_long_note_is_not_called_waiting_while_one_of_its_parts_is_written(
    make: Make,
) -> None:
    program = make(max_concurrent=8)
    program.source.transcript = TEN_HOURS
    program.writer.plan = lambda _a, _n: Plan(sections=12)
    found = await order_estimate(program, "chapters")
    program.settings.change({"budget.run_usd": 3 * found.cost_usd / found.requests})
    (job,) = await program.clock.run(program.generate("chapters"))
    assert job.status is Status.COMPLETE, job.failure
    grown = [event.job for event in program.events if isinstance(event, TextGrew)]
    assert grown
    assert {job.stage for job in grown} == {Stage.WRITING}
