"""Synchronised scrolling of note and transcript, with either as the leader."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QSettings, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication

from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest, Stage, Status
from notegen_desktop.domain.notes.note import Draft, DraftSection, Engine, Level, Mode
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.notes.note_document import NoteDocument
from notegen_desktop.ui.notes.note_page import NotePage
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from notegen_desktop.ui.transcript.delegate import TranscriptDelegate
from notegen_desktop.ui.window.side_panes.reading import Reading
from tests.fakes.services import FakeServices, FakeStore, make_video
from tests.ui.conftest import counted, until
from tests.ui.talks import TEN_HOURS, note_on, talk

VIDEO = make_video(duration_s=3000.0)
CITED = tuple((start, start + 4) for start in range(6, 296, 20))
"""Ranges of segments for fifteen sections in the order of the talk."""


@pytest.fixture
async def reading(qtbot, fakes: FakeServices) -> AsyncIterator[Reading]:
    tasks = Tasks()
    results = ResultTabs()
    results.set_templates(fakes.templates.all())
    reading = Reading(results, Deferred(), tasks)
    qtbot.addWidget(reading)
    reading.resize(1000, 700)
    reading.show()
    reading.together._rest.setInterval(20)
    yield reading
    await tasks.aclose()


async def read(
    reading: Reading, *cited: tuple[int, int], rows: int = 300, level: Level = Level.STANDARD
) -> NotePage:
    """Open a note with one section per range of segments beside its transcript; return its page."""
    store = FakeStore()
    store.transcripts[VIDEO.id] = talk(rows)
    reading._services.set(replace(FakeServices().ports, store=store))
    reading.results.open_note(note_on(VIDEO, *cited))
    reading.set_open(True)
    await until(lambda: reading.panel.spoken is not None, "the transcript")
    page = reading.results.page_shown
    assert page is not None
    page.set_level(level)
    await until(lambda: page.view.is_whole, "the whole note")
    await rest(reading)
    return page


async def rest(reading: Reading) -> None:
    """Wait until no scroll animation runs and the timer for a resting transcript has ended."""

    def still() -> bool:
        page = reading.results.page_shown
        glides = [reading.panel.list._scroll, *([page.view._scroll] if page else [])]
        waits = reading.together._rest.isActive()
        return not waits and not any(glide.moves for glide in glides)

    await until(still, "a rest")


def wheel(view: QAbstractScrollArea, notches: float = -1) -> None:
    """Turn the mouse wheel over a view; one notch down is -1."""
    at = QPointF(view.viewport().rect().center())
    event = QWheelEvent(
        at,
        view.viewport().mapToGlobal(at),
        QPoint(),
        QPoint(0, round(120 * notches)),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.viewport(), event)


def value(view: QAbstractScrollArea) -> int:
    return view.verticalScrollBar().value()


# --- the transcript leads ---


@pytest.mark.parametrize("level", list(Level))
async def test_the_note_shows_what_cites_the_passages_in_view(
    reading: Reading, level: Level
) -> None:
    page = await read(reading, *CITED, level=level)
    view = reading.panel.list
    while value(view) < view.verticalScrollBar().maximum():
        for _ in range(5):
            wheel(view)
        await rest(reading)
        citing = reading.panel.model.sections_of(view.rows_seen())
        assert not citing or any(page.view.is_section_visible(section) for section in citing)
    assert value(page.view) == page.view.verticalScrollBar().maximum()


async def test_the_note_moves_gently_and_never_back_while_the_transcript_runs_on(
    reading: Reading,
) -> None:
    page = await read(reading, *CITED)
    view = reading.panel.list
    at = [value(page.view)]
    while value(view) < view.verticalScrollBar().maximum():
        wheel(view)
        at.append(value(page.view))
    steps = [b - a for a, b in pairwise(at)]
    assert min(steps) >= 0
    assert max(steps) <= page.view.viewport().height() / 2
    assert at[-1] == page.view.verticalScrollBar().maximum()
    while value(view):
        wheel(view, 1)
        at.append(value(page.view))
    assert at[-1] == 0


async def test_what_follows_does_not_move_who_leads(reading: Reading) -> None:
    page = await read(reading, *CITED)
    view = reading.panel.list
    for _ in range(30):
        before = value(view)
        wheel(view)
        moved = value(view)
        assert moved > before
        await asyncio.sleep(0)  # a turn of Qt's loop
        assert value(view) == moved
    await rest(reading)
    assert value(view) == moved
    assert value(page.view) > 0


async def test_keys_and_the_scroll_bar_lead_as_the_wheel_does(reading: Reading, qtbot) -> None:
    page = await read(reading, *CITED)
    bar = reading.panel.list.verticalScrollBar()
    bar.setSliderDown(True)
    bar.setSliderPosition(bar.maximum() // 2)
    bar.setSliderDown(False)
    await rest(reading)
    assert page.view.is_section_visible(7)
    reading.activateWindow()
    qtbot.keyClick(reading.panel.list, Qt.Key.Key_End)
    await rest(reading)
    assert page.view.is_section_visible(14)
    qtbot.keyClick(reading.panel.list, Qt.Key.Key_Home)
    await rest(reading)
    assert page.view.is_section_visible(0)


async def test_a_section_told_out_of_turn_is_shown_when_the_transcript_rests_there(
    reading: Reading,
) -> None:
    page = await read(reading, *CITED[:-1], (140, 141), (8, 9))  # the last cites an earlier passage
    view = reading.panel.list
    while not view.is_seen(140):
        wheel(view)
    at = [value(page.view)]
    for notches in (0.2, -0.2, 0.2, -0.2):
        wheel(view, notches)
        at.append(value(page.view))
    assert max(abs(b - a) for a, b in pairwise(at)) < 200, "on the way it stays where it is"
    await rest(reading)
    citing = reading.panel.model.sections_of(view.rows_seen())
    assert any(page.view.is_section_visible(section) for section in citing)


async def test_the_sections_may_stand_in_any_order(reading: Reading) -> None:
    page = await read(reading, *reversed(CITED))
    view = reading.panel.list
    for _ in range(12):
        for _ in range(6):
            wheel(view)
        await rest(reading)
        citing = reading.panel.model.sections_of(view.rows_seen())
        assert not citing or any(page.view.is_section_visible(section) for section in citing)


async def test_a_passage_that_is_chosen_leads_to_what_rests_on_it(
    reading: Reading,
) -> None:
    page = await read(reading, *CITED)
    reading.panel.list.setCurrentIndex(reading.panel.model.index(188))
    await rest(reading)
    assert page.view.is_section_visible(9)
    place = value(page.view)
    reading.panel.list.setCurrentIndex(reading.panel.model.index(187))
    await rest(reading)
    assert value(page.view) == place, "it is in view already"


async def test_a_search_leads_the_note_to_where_its_match_belongs(reading: Reading) -> None:
    page = await read(reading, *CITED)
    reading.panel.search.setText("N248")
    await rest(reading)
    assert page.view.is_section_visible(12)
    reading.panel.search.setText("N35")  # not cited: between its neighbours
    await rest(reading)
    assert page.view.section in (1, 2)


# --- the note leads ---


@pytest.mark.parametrize("level", list(Level))
async def test_the_transcript_shows_what_the_section_read_rests_on(
    reading: Reading, level: Level
) -> None:
    page = await read(reading, *CITED, level=level)
    view = reading.panel.list
    while value(page.view) < page.view.verticalScrollBar().maximum():
        before = value(page.view)
        wheel(page.view, -4)
        moved = value(page.view)
        assert moved > before
        await rest(reading)
        assert value(page.view) == moved
        section = page.view.section
        if section >= 0:
            assert any(view.is_seen(row) for row in range(*CITED[section]))


async def test_a_section_that_rests_on_a_long_stretch_is_followed_through_it(
    reading: Reading,
) -> None:
    page = await read(reading, (0, 200), (210, 212), level=Level.COMPREHENSIVE)
    view = reading.panel.list
    seen = []
    while page.view.section < 1:
        wheel(page.view)
        await rest(reading)
        if page.view.section == 0:
            seen.append(view.rows_seen()[0])
    assert seen == sorted(seen)
    assert seen[-1] > 100


async def test_a_section_that_rests_on_nothing_leaves_the_transcript_alone(
    reading: Reading,
) -> None:
    page = await read(reading, *CITED)
    assert page.note is not None
    first, *others = page.note.sections
    page.show_note(replace(page.note, sections=(first, *(replace(s, cites=()) for s in others))))
    await until(lambda: page.view.is_whole)
    before = value(reading.panel.list)
    page.view.scroll_to_section(9)
    await rest(reading)
    assert value(reading.panel.list) == before


async def test_another_width_or_level_moves_only_what_was_changed(reading: Reading) -> None:
    page = await read(reading, *CITED)
    view = reading.panel.list
    for _ in range(20):
        wheel(view)
    await rest(reading)
    row, section = view.rows_seen()[0], page.view.section
    reading.setSizes([560, 440])
    await rest(reading)
    assert abs(view.rows_seen()[0] - row) <= 1
    assert page.view.section == section
    page.set_level(Level.CONCISE)
    await rest(reading)
    assert abs(view.rows_seen()[0] - row) <= 1


# --- switched off or impossible ---


async def test_each_scrolls_by_itself_when_people_wish_so(
    reading: Reading, qtbot, tmp_path: Path
) -> None:
    page = await read(reading, *CITED)
    assert reading.panel.together.isChecked()
    qtbot.mouseClick(reading.panel.together, Qt.MouseButton.LeftButton)
    wheel(reading.panel.list, -9)
    await rest(reading)
    assert value(page.view) == 0
    moved = value(reading.panel.list)
    page.view.scroll_to_section(9)
    await rest(reading)
    assert value(reading.panel.list) == moved
    assert reading.panel.model.read_rows, "what is read is brought out all the same"
    state = QSettings(str(tmp_path / "state.ini"), QSettings.Format.IniFormat)
    reading.remember(state)
    other = Reading(ResultTabs(), Deferred(), Tasks())
    qtbot.addWidget(other)
    other.restore(state)
    assert not other.together.is_on
    assert not other.panel.together.isChecked()
    qtbot.mouseClick(reading.panel.together, Qt.MouseButton.LeftButton)
    await rest(reading)
    assert any(reading.panel.list.is_seen(row) for row in range(*CITED[9])), "the note leads"


async def test_a_note_that_cites_nothing_says_why_it_cannot_keep_in_step(
    reading: Reading,
) -> None:
    page = await read(reading, (0, 0))
    assert page.note is not None
    bare = tuple(replace(section, cites=()) for section in page.note.sections * 9)
    page.show_note(replace(page.note, sections=bare))
    await until(lambda: not reading.panel.together.isEnabled())
    assert "cites no passage" in reading.panel.together.toolTip()
    wheel(reading.panel.list, -9)
    await rest(reading)
    assert value(page.view) == 0


async def test_a_note_in_the_making_is_left_alone(reading: Reading) -> None:
    store = FakeStore()
    store.transcripts[VIDEO.id] = talk(300)
    reading._services.set(replace(FakeServices().ports, store=store))
    request = NoteRequest(VIDEO.id, "study-notes", Mode.AUTO, Engine.GEMINI, "m", "en")
    draft = Draft("T", tuple(DraftSection(f"S{n}", ("1",), "a", "words " * 90) for n in range(9)))
    job = NoteJob(request, status=Status.PROCESSING, stage=Stage.WRITING, draft=draft)
    reading.results.put_video(VIDEO)
    reading.results.open_job(job)
    reading.set_open(True)
    await until(lambda: reading.panel.spoken is not None)
    page = reading.results.page_shown
    assert page is not None
    assert not reading.panel.together.isEnabled()
    wheel(reading.panel.list, -9)
    await rest(reading)
    assert value(page.view) == 0
    moved = value(reading.panel.list)
    wheel(page.view, -3)
    await rest(reading)
    assert value(reading.panel.list) == moved


# --- long transcripts ---


async def test_a_step_through_ten_hours_lays_out_what_is_seen_and_writes_nothing(
    reading: Reading, monkeypatch: pytest.MonkeyPatch
) -> None:
    cited = [(row, row + 3) for row in range(5, TEN_HOURS - 9, 30)]
    page = await read(reading, *cited, rows=TEN_HOURS, level=Level.COMPREHENSIVE)
    view, steps = reading.panel.list, []
    laid_out = counted(monkeypatch, TranscriptDelegate, "layout_of")
    written = counted(monkeypatch, NoteDocument, "append_from")
    for number in range(40):
        for leader, notches in ((view, -1.0), (page.view, -1.0 if number % 3 else 2.0)):
            laid_out.clear()
            wheel(leader, notches)
            view.viewport().repaint()
            page.view.viewport().repaint()
            steps.append(len(laid_out))
    assert 0 < max(steps) <= 20, "each of the few that are seen, measured and painted"
    assert written == []
