"""Highlights and comments in a note and its transcript, with a list that leads to each."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QToolButton
from shiboken6 import isValid

from notegen_desktop.domain.notes.note import Level, Note
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.ui.kit.theme import palette
from notegen_desktop.ui.notes.editing.remarks import RemarksPane
from notegen_desktop.ui.transcript.model import ROW_ROLE
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.notes import a_transcript
from tests.fakes.services import FakeServices
from tests.ui.conftest import until
from tests.ui.kit.test_theme import contrast

from .test_editing import CONTROL, SHIFT, begin, note, page_of, window, write_after  # noqa: F401

ALT = Qt.KeyboardModifier.AltModifier
MARK = Remark("r", "It loops", "Why?", "green", "Halting", "standard")


def select(window: MainWindow, words: str) -> None:  # noqa: F811
    view = page_of(window).view
    found = view.document().find(words)
    assert not found.isNull()
    view.setTextCursor(found)


def stored(fakes: FakeServices) -> tuple[Remark, ...]:
    return fakes.store.notes["n1"].remarks


async def opened(window: MainWindow) -> RemarksPane:  # noqa: F811
    await until(page_of(window).edit_button.isVisible)
    QTest.keyClick(window, Qt.Key.Key_M, CONTROL | SHIFT)
    pane = page_of(window).editor
    assert isinstance(pane, RemarksPane)
    return pane


def marked(window: MainWindow) -> list[str]:  # noqa: F811
    return [mark.cursor.selectedText() for mark in page_of(window).view.extraSelections()]


@pytest.fixture
async def remarked(window: MainWindow, fakes: FakeServices, note: Note) -> Note:  # noqa: F811
    gone = replace(MARK, id="g", quote="words that were cut")
    spoken = Remark("s", "They stand.", start_s=10.0)
    note = replace(note, remarks=(MARK, gone, spoken))
    fakes.store.notes["n1"] = note
    await until(lambda: page_of(window).view.is_whole)
    window.results.revise(note)
    return note


async def test_selected_words_are_marked_and_that_is_undone(
    window: MainWindow,  # noqa: F811
    fakes: FakeServices,
) -> None:
    await until(lambda: page_of(window).view.is_whole)
    select(window, "It loops")
    QTest.keyClick(window, Qt.Key.Key_H, CONTROL)
    await until(lambda: stored(fakes))
    (remark,) = stored(fakes)
    assert (remark.quote, remark.section, remark.level) == ("It loops", "Halting", "standard")
    assert remark.before.endswith("It halts.")
    await until(lambda: marked(window) == ["It loops"])
    window.messages.undo()
    await until(lambda: not stored(fakes))
    await until(lambda: marked(window) == [])


async def test_words_over_a_time_are_marked_and_those_of_two_sections_are_not(
    window: MainWindow,  # noqa: F811
    fakes: FakeServices,
) -> None:
    await until(lambda: page_of(window).view.is_whole)
    view = page_of(window).view
    start = view.document().find("It halts").selectionStart()

    def select_to(words: str) -> None:
        cursor = QTextCursor(view.document())
        cursor.setPosition(start)
        cursor.setPosition(
            view.document().find(words).selectionEnd(), QTextCursor.MoveMode.KeepAnchor
        )
        view.setTextCursor(cursor)

    select_to("Round and")
    QTest.keyClick(window, Qt.Key.Key_H, CONTROL)
    assert "within one section" in window.messages.text()
    select_to("It loops")
    QTest.keyClick(window, Qt.Key.Key_H, CONTROL)
    await until(lambda: stored(fakes))
    assert stored(fakes)[0].quote == "It halts. It loops"


async def test_something_is_said_of_words(window: MainWindow, fakes: FakeServices) -> None:  # noqa: F811
    await until(lambda: page_of(window).view.is_whole)
    select(window, "It loops")
    QTest.keyClick(window, Qt.Key.Key_M, CONTROL | Qt.KeyboardModifier.AltModifier)
    await until(lambda: isinstance(page_of(window).editor, RemarksPane))
    pane = page_of(window).editor
    assert isinstance(pane, RemarksPane)
    await until(pane.field.hasFocus)
    QTest.keyClicks(pane.field, "Does it?")
    await until(lambda: stored(fakes)[0].text == "Does it?")
    QTest.keyClicks(pane.field, " Really")
    page_of(window).set_editor(None)
    await until(lambda: stored(fakes)[0].text == "Does it? Really")


async def test_a_note_is_closed_while_a_remark_on_it_is_stored(
    window: MainWindow,  # noqa: F811
    fakes: FakeServices,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await until(lambda: page_of(window).view.is_whole)
    revise, closed = fakes.runner.revise, asyncio.Event()

    async def slow(*given: Any) -> Note:
        await closed.wait()
        return await revise(*given)

    monkeypatch.setattr(fakes.runner, "revise", slow)
    select(window, "It loops")
    page = page_of(window)
    QTest.keyClick(window, Qt.Key.Key_M, CONTROL | ALT)
    window.results.close_current()
    await until(lambda: not isValid(page))
    closed.set()
    await until(lambda: stored(fakes))
    window.results.reopen_closed()
    await until(lambda: marked(window) == ["It loops"])


async def test_remarks_are_listed_by_their_places_and_lead_there(
    window: MainWindow,  # noqa: F811
    remarked: Note,
) -> None:
    pane = await opened(window)
    quotes = [pane.list.item(row).data(Qt.ItemDataRole.UserRole).quote for row in range(3)]
    assert quotes == ["It loops", "They stand.", "words that were cut"]
    window.results.set_level(Level.CONCISE)
    assert marked(window) == []
    pane.place_wanted.emit(MARK)
    assert page_of(window).level is Level.STANDARD
    await until(lambda: page_of(window).view.textCursor().selectedText() == "It loops")
    pane.place_wanted.emit(remarked.remarks[1])
    assert "no more" in window.messages.text()


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_the_chosen_remark_is_legible(
    window: MainWindow,  # noqa: F811
    fakes: FakeServices,
    remarked: Note,
    theme: str,
) -> None:
    pane = await opened(window)
    fakes.settings.change({"appearance.theme": theme})
    pane.choose(remarked.remarks[0].id, say=False)
    rect = pane.list.visualItemRect(pane.list.currentItem())
    image = pane.list.viewport().grab().toImage()
    ground = image.pixelColor(rect.right() - 14, rect.top() + 6).name()
    assert contrast(palette().muted, ground) >= 4.5


async def test_a_remark_has_another_colour_or_goes_and_comes_back(
    window: MainWindow,  # noqa: F811
    fakes: FakeServices,
    remarked: Note,
) -> None:
    pane = await opened(window)
    pane.choose("r", say=False)
    pink = pane.findChild(QPushButton, "mark:pink")
    remove = pane.findChild(QToolButton, "removeRemarkButton")
    assert pink is not None
    assert remove is not None
    pink.click()
    await until(lambda: stored(fakes)[0].color == "pink")
    remove.click()
    await until(lambda: [each.id for each in stored(fakes)] == ["g", "s"])
    window.messages.undo()
    await until(lambda: {each.id for each in stored(fakes)} == {"g", "s", "r"})


async def test_an_edit_nearby_keeps_a_mark(
    window: MainWindow,  # noqa: F811
    fakes: FakeServices,
    remarked: Note,
) -> None:
    field = await begin(window)
    write_after(field, "It halts.", " Sometimes")
    await until(lambda: "Sometimes" in fakes.store.notes["n1"].sections[0].standard)
    assert stored(fakes) == remarked.remarks
    await until(lambda: marked(window) == ["It loops"])


async def test_passages_of_the_transcript_are_marked(
    window: MainWindow,  # noqa: F811
    fakes: FakeServices,
    note: Note,  # noqa: F811
) -> None:
    fakes.store.transcripts[note.video.id] = a_transcript("So, bridges.", "They stand.")
    await until(lambda: page_of(window).view.is_whole)
    window.reading.set_open(True)
    panel = window.reading.panel
    await until(lambda: panel.spoken is not None)
    actions = {action.text(): action for action in panel.menu_at(1).actions()}
    actions["Mark this passage"].trigger()
    await until(lambda: stored(fakes))
    assert (stored(fakes)[0].quote, stored(fakes)[0].start_s) == ("They stand.", 10.0)
    await until(lambda: panel.model.index(1, 0).data(ROW_ROLE).remark == "yellow")


async def test_the_menu_of_a_selection_and_a_button_lead_there(
    window: MainWindow,  # noqa: F811
    fakes: FakeServices,
) -> None:
    page = page_of(window)
    await until(lambda: page.view.is_whole)
    assert not page.remarks_button.isVisible()
    select(window, "It loops")
    actions = {action.text(): action for action in page.view.menu_at("").actions()}
    actions["Mark (Ctrl+H)"].trigger()
    await until(page.remarks_button.isVisible)
    page.remarks_button.click()
    assert isinstance(page.editor, RemarksPane)
    page.remarks_button.click()
    assert page.editor is None


async def test_in_a_narrow_page_the_list_has_its_whole_place(
    window: MainWindow,  # noqa: F811
    remarked: Note,
) -> None:
    pane = await opened(window)
    page = page_of(window)
    beside = pane.width()
    assert page.view.isVisible()
    page.setFixedWidth(500)
    await until(lambda: not page.view.isVisible())
    await until(lambda: pane.width() == 500)
    page.setFixedWidth(900)
    await until(page.view.isVisible)
    await until(lambda: pane.width() == beside)
