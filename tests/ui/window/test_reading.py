"""Note and transcript side by side in the window."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSettings, Qt, QUrl
from PySide6.QtTest import QSignalSpy

from notegen_desktop.domain.errors import DatabaseUnavailable
from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest, Stage, Status
from notegen_desktop.domain.links.video import Chapter
from notegen_desktop.domain.notes.note import (
    Cite,
    Doubt,
    Draft,
    DraftSection,
    Engine,
    Mode,
    Section,
)
from notegen_desktop.domain.text.transcript import CaptionTrack, Transcript, TranscriptKind
from notegen_desktop.services.ports import Services
from notegen_desktop.ui.kit.media.transcript_index import TranscriptIndex
from notegen_desktop.ui.kit.tasks import Deferred, Tasks
from notegen_desktop.ui.kit.text import plain_tip
from notegen_desktop.ui.notes.note_page import NotePage
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from notegen_desktop.ui.window.side_panes.reading import MAX_KEPT, Reading, section_at, why_none
from tests.fakes.services import FakeServices, FakeStore, make_note, make_video
from tests.ui.conftest import close, until
from tests.ui.talks import note_on, talk

VIDEO = make_video(duration_s=3000.0)


class CountingStore(FakeStore):
    """Store that records the reads of transcripts."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    async def get_transcript(self, video_id: str) -> Transcript | None:
        self._check()
        self.read.append(video_id)
        return await super().get_transcript(video_id)


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
async def reading(qtbot, store: CountingStore, fakes: FakeServices) -> AsyncIterator[Reading]:
    tasks = Tasks()
    results = ResultTabs()
    results.set_templates(fakes.templates.all())
    services: Deferred[Services] = Deferred()
    reading = Reading(results, services, tasks)
    qtbot.addWidget(reading)
    reading.resize(1000, 700)
    reading.show()
    services.set(replace(fakes.ports, store=store))
    store.transcripts[VIDEO.id] = talk(300)
    yield reading
    await tasks.aclose()


NOTE = note_on(VIDEO, (3, 6), (100, 103), (200, 201))


async def read(reading: Reading) -> NotePage:
    """Open the note and the transcript panel, wait for the transcript, and return the page."""
    reading.results.open_note(NOTE)
    reading.set_open(True)
    await until(lambda: reading.panel.spoken is not None, "the transcript")
    page = reading.results.page_shown
    assert page is not None
    return page


async def settled(reading: Reading) -> None:
    glide = reading.panel.list._scroll
    await until(lambda: glide.state() == glide.State.Stopped, "the end of the glide")


# --- opening ---


async def test_nothing_is_read_before_somebody_looks(
    reading: Reading, store: CountingStore
) -> None:
    reading.results.open_note(NOTE)
    assert store.read == []
    assert not reading.panel.isVisible()
    reading.set_open(True)
    await until(lambda: reading.panel.spoken is not None)
    assert store.read == [VIDEO.id]
    reading.set_open(False)
    reading.set_open(True)
    assert store.read == [VIDEO.id], "it is kept"


