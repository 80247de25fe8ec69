"""A machine that sleeps in the middle of a run, on a clock of ours."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from notegen_desktop.domain.errors import (
    MachineSlept,
    NetworkUnreachable,
    RateLimited,
    ServiceUnavailable,
    TimedOut,
)
from notegen_desktop.domain.jobs.board import JobChanged
from notegen_desktop.domain.jobs.job import Stage, Status
from notegen_desktop.services.machine.sleep_detection import USUAL, SleepDetector, Thresholds
from notegen_desktop.services.pacing.activity import slept_words
from notegen_desktop.services.pacing.daily_quota import EXHAUSTED
from notegen_desktop.services.pacing.retry import SLEPT
from notegen_desktop.services.ports import Assignment
from tests.fakes.clock import FakeClock
from tests.fakes.records import MemoryJournal, MemoryLedger
from tests.fakes.writing import SECTION_TOKENS, Plan, link_of
from tests.services.running import TEMPLATES, Make, Program, assert_sound

NIGHT_S = 8 * 3600.0
BOTH_KINDS = pytest.mark.parametrize("timers_go_on", [False, True])


# --- noticing -----------------------------------------------------------------------------------


def heard_by(sleep_detector: SleepDetector) -> list[float]:
    heard: list[float] = []
    sleep_detector.subscribe(heard.append)
    return heard


@BOTH_KINDS
async def test_a_sleep_is_noticed_with_its_length(timers_go_on: bool) -> None:
    clock = FakeClock()
    sleep_detector = SleepDetector(clock)
    heard = heard_by(sleep_detector)

    async def story() -> None:
        with sleep_detector.watching():
            await clock.sleep(12)
            clock.suspend(NIGHT_S, timers_go_on=timers_go_on)
            await clock.sleep(12)

    await clock.run(story())
    assert len(heard) == 1
    assert heard[0] == pytest.approx(NIGHT_S, abs=USUAL.tick_s)


@pytest.mark.parametrize("held_up_s", [0.1, 5.0, 29.0])
async def test_a_busy_event_loop_is_no_sleep(held_up_s: float) -> None:
    clock = FakeClock()
    sleep_detector = SleepDetector(clock)
    heard = heard_by(sleep_detector)

    async def story() -> None:
        with sleep_detector.watching():
            for _ in range(20):
                await clock.sleep(7)
                clock.suspend(held_up_s, timers_go_on=True)

    await clock.run(story())
    assert heard == []


async def test_what_happens_while_nobody_watches_is_nobodys_business() -> None:
    clock = FakeClock()
    sleep_detector = SleepDetector(clock)
    heard = heard_by(sleep_detector)

    async def story() -> None:
        clock.suspend(NIGHT_S)
        sleep_detector.look()
        with sleep_detector.watching():
            await clock.sleep(12)

    await clock.run(story())
    assert heard == []


async def test_the_thresholds_are_whoevers_choice() -> None:
    clock = FakeClock()
    sleep_detector = SleepDetector(clock, Thresholds(tick_s=0.5, late_s=2.0))
    heard = heard_by(sleep_detector)

    async def story() -> None:
        with sleep_detector.watching():
            clock.suspend(3.0)
            await clock.sleep(1)

    await clock.run(story())
    assert len(heard) == 1


@BOTH_KINDS
async def test_a_wait_is_over_when_its_end_was_slept_through(timers_go_on: bool) -> None:
    clock = FakeClock()
    sleep_detector = SleepDetector(clock)
    begun = clock.now

    async def story() -> None:
        nap = asyncio.create_task(sleep_detector.sleep(50))
        await clock.sleep(10)
        clock.suspend(600, timers_go_on=timers_go_on)
        await nap

    await clock.run(story())
    assert clock.now - begun <= 10 + 600 + USUAL.tick_s


async def test_a_wait_that_is_not_over_goes_on_for_the_rest() -> None:
    clock = FakeClock()
    sleep_detector = SleepDetector(clock)
    begun = clock.now

    async def story() -> None:
        nap = asyncio.create_task(sleep_detector.sleep(500))
        await clock.sleep(10)
        clock.suspend(100)
        await nap

    await clock.run(story())
    assert clock.now - begun == pytest.approx(500)


# --- patience with a connection -------------------------------------------------------------------


class Turned:
    """A real loop's time with a clock that a test can turn on by so many seconds."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time() + self.ahead

    def time(self) -> float:
        return self.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


