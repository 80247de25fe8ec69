"""Layout of the two columns: space for reading, the collapsible rail, and stable positions."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.errors import ServiceUnavailable
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.kit.messages import Message
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.queue.panel import JobPanel
from notegen_desktop.ui.window.controllers.run_end import LONG_S, RunEnd
from notegen_desktop.ui.window.desk import NARROW_PX
from notegen_desktop.ui.window.main_window import MainWindow
from notegen_desktop.ui.window.rail import NEW, PROGRESS
from tests.fakes.services import FakeServices, make_note, make_video
from tests.ui.conftest import close, until
from tests.ui.screens import settle
from tests.ui.window.test_every_state import cut_off
from tests.ui.window.test_main_window import ONE, TWO, press, start

Make = Callable[..., MainWindow]
SCREENS = [(960, 600), (1280, 800), (1920, 1200)]


def sized(make: Make, width: int, height: int, **more: object) -> MainWindow:
    window = make(**more)
    window.setMinimumSize(0, 0)
    window.resize(width, height)
    return window


def order(fakes: FakeServices, window: MainWindow, *templates: str) -> tuple[NoteJob, ...]:
    """Submit jobs as the Generate button does; return them."""
    fakes.source.videos["dQw4w9WgXcQ"] = make_video()
    jobs = fakes.runner.submit(Order(find_links(ONE).links, templates))
    window.ordering.ordered.emit(None)
    return jobs


def run_of_eight(fakes: FakeServices, window: MainWindow) -> None:
    templates = tuple(template.id for template in fakes.templates.all()[:8])
    for job in order(fakes, window, *templates):
        fakes.runner.finish(job, make_note(template=job.template, note_id=job.id))


def rail(window: MainWindow) -> int:
    return window.rail.width()


# --- space for the note ---


async def test_after_a_run_of_eight_notes_the_note_has_most_of_the_window(
    main_window: Make, fakes: FakeServices
) -> None:
    window = sized(main_window, 1280, 800)
    run_of_eight(fakes, window)
    view = window.results.page_shown.view
    await until(lambda: view.isVisible() and view.height() >= 0.7 * 800)


async def test_in_a_small_window_fifteen_lines_can_be_read(
    main_window: Make, fakes: FakeServices
) -> None:
    window = sized(main_window, 960, 600)
    run_of_eight(fakes, window)
    view = window.results.page_shown.view
    line = view.fontMetrics().lineSpacing()
    await until(lambda: view.isVisible() and view.viewport().height() >= 15 * max(line, 24))


async def test_the_title_of_a_note_stands_once(main_window: Make, fakes: FakeServices) -> None:
    window = sized(main_window, 1280, 800)
    run_of_eight(fakes, window)
    await until(lambda: bool(window.results.page_shown))
    page = window.results.page_shown
    title = page.note.title
    labels = [each.text() for each in window.pages.findChildren(QLabel) if each.isVisible()]
    tabs = [window.results.tabText(n) for n in range(window.results.count())]
    words = [*labels, *tabs, page.view.toPlainText()]
    assert sum(each.count(title) for each in words) == 1


# --- the rail ---


async def test_generate_turns_to_progress_and_what_comes_in_turns_back(
    main_window: Make, fakes: FakeServices
) -> None:
    window = sized(main_window, 1280, 800)
    assert (window.rail.page, window.jobs.isVisible()) == (NEW, False)
    await start(fakes, window)
    assert (window.rail.page, window.jobs.isVisible()) == (PROGRESS, True)
    assert window.rail.choice.button(PROGRESS).text() == "Progress  0 of 3"
    QApplication.clipboard().setText(TWO)
    for come_in in (
        lambda: window.add_text(TWO),
        window.paste,
        window.type_link,
        lambda: window.jobs.wishes.again_wanted.emit(make_video()),
    ):
        window.rail.show_page(PROGRESS)
        come_in()
        assert window.rail.page == NEW


async def test_what_is_being_put_together_stays_in_sight(
    main_window: Make, fakes: FakeServices
) -> None:
    window = sized(main_window, 900, 640)
    await start(fakes, window)
    window.add_text(TWO)
    for job in list(fakes.board):
        fakes.runner.finish(job)
    window.ordering.ordered.emit(None)
    assert window.rail.page == NEW
    assert not window.rail.is_folded
    window.composer.source.clear()
    await until(lambda: window.rail.is_folded)


async def test_without_jobs_progress_says_so(main_window: Make) -> None:
    window = sized(main_window, 1280, 800)
    window.rail.show_page(PROGRESS)
    assert window.jobs.isVisible()
    assert not window.jobs.head.isVisible()


async def test_the_rail_folds_by_its_button_and_its_key_and_stays_so(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    state = tmp_path / "window.ini"
    window = sized(main_window, 1280, 800, window_state=state)
    press(window, "railToggle")
    assert (rail(window), window.composer.isVisible()) == (48, False)
    QTest.keyClick(window, Qt.Key.Key_F9)
    assert (rail(window), window.composer.isVisible()) == (360, True)
    QTest.keyClick(window, Qt.Key.Key_F9)
    press(window, "stripNewButton")
    assert (rail(window), window.composer.isVisible()) == (360, True)
    press(window, "railToggle")
    await close(window)
    again = sized(main_window, 1280, 800, window_state=state)
    assert again.rail.is_folded
    press(again, "stripProgressButton")
    assert again.jobs.isVisible()


async def test_in_a_narrow_window_the_rail_makes_room_for_a_note(
    main_window: Make, fakes: FakeServices
) -> None:
    window = sized(main_window, 960, 600)
    assert rail(window) == 360, "there is nothing to read yet"
    first, second = order(fakes, window, "basic-summary", "study-notes")
    fakes.runner.finish(first, make_note(note_id="n1"))
    fakes.runner.fail(second, ServiceUnavailable())
    assert not window.rail.is_folded, "there is something to see on it"
    fakes.runner.retry(second.id)
    fakes.runner.finish(second, make_note(template="study-notes", note_id="n2"))
    assert window.rail.is_folded
    window.resize(1280, 800)
    await until(lambda: rail(window) == 360)
    press(window, "railToggle")
    window.resize(960, 600)
    window.resize(1280, 800)
    await asyncio.sleep(0)
    assert window.rail.is_folded, "it was folded by hand"


async def test_a_large_window_gives_the_rail_a_share_until_it_is_dragged(
    main_window: Make, fakes: FakeServices, tmp_path: Path
) -> None:
    state = tmp_path / "window.ini"
    window = sized(main_window, 1920, 1200, window_state=state)
    assert rail(window) == 480
    window.resize(2560, 1400)
    await until(lambda: rail(window) == 520)
    window.desk.setSizes([400, 2160])
    window.desk.splitterMoved.emit(400, 1)
    window.resize(1920, 1200)
    await asyncio.sleep(0)
    assert rail(window) == 400, "a width chosen by hand stays"
    await close(window)
    again = sized(main_window, 1920, 1200, window_state=state)
    assert rail(again) == 400


async def test_the_rail_can_be_dragged_to_over_half_the_window(
    main_window: Make, fakes: FakeServices
) -> None:
    window = sized(main_window, 1280, 800)
    handle = window.desk.handle(1)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton)
    QTest.mouseMove(handle, QPoint(1000, 10))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=QPoint(1000, 10))
    window.desk.setSizes([1000, 280])
    assert rail(window) == int(1280 * 0.6)


async def test_what_is_finished_can_be_taken_off_the_list(
    main_window: Make, fakes: FakeServices
) -> None:
    window = sized(main_window, 1280, 800)
    first, second, third = order(fakes, window, "basic-summary", "study-notes", "flashcards")
    fakes.runner.finish(first, make_note(note_id="n1"))
    fakes.runner.fail(second, ServiceUnavailable())
    fakes.runner.cancel(third.id)
    press(window, "clearFinishedButton")
    assert [job.id for job in fakes.board] == [second.id]
    press(window, "videoRemoveButton")
    assert not list(fakes.board)
    assert window.results.count() == 1, "the note stays open"
    await until(lambda: not window.jobs.head.isVisible())


async def test_forty_videos_show_fourteen_rows(main_window: Make, fakes: FakeServices) -> None:
    window = sized(main_window, 1280, 800)
    links = [find_links(f"https://youtu.be/video{n:06}").links[0] for n in range(40)]
    jobs = fakes.runner.submit(Order(tuple(links), ("basic-summary", "study-notes", "chapters")))
    window.ordering.ordered.emit(None)
    for job in jobs[:3]:
        fakes.runner.fail(job, ServiceUnavailable())
    await until(lambda: "3 notes failed: " in window.jobs.head.causes.text())
    grid = window.jobs.grid
    await until(lambda: grid.viewport().height() >= 14 * grid.rowHeight(0))


async def test_tabs_are_those_of_one_video_and_tell_engines_apart(
    main_window: Make, fakes: FakeServices
) -> None:
    window = sized(main_window, 1280, 800)
    tabs = window.results
    note = make_note(note_id="n1")
    by_offline = replace(note, id="n2", engine="offline")
    other = make_note(note_id="n3", video=make_video("kCc8FmEb1nY", title="Let's build GPT"))
    for each in (note, by_offline, other):
        tabs.open_note(each)

    def seen() -> list[str]:
        return [tabs.tabText(n) for n in range(tabs.count()) if tabs.isTabVisible(n)]

    assert len(seen()) == 1
    menu = tabs.chooser.menu
    first = next(action for action in menu.actions() if note.video.title in action.text())
    first.trigger()
    assert len(seen()) == len(set(seen())) == 2
    assert any("offline" in name.lower() for name in seen())


# --- stable positions ---


def places(window: MainWindow) -> dict[str, QRect]:
    """Return the rectangles of all visible widgets on the right and of the rail's controls."""
    found = {}
    roots = [window.pages, window.rail.choice, window.rail.toggle, window.jobs.head.progress]
    for root in (window.page_switch, window._top.settings, *roots):
        for widget in (root, *root.findChildren(QWidget)):
            if widget.isVisible() and not widget.objectName().startswith("qt_"):
                at = widget.mapTo(window, QPoint())
                name = f"{type(widget).__name__} {widget.objectName()} {id(widget)}"
                found[name] = QRect(at, widget.size())
    return found


