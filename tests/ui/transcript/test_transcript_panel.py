"""Transcript panel: fast at any length, searched, quoted, and scrolled with the note."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QAccessible, QAction, QGuiApplication, QTextLayout
from PySide6.QtTest import QAbstractItemModelTester, QSignalSpy
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QPushButton

from notegen_desktop.domain.errors import DatabaseUnavailable, NetworkUnreachable, NoCaptions
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript, TranscriptKind
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.media.transcript_index import TranscriptIndex
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.theme import apply_theme, palette
from notegen_desktop.ui.transcript.delegate import TranscriptDelegate, _marks
from notegen_desktop.ui.transcript.model import ROW_ROLE, Row, TranscriptModel
from notegen_desktop.ui.transcript.panel import TranscriptPanel
from notegen_desktop.ui.transcript.segment_list import SegmentList
from notegen_desktop.ui.transcript.tracks import TrackChoice, in_order, labels, track_words
from tests.fakes.services import FakeServices, make_video
from tests.ui.conftest import clear_away, counted, until
from tests.ui.talks import ARABIC, CHINESE, ENGLISH, TEN_HOURS, note_on, talk

VIDEO = make_video()
Flag = QItemSelectionModel.SelectionFlag


@pytest.fixture
def panel(qtbot) -> TranscriptPanel:
    panel = TranscriptPanel()
    qtbot.addWidget(panel)
    panel.resize(360, 640)
    panel.show()
    return panel


def show(panel: TranscriptPanel, transcript: Transcript, *cited: tuple[int, int]) -> None:
    panel.show_transcript(
        TranscriptIndex(transcript), VIDEO, note_on(VIDEO, *cited) if cited else None
    )
    QApplication.processEvents()


def choose(panel: TranscriptPanel, *rows: int) -> None:
    chosen = panel.list.selectionModel()
    chosen.clearSelection()
    for row in rows:
        chosen.setCurrentIndex(panel.model.index(row), Flag.Select)


def seen(view: SegmentList) -> list[int]:
    return [
        row
        for row in range(view.model().rowCount())
        if view.visualRect(view.model().index(row)).intersects(view.viewport().rect())
    ]


def settled(view: SegmentList) -> bool:
    return view._scroll.state() == view._scroll.State.Stopped


# --- the model ---


def test_the_model_keeps_qts_rules() -> None:
    model = TranscriptModel()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.set_spoken(TranscriptIndex(talk(50)))
    model.find("strengthens")
    model.choose(3)
    model.set_cited({2: (0,)})
    model.set_read([2])
    model.set_spoken(TranscriptIndex(talk(3)))
    model.set_spoken(None)


def test_a_row_is_told_with_time_speaker_words_and_what_cites_it() -> None:
    model = TranscriptModel()
    model.set_spoken(TranscriptIndex(talk(10, speakers=True)))
    model.set_cited({4: (0, 2)})
    told = model.index(4).data(Qt.ItemDataRole.AccessibleTextRole)
    assert told.startswith("0:40, Speaker 1, N4 Recall")
    assert told.endswith("cited by 1, 3")


def test_words_are_shown_as_they_are_whatever_they_look_like() -> None:
    transcript = talk(1, words="<b>bold</b> &amp; \x00\n\n  spaced")
    model = TranscriptModel()
    model.set_spoken(TranscriptIndex(transcript))
    assert model.text(0) == "N0 <b>bold</b> &amp; \ufffd spaced"


# --- the list ---


@pytest.mark.parametrize("words", [ENGLISH, CHINESE, ARABIC, "👩‍👩‍👧 emoji and e\u0301 ", "x" * 90])
def test_rows_have_room_for_their_words_and_follow_each_other(
    panel: TranscriptPanel, words: str
) -> None:
    show(panel, talk(80, words=words, speakers=True))
    view = panel.list
    for at in (0, 700, 5000):
        view.verticalScrollBar().setValue(at)
        rows = seen(view)
        assert rows
        bottom = None
        for row in rows:
            rect = view.visualRect(view.model().index(row))
            assert bottom is None or rect.top() == bottom
            bottom = rect.top() + rect.height()
            shown = panel.model.row(row)
            width = panel._delegate.text_width(rect.width())
            layout = panel._delegate.layout_of(shown.text, width)
            lines = [layout.lineAt(n) for n in range(layout.lineCount())]
            needed = sum(line.height() for line in lines)
            assert rect.height() >= needed
            assert all(line.naturalTextWidth() <= width + 1 for line in lines)
        assert bottom is not None
        assert bottom >= view.viewport().height() or rows[-1] == 79


def test_only_what_is_seen_is_measured(panel: TranscriptPanel) -> None:
    show(panel, talk(TEN_HOURS))
    assert panel.list._heights.measured < 60
    panel.list.verticalScrollBar().setValue(panel.list.verticalScrollBar().maximum() // 2)
    assert panel.list._heights.measured < 120


def test_the_last_row_can_be_reached_and_ends_where_the_list_ends(panel: TranscriptPanel) -> None:
    show(panel, talk(TEN_HOURS))
    view = panel.list
    for _ in range(3):
        view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    last = view.visualRect(view.model().index(TEN_HOURS - 1))
    assert last.top() + last.height() == view.viewport().height()


def test_scrolling_up_through_rows_never_seen_moves_what_is_seen_only_as_far(
    panel: TranscriptPanel,
) -> None:
    show(panel, talk(TEN_HOURS))
    view, bar = panel.list, panel.list.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    for _ in range(60):
        row = seen(view)[2]
        before = view.visualRect(view.model().index(row)).top()
        bar.setValue(bar.value() - 37)
        after = view.visualRect(view.model().index(row)).top()
        assert after - before == 37


def test_the_place_is_kept_when_the_width_changes(panel: TranscriptPanel) -> None:
    show(panel, talk(TEN_HOURS))
    view = panel.list
    view.scrollTo(view.model().index(1800), SegmentList.ScrollHint.PositionAtTop)
    assert seen(view)[0] == 1800
    for width in (300, 520, 260):
        panel.resize(width, 640)
        QApplication.processEvents()
        assert 1799 <= seen(view)[0] <= 1800


def test_keys_walk_page_and_jump(panel: TranscriptPanel, qtbot) -> None:
    show(panel, talk(200))
    view = panel.list
    choose(panel, 0)
    qtbot.keyClick(view, Qt.Key.Key_Down)
    assert view.currentIndex().row() == 1
    qtbot.keyClick(view, Qt.Key.Key_PageDown)
    page = view.currentIndex().row()
    assert page >= 3
    assert view.is_seen(page)
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert view.currentIndex().row() < page
    qtbot.keyClick(view, Qt.Key.Key_End)
    assert view.currentIndex().row() == 199
    assert view.is_seen(199)
    qtbot.keyClick(view, Qt.Key.Key_Home)
    assert view.currentIndex().row() == 0
    assert view.is_seen(0)


def test_of_ten_hours_no_more_rows_are_laid_out_than_are_seen(
    panel: TranscriptPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither on opening nor on scrolling: at most 20 layouts for the few visible rows."""
    laid_out = counted(monkeypatch, TranscriptDelegate, "layout_of")
    spoken = TranscriptIndex(talk(TEN_HOURS * 2))
    panel.show_transcript(spoken, VIDEO, note_on(VIDEO, (5, 9), (3000, 3001)))
    panel.list.viewport().repaint()
    bar, steps = panel.list.verticalScrollBar(), [len(laid_out)]
    for number in range(60):
        laid_out.clear()
        bar.setValue(bar.maximum() * number // 60)
        panel.list.viewport().repaint()
        steps.append(len(laid_out))
    assert 0 < max(steps) <= 20


def test_a_list_is_a_list_to_screen_readers(panel: TranscriptPanel) -> None:
    show(panel, talk(30))
    interface = QAccessible.queryAccessibleInterface(panel.list)
    assert interface.text(QAccessible.Text.Name) == "Passages of the transcript"
    assert interface.role() == QAccessible.Role.List
    assert interface.childCount() == 30
    assert interface.child(4).text(QAccessible.Text.Name).startswith("0:40, N4 Recall")


# --- the time, the link ---


def test_a_click_on_a_time_opens_the_video_there(panel: TranscriptPanel, qtbot) -> None:
    show(panel, talk(60))
    spy = QSignalSpy(panel.cite_activated)
    view = panel.list
    rect = panel._delegate.time_rect(view.visualRect(panel.model.index(2)))
    at = QPoint(rect.left() + 20, rect.top() + 12)
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert spy.count() == 1
    assert list(spy.at(0)) == [VIDEO, 20.0]
    words = view.visualRect(panel.model.index(3)).center()
    qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=words)
    assert spy.count() == 1, "a click on the words chooses them"
    assert view.chosen_rows() == [3]


