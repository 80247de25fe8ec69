"""Tabs of notes: in the order of finishing, under the right name, without taking the focus."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QLineEdit, QTextBrowser, QVBoxLayout, QWidget

from notegen_desktop.domain.errors import AnswerRefused
from notegen_desktop.domain.jobs.board import JobBoard
from notegen_desktop.domain.jobs.job import NoteJob, NoteRequest, Stage, Status
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, DraftSection, Engine, Level, Mode, Note
from notegen_desktop.ui.kit.qt_board import QtBoard
from notegen_desktop.ui.kit.theme import apply_theme, palette
from notegen_desktop.ui.notes.note_document import NoteDocument
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from tests.fakes.services import FakeTemplates, make_note, make_video

TEMPLATES = [template.id for template in FakeTemplates().all()]
FIVE = TEMPLATES[:5]


@pytest.fixture
def tabs(qtbot) -> Iterator[ResultTabs]:
    tabs = ResultTabs()
    tabs.set_templates(FakeTemplates().all())
    qtbot.addWidget(tabs)
    tabs.resize(900, 600)
    tabs.show()
    yield tabs
    tabs.close()


def request(template: str, video: Video | None = None) -> NoteRequest:
    video = video or make_video()
    return NoteRequest(video.id, template, Mode.AUTO, Engine.GEMINI, "m", "en")


def done(template: str, rank: int, *, video: Video | None = None, text: str = "") -> NoteJob:
    job = NoteJob(request(template, video))
    note = replace(
        make_note(template=template, video=video, note_id=job.id),
        title=text or f"Note of {template}",
    )
    return replace(job, status=Status.COMPLETE, progress=1.0, finish_rank=rank, note=note)


def writing(template: str, text: str = "some words") -> NoteJob:
    draft = Draft("T", (DraftSection("First part", ("1",), text, text, text),))
    return NoteJob(request(template), status=Status.PROCESSING, stage=Stage.WRITING, draft=draft)


def names(tabs: ResultTabs) -> list[str]:
    return [tabs.tabText(index) for index in range(tabs.count())]


# --- order ---


def test_tabs_stand_in_the_order_of_finishing(tabs: ResultTabs) -> None:
    for rank, template in enumerate(("flashcards", "basic-summary", "study-notes"), start=1):
        tabs.take(done(template, rank))
    assert names(tabs) == ["Flashcards", "Basic summary", "Study notes"]


def test_the_rank_decides_whatever_the_order_of_hearing(tabs: ResultTabs) -> None:
    rng = random.Random(3)
    for _ in range(6):
        jobs = [done(template, rank) for rank, template in enumerate(FIVE, start=1)]
        heard = list(jobs)
        rng.shuffle(heard)
        for job in heard:
            tabs.take(job)
            tabs.take(job)
        assert list(tabs.keys()) == [job.id for job in jobs]
        for job in jobs:
            tabs.close_tab(tabs.index_of(job.id))
            tabs._jobs.clear()


@pytest.mark.parametrize("seed", range(12))
def test_no_result_stands_under_a_wrong_tab(tabs: ResultTabs, seed: int) -> None:
    """With a real board on which jobs of two videos grow and end in random order."""
    rng = random.Random(seed)
    board = JobBoard()
    qt_board = QtBoard(board)
    tabs.follow(qt_board)
    qt_board.start()
    videos = [make_video("a" * 11, title="Talk A"), make_video("b" * 11, title="Talk B")]
    for video in videos:
        board.put_video(video)
    jobs = [board.add(request(template, video)) for video in videos for template in FIVE]
    live = list(jobs)
    while live:
        job = rng.choice(live)
        move = rng.random()
        current = board.job(job.id)
        if current.status is Status.PENDING:
            board.apply(job.id, attempt=1, status=Status.PROCESSING, stage=Stage.WRITING)
        elif move < 0.5:
            text = f"draft of {job.id} "
            board.grow(
                job.id,
                attempt=1,
                draft=Draft("T", (DraftSection("H", (), text, text, text),)),
                progress=0.5,
            )
            if rng.random() < 0.2:
                tabs.open_job(board.job(job.id))
        elif move < 0.85:
            board.complete(job.id, attempt=1, note=done_note(board, job))
            live.remove(job)
        else:
            board.fail(job.id, attempt=1, error=AnswerRefused())
            live.remove(job)
        if rng.random() < 0.3:
            qt_board.flush()
    qt_board.flush()
    complete = [job.id for job in board.finished() if job.status is Status.COMPLETE]
    assert [key for key in tuple(tabs.keys()) if key in set(complete)] == complete
    for key in complete:
        page = tabs.page(key)
        job = board.job(key)
        assert page.note == job.note
        assert f"the note of {key}" in page.view.markdown()
        index = tabs.index_of(key)
        assert tabs.tabText(index).startswith(page.kind.name)
        assert board.video(job.video_id).title in tabs.tabToolTip(index)
        assert page.objectName() == f"note:{job.template}"
    qt_board.stop()


def done_note(board: JobBoard, job: NoteJob) -> Note:
    note = make_note(template=job.template, video=board.video(job.video_id), note_id=job.id)
    return replace(note, title=f"the note of {job.id}")


def test_a_page_open_while_written_moves_to_its_rank_and_stays_the_page_shown(
    tabs: ResultTabs,
) -> None:
    late = writing("study-notes")
    tabs.open_job(late)
    tabs.take(done("flashcards", 1))
    tabs.take(done("chapters", 2))
    assert tabs.key_at(tabs.currentIndex()) == late.id
    tabs.take(replace(done("study-notes", 3)))
    assert names(tabs) == ["Flashcards", "Chapters", "Study notes"]
    assert tabs.key_at(tabs.currentIndex()) == late.id
    assert tabs.page_shown is not None
    assert tabs.page_shown.note is not None


# --- focus and scroll position ---


def test_the_first_result_is_shown_and_the_others_leave_it_be(tabs: ResultTabs) -> None:
    first = done("flashcards", 2)
    tabs.take(first)
    assert tabs.currentIndex() == 0
    for rank, template in ((1, "chapters"), (3, "study-notes")):
        tabs.take(done(template, rank))
        assert tabs.key_at(tabs.currentIndex()) == first.id
    assert tabs.currentIndex() == 1


def test_a_result_never_takes_the_focus(qtbot, qapp) -> None:
    window = QWidget()
    layout = QVBoxLayout(window)
    edit, tabs = QLineEdit(), ResultTabs()
    tabs.set_templates(FakeTemplates().all())
    layout.addWidget(edit)
    layout.addWidget(tabs)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    edit.setFocus()
    qtbot.waitUntil(edit.hasFocus)
    for rank, template in enumerate(TEMPLATES, start=1):
        tabs.take(done(template, rank))
        QApplication.processEvents()
        assert edit.hasFocus()
    window.close()


def test_the_place_in_the_page_that_is_read_does_not_move(tabs: ResultTabs) -> None:
    job = done("study-notes", 5)
    assert job.note is not None
    tabs.take(replace(job, note=replace(job.note, sections=job.note.sections * 6)))
    QApplication.processEvents()
    assert tabs.page_shown is not None
    bar = tabs.page_shown.view.verticalScrollBar()
    bar.setValue(400)
    for rank, template in enumerate(("flashcards", "chapters", "basic-summary"), start=1):
        tabs.take(done(template, rank))
        QApplication.processEvents()
    assert bar.value() == 400


# --- pages of running jobs ---


def test_nothing_opens_by_itself_before_it_is_finished(tabs: ResultTabs) -> None:
    job = writing("study-notes")
    tabs.take(job)
    tabs.take(replace(job, status=Status.ERROR, failure=AnswerRefused().failure(), finish_rank=1))
    assert tabs.count() == 0


def test_a_row_that_is_opened_shows_the_words_as_they_come(tabs: ResultTabs, qtbot) -> None:
    tabs.open_job(writing("study-notes", "the first words"))
    page = tabs.page_shown
    assert page is not None
    assert "the first words" in page.view.toPlainText()
    assert page.badge == "Being written…"
    tabs.take(writing("study-notes", "the first words and more"))
    qtbot.waitUntil(lambda: "and more" in page.view.toPlainText())
    tabs.take(writing("flashcards", "of another job"))
    assert "of another job" not in page.view.toPlainText()
    tabs.take(done("study-notes", 1))
    assert page.note is not None
    assert page.badge == ""


def test_a_failed_job_that_is_open_says_why_and_its_retry_names_it(tabs: ResultTabs, qtbot) -> None:
    job = writing("study-notes")
    tabs.open_job(job)
    tabs.take(replace(job, status=Status.ERROR, failure=AnswerRefused().failure(), finish_rank=1))
    page = tabs.page_shown
    assert page is not None
    assert page._banner.isVisible()
    with qtbot.waitSignal(tabs.retry_wanted) as got:
        page._banner.retry.click()
    assert got.args == [job.id]
    tabs.take(replace(job, attempt=2, draft=Draft()))
    assert not page._banner.isVisible()


def test_late_news_of_an_earlier_attempt_change_nothing(tabs: ResultTabs) -> None:
    job = replace(writing("study-notes", "second attempt"), attempt=2)
    tabs.open_job(job)
    tabs.take(writing("study-notes", "first attempt"))
    assert tabs.page_shown is not None
    assert "second attempt" in tabs.page_shown.view.toPlainText()


# --- library, closing, reopening ---


def test_a_note_of_the_library_opens_once_and_comes_to_the_front(tabs: ResultTabs) -> None:
    tabs.take(done("flashcards", 1))
    note = make_note(template="chapters", note_id="stored-1")
    tabs.open_note(note)
    assert tabs.key_at(tabs.currentIndex()) == "note:stored-1"
    tabs.setCurrentIndex(0)
    tabs.open_note(note)
    assert (tabs.count(), tabs.currentIndex()) == (2, 1)


def test_a_note_that_is_read_already_moves_to_the_job_that_brings_it(tabs: ResultTabs) -> None:
    job = done("flashcards", 2)
    assert job.note is not None
    tabs.open_note(job.note)
    tabs.take(done("basic-summary", 1))
    tabs.take(job)
    assert names(tabs) == ["Basic summary", "Flashcards"]
    assert tabs.key_at(1) == job.id
    again = replace(job, request=replace(job.request, model="another"), finish_rank=3)
    assert again.id != job.id
    tabs.take(again)
    assert names(tabs) == ["Basic summary", "Flashcards"]
    assert tabs.key_at(1) == again.id


def test_a_note_that_is_open_as_a_result_is_not_opened_twice(tabs: ResultTabs) -> None:
    job = done("flashcards", 1)
    tabs.take(job)
    assert job.note is not None
    tabs.open_note(job.note)
    assert tabs.count() == 1


def test_closed_tabs_come_back_the_last_one_first(tabs: ResultTabs) -> None:
    for rank, template in enumerate(("flashcards", "chapters", "study-notes"), start=1):
        tabs.take(done(template, rank))
    tabs.setCurrentIndex(1)
    tabs.set_level(Level.CONCISE)
    tabs.close_tab(1)
    tabs.close_tab(0)
    assert names(tabs) == ["Study notes"]
    tabs.reopen_closed()
    assert names(tabs) == ["Flashcards", "Study notes"]
    tabs.reopen_closed()
    assert names(tabs) == ["Flashcards", "Chapters", "Study notes"]
    assert tabs.page_shown is not None
    assert tabs.page_shown.level is Level.CONCISE
    tabs.reopen_closed()
    assert tabs.count() == 3


def test_a_closed_result_does_not_come_back_by_itself(tabs: ResultTabs) -> None:
    job = done("flashcards", 1)
    tabs.take(job)
    tabs.close_tab(0)
    tabs.take(job)
    assert tabs.count() == 0
    tabs.open_job(job)
    assert tabs.count() == 1


def test_a_middle_click_closes_a_tab(tabs: ResultTabs, qtbot) -> None:
    for rank, template in enumerate(("flashcards", "chapters"), start=1):
        tabs.take(done(template, rank))
    bar = tabs.tabBar()
    qtbot.mouseClick(bar, Qt.MouseButton.MiddleButton, pos=bar.tabRect(0).center())
    assert names(tabs) == ["Chapters"]


def test_a_deleted_note_is_closed_and_cannot_be_reopened(tabs: ResultTabs) -> None:
    job = done("flashcards", 1)
    tabs.take(job)
    tabs.close_tab(0)
    tabs.open_note(make_note(template="chapters", note_id="n2"))
    tabs.forget_notes(["n2", job.id])
    assert tabs.count() == 0
    tabs.reopen_closed()
    assert tabs.count() == 0


def test_the_empty_state_gives_way_to_notes_and_comes_back(tabs: ResultTabs) -> None:
    empty = tabs.findChild(QWidget, "resultsEmpty")
    assert empty.isVisible()
    tabs.take(done("flashcards", 1))
    assert not empty.isVisible()
    tabs.close_tab(0)
    assert empty.isVisible()


# --- levels, keys, names ---


def test_ctrl_and_a_number_choose_the_level_of_the_page_in_front(tabs: ResultTabs, qtbot) -> None:
    tabs.take(done("flashcards", 1))
    tabs.take(done("chapters", 2))
    tabs.activateWindow()
    page = tabs.page_shown
    assert page is not None
    page.view.setFocus()
    qtbot.waitUntil(page.view.hasFocus)
    control = Qt.KeyboardModifier.ControlModifier
    for key, level in (
        (Qt.Key.Key_1, Level.CONCISE),
        (Qt.Key.Key_3, Level.COMPREHENSIVE),
        (Qt.Key.Key_2, Level.STANDARD),
    ):
        qtbot.keyClick(page.view, key, control)
        assert page.level is level
        assert page.levels.choice() == level


def test_the_chosen_level_is_that_of_notes_that_open_later(tabs: ResultTabs) -> None:
    tabs.take(done("flashcards", 1))
    assert tabs.page_shown is not None
    tabs.page_shown.set_level(Level.COMPREHENSIVE)
    tabs.take(done("chapters", 2))
    assert tabs.page(tabs.keys()[1]).level is Level.COMPREHENSIVE
    assert tabs.page(tabs.keys()[1]).levels.choice() == "comprehensive"


def test_a_page_is_told_of_before_it_can_wish_anything(tabs: ResultTabs) -> None:
    job = done("flashcards", 1)
    added = QSignalSpy(tabs.page_added)
    tabs.take(job)
    page = tabs.page_shown
    assert page is not None
    assert added.at(0)[0] is page
    cites, saves = QSignalSpy(page.cite_activated), QSignalSpy(page.save_wanted)
    page.view.anchorClicked.emit(QUrl("cite:1/0"))
    page._menu.actions()[-1].trigger()
    assert cites.count() == 1
    assert saves.at(0)[0] == job.note


def test_a_long_or_strange_name_is_cut_and_whole_in_the_tip(tabs: ResultTabs) -> None:
    video = make_video(title="<img src=x> & a title " * 20)
    job = done("flashcards", 1, video=video)
    tabs.take(job)
    assert len(tabs.tabText(0)) <= 30
    assert "<img" not in tabs.tabToolTip(0)
    assert "&lt;img" in tabs.tabToolTip(0)
    assert "Flashcards" in tabs.tabBar().accessibleTabName(0)


def seen(tabs: ResultTabs) -> list[str]:
    return [tabs.tabText(at) for at in range(tabs.count()) if tabs.isTabVisible(at)]


def test_the_tabs_are_those_of_one_video_and_the_others_are_a_choice_away(
    tabs: ResultTabs,
) -> None:
    videos = [make_video("a" * 11, title="Talk A"), make_video("b" * 11, title="Talk B")]
    tabs.take(done("flashcards", 1, video=videos[0]))
    assert not tabs.chooser.isVisible()
    tabs.take(done("flashcards", 2, video=videos[1]))
    tabs.take(done("study-notes", 3, video=videos[0]))
    tabs.take(done("chapters", 4, video=videos[1]))
    assert names(tabs) == ["Flashcards", "Flashcards", "Study notes", "Chapters"], "as they ended"
    assert seen(tabs) == ["Flashcards", "Study notes"]
    assert (tabs.chooser.isVisible(), tabs.chooser.button.text()) == (True, "Talk A")
    offered = [action.text() for action in tabs.chooser.menu.actions()]
    assert offered == ["Talk A   2 notes", "Talk B   2 notes"]
    tabs.setCurrentIndex(2)
    tabs.chooser.menu.actions()[1].trigger()
    assert (seen(tabs), tabs.currentIndex()) == (["Flashcards", "Chapters"], 1)
    assert tabs.chooser.button.text() == "Talk B"
    assert tabs.tabBar().accessibleTabName(1) == "Flashcards, Talk B"
    tabs.show_video(videos[0].id)
    assert tabs.currentIndex() == 2, "the note that was read last"
    tabs.close_tab(2)
    assert seen(tabs) == ["Flashcards"]
    tabs.close_tab(0)
    assert seen(tabs) == ["Flashcards", "Chapters"]
    assert not tabs.chooser.isVisible()


def test_two_notes_of_a_kind_are_told_apart_by_what_wrote_them(tabs: ResultTabs) -> None:
    note = make_note(template="flashcards", note_id="n1")
    tabs.open_note(note)
    tabs.open_note(replace(note, id="n2", engine="offline"))
    assert names(tabs) == ["Flashcards · Gemini", "Flashcards · Offline extract"]
    tabs.close_tab(1)
    assert names(tabs) == ["Flashcards"]
    tabs.open_note(replace(note, id="n3", model="gemma"))
    assert names(tabs) == [f"Flashcards · {note.model}", "Flashcards · gemma"]


def test_the_view_under_a_tab_is_found_by_its_name(tabs: ResultTabs) -> None:
    tabs.take(done("flashcards", 1))
    assert tabs.objectName() == "resultTabs"
    view = tabs.currentWidget().findChild(QTextBrowser, "noteView")
    assert "Note of flashcards" in view.toPlainText()


def test_a_change_of_theme_writes_the_note_in_front_anew_and_the_others_when_shown(
    tabs: ResultTabs, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        tabs.open_note(replace(make_note(), id=f"n{number}"))
    QApplication.processEvents()
    written: list[NoteDocument] = []
    real = NoteDocument.start_over

    def counted(self: NoteDocument, *args: object, **more: object) -> None:
        written.append(self)
        real(self, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(NoteDocument, "start_over", counted)
    apply_theme(qapp, "dark")
    shown = tabs.page_shown
    assert shown is not None
    assert written == [shown.view.document()]
    tabs.setCurrentIndex(0)
    other = tabs.page_shown
    assert other is not None
    assert written == [shown.view.document(), other.view.document()]
    colours = other.view.document().defaultStyleSheet()
    assert palette().text in colours
