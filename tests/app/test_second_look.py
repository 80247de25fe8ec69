"""A second look in the real program: ticked for a run, and taken again by the button of a note."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton

from notegen_desktop.app import Application
from notegen_desktop.domain.notes.note import Engine, Note, Says
from notegen_desktop.services.machine.paths import sample_talk
from tests.e2e.test_second_look import answers, looks
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.gemini_script import Seen

from .running import drop_file, finished, press_generate, run_program, until


def says(note: Note | None) -> set[Says]:
    assert note is not None
    return {cite.review.says for s in note.sections for cite in s.cites if cite.review}


def test_a_tick_and_a_button(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeGemini(answers) as server:
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", "AIzaSyFake-key-for-tests-000000000000000")

        async def story(app: Application) -> None:
            window = app.window
            window.composer.templates.tick(["flashcards"])
            drop_file(app, sample_talk())
            window.composer.engine.setCurrentIndex(window.composer.engine.findData(Engine.GEMINI))
            window.composer.review.click()
            await until(
                lambda: "second look" in window.composer.estimate.text(), "the price, with it"
            )
            press_generate(app)
            await until(lambda: finished(app, 1), "a note")
            (job,) = app.board
            assert says(job.note) == {Says.YES, Says.NO}
            await until(lambda: window.results.page_shown is not None, "its tab")
            page = window.results.page_shown
            await until(page.statements.review.isVisible, "how many were found")

            server.script = agreeing
            page.statements.review.click()
            await until(lambda: window.findChild(QMessageBox, "questionDialog"), "the question")
            box = window.findChild(QMessageBox, "questionDialog")
            assert "$" in box.informativeText()
            box.findChild(QPushButton, "acceptButton").click()
            await until(lambda: says(page.note) == {Says.YES}, "what the second one found")
            assert len(looks(server)) == 2
            assert app.program is not None
            stored = await app.program.services.store.get(page.note.id)
            assert stored == page.note

        run_program(story)


def agreeing(seen: Seen) -> Script:
    return Script(judge=lambda words, places: "yes") if seen.asked.statements else answers(seen)
