"""Signals of the job board: late listeners, batched changes, and the order of finishing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.errors import ServiceUnavailable
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.kit.qt_board import QtBoard
from tests.fakes.services import FakeServices, make_draft

LINK = find_links("https://youtu.be/dQw4w9WgXcQ").links[0]
THREE = ("basic-summary", "study-notes", "flashcards")


class Heard:
    """Recorder of all signals of a board, in order."""

    def __init__(self, board: QtBoard) -> None:
        self.all: list[tuple[str, object]] = []
        for name in (
            "video_seen",
            "job_added",
            "job_changed",
            "job_finished",
            "text_grew",
            "job_removed",
            "progress_changed",
        ):
            getattr(board, name).connect(lambda what, n=name: self.all.append((n, what)))

    def of(self, name: str) -> list[object]:
        return [what for said, what in self.all if said == name]

    def names(self) -> list[str]:
        return [name for name, _ in self.all if name != "progress_changed"]


@pytest.fixture
def board(fakes: FakeServices) -> Iterator[QtBoard]:
    made = QtBoard(fakes.board)
    yield made
    made.stop()
    made.deleteLater()


def order(fakes: FakeServices, *templates: str) -> tuple[NoteJob, ...]:
    return fakes.runner.submit(Order((LINK,), templates or THREE))


def test_a_listener_that_comes_late_hears_all_that_is_present(
    fakes: FakeServices, board: QtBoard
) -> None:
    jobs = order(fakes)
    fakes.runner.finish(jobs[2])
    fakes.runner.finish(jobs[0])
    heard = Heard(board)
    board.start()
    assert heard.names() == ["video_seen", *["job_added"] * 3, *["job_finished"] * 2]
    finished = [job.template for job in heard.of("job_finished")]
    assert finished == ["flashcards", "basic-summary"]
    assert heard.of("progress_changed") == [pytest.approx(2 / 3)]


def test_starting_twice_tells_everything_once(fakes: FakeServices, board: QtBoard) -> None:
    order(fakes)
    heard = Heard(board)
    board.start()
    board.start()
    assert len(heard.of("job_added")) == 3


def test_ordinary_changes_gather_and_only_the_newest_goes_out(
    fakes: FakeServices, board: QtBoard, qtbot: QtBot
) -> None:
    job = order(fakes)[0]
    board.start()
    heard = Heard(board)
    fakes.runner.begin(job)
    for step in range(1, 50):
        fakes.runner.grow(job, make_draft(step * 20), step / 100)
    assert heard.all == []
    with qtbot.waitSignal(board.job_changed, timeout=1000):
        pass
    assert len(heard.of("text_grew")) == 1
    assert len(heard.of("job_changed")) == 1
    assert heard.of("job_changed")[0].progress == pytest.approx(0.49)


def test_a_final_change_passes_at_once_and_nothing_older_follows(
    fakes: FakeServices, board: QtBoard, qtbot: QtBot
) -> None:
    job = order(fakes)[0]
    board.start()
    heard = Heard(board)
    fakes.runner.begin(job)
    fakes.runner.grow(job, make_draft(), 0.5)
    fakes.runner.finish(job)
    assert heard.names() == ["job_changed", "job_finished"]
    board.flush()
    qtbot.wait(100)
    assert heard.names() == ["job_changed", "job_finished"]
    assert heard.of("job_finished")[0].status is Status.COMPLETE


def test_every_listener_hears_of_ends_in_the_order_of_finishing(
    fakes: FakeServices, board: QtBoard
) -> None:
    """Also when the first listener ends another job inside its slot."""
    jobs = order(fakes)
    board.start()

    def end_the_others(finished: NoteJob) -> None:
        if finished.template == "study-notes":
            fakes.runner.cancel_all()

    board.job_finished.connect(end_the_others)
    heard = Heard(board)
    fakes.runner.fail(jobs[1], ServiceUnavailable())
    ranks = [job.finish_rank for job in heard.of("job_finished")]
    assert ranks == [1, 2, 3]


def test_a_retry_is_heard_and_its_end_again(fakes: FakeServices, board: QtBoard) -> None:
    job = order(fakes)[0]
    board.start()
    heard = Heard(board)
    fakes.runner.fail(job, ServiceUnavailable())
    fakes.runner.retry(job.id)
    board.flush()
    fakes.runner.finish(job)
    assert [j.attempt for j in heard.of("job_finished")] == [1, 2]
    assert [j.status for j in heard.of("job_changed")] == [
        Status.ERROR,
        Status.PENDING,
        Status.COMPLETE,
    ]


def test_a_removed_job_is_not_heard_of_again(
    fakes: FakeServices, board: QtBoard, qtbot: QtBot
) -> None:
    job = order(fakes)[0]
    board.start()
    fakes.runner.finish(job)
    heard = Heard(board)
    fakes.board.remove(job.id)
    qtbot.wait(100)
    assert heard.names() == ["job_removed"]


def test_a_stopped_board_sends_what_has_gathered_and_then_is_silent(
    fakes: FakeServices, board: QtBoard
) -> None:
    jobs = order(fakes)
    board.start()
    heard = Heard(board)
    fakes.runner.begin(jobs[0])
    board.stop()
    assert heard.names() == ["job_changed"]
    fakes.runner.finish(jobs[1])
    assert heard.names() == ["job_changed"]


def test_the_overall_progress_is_the_boards(fakes: FakeServices, board: QtBoard) -> None:
    jobs = order(fakes)
    board.start()
    heard = Heard(board)
    fakes.runner.begin(jobs[0], progress=0.5)
    fakes.runner.finish(jobs[1])
    board.flush()
    assert heard.of("progress_changed")[-1] == pytest.approx((0.5 + 1 + 0) / 3)
