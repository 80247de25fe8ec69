"""Ten hours of talk: written in parts, put together, covered to the end."""

from __future__ import annotations

import asyncio
import random
import tracemalloc
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from notegen_desktop.domain.checks.evidence import GroundingIndex
from notegen_desktop.domain.errors import (
    AnswerRefused,
    KeyRejected,
    NoteGenError,
    RateLimited,
    ServiceUnavailable,
)
from notegen_desktop.domain.jobs.board import TextGrew
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.notes.merging import key_of
from notegen_desktop.domain.notes.note import Draft, Note
from notegen_desktop.domain.notes.parts import missing_stretch
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.services.generation import generator
from notegen_desktop.services.generation.assignment import Work
from notegen_desktop.services.generation.validation import ValidationResult, validate
from notegen_desktop.services.ports import Assignment, Order, UnfinishedRun, Writing
from tests.fakes.records import MemoryJournal, MemoryLedger
from tests.fakes.writing import Plan, link_of, section_of, talk
from tests.services.running import Make, Program, assert_sound, build_program, in_memory

TEN_HOURS = talk(segments=900, words=5, every_s=40.0)
HOURS = 3600.0


def long_program(make: Make, **settings: object) -> Program:
    program = make(**{"fill_gaps": True, **settings})
    program.source.transcript = TEN_HOURS
    program.writer.plan = lambda _a, _n: Plan(sections=12, pause_s=1.0)
    return program


def parts_asked(program: Program, template: str = "chapters") -> list[int]:
    return sorted(
        a.part.number for a in program.writer.asked if a.part and a.template.id == template
    )


def note_of(program: Program, template: str = "chapters") -> Note:
    job = program.job(template)
    assert job.note is not None, job.failure
    return job.note


async def test_ten_hours_are_covered_to_the_end_in_order(make: Make) -> None:
    program = long_program(make)
    await program.clock.run(program.generate("chapters"))
    note = note_of(program)
    count = program.writer.asked[0].part.count if program.writer.asked[0].part else 0
    assert count >= 6
    assert parts_asked(program) == list(range(1, count + 1)), "each part is asked for once"
    assert note.coverage.gaps == ()
    assert note.coverage.covered_s > 9.9 * HOURS
    starts = [section.cites[0].start_s for section in note.sections]
    assert starts == sorted(starts)
    assert len({key_of(section.heading) for section in note.sections}) == len(note.sections)
    assert note.usage.requests == count
    assert_sound(program)


async def test_parts_are_written_side_by_side(make: Make) -> None:
    program = long_program(make, max_concurrent=8)
    begun = program.clock.now
    await program.clock.run(program.generate("chapters"))
    assert program.writer.most_running >= 6
    assert program.clock.now - begun < 3 * 12, "six parts in the time of one, and a little"


async def test_no_part_is_sent_the_words_of_another(make: Make) -> None:
    program = long_program(make)
    await program.clock.run(program.generate("chapters", "flashcards"))
    own: dict[int, set[tuple[str, ...]]] = {}
    for asked in program.writer.asked:
        assert asked.part is not None
        assert asked.transcript is not None
        labels = tuple(segment.label for segment in asked.transcript.segments)
        assert labels[-1] == asked.part.last
        assert 0 <= labels.index(asked.part.first) <= 6, "a little context at most"
        own.setdefault(asked.part.number, set()).add(labels)
    assert all(len(sent) == 1 for sent in own.values()), "all templates begin alike, part by part"


async def test_what_sums_up_a_long_video_is_written_over_the_whole(make: Make) -> None:
    program = long_program(make)

    async def story() -> None:
        (estimated,) = await program.runner.preflight.estimate(program.order("study-notes"))
        await program.generate("study-notes")
        assert estimated.requests == len(program.writer.asked), "the estimate knows of it"

    await program.clock.run(story())
    *parts, overall = program.writer.asked
    assert len(parts) > 3
    assert all(asked.part is not None for asked in parts)
    assert [plan.heading for plan in overall.template.sections] == ["Overview", "Summary points"]
    assert overall.transcript is not None
    told, said = overall.transcript.segments, TEN_HOURS.segments
    assert len(told) > 5 * len(parts)
    assert told[-1].start_s > 9 * HOURS
    labels = {segment.label: segment.start_s for segment in said}
    assert all(labels[segment.label] == segment.start_s for segment in told)
    note = note_of(program, "study-notes")
    written = section_of(overall, 0, 12)
    assert note.sections[0].heading == written.heading
    assert note.usage.requests == len(program.writer.asked)


