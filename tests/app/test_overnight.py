"""Notes over night in the real program: sent by one window, fetched unasked by the next one."""

from __future__ import annotations

from pathlib import Path

import pytest

from notegen_desktop.app import Application
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Script

from .running import drop_file, finished, press_generate, run_program, until


def test_what_one_window_sends_opens_in_the_tabs_of_the_next(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeGemini(Script(words=(20, 40, 80))) as server:
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", "AIzaSyFake-key-for-tests-000000000000000")
        server.batches.looks = 1

        async def evening(app: Application) -> None:
            composer = app.window.composer
            composer.templates.tick(["basic-summary", "quick-reference"])
            drop_file(app, sample_talk())
            composer.engine.setCurrentIndex(composer.engine.findData(Engine.GEMINI))
            composer.overnight.click()
            await until(lambda: "half the usual price" in composer.estimate.text(), "the price")
            press_generate(app)
            await until(lambda: len(server.batches.keys) == 2, "the batch")
            rows = app.board
            await until(
                lambda: all("expected within a day" in job.wait_reason for job in rows), "the rows"
            )
            assert app.program is not None
            assert app.program.services.activity.now.left_alone == 2

        async def morning(app: Application) -> None:
            await until(lambda: finished(app, 2), "both notes")
            await until(lambda: app.window.results.page_shown is not None, "a tab")
            assert app.window.page_switch.choice() == "notes"

        run_program(evening)
        run_program(morning)
        assert len(server.batches.keys) == 2
        assert server.requests == []
