"""Queue table of many videos: filtered, reordered, paused, with a summary."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QAbstractItemModelTester
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QTableView,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.errors import ServiceUnavailable
from notegen_desktop.domain.jobs.job import NoteJob, Stage, Status, Tally
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import Usage
from notegen_desktop.services.ports import PAUSED, Activity, Order
from notegen_desktop.ui.kit.job_text import (
    ThroughputEstimator,
    overall_words,
    queue_words,
    remaining_words,
    roughly,
    status_words,
)
from notegen_desktop.ui.kit.theme import apply_theme
from notegen_desktop.ui.queue.model import RowFilter
from notegen_desktop.ui.queue.panel import CARDS_UP_TO, MAX_CARDS, JobPanel
from notegen_desktop.ui.queue.table import sign_of
from tests.fakes.services import FakeServices, make_note, make_video

TWO = ("basic-summary", "study-notes")
MANY = 12


def name(number: int) -> str:
    return f"video{number:06}"


@pytest.fixture
def panel(panel: JobPanel) -> JobPanel:
    QAbstractItemModelTester(panel.queue, panel)
    panel.resize(1000, 500)
    return panel


def order(
    fakes: FakeServices, videos: int = MANY, templates: tuple[str, ...] = TWO, *, first: int = 1
) -> tuple[NoteJob, ...]:
    links = []
    for number in range(first, first + videos):
        fakes.source.videos[name(number)] = make_video(name(number), title=f"Lesson {number}")
        links += find_links(f"https://youtu.be/{name(number)}").links
    jobs = fakes.runner.submit(Order(tuple(links), templates))
    QApplication.processEvents()
    return jobs


def titles(panel: JobPanel) -> list[str]:
    panel.flush()
    model = panel.queue
    return [str(model.index(row, 0).data()) for row in range(model.rowCount())]


def cell(panel: JobPanel, job: NoteJob) -> str:
    """Return the accessible text of a job's cell."""
    panel.flush()
    return str(panel.queue.index_of(job).data(Qt.ItemDataRole.AccessibleTextRole))


def head(panel: JobPanel, label: str) -> str:
    panel.flush()
    return panel.findChild(QLabel, label).text()


# --- cards or table ---


def test_few_videos_are_cards_and_many_are_a_table(fakes: FakeServices, panel: JobPanel) -> None:
    order(fakes, CARDS_UP_TO)
    assert panel.findChild(QWidget, "jobList").isVisible()
    assert panel.findChild(QWidget, f"video:{name(1)}").findChild(QWidget, "job:study-notes")
    order(fakes, 1, first=CARDS_UP_TO + 1)
    assert panel.findChild(QTableView, "queueGrid").isVisible()
    assert not panel.findChild(QWidget, "jobList").isVisible()
    assert titles(panel) == [f"Lesson {n}" for n in range(1, CARDS_UP_TO + 2)]


def test_the_view_that_someone_chose_stays(fakes: FakeServices, panel: JobPanel) -> None:
    order(fakes, 8)
    switch = panel.findChild(QToolButton, "queueViewButton")
    assert panel.is_grid
    switch.click()
    panel.flush()
    assert not panel.is_grid
    assert panel.findChild(QWidget, f"video:{name(8)}").findChild(QWidget, "job:study-notes")
    order(fakes, 1, first=9)
    assert not panel.is_grid
    order(fakes, MAX_CARDS, first=10)
    assert panel.is_grid
    assert not switch.isVisible()


def test_cards_come_back_when_few_videos_are_left(fakes: FakeServices, panel: JobPanel) -> None:
    jobs = order(fakes, CARDS_UP_TO + 1, ("basic-summary",))
    fakes.runner.finish(jobs[0])
    fakes.board.remove(jobs[0].id)
    panel.flush()
    assert not panel.is_grid
    assert panel.findChild(QWidget, f"video:{name(2)}").findChild(QWidget, "job:basic-summary")


# --- texts of cells ---


def test_columns_stand_in_the_order_of_the_templates(fakes: FakeServices, panel: JobPanel) -> None:
    order(fakes, MANY, ("flashcards", "basic-summary"))
    order(fakes, 1, ("study-notes",))
    shown = [
        panel.queue.headerData(column, Qt.Orientation.Horizontal)
        for column in range(panel.queue.columnCount())
    ]
    assert shown == ["Video", "Basic summary", "Study notes", "Flashcards"]


