"""Budgets and quotas in the whole program: asked about, kept to, and got round at one click."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QMessageBox, QPushButton

from notegen_desktop.app import Application
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.gemini import FakeGemini, Quota, Script
from tests.fakes.gemini_script import Seen

from .running import child, drop_file, finished, press_generate, run_program, until

KEY = "AIzaSyFake-key-for-tests-000000000000000"
THREE = ["basic-summary", "study-notes", "chapters"]


def order(app: Application) -> None:
    app.window.composer.templates.tick(THREE)
    drop_file(app, sample_talk())
    press_generate(app)


def test_of_an_order_over_the_budget_what_fits_is_written(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeGemini(Script(output_tokens=3_000)) as server:
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)

        async def story(app: Application) -> None:
            app.settings.change({"budget.day_usd": 0.035})
            order(app)
            await until(lambda: app.window.findChild(QMessageBox, "questionDialog"), "the question")
            assert server.requests == []
            child(app.window, QPushButton, "onlyFittingButton").click()
            await until(lambda: finished(app, 3), "three jobs")
            by_template = {job.template: job for job in app.board}
            left_out = by_template["study-notes"]
            assert left_out.failure is not None
            assert left_out.failure.code == "budget_exceeded"
            assert by_template["basic-summary"].status is Status.COMPLETE
            assert by_template["chapters"].status is Status.COMPLETE
            assert len(server.requests) == 2

        run_program(story)


def test_what_a_days_quota_leaves_over_another_model_writes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def script(seen: Seen) -> Script:
        return Script(fail="quota") if "lite" in seen.model else Script()

    with FakeGemini(script, quota=Quota()) as server:
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", server.url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)

        async def story(app: Application) -> None:
            order(app)
            await until(lambda: "Today's quota" in app.window.messages.text(), "an offer")
            action = child(app.window.messages, QPushButton, "messageAction")
            assert action.text().startswith("Write with ")
            action.click()
            await until(
                lambda: [job.status for job in app.board] == [Status.COMPLETE] * 3, "three notes"
            )
            assert {job.request.engine for job in app.board} == {Engine.GEMINI}

        run_program(story)
