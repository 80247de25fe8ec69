"""Runs of many notes on servers that refuse, break off and go away, on a clock of ours."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from notegen_desktop.domain.errors import (
    AccountRefused,
    AnswerUnusable,
    ApiDisabled,
    BillingNeeded,
    CreditsGone,
    KeyRejected,
    NetworkUnreachable,
    NoteGenError,
    RateLimited,
    RegionUnsupported,
    ServiceUnavailable,
)
from notegen_desktop.domain.jobs.board import JobChanged
from notegen_desktop.domain.jobs.job import Stage, Status
from notegen_desktop.services.ports import Assignment, Material
from tests.fakes.limited_server import LimitedServer
from tests.fakes.records import MemoryLedger
from tests.fakes.writing import SECTION_TOKENS, Plan, link_of
from tests.services.running import TEMPLATES, Make, Program, assert_sound


def videos(count: int) -> tuple[str, ...]:
    return tuple(f"video{number}" for number in range(count))


def ledger_of(program: Program) -> MemoryLedger:
    assert isinstance(program.library.ledger, MemoryLedger)
    return program.library.ledger


@pytest.mark.parametrize("names_limit", [True, False])
async def test_a_hundred_notes_within_ten_requests_a_minute(make: Make, names_limit: bool) -> None:
    program = make(max_concurrent=8)
    server = LimitedServer(program.clock, per_minute=10, names_limit=names_limit)

    def plan(_assignment: Assignment, _n: int) -> Plan:
        try:
            server.arrive()
        except RateLimited as refused:
            return Plan(error=refused)
        return Plan()

    program.writer.plan = plan
    begun = program.clock.now
    jobs = await program.clock.run(program.generate(*TEMPLATES[:4], videos=videos(25)))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 100
    assert all(job.attempt == 1 for job in jobs), "a wait is no new attempt"
    assert server.sent_inside_a_wait == 0
    later = [at for at in server.arrivals if at > begun + 60]
    refused_later = [at for at in server.refused if at > begun + 60]
    assert len(refused_later) <= 0.05 * len(later)
    assert program.clock.now - begun < 100 / 10 * 60 * 1.1
    booked = [record.outcome for record in ledger_of(program).requests]
    assert booked.count("rate_limited") == len(server.refused)
    assert booked.count("ok") == 100
    assert_sound(program)


@pytest.mark.parametrize("seed", range(20))
async def test_through_a_storm_every_note_is_written_and_little_is_wasted(
    make: Make, seed: int
) -> None:
    """Of the requests 30 % fail at random: refused at once, reset, or cut in mid-stream."""
    program = make(seed=seed)
    rng = random.Random(seed)

    def plan(assignment: Assignment, _n: int) -> Plan:
        sections = 3 + len(assignment.template.id) % 6
        if rng.random() >= 0.3:
            return Plan(sections)
        if rng.random() < 1 / 3:
            return Plan(sections, error=ServiceUnavailable())
        lost = rng.randrange(SECTION_TOKENS)
        return Plan(
            sections, error=ServiceUnavailable(), fail_after=rng.randrange(sections), lost=lost
        )

    program.writer.plan = plan
    jobs = await program.clock.run(program.generate(*TEMPLATES, videos=videos(4)))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 32
    written = sum(record.usage.output_tokens for record in ledger_of(program).requests)
    kept = sum(SECTION_TOKENS * len(job.note.sections) for job in jobs if job.note)
    assert (written - kept) / written < 0.1
    assert sum(record.outcome != "ok" for record in ledger_of(program).requests) >= 5
    assert_sound(program)


@pytest.mark.parametrize("count", [1, 25])
async def test_an_outage_that_lasts_is_said_within_about_a_minute(make: Make, count: int) -> None:
    """And until then the rows say what they wait for; afterwards nobody waits behind it."""
    program = make(max_concurrent=8)
    program.writer.plan = lambda _a, _n: Plan(error=ServiceUnavailable("Overloaded (503)."))
    begun = program.clock.now
    jobs = await program.clock.run(program.generate(*TEMPLATES[:4], videos=videos(count)))
    assert {job.failure.message for job in jobs if job.failure} == {"Overloaded (503)."}
    assert len(jobs) == 4 * count
    assert program.clock.now - begun <= 120
    assert len(program.writer.asked) <= 40, "a hundred notes that fail together are no storm"
    waits = {event.job.wait_reason for event in program.events if isinstance(event, JobChanged)}
    assert "Gemini is overloaded; trying again" in waits
    assert_sound(program)


@pytest.mark.parametrize("seed", range(1, 9))
async def test_a_network_that_goes_and_comes_back_is_waited_for_by_all(
    make: Make, seed: int
) -> None:
    """Also by those that had not begun: somebody reached the other side a moment ago."""
    program = make(seed=seed, max_concurrent=2 + seed % 4)
    gone = program.clock.now + 3.0
    back = gone + seed * 900.0

    def plan(_assignment: Assignment, _n: int) -> Plan:
        if gone <= program.clock.now < back:
            return Plan(error=NetworkUnreachable())
        if program.clock.now < gone:
            return Plan(error=ServiceUnavailable("reset"), fail_after=2)
        return Plan()

    program.writer.plan = plan
    jobs = await program.clock.run(program.generate(*TEMPLATES, videos=videos(2)))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 16
    assert program.clock.now - max(back, gone) < 180
    assert len(program.writer.asked) < 100 + 60 * seed, "hours without network are no storm"
    assert not any(r.outcome == "network_unreachable" for r in ledger_of(program).requests)
    assert any(
        isinstance(event, JobChanged) and event.job.wait_reason == "Waiting for the network"
        for event in program.events
    )
    assert_sound(program)


@pytest.mark.parametrize("raises", [True, False])
async def test_a_video_that_cannot_be_read_without_a_network_is_read_when_it_is_back(
    make: Make, raises: bool
) -> None:
    """It is not watched for lack of words, and its notes do not fail."""
    program = make()
    back = program.clock.now + 4000.0

    def found(material: Material) -> Material:
        if program.clock.now >= back:
            program.network.gone = False
        if not program.network.gone:
            return material
        if raises:
            raise NetworkUnreachable("YouTube cannot be reached.")
        return replace(material, transcript=None, missing=NetworkUnreachable().failure())

    async def story() -> None:
        await program.generate("study-notes", videos=("first",))
        program.network.gone = True
        await program.generate(*TEMPLATES[:3], videos=("second", "third"))

    program.source.found = found
    await program.clock.run(story())
    assert [job.status for job in program.board] == [Status.COMPLETE] * 7
    assert all(assignment.transcript for assignment in program.writer.asked)
    assert program.clock.now - back < 120
    assert len(program.source.reads) < 2 * 4000 / 15
    assert any(
        isinstance(event, JobChanged) and event.job.wait_reason == "Waiting for the network"
        for event in program.events
    )
    assert program.limiter.activity.failed == 0
    assert_sound(program)


async def test_one_site_that_cannot_be_reached_is_no_network_that_is_gone(make: Make) -> None:
    program = make()

    def found(material: Material) -> Material:
        if material.video.id.startswith("first"):
            return material
        raise NetworkUnreachable("YouTube cannot be reached.")

    program.source.found = found
    jobs = await program.clock.run(program.generate("study-notes", videos=("first", "second")))
    assert [job.status for job in jobs] == [Status.COMPLETE, Status.ERROR]


async def test_no_network_from_the_start_is_said_at_once(make: Make) -> None:
    program = make()
    program.network.gone = True
    program.source.failures = {link_of("talk").id: [NetworkUnreachable()]}
    begun = program.clock.now
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.failure is not None
    assert job.failure.code == "network_unreachable"
    assert program.clock.now - begun < 2


async def test_a_lost_network_is_no_reason_to_run_one_at_a_time(make: Make) -> None:
    """Nothing was sent, so nothing is learnt of how much the other side can take."""
    program = make(max_concurrent=4)
    told: list[str] = []
    program.limiter.subscribe(told.append)

    def plan(_assignment: Assignment, _n: int) -> Plan:
        gone = 1_030 < program.clock.now < 1_900
        return Plan(error=NetworkUnreachable()) if gone else Plan()

    program.writer.plan = plan
    jobs = await program.clock.run(program.generate(*TEMPLATES, videos=videos(6)))
    assert {job.status for job in jobs} == {Status.COMPLETE}
    assert told == []


async def test_a_cancelled_wait_ends_at_once_and_waits_are_given_with_their_end(
    make: Make,
) -> None:
    program = make()
    error: NoteGenError = RateLimited(retry_after_s=50)
    program.writer.plan = lambda _a, n: Plan(error=error) if n == 1 else Plan()

    async def story() -> None:
        jobs = program.runner.submit(program.order())
        await program.clock.sleep(5)
        waiting = [program.board.job(job.id) for job in jobs]
        assert {job.stage for job in waiting} == {Stage.WAITING}
        ends = [job.wait_until for job in waiting]
        assert all(end is not None and end > program.clock.time() + 40 for end in ends)
        moment = program.clock.now
        program.runner.cancel_all()
        await program.runner.wait()
        assert program.clock.now == moment

    await program.clock.run(story())
    assert {job.status for job in program.board} == {Status.CANCELLED}
    assert program.limiter.activity.waiting == program.limiter.activity.in_flight == 0


async def test_a_busy_database_slows_the_run_down_until_all_is_well_again(make: Make) -> None:
    program = make(max_concurrent=4)
    told: list[tuple[float, str]] = []
    program.limiter.subscribe(lambda reason: told.append((program.clock.now, reason)))
    begun = program.clock.now
    most: dict[str, int] = {}

    def plan(_assignment: Assignment, _n: int) -> Plan:
        phase = "one by one" if program.limiter.sequential_because else "together"
        most[phase] = max(most.get(phase, 0), program.limiter.activity.in_flight)
        return Plan()

    async def story() -> None:
        program.runner.submit(program.order(*TEMPLATES, videos=videos(4)))
        await program.clock.sleep(5)
        program.pool.in_use = 5
        await program.clock.sleep(6)
        program.pool.in_use = 4  # 80 % is not over 80 %
        await program.clock.sleep(1)
        program.pool.in_use = 5
        await program.clock.sleep(12)
        program.pool.in_use = 1
        await program.runner.wait()

    program.writer.plan = plan
    await program.clock.run(story())
    (at, why), (_, over) = told
    assert why == "5 of 5 database connections were in use for 10 s"
    assert 22 <= at - begun <= 23, "ten seconds without a break"
    assert over == ""
    assert most["together"] == 4
    assert {job.status for job in program.board} == {Status.COMPLETE}
    assert_sound(program)


async def test_while_it_slows_down_requests_go_one_by_one(make: Make) -> None:
    program = make(max_concurrent=4)
    program.pool.in_use = 5
    starts: list[int] = []

    def plan(_assignment: Assignment, _n: int) -> Plan:
        if program.clock.now > 1_000 + 11 + 5:
            starts.append(program.limiter.activity.in_flight)
        return Plan()

    program.writer.plan = plan
    await program.clock.run(program.generate(*TEMPLATES, videos=videos(3)))
    assert starts[:5] == [1] * 5


async def test_the_share_of_the_pool_is_a_setting(make: Make) -> None:
    program = make(fallback_pool_percent=100)
    program.pool.in_use = 5
    await program.clock.run(program.generate(*TEMPLATES, videos=videos(2)))
    assert program.limiter.sequential_because == ""


@pytest.mark.parametrize(
    "refusal", [KeyRejected, ApiDisabled, RegionUnsupported, CreditsGone, BillingNeeded]
)
async def test_an_account_that_is_refused_is_not_tried_by_those_who_wait(
    make: Make, refusal: type[AccountRefused]
) -> None:
    program = make(max_concurrent=2)
    program.writer.plan = lambda _a, _n: Plan(error=refusal())
    jobs = await program.clock.run(program.generate(*TEMPLATES, videos=videos(2)))
    assert {job.failure.code for job in jobs if job.failure} == {refusal.code()}
    assert len(jobs) == 16
    assert len(program.writer.asked) <= 3
    assert_sound(program)


async def test_an_answer_that_is_no_note_is_asked_for_once_more_with_the_reason(
    make: Make,
) -> None:
    program = make()
    program.writer.plan = lambda _a, n: (
        Plan(error=AnswerUnusable("The answer was empty."), lost=1) if n == 1 else Plan()
    )
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.status is Status.COMPLETE, job.failure
    assert [asked.reason for asked in program.writer.asked] == ["", "The answer was empty."]
    assert job.note is not None
    assert job.note.usage.requests == 2, "what the empty answer took is told, too"
    assert_sound(program)


async def test_a_model_that_writes_no_note_twice_is_not_asked_a_third_time(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, _n: Plan(error=AnswerUnusable("“Sure!”"), lost=1)
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.failure is not None
    assert job.failure.message == "“Sure!”"
    assert len(program.writer.asked) == 2


async def test_what_stands_between_us_and_the_model_is_not_asked_again(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, _n: Plan(error=AnswerUnusable("A sign-in page."))
    await program.clock.run(program.generate("study-notes"))
    assert len(program.writer.asked) == 1