def test_every_cell_has_words_and_a_sign(fakes: FakeServices, panel: JobPanel) -> None:
    jobs = order(fakes)
    assert cell(panel, jobs[0]) == "Lesson 1, Basic summary: In the queue"
    fakes.runner.begin(jobs[0], progress=0.47)
    assert cell(panel, jobs[0]) == "Lesson 1, Basic summary: Writing, 47%"
    fakes.runner.finish(jobs[0])
    assert cell(panel, jobs[0]) == "Lesson 1, Basic summary: Complete"
    fakes.runner.fail(jobs[1], ServiceUnavailable("Gemini is overloaded."))
    assert cell(panel, jobs[1]) == "Lesson 1, Study notes: Failed: Gemini is overloaded."
    fakes.runner.hold(jobs[2], until=None, reason=PAUSED)
    assert cell(panel, jobs[2]) == "Lesson 2, Basic summary: Paused"
    fakes.board.complete(jobs[3].id, attempt=1, note=make_note())
    assert cell(panel, jobs[3]) == "Lesson 2, Study notes: From the library"
    fakes.runner.cancel(jobs[4].id)
    signs = [sign_of(fakes.board.job(job.id))[0] for job in jobs[:6]]
    assert signs == ["circle-check", "circle-alert", "pause", "library", "ban", ""]


def test_the_table_is_drawn_in_both_themes(
    fakes: FakeServices, panel: JobPanel, qapp: QApplication
) -> None:
    jobs = order(fakes)
    fakes.runner.begin(jobs[0], progress=0.5)
    panel.flush()
    light = panel.grid.grab().toImage()
    apply_theme(qapp, "dark")
    panel.flush()
    dark = panel.grid.grab().toImage()
    corner = QPoint(4, panel.grid.height() - 20)
    assert light.pixelColor(corner).lightness() > 200
    assert dark.pixelColor(corner).lightness() < 60
    assert len({light.pixel(x, 50) for x in range(light.width())}) > 5


def test_of_two_jobs_of_a_kind_the_newest_is_in_the_cell(
    fakes: FakeServices, panel: JobPanel
) -> None:
    old = order(fakes)[0]
    link = find_links(f"https://youtu.be/{name(1)}").links
    new = fakes.runner.submit(Order(link, ("basic-summary",), model="another"))[0]
    panel.flush()
    assert not panel.queue.index_of(old).isValid()
    assert panel.queue.job_at(panel.queue.index_of(new)).id == new.id
    assert len(panel.queue.jobs) == 2 * MANY + 1


# --- actions ---


def test_a_cell_is_opened_cancelled_and_written_again_by_keys(
    fakes: FakeServices, panel: JobPanel, qtbot: QtBot
) -> None:
    jobs = order(fakes)
    fakes.runner.finish(jobs[0])
    fakes.runner.fail(jobs[1], ServiceUnavailable())
    panel.flush()
    wishes: list[tuple[str, str]] = []
    for wish in ("open", "cancel", "retry"):
        signal = getattr(panel.wishes, f"{wish}_wanted")
        signal.connect(lambda job, wish=wish: wishes.append((wish, job)))
    for job, key in (
        (jobs[0], Qt.Key.Key_Return),
        (jobs[1], Qt.Key.Key_R),
        (jobs[2], Qt.Key.Key_Delete),
        (jobs[3], Qt.Key.Key_Return),  # queued: cannot be opened
        (jobs[0], Qt.Key.Key_Delete),  # finished: cannot be cancelled
    ):
        panel.grid.setCurrentIndex(panel.queue.index_of(job))
        qtbot.keyClick(panel.grid, key)
    assert wishes == [("open", jobs[0].id), ("retry", jobs[1].id), ("cancel", jobs[2].id)]


def test_the_menu_offers_what_makes_sense_for_all_that_is_selected(
    fakes: FakeServices, panel: JobPanel
) -> None:
    jobs = order(fakes)
    fakes.runner.finish(jobs[0])
    panel.flush()

    def offers() -> list[str]:
        menu = panel.grid.menu()
        return [action.text() for action in menu.actions() if not action.isSeparator()]

    panel.grid.setCurrentIndex(panel.queue.index_of(jobs[0]))
    assert offers() == ["Open", "Move to the top", "Move to the end"]
    fakes.runner.fail(jobs[1], ServiceUnavailable())
    panel.flush()
    assert offers() == ["Open"]  # no job of this video is pending
    panel.grid.selectAll()
    waiting = 2 * MANY - 2
    assert offers()[:2] == ["Retry 1 note", f"Cancel {waiting} notes"]
    cancelled: list[str] = []
    panel.wishes.cancel_wanted.connect(cancelled.append)
    panel.grid.menu().actions()[1].trigger()
    assert len(cancelled) == waiting


