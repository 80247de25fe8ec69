"""Editing of a note in its tab, saved automatically after a short delay."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QPlainTextEdit, QToolButton, QWidget

from notegen_desktop.domain.errors import DiskFull
from notegen_desktop.domain.notes.note import Cite, Doubt, Level, Note, Section
from notegen_desktop.domain.notes.versions import Origin, Revision
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.notes.coverage import GapProgress
from notegen_desktop.ui.notes.note_find import FindBar
from notegen_desktop.ui.notes.note_page import EXAMPLE_ID, NotePage
from notegen_desktop.ui.window.controllers import editing
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices, make_note
from tests.ui.conftest import close, until
from tests.ui.window.test_main_window import Make

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
CITES = (Cite(60.0, 69.0, True, 1), Cite(120.0, 129.0, True, 2))
TEXT = "It halts. [^1] It loops. [^2]"


@pytest.fixture
def note(fakes: FakeServices) -> Note:
    sections = (
        Section("Halting", CITES, "Short. [^1]", TEXT, "Long. [^2]"),
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


def field_of(window: MainWindow) -> QPlainTextEdit:
    field = page_of(window).findChild(QPlainTextEdit, "noteEdit")
    assert field is not None
    return field


def state(window: MainWindow) -> str:
    label = page_of(window).findChild(QLabel, "editState")
    assert label is not None
    return label.text()


async def begin(window: MainWindow) -> QPlainTextEdit:
    await until(page_of(window).edit_button.isVisible)
    QTest.keyClick(window, Qt.Key.Key_E, CONTROL)
    await until(lambda: page_of(window).findChild(QPlainTextEdit, "noteEdit"))
    field = field_of(window)
    await until(field.hasFocus)
    return field


def shown_message(window: MainWindow) -> str:
    bar = window.findChild(QWidget, "messageBar")
    assert bar is not None
    return " ".join(label.text() for label in bar.findChildren(QLabel))


def write_after(field: QPlainTextEdit, words: str, typed: str) -> None:
    cursor = field.textCursor()
    cursor.setPosition(field.toPlainText().index(words) + len(words))
    field.setTextCursor(cursor)
    QTest.keyClicks(field, typed)


async def test_what_is_typed_is_stored_and_shown_on_the_page_beside(
    window: MainWindow, fakes: FakeServices
) -> None:
    field = await begin(window)
    assert "It halts. [1:00] It loops. [2:00]" in field.toPlainText()
    assert page_of(window).view.isVisible()
    write_after(field, "It halts. [1:00]", " So I say.")
    assert state(window) == "Saving…"
    await until(lambda: state(window) == "Saved")
    stored = fakes.store.notes["n1"].sections[0]
    assert stored.standard == "It halts. [^1] So I say. It loops. [^2]"
    assert (stored.own, stored.cites) == (("So I say.",), CITES)
    await until(lambda: "So I say." in page_of(window).view.toPlainText())
    origins = [each.origin for each in await fakes.store.history("n1")]
    assert origins == [Origin.WRITTEN, Origin.EDITED]


async def test_what_another_program_does_to_other_sections_stays(
    window: MainWindow, fakes: FakeServices
) -> None:
    field = await begin(window)
    write_after(field, "It halts.", " Always.")
    first, second = fakes.store.notes["n1"].sections
    theirs = replace(second, standard="Theirs.")
    await fakes.store.revise(replace(fakes.store.notes["n1"], sections=(first, theirs)))
    await until(lambda: "Always." in fakes.store.notes["n1"].sections[0].standard)
    write_after(field, "It halts.", " Nearly.")
    await until(lambda: "Nearly." in fakes.store.notes["n1"].sections[0].standard)
    assert fakes.store.notes["n1"].sections[1] == theirs
    write_after(field, "Round and round.", " Mine.")
    await until(lambda: fakes.store.notes["n1"].sections[1].standard == "Round and round. Mine.")
    while field.document().isUndoAvailable():
        QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
    await until(lambda: fakes.store.notes["n1"].sections == (first, second))


async def test_editing_begins_with_what_is_stored_not_with_what_the_tab_had(
    window: MainWindow, fakes: FakeServices
) -> None:
    first, second = fakes.store.notes["n1"].sections
    theirs = replace(second, heading="Theirs", standard="Their words.")
    await fakes.store.revise(replace(fakes.store.notes["n1"], sections=(first, theirs)))
    field = await begin(window)
    await until(lambda: "## Theirs\n\nTheir words." in field.toPlainText())
    await until(lambda: "Their words." in page_of(window).view.toPlainText())


async def test_who_comes_back_to_the_window_reads_what_another_program_wrote(
    window: MainWindow, fakes: FakeServices
) -> None:
    app = QGuiApplication.instance()
    assert isinstance(app, QGuiApplication)
    page = page_of(window)
    assert "It halts." in page.view.toPlainText()
    first, second = fakes.store.notes["n1"].sections
    theirs = replace(first, standard="Their words.")
    await fakes.store.revise(replace(fakes.store.notes["n1"], sections=(theirs, second)))
    app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationInactive)
    app.applicationStateChanged.emit(Qt.ApplicationState.ApplicationActive)
    await until(lambda: "Their words." in page.view.toPlainText())
    assert page.note is not None
    assert page.note.sections[0] == theirs


async def test_what_another_program_did_to_the_edited_section_is_kept_as_a_version(
    window: MainWindow, fakes: FakeServices
) -> None:
    field = await begin(window)
    await until(lambda: state(window) == "Saved")
    await asyncio.sleep(0)
    write_after(field, "It halts.", " Always.")
    await until(lambda: "Always." in fakes.store.notes["n1"].sections[0].standard)
    await until(lambda: state(window) == "Saved")
    first, second = fakes.store.notes["n1"].sections
    theirs = replace(first, standard="Theirs.")
    await fakes.store.revise(
        replace(fakes.store.notes["n1"], sections=(theirs, second)), Revision(Origin.EDITED)
    )
    write_after(field, "Always.", " Nearly.")
    await until(lambda: "Nearly." in fakes.store.notes["n1"].sections[0].standard)
    versions = [
        await fakes.store.version("n1", each.number) for each in await fakes.store.history("n1")
    ]
    assert [each.sections[0].standard[:14] for each in versions][1:] == [
        "Theirs.",
        "It halts. Alwa",
    ]
    await until(lambda: "is kept as a version" in shown_message(window))


async def test_a_table_of_a_word_processor_is_pasted_as_one(
    window: MainWindow, fakes: FakeServices
) -> None:
    field = await begin(window)
    cursor = field.textCursor()
    cursor.movePosition(cursor.MoveOperation.End)
    field.setTextCursor(cursor)
    copied = QMimeData()
    copied.setHtml("<TABLE><tr><td>Term</td><td>Sense</td></tr>…</TABLE>")
    copied.setText("Term\tSense\r\na|b\t中文\r\n")
    field.insertFromMimeData(copied)
    table = "| Term | Sense |\n| --- | --- |\n| a\\|b | 中文 |"
    await until(lambda: fakes.store.notes["n1"].sections[1].standard.endswith(f"\n\n{table}"))
    field.undo()
    assert field.toPlainText().endswith("Round and round.\n")
    copied.setText("One cell\nTwo\tcells")
    field.insertFromMimeData(copied)
    assert field.toPlainText().endswith("One cell\nTwo\tcells")


async def test_a_list_of_a_word_processor_is_pasted_as_one(
    window: MainWindow, fakes: FakeServices
) -> None:
    field = await begin(window)
    cursor = field.textCursor()
    cursor.movePosition(cursor.MoveOperation.End)
    field.setTextCursor(cursor)
    copied = QMimeData()
    copied.setText("\r\nThree things:\r\n•\tFirst\r\n•\tSecond\r\nThe end.")
    field.insertFromMimeData(copied)
    words = "Three things:\n\n- First\n- Second\n\nThe end."
    await until(lambda: fakes.store.notes["n1"].sections[1].standard.endswith(words))
    field.undo()
    assert field.toPlainText().endswith("Round and round.\n")


async def test_a_time_beyond_the_end_is_kept_and_said_to_be_in_doubt(
    window: MainWindow, fakes: FakeServices
) -> None:
    field = await begin(window)
    length_s = fakes.store.notes["n1"].video.duration_s
    assert length_s is not None
    write_after(field, "It halts.", " Late. [99:59]")
    await until(lambda: "beyond the end" in state(window))
    (late,) = (c for c in fakes.store.notes["n1"].sections[0].cites if c.start_s == 5999.0)
    assert (late.verified, late.doubt) == (False, Doubt.PLACE)
    write_after(field, "Late. [99:59", "")
    for _sign in "[99:59":
        QTest.keyClick(field, Qt.Key.Key_Backspace)
    QTest.keyClicks(field, "[1:00")
    await until(lambda: state(window) == "Saved")


async def test_undo_leads_back_to_what_was_written(
    window: MainWindow, fakes: FakeServices, note: Note
) -> None:
    field = await begin(window)
    write_after(field, "It halts.", " Always.")
    await until(lambda: state(window) == "Saved")
    assert fakes.store.notes["n1"].sections[0].own == ("Always.",)
    while field.document().isUndoAvailable():
        QTest.keyClick(field, Qt.Key.Key_Z, CONTROL)
    await until(lambda: state(window) == "Saved" and fakes.store.notes["n1"] == note)
    QTest.keyClick(field, Qt.Key.Key_Z, CONTROL | SHIFT)
    assert "Always" in field.toPlainText()


async def test_the_key_ends_it_and_what_was_typed_last_is_there(
    window: MainWindow, fakes: FakeServices
) -> None:
    field = await begin(window)
    write_after(field, "Round and round.", " And again.")
    QTest.keyClick(window, Qt.Key.Key_E, CONTROL)
    assert not page_of(window).edit_button.isChecked()
    await until(lambda: "And again." in fakes.store.notes["n1"].sections[1].standard)
    await until(lambda: page_of(window).findChild(QPlainTextEdit, "noteEdit") is None)
    await until(lambda: "And again." in page_of(window).view.toPlainText())
    again = await begin(window)
    assert "And again." in again.toPlainText()


@pytest.mark.parametrize("end", ["the tab is closed", "the window is closed", "another level"])
async def test_what_was_typed_is_not_lost_when(
    end: str, window: MainWindow, fakes: FakeServices
) -> None:
    field = await begin(window)
    write_after(field, "Round and round.", " And again.")
    if end == "the tab is closed":
        window.results.close_current()
    elif end == "the window is closed":
        await close(window)
    else:
        window.results.set_level(Level.CONCISE)
        await until(lambda: "Short. [1:00]" in field.toPlainText())
        write_after(field, "Short.", " Very.")
    await until(lambda: fakes.store.notes["n1"].sections[1].standard.endswith("And again."))
    if end == "another level":
        await until(lambda: fakes.store.notes["n1"].sections[0].concise == "Short. Very. [^3]")
        assert fakes.store.notes["n1"].sections[0].standard == TEXT
    elif end == "the tab is closed":
        window.results.reopen_closed()
        await until(lambda: "And again." in page_of(window).view.toPlainText())


async def test_what_cannot_be_stored_is_told_and_tried_again(
    window: MainWindow, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, "AGAIN_MS", 50)
    field = await begin(window)
    fakes.store.failure = DiskFull()
    write_after(field, "Round and round.", " And again.")
    await until(lambda: state(window).startswith("Not saved: "))
    fakes.store.failure = None
    await until(lambda: state(window) == "Saved")
    assert "And again." in fakes.store.notes["n1"].sections[1].standard


async def test_a_narrow_page_has_the_text_in_its_place(window: MainWindow) -> None:
    window.resize(1000, 700)
    await begin(window)
    await until(lambda: not page_of(window).view.isVisible())
    window.resize(1600, 900)
    await until(page_of(window).view.isVisible)
    beside = page_of(window).findChild(QToolButton, "editBesideToggle")
    assert beside is not None
    beside.click()
    assert not page_of(window).view.isVisible()
    QTest.keyClick(window, Qt.Key.Key_E, CONTROL)
    assert page_of(window).view.isVisible()


async def test_editing_begins_where_one_reads_and_the_page_follows(window: MainWindow) -> None:
    page = page_of(window)
    await until(lambda: page.view.is_whole)
    field = await begin(window)
    cursor = field.textCursor()
    cursor.setPosition(field.toPlainText().index("## Looping") + 3)
    field.setTextCursor(cursor)
    editor = field.parent()
    await until(lambda: editor.section == 1)  # type: ignore[union-attr]


async def test_find_leads_through_the_text_that_is_edited(window: MainWindow) -> None:
    page_of(window).find_bar.open_with("loops")
    field = await begin(window)
    assert not page_of(window).find_bar.isVisible()
    QTest.keyClick(field, Qt.Key.Key_F, CONTROL)
    bar = field.parent().findChild(FindBar)  # type: ignore[union-attr]
    assert bar is not None
    assert bar.isVisible()
    assert not page_of(window).find_bar.isVisible()
    edit = bar.findChild(QLineEdit, "findEdit")
    assert edit is not None
    await until(edit.hasFocus)
    QTest.keyClicks(edit, "round")
    assert (field.textCursor().selectedText(), bar.words) == ("Round", "1 of 2")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    assert (field.textCursor().selectedText(), bar.words) == ("round", "2 of 2")
    QTest.keyClick(edit, Qt.Key.Key_Return)
    QTest.keyClick(edit, Qt.Key.Key_Return, SHIFT)
    assert bar.words == "2 of 2"
    assert len(field.extraSelections()) == 2
    write_after(field, "Round and round.", " A round.")
    await until(lambda: bar.words == "3 found")
    assert len(field.extraSelections()) == 3
    assert "Round and round. A round." in field.toPlainText()
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert not bar.isVisible()
    assert field.extraSelections() == []
    await until(field.hasFocus)
    page_of(window).view.setFocus()
    QTest.keyClick(page_of(window).view, Qt.Key.Key_F, CONTROL)
    assert page_of(window).find_bar.isVisible()


async def test_stress_is_put_around_words_and_taken_away(window: MainWindow) -> None:
    field = await begin(window)
    cursor = field.textCursor()
    start = field.toPlainText().index("loops")
    cursor.setPosition(start)
    cursor.setPosition(start + len("loops"), cursor.MoveMode.KeepAnchor)
    field.setTextCursor(cursor)
    QTest.keyClick(field, Qt.Key.Key_B, CONTROL)
    assert "It **loops**." in field.toPlainText()
    QTest.keyClick(field, Qt.Key.Key_B, CONTROL)
    assert "It loops." in field.toPlainText()


async def test_what_is_in_no_library_or_is_being_written_is_not_edited(
    window: MainWindow, note: Note
) -> None:
    page = page_of(window)
    await until(page.edit_button.isVisible)
    page.show_writing(GapProgress(0.0, 10.0, "Adding…"))
    page.edit_button.click()
    assert page.findChild(QPlainTextEdit, "noteEdit") is None
    assert not page.edit_button.isChecked()
    window.results.open_note(replace(note, id=EXAMPLE_ID))
    assert not page_of(window).edit_button.isVisible()


@pytest.mark.parametrize("wait_ms", [0, 30, 300])
async def test_a_note_is_closed_right_after_it_was_stored(
    window: MainWindow, fakes: FakeServices, note: Note, wait_ms: int
) -> None:
    other = replace(note, id="n2", title="Other")
    fakes.store.notes["n2"] = other
    window.results.open_note(other)
    window.results.open_note(note)
    field = await begin(window)
    write_after(field, "Round and round.", " And again.")
    await until(lambda: state(window) == "Saved" and "And again." in str(fakes.store.notes["n1"]))
    await asyncio.sleep(wait_ms / 1000)
    window.results.close_current()
    await asyncio.sleep(1.0)
    window.results.reopen_closed()
    await until(lambda: "And again." in page_of(window).view.toPlainText())


async def test_a_state_too_long_for_a_narrow_page_ends_in_an_ellipsis(window: MainWindow) -> None:
    await begin(window)
    label = page_of(window).findChild(QLabel, "editState")
    assert isinstance(label, ElidedLabel)
    page_of(window).editor.show_state("10:26 is beyond the end of the video, which is 10:00 long.")
    label.resize(80, label.height())
    assert label.is_elided()
    assert "10:00 long" in label.toolTip()
