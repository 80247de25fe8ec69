"""Job cards and rows: texts, progress, and offered actions."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.errors import KeyMissing, ServiceUnavailable
from notegen_desktop.domain.jobs.job import NoteJob, Stage
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.text.quantities import count, dollars, duration, tokens_words
from notegen_desktop.services.ports import JobEstimate, Order
from notegen_desktop.ui.kit.job_text import estimate_words, makespan
from notegen_desktop.ui.queue.panel import JobPanel
from tests.fakes.services import FakeServices, make_draft, make_video

ONE, TWO, LATER = (
    find_links(f"https://youtu.be/{i}").links[0]
    for i in ("dQw4w9WgXcQ", "aircAruvnKk", "jNQXAC9IVRw")
)
THREE = ("basic-summary", "study-notes", "flashcards")


def order(fakes: FakeServices, *links: object) -> tuple[NoteJob, ...]:
    jobs = fakes.runner.submit(Order(tuple(links) or (ONE,), THREE))
    QApplication.processEvents()
    return jobs


def row(panel: JobPanel, template: str, video: str = "dQw4w9WgXcQ") -> QWidget:
    return panel.findChild(QWidget, f"video:{video}").findChild(QWidget, f"job:{template}")


def words(panel: JobPanel, template: str) -> str:
    panel.flush()
    return row(panel, template).findChild(QLabel, "jobStatus").text()


def button(panel: JobPanel, template: str, name: str) -> QPushButton | QToolButton:
    kind = QToolButton if name == "jobCancelButton" else QPushButton
    return row(panel, template).findChild(kind, name)


def test_there_is_a_card_for_a_video_and_a_row_for_a_template(
    fakes: FakeServices, panel: JobPanel
) -> None:
    order(fakes, ONE, TWO)
    for video in ("dQw4w9WgXcQ", "aircAruvnKk"):
        for template in THREE:
            assert row(panel, template, video).findChild(QProgressBar, "jobProgress") is not None
    assert panel.findChild(QWidget, "jobList") is not None
    assert row(panel, "study-notes").findChild(QLabel, "jobName").text() == "Study notes"


def test_a_job_says_what_it_does_and_for_how_long(fakes: FakeServices, panel: JobPanel) -> None:
    job = order(fakes)[0]
    assert words(panel, "basic-summary") == "In the queue"
    fakes.runner.begin(job, Stage.READING)
    assert words(panel, "basic-summary") == "Reading the video"
    fakes.clock.advance(12)
    fakes.runner.begin(job, Stage.WRITING)
    assert words(panel, "basic-summary") == "Writing · 12 s"
    fakes.clock.advance(63)
    panel._tick()
    assert words(panel, "basic-summary") == "Writing · 1 min 15 s"
    fakes.runner.finish(job)
    assert words(panel, "basic-summary") == "Complete · 1 min 15 s"


def test_a_wait_is_counted_down(fakes: FakeServices, panel: JobPanel) -> None:
    job = order(fakes)[0]
    fakes.runner.hold(job, until=fakes.clock.now + 23.4, reason="Gemini asks to wait.")
    assert words(panel, "basic-summary") == "Gemini asks to wait, 24 s"
    fakes.clock.advance(20)
    panel._tick()
    assert words(panel, "basic-summary") == "Gemini asks to wait, 4 s"
    fakes.clock.advance(20)
    panel._tick()
    assert words(panel, "basic-summary") == "Gemini asks to wait, 0 s"
    fakes.runner.hold(job, until=None, reason="Waiting for the network")
    assert words(panel, "basic-summary") == "Waiting for the network"


def test_time_goes_on_by_itself_while_something_runs_and_then_stops(
    fakes: FakeServices, panel: JobPanel
) -> None:
    job = order(fakes)[0]
    assert panel._clock.isActive()
    fakes.runner.begin(job)
    fakes.runner.cancel_all()
    assert not panel._clock.isActive()


def test_the_bar_follows_the_progress(fakes: FakeServices, panel: JobPanel) -> None:
    job = order(fakes)[0]
    bar = row(panel, "basic-summary").findChild(QProgressBar, "jobProgress")
    fakes.runner.begin(job)
    fakes.runner.grow(job, make_draft(), 0.42)
    panel.flush()
    assert (bar.value(), bar.maximum()) == (42, 100)
    assert bar.isVisible()
    fakes.runner.finish(job)
    assert bar.value() == bar.maximum()
    assert not bar.isVisible()


def test_a_failure_gives_its_reason_what_to_do_and_a_retry(
    fakes: FakeServices, panel: JobPanel, qtbot: QtBot
) -> None:
    job = order(fakes)[1]
    fakes.runner.fail(job, ServiceUnavailable())
    assert "Gemini is overloaded" in words(panel, "study-notes")
    assert row(panel, "study-notes").findChild(QLabel, "jobHint").text() == "Retry in a minute."
    retry = button(panel, "study-notes", "jobRetryButton")
    assert retry.isVisible()
    assert not button(panel, "study-notes", "jobCancelButton").isVisible()
    with qtbot.waitSignal(panel.wishes.retry_wanted) as heard:
        qtbot.mouseClick(retry, Qt.MouseButton.LeftButton)
    assert heard.args == [job.id]
    fakes.runner.retry(job.id)
    assert words(panel, "study-notes") == "In the queue"
    assert not retry.isVisible()
    assert not row(panel, "study-notes").findChild(QLabel, "jobHint").isVisible()
    fakes.runner.begin(job)
    assert words(panel, "study-notes") == "Writing · attempt 2"


def test_a_failure_of_the_key_leads_to_the_settings(
    fakes: FakeServices, panel: JobPanel, qtbot: QtBot
) -> None:
    jobs = order(fakes)
    fakes.runner.fail(jobs[0], KeyMissing())
    fakes.runner.fail(jobs[1], ServiceUnavailable())
    assert not button(panel, "study-notes", "jobSettingsButton").isVisible()
    with qtbot.waitSignal(panel.wishes.settings_wanted):
        qtbot.mouseClick(
            button(panel, "basic-summary", "jobSettingsButton"), Qt.MouseButton.LeftButton
        )


def test_a_running_job_can_be_cancelled(fakes: FakeServices, panel: JobPanel, qtbot: QtBot) -> None:
    job = order(fakes)[0]
    with qtbot.waitSignal(panel.wishes.cancel_wanted) as heard:
        qtbot.mouseClick(
            button(panel, "basic-summary", "jobCancelButton"), Qt.MouseButton.LeftButton
        )
    assert heard.args == [job.id]
    fakes.runner.cancel(job.id)
    assert words(panel, "basic-summary") == "Cancelled"
    assert button(panel, "basic-summary", "jobRetryButton").isVisible()


def test_a_finished_note_is_opened_from_its_row(
    fakes: FakeServices, panel: JobPanel, qtbot: QtBot
) -> None:
    job = order(fakes)[0]
    fakes.runner.finish(job)
    with qtbot.waitSignal(panel.wishes.open_wanted) as heard:
        qtbot.mouseClick(button(panel, "basic-summary", "jobOpenButton"), Qt.MouseButton.LeftButton)
    assert heard.args == [job.id]
    with qtbot.waitSignal(panel.wishes.open_wanted):
        qtbot.mouseClick(row(panel, "basic-summary"), Qt.MouseButton.LeftButton)
    with qtbot.assertNotEmitted(panel.wishes.open_wanted):
        qtbot.mouseClick(row(panel, "study-notes"), Qt.MouseButton.LeftButton)


def test_the_head_tells_how_the_whole_stands(
    fakes: FakeServices, panel: JobPanel, qtbot: QtBot
) -> None:
    def head() -> str:
        panel.flush()
        return panel.findChild(QLabel, "overallWords").text()

    jobs = order(fakes, ONE, TWO)
    overall = panel.findChild(QProgressBar, "overallProgress")
    assert head() == "Writing 6 notes"
    fakes.runner.finish(jobs[0])
    fakes.runner.fail(jobs[1], ServiceUnavailable())
    assert head() == "Writing 4 notes · 1 ready · 1 failed"
    assert overall.value() == 33
    assert not panel.retry_failed.isVisible()
    fakes.runner.fail(jobs[2], ServiceUnavailable())
    assert panel.retry_failed.isVisible()
    with qtbot.waitSignal(panel.cancel_all.clicked):
        qtbot.mouseClick(panel.findChild(QPushButton, "cancelAllButton"), Qt.MouseButton.LeftButton)
    fakes.runner.cancel_all()
    assert head() == "1 note ready · 2 failed · 3 cancelled"
    assert overall.value() == 100
    assert not panel.cancel_all.isVisible()


def test_a_new_video_comes_first_and_finished_ones_fold_away(
    fakes: FakeServices, panel: JobPanel
) -> None:
    for job in order(fakes, ONE):
        fakes.runner.finish(job)
    panel.flush()
    assert row(panel, "basic-summary").isVisible()
    fakes.clock.advance(60)
    order(fakes, TWO)
    assert not row(panel, "basic-summary").isVisible()
    cards = [panel.findChild(QWidget, f"video:{link.id}") for link in (TWO, ONE)]
    assert panel._stack.indexOf(cards[0]) < panel._stack.indexOf(cards[1])


def test_videos_of_one_order_stand_in_its_order_below_those_of_later_ones(
    fakes: FakeServices, panel: JobPanel, qtbot: QtBot
) -> None:
    def shown() -> list[str]:
        cards = {
            id_: panel.findChild(QWidget, f"video:{id_}") for id_ in (ONE.id, TWO.id, LATER.id)
        }
        return sorted(cards, key=lambda id_: panel._stack.indexOf(cards[id_]))

    order(fakes, ONE, TWO)
    fakes.clock.advance(60)
    order(fakes, LATER)
    assert shown() == [LATER.id, ONE.id, TWO.id]

    switch = panel.findChild(QToolButton, "queueViewButton")
    for _ in range(2):  # to the table and back
        qtbot.mouseClick(switch, Qt.MouseButton.LeftButton)
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert shown() == [LATER.id, ONE.id, TWO.id]


def test_a_folded_card_opens_when_a_note_of_it_fails(fakes: FakeServices, panel: JobPanel) -> None:
    jobs = order(fakes)
    fold = panel.findChild(QToolButton, "videoFoldButton")
    fold.setChecked(True)
    fakes.runner.begin(jobs[0])
    panel.flush()
    assert not row(panel, "basic-summary").isVisible()
    fakes.runner.fail(jobs[0], ServiceUnavailable())
    panel.flush()
    assert row(panel, "basic-summary").isVisible()


def test_a_title_that_becomes_known_is_shown(fakes: FakeServices, panel: JobPanel) -> None:
    order(fakes)
    card = panel.findChild(QWidget, "video:dQw4w9WgXcQ")
    assert "youtube.com" in card.findChild(QLabel, "videoTitle").text()
    fakes.board.put_video(make_video(title="<i>Memory</i>"))
    assert card.findChild(QLabel, "videoTitle").text() == "<i>Memory</i>"
    assert card.findChild(QLabel, "videoFacts").text() == "The Learning Channel · 12:34"


def test_a_removed_job_takes_its_row_and_the_last_one_the_card(
    fakes: FakeServices, panel: JobPanel, qtbot: QtBot
) -> None:
    jobs = order(fakes)
    fakes.runner.cancel_all()
    for job in jobs[:2]:
        fakes.board.remove(job.id)
    qtbot.waitUntil(lambda: row(panel, "basic-summary") is None)
    assert row(panel, "flashcards") is not None
    fakes.board.remove(jobs[2].id)
    qtbot.waitUntil(lambda: panel.findChild(QWidget, "video:dQw4w9WgXcQ") is None)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3600, "1 h"),
        (3870, "1 h 4 min"),
    ],
)
def test_stretches_of_time_in_words(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_small_words() -> None:
    assert [count(n, "note") for n in (0, 1, 2)] == ["0 notes", "1 note", "2 notes"]
    assert [dollars(x) for x in (0.0004, 0.0123, 1.5)] == ["under $0.001", "$0.012", "$1.50"]
    said = [tokens_words(n) for n in (840, 2_430, 24_310, 1_250_000)]
    assert said == ["840", "2,400", "24,000", "1.2 million"]


def one(cost: float = 0.004, seconds: float = 20.0, *, stored: bool = False) -> JobEstimate:
    return JobEstimate("v", "t", 6000, 0, 2000, cost, seconds, stored)


def test_an_estimate_in_words() -> None:
    assert estimate_words([], at_once=4) == ""
    assert (
        estimate_words([one(), one(), one()], at_once=3)
        == "3 notes · about 24,000 tokens · $0.012 · 20 s"
    )
    assert estimate_words([one(), one(), one()], at_once=1).endswith("1 min")
    assert "or nothing with a free key" in estimate_words([one()], at_once=1, free_key=True)
    assert "free key" not in estimate_words([one(0, 2.0)], at_once=1, free_key=True)
    assert estimate_words([one(0, 2.0)], at_once=4) == "1 note · free · 2 s"
    assert estimate_words([one(stored=True)] * 2, at_once=4) == "2 notes · all stored already"
    assert "1 stored already · about 8,000 tokens" in estimate_words(
        [one(stored=True), one()], at_once=4
    )


def test_the_makespan_is_that_of_so_many_at_once() -> None:
    assert makespan([2, 4, 6], 3) == 6
    assert makespan([2, 4, 6], 2) == 8
    assert makespan([2, 4, 6], 1) == 12
