"""What was paid for is kept, whatever becomes of the library meanwhile."""

from __future__ import annotations

import asyncio
import stat
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from notegen_desktop.domain.errors import (
    AnswerUnusable,
    DatabaseUnavailable,
    DiskFull,
    RequestRejected,
    StoreError,
)
from notegen_desktop.domain.jobs.board import JobBoard, JobChanged
from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status
from notegen_desktop.services.generation import spool as spools
from notegen_desktop.services.machine.files import write_whole
from notegen_desktop.services.machine.paths import paths_below
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.wiring import open_program
from tests.fakes.notes import a_note, a_request
from tests.fakes.records import FailingStore, MemoryLedger
from tests.fakes.writing import Plan
from tests.services.running import Make, Program, assert_sound

pytestmark = pytest.mark.allow_log

LOCKED = DatabaseUnavailable("Another program keeps the notes database busy.")


def store_of(program: Program) -> FailingStore:
    store = program.library.store
    assert isinstance(store, FailingStore)
    return store


def ledger_of(program: Program) -> MemoryLedger:
    ledger = program.library.ledger
    assert isinstance(ledger, MemoryLedger)
    return ledger


def spooled(program: Program) -> list[Path]:
    """The files of the notes that wait."""
    files = sorted(program.spool.folder.glob("*.json"))
    return [file for file in files if b'"call": "save"' in file.read_bytes()]


def refusing(
    method: Callable[..., Awaitable[Any]], times: int, error: StoreError = LOCKED
) -> Callable[..., Awaitable[Any]]:
    """A write of the library that is refused so many times."""
    left = times

    async def write(*args: Any, **kwargs: Any) -> Any:
        nonlocal left
        if left:
            left -= 1
            raise error
        return await method(*args, **kwargs)

    return write


def waits(program: Program) -> list[NoteJob]:
    changed = (e.job for e in program.events if isinstance(e, JobChanged))
    return [job for job in changed if job.stage is Stage.WAITING]


async def test_a_note_waits_for_the_library_and_says_so(make: Make) -> None:
    program = make()
    store_of(program).failures += [LOCKED] * 8
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.status is Status.COMPLETE
    assert len(program.writer.asked) == 1
    assert {each.wait_reason for each in waits(program)} == {
        "Waiting for the library. Another program keeps the notes database busy."
    }
    assert all(each.note is not None for each in waits(program)), "its file need not wait"
    assert await store_of(program).find(job.request) == job.note
    assert spooled(program) == []
    assert_sound(program)


async def test_no_bookkeeping_destroys_an_answer(make: Make, monkeypatch: Any) -> None:
    program = make()
    for port, name in (
        (program.library.ledger, "reserve"),
        (program.library.ledger, "record"),
        (program.library.ledger, "settle"),
        (program.library.journal, "save_draft"),
        (program.library.journal, "job_changed"),
        (program.library.journal, "finish_run"),
    ):
        write = refusing(getattr(port, name), 3)
        monkeypatch.setattr(port, name, write)
        program.spool._made[name] = write
    jobs = await program.clock.run(program.generate())
    assert [job.status for job in jobs] == [Status.COMPLETE] * 3
    assert len(program.writer.asked) == 3
    assert len(ledger_of(program).requests) == 3
    assert len(ledger_of(program).settled) == 3
    assert spooled(program) == []
    assert_sound(program)


async def test_flushed_means_stored_also_where_the_library_was_only_slow(
    make: Make, monkeypatch: Any
) -> None:
    program, loop = make(), asyncio.get_running_loop()
    threads = partial(type(loop).run_in_executor, loop)  # the disk is slow, the loop goes on
    monkeypatch.setattr(loop, "run_in_executor", threads)
    monkeypatch.setattr(spools, "PATIENCE_S", 0.01)
    awake, stored, unlink = asyncio.Event(), list[int](), spools._unlink

    async def slowly(*, request: int) -> None:
        await awake.wait()
        stored.append(request)

    def slow_disk(path: Path | None) -> None:
        time.sleep(0.02)
        unlink(path)

    program.spool._made["record"] = slowly
    monkeypatch.setattr(spools, "_unlink", slow_disk)
    for number in range(5):
        await program.spool.keep("record", request=number)
    assert program.spool.waiting == 5
    awake.set()
    await program.spool.flush()
    assert stored == [0, 1, 2, 3, 4]
    assert program.spool.waiting == 0


async def test_what_comes_before_the_paying_waits_as_well(make: Make, monkeypatch: Any) -> None:
    program = make()
    for port, name in (
        (program.library.journal, "begin_run"),
        (program.library.store, "find"),
        (program.library.ledger, "correction"),
        (program.library.ledger, "recall"),
    ):
        monkeypatch.setattr(port, name, refusing(getattr(port, name), 4))
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.status is Status.COMPLETE
    assert len(program.writer.asked) == 1


