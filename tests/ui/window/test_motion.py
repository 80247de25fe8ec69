"""Scrolling without animation where the user or the desktop wants reduced motion."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.settings.table import MOTION
from notegen_desktop.ui.kit import scrolling
from notegen_desktop.ui.kit.scrolling import SmoothScroll, keep_still
from notegen_desktop.ui.kit.tasks import Tasks
from tests.fakes.services import FakeServices


@pytest.fixture
def scroll(qtbot: QtBot) -> Iterator[SmoothScroll]:
    view = QPlainTextEdit("\n" * 90)
    qtbot.addWidget(view)
    view.resize(200, 300)
    view.show()
    made = SmoothScroll(view)
    yield made
    keep_still(False)


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """Fake the desktop's reduced-motion preference; set it by the key `still`."""
    said = {"still": False}
    monkeypatch.setattr(scrolling, "prefers_reduced_motion", lambda: said["still"])
    return said


@pytest.mark.parametrize(
    ("wish", "still", "moves"),
    [
        ("system", False, True),
        ("system", True, False),
        ("reduced", False, False),
        ("full", True, True),
    ],
)
async def test_movement_is_as_the_settings_say_or_as_the_desktop_does(
    scroll: SmoothScroll,
    fakes: FakeServices,
    desktop: dict[str, bool],
    wish: str,
    still: bool,
    moves: bool,
) -> None:
    desktop["still"] = still
    tasks = Tasks()
    motion = scrolling.Motion(tasks)
    fakes.settings.change({MOTION: wish})
    motion.take_settings(fakes.settings.current)
    await motion.ask_desktop()
    scroll.to(20)
    assert scroll.moves is moves
