"""Note view: content, stable scroll position, and safety against hostile text."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage, QTextDocument
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QToolButton

from notegen_desktop.domain.errors import RateLimited
from notegen_desktop.domain.notes.note import Cite, Doubt, Draft, DraftSection, Level, Note, Section
from notegen_desktop.services.markup.html import to_html
from notegen_desktop.ui.kit.text import runs_right_to_left
from notegen_desktop.ui.kit.theme import apply_theme, palette, theme
from notegen_desktop.ui.notes import note_document, note_view
from notegen_desktop.ui.notes.note_document import NoteDocument, blocks, no_image
from notegen_desktop.ui.notes.note_page import EXTRACT_BADGE, NotePage
from notegen_desktop.ui.notes.note_view import REACH_S, NoteView
from notegen_desktop.ui.notes.rendering import (
    NoteStyle,
    draft_parts,
    note_parts,
    section_parts,
)
from notegen_desktop.ui.notes.tab_bar import TabKind
from tests.fakes.services import make_note, make_video
from tests.services.markup.test_safe_markdown import ALLOWED, HOSTILE_TEXTS, in_another_program
from tests.ui.conftest import counted

STUDY = TabKind("Study notes", "graduation-cap")


@pytest.fixture
def page(qtbot) -> Iterator[NotePage]:
    page = NotePage(STUDY, Level.STANDARD)
    qtbot.addWidget(page)
    page.resize(820, 600)
    page.show()
    yield page
    page.close()


def long_note(sections: int = 12) -> Note:
    texts = [
        Section(
            f"Section {number}",
            (Cite(number * 30.0, number * 30.0 + 9, True),),
            f"Gist {number}. " * 12,
            f"Words {number}. " * 60,
            f"Everything {number}. " * 130,
        )
        for number in range(sections)
    ]
    return replace(make_note(), sections=tuple(texts))


def text_of(view: NoteView) -> str:
    return view.toPlainText().replace("\u00a0", " ")


# --- content ---


def test_a_note_is_shown_with_title_video_sections_and_times(page: NotePage) -> None:
    note = make_note()
    page.show_note(note)
    text = text_of(page.view)
    for part in (note.title, note.video.channel, "12:34", "Study notes", "24 November 2026"):
        assert part in text
    for section in note.sections:
        assert section.heading in text
        assert section.standard.split("\n")[0] in text
        assert section.concise not in text


def test_a_long_name_of_a_channel_is_broken_between_its_words(page: NotePage) -> None:
    channel = "The channel of everything that people ever remembered, forgot and found once more"
    page.show_note(replace(make_note(), video=make_video(channel=channel)))
    block = next(it for it in blocks(page.view.document().begin()) if "gemini" in it.text())
    lines = [block.layout().lineAt(n) for n in range(block.layout().lineCount())]
    assert len(lines) > 1
    ends = [block.text()[line.textStart() + line.textLength() - 1] for line in lines[:-1]]
    assert all(end.isspace() for end in ends)


@pytest.mark.parametrize("level", list(Level))
def test_each_level_shows_its_own_text(page: NotePage, level: Level) -> None:
    note = make_note()
    page.show_note(note)
    page.set_level(level)
    text = text_of(page.view)
    for other in Level:
        first = note.sections[1].at(other).split("\n")[0].strip()
        assert (first in text) == (other is level)
    assert page.levels.choice() == level


def test_an_empty_level_falls_back_to_the_nearest_that_has_words() -> None:
    section = Section("H", (), concise="short words", standard="", comprehensive="long words")
    assert "short words" in next(section_parts(section, 0, Level.STANDARD))
    assert "long words" in next(section_parts(replace(section, concise=""), 0, Level.CONCISE))


def test_an_offline_note_says_that_it_quotes(page: NotePage) -> None:
    page.show_note(replace(make_note(), engine="offline", model=""))
    assert page.badge == EXTRACT_BADGE
    page.show_note(make_note())
    assert page.badge == ""


def test_a_failed_note_says_why_and_offers_to_retry(page: NotePage, qtbot) -> None:
    page.show_draft(Draft("T", (DraftSection("H", (), "some words"),)), video=make_video())
    page.show_failure(RateLimited().failure())
    assert RateLimited.default_message in page._banner._message.text()
    assert RateLimited.default_hint in page._banner._hint.text()
    with qtbot.waitSignal(page.retry_wanted):
        page._banner.retry.click()


def test_a_right_to_left_note_runs_from_the_right(page: NotePage) -> None:
    arabic = Section("الذاكرة", (Cite(3, 5, True),), "نص", "AI هو **موضوع** هذا النص", "نص")
    page.show_note(replace(make_note(), title="كيف تعمل الذاكرة حقًا", sections=(arabic,)))
    block = page.view.document().begin()
    seen = 0
    while block.isValid():
        assert block.textDirection() == Qt.LayoutDirection.RightToLeft
        seen += 1
        block = block.next()
    assert seen >= 4
    assert not runs_right_to_left("Memory الذاكرة and more English words")


# --- levels and scroll position ---


def test_the_reader_keeps_the_place_through_every_change_of_level(page: NotePage) -> None:
    page.show_note(long_note())
    QApplication.processEvents()
    page.view.scroll_to_section(7)
    bar = page.view.verticalScrollBar()
    bar.setValue(bar.value() + 40)
    assert page.view.section == 7
    for level in (Level.COMPREHENSIVE, Level.CONCISE, Level.STANDARD):
        page.set_level(level)
        document = page.view.document()
        assert isinstance(document, NoteDocument)
        place = document.place_at(bar.value() + 28)
        assert place.part == 8, f"{level}: the reader is in another section"
    shares = []
    for level in (Level.COMPREHENSIVE, Level.STANDARD, Level.COMPREHENSIVE, Level.STANDARD):
        page.set_level(level)
        document = page.view.document()
        assert isinstance(document, NoteDocument)
        shares.append(document.place_at(bar.value() + 28).share)
    assert max(shares) - min(shares) < 0.1


def test_the_top_of_a_note_stays_the_top(page: NotePage) -> None:
    page.show_note(long_note())
    page.set_level(Level.COMPREHENSIVE)
    assert page.view.verticalScrollBar().value() == 0


def test_a_wider_window_keeps_the_place(page: NotePage) -> None:
    page.resize(460, 500)
    page.show_note(long_note())
    QApplication.processEvents()
    page.view.scroll_to_section(5)
    page.resize(1000, 700)
    QApplication.processEvents()
    document = page.view.document()
    assert isinstance(document, NoteDocument)
    assert document.place_at(page.view.verticalScrollBar().value() + 28).part == 6


def test_switching_to_a_level_that_was_rendered_ahead_writes_nothing(
    page: NotePage, qtbot, monkeypatch
) -> None:
    page.show_note(long_note())
    qtbot.waitUntil(lambda: page.view.is_whole)
    begun = counted(monkeypatch, NoteDocument, "show_parts")
    written = counted(monkeypatch, NoteDocument, "append_from")
    for level in (Level.CONCISE, Level.STANDARD, Level.COMPREHENSIVE) * 2:
        page.set_level(level)
        QApplication.processEvents()
    assert (begun, written) == ([], [])


def test_lines_hold_about_seventy_characters(page: NotePage) -> None:
    page.resize(1400, 600)
    page.show_note(long_note())
    QApplication.processEvents()
    document = page.view.document()
    document.size()
    lengths = []
    block = document.begin()
    while block.isValid():
        layout = block.layout()
        for number in range(layout.lineCount() - 1):
            if block.text().startswith("Words"):
                lengths.append(layout.lineAt(number).textLength())
        block = block.next()
    average = sum(lengths) / len(lengths)
    assert 55 <= average <= 78, average


# --- growing drafts ---


def test_a_growing_note_touches_only_its_tail(qapp: QApplication) -> None:
    document = NoteDocument(NoteStyle(palette(), 15), qapp.font())
    draft = [f'<p class="section">H{n}</p><p>words {n}</p>' for n in range(40)]
    assert document.show_parts(draft) == 40
    assert document.show_parts(draft) == 0
    assert document.show_parts([*draft[:-1], draft[-1] + "<p>more</p>"]) == 1
    assert document.show_parts([*draft, "<p>H40</p>"]) == 2
    assert document.toPlainText().count("words") == 40
    assert "more" not in document.toPlainText()
    document.deleteLater()


def test_any_way_of_growing_ends_in_the_same_text(qapp: QApplication) -> None:
    rng = random.Random(7)
    note = long_note(6)
    parts = list(note_parts(note, Level.STANDARD, kind="K"))
    whole = NoteDocument(NoteStyle(palette(), 15), qapp.font())
    whole.show_parts(parts)
    for _ in range(15):
        grown = NoteDocument(NoteStyle(palette(), 15), qapp.font())
        for _ in range(8):
            count = rng.randint(1, len(parts))
            grown.show_parts([*parts[: count - 1], f'<p class="section">…{count}</p>'])
            grown.setTextWidth(500)
            grown.size()
        grown.show_parts(parts)
        assert grown.toPlainText() == whole.toPlainText()
        whole.setTextWidth(500)
        assert grown.size().height() == pytest.approx(whole.size().height(), abs=1)
        grown.deleteLater()
    whole.deleteLater()


def test_a_note_redraws_at_most_twelve_times_a_second(page: NotePage, qtbot, monkeypatch) -> None:
    written: list[float] = []
    real = NoteDocument.show_parts

    def noted(self: NoteDocument, parts: list[str]) -> int:
        written.append(time.monotonic())
        return real(self, parts)

    monkeypatch.setattr(NoteDocument, "show_parts", noted)
    start = time.monotonic()
    number = 0
    while time.monotonic() - start < 0.6:
        number += 1
        section = DraftSection("H", (), "c", f"words {number} " * 20)
        page.show_draft(Draft("T", (section,)), video=make_video())
        QApplication.processEvents()
    assert number > 20
    assert len(written) <= 0.6 * 12 + 2
    qtbot.waitUntil(lambda: f"words {number} " in text_of(page.view))


def test_a_hidden_note_is_not_drawn_until_it_is_seen(qtbot) -> None:
    page = NotePage(STUDY, Level.STANDARD)
    qtbot.addWidget(page)
    page.show_draft(Draft("T", (DraftSection("H", (), "c", "late words"),)), video=make_video())
    assert "late words" not in text_of(page.view)
    page.show()
    assert "late words" in text_of(page.view)


def test_what_is_not_written_at_a_level_yet_is_shown_dimmed_from_another() -> None:
    section = DraftSection("H", (), "the gist")
    assert 'class="draft"' in "".join(draft_parts(section, Level.STANDARD, is_open=True))
    assert "the gist" in "".join(draft_parts(section, Level.STANDARD, is_open=True))
    assert 'class="draft"' not in "".join(draft_parts(section, Level.CONCISE, is_open=True))


@pytest.mark.parametrize("tail", ["", "[", "[12", "[12][1", " [3:4"])
def test_labels_of_a_note_in_the_making_are_not_shown(page: NotePage, tail: str) -> None:
    text = f"It halts [12]. It is slow [12][13].\n\n- an item [3:41]\n- the last{tail}"
    draft = Draft("T", (DraftSection("H", (), text, text, text), DraftSection("H", (), text)))
    page.show_draft(draft, video=make_video())
    page.copy_markdown()
    shown, copied = text_of(page.view), QGuiApplication.clipboard().text()
    assert "It halts. It is slow.\nan item\nthe last" in shown
    assert "It halts. It is slow.\n\n- an item\n- the last\n" in copied
    assert "[" not in shown + copied


def test_the_end_of_the_writing_keeps_the_place(page: NotePage) -> None:
    note = long_note()
    drafted = tuple(
        DraftSection(s.heading, ("1",), s.concise, s.standard, s.comprehensive)
        for s in note.sections
    )
    page.show_draft(Draft(note.title, drafted, whole=True), video=note.video)
    QApplication.processEvents()
    page.view.scroll_to_section(6)
    page.show_note(note)
    document = page.view.document()
    assert isinstance(document, NoteDocument)
    assert document.place_at(page.view.verticalScrollBar().value() + 28).part == 7


# --- times and links ---


def test_clicking_a_time_asks_for_the_video_at_that_time(page: NotePage) -> None:
    note = make_note()
    page.show_note(note)
    spy = QSignalSpy(page.cite_activated)
    page.view.anchorClicked.emit(QUrl("cite:2/0"))
    assert spy.count() == 1
    assert spy.at(0) == [note.video, note.sections[2].cites[0].start_s]


def test_a_click_with_the_mouse_on_a_time_reaches_it(page: NotePage, qtbot) -> None:
    note = make_note()
    page.show_note(note)
    QApplication.processEvents()
    spots = [
        QPoint(x, y)
        for y in range(0, page.view.viewport().height(), 4)
        for x in range(0, page.view.viewport().width(), 6)
        if page.view.anchorAt(QPoint(x, y)) == "cite:0/0"
    ]
    assert spots, "the first time is not to be seen"
    with qtbot.waitSignal(page.cite_activated) as got:
        qtbot.mouseClick(
            page.view.viewport(), Qt.MouseButton.LeftButton, pos=spots[len(spots) // 2]
        )
    assert got.args[1] == note.sections[0].cites[0].start_s


def test_times_are_reached_with_the_keyboard(page: NotePage, qtbot) -> None:
    page.show_note(make_note())
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_Tab)
    with qtbot.waitSignal(page.cite_activated):
        qtbot.keyClick(page.view, Qt.Key.Key_Return)


def test_a_time_tells_where_it_leads_and_whether_it_is_verified(page: NotePage) -> None:
    page.show_note(make_note())
    verified, unverified = page.view.links.tip_for("cite:0/0"), page.view.links.tip_for("cite:0/1")
    assert "2:05 to 2:25" in verified
    assert "Supported" in verified
    assert unverified.splitlines()[1].startswith("Doubtful: ")


def test_many_times_fold_and_unfold(page: NotePage) -> None:
    section = Section("H", tuple(Cite(n * 10.0, n * 10.0 + 5, True) for n in range(20)), "c", "s")
    page.show_note(replace(make_note(), sections=(section,)))
    assert "+17 more" in text_of(page.view)
    assert "3:10" not in text_of(page.view)
    page.view.anchorClicked.emit(QUrl("more:0"))
    assert "3:10" in text_of(page.view)
    assert "more" not in text_of(page.view)


@pytest.mark.parametrize(
    "href",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "cite:99/0",
        "cite:0/99",
        "more:-1",
        "more:x",
        "qrc:/x",
        "/etc/passwd",
        "",
    ],
)
def test_no_other_address_is_followed(page: NotePage, href: str) -> None:
    page.show_note(make_note())
    before = page.view.source()
    cites, links = QSignalSpy(page.cite_activated), QSignalSpy(page.link_activated)
    page.view.anchorClicked.emit(QUrl(href))
    assert (cites.count(), links.count()) == (0, 0)
    assert page.view.source() == before


def test_a_link_to_the_web_is_a_wish_with_its_video(page: NotePage) -> None:
    note = make_note()
    page.show_note(note)
    spy = QSignalSpy(page.link_activated)
    page.view.anchorClicked.emit(QUrl("https://example.org/a"))
    assert spy.at(0) == ["https://example.org/a", note.video]


# --- hostile text ---

HOSTILE = (
    "![x](file:///etc/passwd) ![y](https://evil.test/a.png) <img src=x onerror=alert(1)> "
    "<script>alert(1)</script> [z](javascript:alert(1)) [w](file:///etc/passwd) "
    '[t](https://ok.test "<img src=file:///etc/passwd>") \x00 \ud800 &#0; <style>p{}</style>'
)


def test_hostile_text_reads_no_file_and_becomes_no_link(page: NotePage, monkeypatch) -> None:
    asked: list[str] = []
    real = QTextDocument.loadResource

    def watched(self: QTextDocument, kind: int, url: QUrl) -> object:
        asked.append(url.toString())
        return real(self, kind, url)

    monkeypatch.setattr(QTextDocument, "loadResource", watched)
    section = Section(HOSTILE, (), HOSTILE, HOSTILE, HOSTILE)
    page.show_note(replace(make_note(), title=HOSTILE, sections=(section,)))
    QApplication.processEvents()
    page.grab()
    assert asked == []
    hrefs = set()
    block = page.view.document().begin()
    while block.isValid():
        for found in block:
            hrefs.add(found.fragment().charFormat().anchorHref())
        block = block.next()
    assert hrefs <= {"", "https://ok.test"}
    assert "\x00" not in page.view.toPlainText()


def test_any_picture_is_a_valid_picture_of_nothing(page: NotePage) -> None:
    for answer in (
        page.view.loadResource(2, QUrl("file:///etc/passwd")),
        NoteDocument(NoteStyle(palette(), 15), page.font()).loadResource(2, QUrl("x")),
        no_image(),
    ):
        assert isinstance(answer, QImage)
        assert not answer.isNull()


def test_tips_of_hostile_links_are_plain(page: NotePage) -> None:
    from notegen_desktop.ui.kit.text import plain_tip

    assert "<img" not in plain_tip("<img src=file:///etc/passwd>")
    assert "&lt;img" in plain_tip("<img src=file:///etc/passwd>")


@pytest.mark.parametrize(
    "text",
    ["x" * 400_000, "*" * 40_000, "[" * 20_000, "> " * 5_000 + "x", "- a\n" * 30_000, "ا" * 90_000],
    ids=["one word", "stars", "brackets", "quotes", "list", "arabic"],
)
def test_a_huge_or_nasty_section_is_shown_soon(page: NotePage, text: str) -> None:
    note = replace(make_note(), sections=(Section("H", (), text, text, text),))
    start = time.thread_time()
    page.show_note(note)
    page.grab()
    assert time.thread_time() - start < 2.0
    assert "H" in text_of(page.view)


# --- long sections ---

PARAGRAPH = "Some **plain** words of a talk, with `code` and *weight*, as they are said there. " * 5
LONG = "\n\n".join(
    f"{PARAGRAPH}\n\n- item {number} of a list\n- another\n\n```\nx = {number}\n```"
    for number in range(500)
)
"""Markdown of one section of a note on a ten-hour talk: 230,000 characters."""


class Watch:
    """Stand-in for the module `time`, advanced only by the rendering of parts."""

    def __init__(self) -> None:
        self.now = 0.0

    def thread_time(self) -> float:
        return self.now

    perf_counter = thread_time


PART_S = 0.01


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    """Simulate a slow machine, on which each part of a note takes PART_S to render."""
    watch, append = Watch(), NoteDocument.append_from

    def slowly(self: NoteDocument, parts: Iterator[str], **limits: Any) -> bool:
        def made() -> Iterator[str]:
            for part in parts:
                watch.now += PART_S
                yield part

        return append(self, made(), **limits)

    monkeypatch.setattr(NoteDocument, "append_from", slowly)
    for module in (note_document, note_view):
        monkeypatch.setattr(module, "time", watch)
    return watch


def turn(page: NotePage, condition: Callable[[], object], watch: Watch | None = None) -> float:
    """Process events until `condition` holds; return the longest turn in seconds of `watch`."""
    watch, longest = watch or Watch(), 0.0
    for _ in range(4000):
        start = watch.now
        QApplication.processEvents()
        longest = max(longest, watch.now - start)
        if condition():
            return longest
        time.sleep(0.001)
    raise AssertionError("waited in vain")


def test_all_of_a_long_section_is_shown_and_the_window_is_never_held_up(
    page: NotePage, watch: Watch
) -> None:
    """At each level, by find and to the end: no turn takes longer than the limit REACH_S."""
    long = re.sub(r"(there\. |of a list)$", r"\1 [^2]", LONG, flags=re.M)
    texts = (f"{long}\n\nThe end of {level}." for level in Level)
    cites = (Cite(1, 2, True, 1), Cite(3, 4, False, 2, Doubt.NAME, "talk"))
    last = Section("Last", (), "short", "short", "short")
    note = replace(make_note(), sections=(Section("Long", cites, *texts), last))
    page.show_note(note)
    page.find_bar.open_bar()
    page.find_bar._edit.setText("The end of standard.")
    page.view.scroll_to_section(1)
    opening = watch.now
    longest = turn(
        page, lambda: page.view.is_whole and "found" in page.statements.words.text(), watch
    )
    assert opening < 2 * (REACH_S + PART_S) < watch.now / 10, "a place by find, and a section"
    assert page.find_bar._count.text() == "1 of 1"
    assert page.view.toPlainText().count("item") == 500
    for level in Level:
        start = watch.now
        page.set_level(level)
        longest = max(longest, turn(page, lambda: True, watch), watch.now - start)
        assert f"The end of {level}." in page.view.toPlainText()
    page.view.selectAll()
    assert "The end of comprehensive." in page.view.selection_markdown()
    assert longest < REACH_S + PART_S


def test_a_section_is_reached_as_soon_as_what_is_above_it_is_written(page: NotePage) -> None:
    long = Section("Long", (), LONG, LONG, LONG)
    page.show_note(replace(make_note(), sections=(long, *long_note().sections)))
    page.view.scroll_to_section(3)
    turn(page, lambda: page.view.is_section_visible(3))
    assert not page.view.is_section_visible(0)


def test_a_long_draft_shows_its_end(page: NotePage) -> None:
    for text in (LONG, f"{LONG}\n\nThe end."):
        draft = Draft("T", (DraftSection("H", (), text, text, text),))
        page.show_draft(draft, video=make_video())
        turn(page, lambda: not page.view._grow_timer.isActive())
    assert page.view.toPlainText().strip().endswith("The end.")


@pytest.mark.parametrize(
    "text",
    [
        "".join(f"{number}. item\n" for number in range(1, 2000)),
        "- item\n" * 2500,
        "> said\n>\n" * 4000,
        "| a | b |\n|---|---|\n" + "| item | row |\n" * 1500,
        "```py\n" + "item = 1\n" * 4000 + "```",
        "item " * 10_000,
        "[item][1] in words\n\n" * 2000 + "[1]: https://a.example/",
    ],
    ids=["numbers", "list", "quote", "table", "code", "words", "links"],
)
def test_a_long_block_is_cut_between_its_lines_and_loses_none(page: NotePage, text: str) -> None:
    page.show_note(replace(make_note(), sections=(Section("H", (), text, text, text),)))
    turn(page, lambda: page.view.is_whole)
    shown = page.view.toPlainText()
    assert shown.count("item") == text.count("item")
    assert "```" not in shown
    if text.startswith("1."):
        document = page.view.document()
        block = document.findBlockByNumber(document.blockCount() - 1)
        assert block.textList().itemText(block) == "1999."
    if "https" in text:
        assert "https" not in shown


# --- find and copy ---


def test_find_counts_selects_and_goes_round(page: NotePage, qtbot) -> None:
    page.show_note(make_note(sections=4))
    page.find_bar.open_bar()
    edit = page.find_bar._edit
    qtbot.keyClicks(edit, "some words")
    assert page.find_bar._count.text() == "1 of 4"
    assert page.view.textCursor().selectedText() == "some words"
    qtbot.keyClick(edit, Qt.Key.Key_Return)
    assert page.find_bar._count.text() == "2 of 4"
    qtbot.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert page.find_bar._count.text() == "4 of 4"
    edit.setText("no such words")
    assert page.find_bar._count.text() == "Not found"
    qtbot.keyClick(edit, Qt.Key.Key_Escape)
    assert not page.find_bar.isVisible()
    assert page.view.extraSelections() == []


@pytest.mark.parametrize("change", ["another size", "unfolded", "the note again"])
def test_finding_begins_at_the_top_of_a_note_that_is_written_again(
    page: NotePage, change: str
) -> None:
    page.show_note(long_note())
    if change == "another size":
        theme().set_reading_size(18)
    elif change == "unfolded":
        page.view.show_answer(0)
    else:
        page.show_note(long_note())
    assert page.view.textCursor().position() == 0


def test_the_whole_note_is_copied_as_markdown_with_links_into_the_video(page: NotePage) -> None:
    note = make_note()
    page.show_note(note)
    page.copy_button.click()
    text = QGuiApplication.clipboard().text()
    assert text.startswith(f"# {note.title}")
    assert f"{note.video.url}&t=125s" in text
    assert "## Part 2" in text


def test_the_whole_note_is_copied_in_each_form_that_programs_take(page: NotePage) -> None:
    page.show_note(make_note())
    page.copy_formatted()
    data = QGuiApplication.clipboard().mimeData()
    markdown = bytes(data.data("text/markdown").data()).decode()
    assert markdown == page.view.markdown()
    assert "<h1>" in data.html()
    assert "<h2>" in data.html()
    assert "&amp;t=" in data.html()
    for section in make_note().sections:
        assert section.heading in data.text()
    assert not page.view.textCursor().hasSelection()


def test_a_selection_is_copied_with_links_into_the_video(page: NotePage) -> None:
    note = make_note()
    page.show_note(note)
    page.view.selectAll()
    data = page.view.createMimeDataFromSelection()
    markdown = bytes(data.data("text/markdown").data()).decode()
    for text in (markdown, data.html()):
        assert note.video.link_at(125).replace("&", "&amp;") in text.replace("&amp;", "&").replace(
            "&", "&amp;"
        )
        assert "cite:" not in text
    assert "Part 1: what is kept" in data.text()
    assert "\u00a0" not in data.text()


def test_a_part_of_a_note_is_copied_as_clean_markdown(page: NotePage) -> None:
    words = "Plain words and more of them in a long line with *emphasis here* and **weight**. "
    text = f"{words * 3}\n\n- one {words}\n- two\n\n> quoted {words}"
    cites = (Cite(125, 130, True), Cite(190, 200, False))
    section = Section("Heading", cites, text, text, text)
    page.show_note(replace(make_note(), sections=(section,)))
    cursor = page.view.textCursor()
    cursor.setPosition(page.view.document().find("Heading").selectionStart())
    cursor.movePosition(cursor.MoveOperation.End, cursor.MoveMode.KeepAnchor)
    page.view.setTextCursor(cursor)
    url = make_video().url
    assert page.view.selection_markdown().split("\n") == [
        "## Heading",
        "",
        f"[2:05]({url}&t=125s) [3:10?]({url}&t=190s)",
        "",
        (words * 3).strip(),
        "",
        f"- one {words}".strip(),
        "- two",
        "",
        f"> quoted {words}".strip(),
        "",
    ]


MARKS = """Words *em* **bold `code` in** ~~old~~ [lin**k**](https://e.example/a_b), `a*b`, 2 *4.

### Sub *head*

- one
- two
    1. first
    2. second
- three

> quoted
>
> - said
>
> > deeper

```
def f():

    return `x`
```

| A | B |
| --- | --- |
| x **y** | z_1 |

```
other code
```

The end."""


def select(page: NotePage, first: str, last: str) -> None:
    """Select from the start of `first` to the end of `last`."""
    cursor = page.view.document().find(first)
    start = cursor.selectionStart()
    end = page.view.document().find(last, start).selectionEnd()
    cursor.setPosition(start)
    cursor.setPosition(end, cursor.MoveMode.KeepAnchor)
    page.view.setTextCursor(cursor)


def test_a_selection_keeps_every_mark(page: NotePage) -> None:
    section = Section("Heading", (), MARKS, MARKS, MARKS)
    page.show_note(replace(make_note(), sections=(section,)))
    select(page, "Words", "The end.")
    copied = page.view.selection_markdown()
    assert copied == MARKS + "\n"
    html = page.view.createMimeDataFromSelection().html()
    assert to_html(MARKS) in html
    for what, first, last in (("`code`", "code", "code"), ("`return`", "return", "return")):
        select(page, first, last)
        assert what in page.view.selection_markdown()


def test_nothing_copied_is_active_in_another_program(page: NotePage) -> None:
    for hostile in HOSTILE_TEXTS:
        text = f"{hostile}\n\nend"
        section = Section(hostile, (), text, text, text)
        page.show_note(replace(make_note(), title=hostile, sections=(section,)))
        whole = page.view.markdown()
        cursor = page.view.textCursor()
        cursor.setPosition(1)
        cursor.movePosition(cursor.MoveOperation.End, cursor.MoveMode.KeepAnchor)
        page.view.setTextCursor(cursor)
        for copied in (whole, page.view.selection_markdown()):
            tags = in_another_program(copied)
            assert tags.names <= ALLOWED, hostile
            assert all(address.startswith("https://") for address in tags.addresses), hostile


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_no_colour_or_font_of_the_window_travels_with_a_copy(
    page: NotePage, qapp, choice: str
) -> None:
    apply_theme(qapp, choice)
    page.show_note(make_note())
    for first in ("Part 1", "words"):
        select(page, first, "words")
        html = page.view.createMimeDataFromSelection().html()
        assert "words" in html
        assert "color" not in html
        assert "style" not in html
        assert 'lang="en"' in html
        assert "font" not in html


def test_the_export_menu_offers_the_formats_and_asks_for_them(page: NotePage) -> None:
    note = make_note()
    page.show_note(note)
    page.set_formats(("md", "html", "pdf", "anki"))
    spy = QSignalSpy(page.save_wanted)
    actions = {action.objectName(): action for action in page._menu.actions()}
    assert {"export:md", "export:html", "export:pdf", "export:anki"} <= set(actions)
    page.set_level(Level.CONCISE)
    actions["export:pdf"].trigger()
    assert spy.at(0) == [note, "pdf", Level.CONCISE]


def test_a_note_in_the_making_can_be_copied_but_not_saved(page: NotePage) -> None:
    page.show_draft(Draft("T", (DraftSection("H", (), "c", "half a text"),)), video=make_video())
    assert not any(
        action.isEnabled()
        for action in page._menu.actions()
        if action.objectName().startswith("export:")
    )
    page.copy_markdown()
    assert "half a text" in QGuiApplication.clipboard().text()


# --- appearance ---


def test_a_change_of_theme_keeps_the_note_and_the_place(page: NotePage, qapp) -> None:
    page.show_note(long_note())
    QApplication.processEvents()
    page.view.scroll_to_section(4)
    apply_theme(qapp, "dark")
    document = page.view.document()
    assert isinstance(document, NoteDocument)
    assert document.place_at(page.view.verticalScrollBar().value() + 28).part == 5
    heading = document.begin().begin().fragment().charFormat().foreground().color().name()
    assert heading == palette().accent_ink


def test_the_text_size_changes_at_once(page: NotePage) -> None:
    page.show_note(make_note())
    theme().set_reading_size(20)
    assert page.view.document().defaultFont().pixelSize() == 20
    theme().set_reading_size(15)
    assert page.view.document().defaultFont().pixelSize() == 15


def test_names_are_those_that_are_relied_on(page: NotePage) -> None:
    assert page.view.objectName() == "noteView"
    assert page.levels.objectName() == "levelSelector"
    assert page.strip.objectName() == "coverageStrip"
    assert page.export_button.objectName() == "exportButton"
    for widget in (page.view, page.levels, page.strip, page.export_button, page.find_button):
        assert widget.accessibleName()


def test_the_places_of_matches_stand_in_the_scroll_bar(page: NotePage, qtbot) -> None:
    page.show_note(long_note(12))
    qtbot.waitUntil(lambda: page.view.is_whole)
    bar = page.view.verticalScrollBar()
    assert page.view.finder.search("Section 6") == 1
    assert 0.3 < bar.marks[0] < 0.7
    assert page.view.finder.search("Words 3.") == 60
    assert len(bar.marks) >= 1
    page.find_bar.close_bar()
    assert bar.marks == ()


@pytest.fixture
def cards(page: NotePage) -> NotePage:
    page.kind = TabKind("Flashcards", "layers", cards=True)
    page.show_note(long_note(4))
    return page


def test_answers_of_cards_can_be_covered_and_each_is_turned_over_by_a_click(
    cards: NotePage,
) -> None:
    assert "Words 1." in text_of(cards.view)
    assert cards.cover_button.isVisible()
    cards.cover_button.click()
    assert "Section 1" in text_of(cards.view)
    assert "Words" not in text_of(cards.view)
    cards.view.links.follow("more:1")
    assert "Words 1." in text_of(cards.view)
    assert "Words 2." not in text_of(cards.view)
    cards.set_level(Level.CONCISE)
    assert "Gist 1." in text_of(cards.view)
    assert "Gist 2." not in text_of(cards.view)
    cards.cover_button.click()
    assert "Gist 2." in text_of(cards.view)


def test_space_turns_the_card_over_that_is_looked_at(cards: NotePage, qtbot) -> None:
    cards.cover_button.click()
    cards.resize(820, 300)
    cards.view.scroll_to_section(0)
    section = cards.view.section
    assert section >= 0
    qtbot.keyClick(cards.view, Qt.Key.Key_Space)
    assert f"Words {section}." in text_of(cards.view)


def test_a_note_without_cards_has_nothing_to_cover(page: NotePage) -> None:
    page.show_note(long_note(4))
    assert not page.cover_button.isVisible()


@pytest.mark.parametrize("width", [300, 320, 360, 500, 1000])
def test_no_button_of_a_note_is_squeezed_in_a_narrow_page(page: NotePage, width: int) -> None:
    page.show_note(make_note(note_id="n1"))
    for button in (page.practice_button, page.cover_button, page.remarks_button):
        button.show()
    page.resize(width, 600)
    QApplication.processEvents()
    buttons = [each for each in page._buttons.findChildren(QToolButton) if each.isVisible()]
    assert len(buttons) > 8
    for button in buttons:
        room = min(button.minimumSizeHint().width(), button.maximumWidth())
        assert button.width() >= room, button.accessibleName()
        assert button.mapTo(page, button.rect().topLeft()).x() >= 0
