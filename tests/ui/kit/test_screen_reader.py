"""What a screen reader is told by itself."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.errors import ServiceUnavailable
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.kit import screen_reader
from notegen_desktop.ui.kit.qt_board import QtBoard
from tests.fakes.services import FakeServices


def test_of_a_failed_note_that_is_gone_by_then_nothing_is_told(
    qtbot: QtBot, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(screen_reader, "announce", lambda _, words, **more: told.append(words))
    window = QWidget()
    qtbot.addWidget(window)
    board = QtBoard(fakes.board, window)
    board.start()
    reader = screen_reader.Announcer(board, window, name_of=str, now=fakes.clock)
    gone, kept = (
        fakes.runner.submit(Order(find_links(f"https://youtu.be/video00000{n}").links, ("notes",)))[
            0
        ]
        for n in (1, 2)
    )
    for job in (gone, kept):
        fakes.runner.begin(job)
        fakes.runner.fail(job, ServiceUnavailable("Gemini is overloaded."))
    fakes.board.remove(gone.id)
    assert not told, "news gather for a moment"
    reader._timer.timeout.emit()
    assert len(told) == 1
    assert "Gemini is overloaded" in told[0]
    board.stop()
