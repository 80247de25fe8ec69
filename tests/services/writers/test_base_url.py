"""The address of Gemini is a setting: what is changed there holds for the next note."""

from __future__ import annotations

from contextlib import aclosing
from pathlib import Path

import pytest

from notegen_desktop.domain.errors import InvalidSetting
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.notes.note import Engine
from notegen_desktop.services.machine.paths import paths_below
from notegen_desktop.services.machine.settings_file import SettingsFile
from notegen_desktop.wiring import build_program
from tests.fakes.gemini import FakeGemini, Script
from tests.services.writing import KEY, write


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    for name in ("NOTEGEN_GEMINI_URL", "NOTEGEN_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


async def test_the_next_note_and_the_next_list_of_models_come_from_the_new_address(
    tmp_path: Path,
) -> None:
    settings = SettingsFile(tmp_path / "settings.toml")
    with FakeGemini(Script()) as first, FakeGemini(Script()) as second:
        settings.change({"gemini.url": first.url})
        program = build_program(settings, paths_below(tmp_path), JobBoard(), kept=False)
        async with aclosing(program):
            early = program.writers.get(Engine.GEMINI)
            await write(early)
            settings.change({"gemini.url": second.url})
            await write(program.writers.get(Engine.GEMINI))
            await program.services.catalogue.models()
            await write(early)
        assert [seen.method for seen in first.all_requests] == ["POST", "POST"], "what runs goes on"
        assert [seen.method for seen in second.all_requests] == ["POST", "GET"]


async def test_an_address_of_the_environment_that_is_none_is_never_taken_for_google(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused where it would be asked; what asks nobody goes on."""
    monkeypatch.setenv("NOTEGEN_GEMINI_URL", "http://gateway.example")
    settings = SettingsFile(tmp_path / "settings.toml")
    program = build_program(settings, paths_below(tmp_path), JobBoard(), kept=False)
    async with aclosing(program):
        with pytest.raises(InvalidSetting, match="https://"):
            await write(program.writers.get(Engine.GEMINI))
        with pytest.raises(InvalidSetting, match="https://"):
            await program.services.catalogue.models()
        assert not await program.library.store.recent()
