"""Update check: needs the user's consent, asked once; each new version is announced once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton

from notegen_desktop.domain.settings.table import UPDATES
from notegen_desktop.services.machine.updates import Updates
from notegen_desktop.ui.settings.dialog import SettingsDialog
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices
from tests.ui.conftest import until

Make = Callable[..., MainWindow]


class Release:
    """Update service of a scripted release; counts its requests."""

    def __init__(self, folder: Path, address: str = "https://releases.example/latest") -> None:
        self.asked = 0
        self.updates = Updates(folder / "updates.json", fetch=self._fetch, address=address)

    async def _fetch(self, _address: str) -> bytes:
        self.asked += 1
        return json.dumps({"tag_name": "v9.0.0", "body": "Faster.", "html_url": ""}).encode()


@pytest.fixture
def release(tmp_path: Path, fakes: FakeServices) -> Release:
    made = Release(tmp_path)
    fakes.ports = replace(fakes.ports, updates=made.updates)
    return made


async def test_the_second_start_asks_once_and_a_yes_is_kept(
    main_window: Make, fakes: FakeServices, release: Release
) -> None:
    window = main_window()
    window.new_version.begin()
    assert not window.messages.text(), "the first start has other things to say"
    window.new_version.begin()
    assert "new version" in window.messages.text()
    assert not release.asked
    window.messages.findChild(QPushButton, "messageAction").click()
    assert fakes.settings.current.flag(UPDATES)
    await until(lambda: "NoteGen 9.0.0 is out" in window.messages.text(), "the news")
    assert release.asked == 1
    window.messages.dismiss()
    window.new_version.begin()
    assert not window.messages.text(), "it is told once, and asked once a week"
    assert release.asked == 1


async def test_without_a_yes_nothing_is_ever_asked(main_window: Make, release: Release) -> None:
    window = main_window()
    for _ in range(4):
        window.new_version.begin()
        window.messages.dismiss()
        window.new_version.look()
    assert not release.asked
    assert not window.messages.text()


async def test_a_build_without_an_address_says_so_in_the_settings_and_asks_nobody(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    nowhere = Release(tmp_path, "")
    fakes.ports = replace(fakes.ports, updates=nowhere.updates)
    window = main_window()
    for _ in range(2):
        window.new_version.begin()
    assert not window.messages.text()
    window.settings.open()
    (dialog,) = window.findChildren(SettingsDialog)
    assert "does not know where" in dialog.findChild(QLabel, "updatesState").text()
    assert not dialog.findChild(QPushButton, "askUpdatesButton").isEnabled()
    dialog.reject()


async def test_the_settings_ask_at_once_and_say_what_came_of_it(
    main_window: Make, release: Release
) -> None:
    window = main_window()
    window.settings.open()
    (dialog,) = window.findChildren(SettingsDialog)
    state = dialog.findChild(QLabel, "updatesState")
    assert state.text() == "Never asked."
    dialog.findChild(QPushButton, "askUpdatesButton").click()
    await until(lambda: "9.0.0 is out" in state.text(), "what came of it")
    assert release.asked == 1
    dialog.reject()
