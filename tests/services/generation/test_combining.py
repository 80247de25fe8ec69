"""Several notes in one answer: fewer requests, and still each note a job of its own."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from notegen_desktop.domain.errors import (
    AnswerRefused,
    KeyRejected,
    NetworkUnreachable,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    TimedOut,
)
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.services.generation.combined import Shares
from notegen_desktop.services.ports import Assignment
from tests.fakes.records import MemoryLedger
from tests.fakes.writing import SECTION_TOKENS, Plan, link_of, talk
from tests.services.running import TEMPLATES, Make, Program, assert_sound

FIVE = ("basic-summary", "study-notes", "flashcards", "chapters", "quick-reference")
THREE = FIVE[:3]


async def together(program: Program, *templates: str) -> list[NoteJob]:
    jobs = program.runner.submit(replace(program.order(*templates), combined=True))
    await program.runner.wait()
    return [program.board.job(job.id) for job in jobs]


def asked(program: Program) -> list[tuple[str, ...]]:
    """The templates of each request."""
    return [
        tuple(one.template.id for one in (request, *request.others))
        for request in program.writer.asked
    ]


def of(template: str, plan: Plan, *, once: bool = False) -> Callable[[Assignment, int], Plan]:
    """This plan for one template (the first time), the usual one for all others."""
    return lambda a, n: plan if a.template.id == template and not (once and n > 1) else Plan()


def ledger(program: Program) -> MemoryLedger:
    assert isinstance(program.library.ledger, MemoryLedger)
    return program.library.ledger


def assert_sums_agree(program: Program) -> None:
    """Notes and ledger say together what the answers took, to the token and to the cent."""
    records = ledger(program).requests
    booked = sum((record.usage for record in records), Usage())
    assert booked.requests == len(program.writer.asked)
    assert booked.cost_usd == pytest.approx(sum(ledger(program).settled.values()), rel=1e-9)
    if all(job.status is Status.COMPLETE for job in program.board):
        told = sum((job.note.usage for job in program.board if job.note), Usage())
        assert replace(told, cost_usd=0) == replace(booked, cost_usd=0)
        assert told.cost_usd == pytest.approx(booked.cost_usd, rel=1e-9)


async def test_five_notes_come_in_one_request(make: Make) -> None:
    program = make()
    jobs = await program.clock.run(together(program, *FIVE))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 5
    assert asked(program) == [FIVE]
    assert_sound(program)
    assert_sums_agree(program)
    written = [job.note.usage.output_tokens for job in jobs if job.note]
    assert written == pytest.approx([4 * SECTION_TOKENS] * 5, abs=3), "as much as it is long"


async def test_each_is_complete_as_soon_as_it_is_whole(make: Make) -> None:
    program = make()
    jobs = await program.clock.run(together(program, *FIVE))
    assert [job.template for job in program.board.finished()] == list(FIVE)
    ends = [job.finished_at or 0.0 for job in jobs]
    assert all(later - sooner >= 3 for sooner, later in pairwise(ends))


async def test_the_last_note_does_not_end_the_request_before_it_is_paid(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = make()
    books = ledger(program)
    settle = books.settle

    async def slowly(reservation_id: str, actual: float) -> None:
        await program.clock.sleep(0.2)
        await settle(reservation_id, actual)

    monkeypatch.setattr(books, "settle", slowly)
    jobs = await program.clock.run(together(program, *THREE))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3
    assert [record.outcome for record in books.requests] == ["ok"] * 3
    assert program.writer.closed_early == 0
    assert_sums_agree(program)


async def test_a_note_that_is_left_out_is_asked_for_by_itself(make: Make) -> None:
    program = make()
    program.writer.plan = of("study-notes", Plan(sections=0), once=True)
    jobs = await program.clock.run(together(program, *THREE))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3
    assert asked(program) == [THREE, ("study-notes",)]
    assert_sound(program)
    assert_sums_agree(program)


async def test_a_note_that_is_none_is_asked_for_anew_by_itself(make: Make) -> None:
    program = make()
    program.writer.plan = of("flashcards", Plan(hollow=True), once=True)
    jobs = await program.clock.run(together(program, *THREE))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3
    assert asked(program) == [THREE, ("flashcards",)]
    assert program.writer.asked[1].reason, "with what was wrong"
    assert_sound(program)
    assert_sums_agree(program)


@pytest.mark.parametrize("error", [ServiceUnavailable(), RateLimited(), TimedOut()])
async def test_after_a_break_whole_notes_stay_and_the_missing_ones_come_together(
    make: Make, error: NoteGenError
) -> None:
    program = make()
    program.writer.plan = of("flashcards", Plan(error=error, fail_after=2), once=True)
    jobs = await program.clock.run(together(program, *FIVE))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 5
    assert asked(program) == [FIVE, FIVE[2:]]
    kept = program.writer.asked[1].whole_sections
    assert kept is not None
    assert len(kept.sections) == 2
    assert all(len(job.note.sections) == 4 for job in jobs if job.note)
    assert_sound(program)
    assert_sums_agree(program)


async def test_an_answer_at_its_length_limit_is_gone_on_with_together(make: Make) -> None:
    program = make()
    program.writer.plan = of("study-notes", Plan(truncated=True), once=True)
    jobs = await program.clock.run(together(program, *FIVE))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 5
    assert asked(program) == [FIVE, FIVE[1:]]
    assert_sound(program)
    assert_sums_agree(program)


async def test_the_last_one_of_a_broken_answer_is_gone_on_with_by_itself(make: Make) -> None:
    program = make()
    broken = Plan(error=ServiceUnavailable(), fail_after=2)
    program.writer.plan = of("flashcards", broken, once=True)
    jobs = await program.clock.run(together(program, *THREE))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3
    assert asked(program) == [THREE, ("flashcards",)]
    assert program.writer.asked[1].whole_sections is not None
    assert_sums_agree(program)


async def test_what_is_refused_together_is_asked_for_one_by_one(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, _n: (
        Plan(error=AnswerRefused()) if len(program.writer.asked) == 1 else Plan()
    )
    jobs = await program.clock.run(together(program, *THREE))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3
    assert asked(program)[0] == THREE
    assert sorted(asked(program)[1:]) == sorted((name,) for name in THREE)
    assert_sound(program)


@pytest.mark.parametrize("error", [QuotaExhausted(), KeyRejected(), NetworkUnreachable()])
async def test_what_stands_against_any_request_is_the_error_of_each(
    make: Make, error: NoteGenError
) -> None:
    program = make()
    program.writer.plan = lambda _a, _n: Plan(error=error)
    jobs = await program.clock.run(together(program, *THREE))
    assert [job.status for job in jobs] == [Status.ERROR] * 3
    assert all(job.failure and job.failure.code == error.code() for job in jobs)
    assert all(len(one) == 3 for one in asked(program)), "none is tried by itself"
    assert_sound(program)


async def test_with_the_quota_gone_the_missing_note_fails_alone(make: Make) -> None:
    program = make()
    program.writer.plan = lambda a, n: (
        Plan()
        if a.template.id != "study-notes"
        else (Plan(sections=0) if n == 1 else Plan(error=QuotaExhausted()))
    )
    jobs = await program.clock.run(together(program, *THREE))
    assert [job.status for job in jobs] == [Status.COMPLETE, Status.ERROR, Status.COMPLETE]
    assert jobs[1].failure is not None
    assert jobs[1].failure.code == "quota_exhausted"


@pytest.mark.parametrize("moment", [0.2, 0.55, 2.0, 7.0, 11.0])
@pytest.mark.parametrize("place", [0, 1, 2])
async def test_cancelling_one_leaves_the_others(make: Make, moment: float, place: int) -> None:
    program = make()

    async def story() -> list[NoteJob]:
        jobs = program.runner.submit(replace(program.order(*THREE), combined=True))
        await program.clock.sleep(moment)
        program.runner.cancel(jobs[place].id)
        await program.runner.wait()
        return [program.board.job(job.id) for job in jobs]

    jobs = await program.clock.run(story())
    others = [job.status for n, job in enumerate(jobs) if n != place]
    assert others == [Status.COMPLETE] * 2
    was_done = moment > 0.5 + 4 * (place + 1)
    assert jobs[place].status is (Status.COMPLETE if was_done else Status.CANCELLED)
    assert len(program.writer.asked) == 1
    assert_sound(program)
    assert_sums_agree(program)


async def test_who_is_cancelled_before_the_turn_is_not_asked_for(make: Make) -> None:
    program = make(max_concurrent=1)

    async def story() -> None:
        program.runner.submit(program.order("chapters", videos=("other",)))
        await program.clock.sleep(2)
        jobs = program.runner.submit(replace(program.order(*THREE), combined=True))
        await program.clock.sleep(1)
        program.runner.cancel(jobs[0].id)
        await program.runner.wait()

    await program.clock.run(story())
    assert asked(program) == [("chapters",), THREE[1:]]


@pytest.mark.parametrize("moment", [0.2, 0.55, 2.0, 6.0])
async def test_the_request_ends_when_all_are_cancelled(make: Make, moment: float) -> None:
    program = make()

    async def story() -> None:
        program.runner.submit(replace(program.order(*THREE), combined=True))
        await program.clock.sleep(moment)
        program.runner.cancel_all()
        await program.runner.wait()
        assert program.writer.running == 0

    begun = program.clock.now
    await program.clock.run(story())
    assert program.clock.now - begun < moment + 0.5
    assert_sound(program)
    assert_sums_agree(program)


async def test_retry_is_a_request_of_its_own(make: Make) -> None:
    program = make()
    program.writer.plan = lambda a, n: Plan(hollow=a.template.id == "study-notes" and n <= 2)

    async def story() -> None:
        jobs = await together(program, *THREE)
        failed = next(job for job in jobs if job.status is Status.ERROR)
        program.runner.retry(failed.id)
        await program.runner.wait()
        assert program.board.job(failed.id).status is Status.COMPLETE

    await program.clock.run(story())
    assert asked(program) == [THREE, ("study-notes",), ("study-notes",)]


async def test_what_is_stored_already_is_not_asked_for(make: Make) -> None:
    program = make()

    async def story() -> None:
        await program.generate("study-notes")
        await together(program, *THREE)

    await program.clock.run(story())
    assert asked(program) == [("study-notes",), ("basic-summary", "flashcards")]


async def test_a_video_that_cannot_be_read_fails_for_all_and_asks_nothing(make: Make) -> None:
    program = make()
    program.source.failures[link_of("talk").id] = [KeyRejected()]
    jobs = await program.clock.run(together(program, *THREE))
    assert [job.status for job in jobs] == [Status.ERROR] * 3
    assert asked(program) == []


async def test_what_has_to_be_seen_is_asked_for_apart(make: Make) -> None:
    """A film costs ten times what its words do: those who read it do not pay for it."""
    program = make()
    jobs = await program.clock.run(together(program, *THREE, "tutorial-guide"))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 4
    assert sorted(asked(program)) == [THREE, ("tutorial-guide",)]


async def test_a_long_video_is_written_in_parts_as_ever(make: Make) -> None:
    program = make(max_concurrent=8)
    program.source.transcript = talk(segments=900, words=10, every_s=40.0)
    program.writer.plan = lambda _a, _n: Plan(sections=12)
    jobs = await program.clock.run(together(program, "chapters", "flashcards"))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 2
    assert all(request.part is not None for request in program.writer.asked)


@pytest.mark.parametrize(
    ("combine", "a_day", "requests"),
    [("never", 0, 5), ("when-short", 5, 5), ("when-short", 3, 1), ("always", 0, 1)],
)
async def test_the_settings_say_when(make: Make, combine: str, a_day: int, requests: int) -> None:
    program = make(combine=combine, requests_per_day=a_day)
    await program.clock.run(program.generate(*FIVE))
    assert len(program.writer.asked) == requests


async def test_an_estimate_counts_the_common_beginning_once(make: Make) -> None:
    program = make()
    apart = await program.clock.run(program.runner.preflight.estimate(program.order(*FIVE)))
    combined = await program.clock.run(
        program.runner.preflight.estimate(replace(program.order(*FIVE), combined=True))
    )
    assert combined[0] == apart[0]
    assert all(
        j.input_tokens < a.input_tokens / 2 for j, a in zip(combined[1:], apart[1:], strict=True)
    )


@pytest.mark.parametrize(
    ("combine", "needed", "said"),
    [("never", 5, True), ("when-short", 2, False), ("always", 2, False)],
)
async def test_a_short_quota_is_said_with_what_combining_would_save(
    make: Make, combine: str, needed: int, said: bool
) -> None:
    program = make(combine=combine, requests_per_day=3)
    order = program.order(*FIVE[:4], "tutorial-guide")
    found = await program.clock.run(program.preflight.of(order))
    assert (found.requests, found.requests_combined) == (needed, 2)
    assert ("would need 2." in found.short_of_quota) is said
    combined = await program.clock.run(program.preflight.of(replace(order, combined=True)))
    assert (combined.requests, combined.short_of_quota) == (2, "")


async def test_more_than_one_answer_holds_is_asked_for_in_two(make: Make) -> None:
    program = make(combine="always")
    program.source.transcript = talk(segments=360, words=6)
    everything = tuple(t for t in TEMPLATES if t != "tutorial-guide")
    found = await program.clock.run(program.preflight.of(program.order(*everything)))
    jobs = await program.clock.run(together(program, *everything))
    assert [job.status for job in jobs] == [Status.COMPLETE] * len(everything)
    first, second = asked(program)
    assert found.requests == found.requests_combined == 2
    assert first + second == everything, "in the order asked"


@pytest.mark.parametrize("seed", range(40))
async def test_whatever_happens_every_job_ends_and_every_token_is_booked_once(
    make: Make, seed: int
) -> None:
    chance = random.Random(seed)
    program = make(seed=seed, max_concurrent=chance.choice([1, 2, 4]))
    passing = (ServiceUnavailable, TimedOut, lambda: RateLimited(retry_after_s=5.0))

    def plan(_assignment: Assignment, n: int) -> Plan:
        if n > 3 or chance.random() < 0.6:
            return Plan()
        return chance.choice(
            [
                Plan(error=chance.choice(passing)(), fail_after=chance.randint(0, 3)),
                Plan(sections=0) if n == 1 else Plan(),
                Plan(truncated=True),
                Plan(hollow=n == 1),
            ]
        )

    program.writer.plan = plan

    async def story() -> None:
        jobs = program.runner.submit(replace(program.order(*FIVE), combined=True))
        for job in chance.sample(jobs, chance.randint(0, 3)):
            await program.clock.sleep(chance.uniform(0, 9))
            program.runner.cancel(job.id)
        await program.runner.wait()

    await program.clock.run(story())
    assert all(job.status in (Status.COMPLETE, Status.CANCELLED) for job in program.board)
    assert_sound(program)
    assert_sums_agree(program)


def test_shares_are_exact_whatever_is_reported_when() -> None:
    shares = Shares(lambda usage: usage.input_tokens + 6.0 * usage.output_tokens)
    first = shares.take(Usage(1, 100, 30, 60, 8, 0.4), 500, [100, 0])
    second = shares.take(Usage(1, 101, 31, 70, 9, 0.5), 200, [0])
    end = Usage(1, 101, 31, 170, 9, 1.1)
    third = shares.take(end, 1000, [])
    total = first + second + third
    assert replace(total, cost_usd=0) == replace(end, cost_usd=0)
    assert total.cost_usd == pytest.approx(1.1, rel=1e-12)
    assert [one.output_tokens for one in (first, second, third)] == [50, 20, 100]
    assert [one.requests for one in (first, second, third)] == [1, 0, 0]
    assert first.input_tokens == 33