@pytest.mark.parametrize(("width", "height"), SCREENS)
async def test_nothing_moves_when_something_happens(
    main_window: Make, fakes: FakeServices, width: int, height: int
) -> None:
    window = sized(main_window, width, height)
    if width < NARROW_PX:
        window.desk.toggle_rail()
    first, second, third = order(fakes, window, "basic-summary", "study-notes", "flashcards")
    fakes.runner.finish(first, make_note(note_id="n1"))
    fakes.runner.finish(second, make_note(template="study-notes", note_id="n2"))
    await until(window.results.page_shown.view.isVisible)
    window.board.flush()
    await settled()
    before = places(window)

    def unmoved() -> dict[str, QRect]:
        now = places(window)
        return {key: now[key] for key in before.keys() & now.keys() if now[key] != before[key]}

    async def after(what: str) -> None:
        window.board.flush()
        await settled()
        assert unmoved() == {}, what

    fakes.runner.begin(third)
    await after("a job goes on")
    fakes.runner.finish(third, make_note(template="flashcards", note_id="n3"))
    await after("the run ends")
    window.messages.show_message(Message("Something happened.", "Do this.", "warning"))
    await after("a message comes")
    window.messages.dismiss()
    await after("a message goes")
    window.results.tabBarClicked.emit(0)
    await after("a tab is clicked")
    jobs = order(fakes, window, "chapters")
    await after("an order begins")
    fakes.runner.fail(jobs[0], ServiceUnavailable())
    await after("a note fails")
    window.jobs.wishes.clear_wanted.emit([job.id for job in fakes.board])
    await after("the list is emptied")