async def test_the_button_and_the_keys_open_and_close_it(reading: Reading, qtbot) -> None:
    reading.results.open_note(NOTE)
    page = reading.results.page_shown
    assert page is not None
    assert page.transcript_button.objectName() == "transcriptToggle"
    qtbot.mouseClick(page.transcript_button, Qt.MouseButton.LeftButton)
    assert reading.panel.isVisible()
    assert page.transcript_button.isChecked()
    reading.activateWindow()
    page.view.setFocus()
    qtbot.keyClick(page.view, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    assert not reading.panel.isVisible()
    assert not page.transcript_button.isChecked()
    qtbot.keyClick(page.view, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    qtbot.mouseClick(reading.panel.close_button, Qt.MouseButton.LeftButton)
    assert not reading.is_open


async def test_without_a_note_there_is_no_panel(reading: Reading) -> None:
    reading.set_open(True)
    assert not reading.panel.isVisible()
    reading.results.open_note(NOTE)
    assert reading.panel.isVisible()
    reading.results.close_current()
    assert not reading.panel.isVisible()


async def test_it_is_open_again_as_wide_as_it_was(reading: Reading, tmp_path: Path, qtbot) -> None:
    await read(reading)
    reading.setSizes([580, 420])
    reading._keep_width()
    state = QSettings(str(tmp_path / "state.ini"), QSettings.Format.IniFormat)
    reading.remember(state)
    other = Reading(ResultTabs(), Deferred(), Tasks())
    qtbot.addWidget(other)
    other.resize(1000, 700)
    other.show()
    other.restore(state)
    assert other.is_open
    other.results.open_note(NOTE)
    assert other.panel.width() == pytest.approx(reading.panel.width(), abs=3)
    other.close()


async def test_a_state_of_nonsense_counts_as_none(reading: Reading, tmp_path: Path) -> None:
    state = QSettings(str(tmp_path / "state.ini"), QSettings.Format.IniFormat)
    state.setValue("transcript/width", "wide")
    state.setValue("transcript/open", "perhaps")
    reading.restore(state)
    assert not reading.is_open


# --- synchronised ---


async def test_reading_the_note_scrolls_the_transcript(reading: Reading) -> None:
    page = await read(reading)
    page.view.scroll_to_section(1)
    assert reading.panel.model.read_rows == {100, 101, 102, 103}
    await settled(reading)
    assert reading.panel.list.is_seen(100)
    page.view.scroll_to_section(2)
    await settled(reading)
    assert reading.panel.list.is_seen(200)


async def test_a_section_that_rests_on_a_passage_is_a_click_away(reading: Reading) -> None:
    page = await read(reading)
    reading.panel.section_wanted.emit(2)
    assert page.view.section == 2


async def test_turning_to_another_note_of_the_video_keeps_the_transcript(
    reading: Reading, store: CountingStore
) -> None:
    await read(reading)
    spoken = reading.panel.spoken
    other = replace(note_on(VIDEO, (50, 51), note_id="n2"), template="flashcards")
    reading.results.open_note(other)
    await until(lambda: reading.panel.model.sections_of([50]) == (0,))
    await until(lambda: not len(reading._tasks))
    assert reading.panel.model.sections_of([3]) == ()
    assert reading.panel.spoken is spoken


async def test_a_note_from_other_captions_brings_those(
    reading: Reading, store: CountingStore
) -> None:
    await read(reading)
    store.transcripts[VIDEO.id] = talk(300, words="Chosen anew. ")
    reading.results.open_note(note_on(VIDEO, (50, 51), note_id="n2"))
    await until(lambda: "Chosen anew" in reading.panel.model.text(0))


async def test_another_video_brings_its_own_words(reading: Reading, store: CountingStore) -> None:
    await read(reading)
    other = make_video("aircAruvnKk", title="Other")
    store.transcripts[other.id] = talk(20, words="Something else. ")
    reading.results.open_note(note_on(other, (1, 2), note_id="n9"))
    await until(lambda: reading.panel.video == other)
    assert "Something else" in reading.panel.model.text(0)
    reading.results.setCurrentIndex(0)
    assert reading.panel.video == VIDEO


async def test_only_the_last_few_transcripts_are_kept(
    reading: Reading, store: CountingStore
) -> None:
    reading.set_open(True)
    for number in range(MAX_KEPT + 3):
        video = make_video(f"video{number:06}")
        store.transcripts[video.id] = talk(3)
        reading.results.open_note(note_on(video, (0, 0), note_id=f"n{number}"))
        await until(lambda video=video: reading.panel.video == video)
    assert len(reading._kept) == MAX_KEPT


async def test_a_chapter_leads_to_its_section_and_its_words(reading: Reading) -> None:
    video = replace(VIDEO, chapters=(Chapter("One", 0, 900), Chapter("Two", 900, 3000)))
    reading.results.open_note(replace(NOTE, video=video))
    reading.set_open(True)
    await until(lambda: reading.panel.spoken is not None)
    page = reading.results.page_shown
    assert page is not None
    page.video_buttons._menu.actions()[1].trigger()
    assert page.view.section == 1
    await settled(reading)
    assert reading.panel.list.is_seen(90)


def test_a_time_belongs_to_the_section_that_cites_it_or_comes_next() -> None:
    assert section_at(NOTE, 0) == 0
    assert section_at(NOTE, 1015) == 1
    assert section_at(NOTE, 1500) == 2
    assert section_at(NOTE, 2999) == 2
    assert section_at(None, 5) is None
    assert section_at(replace(NOTE, sections=()), 5) is None


# --- no transcript ---


async def test_a_note_from_the_video_itself_says_why_there_are_none(
    reading: Reading, store: CountingStore
) -> None:
    store.transcripts.clear()
    reading.results.open_note(replace(NOTE, mode=Mode.VIDEO.value))
    reading.set_open(True)
    await until(lambda: "written from the video itself" in reading.panel.nothing._words.text())


def test_each_reason_for_no_words_is_a_sentence_of_its_own() -> None:
    video = replace(make_note(), mode=Mode.VIDEO.value)
    guide = replace(make_note(), videos=(make_video("one"), make_video("two")))
    reasons = [why_none(note) for note in (None, video, guide, make_note())]
    assert len({*reasons}) == 4
    assert "several videos" in reasons[2]


async def test_a_failure_is_told_in_the_panel_and_can_be_tried_again(
    reading: Reading, store: CountingStore
) -> None:
    store.failure = DatabaseUnavailable()
    reading.results.open_note(NOTE)
    reading.set_open(True)
    words = reading.panel.nothing._words
    await until(lambda: DatabaseUnavailable.default_message in words.text())
    store.failure = None
    reading.panel.nothing.pressed.emit()
    await until(lambda: reading.panel.spoken is not None)


async def test_words_that_come_while_the_note_is_written_are_shown_when_it_is_done(
    reading: Reading, store: CountingStore
) -> None:
    words = store.transcripts.pop(VIDEO.id)
    request = NoteRequest(VIDEO.id, "study-notes", Mode.AUTO, Engine.GEMINI, "m", "en")
    draft = Draft("T", (DraftSection("First", ("1",), "some", "words", "here"),))
    job = NoteJob(request, status=Status.PROCESSING, stage=Stage.WRITING, draft=draft)
    reading.results.put_video(VIDEO)
    reading.results.open_job(job)
    reading.set_open(True)
    await until(lambda: "as soon as" in reading.panel.nothing._words.text())
    store.transcripts[VIDEO.id] = words
    note = replace(NOTE, id=job.id)
    reading.results.take(
        replace(job, status=Status.COMPLETE, progress=1.0, finish_rank=1, note=note)
    )
    await until(lambda: reading.panel.spoken is not None, "the words")
    assert reading.panel.model.sections_of([3]) == (0,)


async def test_the_words_at_a_doubt_are_chosen_beside_it(reading: Reading) -> None:
    cites = (Cite(1200.0, 1210.0, False, 1, Doubt.SENSE), Cite(30.0, 60.0, True, 2))
    text = f"{'Sure. [^2] ' * 40}\n\nDoubtful. [^1]"
    doubtful = replace(NOTE, sections=(*NOTE.sections, Section("Doubt", cites, text, text, text)))
    reading.results.open_note(doubtful)
    reading.set_open(True)
    await until(lambda: reading.panel.spoken is not None, "the transcript")
    page, rows = reading.results.page_shown, reading.panel.list
    assert page is not None
    page.step_to_doubt(1)
    spoken = reading.panel.spoken
    assert spoken is not None
    await settled(reading)
    assert rows.chosen_rows() == [spoken.row_at(1200.0)]
    assert rows.is_seen(spoken.row_at(1200.0))


# --- hovering ---


async def test_the_first_look_at_a_time_fetches_the_words_once(
    reading: Reading, store: CountingStore
) -> None:
    reading.results.open_note(NOTE)
    page = reading.results.page_shown
    assert page is not None
    for _ in range(3):
        page.view.links.hover(QUrl("cite:0/0"))
    await until(lambda: "“N3 Recall" in page.view.links.tip_for("cite:0/0"))
    assert store.read == [VIDEO.id]
    page.view.links.hover(QUrl("cite:1/0"))
    assert store.read == [VIDEO.id]
    assert not reading.panel.isVisible()


async def test_a_tip_has_the_time_the_words_and_whether_they_support_it(reading: Reading) -> None:
    page = await read(reading)
    verified, unverified = page.view.links.tip_for("cite:0/0"), page.view.links.tip_for("cite:1/0")
    assert verified.splitlines()[0] == "0:30 to 1:09"
    assert verified.splitlines()[1].startswith("“N3 Recall strengthens")
    assert verified.splitlines()[2].startswith("Supported")
    assert unverified.splitlines()[2] == "Doubtful: not found there."


async def test_without_captions_a_tip_says_that_nothing_could_be_checked(reading: Reading) -> None:
    reading.results.open_note(NOTE)
    page = reading.results.page_shown
    assert page is not None
    page.view.links.set_spoken(None)
    assert page.view.links.tip_for("cite:1/0").endswith("Not compared: there are no captions.")


async def test_what_is_said_cannot_put_markup_into_a_tip(reading: Reading) -> None:
    reading.results.open_note(NOTE)
    page = reading.results.page_shown
    assert page is not None
    page.view.links.set_spoken(TranscriptIndex(talk(300, words="<img src=file:///etc/passwd>")))
    assert "<img" not in plain_tip(page.view.links.tip_for("cite:0/0"))


# --- in the window ---


async def test_the_window_copies_opens_and_resizes(main_window, fakes: FakeServices) -> None:
    fakes.store.transcripts[VIDEO.id] = talk(300)
    window = main_window()
    window._open_note(NOTE)
    window.reading.set_open(True)
    panel = window.reading.panel
    await until(lambda: panel.spoken is not None)
    panel.list.setCurrentIndex(panel.model.index(4))
    panel.copy()
    assert window.messages.isVisible()
    before = panel._delegate.metrics.height()
    fakes.settings.change({"appearance.text_size": 20})
    assert panel._delegate.metrics.height() > before


async def test_the_window_remembers_whether_it_is_open(main_window, tmp_path: Path) -> None:
    path = tmp_path / "state.ini"
    QSettings(str(path), QSettings.Format.IniFormat).setValue("transcript/open", "true")
    window = main_window(window_state=path)
    assert window.reading.is_open
    window.reading.set_open(False)
    await close(window)
    kept = QSettings(str(path), QSettings.Format.IniFormat)
    assert kept.value("transcript/open") == "false"


# --- the video above the note ---


async def test_the_video_is_opened_by_a_button_that_names_it(reading: Reading, qtbot) -> None:
    page = await read(reading)
    buttons = page.video_buttons
    assert VIDEO.title in buttons.open.toolTip()
    assert not buttons.chapters.isVisible()
    spy = QSignalSpy(buttons.open_wanted)
    qtbot.mouseClick(buttons.open, Qt.MouseButton.LeftButton)
    assert spy.count() == 1


async def test_a_narrow_page_keeps_its_levels_whole_and_every_button(reading: Reading) -> None:
    page = await read(reading)
    page.show_note(replace(NOTE, engine="offline"))
    for width in (1400, 1000, 620, 500):
        reading.resize(width, 700)
        await until(lambda: has_room_for_all(page), f"room at {width} px")


async def test_beside_a_transcript_in_a_small_window_nothing_of_a_page_is_cut_off(
    reading: Reading,
) -> None:
    page = await read(reading)
    page.show_note(replace(NOTE, engine="offline"))
    reading.set_open(True)
    for width in (760, 640, 540):
        reading.resize(width, 600)
        await until(lambda: has_room_for_all(page), f"room at {width} px")
        assert page._badge.width() >= page._badge.sizeHint().width()
    assert page.width() < 330


def has_room_for_all(page: NotePage) -> bool:
    parts = (
        page.levels,
        page._badge,
        page.video_buttons,
        page.transcript_button,
        page.export_button,
    )
    rects = [QRect(part.mapTo(page, QPoint(0, 0)), part.size()) for part in parts]
    return (
        page.levels.width() >= page.levels.sizeHint().width()
        and all(page.rect().contains(rect) for rect in rects)
        and not any(a.intersects(b) for a, b in combinations(rects, 2))
    )


async def test_other_captions_chosen_are_shown_beside_the_note(
    reading: Reading, store: CountingStore, fakes: FakeServices
) -> None:
    heard = CaptionTrack("en", TranscriptKind.AUTOMATIC)
    words = replace(talk(40), kind=TranscriptKind.AUTOMATIC)
    fakes.source.captions[VIDEO.id] = {heard: words}
    said = QSignalSpy(reading.tracks.said)
    page = await read(reading)
    origin = reading.panel.origin
    origin.button.click()
    await until(lambda: any(action.isCheckable() for action in origin.menu.actions()), "the tracks")
    origin.menu.close()
    origin.menu.actions()[0].trigger()
    assert reading.panel.spoken is not None
    assert reading.panel.spoken.transcript == talk(300), "until the others are there"
    reading._turn()
    assert origin.button.words == "Reading English, automatic captions…"
    await until(said.count, "the words")
    assert reading.panel.spoken.transcript == words
    assert origin.button.words == "English, automatic captions"
    assert page.view.links._spoken is reading.panel.spoken
