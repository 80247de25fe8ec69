"""Where movement is left out, a page is at its place at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QPlainTextEdit
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.settings.table import MOTION
from notegen_desktop.ui.kit.scrolling import SmoothScroll, keep_still
from notegen_desktop.ui.window.process import motion
from tests.fakes.services import FakeServices


@pytest.fixture
def scroll(qtbot: QtBot) -> Iterator[SmoothScroll]:
    view = QPlainTextEdit("\n" * 90)
    qtbot.addWidget(view)
    view.resize(200, 300)
    view.show()
    made = SmoothScroll(view)
    yield made
    made.stop()
    keep_still(False)


def test_the_settings_leave_it_out(scroll: SmoothScroll, fakes: FakeServices) -> None:
    motion.follow_motion(fakes.settings.current)
    scroll.to(20)
    assert scroll.moves
    fakes.settings.change({MOTION: "reduced"})
    motion.follow_motion(fakes.settings.current)
    scroll.to(5)
    assert not scroll.moves


def test_the_desktop_leaves_it_out(
    scroll: SmoothScroll, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(motion, "wants_stillness", lambda: True)
    motion.follow_motion(fakes.settings.current)
    scroll.to(20)
    assert not scroll.moves
