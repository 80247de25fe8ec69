"""An interrupted run goes on where it was, with a real library between the two sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import AnswerRefused, DiskFull, UnknownTemplate
from notegen_desktop.domain.jobs.board import BoardEvent
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.rewriting import RewriteScope
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.notes.versions import undecided
from notegen_desktop.services.exports import Exports
from notegen_desktop.services.library.opening import open_library
from notegen_desktop.services.ports import (
    PAUSED,
    Assignment,
    Exporter,
    FilesWanted,
    RewriteOrder,
    SavedFile,
)
from notegen_desktop.services.queue.journal import ChangeFiles, Queue
from tests.fakes.notes import a_note, a_request
from tests.fakes.writing import Plan, link_of, talk
from tests.services.running import Program, Records, build_program


@asynccontextmanager
async def session(folder: Path, exporter: Exporter | None = None) -> AsyncIterator[Program]:
    """The program from a start to its end, on the library in a folder."""
    library = open_library(path=folder / "notes.db")
    records = Records(library.journal, library.ledger, library.store)
    program = build_program(folder, records, exporter=exporter)
    try:
        yield program
    finally:
        await program.clock.run(program.runner.aclose())
        await library.aclose()


def queue_of(program: Program) -> Queue:
    runner = program.runner
    return Queue(
        runner.resume, runner.forget_sent, program.limiter.queue_order, program.library.journal
    )


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A folder with the library of a program that ended when each of three notes was half done."""
    async with session(tmp_path) as program:
        half_done = asyncio.Event()

        def look(_event: BoardEvent) -> None:
            if all(len(job.draft.sections) >= 3 for job in program.board):
                half_done.set()

        async def story() -> None:
            program.runner.submit(replace(program.order(), wish="for beginners"))
            program.board.subscribe(look)
            await half_done.wait()

        await program.clock.run(story())
    return tmp_path


async def test_whole_sections_are_not_asked_for_again(folder: Path) -> None:
    async with session(folder) as later:

        async def story() -> None:
            assert len(await later.runner.resume()) == 3
            await later.runner.wait()
            assert await later.runner.resume() == ()

        await later.clock.run(story())
        assert [job.status for job in later.board] == [Status.COMPLETE] * 3
        kept = [a.whole_sections for a in later.writer.asked]
        assert all(draft is not None and draft.sections for draft in kept)
        assert {a.wish for a in later.writer.asked} == {"for beginners"}
        assert {job.note.wish for job in later.board if job.note} == {"for beginners"}
        assert all(job.note is not None and len(job.note.sections) == 4 for job in later.board)


async def test_a_section_that_was_whole_is_not_written_again_a_second_time(tmp_path: Path) -> None:
    """The program ended between the answer and the version that is kept of it; then after it."""
    async with session(tmp_path) as program:

        async def begin() -> Note:
            (job,) = await program.generate("chapters")
            assert job.note is not None
            await program.library.store.put_transcript(job.note.video, talk())
            program.writer.asked.clear()
            program.writer.plan = lambda _a, _n: Plan(sections=2, pause_s=1000.0)
            await program.runner.write_again(
                RewriteOrder((RewriteScope(job.note.id, 1),), "shorter")
            )
            await program.clock.sleep(1500.0)
            return job.note

        note = await program.clock.run(begin())
        assert len(program.writer.asked) == 1
    async with session(tmp_path) as later:

        async def story() -> None:
            (job,) = await later.runner.resume()
            await later.runner.wait()
            assert later.board.job(job.id).status is Status.COMPLETE
            assert await later.runner.resume() == ()

        await later.clock.run(story())
        assert later.writer.asked == []
        store = later.library.store
        (version,) = undecided(await store.history(note.id))
        assert version.wish == "shorter"
        written = await store.version(note.id, version.number)
        assert written.sections[1] != note.sections[1]
        assert written.sections[:1] + written.sections[2:] == note.sections[:1] + note.sections[2:]
        assert (await store.get(note.id)).sections == note.sections


