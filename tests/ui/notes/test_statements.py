"""Times at the statements of a note: shown, followed and copied; doubtful statements stand out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, QSize, Qt, QUrl
from PySide6.QtGui import QColor, QGuiApplication, QTextCursor
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QToolTip

from notegen_desktop.domain.notes.note import (
    Cite,
    Doubt,
    Level,
    Note,
    Section,
    StatementCount,
)
from notegen_desktop.ui.kit.colours import DARK, LIGHT
from notegen_desktop.ui.kit.theme import apply_theme
from notegen_desktop.ui.notes.note_document import fragments
from notegen_desktop.ui.notes.note_page import NotePage
from notegen_desktop.ui.notes.printing.pdf import pdf_bytes
from notegen_desktop.ui.notes.rendering import section_parts
from notegen_desktop.ui.notes.tab_bar import TabKind
from tests.fakes.services import make_note, make_video

PLAIN = "Recall strengthens memory. [^1] Rereading feels easy. [^3]"
DOUBTFUL = "It takes 47 days. [^2] Sleep helps. [^1]"
RICH = """Recall works. [^1]

- one point [^1]
- *another* point [^2]

> said so [^3]

| day | kept |
| --- | --- |
| first | 47 % [^2] |

`array[^1]` stays code."""
CITES = (
    Cite(60, 70, True, 1),
    Cite(125, 130, False, 2, Doubt.NUMBER, "47"),
    Cite(3700, 3710, None, 3),
)


def note_of(*texts: str, cites: tuple[Cite, ...] = CITES, note_id: str = "n1") -> Note:
    sections = tuple(
        Section(f"Part {number}", cites, text, text, text) for number, text in enumerate(texts, 1)
    )
    return replace(make_note(note_id=note_id), sections=sections)


@pytest.fixture
def page(qtbot) -> Iterator[NotePage]:
    page = NotePage(TabKind("Study notes", "graduation-cap"), Level.STANDARD)
    qtbot.addWidget(page)
    page.resize(820, 600)
    page.show()
    yield page
    page.close()


def text_of(page: NotePage) -> str:
    return page.view.toPlainText().replace("\u00a0", " ")


def times_of(page: NotePage) -> list[tuple[str, str]]:
    """Return each time in the text with its tooltip, the verdict."""
    found, block = [], page.view.document().begin()
    while block.isValid():
        for piece in fragments(block):
            if verdict := piece.charFormat().toolTip():
                found.append((piece.text().strip("\u00a0"), verdict))
        block = block.next()
    return found


# --- times in the text ---


def test_each_statement_is_followed_by_its_time(page: NotePage) -> None:
    page.show_note(note_of(RICH))
    text = text_of(page)
    assert "Recall works.  1:00" in text
    assert "another point  2:05?" in text
    assert "said so  1:01:40" in text
    assert "47 %  2:05?" in text
    assert "array[^1] stays code." in text
    assert "[^" not in text.replace("array[^1]", "")


def test_a_time_says_whether_the_words_there_bear_it_out(page: NotePage) -> None:
    page.show_note(note_of(f"{PLAIN} {DOUBTFUL}"))
    assert times_of(page) == [
        ("1:00", "verified"),
        ("1:01:40", "unchecked"),
        ("2:05?", "doubtful"),
        ("1:00", "verified"),
    ]


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "Supported"), (1, "Doubtful: “47” is not said there"), (2, "Not compared")],
)
def test_hovering_over_a_time_tells_why(page: NotePage, number: int, said: str) -> None:
    page.show_note(note_of(f"{PLAIN} {DOUBTFUL}"))
    assert said in page.view.links.tip_for(f"cite:0/{number}")


def test_a_click_on_a_time_in_the_text_asks_for_the_video_there(page: NotePage, qtbot) -> None:
    page.show_note(note_of(PLAIN))
    QApplication.processEvents()
    viewport = page.view.viewport()
    spots = [
        QPoint(x, y)
        for y in range(0, viewport.height(), 3)
        for x in range(0, viewport.width(), 4)
        if page.view.anchorAt(QPoint(x, y)) == "cite:0/2"
    ]
    with qtbot.waitSignal(page.cite_activated) as got:
        qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=spots[len(spots) // 2])
    assert got.args[1] == 3700


def test_a_time_in_the_text_is_reached_by_keys_and_told(page: NotePage, qtbot, monkeypatch) -> None:
    page.show_note(note_of(f"{PLAIN} {DOUBTFUL}"))
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_Tab)
    assert page.view.textCursor().selectedText().strip("\u00a0") == "1:00"
    assert "Supported by the words said there." in QToolTip.text()
    with qtbot.waitSignal(page.cite_activated) as got:
        qtbot.keyClick(page.view, Qt.Key.Key_Return)
    assert got.args[1] == 60


def test_the_word_in_doubt_is_marked_where_it_stands() -> None:
    html = "".join(
        section_parts(note_of(f"47 is fine. [^1] {DOUBTFUL}").sections[0], 0, Level.CONCISE)
    )
    assert "47 is fine." in html
    assert 'It takes <span class="doubted">47</span> days.' in html


def test_a_section_shows_only_what_it_rests_on_as_a_whole(page: NotePage) -> None:
    """Not a row of fifteen times: cites of statements stand at these, of the others three are
    shown."""
    whole = tuple(Cite(n * 10.0, n * 10.0 + 5, True, n + 10) for n in range(12))
    page.show_note(note_of(f"{PLAIN} {DOUBTFUL}", cites=(*CITES, *whole)))
    times = [time for time, _ in times_of(page)]
    assert times[:4] == ["0:00", "0:10", "0:20", "+9\u00a0more"]
    assert times[4:] == ["1:00", "1:01:40", "2:05?", "1:00"]
    page.view.anchorClicked.emit(QUrl("more:0"))
    assert "1:50" in text_of(page)


def test_a_level_without_times_of_its_own_names_those_of_the_section(page: NotePage) -> None:
    section = Section("H", CITES, "Gist.", PLAIN, PLAIN)
    page.show_note(replace(make_note(), sections=(section,)))
    page.set_level(Level.CONCISE)
    assert [time for time, _ in times_of(page)] == ["1:00", "2:05?", "1:01:40"]


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_times_are_easy_to_read_in_both_themes(page: NotePage, qapp, choice: str) -> None:
    apply_theme(qapp, choice)
    colours = DARK if choice == "dark" else LIGHT
    page.show_note(note_of(f"{PLAIN} {DOUBTFUL}"))
    grounds = {
        "verified": colours.accent_soft,
        "doubtful": colours.warning_soft,
        "unchecked": colours.surface,
    }
    block = page.view.document().lastBlock()
    for piece in fragments(block):
        if verdict := piece.charFormat().toolTip():
            ink = piece.charFormat().foreground().color()
            assert contrast(ink, QColor(grounds[verdict])) >= 4.5, verdict
    assert contrast(QColor(colours.text), QColor(colours.warning_soft)) >= 4.5


def contrast(one: QColor, other: QColor) -> float:
    """Return the contrast ratio by WCAG 2."""

    def luminance(colour: QColor) -> float:
        parts = [
            c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4
            for c in (colour.redF(), colour.greenF(), colour.blueF())
        ]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


# --- copying ---


def test_what_is_copied_has_links_at_its_statements(page: NotePage) -> None:
    note = note_of(RICH)
    page.show_note(note)
    cursor = page.view.textCursor()
    cursor.setPosition(page.view.document().find("Recall").selectionStart())
    cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    page.view.setTextCursor(cursor)
    data = page.view.createMimeDataFromSelection()
    markdown = bytes(data.data("text/markdown").data()).decode()
    url = note.video.url
    assert f"Recall works. [1:00]({url}&t=60s)\n" in markdown
    assert f"| first | 47 % [2:05?]({url}&t=125s) |" in markdown
    assert "2:05?</a>" in data.html()
    assert "Recall works. 1:00" in data.text()
    for text in (markdown, data.html(), data.text(), page.view.markdown()):
        assert "[^" not in text.replace("array[^1]", "")
        assert "cite:" not in text


def test_on_paper_a_time_leads_into_the_video_and_a_doubt_is_told(tmp_path) -> None:
    data = pdf_bytes(note_of(f"{PLAIN} {DOUBTFUL}"), Level.STANDARD, kind="Study notes")
    assert b"&t=3700s" in data


# --- summary of the statements ---


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (StatementCount(41, 38, 2, 1), "38 of 41 statements found in the talk"),
        (StatementCount(41, 41, 0, 0), "All 41 statements found in the talk"),
        (StatementCount(41, 0, 41, 0), "None of 41 statements found in the talk"),
        (StatementCount(41, 0, 0, 41), "41 statements with a time; nothing to compare with"),
        (StatementCount(1, 1, 0, 0), "1 statement, found in the talk"),
        (StatementCount(1, 0, 1, 0), "1 statement, not found in the talk"),
        (StatementCount(1, 0, 0, 1), "1 statement with a time; nothing to compare with"),
    ],
)
def test_the_head_says_how_many_statements_were_found(count: StatementCount, words: str) -> None:
    assert count.words == words


def test_the_head_of_a_note_counts_its_statements(page: NotePage, qtbot) -> None:
    page.show_note(note_of(f"{PLAIN} {DOUBTFUL}", PLAIN))
    qtbot.waitUntil(lambda: page.statements.words.text() == "3 of 6 statements found in the talk")
    assert page.statements.isVisible()
    page.show_note(note_of("No time at all.", cites=()))
    qtbot.waitUntil(lambda: not page.statements.isVisible())


# --- stepping through doubtful statements ---


@pytest.fixture
def doubtful(page: NotePage, qtbot) -> NotePage:
    filler = " ".join(f"Sentence {n} of a long part." for n in range(200))
    page.show_note(note_of(f"{DOUBTFUL} {filler}", filler, f"{filler} {DOUBTFUL} {filler}"))
    qtbot.waitUntil(page.statements.isVisible)
    page.view.setFocus()
    return page


def test_doubts_are_gone_through_one_by_one_and_round(doubtful: NotePage) -> None:
    seen = []
    for _ in range(3):
        doubtful.step_to_doubt(1)
        assert doubtful.view.textCursor().selectedText().strip("\u00a0") == "2:05?"
        rect = doubtful.view.cursorRect(doubtful.view.textCursor())
        assert doubtful.view.viewport().rect().contains(rect.center())
        seen.append(doubtful.statements.words.text())
    assert seen == [
        "Doubt 1 of 2: “47” is not said there",
        "Doubt 2 of 2: “47” is not said there",
        "Doubt 1 of 2: “47” is not said there",
    ]
    doubtful.step_to_doubt(-1)
    assert doubtful.statements.words.text().startswith("Doubt 2 of 2")


def test_the_first_doubt_is_the_next_one_below_what_is_read(doubtful: NotePage) -> None:
    doubtful.view.scroll_to_section(1)
    QApplication.processEvents()
    doubtful.step_to_doubt(1)
    assert doubtful.statements.words.text().startswith("Doubt 2 of 2")


def test_a_doubt_of_another_level_is_reached_there(page: NotePage, qtbot) -> None:
    section = Section("H", CITES, "Gist. [^1]", PLAIN, DOUBTFUL)
    page.show_note(replace(make_note(), sections=(section,)))
    page.step_to_doubt(1)
    assert page.level is Level.COMPREHENSIVE
    assert page.view.textCursor().selectedText().strip("\u00a0") == "2:05?"


def test_a_note_without_doubts_has_nowhere_to_go(page: NotePage, qtbot) -> None:
    page.show_note(note_of(PLAIN))
    page.step_to_doubt(1)
    assert not page.view.textCursor().hasSelection()


def test_a_doubtful_statement_is_offered_to_be_taken_out_or_written_again(
    doubtful: NotePage, qtbot
) -> None:
    taken = QSignalSpy(doubtful.statements.take_out.clicked)
    assert not doubtful.statements.take_out.isVisible()
    doubtful.step_to_doubt(1)
    doubtful.statements.take_out.click()
    assert taken.count() == 1
    assert doubtful.doubt is not None
    assert doubtful.doubt.statement.text == "It takes 47 days."


def test_a_doubtful_time_that_is_followed_is_looked_at(page: NotePage, qtbot) -> None:
    page.show_note(note_of(PLAIN, f"{PLAIN} {DOUBTFUL}"))
    page.view.links.follow("cite:0/0")
    assert page.statements.words.text() == "Counting statements…"
    page.view.links.follow("cite:1/1")
    assert page.statements.words.text() == "Doubt 1 of 1: “47” is not said there"
    menu = page.view.menu_at("cite:1/1")
    assert "Look at what is doubtful" in [action.text() for action in menu.actions()]


def test_an_extract_is_not_written_again(page: NotePage, qtbot) -> None:
    page.show_note(replace(note_of(DOUBTFUL), engine="offline"))
    page.step_to_doubt(1)
    qtbot.waitUntil(page.statements.take_out.isVisible)
    assert not page.statements.rewrite.isVisible()


def test_a_note_that_is_not_in_the_library_is_not_changed(page: NotePage) -> None:
    page.show_note(note_of(DOUBTFUL, note_id=""))
    page.step_to_doubt(1)
    assert not page.statements.take_out.isEnabled()


def test_a_doubt_far_down_a_huge_section_is_reached(page: NotePage, qtbot) -> None:
    filler = "\n\n".join(f"Paragraph {n} of a section without an end. [^1]" for n in range(3000))
    page.show_note(note_of(f"{filler}\n\n{DOUBTFUL}"))
    page.step_to_doubt(1)
    qtbot.waitUntil(
        lambda: page.view.textCursor().selectedText().strip("\u00a0") == "2:05?", timeout=20_000
    )


def test_the_reader_stays_near_where_a_section_goes(doubtful: NotePage) -> None:
    note = doubtful.note
    assert note is not None
    doubtful.view.scroll_to_section(1)
    QApplication.processEvents()
    doubtful.show_note(replace(note, sections=(note.sections[0], note.sections[2])))
    QApplication.processEvents()
    assert doubtful.view.section == 1


def test_the_line_fits_a_narrow_page(doubtful: NotePage) -> None:
    doubtful.resize(QSize(540, 600))
    doubtful.step_to_doubt(1)
    QApplication.processEvents()
    line = doubtful.statements
    assert doubtful.width() == 540
    for part in (line.take_out, line.words):
        assert line.rect().contains(part.geometry())


def test_nothing_raw_reaches_the_clipboard_of_a_whole_note(page: NotePage) -> None:
    page.show_note(note_of(RICH, make_video().title))
    page.copy_markdown()
    assert "[^" not in QGuiApplication.clipboard().text().replace("array[^1]", "")