async def settled() -> None:
    for _ in range(4):
        await asyncio.sleep(0.01)


# --- reading mode ---


async def test_reading_mode_shows_nothing_but_the_page(
    main_window: Make, fakes: FakeServices
) -> None:
    window = sized(main_window, 1280, 800)
    action = window.findChild(QAction, "readingModeAction")
    assert not action.isEnabled(), "there is nothing to read"
    run_of_eight(fakes, window)
    window.reading.set_open(True)
    page = window.results.page_shown
    hidden = (window.rail, window.page_switch, window.results.tabBar(), page.levels, page.strip)
    await until(lambda: page.view.isVisible() and window.reading.panel.isVisible())
    ways_out = (
        lambda: QTest.keyClick(window, Qt.Key.Key_F11),
        window.reading_mode.toggle,
        lambda: QTest.keyClick(page.view, Qt.Key.Key_Escape),
        lambda: press(window, "leaveReadingButton"),
        lambda: window.add_text(TWO),
        window.search_notes,
    )
    for out in ways_out:
        window.page_switch.choose("notes")
        press(window, "readingModeButton")
        assert action.isChecked()
        await until(lambda: page.view.viewport().height() > 750)
        assert page.view.width() == 1280
        assert not any(part.isVisible() for part in hidden)
        assert not window.reading.panel.isVisible()
        window.results.setCurrentIndex(1)
        assert not window.results.page_shown.levels.isVisible()
        window.results.setCurrentIndex(0)
        out()
        assert not action.isChecked()
        assert window.rail.isVisible()
    window.page_switch.choose("notes")
    assert page.levels.isVisible()
    assert window.reading.panel.isVisible()
    await settle()


