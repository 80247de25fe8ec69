"""Rewriting of a note from its page; both versions are shown until one is chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from notegen_desktop.domain.errors import UsageError
from notegen_desktop.domain.jobs.job import NoteJob
from notegen_desktop.domain.notes.note import Level, Note, Section
from notegen_desktop.domain.notes.rewriting import RewriteScope
from notegen_desktop.domain.notes.versions import Decision, NoteVersion, Origin, Revision
from notegen_desktop.ui.notes.editing.comparison import SIDE_BY_SIDE_PX, VersionChoice
from notegen_desktop.ui.notes.editing.rewrite_dialog import RewriteDialog, VersionBar
from notegen_desktop.ui.notes.note_page import NotePage
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices, make_note
from tests.ui.conftest import until
from tests.ui.window.test_main_window import Make

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def note(fakes: FakeServices) -> Note:
    sections = (
        Section("Halting", (), "Short.", "It halts after a while.", "Long, and it halts."),
        Section("Looping", (), "s", "Round and round.", "l"),
    )
    note = replace(make_note(note_id="n1"), sections=sections)
    fakes.store.notes["n1"] = note
    fakes.runner.versions = fakes.store
    return note


@pytest.fixture
async def window(main_window: Make, note: Note) -> MainWindow:
    window: MainWindow = main_window()
    window.resize(1600, 900)
    window.results.open_note(note)
    window.notes_page.settle()
    return window


def page_of(window: MainWindow) -> NotePage:
    page = window.results.page_shown
    assert page is not None
    return page


async def dialog_of(window: MainWindow) -> RewriteDialog:
    await until(lambda: bool(window.findChildren(RewriteDialog)))
    (dialog,) = window.findChildren(RewriteDialog)
    await until(lambda: not dialog.price.text().startswith("Looking"))
    return dialog


def press(window: MainWindow, name: str) -> None:
    found = [each for each in window.findChildren(QPushButton, name) if each.isVisible()]
    assert found, name
    QTest.mouseClick(found[-1], LEFT)


def changed(note: Note, words: str) -> Note:
    first = replace(note.sections[0], standard=words)
    return replace(note, sections=(first, *note.sections[1:]))


async def written(fakes: FakeServices, window: MainWindow, note: Note) -> NoteJob:
    """Store a new version of the note and finish its job, which is returned."""
    (job,) = [job for job in fakes.board if job.request.again]
    revision = Revision(Origin.AGAIN, "“Halting”", job.id, job.request.again, wish="shorter")
    await fakes.store.add_version(changed(note, "It halts."), revision)
    fakes.runner.finish(job, note)
    await until(page_of(window).versions.isVisible)
    return job


async def test_the_price_is_said_before_and_the_order_is_what_was_chosen(
    window: MainWindow, fakes: FakeServices, note: Note
) -> None:
    page_of(window).again_button.click()
    dialog = await dialog_of(window)
    assert "$0.005" in dialog.price.text()
    dialog.section.setCurrentIndex(dialog.section.findText("Looping"))
    dialog.level.setCurrentIndex(1)
    dialog.wish.setText("")
    QTest.mouseClick(next(c for c in dialog._chips.buttons() if c.text() == "shorter"), LEFT)
    assert not dialog.accept_button.isEnabled()
    await until(dialog.accept_button.isEnabled)
    dialog.accept_button.click()
    await until(lambda: bool(fakes.runner.again))
    (order,) = fakes.runner.again
    assert order.wanted == (RewriteScope("n1", 1, Level.CONCISE),)
    assert (order.wish, order.engine, order.model) == ("shorter", None, "")


async def test_what_cannot_be_written_says_why_and_cannot_be_ordered(
    window: MainWindow, fakes: FakeServices
) -> None:
    fakes.runner.refuse = UsageError("The offline engine quotes.", hint="Choose another.")
    window.writing_again.open()
    dialog = await dialog_of(window)
    assert dialog.price.text() == "The offline engine quotes. Choose another."
    assert not dialog.accept_button.isEnabled()
    dialog.reject()


async def test_old_and_new_stand_side_by_side_until_the_new_one_is_kept(
    window: MainWindow, fakes: FakeServices, note: Note
) -> None:
    window.writing_again.open()
    (await dialog_of(window)).accept_button.click()
    await until(lambda: any(job.request.again for job in fakes.board))
    tabs = window.results.count()
    await written(fakes, window, note)
    assert window.results.count() == tabs  # opens no tab
    assert page_of(window).note == note
    assert "shorter" in page_of(window).versions.facts.text()
    press(window, "compareVersionsButton")
    await until(lambda: bool(window.findChildren(VersionChoice)))
    (pane,) = window.findChildren(VersionChoice)
    words = pane.text.toPlainText()
    assert "It halts after a while." in words
    assert "It halts." in words
    assert "Round and round." not in words  # unchanged sections show only a heading
    assert not page_of(window).versions.isVisible()  # its buttons are in the comparison
    press(window, "choiceLaterButton")
    await until(page_of(window).versions.isVisible)
    press(window, "keepNewButton")
    await until(lambda: page_of(window).note != note)
    kept = page_of(window).note
    assert kept is not None
    assert kept.sections[0].standard == "It halts."
    await until(lambda: not page_of(window).versions.isVisible())
    window.messages.undo()
    await until(lambda: page_of(window).note == note)


async def test_the_old_one_is_kept_and_the_new_one_stays_in_the_list(
    window: MainWindow, fakes: FakeServices, note: Note
) -> None:
    window.writing_again.open()
    (await dialog_of(window)).accept_button.click()
    await until(lambda: any(job.request.again for job in fakes.board))
    await written(fakes, window, note)
    press(window, "keepOldButton")
    await until(lambda: not page_of(window).versions.isVisible())
    assert page_of(window).note == note
    versions = await fakes.store.history("n1")
    assert [each.decision for each in versions] == [Decision.NONE, Decision.DECLINED]


@pytest.mark.parametrize("width", [400, 1200])
def test_versions_that_are_the_same_are_said_to_be_so(qtbot, note: Note, width: int) -> None:
    choice = VersionChoice()
    qtbot.addWidget(choice)
    choice.resize(width, 500)
    version = NoteVersion(2, Origin.AGAIN, 0.0)
    choice.show_version(note, note, version, Level.STANDARD)
    assert choice.text.toPlainText() == "Nothing is different."
    other = changed(note, "Other words.")
    choice.show_version(note, other, version, Level.STANDARD)
    assert "Other words." in choice.text.toPlainText()


async def test_a_narrow_page_shows_one_text_and_switches(
    window: MainWindow, fakes: FakeServices, note: Note
) -> None:
    window.writing_again.open()
    (await dialog_of(window)).accept_button.click()
    await until(lambda: any(job.request.again for job in fakes.board))
    await written(fakes, window, note)
    window.resize(800, 640)
    await until(lambda: page_of(window).width() < 820)
    press(window, "compareVersionsButton")
    await until(lambda: bool(window.findChildren(VersionChoice)))
    (pane,) = window.findChildren(VersionChoice)
    await until(pane.sides.isVisible)
    pane.sides.choose("new")
    await until(lambda: "after a while" not in pane.text.toPlainText())
    pane.sides.choose("old")
    await until(lambda: "after a while" in pane.text.toPlainText())


async def test_several_notes_of_the_library_get_one_wish(
    window: MainWindow, fakes: FakeServices, note: Note
) -> None:
    fakes.store.notes["n2"] = replace(note, id="n2", title="Another")
    window.library.again_wanted.emit(["n1", "n2"])
    dialog = await dialog_of(window)
    assert not dialog.section.isVisible()
    assert "$0.010" in dialog.price.text()
    dialog.accept_button.click()
    await until(lambda: bool(fakes.runner.again))
    assert [each.note_id for each in fakes.runner.again[0].wanted] == ["n1", "n2"]


@pytest.mark.parametrize("width", [320, 470, 543, 700, 1100])
def test_no_button_of_the_bar_above_a_note_is_cut(qtbot, width: int) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    bar = VersionBar(parent)
    bar.show_version(NoteVersion(2, Origin.WRITTEN, 0.0, wish="for beginners"), more=3)
    parent.resize(width, 200)
    parent.show()
    bar.resize(width, 100)
    bar.layout().activate()
    for button in bar.findChildren(QPushButton):
        assert button.width() >= button.minimumSizeHint().width(), button.text()


@pytest.mark.parametrize("width", [320, 470, 543, 700, 1100])
def test_no_button_beside_old_and_new_is_cut(qtbot, note: Note, width: int) -> None:
    choice = VersionChoice()
    qtbot.addWidget(choice)
    new = replace(note, sections=note.sections[:1])
    choice.show_version(note, new, NoteVersion(2, Origin.WRITTEN, 0.0), Level.STANDARD)
    choice.resize(width, 500)
    choice.show()
    QApplication.processEvents()
    buttons = [each for each in choice.findChildren(QPushButton) if each.isVisible()]
    assert len(buttons) == (3 if width >= SIDE_BY_SIDE_PX else 6)
    for button in buttons:
        assert button.width() >= button.minimumSizeHint().width(), button.text()
