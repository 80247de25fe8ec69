"""Captions chosen beside a note, in the program as it really runs, with a YouTube of our own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from notegen_desktop.app import Application
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.text.transcript import Transcript
from tests.fakes.youtube import FakeCaptions, FakeVideo, FakeYoutube, talk

from .running import child, drop, finished, press_generate, run_program, until

VIDEO = "abcdefghijk"
GERMAN = (
    "Ein Sortierverfahren bringt eine Liste in eine Reihenfolge.",
    "Das Mischsortieren teilt die Liste und sortiert die Hälften.",
)


@pytest.fixture
def youtube(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeYoutube]:
    with FakeYoutube() as server:
        captions = [
            FakeCaptions("en", talk(120)),
            FakeCaptions("de", talk(120, sentences=GERMAN)),
        ]
        server.add(FakeVideo(VIDEO, length_s=120, captions=captions))
        monkeypatch.setenv("NOTEGEN_YOUTUBE_URL", server.url)
        yield server


async def write_notes(app: Application, count: int) -> None:
    data = QMimeData()
    data.setText(f"https://youtu.be/{VIDEO}")
    drop(app, data)
    press_generate(app)
    await until(lambda: finished(app, count), f"{count} notes")
    assert {job.status for job in app.board} == {Status.COMPLETE}
    await until(lambda: app.window.results.page_shown is not None, "a tab")


async def open_words(app: Application) -> None:
    page = app.window.results.page_shown
    assert page is not None
    if not app.window.reading.is_open:
        toggle = child(page, QToolButton, "transcriptToggle")
        QTest.mouseClick(toggle, Qt.MouseButton.LeftButton)
    await until(lambda: app.window.reading.panel.spoken is not None, "the words")


async def entries(app: Application) -> dict[str, QAction]:
    origin = app.window.reading.panel.origin
    origin.opened.emit()  # as the button does, without a menu that grabs the screen
    await until(lambda: any(a.isCheckable() for a in origin.menu.actions()), "the captions")
    return {action.text(): action for action in origin.menu.actions()}


def notes(app: Application) -> list[Note]:
    return [job.note for job in app.board if job.note is not None]


def text_of(note: Note) -> str:
    return " ".join(section.comprehensive for section in note.sections)


async def kept(app: Application) -> Transcript:
    assert app.program is not None
    words = await app.program.services.store.get_transcript(VIDEO)
    assert words is not None
    return words


def test_captions_chosen_beside_a_note_serve_the_next_notes_and_those_of_another_day(
    youtube: FakeYoutube,
) -> None:
    async def choosing(app: Application) -> None:
        await write_notes(app, 3)
        await open_words(app)
        panel = app.window.reading.panel
        assert panel.origin.button.words == "English, captions"
        (await entries(app))["German, captions"].trigger()
        await until(lambda: panel.origin.button.words == "German, captions", "the change")
        assert panel.spoken is not None
        assert "Sortierverfahren" in panel.spoken.transcript.text
        assert (await kept(app)).language == "de"
        assert (await entries(app))["German, captions"].isChecked()

        before = {note.template: note for note in notes(app)}
        app.window.page_switch.choose("library")
        await until(lambda: app.window.library.model.rowCount() == 3, "the library")
        app.window.library.operations.delete([before["basic-summary"].id])
        await until(lambda: len(notes(app)) == 2, "the note is gone")
        await write_notes(app, 3)
        after = {note.template: note for note in notes(app)}
        assert "Mischsortieren" in text_of(after.pop("basic-summary"))
        assert all(after[name] == before[name] for name in after), "the others stay as they are"

    async def another_day(app: Application) -> None:
        assert app.program is not None
        app.program.services.settings.change(
            {"sources.caption_languages": "en", "general.templates": "chapters"}
        )
        await write_notes(app, 1)
        await open_words(app)
        assert app.window.reading.panel.origin.button.words == "German, captions"
        assert "Mischsortieren" in text_of(notes(app)[0])

    run_program(choosing)
    asked = youtube.count("captions")
    assert asked == 2
    run_program(another_day)
    assert youtube.count("captions") == asked, "the words of before are at hand"
