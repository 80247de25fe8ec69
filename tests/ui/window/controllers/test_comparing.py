"""Comparison of a note with its model's version, which is restored whole or in part."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.versions import TYPED
from notegen_desktop.ui.notes.editing.comparison import Comparison
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices
from tests.ui.conftest import until

from .test_editing import CONTROL, begin, note, page_of, window, write_after  # noqa: F401


@pytest.fixture
async def edited(window: MainWindow, fakes: FakeServices, note: Note) -> Note:  # noqa: F811
    """Change a text and a heading of the note, in two sections, and return it."""
    first, second = note.sections
    changed = replace(
        note,
        sections=(
            replace(first, standard="It halts. [^1] Always."),
            replace(second, heading="Going round"),
        ),
    )
    await fakes.store.revise(changed, TYPED)
    window.results.revise(changed)
    return changed


async def open_pane(window: MainWindow) -> Comparison:  # noqa: F811
    await until(page_of(window).edit_button.isVisible)
    QTest.keyClick(window, Qt.Key.Key_E, CONTROL | Qt.KeyboardModifier.AltModifier)
    await until(lambda: page_of(window).findChild(Comparison))
    pane = page_of(window).findChild(Comparison)
    assert pane is not None
    await until(lambda: pane.former)
    return pane


def count(pane: Comparison) -> str:
    label = pane.findChild(QLabel, "compareCount")
    assert label is not None
    return label.text()


async def test_what_is_gone_is_struck_out_and_what_is_new_underlined(
    window: MainWindow,  # noqa: F811
    edited: Note,
) -> None:
    pane = await open_pane(window)
    assert count(pane) == "2 parts changed"
    html = pane.text.toHtml()
    assert "line-through" in html
    assert "underline" in html
    assert "Always. [2:00]" in pane.text.toPlainText()
    assert pane.versions.count() == 1
    assert pane.versions.currentText().startswith("Written · ")


async def test_a_section_is_taken_back_and_that_is_undone(
    window: MainWindow,  # noqa: F811
    fakes: FakeServices,
    edited: Note,
    note: Note,  # noqa: F811
) -> None:
    pane = await open_pane(window)
    pane.text.anchorClicked.emit(QUrl("back:1"))
    await until(lambda: fakes.store.notes["n1"].sections[0] == note.sections[0])
    assert fakes.store.notes["n1"].sections[1] == edited.sections[1]
    await until(lambda: count(pane) == "1 part changed")
    window.messages.undo()
    await until(lambda: fakes.store.notes["n1"] == edited)


async def test_the_whole_note_is_taken_back_and_that_is_undone(
    window: MainWindow,  # noqa: F811
    fakes: FakeServices,
    edited: Note,
    note: Note,  # noqa: F811
) -> None:
    pane = await open_pane(window)
    button = pane.findChild(QPushButton, "takeBackButton")
    assert button is not None
    button.click()
    await until(lambda: fakes.store.notes["n1"] == note)
    await until(lambda: page_of(window).note == note)
    assert (await fakes.store.version("n1", 2)).sections == edited.sections
    window.messages.undo()
    await until(lambda: fakes.store.notes["n1"].sections == edited.sections)


async def test_what_is_being_typed_is_compared_too(
    window: MainWindow,  # noqa: F811
    edited: Note,
) -> None:
    field = await begin(window)
    write_after(field, "Round and round.", " And again.")
    pane = await open_pane(window)
    assert "And again." in pane.text.toPlainText()
    QTest.keyClick(window, Qt.Key.Key_E, CONTROL)
    assert not page_of(window).edit_button.isChecked()
    await until(lambda: page_of(window).findChild(Comparison) is None)
