"""Window and queue: unfinished runs, pause, order, activity, and obstacles before a start."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox, QLabel, QWidget
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.notes.note import Engine, Usage
from notegen_desktop.services.ports import Activity, Order, PoolUse, Today
from tests.fakes.services import FakeServices
from tests.ui.conftest import close, press_behind, until

Make = Callable[..., Any]
ADDRESS = "https://youtu.be/dQw4w9WgXcQ"


def says(window: QWidget, name: str) -> str:
    return window.findChild(QLabel, name).text()


def press(window: QWidget, name: str) -> None:
    window.findChild(QAbstractButton, name).click()


def submit(fakes: FakeServices, videos: int = 1) -> None:
    links = [
        link
        for number in range(videos)
        for link in find_links(f"https://youtu.be/video{number:06}").links
    ]
    fakes.runner.submit(Order(tuple(links), ("basic-summary", "study-notes")))


async def test_an_unfinished_run_is_offered_and_goes_on(
    main_window: Make, fakes: FakeServices
) -> None:
    fakes.queue.left = 2
    window = main_window()
    await until(lambda: "2 notes of your last run are unfinished." in says(window, "messageText"))
    window.page_switch.choose("library")
    press(window, "messageAction")
    await until(lambda: fakes.queue.resumed == 1)
    await until(lambda: window.page_switch.choice() == "notes")
    assert not window.messages.isVisible()


async def test_an_unfinished_run_can_be_discarded(main_window: Make, fakes: FakeServices) -> None:
    fakes.queue.left = 1
    window = main_window()
    await until(lambda: "1 note of your last run is unfinished." in says(window, "messageText"))
    assert not window.findChild(QAbstractButton, "messageOther").isVisible()
    press_behind(window, "Discard them")
    assert says(window, "messageText") == "Discarded 1 note of your last run."
    press(window, "messageAction")
    assert "is unfinished" in says(window, "messageText"), "undone"
    assert fakes.queue.left == 1
    press_behind(window, "Discard them")
    press(window, "messageClose")
    await until(lambda: fakes.queue.left == 0)
    assert fakes.queue.resumed == 0


async def test_a_queue_that_was_left_paused_is_there_again_and_says_so(
    main_window: Make, fakes: FakeServices
) -> None:
    links = tuple(find_links("https://youtu.be/video000001").links)
    fakes.queue.left_paused = fakes.runner.submit(Order(links, ("basic-summary", "study-notes")))
    window = main_window()
    await until(lambda: "paused, as you left it: 2 notes wait." in says(window, "messageText"))
    assert says(window, "overallWords") == "2 notes to write"
    assert says(window, "remainingLabel") == "Paused"
    assert window.findChild(QAbstractButton, "pauseButton").text() == "Go on"
    press(window, "pauseButton")
    assert not fakes.queue.paused
    assert says(window, "overallWords") == "Writing 2 notes"


async def test_a_paused_queue_is_left_without_a_question(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    submit(fakes)
    press(window, "pauseButton")
    fakes.activity.now = Activity(1, 1, 4, 1, 0, 0, "")
    assert not window.queue.stands_still, "an answer is still coming"
    fakes.activity.now = Activity(0, 2, 4, 1, 0, 0, "")
    assert window.queue.stands_still
    await close(window)


async def test_nothing_is_offered_where_nothing_was_left(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    await until(lambda: not len(window.tasks))
    assert not window.messages.isVisible()


async def test_the_queue_is_paused_and_goes_on(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    submit(fakes)
    press(window, "pauseButton")
    assert fakes.queue.paused
    assert window.findChild(QAbstractButton, "pauseButton").text() == "Go on"
    press(window, "pauseButton")
    assert not fakes.queue.paused


async def test_moved_rows_reach_the_queue(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    submit(fakes, 8)
    window.jobs.queue.move([7], 0)
    assert fakes.queue.order[:2] == ["video000007", "video000000"]


async def test_activity_is_told_while_its_panel_is_open(
    main_window: Make, fakes: FakeServices, qtbot: QtBot
) -> None:
    window = main_window()
    fakes.activity.of_today = Today(61, 1_240_000, 0.41)
    fakes.activity.now = Activity(
        8,
        164,
        1,
        37,
        2,
        3,
        "More than 5 % of the requests were rate limited.",
        spent=Usage(37, 410_000, 260_000, 96_000, 4_000, 0.084),
        estimated_usd=0.09,
        pool=PoolUse(size=3, in_use=2, overflow=0, waiting=1, most=5),
    )
    panel = window.findChild(QWidget, "activityPanel")
    assert not panel.isVisible()
    press(window, "activityButton")
    assert panel.isVisible()
    assert panel.accessibleName() == "Activity"
    assert says(panel, "activity:now") == "8 in flight, 164 waiting\none at a time"
    told = "37 requests\n410,000 tokens in (260,000 cached)\n100,000 tokens out"
    assert says(panel, "activity:session") == told
    assert says(panel, "activity:limits") == "2 rate limited, 3 failed"
    assert says(panel, "activity:cost") == "$0.084\n$0.090 expected"
    assert says(panel, "activity:pool") == "2 of 5 connections in use, 1 waiting"
    assert "one at a time until it goes well again" in says(panel, "activity:pace")
    await until(lambda: "61 requests\n1.2 million tokens" in says(panel, "activity:today"))
    fakes.activity.now = Activity(1, 0, 1, 38, 2, 3, "", slept_s=720.0)
    await until(lambda: "slept" in says(panel, "activity:pace"))
    assert says(panel, "activity:pace") == "Your computer slept for 12 min; going on."
    fakes.activity.now = Activity(1, 0, 4, 38, 2, 3, "")
    await until(lambda: says(panel, "activity:now").endswith("up to 4 at once"))
    assert not panel.findChild(QLabel, "activity:pace").isVisible()
    panel.setFocus()
    qtbot.keyClick(panel, Qt.Key.Key_Escape)
    assert not panel.isVisible()
    assert not window.findChild(QAbstractButton, "activityButton").isChecked()


async def test_activity_that_becomes_longer_is_told_in_full(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    press(window, "activityButton")
    session = window.findChild(QLabel, "activity:session")
    short = session.height()
    fakes.activity.now = Activity(
        8, 164, 8, 37, 2, 3, "", spent=Usage(37, 410_000, 260_000, 96_000, 4_000, 0.084)
    )
    await until(lambda: session.height() > short)
    assert session.height() >= session.heightForWidth(session.width())


async def test_nobody_looks_when_nothing_goes_on(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    await until(lambda: not window.queue._timer.isActive())
    submit(fakes)
    assert window.queue._timer.isActive()
    fakes.runner.cancel_all()
    await until(lambda: not window.queue._timer.isActive())


async def test_the_activity_panel_stays_inside_its_page(main_window: Make) -> None:
    window = main_window()
    press(window, "activityButton")
    panel = window.findChild(QWidget, "activityPanel")
    for width in (900, 1500):
        window.resize(width, 700)
        await until(lambda: panel.geometry().right() > window.pages.width() - 40)
        assert window.pages.rect().contains(panel.geometry())


async def test_too_small_a_quota_offers_the_offline_engine(
    main_window: Make, fakes: FakeServices
) -> None:
    fakes.preflight.short_of_quota = "2 of today's 20 requests are left, and 3 notes need 3."
    window = main_window()
    window.add_text(ADDRESS)
    await until(lambda: "2 of today's 20 requests" in window.composer.notice.text())
    assert window.findChild(QAbstractButton, "noticeModelButton") is not None
    press(window, "noticeOfflineButton")
    engine = window.findChild(QComboBox, "engineCombo")
    assert engine.currentData() == Engine.OFFLINE
    await until(lambda: not window.composer.notice.text())
    assert "free" in says(window, "estimateLabel")


async def test_too_small_a_quota_offers_several_notes_in_one_request(
    main_window: Make, fakes: FakeServices
) -> None:
    fakes.preflight.short_of_quota = "2 of today's 20 requests are left, and 3 notes need 3."
    fakes.preflight.requests = (3, 1)
    window = main_window()
    window.add_text(ADDRESS)
    await until(lambda: "2 of today's 20 requests" in window.composer.notice.text())
    fakes.preflight.short_of_quota = ""  # the check passes after combining is on
    press(window, "noticeCombineButton")
    assert fakes.settings.current.text("processing.combine") == "when-short"
    await until(lambda: not window.composer.notice.text())


async def test_of_many_videos_only_a_few_are_read_for_the_estimate(
    main_window: Make, fakes: FakeServices
) -> None:
    read: list[int] = []
    estimate = fakes.runner.estimate

    async def watched(order: Order) -> Any:
        read.append(len(order.links))
        return await estimate(order)

    fakes.runner.estimate = watched
    window = main_window()
    window.composer.templates.tick(["basic-summary", "study-notes"])
    window.add_text("\n".join(f"https://youtu.be/video{n:06}" for n in range(50)))
    await until(lambda: "judged by 6 of 50 videos" in says(window, "estimateLabel"))
    assert max(read) == 6
    assert says(window, "estimateLabel").startswith("100 notes · about 800,000 tokens · $0.400")


async def test_what_comes_over_night_is_told_and_nobody_is_asked_about_it_when_closing(
    main_window: Make, fakes: FakeServices
) -> None:
    links = tuple(find_links("https://youtu.be/video000001").links)
    order = Order(links, ("basic-summary", "study-notes"), overnight=True)
    window = main_window()
    for job in fakes.runner.submit(order):
        fakes.runner.hold(job, until=None, reason="Sent at 22:10, expected within a day")
    fakes.activity.now = Activity(0, 0, 4, 0, 0, 0, "", left_alone=2)
    await until(lambda: says(window, "overallWords") == "2 notes over night")
    assert says(window, "remainingLabel") == "You may close NoteGen meanwhile"
    await close(window)