async def test_after_a_sleep_a_silent_connection_has_a_short_grace() -> None:
    clock = Turned()
    sleep_detector = SleepDetector(clock, Thresholds(grace_s=0.05))
    loop = asyncio.get_running_loop()
    begun = loop.time()

    async def silence() -> None:
        async with sleep_detector.patience(60):
            clock.ahead = NIGHT_S
            sleep_detector.look()
            await asyncio.sleep(30)

    with sleep_detector.watching(), pytest.raises(TimeoutError):
        await silence()
    assert loop.time() - begun < 5


async def test_a_sleep_shorter_than_the_patience_only_takes_from_it() -> None:
    clock = Turned()
    sleep_detector = SleepDetector(clock, Thresholds(grace_s=0.0))
    answered = asyncio.Event()
    with sleep_detector.watching():
        async with sleep_detector.patience(100):
            clock.ahead = 40.0
            sleep_detector.look()
            asyncio.get_running_loop().call_later(0.05, answered.set)
            await answered.wait()
    assert sleep_detector.slept_s > 0


async def test_an_error_is_excused_only_if_the_machine_slept_meanwhile() -> None:
    clock = Turned()
    sleep_detector = SleepDetector(clock)

    def fails(error: Exception, *, asleep: bool) -> Callable[[], None]:
        def block() -> None:
            with sleep_detector.excusing():
                if asleep:
                    clock.ahead += NIGHT_S
                raise error

        return block

    with sleep_detector.watching():
        for error in (TimedOut(), ServiceUnavailable(), NetworkUnreachable()):
            with pytest.raises(type(error)):
                fails(error, asleep=False)()
            with pytest.raises(MachineSlept):
                fails(error, asleep=True)()
        for error in (RateLimited(retry_after_s=5), ServiceUnavailable(retry_after_s=5)):
            with pytest.raises(type(error)):  # somebody has answered, so the connection lives
                fails(error, asleep=True)()


# --- whole runs -----------------------------------------------------------------------------------


def ledger_of(program: Program) -> MemoryLedger:
    assert isinstance(program.library.ledger, MemoryLedger)
    return program.library.ledger


async def asleep_after(program: Program, seconds: float, asleep_s: float = NIGHT_S) -> None:
    """The program runs for so many seconds, and then the machine sleeps."""
    await program.clock.sleep(seconds)
    program.clock.suspend(asleep_s)


async def test_what_broke_off_in_a_sleep_goes_on_where_it_was(make: Make) -> None:
    """No try and no failure is spent on it, and nothing that was whole is written again."""
    program = make(max_concurrent=4)
    grace_s = program.limiter.sleep_detector.thresholds.grace_s
    told: list[str] = []
    program.limiter.sleep_detector.subscribe(lambda seconds: told.append(slept_words(seconds)))
    woke_at = 0.0

    def plan(_assignment: Assignment, n: int) -> Plan:
        if n == 1:  # two sections, then silence; the writer gives up when the grace is over
            return Plan(6, error=TimedOut(), fail_after=2, silent_s=4.0 + grace_s)
        return Plan(6)

    async def story() -> None:
        nonlocal woke_at
        jobs = program.runner.submit(program.order(*TEMPLATES[:4]))
        await asleep_after(program, 5)
        woke_at = program.clock.now
        await program.runner.wait()
        assert [program.board.job(job.id).status for job in jobs] == [Status.COMPLETE] * 4

    program.writer.plan = plan
    await program.clock.run(story())
    requests = ledger_of(program).requests
    assert len(requests) == 8, "each was asked for twice"
    assert sum(r.usage.output_tokens for r in requests) == 4 * 6 * SECTION_TOKENS
    assert program.limiter.activity.failed == 0
    assert program.limiter.sequential_because == ""
    assert program.clock.now - woke_at < 60
    assert told == [
        "Your computer slept for 8 h 0 min. What broke off is asked for again; going on."
    ]
    assert_sound(program)


