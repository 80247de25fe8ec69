"""Outline beside a note, and the text size of the note."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from notegen_desktop.domain.notes.note import Note, Section
from notegen_desktop.ui.notes.note_outline import NoteOutline
from notegen_desktop.ui.notes.note_page import OUTLINE_GAP_PX, NotePage
from tests.fakes.services import FakeServices, make_note
from tests.ui.conftest import until
from tests.ui.window.test_main_window import Make

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier


def long_note(sections: int = 8) -> Note:
    words = "Words of a section that go on for a while. " * 40
    made = tuple(Section(f"Part {n}", (), words, words, words) for n in range(1, sections + 1))
    return replace(make_note(note_id="n1"), sections=made)


def rows(outline: NoteOutline) -> list[str]:
    return [outline.item(row).text() for row in range(outline.count())]


async def test_the_sections_stand_beside_the_note_and_lead_to_their_place(
    main_window: Make,
) -> None:
    window = main_window()
    window.resize(1280, 800)
    window.results.open_note(long_note())
    window.notes_page.settle()
    page = window.results.page_shown
    outline = page.outline
    await until(outline.isVisible)
    assert rows(outline) == [f"Part {n}" for n in range(1, 9)]
    QTest.mouseClick(
        outline.viewport(),
        Qt.MouseButton.LeftButton,
        pos=outline.visualItemRect(outline.item(4)).center(),
    )
    await until(lambda: page.view.section == 4)
    assert outline.currentRow() == 4
    page.view.scroll_to_section(1)
    await until(lambda: outline.currentRow() == 1)


async def test_headings_are_told_in_full(main_window: Make) -> None:
    note = long_note(4)
    narrow = "That means the number of (5)"  # its last word does not fit
    heading = "What is kept of a talk that was heard only once, and what is lost"
    two = (replace(note.sections[n], heading=h) for n, h in enumerate((heading, narrow)))
    sections = (*two, *note.sections[2:])
    window = main_window()
    window.resize(1280, 800)
    window.results.open_note(replace(note, sections=sections))
    window.notes_page.settle()
    outline = window.results.page_shown.outline
    await until(outline.isVisible)
    heights = [outline.visualItemRect(outline.item(row)).height() for row in range(4)]
    line = outline.fontMetrics().lineSpacing()
    assert heights[0] >= heights[2] + 2 * line
    assert heights[1] == heights[2] + line
    assert heights[2] == heights[3]


async def test_a_narrow_page_and_a_note_of_two_sections_keep_the_width(
    main_window: Make,
) -> None:
    window = main_window()
    window.resize(1280, 800)
    window.results.open_note(long_note(2))
    window.notes_page.settle()
    assert not window.results.page_shown.outline.isVisible()
    window.results.open_note(replace(long_note(), id="n2"))
    outline = window.results.page_shown.outline
    await until(outline.isVisible)
    window.resize(1100, 800)
    await until(lambda: not outline.isVisible())


async def test_the_outline_stands_beside_the_text_however_wide_the_page_is(
    main_window: Make,
) -> None:
    window = main_window()
    window.results.open_note(long_note())
    window.notes_page.settle()
    page = window.results.page_shown
    for width in (1600, 1920, 2560):
        window.resize(width, 1000)
        await until(lambda: is_beside(page), f"at {width}")


def is_beside(page: NotePage) -> bool:
    """Return True if outline and text form one group centred on the page."""
    headings = page.outline.viewport()
    free = headings.mapTo(page, headings.rect().topLeft()).x()
    frame = page.view.document().rootFrame().frameFormat()
    beyond = frame.rightMargin() + page.view.verticalScrollBar().width()
    return frame.leftMargin() == OUTLINE_GAP_PX and abs(free - beyond) <= 16


async def test_a_key_puts_the_outline_away_for_all_notes_and_for_good(
    main_window: Make, fakes: FakeServices
) -> None:
    window = main_window()
    window.resize(1280, 800)
    window.results.open_note(long_note())
    window.notes_page.settle()
    await until(window.results.page_shown.outline.isVisible)
    QTest.keyClick(window, Qt.Key.Key_O, CONTROL | SHIFT)
    assert not window.results.page_shown.outline.isVisible()
    assert fakes.settings.current.flag("appearance.outline") is False
    window.results.open_note(replace(long_note(), id="n2"))
    await until(window.results.page_shown.outline_button.isVisible)
    assert not window.results.page_shown.outline.isVisible()
    window.results.page_shown.outline_button.click()
    await until(window.results.page_shown.outline.isVisible)


@pytest.mark.parametrize(("turned", "px"), [(120, 16), (-120, 14)])
async def test_wheel_and_keys_change_the_size_of_the_text(
    main_window: Make, fakes: FakeServices, turned: int, px: int
) -> None:
    window = main_window()
    window.results.open_note(long_note())
    window.notes_page.settle()
    view = window.results.page_shown.view
    wheel = QWheelEvent(
        QPointF(50, 50),
        QPointF(view.mapToGlobal(QPoint(50, 50))),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        CONTROL,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), wheel)
    assert fakes.settings.current.integer("appearance.text_size") == px
    QTest.keyClick(window, Qt.Key.Key_0, CONTROL)
    assert fakes.settings.current.integer("appearance.text_size") == 15
    for _ in range(40):
        QTest.keyClick(window, Qt.Key.Key_Minus, CONTROL)
    assert fakes.settings.current.integer("appearance.text_size") == 10