async def test_what_no_minute_has_room_for_is_written_in_parts(make: Make) -> None:
    program = long_program(make)
    program.source.transcript = talk(segments=600, words=40)

    def plan(asked: Assignment, _n: int) -> Plan:
        assert asked.transcript is not None
        tokens = sum(count_tokens(segment.text) for segment in asked.transcript.segments)
        too_many = RateLimited(retry_after_s=60.0, tokens_per_minute=20_000)
        return Plan(error=too_many if tokens > 20_000 else None, sections=12)

    program.writer.plan = plan
    await program.clock.run(program.generate("chapters", "flashcards"))
    note = note_of(program)
    assert note.coverage.gaps == ()
    assert len(parts_asked(program)) >= 2
    whole = [asked for asked in program.writer.asked if asked.part is None]
    assert len(whole) <= 2, "that it is too large is found out once a note"


async def test_what_is_not_to_be_parted_says_how_much_a_minute_takes(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, _n: Plan(error=RateLimited(tokens_per_minute=100))
    (job,) = await program.clock.run(program.generate("chapters"))
    assert job.failure is not None
    assert job.failure.code == "request_too_large"
    assert "100 a minute" in job.failure.message
    assert len(program.writer.asked) == 1, "a wait would not help"


async def test_without_it_the_parts_of_the_overview_stay(make: Make) -> None:
    program = long_program(make)
    program.writer.plan = lambda a, _n: Plan(
        sections=12, error=None if a.part else AnswerRefused("no")
    )
    await program.clock.run(program.generate("study-notes"))
    assert program.job("study-notes").status is Status.COMPLETE
    assert note_of(program, "study-notes").sections[0].heading.startswith("Overview")


async def test_progress_is_the_mean_of_the_parts_and_whole_sections_show_at_once(
    make: Make,
) -> None:
    program = long_program(make, max_concurrent=8)
    await program.clock.run(program.generate("chapters"))
    grown = [event.job for event in program.events if isinstance(event, TextGrew)]
    assert len({round(job.progress, 3) for job in grown}) > 30
    whole = [len(job.draft.kept().sections) for job in grown]
    assert whole == sorted(whole)
    assert whole[len(whole) // 2] > 12, "sections of several parts are there at half time"


async def test_a_short_talk_stays_one_request(make: Make) -> None:
    program = make()
    await program.clock.run(program.generate("chapters"))
    assert [asked.part for asked in program.writer.asked] == [None]


async def test_a_passing_fault_in_one_part_costs_that_part_alone(make: Make) -> None:
    program = long_program(make)
    failed: list[Assignment] = []

    def plan(assignment: Assignment, _n: int) -> Plan:
        if assignment.part and assignment.part.number == 3 and not failed:
            failed.append(assignment)
            return Plan(sections=12, error=ServiceUnavailable(), fail_after=5)
        return Plan(sections=12)

    program.writer.plan = plan
    await program.clock.run(program.generate("chapters"))
    again = [a for a in program.writer.asked if a.part and a.part.number == 3]
    assert len(again) == 2
    assert again[1].whole_sections is not None
    assert len(again[1].whole_sections.sections) == 5, "its whole sections are not asked again"
    assert len(program.writer.asked) == again[0].part.count + 1 if again[0].part else 0
    assert note_of(program).coverage.gaps == ()
    assert_sound(program)


async def test_a_retry_pays_for_no_whole_part_again(make: Make) -> None:
    program = long_program(make, max_concurrent=1)
    broken = True

    def plan(assignment: Assignment, _n: int) -> Plan:
        last = assignment.part and assignment.part.number == assignment.part.count
        return Plan(sections=12, error=KeyRejected() if last and broken else None, fail_after=4)

    program.writer.plan = plan

    async def story() -> None:
        nonlocal broken
        (job,) = await program.generate("chapters")
        assert job.status is Status.ERROR
        asked = [a.part for a in program.writer.asked if a.part]
        broken = False
        program.runner.retry(job.id)
        await program.runner.wait()
        again = {a.part: a for a in program.writer.asked[len(asked) :] if a.part}
        last = asked[-1]
        assert last.number == last.count, "its failure ended the rest"
        assert set(again).isdisjoint(asked[:-1])
        assert len(again) + len(asked) - 1 == last.count
        sections = again[last].whole_sections
        assert sections is not None
        assert len(sections.sections) == 4

    await program.clock.run(story())
    assert note_of(program).coverage.gaps == ()
    assert_sound(program)


def refusing(*numbers: int) -> Callable[[Assignment, int], Plan]:
    """Parts of these numbers are refused, and what is asked to make up for them."""

    def plan(assignment: Assignment, _n: int) -> Plan:
        part = assignment.part
        refused = part is not None and (part.number in numbers or (part.fills and 2 in numbers))
        return Plan(sections=12, error=AnswerRefused("no") if refused else None, fail_after=3)

    return plan


async def test_a_part_that_is_refused_leaves_a_note_that_lacks_it(make: Make) -> None:
    program = long_program(make)
    program.writer.plan = refusing(2)
    (job,) = await program.clock.run(program.generate("chapters"))
    assert job.status is Status.COMPLETE
    part = next(a.part for a in program.writer.asked if a.part and a.part.number == 2)
    note = note_of(program)
    assert note.missing == (f"the video from {part.words}",)
    assert note.lacks == f"This note lacks the video from {part.words}."
    assert note.coverage.gaps == ((int(part.start_s), int(part.end_s)),)


async def keep_words(program: Program) -> None:
    """In the library, where what is made of a note later finds them."""
    video = await program.source.describe(link_of("talk"))
    await program.library.store.put_transcript(video, TEN_HOURS)


async def test_just_that_part_is_asked_for_on_demand(make: Make) -> None:
    program = long_program(make)
    await keep_words(program)
    program.writer.plan = refusing(2)
    await program.clock.run(program.generate("chapters"))
    note, asked = note_of(program), len(program.writer.asked)
    with pytest.raises(AnswerRefused):
        await program.clock.run(program.runner.reviser.complete(note.id))
    assert note_of(program) == note
    estimated = await program.clock.run(program.runner.reviser.estimate_complete(note.id))
    assert estimated.cost_usd > 0
    program.writer.plan = refusing()
    whole = await program.clock.run(program.runner.reviser.complete(note.id))
    (first, second) = program.writer.asked[asked:]
    assert first.part == second.part
    assert second.part is not None
    assert second.part.words in note.lacks
    assert whole.missing == ()
    assert whole.coverage.gaps == ()
    assert [s for s in whole.sections if s in note.sections] == list(note.sections)
    starts = [section.cites[0].start_s for section in whole.sections]
    assert starts == sorted(starts)
    assert program.job("chapters").note == whole


async def test_what_a_note_lacks_has_a_price_of_its_own(make: Make) -> None:
    program = long_program(make)
    await keep_words(program)
    order = program.order("study-notes")
    (row,) = (await program.clock.run(program.preflight.of(order))).jobs
    await program.clock.run(program.generate("study-notes"))
    note_id = note_of(program, "study-notes").id

    async def price_of(*lacks: str) -> float:
        await program.runner.reviser.revise(note_id, lambda note: replace(note, missing=lacks))
        return (await program.runner.reviser.estimate_complete(note_id)).cost_usd

    async def prices() -> None:
        whole = await price_of("its end")
        assert whole == pytest.approx(row.cost_usd), "nobody knows how much that is"
        section = await price_of("the section “Overview”")
        assert 0 < section < whole
        stretch = await price_of("the video from 1:00:00 to 2:00:00")
        assert stretch == pytest.approx(whole / 10, rel=0.01)
        both = await price_of("the section “Overview”", "the video from 1:00:00 to 2:00:00")
        assert both == pytest.approx(section + stretch)
        assert await price_of() == 0

    await program.clock.run(prices())


async def test_of_a_part_that_is_cut_again_and_again_the_beginning_stays(make: Make) -> None:
    program = long_program(make)

    def plan(assignment: Assignment, _n: int) -> Plan:
        cut = assignment.part is not None and assignment.part.number == 2
        going_on = bool(assignment.whole_sections and assignment.whole_sections.sections)
        return Plan(sections=4 if cut and going_on else 12, truncated=cut)

    program.writer.plan = plan
    (job,) = await program.clock.run(program.generate("chapters"))
    assert job.status is Status.COMPLETE, job.failure
    part = next(a.part for a in program.writer.asked if a.part and a.part.number == 2)
    (lack,) = note_of(program).missing
    start_s, end_s = missing_stretch(lack)
    assert part.start_s <= start_s < part.end_s == pytest.approx(end_s, abs=1)


async def test_where_most_parts_are_refused_there_is_no_note(make: Make) -> None:
    program = long_program(make)
    broken = True

    def plan(assignment: Assignment, n: int) -> Plan:
        return refusing(*range(2, 9))(assignment, n) if broken else Plan(sections=12)

    program.writer.plan = plan

    async def story() -> None:
        nonlocal broken
        (job,) = await program.generate("chapters")
        assert job.status is Status.ERROR
        asked = len(program.writer.asked)
        broken = False
        program.runner.retry(job.id)
        await program.runner.wait()
        again = [a for a in program.writer.asked[asked:] if a.part]
        assert [a.whole_sections for a in again if a.part.number == 2] == [None], "it begins anew"

    await program.clock.run(story())
    assert note_of(program).coverage.gaps == ()


async def test_cancelling_ends_every_part_at_once(make: Make) -> None:
    program = long_program(make, max_concurrent=8)

    async def story() -> None:
        (job,) = program.runner.submit(program.order("chapters"))
        await program.clock.sleep(5)
        assert program.writer.running >= 6
        program.runner.cancel(job.id)
        await program.runner.wait()
        assert program.writer.running == 0

    await program.clock.run(story())
    assert program.job("chapters").status is Status.CANCELLED


async def test_a_killed_program_goes_on_with_the_parts_that_were_missing(make: Make) -> None:
    first = long_program(make, max_concurrent=3)
    journal = first.library.journal
    assert isinstance(journal, MemoryJournal)

    async def until_killed() -> None:
        first.runner.submit(first.order("chapters"))
        await first.clock.sleep(20)
        first.runner.interrupt()
        await first.runner.wait()

    await first.clock.run(until_killed())
    job = first.job("chapters")
    kept = journal.part_drafts[job.id]
    done = {number for number, part in kept.items() if part.done}
    assert 3 <= len(done) < 6, "some parts are whole, some begun, some not"
    begun = {number: part for number, part in kept.items() if not part.done}
    assert begun

    second = long_program(make)
    count = first.writer.asked[0].part.count if first.writer.asked[0].part else 0
    order = Order((link_of("talk"),), ("chapters",))
    run = UnfinishedRun("left", order, (), (job.request,))
    journal.left = (run,)

    async def go_on() -> None:
        await second.runner.resume()
        await second.runner.wait()

    await second.clock.run(go_on())
    asked = {a.part.number - 1: a for a in second.writer.asked if a.part}
    assert set(asked) == set(range(count)) - done, "whole parts are not paid for again"
    for number, part in begun.items():
        whole = asked[number].whole_sections
        assert whole is not None
        assert whole.sections == part.draft.sections
    assert note_of(second).coverage.gaps == ()
    assert_sound(second)


def stop_half_way(program: Program, number: int) -> None:
    """Have that part of a note tell of its first half only."""
    write = program.writer.write

    def stopping(assignment: Assignment) -> AsyncGenerator[Writing, None]:
        part = assignment.part
        if part is not None and part.number == number and not part.fills:
            middle = str((int(part.first) + int(part.last)) // 2)
            assignment = replace(assignment, part=replace(part, last=middle))
        return write(assignment)

    program.writer.write = stopping  # type: ignore[method-assign]


async def test_a_part_that_stops_half_way_is_completed(make: Make) -> None:
    program = long_program(make)
    stop_half_way(program, 2)
    await program.clock.run(program.generate("study-notes"))
    filling = [a for a in program.writer.asked if a.part and a.part.fills]
    assert len(filling) == 1
    (gap,) = filling
    assert gap.part is not None
    assert gap.part.known, "it is told what the note has"
    note = note_of(program, "study-notes")
    assert note.coverage.gaps == ()
    starts = [section.cites[0].start_s for section in note.sections if "topic" in section.heading]
    assert starts == sorted(starts), "what was missing stands where it belongs"
    assert_sound(program)


async def test_a_gap_that_cannot_be_filled_leaves_a_note_that_names_it(make: Make) -> None:
    program = long_program(make)
    program.writer.plan = lambda a, _n: Plan(
        sections=12, error=AnswerRefused("no") if a.part and a.part.fills else None
    )
    stop_half_way(program, 6)
    await program.clock.run(program.generate("study-notes"))
    note = note_of(program, "study-notes")
    assert len(note.coverage.gaps) == 1
    assert note.coverage.gaps[0][1] > 9.9 * HOURS


async def test_one_click_fills_a_gap_of_a_stored_note(make: Make) -> None:
    program = make()
    program.source.transcript = talk(segments=400, words=4)
    program.writer.plan = lambda a, _n: Plan(sections=30 if a.part else 4)
    told: list[float] = []

    async def story() -> None:
        (job,) = await program.generate("chapters")
        note = job.note
        assert note is not None
        (gap,) = note.coverage.gaps
        await program.library.store.put_transcript(note.video, program.source.transcript)
        before = program.budget.spent.requests
        filled = await program.runner.reviser.fill_gap(note.id, gap, progress=told.append)
        assert program.budget.spent.requests == before + 1
        assert filled.id == note.id
        assert filled.coverage.gaps == ()
        assert len(filled.sections) == len(note.sections) + 30
        assert await program.library.store.get(note.id) == filled
        assert program.board.job(job.id).note == filled, "who looks at it sees it"
        asked = program.writer.asked[-1]
        assert asked.part is not None
        assert asked.part.known == tuple(section.heading for section in note.sections)
        assert filled.usage.requests == note.usage.requests + 1

    await program.clock.run(story())
    assert told == sorted(told)
    assert 0.3 < told[-1] < 1.0


async def test_a_gap_may_be_answered_by_nothing_and_is_then_none(make: Make) -> None:
    program = make()
    program.source.transcript = talk(segments=400, words=4)
    program.writer.plan = lambda a, _n: Plan(sections=0 if a.part else 4)

    async def story() -> None:
        (job,) = await program.generate("chapters")
        note = job.note
        assert note is not None
        (gap,) = note.coverage.gaps
        await program.library.store.put_transcript(note.video, program.source.transcript)
        before = program.budget.spent.requests
        filled = await program.runner.reviser.fill_gap(note.id, gap)
        assert program.budget.spent.requests == before + 1, "it is not asked again"
        assert filled.sections == note.sections
        assert filled.coverage.gaps == ()

    await program.clock.run(story())


async def test_what_is_left_out_is_written_unasked_only_where_the_setting_says_so(
    make: Make,
) -> None:
    program = long_program(make, fill_gaps=False)
    stop_half_way(program, 2)
    await program.clock.run(program.generate("study-notes"))
    assert not [a for a in program.writer.asked if a.part and a.part.fills]
    assert len(note_of(program, "study-notes").coverage.gaps) == 1, "it is offered"


async def test_two_clicks_on_two_gaps_lose_nothing(make: Make) -> None:
    program = make()
    program.source.transcript = talk(segments=400, words=4)

    async def story() -> None:
        (job,) = await program.generate("chapters")
        note = job.note
        assert note is not None
        await program.library.store.put_transcript(note.video, program.source.transcript)
        await asyncio.gather(
            program.runner.reviser.fill_gap(note.id, (1000.0, 2000.0)),
            program.runner.reviser.fill_gap(note.id, (3000.0, 3900.0)),
        )
        filled = await program.library.store.get(note.id)
        assert len(filled.sections) == len(note.sections) + 8

    await program.clock.run(story())


@pytest.mark.slow
async def test_ten_hours_take_little_memory(make: Make) -> None:
    """Three notes at once: what grows is the notes, not the words they are made of."""
    program = long_program(make, max_concurrent=8)
    program.source.transcript = talk(segments=1800, words=4, every_s=20.0)
    templates = ("chapters", "study-notes", "basic-summary")
    short = make()  # what any note has loaded stays
    await short.clock.run(short.generate(*templates, videos=("short",)))
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        await program.clock.run(program.generate(*templates))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert all(note_of(program, name).coverage.gaps == () for name in templates)
    assert peak - before < 7e6


def test_drafts_are_looked_at_one_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On real threads."""
    looking: list[int] = []
    most = 0

    def look(work: Work, draft: Draft, index: GroundingIndex | None) -> ValidationResult:
        nonlocal most
        looking.append(1)
        most = max(most, len(looking))
        verdict = validate(work, draft, index)
        looking.pop()
        return verdict

    monkeypatch.setattr(generator, "validate", look)
    program = long_program(lambda **_: build_program(tmp_path, in_memory()))

    async def story() -> None:
        await program.generate("chapters", "study-notes")
        await program.runner.aclose()

    asyncio.run(program.clock.run(story()))
    assert most == 1
    assert_sound(program)


async def test_a_long_note_is_estimated_and_booked_part_by_part(make: Make) -> None:
    program = long_program(make)

    async def story() -> None:
        (estimated,) = await program.runner.preflight.estimate(program.order("chapters"))
        await program.generate("chapters")
        ledger = program.library.ledger
        assert isinstance(ledger, MemoryLedger)
        booked = ledger.requests
        count = len(program.writer.asked)
        assert len(booked) == count
        words = count_tokens(TEN_HOURS.text)
        assert words < estimated.input_tokens < words * 1.5 + count * 4000
        shares = [record.estimated_output_tokens for record in booked]
        assert sum(shares) == pytest.approx(estimated.output_tokens, rel=0.02)
        assert max(shares) < 2 * min(shares), "each request is held against its own share"

    await program.clock.run(story())


@pytest.mark.parametrize("seed", range(12))
async def test_no_part_is_lost_or_doubled_whatever_happens(make: Make, seed: int) -> None:
    """Random failures, cut answers, cancels and retries; then everything is tried to the end."""
    rng = random.Random(seed)
    program = long_program(make, seed=seed, max_concurrent=rng.choice([1, 3, 8]))
    errors: list[NoteGenError | None] = [
        None,
        None,
        ServiceUnavailable(),
        RateLimited(retry_after_s=2),
        AnswerRefused("no"),
    ]
    troubled = True

    def plan(_assignment: Assignment, _n: int) -> Plan:
        if not troubled:
            return Plan(sections=12, pause_s=0.2)
        return Plan(
            sections=12,
            pause_s=rng.uniform(0.0, 2.0),
            error=rng.choice(errors),
            fail_after=rng.randint(0, 9),
            truncated=rng.random() < 0.2,
        )

    program.writer.plan = plan

    async def story() -> None:
        nonlocal troubled
        jobs = program.runner.submit(program.order("chapters", "study-notes"))
        for _ in range(rng.randint(1, 4)):
            await program.clock.sleep(rng.uniform(0, 15))
            job = rng.choice(jobs)
            rng.choice([program.runner.cancel, program.runner.retry])(job.id)
        await program.runner.wait()
        troubled = False
        for job in jobs:
            program.runner.retry(job.id)
        await program.runner.wait()

    async def complete() -> None:
        await keep_words(program)
        for job in program.board:
            if job.note is not None and job.note.missing:
                await program.runner.reviser.complete(job.note.id)

    await program.clock.run(story())
    assert_sound(program)
    await program.clock.run(complete())
    for template in ("chapters", "study-notes"):
        note = note_of(program, template)
        assert note.coverage.gaps == ()
        headings = [key_of(section.heading) for section in note.sections]
        assert len(headings) == len(set(headings))
    chapters = [s.cites[0].start_s for s in note_of(program).sections]
    assert chapters == sorted(chapters)
