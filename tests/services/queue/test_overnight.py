"""Notes written over night: sent once, left alone, fetched at half the price, whatever happens."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.errors import (
    AnswerUnusable,
    KeyRejected,
    NetworkUnreachable,
    NoFreeTier,
    NoteGenError,
    RateLimited,
    ServiceUnavailable,
)
from notegen_desktop.domain.jobs.job import Stage, Status
from notegen_desktop.services.generation.overnight import MAX_BYTES
from notegen_desktop.services.library.opening import open_library
from notegen_desktop.services.ports import BatchState
from tests.fakes.batches import USAGE, Hang, ScriptedBatches
from tests.fakes.clock import FakeClock
from tests.fakes.writing import Plan, talk
from tests.services.running import Program, Records, assert_sound, build_program

Story = Callable[[Program], Awaitable[Any]]


@dataclass
class Evening:
    """One library and one service, and programs that come and go."""

    folder: Path
    clock: FakeClock = field(default_factory=lambda: FakeClock(time.time() - 1_700_000_000))
    settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.batches = ScriptedBatches(self.clock)

    @asynccontextmanager
    async def program(self) -> AsyncIterator[Program]:
        library = open_library(path=self.folder / "notes.db")
        records = Records(library.journal, library.ledger, library.store)
        program = build_program(
            self.folder,
            records,
            batches=self.batches,
            clock=self.clock,
            all_settings={"processing.fill_gaps": False, **self.settings},
        )
        try:
            yield program
        finally:
            await self.clock.run(program.runner.aclose())
            await library.aclose()

    async def send(
        self, *templates: str, videos: tuple[str, ...] = ("talk",), until: Story | None = None
    ) -> None:
        """Order notes over night and end the program when they are sent, or where `until` ends."""
        async with self.program() as program:

            async def story() -> None:
                order = replace(program.order(*templates, videos=videos), overnight=True)
                program.runner.submit(order)
                await (until(program) if until else program.runner.settle())

            await self.clock.run(story())

    async def fetch(self) -> Program:
        """The next morning: what is there is fetched. The program has ended when this returns."""
        self.clock.now += 8 * 3600
        async with self.program() as program:

            async def story() -> None:
                await program.runner.resume()
                await program.runner.settle()

            await self.clock.run(story())
        return program

    async def left(self) -> list[Any]:
        """What is still on record as sent."""
        library = open_library(path=self.folder / "notes.db")
        found = [
            row for key in set(self.batches.keys) for row in await _of_key(library.journal, key)
        ]
        await library.aclose()
        return found


async def _of_key(journal: Any, key: str) -> list[Any]:
    return [each for each in await journal.sent(job_id=key.partition("/")[0]) if each.key == key]


@pytest.fixture
def evening(tmp_path: Path) -> Evening:
    return Evening(tmp_path)


def statuses(program: Program) -> list[Status]:
    return [job.status for job in program.board]


async def test_notes_are_sent_once_left_alone_and_fetched_by_the_next_start(
    evening: Evening,
) -> None:
    seen: list[tuple[Stage, str]] = []

    async def until(program: Program) -> None:
        await program.runner.settle()
        assert program.runner.left_alone == 3
        seen.extend((job.stage, job.wait_reason) for job in program.board)
        assert program.writer.asked == []

    await evening.send(until=until)
    assert [stage for stage, _ in seen] == [Stage.WAITING] * 3
    assert all(words.startswith("Sent at ") for _, words in seen)
    assert all(words.endswith(", expected within a day") for _, words in seen)
    assert len(evening.batches.taken) == 1
    program = await evening.fetch()
    assert statuses(program) == [Status.COMPLETE] * 3
    assert_sound(program)
    assert len(evening.batches.keys) == 3
    assert program.writer.asked == []
    assert await evening.left() == []


async def test_what_is_fetched_costs_half_and_is_booked_once(evening: Evening) -> None:
    evening.settings = {"budget.day_usd": 50.0}
    await evening.send("basic-summary")
    program = await evening.fetch()
    (job,) = program.board
    assert job.note is not None
    usual = (USAGE.input_tokens * 0.30 + USAGE.output_tokens * 2.50) / 1e6
    assert job.note.usage.cost_usd == pytest.approx(usual / 2)
    assert program.budget.spent.cost_usd == pytest.approx(usual / 2)
    library = open_library(path=evening.folder / "notes.db")
    days = [c.used for c in await library.ledger.counters() if c.period.startswith("day:")]
    rows = await library.ledger.usage()
    await library.aclose()
    assert sum(days) == pytest.approx(usual / 2, abs=1e-5)
    assert sum(row.requests for row in rows) == 1


async def test_a_batch_that_is_not_done_is_left_alone_again(evening: Evening) -> None:
    evening.batches.seconds = 12 * 3600
    await evening.send("basic-summary", "quick-reference")
    program = await evening.fetch()
    assert statuses(program) == [Status.CANCELLED] * 2, "the program was closed"
    program = await evening.fetch()
    assert statuses(program) == [Status.COMPLETE] * 2
    assert len(evening.batches.keys) == 2


async def test_a_window_that_stays_open_looks_now_and_then_until_it_is_there(
    evening: Evening,
) -> None:
    async def until(program: Program) -> None:
        await program.runner.wait()
        assert statuses(program) == [Status.COMPLETE] * 3

    evening.batches.seconds = 1200
    await evening.send(until=until)
    assert 4 < evening.batches.looks < 8


async def test_killed_before_it_is_sent_it_is_sent_by_the_next_start(evening: Evening) -> None:
    evening.batches.before = hang = Hang()
    await evening.send("basic-summary", until=hang.reached)
    assert evening.batches.taken == {}
    evening.batches.before = lambda: None
    first = await evening.fetch()
    assert statuses(first) == [Status.CANCELLED]
    assert len(evening.batches.keys) == 1
    assert statuses(await evening.fetch()) == [Status.COMPLETE]
    assert len(evening.batches.keys) == 1


async def test_killed_before_it_is_acknowledged_it_is_found_by_its_title(evening: Evening) -> None:
    evening.batches.after = hang = Hang()
    await evening.send(until=hang.reached)
    assert len(evening.batches.keys) == 3
    evening.batches.after = lambda: None
    assert statuses(await evening.fetch()) == [Status.COMPLETE] * 3
    assert len(evening.batches.keys) == 3


@pytest.mark.parametrize("taken", [True, False])
async def test_an_answer_that_is_lost_does_not_send_it_twice(evening: Evening, taken: bool) -> None:
    failures: list[NoteGenError] = [ServiceUnavailable("The connection broke off.")]

    def fail() -> None:
        if failures:
            raise failures.pop()

    if taken:
        evening.batches.after = fail
    else:
        evening.batches.before = fail
    await evening.send()
    assert len(evening.batches.keys) == 3
    assert statuses(await evening.fetch()) == [Status.COMPLETE] * 3
    assert len(evening.batches.keys) == 3


async def test_killed_while_fetching_nothing_is_sent_or_booked_twice(evening: Evening) -> None:
    await evening.send()
    evening.clock.now += 8 * 3600
    async with evening.program() as program:

        async def until_one_is_done() -> None:
            await program.runner.resume()
            while not program.board.tally.of(Status.COMPLETE):
                await program.clock.sleep(0.001)

        await evening.clock.run(until_one_is_done())
    await evening.fetch()
    assert len(evening.batches.keys) == 3
    library = open_library(path=evening.folder / "notes.db")
    assert len(await library.store.recent()) == 3
    assert sum(row.requests for row in await library.ledger.usage()) == 3
    await library.aclose()


async def test_notes_of_many_videos_go_in_as_many_batches_as_they_need(evening: Evening) -> None:
    evening.batches.size = MAX_BYTES // 2
    await evening.send("basic-summary", videos=("one", "two", "three"))
    assert sorted(len(batch.keys) for batch in evening.batches.taken.values()) == [1, 2]
    assert statuses(await evening.fetch()) == [Status.COMPLETE] * 3


async def test_a_video_that_cannot_be_read_does_not_hold_up_the_others(evening: Evening) -> None:
    async def until(program: Program) -> None:
        await program.runner.settle()
        assert sorted(statuses(program)) == [Status.ERROR, Status.PENDING]

    async with evening.program() as program:
        program.source.failures["brokenxxxxx"] = [NetworkUnreachable()] * 9
        order = replace(program.order("basic-summary", videos=("broken", "good")), overnight=True)

        async def story() -> None:
            program.runner.submit(order)
            await until(program)

        await evening.clock.run(story())
    assert len(evening.batches.keys) == 1


async def test_an_error_of_one_request_is_that_row_s_and_retried_at_once(evening: Evening) -> None:
    await evening.send("basic-summary", "quick-reference")
    first = evening.batches.keys[0]
    evening.batches.refuse[first] = ServiceUnavailable("An internal error.")
    evening.clock.now += 8 * 3600
    async with evening.program() as program:

        async def story() -> None:
            await program.runner.resume()
            await program.runner.wait()
            failed = program.board.job(first.partition("/")[0])
            assert failed.failure is not None
            assert "at once, at the usual price" in failed.failure.hint
            assert sorted(statuses(program)) == [Status.COMPLETE, Status.ERROR]
            program.runner.retry_failed()
            await program.runner.wait()

        await evening.clock.run(story())
    assert statuses(program) == [Status.COMPLETE] * 2
    assert len(program.writer.asked) == 1
    assert len(evening.batches.taken) == 1
    assert await evening.left() == []


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (BatchState.EXPIRED, "in time"),
        (BatchState.CANCELLED, "cancelled"),
        (BatchState.FAILED, "over night"),
    ],
)
async def test_a_batch_that_comes_to_nothing_says_so(
    evening: Evening, state: BatchState, words: str
) -> None:
    evening.batches.ends = state
    await evening.send("basic-summary")
    (job,) = (await evening.fetch()).board
    assert job.failure is not None
    assert words in job.failure.message
    assert "at once" in job.failure.hint
    assert await evening.left() == []


async def test_what_is_cut_off_or_no_note_is_made_up_for_at_once(evening: Evening) -> None:
    def plan(assignment: Any) -> Plan:
        if assignment.template.id == "basic-summary":
            return Plan(truncated=True)
        return Plan(sections=0, error=AnswerUnusable("What came is not a note."))

    evening.batches.plan = plan
    await evening.send("basic-summary", "quick-reference")
    program = await evening.fetch()
    assert statuses(program) == [Status.COMPLETE] * 2
    asked = {a.template.id: a for a in program.writer.asked}
    assert asked["basic-summary"].whole_sections is not None
    assert asked["quick-reference"].reason
    assert_sound(program)


async def test_a_key_without_billing_is_told_and_nothing_is_left_behind(evening: Evening) -> None:
    def refuse() -> None:
        raise NoFreeTier

    evening.batches.before = refuse
    evening.settings = {"budget.day_usd": 5.0}

    async def until(program: Program) -> None:
        await program.runner.wait()
        (job,) = program.board
        assert job.failure is not None
        assert "key with billing" in job.failure.hint
        counters = await program.library.ledger.counters()
        assert all(counter.used == 0 for counter in counters)

    await evening.send("basic-summary", until=until)
    assert evening.batches.taken == {}


async def test_where_too_much_waits_already_it_is_sent_later(evening: Evening) -> None:
    failures: list[NoteGenError] = [RateLimited(retry_after_s=300.0)]

    def fail() -> None:
        if failures:
            raise failures.pop()

    evening.batches.before = fail
    evening.batches.seconds = 60

    async def until(program: Program) -> None:
        await program.runner.settle()
        assert all(job.wait_reason.startswith("Not sent yet: ") for job in program.board)
        await program.runner.wait()
        assert statuses(program) == [Status.COMPLETE] * 3

    await evening.send(until=until)
    assert len(evening.batches.keys) == 3


async def test_cancelled_notes_are_given_up_and_with_the_last_one_the_batch(
    evening: Evening,
) -> None:
    async def until(program: Program) -> None:
        await program.runner.settle()
        (batch,) = evening.batches.taken.values()
        first, *others = [job.id for job in program.board]
        program.runner.cancel(first)
        await program.clock.sleep(1)
        assert not batch.cancelled
        for job_id in others:
            program.runner.cancel(job_id)
        await program.runner.wait()
        assert batch.cancelled
        assert program.writer.asked == []
        program.runner.retry(first)
        await program.runner.wait()
        assert program.board.job(first).status is Status.COMPLETE
        assert len(program.writer.asked) == 1, "a retry is at once"

    await evening.send(until=until)
    assert len(evening.batches.taken) == 1
    assert await evening.left() == []
    assert len((await evening.fetch()).board) == 0


async def test_without_a_network_what_was_sent_stays_sent(evening: Evening) -> None:
    await evening.send("basic-summary")
    evening.batches.away = KeyRejected()
    program = await evening.fetch()
    assert statuses(program) == [Status.CANCELLED], "closed, not failed"
    evening.batches.away = None
    assert statuses(await evening.fetch()) == [Status.COMPLETE]
    assert len(evening.batches.keys) == 1


async def test_with_another_key_it_is_not_sent_anew(evening: Evening) -> None:
    evening.batches.after = hang = Hang()
    await evening.send("basic-summary", until=hang.reached)
    taken, evening.batches.taken = evening.batches.taken, {}
    evening.batches.key = "another key"
    evening.batches.after = lambda: None
    await evening.fetch()
    assert evening.batches.taken == {}
    evening.batches.key, evening.batches.taken = "a key", taken
    assert statuses(await evening.fetch()) == [Status.COMPLETE]
    assert len(evening.batches.keys) == 1


async def test_answers_without_keys_are_taken_in_the_order_of_the_requests(
    evening: Evening,
) -> None:
    evening.batches.keyed = False
    await evening.send()
    program = await evening.fetch()
    assert statuses(program) == [Status.COMPLETE] * 3
    assert_sound(program)


async def test_a_long_talk_goes_in_parts_and_is_put_together_in_the_morning(
    evening: Evening,
) -> None:
    evening.batches.seconds = 60
    async with evening.program() as program:
        program.source.transcript = talk(segments=900, words=30, every_s=20.0)

        async def story() -> None:
            program.runner.submit(replace(program.order("study-notes"), overnight=True))
            await program.runner.settle()
            assert len(evening.batches.keys) > 1
            assert len(evening.batches.taken) == 1
            await program.runner.wait()

        await evening.clock.run(story())
    (job,) = program.board
    assert job.status is Status.COMPLETE, job.failure
    assert len(program.writer.asked) <= 1, "what is written over the whole of it"


async def test_an_estimate_is_half_of_what_it_would_be_at_once(evening: Evening) -> None:
    async with evening.program() as program:

        async def story() -> None:
            order = program.order("basic-summary", "study-notes")
            at_once = await program.preflight.of(replace(order, templates=order.templates[:1]))
            both = await program.preflight.of(replace(order, overnight=True))
            assert both.jobs[0].cost_usd == pytest.approx(at_once.cost_usd / 2)
            assert both.jobs[0].held_usd == pytest.approx(at_once.cost_usd / 2)
            assert {job.seconds for job in both.jobs} == {86_400.0}
            assert not any(job.cached_tokens for job in both.jobs)

        await evening.clock.run(story())


async def test_a_budget_that_has_no_room_for_half_the_price_refuses_it(evening: Evening) -> None:
    evening.settings = {"budget.day_usd": 0.0001}

    async def until(program: Program) -> None:
        await program.runner.wait()
        assert {job.failure.code for job in program.board if job.failure} == {"budget_exceeded"}

    await evening.send(until=until)
    assert evening.batches.taken == {}


async def test_of_a_part_that_fails_the_others_are_not_paid_again(evening: Evening) -> None:
    evening.batches.seconds = 60
    async with evening.program() as program:
        program.source.transcript = talk(segments=900, words=30, every_s=20.0)

        async def story() -> None:
            program.runner.submit(replace(program.order("study-notes"), overnight=True))
            await program.runner.settle()
            first = evening.batches.keys[0]
            evening.batches.refuse[first] = ServiceUnavailable("An internal error.")
            await program.runner.wait()
            assert statuses(program) == [Status.ERROR]
            program.runner.retry_failed()
            await program.runner.wait()

        await evening.clock.run(story())
    assert statuses(program) == [Status.COMPLETE]
    assert len(evening.batches.taken) == 1, "what failed is asked for at once"
    parts = [asked.part.number for asked in program.writer.asked if asked.part is not None]
    assert len(parts) == 1
    assert program.budget.spent.requests == len(evening.batches.keys) - 1 + len(
        program.writer.asked
    )


async def test_a_wrong_key_is_no_verdict_and_a_retry_sends_it_over_night(
    evening: Evening,
) -> None:
    failures: list[NoteGenError] = [KeyRejected()]

    def fail() -> None:
        if failures:
            raise failures.pop()

    evening.batches.before = fail

    async def until(program: Program) -> None:
        await program.runner.wait()
        (job,) = program.board
        assert job.failure is not None
        assert job.failure.code == "key_rejected"
        assert "billing" not in job.failure.hint
        program.runner.retry_failed()
        await program.runner.begun()
        await program.runner.settle()

    await evening.send("basic-summary", until=until)
    assert len(evening.batches.keys) == 1


async def test_a_note_that_is_written_at_once_after_all_calls_off_what_was_sent(
    evening: Evening,
) -> None:
    await evening.send("basic-summary")
    async with evening.program() as program:
        await evening.clock.run(program.generate("basic-summary"))
    assert statuses(program) == [Status.COMPLETE]
    (batch,) = evening.batches.taken.values()
    assert batch.cancelled
    assert await evening.left() == []


async def test_a_video_that_is_read_late_waits_with_the_others_without_another_look(
    evening: Evening,
) -> None:
    evening.batches.seconds = 24 * 3600
    await evening.send("basic-summary", videos=("one", "two"))
    async with evening.program() as program:
        read = program.source.read

        async def slowly(link: Any, **facts: Any) -> Any:
            await program.clock.sleep(20 if link.id.startswith("two") else 0)
            return await read(link, **facts)

        program.source.read = slowly  # type: ignore[method-assign]

        async def story() -> None:
            begun, looks = program.clock.now, evening.batches.looks
            await program.runner.resume()
            await program.runner.settle()
            assert program.runner.left_alone == 2
            assert program.clock.now - begun < 50
            assert evening.batches.looks == looks + 1

        await evening.clock.run(story())
