"""Engines in the whole program: one for each template, and another when the first cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from notegen_desktop.app import Application
from notegen_desktop.domain.engines.connection import connection_of
from notegen_desktop.domain.jobs.job import Status
from notegen_desktop.services.machine.paths import sample_talk
from tests.fakes.chat_server import FakeChat
from tests.fakes.gemini import FakeGemini, Script

from .running import drop_file, finished, press_generate, run_program, until

KEY = "AIzaSyFake-key-for-tests-000000000000000"
OLLAMA_MODEL = {"model": "small-instruct", "details": {"context_length": 32_768}}


async def _connect(app: Application, server: FakeChat) -> None:
    await until(lambda: app.program, "the services")
    services = app.program.services
    presets = services.connections.presets
    services.connections.keep(
        connection_of("home", server.address, presets, preset="ollama", model="small-instruct")
    )


def test_a_template_goes_to_its_engine_and_the_rest_to_the_next_when_a_quota_is_gone(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeGemini(Script(fail="quota")) as gemini, FakeChat("ollama") as ollama:
        ollama.models = (OLLAMA_MODEL,)
        monkeypatch.setenv("NOTEGEN_GEMINI_URL", gemini.url)
        monkeypatch.setenv("GEMINI_API_KEY", KEY)

        async def story(app: Application) -> None:
            await _connect(app, ollama)
            picker = app.window.composer.templates
            picker.tick(["basic-summary", "chapters"])
            picker.engine_chosen.emit("chapters", "home")
            app.settings.change({"general.fallback": "offline"})
            assert app.settings.current.text("general.written_by") == "chapters@home"
            drop_file(app, sample_talk())
            press_generate(app)
            await until(lambda: finished(app, 2), "two jobs")
            notes = {job.template: job.note for job in app.board}
            assert {job.status for job in app.board} == {Status.COMPLETE}
            assert {name: note and (note.engine, note.model) for name, note in notes.items()} == {
                "basic-summary": ("offline", "extract"),
                "chapters": ("home", "small-instruct"),
            }
            assert len(gemini.requests) == 1
            assert len(ollama.requests) == 1

        run_program(story)


def test_an_engine_that_is_gone_fails_its_own_templates_alone_and_is_named(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(app: Application) -> None:
        await until(lambda: app.program, "the services")
        app.settings.change({"general.written_by": "chapters@gone"})
        app.window.composer.templates.tick(["basic-summary", "chapters"])
        drop_file(app, sample_talk())
        press_generate(app)
        await until(
            lambda: len(list(app.board)) == 2 and all(job.is_final for job in app.board), "the end"
        )
        written, failed = sorted(app.board, key=lambda job: job.template)
        assert written.status is Status.COMPLETE
        assert failed.failure is not None
        assert "“gone”" in failed.failure.message

    run_program(story)
