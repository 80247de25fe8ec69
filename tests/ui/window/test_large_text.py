"""Text of twice the usual size: nothing is clipped, all is reachable in a small window."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtWidgets import QApplication

from notegen_desktop.ui.kit.theme import scaled, theme
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices
from tests.ui.screens import STATES, Scene, settle

from .accessible import not_reached
from .test_every_state import close_dialogs, cut_off

Make = Callable[..., MainWindow]

SHOWN = (
    *("empty", "chips", "running", "failed", "finished", "settings", "library", "doubt"),
    *("recent", "practice_turned", "practice_quiz", "queue", "overnight_order", "selected"),
)
SCROLLS = {"the icon of Scroll Left", "the icon of Scroll Right"}
"""Names of Qt's scroll buttons in tab bars, whose width Qt fixes."""


@pytest.fixture
def large(qapp: QApplication) -> Iterator[None]:
    """Set the interface font to 26 px, as on a desktop with doubled text size."""
    usual = theme().text_px

    def show(px: int) -> None:
        theme().text_px = px
        theme()._load_fonts()
        qapp.setStyleSheet(theme().stylesheet())

    show(26)
    yield
    show(usual)


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("state", SHOWN)
async def test_no_word_is_cut_off(main_window: Make, fakes: FakeServices, state: str) -> None:
    window = main_window()
    await STATES[state](Scene(fakes, window))
    window.resize(1280, 800)
    await settle()
    found = set(cut_off(window)) - SCROLLS
    window.resize(960, 600)
    await settle()
    found |= set(cut_off(window)) - SCROLLS
    missed = await not_reached(window) if state in ("empty", "finished") else []
    close_dialogs(window)
    assert found == set()
    assert missed == []


@pytest.mark.usefixtures("large")
def test_heights_and_notes_grow_with_the_text() -> None:
    assert scaled(30) == 52
