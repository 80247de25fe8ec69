"""The runner: many notes at once, each on its own."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import pytest

from notegen_desktop.domain.checks.evidence import GroundingIndex
from notegen_desktop.domain.errors import (
    AnswerRefused,
    KeyRejected,
    NetworkUnreachable,
    NoCaptions,
    NoteGenError,
    QuotaExhausted,
    RateLimited,
    ServiceUnavailable,
    UnknownTemplate,
    UsageError,
    VideoPrivate,
)
from notegen_desktop.domain.jobs.board import JobChanged
from notegen_desktop.domain.jobs.job import Stage, Status
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Mode
from notegen_desktop.domain.text.transcript import Transcript
from notegen_desktop.services.ports import Assignment, Order
from tests.fakes.writing import Plan, talk
from tests.services.running import TEMPLATES, Make, assert_sound, link_of


async def test_all_templates_are_written_at_the_same_time(make: Make) -> None:
    program = make(max_concurrent=5)
    begun = program.clock.now
    jobs = await program.clock.run(program.generate(*TEMPLATES[:5]))
    assert [job.status for job in jobs] == [Status.COMPLETE] * 5
    assert program.writer.most_running == 5
    assert program.source.reads == ["talkxxxxxxx"], "the video is read once"
    goes_ahead = 1.0  # the common beginning is long enough to be cached
    assert program.clock.now - begun < 0.5 + goes_ahead + 4 + 4 * 0.15 + 0.5
    assert_sound(program)


async def test_what_the_notes_of_a_video_are_checked_against_is_made_once(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Transcript] = []

    class Counted(GroundingIndex):
        def __init__(self, transcript: Transcript) -> None:
            made.append(transcript)
            super().__init__(transcript)

    for room in ("domain.checks.grounding", "services.generation.generator"):
        monkeypatch.setattr(f"notegen_desktop.{room}.GroundingIndex", Counted)
    program = make(max_concurrent=5)
    await program.clock.run(program.generate(*TEMPLATES[:5]))
    assert len(made) == 1
    await program.clock.run(program.generate(TEMPLATES[5]))
    assert len(made) == 2, "nothing is held of a video that has all its notes"


async def test_where_the_beginning_is_long_one_note_goes_ahead_until_its_first_words(
    make: Make,
) -> None:
    program = make()
    program.source.transcript = talk(segments=400)
    starts: list[float] = []

    def plan(_assignment: Assignment, _n: int) -> Plan:
        starts.append(program.clock.now)
        return Plan(pause_s=2.0)

    program.writer.plan = plan
    await program.clock.run(program.generate())
    assert starts[1] - starts[0] == pytest.approx(2.0, abs=0.3)
    assert starts[2] - starts[1] == pytest.approx(0.15, abs=0.1)
    assert_sound(program)


@pytest.mark.parametrize("moment", [0.55, 1.0])
async def test_a_leader_that_is_cancelled_holds_up_nobody(make: Make, moment: float) -> None:
    program = make(max_concurrent=1)
    program.source.transcript = talk(segments=400)

    async def story() -> None:
        jobs = program.runner.submit(program.order())
        await program.clock.sleep(moment)
        for job in jobs[:2]:
            program.runner.cancel(job.id)
        await program.runner.wait()

    await program.clock.run(story())
    assert program.job("flashcards").status is Status.COMPLETE


async def test_one_at_a_time_when_parallel_is_off(make: Make) -> None:
    program = make(parallel=False)
    await program.clock.run(program.generate(*TEMPLATES[:4]))
    assert program.writer.most_running == 1
    assert [job.template for job in program.board.finished()] == list(TEMPLATES[:4])
    assert_sound(program)


async def test_ranks_follow_finishing_not_starting(make: Make) -> None:
    program = make()
    pauses = dict(zip(TEMPLATES, (3.0, 2.0, 1.0), strict=False))
    program.writer.plan = lambda a, _n: Plan(pause_s=pauses[a.template.id])
    await program.clock.run(program.generate(*TEMPLATES[:3]))
    assert [job.template for job in program.board.finished()] == list(reversed(TEMPLATES[:3]))


async def test_a_failure_stays_with_its_job(make: Make) -> None:
    program = make()
    program.writer.plan = lambda a, _n: (
        Plan(error=AnswerRefused("no")) if a.template.id == "study-notes" else Plan()
    )
    await program.clock.run(program.generate())
    by_template = {job.template: job for job in program.board}
    assert by_template["study-notes"].status is Status.ERROR
    assert by_template["study-notes"].failure is not None
    assert by_template["study-notes"].failure.code == "answer_refused"
    assert by_template["basic-summary"].status is Status.COMPLETE
    assert by_template["flashcards"].status is Status.COMPLETE
    assert_sound(program)


async def test_retry_is_a_new_attempt_and_reads_nothing_twice(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, n: Plan(error=AnswerRefused()) if n == 1 else Plan()

    async def story() -> None:
        (job,) = await program.generate("study-notes")
        assert job.status is Status.ERROR
        program.runner.retry(job.id)
        await program.runner.wait()
        again = program.board.job(job.id)
        assert again.status is Status.COMPLETE
        assert again.attempt == 2
        program.runner.retry(job.id)
        assert program.board.job(job.id) is again, "a complete job is not asked for again"

    await program.clock.run(story())
    assert program.source.reads == ["talkxxxxxxx"]


async def test_retry_all_failed_leaves_cancelled_ones_alone(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, n: Plan(error=AnswerRefused()) if n == 1 else Plan()

    async def story() -> None:
        jobs = program.runner.submit(program.order())
        program.runner.cancel(jobs[0].id)
        await program.runner.wait()
        program.runner.retry_failed()
        await program.runner.wait()
        assert [program.board.job(j.id).status for j in jobs] == [
            Status.CANCELLED,
            Status.COMPLETE,
            Status.COMPLETE,
        ]

    await program.clock.run(story())


async def test_asked_for_twice_is_one_request(make: Make) -> None:
    program = make()

    async def story() -> None:
        program.runner.submit(program.order())
        program.runner.submit(program.order())
        await program.clock.sleep(2)
        program.runner.submit(program.order())
        await program.runner.wait()
        program.runner.submit(program.order())
        await program.runner.wait()

    await program.clock.run(story())
    assert len(program.writer.asked) == 3
    assert len(program.board) == 3


async def test_what_is_known_of_a_video_is_shown_until_it_is_read(make: Make) -> None:
    program = make()
    order = program.order()
    key = order.links[0].key
    known = Video(key, order.links[0].url, "youtube", title="As it was looked up")

    async def story() -> None:
        program.runner.submit(order, known={key: known, "another": known})
        assert program.board.video(key).title == "As it was looked up"
        await program.runner.wait()
        assert program.board.video(key).title != "As it was looked up"

    await program.clock.run(story())


async def test_what_is_stored_is_not_asked_for_by_a_later_session(make: Make) -> None:
    first = make()
    await first.clock.run(first.generate())
    later = make()
    jobs = await later.clock.run(later.generate())
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3
    assert later.writer.asked == []
    assert later.source.reads == []
    assert later.budget.spent.requests == 0


async def test_passing_faults_are_tried_again(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, n: Plan(error=ServiceUnavailable()) if n < 3 else Plan()
    jobs = await program.clock.run(program.generate())
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3
    assert all(job.attempt == 1 for job in jobs)
    assert_sound(program)


async def test_what_cannot_succeed_is_not_tried_again(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, _n: Plan(error=KeyRejected())
    await program.clock.run(program.generate("study-notes"))
    assert len(program.writer.asked) == 1


async def test_no_network_from_the_start_is_said_soon(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, _n: Plan(error=NetworkUnreachable())
    begun = program.clock.now
    jobs = await program.clock.run(program.generate())
    assert {job.failure.code for job in jobs if job.failure} == {"network_unreachable"}
    assert program.clock.now - begun < 60


async def test_a_network_lost_in_mid_run_is_waited_for(make: Make) -> None:
    program = make()
    back_at = program.clock.now + 120

    def plan(assignment: Assignment, n: int) -> Plan:
        if n == 1:
            return Plan(error=ServiceUnavailable(), fail_after=1)
        return Plan(error=NetworkUnreachable()) if program.clock.now < back_at else Plan()

    program.writer.plan = plan
    jobs = await program.clock.run(program.generate())
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3


async def test_a_cut_stream_goes_on_after_its_whole_sections(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, n: (
        Plan(error=ServiceUnavailable(), fail_after=3) if n == 1 else Plan()
    )
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.note is not None
    assert len(job.note.sections) == 4
    again = program.writer.asked[1].whole_sections
    assert again is not None
    assert len(again.sections) == 3
    assert job.note.usage.requests == 2


async def test_an_answer_at_its_length_limit_is_asked_for_the_rest(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, n: Plan(sections=6, truncated=n < 3)
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.status is Status.COMPLETE, job.failure
    assert job.note is not None
    headings = [section.heading for section in job.note.sections]
    assert len(headings) == len(set(headings)) == 6


async def test_a_failed_reading_fails_its_video_alone_and_is_read_again_on_retry(
    make: Make,
) -> None:
    program = make()
    program.source.failures["privatexxxx"] = [VideoPrivate()]

    async def story() -> None:
        jobs = await program.generate("study-notes", videos=("private", "open"))
        assert [job.status for job in jobs] == [Status.ERROR, Status.COMPLETE]
        program.runner.retry_failed()
        await program.runner.wait()

    await program.clock.run(story())
    assert all(job.status is Status.COMPLETE for job in program.board)


async def test_words_that_were_not_there_are_looked_for_again_on_retry(make: Make) -> None:
    program = make()
    missing = NoCaptions().failure()
    program.source.found = lambda it: replace(it, transcript=None, missing=missing)
    order = replace(program.order("study-notes"), mode=Mode.TRANSCRIPT)

    async def story() -> None:
        (job,) = program.runner.submit(order)
        await program.runner.wait()
        failure = program.board.job(job.id).failure
        assert failure is not None
        assert failure.code == "no_captions"
        program.source.found = lambda it: it
        program.runner.retry(job.id)
        await program.runner.wait()

    await program.clock.run(story())
    assert [job.status for job in program.board] == [Status.COMPLETE]


async def test_another_source_takes_the_place_of_one_that_refuses(make: Make) -> None:
    program = make()
    program.source.failures["privatexxxx"] = [VideoPrivate()]

    async def story() -> None:
        jobs = await program.generate("study-notes", "chapters", videos=("private",))
        ids = [job.id for job in jobs]
        new = program.runner.switch(ids, link=link_of("saved"))
        assert [job.template for job in new] == ["study-notes", "chapters"]
        await program.runner.wait()

    await program.clock.run(story())
    assert {(job.video_id, job.status) for job in program.board} == {
        ("savedxxxxxx", Status.COMPLETE)
    }


async def test_a_wait_the_server_asks_for_is_seen_and_kept(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, n: (
        Plan(error=RateLimited(retry_after_s=23)) if n == 1 else Plan()
    )
    await program.clock.run(program.generate("study-notes"))
    waits = [
        event.job
        for event in program.events
        if isinstance(event, JobChanged) and event.job.stage is Stage.WAITING
    ]
    assert waits[0].wait_reason == "Gemini asks to wait"
    assert waits[0].wait_until is not None
    assert_sound(program)


async def test_a_day_without_quota_is_remembered_by_the_next_session(make: Make) -> None:
    first = make()
    until = first.clock.time() + 3_000
    first.writer.plan = lambda _a, _n: Plan(error=QuotaExhausted(until=until))
    await first.clock.run(first.generate("study-notes"))
    later = make()
    (job,) = await later.clock.run(later.generate("study-notes"))
    assert job.failure is not None
    assert job.failure.code == "quota_exhausted"
    assert later.writer.asked == []


async def test_an_order_without_sense_is_refused(make: Make) -> None:
    program = make()
    with pytest.raises(UnknownTemplate):
        program.runner.submit(program.order("no-such-template"))
    with pytest.raises(UsageError):
        program.runner.submit(Order((), ("study-notes",)))
    assert len(program.board) == 0


@pytest.mark.parametrize("moment", [0.0, 0.1, 0.5, 0.52, 0.65, 0.8, 1.0, 1.5, 2.5, 4.4, 4.5, 4.65])
async def test_a_cancel_at_any_moment_ends_that_job_and_no_other(make: Make, moment: float) -> None:
    program = make()

    async def story() -> None:
        jobs = program.runner.submit(program.order())
        await program.clock.sleep(moment)
        program.runner.cancel(jobs[1].id)
        assert program.board.job(jobs[1].id).is_final, "cancelling is at once"
        await program.runner.wait()

    await program.clock.run(story())
    assert program.job("basic-summary").status is Status.COMPLETE
    assert program.job("flashcards").status is Status.COMPLETE
    assert_sound(program)


async def test_what_was_set_aside_comes_back_as_it_was_and_can_be_retried(make: Make) -> None:
    program = make()
    program.writer.plan = lambda a, _n: Plan(
        error=KeyRejected() if a.template.id == "flashcards" else None
    )
    jobs = await program.clock.run(program.generate("basic-summary", "flashcards"))
    back = program.runner.remove_with_undo(*[job.id for job in jobs])
    assert not len(program.board)
    back()
    assert {program.board.job(job.id) for job in jobs} == set(jobs)
    program.writer.plan = lambda _a, _n: Plan()

    async def again() -> None:
        program.runner.retry_failed()
        await program.runner.wait()

    await program.clock.run(again())
    assert [job.status for job in program.board] == [Status.COMPLETE] * 2
    back()
    assert len(program.board) == 2, "what is there by now is not put back"
    assert_sound(program)


async def test_cancel_all_ends_everything_and_retry_starts_anew(make: Make) -> None:
    program = make()

    async def story() -> None:
        jobs = program.runner.submit(program.order())
        await program.clock.sleep(2)
        program.runner.cancel_all()
        for job in jobs:
            program.runner.retry(job.id)
        await program.runner.wait()

    await program.clock.run(story())
    assert [job.status for job in program.board] == [Status.COMPLETE] * 3
    assert [job.attempt for job in program.board] == [2, 2, 2]


@pytest.mark.parametrize("seed", range(200))
async def test_nothing_is_mixed_up_whatever_happens(make: Make, seed: int) -> None:
    """Random delays, failures, cancels and retries, with 2, 3, 5 and 8 templates at once."""
    rng = random.Random(seed)
    count = rng.choice([2, 3, 5, 8])
    program = make(seed=seed, max_concurrent=rng.choice([1, 2, 4, 8]), parallel=seed % 7 != 0)
    errors: list[NoteGenError | None] = [
        None,
        None,
        None,
        AnswerRefused("no"),
        ServiceUnavailable(),
        RateLimited(retry_after_s=3),
        RateLimited(),
    ]

    def plan(_assignment: Assignment, _n: int) -> Plan:
        return Plan(
            sections=rng.randint(2, 5),
            pause_s=rng.uniform(0.0, 3.0),
            error=rng.choice(errors),
            fail_after=rng.randint(0, 3),
            truncated=rng.random() < 0.1,
        )

    program.writer.plan = plan

    async def story() -> None:
        jobs = program.runner.submit(
            program.order(*TEMPLATES[:count], videos=(f"a{seed}", f"b{seed}"))
        )
        for _ in range(rng.randint(0, 3)):
            await program.clock.sleep(rng.uniform(0, 4))
            job = rng.choice(jobs)
            rng.choice([program.runner.cancel, program.runner.retry])(job.id)
        await program.runner.wait()

    await program.clock.run(story())
    assert_sound(program)


async def test_closing_in_mid_run_leaves_no_task(make: Make) -> None:
    program = make()

    async def story() -> None:
        program.runner.submit(program.order())
        await program.clock.sleep(2)
        await program.runner.aclose()
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert not any(name.startswith(("job", "reading", "order")) for name in names)

    await program.clock.run(story())
    assert all(job.status is Status.CANCELLED for job in program.board)
    assert program.writer.closed_early == 3
