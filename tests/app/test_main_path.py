"""The main path, whole: drop a video, tick templates, press Generate, read the tabs."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTabWidget, QWidget

from notegen_desktop.app import Application
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script
from tests.fakes.gemini_script import Seen

from .running import child, drop_file, finished, press_generate, run_program, until


@pytest.mark.usefixtures("home")
def test_without_a_key_a_dropped_file_becomes_three_tabs() -> None:
    async def story(app: Application) -> None:
        drop_file(app, sample_talk())
        press_generate(app)
        await until(lambda: finished(app, 3), "three notes")
        assert [job.status for job in app.board] == [Status.COMPLETE] * 3
        assert {job.request.engine.value for job in app.board} == {"offline"}
        tabs = child(app.window, QWidget, "resultTabs")
        await until(lambda: count_tabs(tabs) == 3, "three tabs")

    run_program(story)


def count_tabs(tabs: QWidget) -> int:
    assert isinstance(tabs, QTabWidget)
    return tabs.count()


def test_tabs_open_in_the_order_of_finishing(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    order = ["flashcards", "study-notes", "basic-summary"]  # from the last asked for to the first
    its_turn = {template: threading.Event() for template in order}

    def script(seen: Seen) -> Script:
        return Script(waits_for=its_turn[seen.template])

    with FakeGemini(script) as server:
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", "AIzaSyFake-key-for-tests-000000000000000")

        async def story(app: Application) -> None:
            drop_file(app, sample_talk())
            press_generate(app)
            for count, template in enumerate(order, 1):
                its_turn[template].set()
                await until(lambda count=count: finished(app, count), template)
            assert [job.template for job in app.board.finished()] == order
            tabs = child(app.window, QWidget, "resultTabs")
            await until(lambda: count_tabs(tabs) == 3, "three tabs")

        run_program(story)


def test_one_failure_stays_with_its_row_and_can_be_retried(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(seen: Seen) -> Script:
        fails = seen.template == "study-notes" and seen.attempt == 1
        return Script(finish="SAFETY", fault_at=0.1) if fails else Script(seconds=0.2)

    with FakeGemini(script) as server:
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", "AIzaSyFake-key-for-tests-000000000000000")

        async def story(app: Application) -> None:
            drop_file(app, sample_talk())
            press_generate(app)
            await until(lambda: finished(app, 3), "three results")
            failed = [job for job in app.board if job.status is Status.ERROR]
            assert [job.template for job in failed] == ["study-notes"]
            assert failed[0].failure is not None
            assert failed[0].failure.code == "answer_refused"
            row = child(app.window, QWidget, "job:study-notes")
            retry = child(row, QWidget, "jobRetryButton")
            assert retry.isVisibleTo(app.window)
            QTest.mouseClick(retry, Qt.MouseButton.LeftButton)
            await until(lambda: app.board.job(failed[0].id).status is Status.COMPLETE, "the retry")
            assert app.board.job(failed[0].id).attempt == 2

        run_program(story)
