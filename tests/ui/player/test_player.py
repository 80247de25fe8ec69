"""Player of local media beside the note: plays, seeks, follows the transcript."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from notegen_desktop.domain.links.video import Chapter, Video
from notegen_desktop.domain.notes.note import Coverage, Note
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.media import playable as player_words
from notegen_desktop.ui.kit.messages import MessageBar
from notegen_desktop.ui.kit.tasks import Deferred, Tasks, WindowContext
from notegen_desktop.ui.notes.actions import NoteActions
from notegen_desktop.ui.notes.note_page import NotePage
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from notegen_desktop.ui.window.side_panes import playback
from notegen_desktop.ui.window.side_panes.playback import Playback
from notegen_desktop.ui.window.side_panes.reading import Reading
from tests.fakes.films import make_film, make_recording, time_of
from tests.fakes.services import FakeServices, FakeStore, make_video
from tests.ui.conftest import Opened, until
from tests.ui.talks import note_on, talk

try:
    from PySide6 import QtMultimedia  # noqa: F401

    LACKS = ""
except ImportError as error:
    LACKS = str(error)

needs_player = pytest.mark.skipif(bool(LACKS), reason=f"nothing can be played: {LACKS}")

LENGTH_S = 60.0
CHAPTERS = (Chapter("Begin", 0, 20), Chapter("Middle & more", 20, 45), Chapter("End", 45, 60))
NEAR = 0.3
"""Tolerance of a playback position, in seconds."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, qapp: QApplication) -> Path:
    made = tmp_path_factory.mktemp("films")
    make_film(made / "talk.avi", LENGTH_S)
    make_film(made / "other.avi", 20)
    make_recording(made / "talk.wav", LENGTH_S)
    make_recording(made / "long.wav", 600)
    return made


def local(path: Path, **facts: object) -> Video:
    given = {"title": path.stem, "duration_s": LENGTH_S, "chapters": CHAPTERS, **facts}
    return Video(f"file-{path.name}", str(path), "file", **given)  # type: ignore[arg-type]


def about(video: Video, note_id: str = "n1") -> Note:
    """Return a note with sections on segments 1, 3 and 5 of ten seconds each, with full
    coverage."""
    note = note_on(video, (1, 1), (3, 3), (5, 5), note_id=note_id)
    return replace(note, coverage=Coverage(LENGTH_S, ()))


class Scene:
    """Note tabs, transcript and playback, as wired in the window; the player opens on demand."""

    def __init__(self, fakes: FakeServices, opened: Opened) -> None:
        self.tasks = Tasks()
        self.results = ResultTabs()
        self.results.set_templates(fakes.templates.all())
        services: Deferred[Services] = Deferred()
        self.reading = Reading(self.results, services, self.tasks)
        self.messages = MessageBar()
        context = WindowContext(self.reading, services, self.tasks, self.messages)
        self.actions = NoteActions(context, self.results, name_of=str)
        self.playback = Playback(context, self.reading, self.actions)
        self.reading.panel.cite_activated.connect(self.playback.open_at)
        self.places: list[float] = []
        self._heard: object = None
        self.store = FakeStore()
        services.set(replace(fakes.ports, store=self.store))
        self.opened = opened
        self.reading.resize(1100, 760)
        self.reading.show()

    def open(self, video: Video, note_id: str = "n1") -> NotePage:
        self.store.transcripts[video.id] = talk(6)
        self.results.open_note(about(video, note_id))
        page = self.results.page_shown
        assert page is not None
        return page

    async def play(self, video: Video, at_s: float) -> NotePage:
        """Open the note of `video` and play from `at_s` seconds; return the page."""
        page = self.open(video)
        self.playback.open_at(video, at_s)
        await self.plays_at(at_s)
        return page

    @property
    def pane(self):  # type: ignore[no-untyped-def]
        pane = self.playback.pane
        assert pane is not None, "nothing was played yet"
        if pane is not self._heard:
            self._heard = pane
            pane.moved.connect(self.places.append)
        return pane

    async def chooses(self, row: int) -> None:
        """Wait until the row is selected in the transcript."""
        rows = self.reading.panel.list
        await until(lambda: rows.isVisible() and rows.chosen_rows() == [row], "the passage")

    async def plays_at(self, seconds: float) -> None:
        """Wait until playback has passed this position; a slow machine may notice it later."""
        pane = self.pane
        await until(
            lambda: pane.is_playing and any(abs(at - seconds) <= NEAR for at in self.places),
            f"playing at {seconds} s",
        )
        self.places.clear()

    def is_at(self, seconds: float) -> None:
        assert self.pane.position_s == pytest.approx(seconds, abs=NEAR)

    async def shows(self, seconds: float) -> None:
        """Wait until the video frame of this position is shown."""
        await until(
            lambda: self.picture_s is not None and abs(self.picture_s - seconds) <= NEAR,
            f"the picture of {seconds} s",
        )

    @property
    def picture_s(self) -> float | None:
        image = self.pane.picture.image()
        return None if image.isNull() else time_of(image)

    async def has_trouble(self) -> None:
        await until(self.pane.trouble.isVisible, "the words of what is wrong")

    async def has_notice(self) -> None:
        await until(self.pane.notice.isVisible, "the words of what is missing")

    async def pause(self) -> None:
        self.pane.pause()
        await until(lambda: not self.pane.is_playing, "the pause")