async def test_what_the_program_leaves_the_next_one_puts_into_the_library(make: Make) -> None:
    first = make()
    store_of(first).down = LOCKED
    (job,) = await first.clock.run(first.generate("study-notes"))
    assert job.status is Status.COMPLETE, "on the disk it is safe"
    (file,) = spooled(first)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    await first.clock.run(first.runner.aclose())

    store_of(first).down = None
    file.rename(file.with_name(file.name.replace("machine.this", "machine.dead")))
    later = make()
    assert await later.clock.run(later.spool.recover()) == 1
    assert spooled(later) == []
    assert await store_of(later).find(job.request) is not None
    (again,) = await later.clock.run(later.generate("study-notes"))
    assert again.status is Status.COMPLETE
    assert later.writer.asked == []


async def test_a_library_in_memory_leaves_what_waits_to_the_one_on_the_disk(tmp_path: Path) -> None:
    open_it = partial(
        open_program, SettingsFile(tmp_path / "settings.toml"), paths_below(tmp_path), JobBoard()
    )
    async with open_it() as first:
        first.spool._made["save"] = refusing(first.library.store.save, 99)
        await first.spool.keep("save", note=a_note(), request=a_request(), fingerprint="words")
    for kept, found in ((False, 0), (True, 1)):
        async with open_it(kept=kept) as later:
            assert len(await later.library.store.recent()) == found


async def test_a_live_program_keeps_what_is_its_own(make: Make) -> None:
    first = make()
    store_of(first).down = LOCKED
    await first.clock.run(first.generate("study-notes"))
    second = make()
    assert await second.clock.run(second.spool.recover()) == 0
    assert len(spooled(first)) == 1


@pytest.mark.parametrize("content", [b"", b"\0" * 40_000, b'{"call": "save", "argum', b"[1]"])
async def test_a_file_that_was_never_finished_stops_nobody(make: Make, content: bytes) -> None:
    program = make()
    spool = program.spool
    spool.folder.mkdir()
    (spool.folder / f"1-{spool._place}-machine.dead.json").write_bytes(content)
    (spool.folder / f"2-{spool._place}-machine.dead.room").write_bytes(bytes(9))
    assert await program.clock.run(spool.recover()) == 0
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.status is Status.COMPLETE


class FullDisk:
    """Takes no new file once it is `full`."""

    full = False

    def fills(self, _assignment: object, _number: int) -> Plan:
        """It is full as soon as a model is asked."""
        self.full = True
        return Plan()

    def write(self, path: Path, content: bytes) -> None:
        if self.full:
            raise DiskFull
        write_whole(path, content)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    disk = FullDisk()
    monkeypatch.setattr(spools, "write_whole", disk.write)
    return disk


async def test_a_note_for_which_there_is_no_room_is_not_paid_for(
    make: Make, disk: FullDisk
) -> None:
    program = make()
    disk.full = True
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.failure is not None
    assert job.failure.code == "disk_full"
    assert job.failure.message == f"The disk is full: {program.spool.folder} could not be written."
    assert program.writer.asked == []


async def test_a_note_has_its_room_when_the_disk_is_full(make: Make, disk: FullDisk) -> None:
    program = make()
    store_of(program).down = DiskFull()

    program.writer.plan = disk.fills
    (job,) = await program.clock.run(program.generate("study-notes"))
    assert job.status is Status.COMPLETE
    assert len(spooled(program)) == 1
    await program.clock.run(program.runner.aclose())
    store_of(program).down = None
    (file,) = spooled(program)
    file.rename(file.with_name(file.name.replace("machine.this", "machine.dead")))
    later = make()
    assert await later.clock.run(later.spool.recover()) == 1
    assert await store_of(later).find(job.request) is not None


async def test_a_small_note_leaves_a_large_room_to_a_large_note(make: Make, disk: FullDisk) -> None:
    program = make()
    store_of(program).down = DiskFull()

    program.writer.plan = disk.fills
    async with program.spool.room(4 * 2**20):  # of a long note that is still being written
        (job,) = await program.clock.run(program.generate("study-notes"))
        assert job.status is Status.COMPLETE
        sizes = [path.stat().st_size for path in program.spool.folder.glob("*.room")]
    assert 4 * 2**20 in sizes


async def test_a_note_that_takes_the_room_of_another_leaves_its_own(
    make: Make, disk: FullDisk
) -> None:
    program = make()
    store_of(program).down = DiskFull()

    program.writer.plan = disk.fills
    async with program.spool.room(48 * 1024):  # of another note, the smallest that will do
        (job,) = await program.clock.run(program.generate("study-notes"))
        assert job.status is Status.COMPLETE
        assert len(list(program.spool.folder.glob("*.room"))) == 1
    assert not list(program.spool.folder.glob("*.room"))