async def test_a_note_whose_template_is_gone_fails_alone(folder: Path) -> None:
    async with session(folder) as later:
        templates = later.templates
        known = templates.get

        def get(template_id: str) -> NoteTemplate:
            if template_id == "study-notes":
                raise UnknownTemplate
            return known(template_id)

        templates.get = get  # type: ignore[method-assign]

        async def story() -> None:
            await later.runner.resume()
            await later.runner.wait()
            later.runner.retry_failed()
            assert await later.runner.resume() == ()

        await later.clock.run(story())
        gone = later.job("study-notes")
        assert gone.status is Status.ERROR
        assert gone.failure is not None
        assert "notegen templates restore study-notes" in gone.failure.hint
        assert later.job("basic-summary").status is Status.COMPLETE
        assert later.job("flashcards").status is Status.COMPLETE

        async def bring_back() -> None:
            templates.get = known  # type: ignore[method-assign]
            later.runner.retry_failed()
            await later.runner.wait()

        await later.clock.run(bring_back())
        assert later.job("study-notes").status is Status.COMPLETE


async def test_a_note_that_failed_before_the_end_says_why_and_can_be_retried(
    tmp_path: Path,
) -> None:
    async with session(tmp_path) as program:
        failed = asyncio.Event()

        def plan(assignment: Assignment, _number: int) -> Plan:
            fails = assignment.template.id == "flashcards"
            return Plan(error=AnswerRefused("Not this talk.")) if fails else Plan(pause_s=1000.0)

        def look(_event: BoardEvent) -> None:
            if any(job.status is Status.ERROR for job in program.board):
                failed.set()

        async def begin() -> None:
            program.writer.plan = plan
            program.runner.submit(program.order())
            program.board.subscribe(look)
            await failed.wait()
            await program.runner.begun()

        await program.clock.run(begin())
    async with session(tmp_path) as later:

        async def story() -> None:
            assert len(await later.runner.resume()) == 2
            await later.runner.wait()
            job = later.job("flashcards")
            assert (job.status, job.failure) == (
                Status.ERROR,
                AnswerRefused("Not this talk.").failure(),
            )
            later.runner.retry_failed()
            await later.runner.wait()
            assert await later.runner.resume() == ()

        await later.clock.run(story())
        assert [job.status for job in later.board] == [Status.COMPLETE] * 3


async def test_a_failure_that_was_retried_with_success_is_not_shown_again(tmp_path: Path) -> None:
    async with session(tmp_path) as program:
        failed, written = asyncio.Event(), asyncio.Event()

        def plan(assignment: Assignment, _number: int) -> Plan:
            if assignment.template.id != "flashcards":
                return Plan(pause_s=1000.0)
            again = Plan(pause_s=10.0)
            return again if failed.is_set() else Plan(error=AnswerRefused("Not this talk."))

        def look(_event: BoardEvent) -> None:
            statuses = [job.status for job in program.board]
            if Status.ERROR in statuses:
                failed.set()
            if Status.COMPLETE in statuses:
                written.set()

        async def begin() -> None:
            program.writer.plan = plan
            program.runner.submit(program.order())
            program.board.subscribe(look)
            await failed.wait()
            await program.clock.sleep(1.0)
            program.runner.retry_failed()
            await written.wait()
            await program.runner.begun()

        await program.clock.run(begin())
    async with session(tmp_path) as later:

        async def story() -> None:
            assert len(await later.runner.resume()) == 2
            await later.runner.wait()

        await later.clock.run(story())
        assert [job.status for job in later.board] == [Status.COMPLETE] * 2


@pytest.mark.parametrize("back", [False, True])
async def test_a_failed_note_taken_off_the_list_is_not_shown_by_the_next_start(
    tmp_path: Path, back: bool
) -> None:
    """Neither by the one after it, where it was taken off after a restart; undo brings it back."""

    def plan(assignment: Assignment, _number: int) -> Plan:
        fails = assignment.template.id == "flashcards"
        return Plan(error=AnswerRefused("Not this talk.")) if fails else Plan(pause_s=1000.0)

    async def take_off(program: Program) -> None:
        put_back = program.runner.remove_with_undo(program.job("flashcards").id)
        if back:
            put_back()
        await program.runner.begun()

    async with session(tmp_path) as program:

        async def begin() -> None:
            program.writer.plan = plan
            program.runner.submit(program.order())
            await program.clock.sleep(100.0)
            await program.runner.begun()
            if not back:
                await take_off(program)

        await program.clock.run(begin())
    async with session(tmp_path) as later:

        async def story() -> None:
            later.writer.plan = plan
            assert len(await later.runner.resume()) == 2
            statuses = {job.template: job.status for job in later.board}
            assert ("flashcards" in statuses) is back
            if back:
                await take_off(later)
                later.runner.remove_with_undo(later.job("flashcards").id)

        await later.clock.run(story())
    async with session(tmp_path) as last:

        async def end() -> None:
            assert len(await last.runner.resume()) == 2
            assert "flashcards" not in {job.template for job in last.board}

        await last.clock.run(end())