def test_enter_opens_the_video_at_the_passage(panel: TranscriptPanel, qtbot) -> None:
    show(panel, talk(60))
    spy = QSignalSpy(panel.cite_activated)
    choose(panel, 5)
    qtbot.keyClick(panel.list, Qt.Key.Key_Return)
    assert spy.at(0)[1] == 50.0


def test_times_stand_where_the_script_begins(panel: TranscriptPanel) -> None:
    show(panel, talk(10))
    rect = panel.list.visualRect(panel.model.index(0))
    assert panel._delegate.time_rect(rect).left() == rect.left()
    show(panel, talk(10, words=ARABIC, language="ar"))
    assert panel._delegate.time_rect(rect).right() == rect.right()
    layout = panel._delegate.layout_of(panel.model.text(0), 200)
    assert isinstance(layout, QTextLayout)
    line = layout.lineAt(layout.lineCount() - 1)
    assert line.naturalTextRect().right() > 195, "the words end at the right"


def test_times_that_are_guesses_are_marked(panel: TranscriptPanel) -> None:
    show(panel, talk(5, timed=False))
    row = panel.model.index(3).data(ROW_ROLE)
    assert isinstance(row, Row)
    assert row.time == "~0:30"


# --- copying ---


def test_copying_takes_the_words_with_their_link(panel: TranscriptPanel, qtbot) -> None:
    show(panel, talk(60))
    told = QSignalSpy(panel.copied)
    choose(panel, 6)
    qtbot.keyClick(panel.list, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == (
        f"{talk(60).segments[6].text} — [1:00](https://www.youtube.com/watch?v=dQw4w9WgXcQ&t=60s)"
    )
    assert told.at(0)[0] == "Copied the passage with the link."


def test_the_menu_of_a_passage_opens_copies_and_leads_to_sections(panel: TranscriptPanel) -> None:
    show(panel, talk(60), (3, 6), (20, 22))
    choose(panel, 4)
    menu = panel.menu_at(4)
    entries = {action.text(): action for action in menu.actions() if action.text()}
    assert list(entries) == [
        "Open video at 0:40",
        "Copy link to this time",
        "Mark this passage",
        "Remark on this passage…",
        "Copy passage",
        "Save transcript as",
        "Go to “Section 0”",
    ]
    entries["Copy link to this time"].trigger()
    assert QGuiApplication.clipboard().text().endswith("&t=40s")
    saved = QSignalSpy(panel.save_wanted)
    formats = entries["Save transcript as"].menu()
    assert [action.text() for action in formats.actions()] == [
        *("SubRip Subtitles (SRT)…", "Web Subtitles (VTT)…", "Text…", "Markdown…"),
    ]
    formats.actions()[0].trigger()
    assert saved.at(0)[0] == "srt"
    spy = QSignalSpy(panel.section_wanted)
    entries["Go to “Section 0”"].trigger()
    assert spy.at(0)[0] == 0


# --- synchronised with the note ---


def test_the_section_being_read_is_brought_out_and_scrolled_to(
    panel: TranscriptPanel, qtbot
) -> None:
    show(panel, talk(300), (3, 6), (150, 151))
    panel.read_section(1)
    assert panel.model.read_rows == {150, 151}
    qtbot.waitUntil(lambda: settled(panel.list))
    assert panel.list.is_seen(150)
    assert panel.list.is_seen(151)
    panel.read_section(-1)
    assert panel.model.read_rows == frozenset()
    assert panel.list.is_seen(150), "the head of a note rests on nothing: nothing moves"


def test_near_passages_are_glided_to(panel: TranscriptPanel, qtbot) -> None:
    show(panel, talk(300), (0, 0), (8, 8))
    panel.read_section(0)
    panel.read_section(1)
    assert not settled(panel.list)
    qtbot.waitUntil(lambda: settled(panel.list))
    assert panel.list.is_seen(8)


def test_what_is_in_view_already_stays_where_it_is(panel: TranscriptPanel) -> None:
    show(panel, talk(300), (2, 2), (3, 3))
    panel.read_section(0)
    before = panel.list.verticalScrollBar().value()
    panel.read_section(1)
    assert settled(panel.list)
    assert panel.list.verticalScrollBar().value() == before


def test_what_is_read_looks_different_in_both_themes(panel: TranscriptPanel, qapp) -> None:
    show(panel, talk(60), (1, 1))
    panel.read_section(0)
    for name in ("light", "dark"):
        apply_theme(qapp, name)
        QApplication.processEvents()
        image = panel.list.viewport().grab().toImage()
        ratio = image.width() / panel.list.viewport().width()

        def ground(row: int, image=image, ratio=ratio) -> str:
            rect = panel.list.visualRect(panel.model.index(row))
            at = QPoint(rect.right() - 10, rect.bottom() - 2) * ratio
            return image.pixelColor(at).name()

        assert ground(1) == palette().accent_soft
        assert ground(2) != palette().accent_soft


def test_choosing_passages_tells_which_sections_rest_on_them(panel: TranscriptPanel, qtbot) -> None:
    show(panel, talk(60), (3, 6), (5, 8), (20, 20))
    foot = panel._foot
    assert not foot.isVisible()
    choose(panel, 5)
    links = [b for b in foot.findChildren(QPushButton) if b.isVisible()]
    assert [link.text() for link in links] == ["Section 0", "Section 1"]
    assert foot._words.text() == "This passage is cited in"
    spy = QSignalSpy(panel.section_wanted)
    qtbot.mouseClick(links[1], Qt.MouseButton.LeftButton)
    assert spy.at(0)[0] == 1
    choose(panel, 40)
    assert foot._words.text() == "This passage is not cited in the note"
    choose(panel, 40, 41)
    assert foot._words.text() == "These passages are not cited in the note"


def test_the_panel_stays_narrow_whatever_the_headings(panel: TranscriptPanel) -> None:
    show(panel, talk(60))
    note = note_on(VIDEO, (3, 6))
    long = "A heading that has very many words and would never fit " * 4
    panel.show_transcript(
        panel.spoken,  # type: ignore[arg-type]
        VIDEO,
        replace(note, sections=(replace(note.sections[0], heading=long),)),
    )
    choose(panel, 4)
    panel.resize(panel.minimumWidth(), 640)
    QApplication.processEvents()
    assert panel.width() == panel.minimumWidth()
    (link,) = [b for b in panel._foot.findChildren(QPushButton) if b.isVisible()]
    assert link.text().endswith("…")


def test_the_same_transcript_for_another_note_keeps_the_place(panel: TranscriptPanel) -> None:
    spoken = TranscriptIndex(talk(300))
    panel.show_transcript(spoken, VIDEO, note_on(VIDEO, (3, 6)))
    panel.search.setText("N200")
    at = panel.list.verticalScrollBar().value()
    assert at > 0
    panel.show_transcript(spoken, VIDEO, note_on(VIDEO, (7, 8), note_id="n2"))
    assert panel.list.verticalScrollBar().value() == at
    assert panel.model.sections_of([3]) == ()
    assert panel.model.sections_of([7]) == (0,)


# --- search ---


def test_searching_counts_goes_to_and_walks_round(panel: TranscriptPanel, qtbot) -> None:
    show(panel, talk(100))
    panel.search.setText("n1")
    assert panel.finder.count.text() == "1 of 11"  # 1 and 10 to 19
    for _ in range(3):
        qtbot.keyClick(panel.search, Qt.Key.Key_Return)
    assert panel.finder.count.text() == "4 of 11"
    assert panel.list.is_seen(12)
    qtbot.keyClick(panel.search, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert panel.finder.count.text() == "3 of 11"
    for _ in range(3):
        qtbot.mouseClick(panel.finder.previous, Qt.MouseButton.LeftButton)
    assert panel.finder.count.text() == "11 of 11"


def test_a_search_starts_where_the_reader_is(panel: TranscriptPanel) -> None:
    show(panel, talk(200))
    panel.list.scrollTo(panel.model.index(150), SegmentList.ScrollHint.PositionAtTop)
    panel.search.setText("Recall strengthens")
    assert panel.model.matches[panel.model.chosen].row == 150


@pytest.mark.parametrize(
    ("text", "found"),
    [("RECALL   strengthens", True), ("(", False), ("", False), ("   ", False), ("[.*", False)],
)
def test_any_text_may_be_searched_for(panel: TranscriptPanel, text: str, found: bool) -> None:
    show(panel, talk(20))
    panel.search.setText(text)
    assert bool(panel.model.matches) == found
    assert panel.finder.count.text() == (
        "" if not text.strip() else "1 of 60" if found else "Not found"
    )
    assert panel.finder.following.isEnabled() == found


def test_marks_stand_on_the_words_even_behind_emoji(panel: TranscriptPanel) -> None:
    show(panel, talk(1, words="👩‍👩‍👧👍 here it is "))
    panel.search.setText("here")
    row = panel.model.row(0)
    (mark, *_) = _marks(row, palette())
    units = row.text.encode("utf-16-le")
    assert units[mark.start * 2 : (mark.start + mark.length) * 2].decode("utf-16-le") == "here"


def test_escape_clears_the_search_and_down_goes_to_the_match(panel: TranscriptPanel, qtbot) -> None:
    show(panel, talk(100))
    panel.activateWindow()
    panel.search.setText("N42")
    qtbot.keyClick(panel.search, Qt.Key.Key_Down)
    assert panel.list.currentIndex().row() == 42
    qtbot.keyClick(panel.search, Qt.Key.Key_Escape)
    assert panel.search.text() == ""
    assert panel.model.matches == ()


# --- empty panel ---


def words_of(panel: TranscriptPanel) -> str:
    return f"{panel.nothing._title.text()} {panel.nothing._words.text()}"


def test_a_panel_without_words_says_why_and_has_no_search(panel: TranscriptPanel) -> None:
    assert "Reading" in words_of(panel)
    panel.show_none(VIDEO, reason="There were no captions.")
    assert "There were no captions." in words_of(panel)
    assert not panel.search.isVisible()
    show(panel, talk(3))
    assert panel.search.isVisible()
    assert panel.list.isVisible()


def test_a_failure_can_be_tried_again(panel: TranscriptPanel, qtbot) -> None:
    panel.show_failure(DatabaseUnavailable().failure())
    assert DatabaseUnavailable.default_message in words_of(panel)
    spy = QSignalSpy(panel.nothing.pressed)
    qtbot.mouseClick(panel.nothing._button, Qt.MouseButton.LeftButton)
    assert spy.count() == 1


def test_its_parts_have_the_names_scripts_rely_on(panel: TranscriptPanel) -> None:
    assert panel.objectName() == "transcriptPanel"
    assert panel.findChild(QLineEdit, "transcriptSearch") is panel.search
    assert panel.findChild(SegmentList, "transcriptList") is panel.list
    for part in (panel, panel.search, panel.list):
        assert part.accessibleName()


# --- origin of the transcript, and other captions ---

ENGLISH_CAPTIONS = CaptionTrack("en", TranscriptKind.MANUAL)
HEARD = CaptionTrack("en", TranscriptKind.AUTOMATIC)
GERMAN = CaptionTrack("de", TranscriptKind.TRANSLATED)
GERMAN_WORDS = replace(talk(40, language="de"), kind=TranscriptKind.TRANSLATED)


@pytest.fixture
async def choice(
    panel: TranscriptPanel, fakes: FakeServices
) -> AsyncIterator[tuple[TrackChoice, Tasks]]:
    """Yield the caption choice at a video with three tracks, of which the manual one is shown."""
    fakes.source.captions[VIDEO.id] = {
        GERMAN: GERMAN_WORDS,
        HEARD: replace(talk(30), kind=TranscriptKind.AUTOMATIC),
        ENGLISH_CAPTIONS: talk(60),
    }
    tasks = Tasks()
    services: Deferred[Services] = Deferred()
    services.set(fakes.ports)
    made = TrackChoice(panel.origin, services, tasks, panel)
    show(panel, talk(60))
    yield made, tasks
    await tasks.aclose()


def entries(panel: TranscriptPanel) -> dict[str, QAction]:
    return {action.text(): action for action in panel.origin.menu.actions()}


async def opened(panel: TranscriptPanel, tasks: Tasks, qtbot) -> dict[str, QAction]:
    """Open the captions menu and return its entries once the tracks are listed."""
    qtbot.mouseClick(panel.origin.button, Qt.MouseButton.LeftButton)
    await until(lambda: not len(tasks), "the tracks")
    return entries(panel)


async def test_the_captions_of_a_video_are_listed_when_somebody_asks(
    panel: TranscriptPanel, choice: tuple[TrackChoice, Tasks], fakes: FakeServices, qtbot
) -> None:
    button = panel.origin.button
    assert button.isVisible()
    assert button.words == "English, captions"
    assert fakes.source.asked_for_tracks == []
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert panel.origin.menu.isVisible()
    assert list(entries(panel)) == ["Looking for the captions of this video…"]
    await until(lambda: not len(choice[1]), "the tracks")
    found = entries(panel)
    assert list(found) == [
        "English, captions",
        "English, automatic captions",
        "German, translated captions",
    ]
    assert [action.isChecked() for action in found.values()] == [True, False, False]
    panel.origin.menu.close()
    await opened(panel, choice[1], qtbot)
    assert fakes.source.asked_for_tracks == [VIDEO.id], "known by now"


async def test_the_captions_chosen_are_read_and_kept_for_the_next_notes(
    panel: TranscriptPanel, choice: tuple[TrackChoice, Tasks], fakes: FakeServices, qtbot
) -> None:
    fakes.settings.change({"sources.caption_languages": "fr, de"})
    read, said = QSignalSpy(choice[0].words_read), QSignalSpy(choice[0].said)
    (await opened(panel, choice[1], qtbot))["German, translated captions"].trigger()
    assert panel.origin.button.words == "Reading German, translated captions…"
    await until(read.count, "the words")
    assert list(read.at(0)) == [VIDEO.id, GERMAN_WORDS]
    assert said.at(0)[0] == (
        "Changed to German, translated captions. New notes on this video use them; those "
        "there already, or being written, stay: delete one to have it written again."
    )
    assert fakes.source.read_tracks == [GERMAN]
    assert fakes.source.asked_languages == [["fr", "de"]]
    show(panel, GERMAN_WORDS)
    assert panel.origin.button.words == "German, translated captions"
    found = await opened(panel, choice[1], qtbot)
    assert [text for text, action in found.items() if action.isChecked()] == [
        "German, translated captions"
    ]


async def test_choosing_what_is_shown_reads_nothing(
    panel: TranscriptPanel, choice: tuple[TrackChoice, Tasks], fakes: FakeServices, qtbot
) -> None:
    (await opened(panel, choice[1], qtbot))["English, captions"].trigger()
    assert len(choice[1]) == 0
    assert fakes.source.read_tracks == []
    assert panel.origin.button.words == "English, captions"


async def test_captions_that_cannot_be_read_leave_those_shown_and_those_used(
    panel: TranscriptPanel, choice: tuple[TrackChoice, Tasks], fakes: FakeServices, qtbot
) -> None:
    fakes.source.captions[VIDEO.id][GERMAN] = NoCaptions("They are gone.")
    failed = QSignalSpy(choice[1].failed)
    (await opened(panel, choice[1], qtbot))["German, translated captions"].trigger()
    await until(failed.count, "the failure")
    assert failed.at(0)[0].message == "They are gone."
    assert panel.origin.button.words == "English, captions"
    assert panel.spoken is not None


async def test_no_captions_and_no_answer_are_told_in_the_menu_and_asked_again(
    panel: TranscriptPanel, choice: tuple[TrackChoice, Tasks], fakes: FakeServices, qtbot
) -> None:
    captions = fakes.source.captions.pop(VIDEO.id)
    found = await opened(panel, choice[1], qtbot)
    assert list(found) == ["This video has no captions at present."]
    panel.origin.menu.close()
    fakes.source.failures[VIDEO.id] = NetworkUnreachable()
    found = await opened(panel, choice[1], qtbot)
    failure = NetworkUnreachable().failure()
    assert list(found) == [failure.message, failure.hint]
    assert not any(action.isEnabled() for action in found.values())
    panel.origin.menu.close()
    fakes.source.failures.clear()
    fakes.source.captions[VIDEO.id] = captions
    assert len(await opened(panel, choice[1], qtbot)) == 3


async def test_what_another_video_has_is_not_offered(
    panel: TranscriptPanel, choice: tuple[TrackChoice, Tasks], qtbot
) -> None:
    qtbot.mouseClick(panel.origin.button, Qt.MouseButton.LeftButton)
    panel.show_transcript(TranscriptIndex(talk(5)), make_video("aaaaaaaaaaa"), None)
    assert not panel.origin.menu.isVisible()
    await until(lambda: not len(choice[1]), "the tracks of the video before")
    assert "English, captions" not in entries(panel)
    assert list(await opened(panel, choice[1], qtbot)) == ["This video has no captions at present."]


async def test_captions_are_chosen_with_keys_alone(
    panel: TranscriptPanel, choice: tuple[TrackChoice, Tasks], fakes: FakeServices, qtbot
) -> None:
    read = QSignalSpy(choice[0].words_read)
    button = panel.origin.button
    assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Down):
        qtbot.keyClick(button, key)
        await until(lambda: not len(choice[1]), "the tracks")
        assert panel.origin.menu.isVisible()
        qtbot.keyClick(panel.origin.menu, Qt.Key.Key_Escape)
        assert not panel.origin.menu.isVisible()
    qtbot.keyClick(button, Qt.Key.Key_Return)
    qtbot.keyClick(panel.origin.menu, Qt.Key.Key_Down)
    qtbot.keyClick(panel.origin.menu, Qt.Key.Key_Return)
    await until(read.count, "the words")
    assert fakes.source.read_tracks == [HEARD]


def test_a_file_says_where_its_words_come_from_and_offers_nothing(panel: TranscriptPanel) -> None:
    film = replace(VIDEO, id="file-1", url="/films/talk.mp4", provider="file")
    words = replace(talk(5), kind=TranscriptKind.FILE)
    panel.show_transcript(TranscriptIndex(words), film, None)
    assert not panel.origin.button.isVisible()
    assert panel.origin.label.isVisible()
    assert panel.origin.label.text() == "English, from a file"


def test_the_origin_is_named_and_shortens_itself(panel: TranscriptPanel) -> None:
    show(panel, talk(5, timed=False, language="pt-BR"))
    button = panel.origin.button
    assert button.objectName() == "transcriptTrackButton"
    assert button.accessibleName() == f"Words from: {button.words}"
    panel.resize(panel.minimumWidth(), 640)
    QApplication.processEvents()
    assert panel.width() == panel.minimumWidth()
    assert button.text().endswith("…")
    assert button.geometry().right() <= panel.origin.rect().right()


def test_tracks_are_ordered_and_told_apart() -> None:
    human = [CaptionTrack(tag, TranscriptKind.MANUAL) for tag in ("en", "de", "en-x1", "fr")]
    ordered = in_order([GERMAN, HEARD, *human], ["fr-CA", "de"])
    assert [track.language for track in ordered] == ["fr", "de", "en", "en-x1", "en", "de"]
    assert labels(ordered, track_words)[2:5] == [
        "English, captions (en)",
        "English, captions (en-x1)",
        "English, automatic captions",
    ]


def test_a_hundred_translations_stand_one_level_down(panel: TranscriptPanel) -> None:
    show(panel, talk(5))
    tags = ["de", *(f"{a}{b}" for a in "ghijklmnq" for b in "xyzbcdfghjk")]
    foreign = [CaptionTrack(tag, TranscriptKind.TRANSLATED) for tag in tags]
    panel.origin.show_tracks([*foreign, ENGLISH_CAPTIONS])
    assert list(entries(panel)) == ["English, captions", "Translated by machine"]
    further = entries(panel)["Translated by machine"].menu()
    assert len(further.actions()) == 100
    assert "German" in [action.text() for action in further.actions()]
    panel.origin.show_tracks([HEARD])
    clear_away()
    assert list(entries(panel)) == ["English, automatic captions"]
    assert panel.origin.menu.findChildren(QMenu) == []