@pytest.fixture
async def scene(qtbot, fakes: FakeServices, opened: Opened) -> AsyncIterator[Scene]:
    made = Scene(fakes, opened)
    yield made
    made.playback.shut_down()
    await made.tasks.aclose()
    for widget in (made.reading, made.messages):
        widget.close()
        widget.deleteLater()


# --- seeking ---


@needs_player
async def test_a_cited_time_plays_there(scene: Scene, folder: Path) -> None:
    page = scene.open(local(folder / "talk.avi"))
    page.view.links.follow("cite:1/0")
    await scene.plays_at(30.0)
    await scene.shows(scene.pane.position_s)
    assert scene.pane.isVisible()
    assert scene.opened.urls == []


@needs_player
async def test_the_next_cited_time_goes_there_without_opening_anew(
    scene: Scene, folder: Path
) -> None:
    page = scene.open(local(folder / "talk.avi"))
    page.view.links.follow("cite:2/0")
    await scene.plays_at(50.0)
    page.view.links.follow("cite:0/0")
    await scene.plays_at(10.0)
    await scene.shows(scene.pane.position_s)


@needs_player
async def test_a_place_on_the_strip_plays_there(scene: Scene, folder: Path, qtbot) -> None:
    page = scene.open(local(folder / "talk.avi"))
    x = round(page.strip.x_of(24.0))
    wanted = page.strip.time_at(x)  # before the transcript narrows the strip
    qtbot.mouseClick(page.strip, Qt.MouseButton.LeftButton, pos=QPoint(x, page.strip.height() // 2))
    await scene.plays_at(wanted)


@needs_player
async def test_a_click_on_the_time_line_goes_there_and_shows_it(
    scene: Scene, folder: Path, qtbot
) -> None:
    scene.open(local(folder / "talk.avi"))
    scene.playback.open_at(local(folder / "talk.avi"), 5.0)
    await scene.plays_at(5.0)
    await scene.pause()
    line = scene.pane.controls.line
    at = QPoint(round(line.x_of(41.0)), line.height() // 2)
    wanted = line.time_at(at.x())
    qtbot.mouseClick(line, Qt.MouseButton.LeftButton, pos=at)
    await until(lambda: abs(scene.pane.position_s - wanted) <= NEAR)
    await scene.shows(wanted)
    assert not scene.pane.is_playing, "where it paused it goes on pausing"


@needs_player
async def test_pulling_the_knob_shows_the_places_it_passes(
    scene: Scene, folder: Path, qtbot
) -> None:
    video = local(folder / "talk.avi")
    await scene.play(video, 0.0)
    await scene.pause()
    line = scene.pane.controls.line
    middle = line.height() // 2
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=QPoint(round(line.x_of(3)), middle))
    qtbot.mouseMove(line, QPoint(round(line.x_of(33)), middle))
    here = line.seconds
    await scene.shows(here)
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton, pos=QPoint(round(line.x_of(33)), middle))
    scene.is_at(here)


# --- recordings ---


@needs_player
async def test_a_recording_plays_without_a_picture_or_a_sound_device(
    scene: Scene, folder: Path
) -> None:
    video = local(folder / "talk.wav")
    page = scene.open(video)
    page.view.links.follow("cite:1/0")
    await scene.plays_at(30.0)
    assert scene.picture_s is None
    assert scene.pane.controls.mute.isEnabled() == scene.pane.engine.has_sound_device
    assert scene.pane.notice.isHidden(), "no picture is missing"


@needs_player
async def test_it_stops_at_the_end_and_begins_again(scene: Scene, folder: Path) -> None:
    video = local(folder / "talk.wav")
    scene.open(video)
    scene.playback.open_at(video, LENGTH_S - 0.4)
    await until(lambda: scene.pane.is_playing)
    await until(lambda: not scene.pane.is_playing, "the end")
    scene.pane.toggle()
    await until(lambda: scene.pane.is_playing)
    assert scene.pane.position_s < 5


# --- controls ---


@needs_player
async def test_keys_steer_it(scene: Scene, folder: Path, qtbot) -> None:
    video = local(folder / "talk.wav")
    await scene.play(video, 20.0)
    pane, controls = scene.pane, scene.pane.controls
    qtbot.keyClick(pane, Qt.Key.Key_Space)
    await until(lambda: not pane.is_playing)
    at = pane.position_s
    qtbot.keyClick(pane, Qt.Key.Key_Right)
    scene.is_at(at + 10)
    qtbot.keyClick(pane, Qt.Key.Key_Left)
    qtbot.keyClick(controls.line, Qt.Key.Key_Left)
    scene.is_at(at - 10)
    qtbot.keyClick(controls.line, Qt.Key.Key_PageDown)
    scene.is_at(20.0)
    qtbot.keyClick(controls.line, Qt.Key.Key_PageDown)
    scene.is_at(45.0)
    qtbot.keyClick(controls.line, Qt.Key.Key_Home)
    scene.is_at(0.0)
    qtbot.keyClick(controls.line, Qt.Key.Key_Space)
    await until(lambda: pane.is_playing, "Space on the time line plays")


@needs_player
async def test_speed_and_volume_are_chosen_and_kept_for_the_next_film(
    scene: Scene, folder: Path, qtbot
) -> None:
    video = local(folder / "talk.wav")
    await scene.play(video, 0.0)
    pane, controls = scene.pane, scene.pane.controls
    player, sound = pane.engine._player, pane.engine._sound
    before = sound.volume()
    qtbot.keyClick(pane, Qt.Key.Key_Greater)
    assert player.playbackRate() == 1.25
    assert controls.speed.text() == "1.25×"
    controls._rates.actions()[-1].trigger()
    assert player.playbackRate() == 2.0
    qtbot.keyClick(pane, Qt.Key.Key_Greater)
    assert player.playbackRate() == 2.0, "faster is not offered"
    qtbot.keyClick(pane, Qt.Key.Key_Down)
    assert sound.volume() < before
    qtbot.keyClick(pane, Qt.Key.Key_M)
    assert sound.isMuted()
    other = local(folder / "other.avi", duration_s=20.0)
    scene.open(other, "n2")
    scene.playback.open_at(other, 3.0)
    await scene.plays_at(3.0)
    assert player.playbackRate() == 2.0
    assert sound.isMuted()


@needs_player
async def test_every_button_has_a_name_and_the_player_fits_the_narrowest_column(
    scene: Scene, folder: Path
) -> None:
    video = local(folder / "talk.avi")
    await scene.play(video, 0.0)
    for name in ("Play", "Back", "Forward", "Seek", "Speed", "Mute", "Volume", "Follow", "Close"):
        (part,) = scene.pane.findChildren(QWidget, f"player{name}")
        assert part.accessibleName()
        assert part.accessibleIdentifier() == f"player{name}"
    assert scene.pane.controls.play.accessibleName() == "Pause"
    assert scene.pane.controls.line.accessibleDescription() == "0:00 of 1:00, Begin"
    scene.reading.setSizes([2000, 1])
    scene.reading.side_column.setMaximumWidth(scene.reading.side_column.minimumSizeHint().width())
    QApplication.processEvents()
    assert scene.pane.controls.minimumSizeHint().width() <= scene.pane.width()


@needs_player
async def test_chapters_are_told_on_the_time_line_and_gone_to_from_the_menu(
    scene: Scene, folder: Path
) -> None:
    video = local(folder / "talk.avi")
    page = await scene.play(video, 0.0)
    line = scene.pane.controls.line
    assert line.tip_at(line.x_of(30.0)) == "0:30  Middle & more"
    page.video_buttons.chapter_wanted.emit(45.0)
    await scene.plays_at(45.0)


@needs_player
async def test_it_fills_the_screen_and_comes_back(scene: Scene, folder: Path, qtbot) -> None:
    video = local(folder / "talk.avi")
    await scene.play(video, 12.0)
    qtbot.keyClick(scene.pane, Qt.Key.Key_F)
    full = scene.pane.picture.window()
    assert full.isFullScreen()
    assert full is not scene.reading.window()
    qtbot.keyClick(full, Qt.Key.Key_Right)
    await until(lambda: scene.pane.position_s >= 22.0 - NEAR)
    qtbot.keyClick(full, Qt.Key.Key_Escape)
    assert scene.pane.picture.window() is scene.reading.window()
    assert scene.pane.picture.isVisible()
    assert scene.pane.is_playing


# --- synchronised with the transcript ---


@needs_player
async def test_what_is_said_is_brought_out_in_the_transcript(scene: Scene, folder: Path) -> None:
    video = local(folder / "talk.avi")
    page = scene.open(video)
    page.view.links.follow("cite:1/0")
    assert scene.reading.is_open, "the words come with the film"
    model = scene.reading.panel.model
    await until(lambda: model.said == 3, "the passage at 30 s")
    scene.pane.seek(39.8)
    await until(lambda: model.said == 4, "the passage after it")
    scene.playback.close()
    assert model.said == -1


@needs_player
async def test_a_click_on_a_passage_plays_it(scene: Scene, folder: Path, qtbot) -> None:
    video = local(folder / "talk.avi")
    page = scene.open(video)
    page.view.links.follow("cite:0/0")
    rows = scene.reading.panel.list
    await until(lambda: scene.reading.panel.spoken is not None)
    await scene.plays_at(10.0)
    for row, words in ((3, False), (4, True)):
        rows.scrollTo(scene.reading.panel.model.index(row))
        rect = rows.visualRect(scene.reading.panel.model.index(row))
        at = rect.topLeft() + QPoint(rect.width() // 2 if words else 16, 12)
        qtbot.mouseClick(rows.viewport(), Qt.MouseButton.LeftButton, pos=at)
        await scene.plays_at(row * 10.0)


@needs_player
async def test_who_scrolls_away_is_left_alone_and_taken_along_on_coming_back(
    scene: Scene, folder: Path
) -> None:
    video = local(folder / "long.wav", duration_s=600.0)
    page = scene.open(video)
    scene.store.transcripts[video.id] = talk(60)
    page.view.links.follow("cite:0/0")
    rows, model = scene.reading.panel.list, scene.reading.panel.model
    await until(lambda: model.said == 1)
    await until(lambda: rows._scroll.state() == rows._scroll.State.Stopped)
    assert rows.is_seen(1)
    rows.scrollTo(model.index(40), rows.ScrollHint.PositionAtTop)
    place = rows.verticalOffset()
    scene.pane.engine.seek(20.5)  # as by playing on, not by the user
    await until(lambda: model.said == 2)
    assert rows.verticalOffset() == place, "the reader is somewhere else"
    rows.scrollTo(model.index(2), rows.ScrollHint.PositionAtTop)
    scene.pane.engine.seek(250.5)
    await until(lambda: model.said == 25)
    await until(lambda: rows.is_seen(25), "the passage, now that the reader is back")


@needs_player
async def test_following_can_be_switched_off(scene: Scene, folder: Path, qtbot) -> None:
    video = local(folder / "long.wav", duration_s=600.0)
    page = scene.open(video)
    scene.store.transcripts[video.id] = talk(60)
    page.view.links.follow("cite:0/0")
    rows, model = scene.reading.panel.list, scene.reading.panel.model
    await until(lambda: model.said == 1)
    await until(lambda: rows._scroll.state() == rows._scroll.State.Stopped)
    qtbot.mouseClick(scene.pane.controls.follow, Qt.MouseButton.LeftButton)
    place = rows.verticalOffset()
    scene.pane.engine.seek(250.5)
    await until(lambda: model.said == 25)
    assert rows.verticalOffset() == place
    qtbot.mouseClick(scene.pane.controls.follow, Qt.MouseButton.LeftButton)
    await until(lambda: rows.is_seen(25), "the passage, wanted again")


# --- tabs, stored positions, closing ---


@needs_player
async def test_another_tab_pauses_it_and_the_last_one_of_its_video_closes_it(
    scene: Scene, folder: Path
) -> None:
    video, other = local(folder / "talk.avi"), local(folder / "other.avi", duration_s=20.0)
    scene.open(video)
    scene.open(video, "n2")
    scene.open(other, "n3")
    scene.results.setCurrentIndex(0)
    scene.playback.open_at(video, 12.0)
    await scene.plays_at(12.0)
    scene.results.setCurrentIndex(1)
    assert scene.pane.is_playing, "another note of the same video"
    scene.results.setCurrentIndex(2)
    await until(lambda: not scene.pane.is_playing, "the pause")
    assert not scene.pane.isVisible()
    scene.results.setCurrentIndex(0)
    assert scene.pane.isVisible()
    scene.results.close_current()
    assert scene.pane.video is not None
    scene.results.setCurrentIndex(0)
    scene.results.close_current()
    assert scene.pane.video is None
    assert not scene.pane.isVisible()


@needs_player
async def test_play_goes_on_where_a_video_was_left(scene: Scene, folder: Path, qtbot) -> None:
    video, other = local(folder / "talk.avi"), local(folder / "other.avi", duration_s=20.0)
    first, second = scene.open(video), scene.open(other, "n2")
    scene.results.setCurrentWidget(first)
    scene.playback.open_at(video, 33.0)
    await scene.plays_at(33.0)
    scene.results.setCurrentWidget(second)
    left_s = scene.pane.position_s
    scene.playback.open_at(other, 7.0)
    await scene.plays_at(7.0)
    scene.pane.close_button.click()
    assert not scene.pane.isVisible()
    scene.results.setCurrentWidget(first)
    assert first.video_buttons.open.accessibleName() == "Play"
    qtbot.mouseClick(first.video_buttons.open, Qt.MouseButton.LeftButton)
    await until(lambda: scene.pane.is_playing)
    await scene.plays_at(left_s)
    await scene.shows(scene.pane.position_s)


@needs_player
async def test_the_window_closes_while_a_film_plays(
    main_window: Callable[..., SimpleNamespace], folder: Path
) -> None:
    window = main_window()
    video = local(folder / "talk.avi")
    window.results.open_note(about(video))
    window.notes_page.settle()
    page = window.results.page_shown
    page.view.links.follow("cite:1/0")
    pane = window.playback.pane
    await until(lambda: pane.is_playing)
    window.close()
    await until(lambda: not window.isVisible())
    assert not pane.is_playing
    assert pane.video is None


# --- unplayable media ---


@needs_player
async def test_a_file_that_is_gone_is_told_with_what_to_do(scene: Scene, folder: Path) -> None:
    video = local(folder / "moved.mp4")
    scene.open(video).view.links.follow("cite:1/0")
    assert "moved.mp4 is no longer where it was. Put it back into" in scene.messages.text()
    assert scene.playback.pane is None
    assert scene.opened.urls == []
    await scene.chooses(3)


@needs_player
async def test_a_file_that_goes_while_it_is_open_is_told_in_the_player(
    scene: Scene, tmp_path: Path
) -> None:
    path = make_recording(tmp_path / "talk.wav", 5)
    scene.open(local(path))
    scene.playback.open_at(local(path), 0.0)
    await scene.plays_at(0.0)
    scene.pane.stop()
    path.unlink()
    scene.pane.play(local(path), 0.0)
    assert scene.pane.trouble.isVisibleTo(scene.pane)
    assert scene.pane.controls.isHidden()


@needs_player
async def test_a_file_that_does_not_play_offers_its_own_program(
    scene: Scene, tmp_path: Path, qtbot
) -> None:
    path = tmp_path / "talk.mp4"
    path.write_bytes(b"This is no film." * 40)
    scene.open(local(path)).view.links.follow("cite:1/0")
    await scene.has_trouble()
    title, words = scene.pane.trouble._title, scene.pane.trouble._words
    assert title.text() == "talk.mp4 does not play here."
    assert "MP4 with H.264" in words.text()
    for label in (title, words):
        assert label.height() >= label.heightForWidth(label.width()), "all of it is seen"
    qtbot.mouseClick(scene.pane.trouble.findChild(QPushButton), Qt.MouseButton.LeftButton)
    assert scene.opened.urls == [QUrl.fromLocalFile(str(path))]


@needs_player
async def test_the_file_put_back_plays_at_the_next_click(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "talk.wav"
    path.write_bytes(b"This is no recording." * 40)
    page = scene.open(local(path))
    page.view.links.follow("cite:0/0")
    await scene.has_trouble()
    make_recording(path, LENGTH_S)
    page.view.links.follow("cite:0/0")
    await scene.plays_at(10.0)
    assert not scene.pane.trouble.isVisible()
    assert scene.pane.controls.isVisible()


@needs_player
async def test_pictures_in_an_unknown_form_are_missed_in_words(scene: Scene, folder: Path) -> None:
    video = local(folder / "talk.avi")
    scene.open(video)
    scene.playback.open_at(video, 0.0)
    scene.pane.engine.sink.videoFrameChanged.disconnect(scene.pane.picture.take)
    await scene.has_notice()
    assert "Only the sound plays here." in scene.pane.notice.text()
    assert "MP4 with H.264" in scene.pane.notice.text()
    assert scene.pane.is_playing


async def test_without_qt_multimedia_a_file_opens_in_its_own_program_with_the_command(
    scene: Scene, folder: Path, monkeypatch: pytest.MonkeyPatch, qtbot
) -> None:
    monkeypatch.setattr(player_words, "has_player", lambda: False)
    video = local(folder / "talk.avi")
    page = scene.open(video)
    assert page.video_buttons.open.accessibleName() == "Open file"
    page.view.links.follow("cite:1/0")
    assert scene.opened.urls == [QUrl.fromLocalFile(video.url)]
    words = scene.messages.text()
    assert "talk.avi is opened in its own program. The place is at 0:30." in words
    assert 'pip install "notegen-desktop[playback]"' in words
    qtbot.mouseClick(scene.messages._action, Qt.MouseButton.LeftButton)
    command = QGuiApplication.clipboard().text()
    assert command.endswith('-m pip install "notegen-desktop[playback]"')
    assert scene.playback.pane is None


@pytest.mark.allow_log(logging.WARNING)
async def test_a_system_library_that_is_missing_is_named(
    scene: Scene, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise ImportError("libpulse.so.0: cannot open shared object file: No such file")

    monkeypatch.setattr(player_words, "has_player", lambda: True)
    monkeypatch.setattr(scene.playback, "_player", fail)
    monkeypatch.setattr(
        playback, "playback_advice", lambda error: player_words.playback_advice(error, which=str)
    )
    video = local(folder / "talk.avi")
    scene.open(video).view.links.follow("cite:1/0")
    assert scene.opened.urls == [QUrl.fromLocalFile(video.url)]
    assert "sudo apt-get install libpulse0" in scene.messages.text()


def test_where_there_is_no_apt_the_library_is_named() -> None:
    error = ImportError("libpulse.so.0: cannot open shared object file")
    told = player_words.playback_advice(error, which=lambda _: None)
    assert "has libpulse.so.0" in told.words
    assert not told.command


async def test_a_video_on_the_web_opens_in_the_browser_at_its_second(scene: Scene) -> None:
    page = scene.open(make_video(duration_s=LENGTH_S))
    page.view.links.follow("cite:1/0")
    assert [url.toString() for url in scene.opened.urls] == [
        "https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=30s"
    ]
    assert scene.playback.pane is None


def test_a_file_that_may_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make_recording(tmp_path / "talk.wav", 1)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    trouble = player_words.file_problem(str(path))
    assert trouble is not None
    assert trouble.title == "talk.wav may not be read."
    assert str(tmp_path) in trouble.hint


async def test_a_time_of_captions_without_a_film_shows_what_is_said_there(
    scene: Scene, tmp_path: Path
) -> None:
    captions = local(tmp_path / "talk.en.vtt")
    page = scene.open(captions)
    page.view.links.follow("cite:1/0")
    await scene.chooses(3)
    assert scene.opened.urls == []
    page.video_buttons.open_wanted.emit()
    assert scene.opened.urls == [QUrl.fromLocalFile(captions.url)]


async def test_a_time_of_an_online_video_opens_it_there_and_shows_the_passage(
    scene: Scene, opened: Opened
) -> None:
    video = make_video(duration_s=60.0)
    page = scene.open(video)
    page.view.links.follow("cite:1/0")
    assert [url.toString() for url in opened.urls] == [video.link_at(30.0)]
    assert not scene.reading.panel.isVisible(), "nothing opens beside what was asked for"
    scene.reading.set_open(True)
    await until(lambda: scene.reading.panel.spoken is not None)
    page.view.links.follow("cite:2/0")
    await scene.chooses(5)
