"""Asking in the real program: beside a note, of the library, stopped, and once more another day."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from notegen_desktop.app import Application
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.gemini_script import Seen

from .running import child, drop_file, finished, press_generate, run_program, until

KEY = "AIzaSyFake-key-for-tests-000000000000000"
QUESTION = "Why does testing yourself beat rereading?"


def slow(seen: Seen) -> Script:
    return Script(seconds=30, chunks=60) if "slowly" in seen.asked.question else Script()


def type_question(app: Application, words: str, name: str = "askEdit") -> None:
    edit = child(app.window, QLineEdit, name)
    edit.setText(words)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def test_questions_beside_a_note(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeGemini(slow) as server:
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)

        async def story(app: Application) -> None:
            window = app.window
            window.composer.templates.tick(["basic-summary"])
            drop_file(app, sample_talk())
            window.composer.engine.setCurrentIndex(window.composer.engine.findData(Engine.GEMINI))
            press_generate(app)
            await until(lambda: finished(app, 1), "a note")
            await until(lambda: window.results.page_shown is not None, "its tab")
            window.results.page_shown.ask_button.click()
            panel = window.asking.panel
            assert panel is not None
            assert panel.edit.hasFocus() or panel.isVisible()
            await until(lambda: "$" in panel.cost.text(), "what it will cost")
            type_question(app, QUESTION)
            await until(lambda: len(panel.exchanges) == 1, "an answer")
            assert panel.exchanges[0].cites[0].verified

            type_question(app, "And slowly?")
            await until(
                lambda: any(
                    r.chunks_sent > 1 for r in server.requests if "slowly" in r.asked.question
                ),
                "some of an answer",
            )
            assert QUESTION in server.requests[-1].asked.task
            panel.stop.click()
            assert await server.until(lambda s: s.requests[-1].closed_early)
            assert len(panel.exchanges) == 1
            assert panel.edit.text() == "And slowly?"

            window.ask_library()
            type_question(app, QUESTION, "libraryAskEdit")
            of_all = window.library_asking.panel
            assert of_all is not None
            await until(lambda: len(of_all.exchanges) == 1, "an answer from the library")

        run_program(story)

        async def another_day(app: Application) -> None:
            window = app.window
            await until(lambda: window.results.page_shown is not None, "the tab of before")
            panel = window.asking.panel
            assert panel is not None
            await until(lambda: len(panel.exchanges) == 1, "the conversation of before")
            assert panel.isVisible()
            panel.forget.click()
            await until(lambda: not panel.exchanges, "nothing any more")

        run_program(another_day)
