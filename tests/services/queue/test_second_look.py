"""A second look in a run and by itself: stored, priced, kept within budgets, never fatal."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from notegen_desktop.domain.errors import (
    AnswerRefused,
    AnswerUnusable,
    DatabaseUnavailable,
    NothingThere,
    RateLimited,
    ServiceUnavailable,
)
from notegen_desktop.domain.jobs.job import Stage, Status
from notegen_desktop.domain.notes.note import Engine, Level, Note, Says
from notegen_desktop.domain.notes.review import review_items
from notegen_desktop.domain.notes.statements import markers
from notegen_desktop.services.ports import Assignment
from tests.fakes.records import MemoryLedger
from tests.fakes.writing import Plan, link_of, talk
from tests.services.running import Make, Program, assert_sound

HOUR = talk(segments=540, words=5)


def writing(
    look: Callable[[int], Plan] = lambda _: Plan(), **note: object
) -> Callable[[Assignment, int], Plan]:
    """Notes whose statements name places; `look` answers the n-th request of a second look."""
    looks: dict[str, int] = {}

    def plan(assignment: Assignment, _n: int) -> Plan:
        if not assignment.statements:
            return Plan(placed=True, **note)  # type: ignore[arg-type]
        key = f"{assignment.video.id} {assignment.template.id}"
        looks[key] = looks.get(key, 0) + 1
        return look(looks[key])

    return plan


async def session(make: Make, plan: Callable[[Assignment, int], Plan]) -> Program:
    """Another start of the program; the words of the talk are in the library."""
    program = make()
    program.writer.plan = plan
    program.source.transcript = HOUR
    video = await program.source.describe(link_of("talk"))
    await program.library.store.put_transcript(video, HOUR)
    return program


async def reviewed(program: Program, *templates: str, videos: tuple[str, ...] = ("talk",)) -> None:
    order = replace(program.order(*templates, videos=videos), review=True)
    program.runner.submit(order)
    await program.runner.wait()


def says(note: Note | None) -> set[Says | None]:
    """What was found of the statements of a note."""
    assert note is not None
    assert note.statements.cited
    stated = {
        (number, n)
        for number, section in enumerate(note.sections)
        for level in Level
        for n in markers(section.at(level))
    }
    return {
        cite.review.says if cite.review else None
        for number, section in enumerate(note.sections)
        for cite in section.cites
        if (number, cite.n) in stated
    }


async def test_each_note_of_a_run_is_stored_with_what_was_found(make: Make) -> None:
    program = make(max_concurrent=8)
    program.writer.plan = writing(lambda _: Plan(says=Says.NO))
    templates = ("basic-summary", "study-notes", "flashcards")
    await program.clock.run(reviewed(program, *templates, videos=("one", "two")))
    assert_sound(program)
    for job in program.board:
        assert job.status is Status.COMPLETE
        assert job.note is not None
        assert says(job.note) == {Says.NO}
        stored = await program.library.store.get(job.note.id)
        assert stored == job.note
        assert stored.usage.requests == 2
    looks = [asked for asked in program.writer.asked if asked.statements]
    assert len(looks) == 6
    assert program.writer.most_running > 1, "side by side"
    ledger = program.library.ledger
    assert isinstance(ledger, MemoryLedger)
    assert len(ledger.requests) == 12
    assert all(record.run_id and record.job_id for record in ledger.requests)
    assert not any(counter.reserved for counter in await ledger.counters())


async def test_without_the_option_nothing_more_is_sent(make: Make) -> None:
    program = make()
    program.writer.plan = writing()
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert says(job.note) == {None}
    assert len(program.writer.asked) == 1


async def test_the_offline_engine_has_none(make: Make) -> None:
    program = make()
    program.writer.plan = writing()
    order = replace(program.order("study-notes"), engine=Engine.OFFLINE, review=True)

    async def run() -> None:
        program.runner.submit(order)
        await program.runner.wait()

    await program.clock.run(run())
    assert not any(asked.statements for asked in program.writer.asked)
    found = await program.clock.run(program.preflight.of(order))
    assert not any(row.review_usd for row in found.jobs)


@pytest.mark.parametrize(
    "error", [AnswerRefused("no"), AnswerUnusable("?"), ServiceUnavailable(), RateLimited()]
)
async def test_a_look_that_fails_leaves_the_note_whole(make: Make, error: Exception) -> None:
    program = make()
    program.writer.plan = writing(lambda _: Plan(error=error))  # type: ignore[arg-type]
    await program.clock.run(reviewed(program, "study-notes"))
    job = program.job("study-notes")
    assert job.status is Status.COMPLETE
    assert says(job.note) == {None}
    assert job.review_failure is not None, "why, in words"
    assert job.review_failure.message
    assert job.failure is None
    assert_sound(program)
    program.writer.plan = writing()
    again = await session(make, writing())
    await again.clock.run(reviewed(again, "study-notes"))
    assert [bool(asked.statements) for asked in again.writer.asked] == [True]
    assert says(again.job("study-notes").note) == {Says.YES}


async def test_statements_that_the_model_passes_over_are_told(make: Make) -> None:
    program = make()
    program.writer.plan = writing(lambda n: Plan(judged=2 if n == 1 else 0))
    await program.clock.run(reviewed(program, "study-notes"))
    job = program.job("study-notes")
    assert says(job.note) == {None, Says.YES}
    assert job.review_failure is not None
    assert "passed over" in job.review_failure.message


async def test_what_passes_is_tried_again(make: Make) -> None:
    program = make()
    errors = (RateLimited(retry_after_s=20.0), ServiceUnavailable())
    program.writer.plan = writing(lambda n: Plan(error=errors[n - 1]) if n < 3 else Plan())
    await program.clock.run(reviewed(program, "study-notes"))
    assert says(program.job("study-notes").note) == {Says.YES}
    assert program.job("study-notes").review_failure is None
    stages = [event.job.stage for event in program.events if hasattr(event, "job")]
    assert Stage.WAITING in stages
    assert_sound(program)


async def test_what_one_request_finds_is_kept_when_the_next_one_fails(make: Make) -> None:
    program = make()
    program.source.transcript = HOUR
    program.writer.plan = writing(
        lambda n: Plan() if n == 1 else Plan(error=AnswerRefused("no")), sections=160
    )
    await program.clock.run(reviewed(program, "study-notes"))
    note = program.job("study-notes").note
    assert note is not None
    left = review_items(note)
    assert 0 < len(left) < len(review_items(note, again=True))
    again = await session(make, writing())
    await again.clock.run(reviewed(again, "study-notes"))
    asked = [each for assignment in again.writer.asked for each in assignment.statements]
    assert asked == left, "what is known is not paid for again"


async def test_cancelling_in_a_look_keeps_the_note_in_the_library(make: Make) -> None:
    program = make()
    program.writer.plan = writing(lambda _: Plan(pause_s=500.0))

    async def run() -> None:
        program.runner.submit(replace(program.order("study-notes"), review=True))
        while not any(asked.statements for asked in program.writer.asked):
            await program.clock.sleep(1.0)
        program.runner.cancel_all()
        await program.runner.wait()

    await program.clock.run(run())
    assert program.job("study-notes").status is Status.CANCELLED
    assert program.job("study-notes").note is not None, "it can be read"
    again = await session(make, writing())
    await again.clock.run(reviewed(again, "study-notes"))
    assert [bool(asked.statements) for asked in again.writer.asked] == [True]


async def test_the_button_judges_a_stored_note_and_may_do_so_again(make: Make) -> None:
    program = await session(make, writing(lambda n: Plan(says=Says.NO if n == 1 else Says.YES)))
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.note is not None
    note_id = job.note.id
    estimated = await program.clock.run(program.runner.reviser.estimate_review(note_id))
    assert 0 < estimated.cost_usd < job.note.usage.cost_usd + 1
    shares: list[float] = []
    note = await program.clock.run(program.runner.reviser.review(note_id, progress=shares.append))
    assert says(note) == {Says.NO}
    assert shares[-1] == 1.0
    assert program.job("study-notes").note == note, "the board shows it"
    again = await program.clock.run(program.runner.reviser.review(note_id))
    assert says(again) == {Says.YES}
    assert again.usage.requests == 3


async def test_the_board_shows_what_a_look_found_before_it_failed(make: Make) -> None:
    program = await session(
        make, writing(lambda n: Plan() if n == 1 else Plan(error=AnswerRefused("no")), sections=160)
    )
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.note is not None
    with pytest.raises(AnswerRefused):
        await program.clock.run(program.runner.reviser.review(job.note.id))
    assert says(program.job("study-notes").note) == {None, Says.YES}


async def test_a_note_without_places_has_nothing_to_judge(make: Make) -> None:
    program = await session(make, lambda _a, _n: Plan())
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.note is not None
    with pytest.raises(NothingThere):
        await program.clock.run(program.runner.reviser.review(job.note.id))
    assert len(program.writer.asked) == 1


async def test_the_price_of_the_look_is_in_the_estimate(make: Make) -> None:
    program = make()
    program.source.transcript = HOUR
    order = program.order("study-notes", "flashcards")
    plain = await program.clock.run(program.preflight.of(order))
    with_look = await program.clock.run(program.preflight.of(replace(order, review=True)))
    assert with_look.requests >= plain.requests + 2
    for before, after in zip(plain.jobs, with_look.jobs, strict=True):
        assert after.review_usd > 0
        assert after.cost_usd == pytest.approx(before.cost_usd + after.review_usd)
        assert after.input_tokens > before.input_tokens
        assert after.review_usd < 0.3 * before.cost_usd
        assert after.held_usd >= before.held_usd


async def test_what_is_stored_is_priced_by_its_statements(make: Make) -> None:
    program = await session(make, writing())
    await program.clock.run(program.generate("study-notes"))
    order = replace(program.order("study-notes"), review=True)
    (row,) = (await program.clock.run(program.preflight.of(order))).jobs
    assert row.stored
    assert row.requests == 1
    assert row.cost_usd == row.review_usd > 0
    again = await session(make, writing())
    await again.clock.run(reviewed(again, "study-notes"))
    (row,) = (await again.clock.run(again.preflight.of(order))).jobs
    assert not row.cost_usd


async def test_a_budget_holds_for_it(make: Make) -> None:
    program = make()
    program.source.transcript = HOUR
    program.writer.plan = writing()
    order = replace(program.order("study-notes"), review=True)
    (row,) = (await program.clock.run(program.preflight.of(order))).jobs
    program.settings.change({"budget.run_usd": row.held_usd * 1.01})
    assert (await program.clock.run(program.preflight.of(order))).over_budget is None
    program.settings.change({"budget.run_usd": row.held_usd * 0.9})
    assert (await program.clock.run(program.preflight.of(order))).over_budget is not None


async def test_of_a_long_video_each_part_is_judged_by_its_own_words(make: Make) -> None:
    program = make(max_concurrent=8)
    program.source.transcript = talk(segments=900, words=10, every_s=40.0)
    program.writer.plan = writing()
    await program.clock.run(reviewed(program, "flashcards"))
    assert says(program.job("flashcards").note) == {Says.YES}
    parts = {a.part: a.transcript for a in program.writer.asked if not a.statements}
    looks = [asked for asked in program.writer.asked if asked.statements]
    assert len(looks) == len(parts) > 3
    for look in looks:
        assert look.part is not None
        assert look.transcript == parts[look.part], "what the cache knows"
        starts = [item.places[0][0] for item in look.statements]
        assert all(look.part.start_s - 1 <= at <= look.part.end_s for at in starts)


async def test_notes_of_one_answer_have_a_look_each(make: Make) -> None:
    program = make(combine="always")
    program.writer.plan = writing()
    await program.clock.run(reviewed(program, "study-notes", "flashcards", "chapters"))
    written = [asked for asked in program.writer.asked if not asked.statements]
    looks = [asked for asked in program.writer.asked if asked.statements]
    assert (len(written), len(looks)) == (1, 3)
    assert all(says(job.note) == {Says.YES} for job in program.board)
    assert_sound(program)


async def test_a_retry_and_another_engine_keep_the_wish(make: Make) -> None:
    program = make()
    program.writer.plan = lambda assignment, n: (
        Plan(error=AnswerRefused("no")) if n == 1 else writing()(assignment, n)
    )
    await program.clock.run(reviewed(program, "study-notes"))
    job = program.job("study-notes")
    assert job.status is Status.ERROR

    async def retried() -> None:
        program.runner.retry(job.id)
        await program.runner.wait()

    await program.clock.run(retried())
    assert says(program.job("study-notes").note) == {Says.YES}


async def test_two_looks_at_once_are_paid_for_once(make: Make) -> None:
    """As of two runs that ask for the same note: the second finds it judged."""
    program = await session(make, writing(lambda _: Plan(pause_s=30.0)))
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.note is not None
    note_id, reviser = job.note.id, program.runner.reviser

    async def both() -> list[Note]:
        looks = (reviser.judge(note_id, anew=False) for _ in range(2))
        return await asyncio.gather(*looks)

    one, other = await program.clock.run(both())
    assert one == other
    assert says(other) == {Says.YES}
    assert [bool(asked.statements) for asked in program.writer.asked] == [False, True]


@pytest.mark.allow_log
async def test_what_was_found_outlasts_a_library_that_is_away(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is paid for: it waits in the spool until the library takes it."""
    program = make()
    program.writer.plan = writing()
    store, away = program.library.store, [DatabaseUnavailable()] * 4
    revise = store.revise

    async def sometimes(note: Note, revision: Any = None) -> None:
        if away:
            raise away.pop()
        await revise(note, revision)

    monkeypatch.setattr(store, "revise", sometimes)
    program.spool._made["revise"] = sometimes
    await program.clock.run(reviewed(program, "study-notes"))
    note = program.job("study-notes").note
    assert says(note) == {Says.YES}
    assert note is not None
    assert not away
    assert await store.get(note.id) == note
    assert program.spool.waiting == 0
    assert_sound(program)
