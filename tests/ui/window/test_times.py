"""Clicks on times, in the text of a note and on its coverage strip, always have an effect.

Playback in the window is tested with the player.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Coverage
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.ui.notes.note_page import NotePage
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices, make_video
from tests.ui.conftest import Opened, until
from tests.ui.talks import note_on, talk

Make = Callable[..., MainWindow]
LENGTH_S = 60.0


def file_video(path: Path) -> Video:
    return Video(f"file-{path.name}", str(path), "file", title=path.stem, duration_s=LENGTH_S)


def show(window: MainWindow, fakes: FakeServices, video: Video) -> NotePage:
    """Open a note of the video with sections on segments 1, 3 and 5 of ten seconds each."""
    fakes.store.transcripts[video.id] = talk(6)
    note = note_on(video, (1, 1), (3, 3), (5, 5), note_id="n1")
    window.results.open_note(replace(note, coverage=Coverage(LENGTH_S, ())))
    page = window.results.page_shown
    assert page is not None
    return page


def click_strip(page: NotePage, seconds: float) -> None:
    x = page.strip.x_of(seconds)
    at = QPointF(x, page.strip.height() / 2).toPoint()
    QTest.mouseClick(page.strip, Qt.MouseButton.LeftButton, pos=at)


async def marks(window: MainWindow, row: int) -> None:
    rows = window.reading.panel.list
    await until(lambda: rows.isVisible() and rows.chosen_rows() == [row], f"passage {row}")


@pytest.mark.parametrize("name", ["talk.en.vtt", "talk.srt", "talk.txt", "sample", "gone.mp4"])
async def test_without_a_film_to_show_the_passage_is_marked(
    main_window: Make, fakes: FakeServices, opened: Opened, tmp_path: Path, name: str
) -> None:
    sample = sample_talk()
    assert sample is not None
    window = main_window()
    page = show(window, fakes, file_video(sample if name == "sample" else tmp_path / name))
    assert not window.reading.panel.isVisible()
    page.view.links.follow("cite:1/0")
    await marks(window, 3)
    click_strip(page, 52.0)
    await marks(window, 5)
    window.reading.set_open(False)
    click_strip(page, 0.5)
    await marks(window, 0)
    assert opened.urls == []


async def test_a_video_on_the_web_opens_there(
    main_window: Make, fakes: FakeServices, opened: Opened
) -> None:
    window = main_window()
    video = make_video(duration_s=LENGTH_S)
    page = show(window, fakes, video)
    page.view.links.follow("cite:1/0")
    click_strip(page, 50.0)
    first, second = [url.toString() for url in opened.urls]
    assert first == video.link_at(30.0)
    assert second in (video.link_at(49.0), video.link_at(50.0))


async def test_without_words_and_film_a_click_says_why(
    main_window: Make, fakes: FakeServices, opened: Opened, tmp_path: Path
) -> None:
    window = main_window()
    page = show(window, fakes, file_video(tmp_path / "talk.en.vtt"))
    del fakes.store.transcripts["file-talk.en.vtt"]
    click_strip(page, 20.0)
    await until(window.reading.panel.isVisible)
    assert opened.urls == []


async def test_from_the_reading_mode_a_time_leads_to_its_passage(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    window = main_window()
    page = show(window, fakes, file_video(tmp_path / "talk.en.vtt"))
    window.reading_mode.toggle()
    page.view.links.follow("cite:1/0")
    await marks(window, 3)
