"""An interrupted run goes on where it was, with a real library between the two sessions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from notegen_desktop.domain.board import BoardEvent
from notegen_desktop.domain.errors import UnknownTemplate
from notegen_desktop.domain.jobs import Status
from notegen_desktop.domain.templates import NoteTemplate
from notegen_desktop.services.library.opening import open_library
from notegen_desktop.services.running.lineup import Lineup
from notegen_desktop.services.running.queueing import Queue
from tests.services.running import Program, Records, build_program


@asynccontextmanager
async def session(folder: Path) -> AsyncIterator[Program]:
    """The program from a start to its end, on the library in a folder."""
    library = open_library(path=folder / "notes.db")
    program = build_program(folder, Records(library.journal, library.ledger, library.store))
    try:
        yield program
    finally:
        await program.clock.run(program.runner.aclose())
        await library.aclose()


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A folder with the library of a program that ended when each of three notes was half done."""
    async with session(tmp_path) as program:
        half_done = asyncio.Event()

        def look(_event: BoardEvent) -> None:
            if all(len(job.draft.sections) >= 3 for job in program.board):
                half_done.set()

        async def story() -> None:
            program.runner.submit(program.order())
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
        assert all(job.note is not None and len(job.note.sections) == 4 for job in later.board)


async def test_a_note_whose_template_is_gone_fails_alone(folder: Path) -> None:
    async with session(folder) as later:
        known = later.runner._templates.get

        def get(template_id: str) -> NoteTemplate:
            if template_id == "study-notes":
                raise UnknownTemplate
            return known(template_id)

        later.runner._templates.get = get  # type: ignore[method-assign]

        async def story() -> None:
            await later.runner.resume()
            await later.runner.wait()
            later.runner.retry_failed()
            assert await later.runner.resume() == ()

        await later.clock.run(story())
        assert later.job("study-notes").status is Status.ERROR
        assert later.job("basic-summary").status is Status.COMPLETE
        assert later.job("flashcards").status is Status.COMPLETE


async def test_what_was_left_can_be_counted_and_let_go(folder: Path) -> None:
    async with session(folder) as later:
        queue = Queue(later.runner, Lineup(), later.library.journal)

        async def story() -> None:
            assert await queue.unfinished() == 3
            await queue.discard()
            assert await queue.unfinished() == 0
            assert await later.runner.resume() == ()

        await later.clock.run(story())
        assert later.writer.asked == []