async def test_a_note_that_no_disk_takes_is_stored_by_retry_without_a_request(
    make: Make, disk: FullDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = make()
    monkeypatch.setattr(program.spool, "_room_for", lambda _content: None)
    store_of(program).down = DiskFull()

    program.writer.plan = disk.fills

    async def story() -> None:
        (job,) = await program.generate("study-notes")
        assert job.failure is not None
        assert job.failure.code == "disk_full"
        assert job.note is not None, "it can be read and saved as a file"
        disk.full = False
        store_of(program).down = None
        program.runner.retry(job.id)
        await program.runner.wait()
        assert program.board.job(job.id).status is Status.COMPLETE

    await program.clock.run(story())
    assert len(program.writer.asked) == 1


# --- whole sections of what did not become a note ---


def breaks_off(assignment: object, number: int) -> Plan:
    del assignment
    if number == 1:
        return Plan(sections=4, error=RequestRejected(), fail_after=3)
    return Plan(sections=4)


def kept_of(program: Program) -> int:
    whole = program.writer.asked[-1].whole_sections
    return len(whole.sections) if whole is not None else 0


async def test_a_retry_sends_only_for_what_is_missing(make: Make) -> None:
    program = make()
    program.writer.plan = breaks_off

    async def story() -> None:
        (job,) = await program.generate("study-notes")
        assert job.status is Status.ERROR
        program.runner.retry(job.id)
        await program.runner.wait()
        assert program.board.job(job.id).status is Status.COMPLETE

    await program.clock.run(story())
    assert kept_of(program) == 3


async def test_so_does_a_later_run(make: Make) -> None:
    first = make()
    first.writer.plan = breaks_off
    await first.clock.run(first.generate("study-notes"))
    later = make()
    (job,) = await later.clock.run(later.generate("study-notes"))
    assert job.status is Status.COMPLETE
    assert kept_of(later) == 3
    assert job.note is not None
    assert len(job.note.sections) == 4


async def test_so_does_one_after_a_cancel(make: Make) -> None:
    first = make()

    async def story() -> None:
        (job,) = first.runner.submit(first.order("study-notes"))
        while len(first.board.job(job.id).draft.sections) < 3:
            await first.clock.sleep(0.1)
        first.runner.cancel(job.id)
        await first.runner.wait()

    await first.clock.run(story())
    later = make()
    (job,) = await later.clock.run(later.generate("study-notes"))
    assert job.status is Status.COMPLETE
    assert kept_of(later) >= 2


async def test_sections_made_of_other_words_are_not_gone_on_with(make: Make) -> None:
    first = make()
    first.writer.plan = breaks_off
    await first.clock.run(first.generate("study-notes"))
    later = make()
    assert later.source.transcript is not None
    later.source.transcript = type(later.source.transcript)(
        "en",
        later.source.transcript.kind,
        later.source.transcript.segments[:-1],
    )
    await later.clock.run(later.generate("study-notes"))
    assert kept_of(later) == 0


async def test_what_is_no_note_is_no_beginning_of_one(make: Make) -> None:
    first = make()
    first.writer.plan = lambda _a, _n: Plan(error=AnswerUnusable(), fail_after=3)
    (job,) = await first.clock.run(first.generate("study-notes"))
    assert job.status is Status.ERROR
    later = make()
    await later.clock.run(later.generate("study-notes"))
    assert kept_of(later) == 0


# --- what was held of a budget ---


@pytest.mark.parametrize("rounds", range(6))
async def test_a_cancelled_wait_for_budget_holds_nothing(
    make: Make, monkeypatch: pytest.MonkeyPatch, rounds: int
) -> None:
    """Cancelled before, while and after the library makes the reservation."""
    program = make()
    ledger = ledger_of(program)
    reserve = ledger.reserve
    asked = asyncio.Event()

    async def slowly(*args: Any, **kwargs: Any) -> Any:
        asked.set()
        for _ in range(3):
            await asyncio.sleep(0)
        made = await reserve(*args, **kwargs)
        for _ in range(3):
            await asyncio.sleep(0)
        return made

    monkeypatch.setattr(ledger, "reserve", slowly)

    async def story() -> None:
        (job,) = program.runner.submit(program.order("study-notes"))
        await asked.wait()
        for _ in range(rounds):
            await asyncio.sleep(0)
        program.runner.cancel(job.id)
        await program.runner.wait()

    await program.clock.run(story())
    assert ledger._held == {}


async def test_a_request_cancelled_before_it_told_its_tokens_is_booked_with_its_input(
    make: Make,
) -> None:
    program = make()
    program.writer.plan = lambda _a, _n: Plan(pause_s=50)

    async def story() -> None:
        (job,) = program.runner.submit(program.order("study-notes"))
        await program.clock.sleep(10)
        program.runner.cancel(job.id)
        await program.runner.wait()

    await program.clock.run(story())
    (record,) = ledger_of(program).requests
    assert record.outcome == "cancelled"
    assert record.usage.input_tokens > 0
    assert record.usage.cost_usd > 0
    assert list(ledger_of(program).settled.values()) == [record.usage.cost_usd]