def test_only_running_or_only_failed_videos_are_shown(fakes: FakeServices, panel: JobPanel) -> None:
    jobs = order(fakes)
    fakes.runner.begin(jobs[4])
    fakes.runner.fail(jobs[8], ServiceUnavailable())
    panel.flush()
    buttons = panel.head.filter
    buttons.choose(RowFilter.RUNNING)
    assert titles(panel) == ["Lesson 3"]
    fakes.runner.begin(jobs[0])
    assert titles(panel) == ["Lesson 1", "Lesson 3"]
    fakes.runner.finish(jobs[4])
    assert titles(panel) == ["Lesson 1"]
    buttons.choose(RowFilter.FAILED)
    assert titles(panel) == ["Lesson 5"]
    assert buttons.button(RowFilter.FAILED).text() == "Failed 1"
    fakes.runner.retry(jobs[8].id)
    assert titles(panel) == []
    buttons.choose(RowFilter.ALL)
    assert len(titles(panel)) == MANY


def test_videos_that_wait_are_moved_by_hand(
    fakes: FakeServices, panel: JobPanel, qtbot: QtBot
) -> None:
    jobs = order(fakes, 8)
    wished: list[list[str]] = []
    panel.queue.reordered.connect(wished.append)
    panel.flush()
    panel.queue.move([5, 6], 1)
    assert [int(t.split()[1]) for t in titles(panel)] == [1, 6, 7, 2, 3, 4, 5, 8]
    assert wished[-1] == [name(n) for n in (1, 6, 7, 2, 3, 4, 5, 8)]
    panel.queue.move([0, 2], 8)
    assert [int(t.split()[1]) for t in titles(panel)] == [6, 2, 3, 4, 5, 8, 1, 7]
    panel.grid.setCurrentIndex(panel.queue.index(1, 0))
    qtbot.keyClick(panel.grid, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert titles(panel)[:2] == ["Lesson 2", "Lesson 6"]
    qtbot.keyClick(panel.grid, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert titles(panel)[:2] == ["Lesson 6", "Lesson 2"]
    for job in jobs[4:6]:  # jobs of lesson 3
        fakes.runner.begin(job)
    panel.flush()
    count = len(wished)
    panel.queue.move([titles(panel).index("Lesson 3")], 0)
    assert titles(panel)[0] == "Lesson 6"
    assert len(wished) == count


def test_rows_are_dropped_between_others(fakes: FakeServices, panel: JobPanel) -> None:
    order(fakes, 8)
    panel.flush()
    grid = panel.grid
    grid.setCurrentIndex(panel.queue.index(4, 0))
    grid.drop_rows(QPoint(20, grid.rowViewportPosition(1) + 3))
    assert titles(panel)[:3] == ["Lesson 1", "Lesson 5", "Lesson 2"]
    grid.setCurrentIndex(panel.queue.index(0, 0))
    grid.drop_rows(QPoint(20, grid.rowViewportPosition(2) + 30))
    assert titles(panel)[:3] == ["Lesson 5", "Lesson 2", "Lesson 1"]
    grid.setCurrentIndex(panel.queue.index(0, 0))
    grid.drop_rows(QPoint(20, 5000))
    assert titles(panel)[-1] == "Lesson 5"


def test_pause_is_a_wish_and_then_a_state(fakes: FakeServices, panel: JobPanel) -> None:
    order(fakes)
    pause = panel.findChild(QAbstractButton, "pauseButton")
    assert pause.text() == "Pause"
    pause.click()
    assert pause.text() == "Pause"
    panel.show_paused(paused=True)
    assert pause.text() == "Go on"
    assert head(panel, "remainingLabel") == "Paused"
    panel.show_activity(replace(activity(0.0), in_flight=2))
    panel.flush()
    assert head(panel, "remainingLabel") == "Pausing after 2 answers"
    assert "not even the next part" not in pause.toolTip()
    pause.click()
    assert pause.text() == "Go on", "until the queue does"


# --- summary and estimate ---


def test_the_head_counts_and_says_how_long_it_will_take(
    fakes: FakeServices, panel: JobPanel
) -> None:
    jobs = order(fakes)
    for job in jobs[:2]:
        fakes.board.complete(job.id, attempt=1, note=make_note())
    panel.flush()
    for job in jobs[2:8]:
        fakes.runner.begin(job)
        fakes.clock.advance(10)
        fakes.runner.finish(job)
        panel.flush()
        panel._tick()
        panel.flush()
    words = head(panel, "overallWords").replace("\u00a0", " ")
    assert words == "8 of 24 notes · 2 from the library"
    panel.show_activity(activity(0.84))
    assert head(panel, "remainingLabel") == "About 3 min left · $0.840 so far"


def test_afterwards_what_was_estimated_stands_beside_what_it_was(
    fakes: FakeServices, panel: JobPanel
) -> None:
    for job in order(fakes):
        fakes.runner.finish(job)
    panel.show_activity(activity(0.84, estimated=0.9))
    assert head(panel, "overallWords") == "24 notes ready"
    assert head(panel, "remainingLabel") == "It cost $0.840, $0.900 was expected"
    assert not panel.findChild(QAbstractButton, "pauseButton").isVisible()


def test_above_the_jobs_no_row_is_empty_and_the_longest_words_fit(
    fakes: FakeServices, panel: JobPanel
) -> None:
    panel.resize(360, 700)
    for job in order(fakes):
        fakes.runner.finish(job)
    panel.flush()
    clear = panel.findChild(QAbstractButton, "clearFinishedButton")
    assert clear.geometry().top() - panel.progress.geometry().bottom() <= 8
    order(fakes, first=100)
    panel.show_paused(paused=True)
    panel.show_activity(replace(activity(12.84), in_flight=12))
    panel.flush()
    assert head(panel, "remainingLabel") == "Pausing after 12 answers · $12.84 so far"
    assert not panel.head.remaining.is_elided()


def activity(spent: float, estimated: float = 0.0) -> Activity:
    usage = Usage(1, 1000, 0, 100, 0, spent)
    return Activity(0, 0, 4, 1, 0, 0, "", spent=usage, estimated_usd=estimated)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (3, "5 s"),
        (42, "40 s"),
        (59.9, "1 min"),
        (840, "14 min"),
        (7800, "2 h 10 min"),
        (7200, "2 h"),
    ],
)
def test_guessed_times_are_told_roughly(seconds: float, said: str) -> None:
    assert roughly(seconds) == said