async def test_a_connection_that_lives_on_is_left_alone(make: Make) -> None:
    program = make()

    async def story() -> None:
        program.runner.submit(program.order("study-notes"))
        await asleep_after(program, 3)
        await program.runner.wait()

    await program.clock.run(story())
    assert program.job("study-notes").status is Status.COMPLETE
    assert len(program.writer.asked) == 1


async def test_after_waking_nothing_is_sent_at_first_and_then_one_tries(make: Make) -> None:
    """The network is rarely back at once; meanwhile the rows say what is the matter."""
    program = make(max_concurrent=3)
    back_at = float("inf")
    starts: list[tuple[float, int]] = []

    def plan(_assignment: Assignment, n: int) -> Plan:
        starts.append((program.clock.now, program.limiter.activity.in_flight))
        if n == 1 and back_at == float("inf"):
            return Plan(error=ServiceUnavailable("broken"), fail_after=1, silent_s=6.0)
        return Plan() if program.clock.now >= back_at else Plan(error=NetworkUnreachable())

    async def story() -> None:
        nonlocal back_at
        program.runner.submit(program.order(*TEMPLATES))
        await asleep_after(program, 5)
        back_at = program.clock.now + 40
        await program.clock.sleep(6)
        waiting = [job for job in program.board if job.stage is Stage.WAITING]
        assert {job.wait_reason for job in waiting} == {SLEPT}
        assert program.limiter.activity.slept_s == pytest.approx(NIGHT_S, abs=10)
        await program.runner.wait()

    program.writer.plan = plan
    await program.clock.run(story())
    assert {job.status for job in program.board} == {Status.COMPLETE}
    woke_at = back_at - 40
    settled = woke_at + program.limiter.sleep_detector.thresholds.settle_s
    after = [(at, at_once) for at, at_once in starts if at > woke_at]
    assert after[0][0] >= settled
    tries = [at_once for at, at_once in after if at < back_at]
    assert 2 <= len(tries) <= 10
    assert set(tries) == {1}, "one probe at a time"
    assert program.limiter.activity.failed == 0
    assert program.limiter.activity.slept_s == 0
    assert not any(r.outcome == "network_unreachable" for r in ledger_of(program).requests)
    assert any(
        isinstance(event, JobChanged) and event.job.wait_reason == "Waiting for the network"
        for event in program.events
    )
    assert_sound(program)


async def test_a_days_quota_is_back_when_its_midnight_was_slept_through(make: Make) -> None:
    program = make()

    async def story() -> None:
        order = program.order("study-notes")
        model, until = program.resolver.model(order.engine), program.clock.time() + 3600
        await program.library.ledger.remember(f"{EXHAUSTED}:{model}", until, until=until)
        (job,) = await program.generate("study-notes")
        assert job.failure is not None
        assert job.failure.code == "quota_exhausted"
        program.clock.suspend(NIGHT_S)
        (again,) = await program.generate("study-notes")
        assert again.status is Status.COMPLETE

    await program.clock.run(story())


async def test_a_sleep_is_past_when_nobody_waits_for_its_end(make: Make) -> None:
    program = make()

    async def story() -> None:
        program.runner.submit(program.order("study-notes"))
        await asleep_after(program, 3)
        program.limiter.sleep_detector.look()
        assert program.limiter.activity.slept_s > 0
        program.runner.cancel_all()
        await program.runner.wait()

    await program.clock.run(story())
    assert program.limiter.activity.slept_s == 0