# --- the end of a run ---


async def test_the_title_says_how_far_a_run_is(main_window: Make, fakes: FakeServices) -> None:
    window = sized(main_window, 1280, 800)
    first, second = order(fakes, window, "basic-summary", "study-notes")
    assert window.windowTitle() == "0 of 2 · NoteGen"
    fakes.runner.finish(first, make_note(note_id="n1"))
    assert window.windowTitle() == "1 of 2 · NoteGen"
    fakes.runner.finish(second, make_note(template="study-notes", note_id="n2"))
    assert window.windowTitle() == "NoteGen"


def test_the_end_of_a_long_run_is_told_to_those_who_look_elsewhere(
    fakes: FakeServices, qtbot: QtBot
) -> None:
    window = QWidget()  # not shown, so not active
    qtbot.addWidget(window)
    board = QtBoard(fakes.board, window)
    told: list[str] = []
    RunEnd(window, board, now=fakes.clock, tell=lambda _, words: told.append(words))
    board.start()
    for seconds in (LONG_S - 1, LONG_S):
        for job in fakes.runner.submit(Order(find_links(ONE).links, ("chapters", "quiz"))):
            fakes.clock.advance(seconds / 2)
            fakes.runner.fail(job, ServiceUnavailable())
        for job in list(fakes.board):
            fakes.runner.remove(job.id)
    assert told == ["2 failed"]
    board.stop()


# --- failures with the same cause ---


def test_a_cause_that_several_notes_share_is_told_once(
    fakes: FakeServices, panel: JobPanel
) -> None:
    links = find_links(ONE).links
    jobs = fakes.runner.submit(Order(links, ("basic-summary", "study-notes", "flashcards")))
    for job in jobs[:2]:
        fakes.runner.fail(job, ServiceUnavailable("Gemini is overloaded."))
    panel.flush()
    assert panel.head.causes.text() == ("2 notes failed: Gemini is overloaded. Retry in a minute.")
    rows = [panel.findChild(QWidget, f"job:{job.template}") for job in jobs]
    assert [row.status.text() for row in rows[:2]] == ["Failed", "Failed"]
    assert "Gemini is overloaded" in rows[0].accessibleName()
    retry = panel.findChild(QAbstractButton, "retryFailedButton")
    assert retry.text() == "Retry 2 notes"
    fakes.runner.retry(jobs[0].id)
    panel.flush()
    assert panel.head.causes.text() == ""
    assert "Gemini is overloaded" in rows[1].status.text()


async def test_no_button_of_a_note_is_squeezed_beside_the_rail(
    main_window: Make, fakes: FakeServices
) -> None:
    window = sized(main_window, 960, 600)
    links = find_links(ONE).links
    failing, job = fakes.runner.submit(Order(links, ("study-notes", "flashcards")))
    fakes.runner.fail(failing, ServiceUnavailable())
    note = make_note(template="flashcards", video=make_video("dQw4w9WgXcQ"))
    fakes.runner.finish(job, replace(note, engine="offline", id="n1"))
    page = window.results.page_shown
    assert page is not None
    await until(page.edit_button.isVisible)
    await settle()
    assert page.export_button.width() == page.export_button.sizeHint().width()


def on_screen_of_640(window: MainWindow) -> None:
    """Size the window as on a screen smaller than the columns want, which wins over their wish."""
    window.setMinimumSize(640, 440)
    window.resize(640, 440)


async def test_the_page_switch_is_legible_on_a_screen_of_640_pixels(main_window: Make) -> None:
    window = main_window()
    on_screen_of_640(window)
    await settle()
    assert window.width() == 640
    assert not window.rail.is_folded
    assert cut_off(window) == []


async def test_buttons_without_room_stand_in_a_menu(main_window: Make) -> None:
    window = sized(main_window, 1280, 800)
    await settle()
    more = window.findChild(QAbstractButton, "topMoreButton")
    activity = window.findChild(QAbstractButton, "activityButton")
    assert more.isHidden()
    assert activity.isVisible()

    on_screen_of_640(window)
    await settle()
    assert more.isVisible()
    menu = more.menu()
    menu.aboutToShow.emit()
    left_out = next(a for a in menu.actions() if a.text() == activity.toolTip())
    left_out.trigger()
    assert activity.isHidden()
    assert activity.isChecked()

    window.resize(1280, 800)
    await settle()
    assert more.isHidden()
    assert activity.isVisible()