def test_nothing_is_said_that_is_not_known() -> None:
    assert remaining_words(None, None, active=True, paused=False) == ""
    assert remaining_words(None, None, active=False, paused=False) == ""
    assert remaining_words(None, activity(0.5), active=False, paused=False) == "It cost $0.500"
    assert queue_words(Tally()) == "0\u00a0of\u00a00\u00a0notes"
    assert overall_words(Tally(), paused=True) == ""


def test_the_pace_leaves_out_what_was_in_the_library_and_what_was_before_a_pause(
    fakes: FakeServices,
) -> None:
    jobs = order(fakes, 5)
    pace = ThroughputEstimator()
    fakes.board.complete(jobs[0].id, attempt=1, note=make_note())
    assert pace.look(fakes.board.tally, 0.0) is None
    assert pace.look(fakes.board.tally, 30.0) is None  # no note is finished yet
    fakes.runner.finish(jobs[1])
    assert pace.look(fakes.board.tally, 40.0) == pytest.approx(8 * 40)
    pace.stop()
    assert pace.look(fakes.board.tally, 4000.0) is None
    fakes.runner.finish(jobs[2])
    assert pace.look(fakes.board.tally, 4010.0) == pytest.approx(7 * 10)
    for job in jobs[3:]:
        fakes.runner.finish(job)
    assert pace.look(fakes.board.tally, 4020.0) is None


def test_a_written_note_is_complete_and_a_found_one_comes_from_the_library(
    fakes: FakeServices,
) -> None:
    jobs = order(fakes, 1)
    fakes.runner.begin(jobs[0], Stage.WRITING)
    fakes.runner.finish(jobs[0])
    fakes.board.complete(jobs[1].id, attempt=1, note=make_note())
    written, found = (fakes.board.job(job.id) for job in jobs)
    assert status_words(written, fakes.clock.now).startswith("Complete")
    assert status_words(found, fakes.clock.now) == "From the library"


def test_a_line_shows_where_dragged_rows_would_go(fakes: FakeServices, panel: JobPanel) -> None:
    order(fakes, 8)
    panel.flush()
    grid = panel.grid
    middle = grid.rowViewportPosition(2) + 20
    assert grid.row_for(QPoint(20, middle)) == 3
    assert grid.row_for(QPoint(20, 5000)) == 8
    assert panel.queue.mimeData([panel.queue.index(2, 0)]).formats() == panel.queue.mimeTypes()
    plain = grid.viewport().grab().toImage()
    grid._show_drop(3)
    line = grid.viewport().grab().toImage()
    y = grid.rowViewportPosition(3)
    assert line.pixelColor(300, y) != plain.pixelColor(300, y)
    grid._show_drop(-1)
    assert grid.viewport().grab().toImage() == plain


def test_rows_filtered_one_by_one_stand_in_the_order_of_the_queue(
    fakes: FakeServices, panel: JobPanel
) -> None:
    jobs = order(fakes)
    panel.queue.move([3], 0)
    panel.queue.show_only(RowFilter.RUNNING)
    for job in reversed(jobs[::2]):
        fakes.runner.begin(job)
    shown = titles(panel)
    assert shown == [f"Lesson {number}" for number in (4, 1, 2, 3, *range(5, MANY + 1))]
    for job in jobs[::2][:3]:
        fakes.runner.finish(job)
    assert titles(panel) == [f"Lesson {number}" for number in (4, *range(5, MANY + 1))]
    assert panel.queue.tally.of(Status.COMPLETE) == 3
