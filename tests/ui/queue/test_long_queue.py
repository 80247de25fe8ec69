"""Queue of thousands of videos, without `QAbstractItemModelTester`, which checks all rows at each
change."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QWidget

from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.queue.panel import MAX_CARDS, JobPanel
from tests.fakes.services import FakeServices
from tests.ui.conftest import clear_away

TWO = ("basic-summary", "study-notes")


def order(
    fakes: FakeServices, videos: int, templates: tuple[str, ...] = TWO, *, first: int = 1
) -> tuple[NoteJob, ...]:
    names = [f"video{number:06}" for number in range(first, first + videos)]
    links = tuple(find_links(f"https://youtu.be/{name}").links[0] for name in names)
    return fakes.runner.submit(Order(links, templates))


def calls(work: Callable[[], object]) -> int:
    """Return the number of Python functions called by `work`, a cost independent of the machine."""
    entered = 0

    def look(_frame: object, event: str, _argument: object) -> None:
        nonlocal entered
        entered += event == "call"

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
    return entered


def test_a_table_makes_no_widgets_for_its_notes(fakes: FakeServices, panel: JobPanel) -> None:
    before = len(panel.findChildren(QWidget))
    order(fakes, 200, (*TWO, "flashcards"))
    QApplication.processEvents()
    assert len(panel.queue.jobs) == 600
    clear_away()  # the cards of the very first videos
    assert len(panel.findChildren(QWidget)) < before + 10


def test_what_an_event_costs_does_not_grow_with_the_queue(
    fakes: FakeServices, panel: JobPanel
) -> None:
    runner = fakes.runner
    order(fakes, MAX_CARDS + 10)

    def live_and_end(job: NoteJob) -> None:
        runner.begin(job, progress=0.5)
        panel.flush()
        runner.finish(job)
        fakes.board.remove(job.id)
        panel.flush()

    def cost(first: int) -> int:
        """Return the calls for adding, finishing and removing the jobs of one more video."""
        new: list[NoteJob] = []
        came = calls(lambda: new.extend(order(fakes, 1, first=first)))
        return came + calls(lambda: [live_and_end(job) for job in new])

    cost(90_000)
    few = cost(90_001)
    order(fakes, 1_500, first=1_000)
    assert cost(90_002) < 1.5 * few
