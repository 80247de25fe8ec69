"""Tables and code that are wider than the column of text."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QTextBlock, QTextCursor
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.notes.note import Draft, DraftSection, Section
from notegen_desktop.ui.notes.note_document import CODE, NoteDocument, blocks
from notegen_desktop.ui.notes.note_view import NoteView
from notegen_desktop.ui.notes.wide_tables import EDGE_PX, with_wide_code
from tests.fakes.services import make_note, make_video

HEAD = "| " + " | ".join(f"Method {n}" for n in range(6)) + " |\n" + "| --- " * 6 + "|\n"
WIDE = HEAD + "| " + " | ".join(f"value {n} of it" for n in range(6)) + " |\n"
NARROW = "| a | b |\n| --- | --- |\n| one | two |\n"
LINE = "result = some_function(first_argument, second_argument=2, third_argument=3, fourth=4)"
CODE_BLOCK = f"```python\n{LINE}\nreturn result\n```\n"
BODY = f"Words.\n\n{WIDE}\nWords.\n\n{CODE_BLOCK}\nWords.\n\n{NARROW}\nThe end.\n"


@pytest.fixture
def view(qtbot: QtBot) -> NoteView:
    made = NoteView()
    qtbot.addWidget(made)
    made.resize(1200, 700)
    made.show()
    sections = (Section("How", (), BODY, BODY, BODY),)
    made.show_note(replace(make_note(), sections=sections), kind="Tutorial")
    return made


def block_of(view: NoteView, words: str) -> QTextBlock:
    return next(each for each in blocks(view.document().begin()) if words in each.text())


def rect_of(view: NoteView, words: str) -> QRectF:
    """Of the table that the words are in."""
    block = block_of(view, words)
    document = view.document()
    assert isinstance(document, NoteDocument)
    left, right = document.sides_of(block)
    return QRectF(left, 0, right - left, 1)


def lines(view: NoteView, words: str) -> int:
    block = block_of(view, words)
    view.document().documentLayout().blockBoundingRect(block)  # lays it out
    return block.layout().lineCount()


def test_a_wide_table_takes_the_width_there_is_and_words_keep_their_measure(view: NoteView) -> None:
    column, table = rect_of(view, "The end"), rect_of(view, "value 3 of it")
    assert table.width() > column.width()
    assert table.left() >= EDGE_PX
    assert table.right() <= view.viewport().width() - EDGE_PX
    assert lines(view, "value 3 of it") == 1
    assert rect_of(view, "two") == column
    assert view.horizontalScrollBar().maximum() == 0


def test_code_has_its_own_measure(view: NoteView) -> None:
    assert lines(view, "some_function") == 1
    assert rect_of(view, "some_function").width() > rect_of(view, "The end").width()


def test_what_is_wide_begins_where_the_words_do_while_there_is_room_beyond(view: NoteView) -> None:
    view.resize(1500, 700)
    assert rect_of(view, "some_function").left() == rect_of(view, "The end").left()


def test_in_a_narrow_window_both_are_wrapped_and_nothing_is_out_of_sight(view: NoteView) -> None:
    view.resize(420, 700)
    assert rect_of(view, "value 3 of it") == rect_of(view, "The end")
    assert lines(view, "some_function") > 1
    assert view.horizontalScrollBar().maximum() == 0
    view.resize(1200, 700)
    assert lines(view, "some_function") == 1


def test_a_table_in_the_making_is_as_wide(view: NoteView) -> None:
    draft = Draft("Title", (DraftSection("How", (), WIDE, WIDE, WIDE),))
    view.show_draft(draft, video=make_video(), kind="Tutorial")
    longer = Draft("Title", (*draft.sections, DraftSection("Next", (), BODY, BODY, BODY)))
    view.show_draft(longer, video=make_video(), kind="Tutorial")
    assert lines(view, "value 3 of it") == 1


def test_wide_code_is_copied_as_code(view: NoteView) -> None:
    first = block_of(view, "some_function")
    assert first.userState() == CODE
    at = view.document().documentLayout().blockBoundingRect(first).center().toPoint()
    assert view.code.code_at(at) == f"{LINE}\nreturn result"
    cursor = QTextCursor(first.previous())
    cursor.setPosition(block_of(view, "two").position(), QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    assert f"```\n{LINE}\nreturn result\n```" in view.selection_markdown()
    text = view.createMimeDataFromSelection().text()
    assert f"{LINE}\nreturn result\n" in text
    assert "\ufdd0" not in text


def test_only_long_lines_at_the_edge_of_the_column_are_set_apart() -> None:
    assert with_wide_code("<pre>short</pre>") == "<pre>short</pre>"
    long = f"<pre>{LINE}</pre>"
    assert "<table" in with_wide_code(long)
    assert with_wide_code(f"<ul><li>{long}</li></ul>") == f"<ul><li>{long}</li></ul>"
    assert "<table" in with_wide_code(f"<ul><li>one</li></ul>{long}")
