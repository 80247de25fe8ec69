"""Notes being written are opened from their row or cell; so is the draft of a failed one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from notegen_desktop.domain.errors import ServiceUnavailable
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.kit.commands import commands_of
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices, make_draft, make_note
from tests.ui.conftest import until

Make = Callable[..., MainWindow]
TEMPLATES = ("basic-summary", "study-notes", "flashcards")


def order(fakes: FakeServices, window: MainWindow, videos: int = 1) -> list[NoteJob]:
    for number in range(videos):
        links = find_links(f"https://youtu.be/video{number:06}").links
        fakes.runner.submit(Order(links, TEMPLATES))
    window.ordering.ordered.emit(None)
    return list(fakes.board)


def opener(window: MainWindow, job: NoteJob) -> QPushButton:
    row = window.findChild(QWidget, f"job:{job.template}")
    return row.findChild(QPushButton, "jobOpenButton")


async def test_what_is_held_without_a_word_written_is_not_offered_and_else_says_why(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    first, second, _ = order(fakes, window)
    for job in (first, second):
        fakes.runner.begin(job)
    fakes.runner.grow(second, make_draft(300), 0.3)
    await until(lambda: opener(window, first).isVisible())
    for job in (first, second):
        fakes.runner.hold(job, until=None, reason="Sent at 22:10, expected within a day")
    await until(lambda: not opener(window, first).isVisible())
    opener(window, second).click()
    assert window.results.page_shown is not None
    assert window.results.page_shown.badge == "Sent at 22:10, expected within a day"
    fakes.runner.begin(second)
    await until(lambda: window.results.page_shown.badge == "Being written…")


async def test_a_note_is_watched_from_its_row_and_nothing_else_moves(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    first, second, third = order(fakes, window)
    assert not opener(window, third).isVisible(), "there is nothing to see of what has not begun"
    fakes.runner.begin(third)
    fakes.runner.grow(third, make_draft(300), 0.3)
    await until(lambda: opener(window, third).isVisible())
    watch = opener(window, third)
    assert watch.text() == "Watch"
    watch.setFocus()
    QTest.keyClick(watch, Qt.Key.Key_Space)
    page = window.results.page_shown
    assert page is window.results.page(third.id)
    assert page.badge == "Being written…"
    assert QApplication.focusWidget() is watch, "the focus stays where it was"

    fakes.runner.grow(third, make_draft(1500), 0.7)
    await until(lambda: len(page.view.toPlainText()) > 1300)
    for job in (second, first):
        fakes.runner.begin(job)
        fakes.runner.finish(job)
    assert window.results.page_shown is page, "it stays in front"
    tabs = window.results.keys()
    assert tabs.index(second.id) < tabs.index(first.id), "in the order in which they finished"
    fakes.runner.finish(third)
    assert window.results.keys() == (second.id, first.id, third.id)
    assert watch.text() == "Open"


async def test_a_note_is_watched_from_its_cell_by_keys_and_by_its_menu(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    jobs = order(fakes, window, videos=8)
    grid = window.jobs.grid
    assert grid.isVisible()
    fakes.runner.begin(jobs[4])
    fakes.runner.grow(jobs[4], make_draft(300), 0.3)
    cell = window.jobs.queue.index_of(jobs[4])
    await until(lambda: "Double-click: See this note" in cell.data(Qt.ItemDataRole.ToolTipRole))
    grid.setFocus()
    grid.setCurrentIndex(cell)
    assert "Watch" in [action.text() for action in grid.menu().actions()]
    QTest.keyClick(grid, Qt.Key.Key_Return)
    assert window.results.page_shown is window.results.page(jobs[4].id)
    assert QApplication.focusWidget() is grid


async def test_watching_can_be_asked_for_by_name_also_from_the_library(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    _, second, _ = order(fakes, window)
    fakes.runner.begin(second)
    fakes.runner.grow(second, make_draft(300), 0.3)
    window.board.flush()
    window.page_switch.choose("library")
    (watch,) = [one for one in commands_of(window) if one.text() == "Watch a note being written"]
    watch.trigger()
    assert window.notes_page.isVisible()
    assert window.results.page_shown is window.results.page(second.id)


async def test_what_came_of_a_note_that_failed_can_be_opened(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    first, second, third = order(fakes, window)
    for job in (first, second):
        fakes.runner.begin(job)
    fakes.runner.grow(first, make_draft(600), 0.5)
    fakes.runner.fail(first, ServiceUnavailable())
    fakes.runner.fail(second, ServiceUnavailable())
    fakes.runner.finish(third, make_note(template=third.template))
    assert not opener(window, second).isVisible(), "nothing came of it"
    QTest.mouseClick(opener(window, first), Qt.MouseButton.LeftButton)
    page = window.results.page_shown
    assert page is window.results.page(first.id)
    assert page.badge == "Not finished"
    assert "Recall strengthens" in page.view.toPlainText()