async def test_a_retry_in_the_moment_of_the_failure_is_not_lost_by_a_kill(tmp_path: Path) -> None:
    async with session(tmp_path) as program:
        retried = asyncio.Event()

        def plan(assignment: Assignment, _number: int) -> Plan:
            fails = assignment.template.id == "flashcards" and not retried.is_set()
            return Plan(error=AnswerRefused("Not this talk.")) if fails else Plan(pause_s=1000.0)

        def look(_event: BoardEvent) -> None:
            if not retried.is_set() and any(j.status is Status.ERROR for j in program.board):
                retried.set()
                program.runner.retry_failed()  # while the task that failed is still ending

        async def begin() -> None:
            program.writer.plan = plan
            program.runner.submit(program.order())
            program.board.subscribe(look)
            await retried.wait()
            await program.clock.sleep(100.0)
            await program.runner.begun()
            assert program.job("flashcards").status is Status.PROCESSING

        await program.clock.run(begin())
    async with session(tmp_path) as later:

        async def story() -> None:
            assert len(await later.runner.resume()) == 3
            await later.runner.wait()
            assert await later.runner.resume() == ()

        await later.clock.run(story())
        assert [job.status for job in later.board] == [Status.COMPLETE] * 3


async def test_what_was_left_can_be_counted_and_let_go(folder: Path) -> None:
    async with session(folder) as later:
        queue = queue_of(later)

        async def story() -> None:
            assert (await queue.unfinished()).notes == 3
            await queue.discard()
            assert (await queue.unfinished()).notes == 0
            assert await later.runner.resume() == ()

        await later.clock.run(story())
        assert later.writer.asked == []


VIDEOS = ("one", "two", "three", "four")
WANTED = ("four", "two", "three")


async def lined_up(folder: Path, *, paused: bool) -> None:
    """A program in which people moved a video to the top when all had been read."""
    async with session(folder) as program:
        program.settings.change({"processing.parallel": False})
        queue = queue_of(program)
        read = asyncio.Event()

        def look(_event: BoardEvent) -> None:
            if all(video.title for video in program.board.videos()):
                read.set()

        async def story() -> None:
            program.runner.submit(program.order("chapters", videos=VIDEOS))
            program.board.subscribe(look)
            await read.wait()
            queue.reorder([link_of(name).key for name in WANTED])
            if paused:
                queue.pause()
            await program.runs.flush()

        await program.clock.run(story())


async def test_the_order_made_by_hand_holds_over_a_restart(tmp_path: Path) -> None:
    await lined_up(tmp_path, paused=False)
    async with session(tmp_path) as later:
        later.settings.change({"processing.parallel": False})

        async def story() -> None:
            queue = queue_of(later)
            assert await queue.restore_queue() == (), "people are asked first"
            await queue.resume_interrupted()
            await later.runner.wait()

        await later.clock.run(story())
        shown = [video.id for video in later.board.videos()]
        assert shown == [link_of(name).key for name in (*WANTED, "one")]
        assert later.limiter.queue_order.order == tuple(link_of(name).key for name in WANTED)
        assert [job.status for job in later.board] == [Status.COMPLETE] * 4


async def test_a_paused_queue_is_paused_after_a_restart(tmp_path: Path) -> None:
    await lined_up(tmp_path, paused=True)
    async with session(tmp_path) as later:
        later.settings.change({"processing.parallel": False})
        queue = queue_of(later)

        async def story() -> None:
            assert len(await queue.restore_queue()) == 4
            await later.clock.sleep(600)
            assert queue.paused
            assert (await queue.unfinished()).notes == 0, "they stand in the queue again"
            assert {job.wait_reason for job in later.board} == {PAUSED}
            assert later.source.reads == []
            assert later.writer.asked == []
            queue.resume()
            await later.runner.wait()

        await later.clock.run(story())
        assert later.limiter.queue_order.order == tuple(link_of(name).key for name in WANTED)
        assert [job.status for job in later.board] == [Status.COMPLETE] * 4


