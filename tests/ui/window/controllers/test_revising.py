"""Changes of a note by one click: gaps are filled, doubtful statements removed or rewritten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QSignalSpy
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from notegen_desktop.domain.errors import (
    NoteGenError,
    NothingThere,
    PicturesNotInstalled,
    RateLimited,
    ServiceUnavailable,
)
from notegen_desktop.domain.jobs.job import NoteRequest, Status
from notegen_desktop.domain.notes.note import (
    Cite,
    Coverage,
    Doubt,
    Engine,
    Level,
    Mode,
    Note,
    Says,
    Section,
    Usage,
)
from notegen_desktop.domain.notes.pictures import with_picture
from notegen_desktop.services.ports import PicturesTaken, Services
from notegen_desktop.ui.kit.messages import MessageBar
from notegen_desktop.ui.kit.tasks import Deferred, Tasks, WindowContext
from notegen_desktop.ui.notes.coverage import CoverageStrip, GapProgress, fill_cost_text
from notegen_desktop.ui.notes.note_page import NotePage
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from notegen_desktop.ui.notes.tab_bar import kind_of
from notegen_desktop.ui.window.controllers.revising import NoteRevisions
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices, ScriptedRunner, make_note, make_video
from tests.fakes.shown_films import a_picture
from tests.ui.conftest import until
from tests.ui.screens import settle

GAP = (300.0, 400.0)


class Gaps(ScriptedRunner):
    """Runner that fills a gap once the test sets `end`, or raises `failure`."""

    def __init__(self, fakes: FakeServices, note: Note) -> None:
        super().__init__(fakes.board, fakes.source)
        self.note = note
        self.asked: list[tuple[str, tuple[float, float]]] = []
        self.progress: Callable[[float], None] | None = None
        self.end = asyncio.Event()
        self.failure: NoteGenError | None = None

    async def fill_gap(
        self,
        note_id: str,
        span: tuple[float, float],
        *,
        progress: Callable[[float], None] | None = None,
    ) -> Note:
        self.asked.append((note_id, span))
        self.progress = progress
        await self.end.wait()
        if self.failure is not None:
            raise self.failure
        added = Section("What was left out", (Cite(*span, verified=True),), "c", "s", "l")
        self.note = replace(
            self.note,
            sections=(self.note.sections[0], added, *self.note.sections[1:]),
            coverage=Coverage(700.0, ()),
        )
        return self.note


NOTE = replace(
    make_note(note_id="n1", video=make_video(duration_s=1000.0)),
    coverage=Coverage(900.0, (GAP,)),
    usage=Usage(1, 6000, 0, 2000, 0, 0.02),
)


def adding(share: float) -> GapProgress:
    return GapProgress(*GAP, "Adding 5:00 to 6:40…", share)


class Scene:
    """Tabs with a note of the library that has a gap."""

    def __init__(self, fakes: FakeServices) -> None:
        self.tasks = Tasks()
        self.results = ResultTabs()
        self.results.set_templates(fakes.templates.all())
        self.messages = MessageBar()
        self.runner = Gaps(fakes, NOTE)
        services: Deferred[Services] = Deferred()
        services.set(replace(fakes.ports, runner=self.runner, revising=self.runner))
        context = WindowContext(self.results, services, self.tasks, self.messages)
        self.revisions = NoteRevisions(context, self.results)
        self.results.resize(900, 600)
        self.results.show()
        self.results.open_note(NOTE)
        self.tasks.failed.connect(self.messages.show_failure)

    @property
    def strip(self) -> CoverageStrip:
        return self.results.page("note:n1").strip

    def click(self, qtbot, seconds: float) -> None:
        at = QPoint(round(self.strip.x_of(seconds)), self.strip.height() // 2)
        qtbot.mouseClick(self.strip, Qt.MouseButton.LeftButton, pos=at)

    async def answer(self, *, yes: bool) -> str:
        """Answer the open question and return its text."""
        await until(lambda: self.box is not None, "the question")
        box = self.box
        assert box is not None
        words = f"{box.text()} {box.informativeText()}"
        name = "acceptButton" if yes else "rejectButton"
        next(button for button in box.buttons() if button.objectName() == name).click()
        await until(lambda: self.box is None)
        return words

    @property
    def box(self) -> QMessageBox | None:
        return shown_box()


@pytest.fixture
async def scene(qtbot, fakes: FakeServices) -> AsyncIterator[Scene]:
    scene = Scene(fakes)
    qtbot.addWidget(scene.results)
    qtbot.addWidget(scene.messages)
    yield scene
    await scene.tasks.aclose()


async def test_one_click_and_a_yes_add_what_is_left_out(scene: Scene, qtbot) -> None:
    page = scene.results.page("note:n1")
    scene.click(qtbot, 350)
    words = await scene.answer(yes=True)
    assert "5:00 to 6:40" in words
    assert "about $0.002" in words
    await until(lambda: scene.runner.asked == [("n1", GAP)])
    assert page.badge == "Adding 5:00 to 6:40…"
    assert scene.runner.progress is not None
    scene.runner.progress(0.6)
    assert scene.strip.filling == adding(0.6)
    scene.runner.end.set()
    await until(lambda: page.note is not NOTE and page.note == scene.runner.note, "the new note")
    assert scene.strip.filling is None
    assert page.badge == ""
    assert all(part.covered for part in scene.strip.intervals)
    assert "What was left out" in page.view.markdown()
    assert scene.messages.isVisible()


async def test_a_no_sends_nothing(scene: Scene, qtbot) -> None:
    scene.click(qtbot, 350)
    await scene.answer(yes=False)
    await until(lambda: not len(scene.tasks))
    assert scene.runner.asked == []
    scene.click(qtbot, 350)
    await scene.answer(yes=False)


async def test_the_reader_stays_in_the_section_that_is_read(scene: Scene, qtbot) -> None:
    page = scene.results.page("note:n1")
    page.view.scroll_to_section(2)
    heading = NOTE.sections[page.view.section].heading
    scene.click(qtbot, 350)
    await scene.answer(yes=True)
    scene.runner.end.set()
    await until(lambda: page.note == scene.runner.note)
    assert page.note is not None
    assert page.note.sections[page.view.section].heading == heading


async def test_a_failure_is_told_and_leaves_the_note_as_it_was(scene: Scene, qtbot) -> None:
    scene.runner.failure = RateLimited()
    scene.click(qtbot, 350)
    await scene.answer(yes=True)
    scene.runner.end.set()
    await until(scene.messages.isVisible)
    page = scene.results.page("note:n1")
    await until(lambda: scene.strip.filling is None)
    assert page.note == NOTE
    assert page.badge == ""


async def test_writing_a_part_can_be_stopped(scene: Scene, qtbot) -> None:
    scene.click(qtbot, 350)
    await scene.answer(yes=True)
    await until(lambda: scene.strip.filling is not None)
    menu = scene.strip.menu_at(350)
    stop = next(a for a in menu.actions() if a.text() == "Stop writing this part")
    stop.trigger()
    await until(lambda: scene.strip.filling is None)
    assert scene.results.page("note:n1").note == NOTE
    scene.click(qtbot, 350)
    await scene.answer(yes=False)


async def test_a_second_click_meanwhile_asks_nothing(scene: Scene, qtbot) -> None:
    scene.click(qtbot, 350)
    await scene.answer(yes=True)
    await until(lambda: scene.strip.filling is not None)
    opened = QSignalSpy(scene.results.page("note:n1").cite_activated)
    scene.click(qtbot, 350)
    assert opened.count() == 0
    assert scene.box is None
    assert scene.strip.tip_at(scene.strip.x_of(350)) == "Being written, from 5:00 to 6:40"
    await settle()


async def test_closing_the_tab_stops_nothing_and_breaks_nothing(scene: Scene, qtbot) -> None:
    scene.click(qtbot, 350)
    await scene.answer(yes=True)
    await until(lambda: scene.runner.asked)
    scene.results.close_tab(0)
    assert scene.runner.progress is not None
    scene.runner.progress(0.5)
    scene.results.reopen_closed()
    assert scene.strip.filling == adding(0.5)
    scene.results.close_tab(0)
    scene.runner.end.set()
    await until(lambda: not len(scene.tasks))
    scene.results.reopen_closed()
    assert scene.results.page("note:n1").note == scene.runner.note


async def test_the_keyboard_can_ask_for_it(scene: Scene, qtbot) -> None:
    scene.strip.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Home, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(scene.strip, key)
    await scene.answer(yes=False)


async def test_in_the_window_a_gap_of_a_job_s_note_is_filled(
    main_window, fakes: FakeServices, qtbot
) -> None:
    window = main_window()
    fakes.board.put_video(NOTE.video)
    job = fakes.board.add(_request())
    fakes.runner.finish(job, replace(NOTE, id=job.id))
    await until(lambda: window.results.count() == 1)
    page = window.results.page_shown
    page.strip.fill_wanted.emit(*GAP)
    await until(lambda: shown_box() is not None)
    box = shown_box()
    assert box is not None
    next(b for b in box.buttons() if b.objectName() == "acceptButton").click()
    await until(lambda: page.note.coverage.gaps == ())
    assert window.results.count() == 1


async def test_a_picture_is_added_by_a_click_and_out_again_by_another(scene: Scene) -> None:
    page = scene.results.page("note:n1")
    scene.runner.stored = NOTE
    page.view.links.picture_wanted.emit(1, 125.0)
    await until(lambda: page.note != NOTE)
    assert page.note is not None
    (picture,) = page.note.sections[1].pictures
    assert picture.at_s == 125.0
    assert "picture of 2:05" in scene.messages.text()
    await undo(scene)
    assert page.note == NOTE


async def test_a_picture_that_was_removed_comes_back_by_undo(scene: Scene) -> None:
    page = scene.results.page("note:n1")
    scene.runner.stored = shown = with_picture(NOTE, 2, a_picture(300.0, "Stacks"))
    scene.results.revise(shown)
    page.view.links.picture_unwanted.emit(2, shown.sections[2].pictures[0])
    await until(lambda: page.note == NOTE)
    await undo(scene)
    assert page.note == shown


async def test_where_no_picture_can_be_taken_that_is_said(scene: Scene) -> None:
    scene.runner.gap_failure = PicturesNotInstalled()
    page = scene.results.page("note:n1")
    page.view.links.picture_wanted.emit(1, 125.0)
    await until(scene.messages.isVisible)
    assert "the extra “pictures”" in scene.messages.text()
    assert page.note == NOTE


async def undo(scene: Scene) -> None:
    scene.messages.findChild(QPushButton, "messageAction").click()
    await until(lambda: not len(scene.tasks))


async def test_why_notes_have_no_pictures_is_said_once(main_window, fakes: FakeServices) -> None:
    window = main_window()
    failure = PicturesNotInstalled().failure()
    fakes.runner.pictures_listener(PicturesTaken(NOTE, 8))
    assert not window.messages.isVisible()
    for _ in range(2):
        fakes.runner.pictures_listener(PicturesTaken(NOTE, 0, failure))
        assert window.messages.isVisible() == (_ == 0)
        window.messages.dismiss()


def shown_box() -> QMessageBox | None:
    boxes = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]
    return next((box for box in boxes if box.isVisible()), None)


def _request(template: str = "study-notes") -> NoteRequest:
    return NoteRequest(NOTE.video.id, template, Mode.AUTO, Engine.GEMINI, "m", "en")


def test_what_it_takes_is_told_as_far_as_it_is_known() -> None:
    assert "costs nothing" in fill_cost_text(replace(NOTE, engine="offline"), 100)
    assert "about $0.002," in fill_cost_text(NOTE, 100)
    assert "less than $0.0001" in fill_cost_text(replace(NOTE, usage=Usage(1, cost_usd=1e-5)), 9)
    unknown = fill_cost_text(replace(NOTE, usage=Usage()), 100)
    assert "$" not in unknown
    assert unknown.startswith("Gemini reads")


# --- doubtful statements ---

SURE, DOUBTED = "Sleep helps. [^1]", "It takes 47 days. [^2]"
TEXTS = (f"{DOUBTED} {SURE}", f"{SURE}\n\n- {DOUBTED}\n- Rest. [^1]", f"{SURE} In 47 days. [^2]")
CITES = (Cite(60, 70, True, 1), Cite(125, 130, False, 2, Doubt.NUMBER, "47"))
BORNE_OUT = (Cite(60, 70, True, 1),)


def doubtful_note() -> Note:
    return replace(NOTE, sections=(*NOTE.sections, Section("Days", CITES, *TEXTS)))


@pytest.fixture
async def window(main_window, fakes: FakeServices) -> MainWindow:
    """Return the window with that note in front, at its doubtful statement."""
    window = main_window()
    fakes.board.put_video(NOTE.video)
    fakes.runner.finish(fakes.board.add(_request()), doubtful_note())
    await until(lambda: window.results.count() == 1)
    window.results.page_shown.step_to_doubt(1)
    return window


async def test_the_key_for_doubts_works_in_the_whole_window(window, fakes, qtbot) -> None:
    other = window.results.page_shown
    fakes.runner.finish(fakes.board.add(_request("chapters")), replace(doubtful_note(), id="n2"))
    await until(lambda: window.results.count() == 2)
    window.results.setCurrentIndex(1)
    page = window.results.page_shown
    assert page is not other
    window.activateWindow()
    window.composer.source.field.setFocus()
    await until(window.composer.source.field.hasFocus)
    qtbot.keyClick(window.composer.source.field, Qt.Key.Key_F8)
    assert page.doubt is not None
    assert page.view.hasFocus()


async def test_a_doubtful_statement_is_taken_out_with_one_click(window, fakes, qtbot) -> None:
    page = window.results.page_shown
    gaps, place = page.note.coverage, page.view.section
    page.statements.take_out.click()
    await until(lambda: page.note != doubtful_note())
    section = page.note.sections[-1]
    assert [section.at(level) for level in Level] == [
        SURE,
        f"{SURE}\n\n- Rest. [^1]",
        SURE,
    ]
    assert section.cites == BORNE_OUT
    assert fakes.runner.stored == page.note
    assert page.note.coverage == gaps
    assert page.view.section == place
    await until(lambda: "All 2 statements" in page.statements.words.text())


async def test_what_was_taken_out_comes_back_with_one_click(window, fakes, qtbot) -> None:
    page = window.results.page_shown
    page.statements.take_out.click()
    await until(lambda: page.note != doubtful_note())
    assert window.messages.text() == "Taken out of the note."
    qtbot.mouseClick(
        window.messages.findChild(QPushButton, "messageAction"), Qt.MouseButton.LeftButton
    )
    await until(lambda: page.note == doubtful_note())
    assert fakes.runner.stored == doubtful_note()


async def test_a_doubtful_statement_is_written_again_with_one_click(window, fakes, qtbot) -> None:
    page = window.results.page_shown
    fakes.runner.answers.clear()
    fakes.runner.rewritten = Section(
        "Days", (Cite(125, 130, True, 1),), *(3 * ("It takes 4 days. [^1]",))
    )
    assert "It costs" in page.statements.rewrite.toolTip()
    page.statements.rewrite.click()
    await until(lambda: page.badge == "Writing a statement again…")
    assert page.statements.stop.isVisible()
    assert not page.statements.take_out.isEnabled()
    fakes.runner.answers.set()
    await until(lambda: page.note != doubtful_note())
    assert page.note.sections[-1].standard == f"{SURE}\n\n- It takes 4 days. [^3]\n- Rest. [^1]"
    assert page.badge == ""
    assert window.messages.text() == "Written again."


async def test_writing_again_can_be_stopped(window, fakes, qtbot) -> None:
    page = window.results.page_shown
    fakes.runner.answers.clear()
    page.statements.rewrite.click()
    await until(page.statements.stop.isVisible)
    page.statements.stop.click()
    await until(lambda: page.badge == "")
    assert page.note == doubtful_note()
    assert page.statements.take_out.isEnabled()


async def test_what_says_nothing_instead_is_told(window, fakes, qtbot) -> None:
    page = window.results.page_shown
    fakes.runner.gap_failure = NothingThere("Nothing is said there.", hint="Take it out.")
    page.statements.rewrite.click()
    await until(lambda: "Take it out." in window.messages.text())
    assert page.note == doubtful_note()


# --- second look at all statements ---


async def answer(window: MainWindow, *, yes: bool) -> str:
    """Answer the open question and return its text."""
    await until(lambda: window.findChild(QMessageBox, "questionDialog"), "the question")
    box = window.findChild(QMessageBox, "questionDialog")
    words = f"{box.text()} {box.informativeText()}"
    name = "acceptButton" if yes else "rejectButton"
    box.findChild(QPushButton, name).click()
    return words


async def test_a_second_look_is_taken_for_its_price(window, fakes, qtbot) -> None:
    page = window.results.page_shown
    page.set_level(Level.CONCISE)
    assert page.statements.review.isVisible()
    page.statements.review.click()
    words = await answer(window, yes=True)
    assert "$0.006" in words
    await until(lambda: page.note != doubtful_note())
    says = {cite.review.says for s in page.note.sections for cite in s.cites if cite.review}
    assert says == {Says.YES, Says.NO}
    assert "Looked at again" in window.messages.text()
    assert page.badge == ""
    page.step_to_doubt(1)
    assert page.statements.words.text().endswith("second look: said there"), "beside the words"


async def test_a_no_to_its_price_leaves_the_note_alone(window, fakes, qtbot) -> None:
    page = window.results.page_shown
    page.set_level(Level.CONCISE)
    page.statements.review.click()
    await answer(window, yes=False)
    await until(lambda: window.findChild(QMessageBox, "questionDialog") is None)
    assert page.note == doubtful_note()
    assert fakes.runner.stored is None


async def test_what_goes_wrong_with_it_is_said(window, fakes, qtbot) -> None:
    page = window.results.page_shown
    page.set_level(Level.CONCISE)
    fakes.runner.gap_failure = RateLimited(retry_after_s=30.0)
    page.statements.review.click()
    await answer(window, yes=True)
    await until(window.messages.text)
    assert page.note == doubtful_note()
    assert page.statements.review.isEnabled()


async def test_a_look_of_a_run_that_fails_is_told_and_offered_again(
    main_window, fakes, qtbot
) -> None:
    window = main_window()
    fakes.board.put_video(NOTE.video)
    job = fakes.board.add(_request())
    failure = ServiceUnavailable().failure()
    fakes.board.apply(job.id, attempt=1, status=Status.PROCESSING, review_failure=failure)
    fakes.runner.finish(job, doubtful_note())
    await until(window.messages.text)
    assert failure.message in window.messages.text()
    assert failure.hint in window.messages.text()
    window.messages.findChild(QPushButton, "messageAction").click()
    assert "$" in await answer(window, yes=False)


async def test_an_extract_has_no_model_to_judge_it(main_window, fakes) -> None:
    window = main_window()
    fakes.board.put_video(NOTE.video)
    extract = replace(doubtful_note(), engine=Engine.OFFLINE.value)
    fakes.runner.finish(fakes.board.add(_request()), extract)
    await until(lambda: window.results.count() == 1)
    page = window.results.page_shown
    await until(page.statements.isVisible)
    assert not page.statements.review.isVisible()


# --- missing parts of a note ---


async def test_a_good_note_that_lacks_something_opens_and_asks_for_it(
    main_window, fakes: FakeServices, qtbot
) -> None:
    window = main_window()
    fakes.board.put_video(NOTE.video)
    lacks = ("the section “Key takeaways”", "its end")
    fakes.runner.finish(fakes.board.add(_request()), replace(NOTE, missing=lacks))
    await until(lambda: window.results.count() == 1)
    page = window.results.page_shown
    banner = page._banner
    assert banner._message.text() == "This note lacks the section “Key takeaways” and its end."
    assert "Part 1" in page.view.toPlainText()
    fakes.runner.answers.clear()
    banner.retry.click()
    words = await answer(window, yes=True)
    assert page.note.lacks in words
    assert "up to $0.006" in words
    await until(lambda: page.badge == "Adding what is missing…")
    fakes.runner.answers.set()
    await until(lambda: not banner.isVisible(), "a whole note")
    assert page.note.sections[-1] == fakes.runner.rewritten


def test_an_extract_that_lacks_something_only_says_so(qtbot) -> None:
    page = NotePage(kind_of("study-notes", None), Level.STANDARD)
    qtbot.addWidget(page)
    page.show()
    page.show_note(replace(NOTE, engine="offline", missing=("its end",)))
    assert page._banner._message.text() == "This note lacks its end."
    assert not page._banner.retry.isVisible()
