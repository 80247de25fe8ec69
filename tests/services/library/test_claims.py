"""Several programs on one library: one writes a note, and the others get it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import DatabaseUnavailable
from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status
from notegen_desktop.services.generation.spool import Spool
from notegen_desktop.services.library import Library
from notegen_desktop.services.ports import Order
from tests.fakes.notes import a_note, a_request
from tests.fakes.records import FailingStore, MemoryJournal, MemoryLedger
from tests.services.running import Program, Records, build_program

from .conftest import Place, Watch

NAME = a_request().job_id


async def test_a_claim_keeps_others_out_until_it_is_released(place: Place) -> None:
    first, second = await place.open(), await place.open()
    claim = await first.journal.claim(NAME)
    assert claim
    assert await second.journal.claim(NAME) == ""
    assert await second.journal.claim("another")
    await first.journal.release(claim)
    mine = await second.journal.claim(NAME)
    assert mine
    await first.journal.release(claim)  # twice is once: it is not his any more
    assert await first.journal.claim(NAME) == ""


async def test_of_many_that_claim_at_once_one_has_it(place: Place) -> None:
    libraries = [await place.open() for _ in range(4)]
    for round_ in range(8):
        claims = await asyncio.gather(
            *(library.journal.claim(f"note {round_}") for library in libraries)
        )
        assert sum(map(bool, claims)) == 1


async def test_what_a_dead_program_claimed_is_free(place: Place) -> None:
    first, second = await place.open(), await place.open()
    assert await first.journal.claim(NAME)
    await first.aclose()
    assert await second.journal.claim(NAME)


async def test_a_claim_of_another_machine_lasts_as_long_as_its_lease(
    place: Place, clock: Watch
) -> None:
    other = await place.open(machine="other", clock=clock)
    mine = await place.open(clock=clock)
    run = await other.journal.begin_run(Order((), ()), [NoteJob(a_request())])
    assert await other.journal.claim(NAME)
    clock.now += 100
    await other.journal.keep_alive(run)  # renews what the program claimed, too
    clock.now += 100
    assert await mine.journal.claim(NAME) == ""
    clock.now += 21
    assert await mine.journal.claim(NAME)


# --- a program that is asked for a note which another writes ---


@pytest.fixture
async def other(place: Place) -> Library:
    """Another program on the same library."""
    return await place.open()


@pytest.fixture
async def program(place: Place, other: Library, tmp_path: Path) -> AsyncIterator[Program]:
    library = await place.open()
    made = build_program(tmp_path, Records(library.journal, library.ledger, library.store))
    yield made
    await made.clock.run(made.runner.aclose())


def job_id(program: Program, order: Order, template: str) -> str:
    wanted = program.templates.get(template)
    return program.resolver.request(order, order.links[0], wanted).job_id


async def meet(
    program: Program, other: Library, then: Callable[[NoteJob, str], Awaitable[object]]
) -> NoteJob:
    """The job after `then` was done, with the other's claim, while the job waits for it."""

    async def story() -> NoteJob:
        order = program.order("study-notes")
        claim = await other.journal.claim(job_id(program, order, "study-notes"))
        assert claim
        waits = asyncio.Event()
        program.board.subscribe(
            lambda _: any(job.wait_reason for job in program.board) and waits.set()
        )
        (job,) = program.runner.submit(order)
        await waits.wait()
        assert program.board.job(job.id).stage is Stage.WAITING
        assert program.board.job(job.id).wait_reason.startswith("Another NoteGen is writing this")
        await then(job, claim)
        await program.runner.wait()
        return program.board.job(job.id)

    return await program.clock.run(story())


async def test_the_note_that_another_wrote_is_there_for_nothing(
    program: Program, other: Library
) -> None:
    async def finish(job: NoteJob, claim: str) -> None:
        await other.store.save(a_note(title="Theirs"), job.request)
        await other.journal.release(claim)

    job = await meet(program, other, finish)
    assert job.from_library
    assert job.note is not None
    assert job.note.title == "Theirs"
    assert program.writer.asked == []


async def test_a_note_that_another_gave_up_is_written_here(
    program: Program, other: Library
) -> None:
    job = await meet(program, other, lambda _, claim: other.journal.release(claim))
    assert job.status is Status.COMPLETE
    assert len(program.writer.asked) == 1
    assert await other.journal.claim(job.id)  # and is free again


async def test_a_note_is_taken_over_from_a_program_that_died(
    program: Program, other: Library
) -> None:
    job = await meet(program, other, lambda _job, _claim: other.aclose())
    assert job.status is Status.COMPLETE
    assert len(program.writer.asked) == 1


async def test_waiting_for_another_can_be_cancelled(program: Program, other: Library) -> None:
    async def cancel(job: NoteJob, claim: str) -> None:
        program.runner.cancel(job.id)
        await program.runner.wait()
        assert await other.journal.claim(job.id)  # it has the claim still

    job = await meet(program, other, cancel)
    assert job.status is Status.CANCELLED
    assert program.writer.asked == []


@pytest.mark.allow_log
async def test_a_note_that_a_dead_program_had_written_is_not_paid_for_again(
    program: Program, other: Library, tmp_path: Path
) -> None:
    """It was killed while the library was held up; the note lies in its spool."""

    class Dead:
        token = "machine.dead"

        def alive(self, token: str) -> bool | None:
            return token == self.token

    async def die(job: NoteJob, _claim: str) -> None:
        store = FailingStore()
        store.down = DatabaseUnavailable()
        spool = Spool(
            tmp_path / "spool",
            store=store,
            ledger=MemoryLedger(),
            journal=MemoryJournal(),
            clock=program.clock,
            holder=Dead(),
        )
        note = replace(a_note(title="Theirs"), id="theirs")
        await spool.save(note, job.request, fingerprint="", waiting=lambda _: None)
        await spool.aclose()
        await other.aclose()

    job = await meet(program, other, die)
    assert job.note is not None
    assert job.note.title == "Theirs"
    assert program.writer.asked == []


async def test_notes_of_one_answer_do_not_wait_for_one_that_another_writes(
    program: Program, other: Library
) -> None:
    async def story() -> None:
        order = replace(program.order(), combined=True)
        claim = await other.journal.claim(job_id(program, order, "study-notes"))
        two = asyncio.Event()
        program.board.subscribe(lambda _: len(program.board.finished()) == 2 and two.set())
        program.runner.submit(order)
        await two.wait()
        assert not program.job("study-notes").is_final
        await other.journal.release(claim)
        await program.runner.wait()

    await program.clock.run(story())
    assert [len(asked.others) for asked in program.writer.asked] == [1, 0]


async def test_nothing_stays_claimed_after_a_run(program: Program, other: Library) -> None:
    jobs = await program.clock.run(program.generate())
    assert all([await other.journal.claim(job.id) for job in jobs])
