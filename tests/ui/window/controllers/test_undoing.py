"""Undo of removals: offered in the message, and by Ctrl+Z."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget

from notegen_desktop.domain.errors import ServiceUnavailable
from notegen_desktop.domain.jobs.job import NoteJob, Status
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.services.ports import Order
from notegen_desktop.ui.kit.commands import commands_of, group_of
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices, make_note
from tests.ui.conftest import until

Make = Callable[..., MainWindow]
TEMPLATES = ("basic-summary", "study-notes", "flashcards")


def order(fakes: FakeServices, window: MainWindow, *videos: str) -> list[NoteJob]:
    for video in videos or ("dQw4w9WgXcQ",):
        links = find_links(f"https://youtu.be/{video}").links
        fakes.runner.submit(Order(links, TEMPLATES))
    window.ordering.ordered.emit(None)
    return list(fakes.board)


def press(window: QWidget, name: str) -> None:
    button = window.findChild(QAbstractButton, name)
    assert button.isVisible(), name
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def undo(window: MainWindow) -> None:
    window.rail.setFocus()
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)


def states(fakes: FakeServices) -> list[Status]:
    return [job.status for job in fakes.board]


async def test_cancel_all_is_undone_for_all_that_was_cancelled(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    first, *_ = order(fakes, window)
    fakes.runner.finish(first)
    press(window, "cancelAllButton")
    await until(lambda: window.messages.text() == "Cancelled 2 notes.")
    assert states(fakes) == [Status.COMPLETE, Status.CANCELLED, Status.CANCELLED]
    press(window, "messageAction")
    assert states(fakes) == [Status.COMPLETE, Status.PENDING, Status.PENDING]
    assert not window.messages.isVisible()


async def test_one_that_was_cancelled_is_undone_by_the_key(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    order(fakes, window)
    row = window.findChild(QWidget, "job:study-notes")
    press(row, "jobCancelButton")
    await until(lambda: window.messages.text() == "Cancelled “Study notes”.")
    window.messages.dismiss()
    undo(window)
    assert states(fakes) == [Status.PENDING] * 3


async def test_what_was_cleared_stands_on_the_list_again(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    jobs = order(fakes, window, "dQw4w9WgXcQ", "aircAruvnKk")
    for number, job in enumerate(jobs):
        if number == 4:
            fakes.runner.fail(job, ServiceUnavailable())
        else:
            fakes.runner.finish(job, make_note(template=job.template, note_id=f"n{number}"))
    before, tabs = list(fakes.board), window.results.keys()
    press(window, "clearFinishedButton")
    assert window.messages.text() == "Took 5 notes off the list."
    assert [job.status for job in fakes.board] == [Status.ERROR]
    page = window.results.page_shown
    assert page is not None
    page.view.setFocus()
    QTest.keyClick(page.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert sorted(fakes.board, key=before.index) == before
    assert window.findChild(QWidget, "video:dQw4w9WgXcQ") is not None
    assert window.results.keys() == tabs, "nothing opens or closes by that"
    undo(window)
    assert len(fakes.board) == 6, "once is enough"


async def test_a_card_that_was_removed_comes_back(main_window: Make, fakes: FakeServices) -> None:
    window = main_window()
    for job in order(fakes, window):
        fakes.runner.cancel(job.id)
    press(window, "videoRemoveButton")
    assert not len(fakes.board)
    assert window.messages.text().startswith("Took “")
    press(window, "messageAction")
    assert states(fakes) == [Status.CANCELLED] * 3


async def test_a_deleted_note_comes_back_with_its_tab_and_its_job(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    first, *others = order(fakes, window)
    note = make_note(template=first.template, note_id="n1")
    fakes.store.notes["n1"] = note
    fakes.runner.finish(first, note)
    for job in others:
        fakes.runner.cancel(job.id)
    window.page_switch.choose("library")
    await until(lambda: window.library.model.rowCount() == 1)
    window.library.operations.delete(["n1"])
    await until(lambda: window.messages.text().startswith("Deleted"))
    assert window.results.count() == 0
    assert first.id not in fakes.board
    window.library.list.setFocus()
    QTest.keyClick(window.library.list, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: window.results.count() == 1)
    assert fakes.store.notes == {"n1": note}
    assert fakes.board.job(first.id).note == note


async def test_every_command_of_the_queue_is_found_by_name_while_it_makes_sense(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()

    def found() -> dict[str, QAction]:
        return {one.text(): one for one in commands_of(window) if group_of(one) == "Progress"}

    assert not found()
    first, second, _ = order(fakes, window)
    window.desk.toggle_rail()
    fakes.runner.begin(second)
    window.board.flush()
    assert {"Watch a note being written", "Pause the queue, or go on"} < found().keys()
    fakes.runner.fail(first, ServiceUnavailable())
    found()["Cancel all notes"].trigger()
    assert states(fakes) == [Status.ERROR, Status.CANCELLED, Status.CANCELLED]
    found()["Retry all that was cancelled"].trigger()
    assert states(fakes) == [Status.ERROR, Status.PENDING, Status.PENDING]
    found()["Retry all that failed"].trigger()
    assert states(fakes) == [Status.PENDING] * 3
    fakes.runner.cancel_all()
    found()["Clear finished"].trigger()
    assert not len(fakes.board)
    assert "Undo" in {one.text() for one in commands_of(window)}


async def test_while_a_text_is_typed_the_key_belongs_to_it(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    order(fakes, window)
    press(window, "cancelAllButton")
    await until(window.messages.text)
    window.type_link()
    field = window.composer.source.field
    QTest.keyClicks(field, "abc")
    QTest.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert field.toPlainText() == ""
    assert states(fakes) == [Status.CANCELLED] * 3
