"""Formulas, task lists and code, in the window and on paper."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QGuiApplication, QImage, QTextCursor
from PySide6.QtWidgets import QApplication

from notegen_desktop.domain.notes.note import Draft, DraftSection, Level, Note, Section
from notegen_desktop.ui.kit.theme import apply_theme, palette
from notegen_desktop.ui.kit.theme import theme as theme_in_force
from notegen_desktop.ui.notes import formula_objects
from notegen_desktop.ui.notes.formula_objects import typesetter
from notegen_desktop.ui.notes.note_document import BOX, CODE, blocks, formulas
from notegen_desktop.ui.notes.note_view import NoteView
from notegen_desktop.ui.notes.printing.pdf import pdf_bytes
from tests.fakes.services import make_note, make_video

TEXT = r"""It costs $5 and $6 where $x^2 + y_1$ holds, so

$$\sum_{i=1}^n i = \frac{n(n+1)}{2}$$

but \(\nosuch{H2O}\) cannot be read. H<sub>2</sub>O, m<sup>2</sup>, one<br>two.

- [ ] open
- [x] done
- plain

```python
def area(r):  # of a circle
    return "pi"
```

| norm | value |
|---|---|
| $|x|$ | 2 |
"""


def note_of(text: str) -> Note:
    return replace(make_note(), sections=(Section("Heading", (), text, text, text),))


@pytest.fixture
def view(qtbot) -> Iterator[NoteView]:
    view = NoteView()
    qtbot.addWidget(view)
    view.resize(760, 900)
    view.show()
    yield view
    view.close()


def show(qtbot, view: NoteView, text: str) -> None:
    view.show_note(note_of(text), kind="Study notes")
    qtbot.waitUntil(lambda: view.is_whole, timeout=20_000)


def shown_formulas(view: NoteView) -> list[str]:
    return list(formulas(view.document(), 0, view.document().characterCount()))


def rect_of(view: NoteView, source: str) -> QRect:
    """Return the rectangle of a formula in viewport coordinates."""
    at = view.toPlainText().index("\ufffc")
    for _ in range(shown_formulas(view).index(source)):
        at = view.toPlainText().index("\ufffc", at + 1)
    cursor = QTextCursor(view.document())
    cursor.setPosition(at)
    left = view.cursorRect(cursor)
    cursor.setPosition(at + 1)
    return left.united(view.cursorRect(cursor))


def colours_in(image: QImage, rect: QRect) -> set[str]:
    return {
        image.pixelColor(x, y).name()
        for x in range(rect.left(), rect.right() + 1)
        for y in range(rect.top(), rect.bottom() + 1)
    }


def test_formulas_are_drawn_and_prices_are_words(qtbot, view: NoteView) -> None:
    show(qtbot, view, TEXT)
    assert shown_formulas(view) == [
        "$x^2 + y_1$",
        r"$$\sum_{i=1}^n i = \frac{n(n+1)}{2}$$",
        "$|x|$",
    ]
    text = view.toPlainText()
    assert "It costs $5 and $6 where" in text
    assert r"\(\nosuch{H2O}\)" in text


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("px", [15, 30])
def test_a_formula_has_the_colour_and_size_of_its_text(
    qtbot, view: NoteView, theme: str, px: int
) -> None:
    show(qtbot, view, TEXT)
    apply_theme(QApplication.instance(), theme)
    theme_in_force().set_reading_size(px)
    qtbot.waitUntil(lambda: view.is_whole, timeout=20_000)
    image = view.viewport().grab().toImage()
    for source in ("$x^2 + y_1$", r"$$\sum_{i=1}^n i = \frac{n(n+1)}{2}$$"):
        rect = rect_of(view, source)
        picture = typesetter.picture(source)
        assert picture is not None
        assert rect.width() == pytest.approx(picture.width * px * 1.06, abs=4)
        assert palette().text in colours_in(image, rect)
    apply_theme(QApplication.instance(), "light")


def test_a_selected_formula_is_seen_to_be(qtbot, view: NoteView) -> None:
    show(qtbot, view, "so $x^2$ is")
    view.selectAll()
    image = view.viewport().grab().toImage()
    found = colours_in(image, rect_of(view, "$x^2$"))
    assert palette().selection in found
    assert len(found) > 5


def test_a_formula_stands_on_the_line_of_its_words(qtbot, view: NoteView) -> None:
    """A bar in the formula is as high as a capital letter beside it; lines keep their spacing."""
    show(qtbot, view, "H $\\mathrm{H}$ H and\n$y_1^2$ then words<br>words $x$<br>words")
    image = view.viewport().grab().toImage()
    line = rect_of(view, "$\\mathrm{H}$")
    down = range(line.top(), line.bottom() + 6)
    dark, words = (
        [y for y in down if any(image.pixelColor(x, y).lightness() < 90 for x in across)]
        for across in (range(line.left(), line.right()), range(line.left() - 16, line.left() - 4))
    )
    assert abs(max(dark) - max(words)) <= 1
    block = view.document().find("words").block().layout()
    heights = [block.lineAt(n).y() for n in range(block.lineCount())]
    steps = [below - above for above, below in pairwise(heights)]
    assert max(steps) - min(steps) <= 2


def test_a_wide_formula_fits_its_column(qtbot, view: NoteView) -> None:
    wide = "$$" + "+".join(["x_i^2"] * 40) + "$$"
    show(qtbot, view, wide)
    for width in (760, 420):
        view.resize(width, 900)
        assert shown_formulas(view) == [wide]
        assert 200 < rect_of(view, wide).width() <= view.viewport().width() - 56


def test_what_is_copied_has_latex_as_text_and_mathml_as_html(qtbot, view: NoteView) -> None:
    show(qtbot, view, TEXT)
    view.selectAll()
    data = view.createMimeDataFromSelection()
    assert "where $x^2 + y_1$ holds" in data.text()
    assert r"$$\sum_{i=1}^n i = \frac{n(n+1)}{2}$$" in data.text()
    assert "\ufffc" not in data.text() + data.html()
    assert "<mfrac>" in data.html()

    cursor = QTextCursor(view.document().find("It costs").block())
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    data = view.createMimeDataFromSelection()
    assert data.text() == "It costs $5 and $6 where $x^2 + y_1$ holds, so"
    markdown = bytes(data.data("text/markdown").data()).decode()
    assert markdown == r"It costs \$5 and \$6 where $x^2 + y_1$ holds, so" "\n"
    assert "<msup>" in data.html()


def test_a_formula_under_the_mouse_is_chosen_to_be_copied(qtbot, view: NoteView) -> None:
    show(qtbot, view, TEXT)
    view.code.choose_formula(rect_of(view, "$x^2 + y_1$").center())
    data = view.createMimeDataFromSelection()
    assert data.text() == "$x^2 + y_1$"
    assert "<msup>" in data.html()
    view.moveCursor(QTextCursor.MoveOperation.Start)
    view.code.choose_formula(code_place(view))
    assert not view.textCursor().hasSelection()


def test_raised_letters_are_copied_as_such(qtbot, view: NoteView) -> None:
    show(qtbot, view, "H<sub>2</sub>O and m<sup>2</sup>.")
    cursor = QTextCursor(view.document().find("O and").block())
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    assert view.selection_markdown() == "H<sub>2</sub>O and m<sup>2</sup>.\n"
    assert "H<sub>2</sub>O" in view.createMimeDataFromSelection().html()


def test_a_heading_has_its_formulas(qtbot, view: NoteView) -> None:
    note = note_of("words")
    heading = r"Why $O(n^2)$ costs $5 and H<sub>2</sub>O *is*"
    view.show_note(replace(note, sections=(replace(note.sections[0], heading=heading),)), kind="K")
    qtbot.waitUntil(lambda: view.is_whole, timeout=20_000)
    assert shown_formulas(view) == ["$O(n^2)$"]
    assert "Why \ufffc costs $5 and H2O *is*" in view.toPlainText()


def test_a_part_is_copied_with_its_boxes(qtbot, view: NoteView) -> None:
    show(qtbot, view, TEXT)
    cursor = QTextCursor(view.document().find("open").block())
    end = view.document().find("plain").block()
    cursor.setPosition(end.position() + end.length() - 1, QTextCursor.MoveMode.KeepAnchor)
    view.setTextCursor(cursor)
    assert view.selection_markdown() == "- [ ] open\n- [x] done\n- plain\n"
    boxes = [
        block.blockFormat().boolProperty(BOX)
        for block in blocks(view.document().begin())
        if block.blockFormat().hasProperty(BOX)
    ]
    assert boxes == [False, True]


def test_a_note_full_of_formulas_opens_without_holding_up_the_window(
    qtbot, view: NoteView, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "\n\n".join(
        rf"The {n}th is $\frac{{a_{{{n}}}}}{{b}}$ and $x_{{{n}}} \le \sqrt{{{n}}}$, so"
        rf" $$y_{{{n}}} = {n}$$ holds."
        for number in range(3)
        for n in range(number * 1000, number * 1000 + 14)
    )
    set_by: list[threading.Thread] = []
    in_full = formula_objects._picture

    def picture(source: str) -> formula_objects.FormulaOutline | None:
        set_by.append(threading.current_thread())
        return in_full(source)

    monkeypatch.setattr(formula_objects, "_picture", picture)
    view.show_note(note_of(text), kind="K")
    assert not view.is_whole
    qtbot.waitUntil(lambda: view.is_whole, timeout=60_000)
    assert len(shown_formulas(view)) == 126
    assert len(set_by) == 126
    assert threading.current_thread() not in set_by

    apply_theme(QApplication.instance(), "dark")
    apply_theme(QApplication.instance(), "light")
    assert len(set_by) == 126  # a theme renders no new images


def test_all_of_a_note_is_copied_while_its_formulas_are_set(qtbot, view: NoteView) -> None:
    view.show_note(note_of("\n\n".join(f"No. {n}: $z_{{{n}}}$" for n in range(60))), kind="K")
    view.selectAll()
    assert "$z_{59}$" in view.createMimeDataFromSelection().text()


def test_a_draft_shows_formulas_once_they_are_set(qtbot, view: NoteView) -> None:
    def grown(text: str) -> bool:
        draft = Draft("T", (DraftSection("H", text, text, text),))
        view.show_draft(draft, video=make_video(), kind="K")
        return shown_formulas(view) == ["$w^2$", "$w^3$"]

    grown("so $w^2$ is")
    assert "$w^2$" in view.toPlainText() or shown_formulas(view) == ["$w^2$"]
    text = "so $w^2$ is and $w^3$ and $w"
    qtbot.waitUntil(lambda: grown(text + "4") or grown(text), timeout=10_000)


@pytest.mark.parametrize("level", [Level.STANDARD])
def test_paper_has_the_formula_and_its_source(level: Level, tmp_path: Path) -> None:
    pdf = pdf_bytes(note_of(TEXT), level, kind="K")
    path = tmp_path / "note.pdf"
    path.write_bytes(pdf)
    if shutil.which("pdftotext") is None:
        pytest.skip("poppler is not installed")
    done = subprocess.run(["pdftotext", path, "-"], capture_output=True, check=True, text=True)
    words = " ".join(done.stdout.split())
    assert "It costs $5 and $6 where $x^2 + y_1$ holds" in words
    assert r"\frac{n(n+1)}{2}" in words
    assert re.search(r"open\s.*done", words)


# --- code ---


def code_place(view: NoteView) -> QPoint:
    block = view.document().find("return").block()
    assert block.userState() == CODE
    cursor = QTextCursor(block)
    return view.cursorRect(cursor).center()


def test_code_is_copied_by_a_button_that_shows_at_it(qtbot, view: NoteView) -> None:
    show(qtbot, view, TEXT)
    button = view.code.button
    assert not button.isVisible()
    qtbot.mouseMove(view.viewport(), code_place(view))
    qtbot.waitUntil(button.isVisible)
    assert view.viewport().rect().contains(button.geometry())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == ('def area(r):  # of a circle\n    return "pi"')
    qtbot.mouseMove(view.viewport(), QPoint(100, 20))
    qtbot.waitUntil(lambda: not button.isVisible())


def test_code_is_copied_from_the_menu(qtbot, view: NoteView) -> None:
    show(qtbot, view, "```\na\n```\n\n```\nreturn\n\n\tb\n```")
    menu = view.menu_at("", view.code.code_at(code_place(view)))
    (action,) = [each for each in menu.actions() if each.text() == "Copy code"]
    action.trigger()
    assert QGuiApplication.clipboard().text() == "return\n\n\tb"
    assert view.code.code_at(QPoint(100, 20)) == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_code_has_the_colours_of_the_theme(qtbot, view: NoteView, theme: str) -> None:
    from notegen_desktop.services.markup.code import COLOURS

    apply_theme(QApplication.instance(), theme)
    show(qtbot, view, TEXT)
    found = view.document().find("def area")
    found.setPosition(found.selectionStart() + 1)
    assert found.charFormat().foreground().color().name() == COLOURS["key"][theme == "dark"]
    apply_theme(QApplication.instance(), "light")