async def test_a_wait_the_server_asked_for_and_its_minute_run_on_in_sleep(make: Make) -> None:
    program = make(requests_per_minute=2)
    woke_at = 0.0

    def plan(_assignment: Assignment, _n: int) -> Plan:
        return Plan() if woke_at else Plan(error=RateLimited(retry_after_s=3000))

    async def story() -> None:
        nonlocal woke_at
        program.runner.submit(program.order("study-notes", "flashcards"))
        await asleep_after(program, 10)
        woke_at = program.clock.now
        await program.runner.wait()

    program.writer.plan = plan
    await program.clock.run(story())
    assert {job.status for job in program.board} == {Status.COMPLETE}
    assert program.clock.now - woke_at < 30


async def test_a_job_waits_for_its_network_however_often_the_machine_sleeps(make: Make) -> None:
    program = make()
    woken = 0

    async def nights() -> None:
        nonlocal woken
        while not program.board.finished():
            await asleep_after(program, 40, 900)
            woken += 1

    def plan(_assignment: Assignment, _n: int) -> Plan:
        if woken < 30:
            return Plan(60, error=ServiceUnavailable("broken"), fail_after=1, silent_s=45.0)
        return Plan()

    async def story() -> None:
        sleeping = asyncio.create_task(nights())
        await program.generate("study-notes")
        sleeping.cancel()

    program.writer.plan = plan
    await program.clock.run(story())
    assert program.job("study-notes").status is Status.COMPLETE
    assert woken >= 30


async def test_a_video_that_was_being_read_is_read_again(make: Make) -> None:
    program = make()
    program.source.seconds = 70.0
    program.source.failures = {link_of("talk").id: [TimedOut()]}

    async def story() -> None:
        program.runner.submit(program.order("study-notes"))
        await asleep_after(program, 20)
        await program.runner.wait()

    await program.clock.run(story())
    assert program.job("study-notes").status is Status.COMPLETE
    assert len(program.source.reads) == 2


def journal_of(program: Program) -> MemoryJournal:
    assert isinstance(program.library.journal, MemoryJournal)
    return program.library.journal


async def test_a_run_is_renewed_as_soon_as_the_machine_wakes(make: Make) -> None:
    """Its lease ran out meanwhile: a machine that shares the library must not take it for left."""
    program = make()
    program.writer.plan = lambda _a, _n: Plan(30)

    async def story() -> None:
        program.runner.submit(program.order("study-notes"))
        await asleep_after(program, 3)
        assert journal_of(program).renewed == []
        await program.clock.sleep(program.limiter.sleep_detector.thresholds.tick_s)
        assert journal_of(program).renewed == ["run1"]
        await program.runner.wait()

    await program.clock.run(story())


async def test_a_run_that_another_machine_went_on_with_is_left_to_that_one(make: Make) -> None:
    program = make()
    program.writer.plan = lambda _a, _n: Plan(30)

    async def story() -> None:
        program.runner.submit(program.order("study-notes", "flashcards"))
        await asleep_after(program, 3)
        journal_of(program).taken_over.add("run1")
        await program.runner.wait()
        await program.generate("chapters")

    await program.clock.run(story())
    given_up = [job for job in program.board if job.template != "chapters"]
    assert {job.failure.code for job in given_up if job.failure} == {"taken_over"}
    assert len(program.writer.asked) == 3, "nothing was asked for a second time"
    assert program.job("chapters").status is Status.COMPLETE
    assert journal_of(program).finished == ["run2"], "the first is not ours to end"
    assert_sound(program)


def test_the_words_say_how_long_it_was() -> None:
    assert "for 45 min" in slept_words(45 * 60)
    assert "for 7 h 30 min" in slept_words(7.5 * 3600)
    assert "for 28 s" in slept_words(28)
