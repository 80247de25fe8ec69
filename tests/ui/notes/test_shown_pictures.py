"""Pictures of the video in a note: below the text, no wider than the column, enlarged by a
click."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QImage, QTextCursor
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QPushButton

from notegen_desktop.domain.notes.note import Cite, Level, Note, Section
from notegen_desktop.domain.notes.pictures import with_picture
from notegen_desktop.ui.kit.theme import apply_theme
from notegen_desktop.ui.notes.note_document import NoteDocument
from notegen_desktop.ui.notes.note_page import NotePage
from notegen_desktop.ui.notes.pictures import MAX_HIGH_PX, MAX_PX, PictureViewer, pictures_in
from notegen_desktop.ui.notes.printing.pdf import pdf_bytes
from notegen_desktop.ui.notes.tab_bar import TabKind
from tests.fakes.services import make_note, make_video
from tests.fakes.shown_films import a_picture, slide

WIDE = a_picture(62.0, "Stacks", size=(960, 540))
SMALL = a_picture(65.0, "Queues", size=(320, 180))
TALL = a_picture(130.0, "Heaps", size=(540, 960))


@pytest.fixture
def note() -> Note:
    text = "Draw three boxes. [^1] The sum is $x^2$."
    sections = tuple(
        Section(f"Step {n}", (Cite(60.0 * n, 60.0 * n + 9, True, 1),), text, text, text)
        for n in (1, 2)
    )
    note = replace(make_note(note_id="n1"), sections=sections)
    for section, each in ((0, WIDE), (0, SMALL), (1, TALL)):
        note = with_picture(note, section, each)
    return note


@pytest.fixture
def page(qtbot, note: Note) -> Iterator[NotePage]:
    page = NotePage(TabKind("Tutorial guide", "list-ordered"), Level.STANDARD)
    qtbot.addWidget(page)
    page.resize(820, 900)
    page.show()
    page.show_note(note)
    qtbot.waitUntil(lambda: page.view.is_whole)
    yield page
    page.close()


def box_of(page: NotePage, href: str) -> QRect:
    """Return the rectangle of the first link with this address, in viewport coordinates."""
    document = page.view.document()
    assert isinstance(document, NoteDocument)
    for part in range(document.part_count):
        cursor = document.time(part, href, 0)
        if not cursor.isNull():
            start = QTextCursor(document)
            start.setPosition(cursor.selectionStart())
            return page.view.cursorRect(start).united(page.view.cursorRect(cursor))
    raise AssertionError(f"no link {href}")


def width_of(page: NotePage, href: str) -> int:
    return box_of(page, href).width() - page.view.cursorWidth()


def test_pictures_stand_below_the_words_of_their_section_with_their_times(page: NotePage) -> None:
    lines = [line for line in page.view.toPlainText().split("\n") if line.strip()]
    first = lines.index("Step 1")
    assert lines[first + 2 : first + 6] == ["\ufffc", "1:02", "\ufffc", "1:05"]
    for level in Level:
        page.set_level(level)
        assert page.view.toPlainText().count("\ufffc") >= 5  # three pictures, two formulas


def test_no_picture_is_wider_than_its_column_or_its_own_pixels(page: NotePage, qtbot) -> None:
    assert width_of(page, "picture:0/0") == MAX_PX
    assert width_of(page, "picture:0/1") == SMALL.width
    assert width_of(page, "picture:1/0") == round(MAX_HIGH_PX * 540 / 960)
    page.resize(340, 900)
    qtbot.waitUntil(lambda: width_of(page, "picture:0/0") < MAX_PX)
    assert width_of(page, "picture:0/0") <= page.view.viewport().width()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_picture_is_drawn_as_it_is_in_both_themes(page: NotePage, qapp, qtbot, theme) -> None:
    apply_theme(qapp, theme)
    qtbot.waitUntil(lambda: page.view.is_whole)
    at = box_of(page, "picture:0/0").center()
    image = page.view.viewport().grab().toImage()
    shown = [image.pixelColor(at.x() + dx, at.y() + dy) for dx in (0, 150) for dy in (0, -110)]
    drawn = slide("Stacks", 4, size=(960, 540))
    for colour, (x, y) in zip(shown, ((480, 270), (480, 50), (780, 270), (780, 50)), strict=True):
        wanted = QColor(*drawn.getpixel((x, y)))  # type: ignore[misc]
        assert abs(colour.lightness() - wanted.lightness()) < 12
    apply_theme(qapp, "system")


def test_a_picture_that_the_keyboard_reached_is_marked(page: NotePage, qtbot) -> None:
    box = box_of(page, "picture:0/0")

    def edge() -> QColor:
        return page.view.viewport().grab().toImage().pixelColor(box.center().x(), box.top() + 1)

    before = edge()
    document = page.view.document()
    assert isinstance(document, NoteDocument)
    page.view.setTextCursor(document.time(1, "picture:0/0", 0))
    page.view.setFocus()
    qtbot.waitUntil(lambda: edge() != before)
    opened = QSignalSpy(page.view.links.picture_activated)
    qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert opened.at(0)[0] == WIDE


def test_a_click_on_a_picture_enlarges_it_and_its_time_plays(page: NotePage, qtbot) -> None:
    played = QSignalSpy(page.cite_activated)
    page.view.links.follow("shown:0/1")
    assert played.at(0)[1] == SMALL.at_s
    page.view.links.follow("picture:0/0")
    (viewer,) = page.window().findChildren(PictureViewer)
    assert viewer.windowTitle() == "Picture at 1:02"
    assert viewer.image.pixmap().width() > MAX_PX
    viewer.findChild(QPushButton, "pictureTime").click()
    assert played.at(1)[1] == WIDE.at_s
    qtbot.waitUntil(lambda: not page.window().findChildren(PictureViewer))
    page.view.links.follow("picture:7/7")
    assert not page.window().findChildren(PictureViewer)


def test_an_enlarged_picture_fits_its_window_and_is_not_blown_up(page: NotePage) -> None:
    for picture in (WIDE, SMALL, TALL):
        viewer = PictureViewer(picture, page)
        shown = viewer.image.pixmap().deviceIndependentSize().toSize()
        assert shown.width() <= page.width()
        assert shown.height() <= page.height()
        assert shown.width() <= picture.width * 1.5
        viewer.close()


def test_the_menu_of_a_time_takes_a_picture_and_that_of_a_picture_removes_it(
    page: NotePage,
) -> None:
    links = page.view.links
    wanted, unwanted = QSignalSpy(links.picture_wanted), QSignalSpy(links.picture_unwanted)
    actions = {each.text(): each for each in page.view.menu_at("cite:1/0").actions()}
    actions["Picture from here"].trigger()
    assert wanted.at(0) == [1, 120.0]
    actions = {each.text(): each for each in page.view.menu_at("picture:0/1").actions()}
    actions["Remove picture"].trigger()
    assert unwanted.at(0) == [0, SMALL]
    actions["Copy link to this time"].trigger()
    assert QGuiApplication.clipboard().text().endswith("&t=65s")
    actions["Copy picture"].trigger()
    assert QGuiApplication.clipboard().image().size() == QSize(320, 180)


def test_of_a_note_that_is_in_no_library_pictures_stay_as_they_are(
    page: NotePage, note: Note
) -> None:
    page.show_note(replace(note, id=""))
    actions = {each.text(): each for each in page.view.menu_at("cite:1/0").actions()}
    assert not actions["Picture from here"].isEnabled()
    assert not {a.text(): a for a in page.view.menu_at("shown:0/1").actions()}[
        "Remove picture"
    ].isEnabled()


def test_a_recording_has_nothing_to_take_a_picture_of(page: NotePage, note: Note) -> None:
    video = replace(make_video(), url="file:///talk.mp3", provider="file")
    page.show_note(replace(note, video=video))
    assert "Picture from here" not in [a.text() for a in page.view.menu_at("cite:1/0").actions()]


def test_hovering_says_what_a_click_does(page: NotePage) -> None:
    assert page.view.links.tip_for("picture:0/0") == "1:02: click to enlarge"
    assert page.view.links.tip_for("shown:0/0") == "1:02"


def test_what_is_copied_has_the_times_of_pictures_and_its_formulas_in_place(
    page: NotePage, qtbot
) -> None:
    cursor = page.view.textCursor()
    cursor.setPosition(3)
    cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    page.view.setTextCursor(cursor)
    copied = page.view.selection_markdown()
    assert "base64" not in copied
    assert "\ufffc" not in copied
    assert copied.count("$x^2$") == 2
    assert f"[1:02]({make_video().link_at(62.0)})" in copied
    text = page.view.createMimeDataFromSelection().text()
    assert "\ufffc" not in text
    assert text.count("$x^2$") == 2


def test_a_document_knows_the_pictures_of_its_note_alone(note: Note) -> None:
    assert list(pictures_in(note)) == ["picture:0/0", "picture:0/1", "picture:1/0"]
    assert pictures_in(None) == {}


def test_on_paper_a_picture_has_its_time_as_a_link(note: Note, tmp_path: Path) -> None:
    pdf = pdf_bytes(note, Level.STANDARD, kind="Tutorial guide")
    assert make_video().link_at(62.0).encode() in pdf
    path = tmp_path / "note.pdf"
    path.write_bytes(pdf)
    if shutil.which("pdfimages") is None:
        pytest.skip("pdfimages is not installed")
    subprocess.run(["pdfimages", "-png", str(path), str(tmp_path / "p")], check=True)
    found = [QImage(str(each)) for each in sorted(tmp_path.glob("p-*.png"))]
    sizes = {(image.width(), image.height()) for image in found}
    assert {(960, 540), (320, 180), (540, 960)} <= sizes
    text = subprocess.run(["pdftotext", str(path), "-"], check=True, capture_output=True).stdout
    assert b"1:02" in text


def test_a_picture_that_cannot_be_read_leaves_its_place(page: NotePage, note: Note) -> None:
    broken = replace(WIDE, data=b"\xff\xd8\xff no picture")
    page.show_note(with_picture(note, 0, broken))
    assert not page.view.viewport().grab().toImage().isNull()
    assert pdf_bytes(with_picture(note, 0, broken), Level.STANDARD, kind="x").startswith(b"%PDF")
