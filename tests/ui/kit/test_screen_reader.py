"""Announcements that screen readers receive without a change of focus."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.errors import ServiceUnavailable
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.kit import screen_reader
from notegen_desktop.ui.kit.qt_board import QtBoard
from tests.fakes.services import FakeServices


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    words: list[str] = []
    monkeypatch.setattr(screen_reader, "announce", lambda _, said, **more: words.append(said))
    return words


@pytest.fixture
def reader(
    qtbot: QtBot, fakes: FakeServices, told: list[str]
) -> Iterator[tuple[screen_reader.Announcer, QtBoard]]:
    window = QWidget()
    qtbot.addWidget(window)
    board = QtBoard(fakes.board, window)
    board.start()
    yield screen_reader.Announcer(board, window, name_of=str, now=fakes.clock), board
    board.stop()


def submit(fakes: FakeServices, videos: int) -> list[NoteJob]:
    text = " ".join(f"https://youtu.be/video{n:06}" for n in range(videos))
    return fakes.runner.submit(Order(find_links(text).links, ("notes",)))


def test_each_note_of_a_short_run_is_told_and_the_end(
    reader: tuple[screen_reader.Announcer, QtBoard], fakes: FakeServices, told: list[str]
) -> None:
    announcer, board = reader
    for job in submit(fakes, 2):
        fakes.runner.begin(job)
        fakes.runner.finish(job)
        board.flush()
        announcer._timer.timeout.emit()
    assert [words.partition(":")[0].partition(",")[0] for words in told] == [
        "notes",
        "notes",
        "2 notes ready",
    ]


def test_a_long_run_says_how_far_it_is_now_and_then_and_that_it_is_over(
    reader: tuple[screen_reader.Announcer, QtBoard], fakes: FakeServices, told: list[str]
) -> None:
    announcer, board = reader
    waits = []
    for job in submit(fakes, 40):
        fakes.runner.begin(job)
        fakes.runner.finish(job)
        board.flush()
        waits.append(announcer._timer.interval())
    assert not told
    assert waits[-1] == screen_reader.GATHER_MS < min(waits[:-1])
    announcer._timer.timeout.emit()
    assert told == ["40 notes ready"]


def test_of_a_failed_note_that_is_gone_by_then_nothing_is_told(
    reader: tuple[screen_reader.Announcer, QtBoard], fakes: FakeServices, told: list[str]
) -> None:
    gone, kept = submit(fakes, 2)
    for job in (gone, kept):
        fakes.runner.begin(job)
        fakes.runner.fail(job, ServiceUnavailable("Gemini is overloaded."))
    fakes.board.remove(gone.id)
    assert not told, "news gather for a moment"
    reader[0]._timer.timeout.emit()
    assert len(told) == 1
    assert "Gemini is overloaded" in told[0]
