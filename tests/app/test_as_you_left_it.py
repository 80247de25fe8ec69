"""The whole program, started twice: the second window is as the first was left."""

from __future__ import annotations

import pytest

from notegen_desktop.app import Application
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.notes.note import Level

from .running import run_program, until


@pytest.mark.usefixtures("home")
def test_the_tabs_of_the_last_start_are_there_again_and_what_was_deleted_can_come_back() -> None:
    left: list[str] = []

    async def write(app: Application) -> None:
        window = app.window
        window.try_sample()
        await until(
            lambda: app.board.tally.of(Status.COMPLETE) == 3 and not app.board.tally.active,
            "the three notes of the sample",
        )
        window.results.set_level(Level.CONCISE)
        left.extend(tab.note_id for tab in window.results.kept())

    async def read(app: Application) -> None:
        window = app.window
        await until(lambda: not window.session.is_coming, "the tabs of the last start")
        ids = [tab.note_id for tab in window.results.kept()]
        assert ids == [note_id for note_id in left if note_id in ids]
        assert len(ids) == 3
        while window.results.count():
            window.results.close_current()
        await until(lambda: window.recent.videos, "the recent videos")
        assert window.notes_page.currentWidget() is window.recent
        (video,) = window.recent.videos
        assert {note_id for note_id, *_ in video.notes} == set(ids)
        window.library.reload()
        await until(lambda: window.library.model.rowCount() == 3, "the library")
        window.library.operations.delete([ids[0]])
        await until(lambda: window.library.model.rowCount() == 2, "the deletion")
        await until(lambda: "Deleted" in window.messages.text(), "its message")
        window.messages.undo()
        await until(lambda: window.library.model.rowCount() == 3, "the note again")

    run_program(write)
    run_program(read)
