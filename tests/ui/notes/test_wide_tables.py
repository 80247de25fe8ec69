"""Tables and code that are wider than the text column."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QTextBlock, QTextCursor
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.notes.note import Draft, DraftSection, Section
from notegen_desktop.ui.notes.note_document import CODE, NoteDocument, blocks
from notegen_desktop.ui.notes.note_painting import CODE_ABOVE, CODE_BELOW
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
    """Return the horizontal extent of the table that contains `words`."""
    block = block_of(view, words)
    document = view.document()
    assert isinstance(document, NoteDocument)
    left, right = document.sides_of(block)
    return QRectF(left, 0, right - left, 1)


def lines(view: NoteView, words: str) -> int:
    block = block_of(view, words)
    view.document().documentLayout().blockBoundingRect(block)  # forces the layout
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


def test_only_long_lines_and_code_of_items_are_set_apart() -> None:
    assert with_wide_code("<pre>short</pre>") == "<pre>short</pre>"
    long = f"<pre>{LINE}</pre>"
    assert "<table" in with_wide_code(long)
    assert "<table" in with_wide_code(f"<blockquote>{long}</blockquote>")
    assert "<table" in with_wide_code("<ul><li>One<pre>short</pre></li></ul>")
    assert with_wide_code("<ul><li>One</li></ul><pre>short</pre>").endswith("<pre>short</pre>")


def test_code_begins_at_one_edge_in_items_and_quotations_too(view: NoteView) -> None:
    show(view, f"```\nplain\n```\n\n- One\n\n  ```\n  item\n  ```\n\n> ```\n> {LINE}\n> ```")
    view.resize(1500, 700)
    assert lines(view, "some_function") == 1
    edges = {rect_of(view, words).left() for words in ("plain", "item", "some_function")}
    assert len(edges) == 1


def show(view: NoteView, body: str) -> None:
    view.show_note(replace(make_note(), sections=(Section("How", (), body, body, body),)), kind="")


def test_code_of_a_list_item_has_its_own_measure_and_the_list_goes_on(view: NoteView) -> None:
    body = f"1. First\n\n   ```python\n   {LINE}\n   ```\n\n   Words after it.\n2. Second\n"
    show(view, body)
    assert lines(view, "some_function") == 1
    second = block_of(view, "Second")
    assert second.textList().itemNumber(second) == 1
    view.selectAll()
    copied = [line.strip() for line in view.selection_markdown().splitlines()]
    assert [*copied[-7:-4], copied[-1]] == ["```python", LINE, "```", "2. Second"]


@pytest.mark.parametrize("second", [LINE, "short = 2"])
@pytest.mark.parametrize("first", [LINE.replace("result", "before"), "short = 1"])
def test_pieces_of_code_in_succession_do_not_touch(view: NoteView, first: str, second: str) -> None:
    show(view, f"```python\n{first}\n```\n\n```python\n{second}\n```\n")
    rect = view.document().documentLayout().blockBoundingRect
    above, below = rect(block_of(view, first)), rect(block_of(view, second))
    size = view.document().defaultFont().pixelSize()
    ground = (CODE_ABOVE + CODE_BELOW) * size
    assert below.top() - above.bottom() >= ground + size / 4