async def test_a_queue_that_went_on_again_is_not_paused_after_a_restart(tmp_path: Path) -> None:
    await lined_up(tmp_path, paused=True)
    async with session(tmp_path) as later:

        async def story() -> None:
            await later.runner.resume()  # as `notegen resume` does: asked for by name
            assert not later.limiter.queue_order.paused
            await later.runs.flush()

        await later.clock.run(story())
    async with session(tmp_path) as last:

        async def look() -> None:
            assert await queue_of(last).restore_queue() == ()

        await last.clock.run(look())


async def test_what_was_learnt_of_a_video_is_known_after_a_kill(tmp_path: Path) -> None:
    await lined_up(tmp_path, paused=True)
    async with session(tmp_path) as later:

        async def look() -> list[str]:
            return [v.title for run in await later.runs.unfinished() for v in run.videos]

        assert sorted(await later.clock.run(look())) == sorted(
            f"Talk {link_of(name).id}" for name in VIDEOS
        )


# --- files that were asked for ---


class Killed(Exports):
    """An exporter whose program is killed at the moment of completion: nothing is written, or
    nobody hears of it."""

    def __init__(self, *, after: bool) -> None:
        super().__init__()
        self._after = after

    def save_to_tree(self, note: Note, folder: Path, format: str, level: Level) -> SavedFile:
        if self._after:
            super().save_to_tree(note, folder, format, level)
        raise DiskFull


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


WHOLE = [f"Talk talkxxxxxxx/{name}.md" for name in ("basic-summary", "flashcards", "study-notes")]


@pytest.fixture(params=[False, True], ids=["before the file", "after the file"])
async def unfiled(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    """A folder of a program that was killed when its notes were in the library."""
    wanted = FilesWanted(str(tmp_path / "out"), "md", Level.STANDARD)
    async with session(tmp_path, Killed(after=request.param)) as program:

        async def story() -> None:
            program.runner.tell_files(lambda _job, _outcome: None)
            program.runner.submit(replace(program.order(), files=wanted))
            await program.runner.wait()

        await program.clock.run(story())
        assert len(await program.library.store.recent()) == 3
    leftover = tmp_path / "out" / "Talk talkxxxxxxx" / f".{'0a' * 16}.part"
    leftover.parent.mkdir(parents=True, exist_ok=True)
    leftover.write_bytes(b"half")
    return tmp_path


async def resumed(folder: Path, change: ChangeFiles = lambda files: files) -> int:
    """How many notes a next start found to go on with."""
    async with session(folder, Exports()) as later:

        async def story() -> int:
            found = (await queue_of(later).unfinished()).notes
            await later.runner.resume(files=change)
            await later.runner.wait()
            return found

        found = await later.clock.run(story())
        assert later.writer.asked == []
        assert await later.library.journal.unfinished() == []
    return found


async def test_files_asked_for_are_part_of_the_run(unfiled: Path) -> None:
    assert await resumed(unfiled) == 3
    assert files_in(unfiled / "out") == WHOLE
    assert await resumed(unfiled) == 0
    assert files_in(unfiled / "out") == WHOLE


async def test_what_is_missing_may_be_written_elsewhere(unfiled: Path) -> None:
    before = [name for name in files_in(unfiled / "out") if not name.endswith(".part")]
    other = FilesWanted(str(unfiled / "other"), "md", Level.STANDARD)
    assert await resumed(unfiled, lambda _files: other) == 3
    assert files_in(unfiled / "out") == before  # and nothing half-written is left
    assert files_in(unfiled / "other") == ([] if before else WHOLE)


async def test_the_file_of_a_deleted_note_is_not_paid_for_again(unfiled: Path) -> None:
    async with session(unfiled) as between:
        for row in await between.library.store.recent():
            await between.library.store.delete(row.id)
    assert await resumed(unfiled) == 3
    assert not any(name.endswith(".part") for name in files_in(unfiled / "out"))


async def test_a_run_killed_between_its_last_job_and_its_end_is_ended(tmp_path: Path) -> None:
    async with session(tmp_path) as program:
        job = NoteJob(a_request(), status=Status.COMPLETE, note=a_note())
        run = await program.library.journal.begin_run(program.order("chapters"), [job])
        await program.library.journal.job_changed(run, job)
    assert await resumed(tmp_path) == 0
