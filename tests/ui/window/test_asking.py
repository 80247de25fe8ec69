"""Questions beside the note in front; each note has its own conversation."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.cost.estimate import Estimate
from notegen_desktop.domain.errors import NetworkUnreachable
from notegen_desktop.domain.notes.note import Draft
from notegen_desktop.services.ports import NoteSummary, QuestionSubject, Services
from notegen_desktop.ui.kit.messages import MessageBar
from notegen_desktop.ui.kit.tasks import Deferred, Tasks, WindowContext
from notegen_desktop.ui.notes.asking import AskPanel
from notegen_desktop.ui.notes.result_tabs import ResultTabs
from notegen_desktop.ui.window.side_panes.asking import (
    FREE,
    NOT_FINISHED,
    NOT_KEPT,
    AskBeside,
    AskLibrary,
    LinkHandlers,
)
from notegen_desktop.ui.window.side_panes.reading import Reading
from tests.fakes.services import FakeServices, make_video, summary_of
from tests.ui.conftest import until
from tests.ui.talks import note_on

VIDEO, OTHER = make_video(duration_s=3000.0), make_video("other", duration_s=600.0)
NOTE = replace(note_on(VIDEO, (3, 6)), id="note-1")
NOWHERE = LinkHandlers(lambda video, seconds: None, lambda url, video: None)
SECOND = replace(note_on(OTHER, (1, 2)), id="note-2")


@pytest.fixture
async def beside(qtbot: QtBot, fakes: FakeServices) -> AsyncIterator[AskBeside]:
    tasks = Tasks()
    results = ResultTabs()
    results.set_templates(fakes.templates.all())
    services: Deferred[Services] = Deferred()
    reading = Reading(results, services, tasks)
    qtbot.addWidget(reading)
    asking = AskBeside(
        WindowContext(reading, services, tasks, MessageBar(reading)), reading, NOWHERE
    )
    reading.resize(1000, 700)
    reading.show()
    services.set(fakes.ports)
    yield asking
    await tasks.aclose()


def opened(beside: AskBeside, *notes: object) -> AskPanel:
    for note in notes:
        beside._results.open_note(note)  # type: ignore[arg-type]
    beside.set_open(True)
    assert beside.panel is not None
    return beside.panel


async def test_the_place_to_ask_is_there_with_the_first_note(beside: AskBeside) -> None:
    assert beside.panel is None
    panel = opened(beside, NOTE)
    assert panel.isVisible()
    assert panel.edit.accessibleIdentifier() == "askEdit"
    assert panel.view.accessibleIdentifier() == "askView"
    page = beside._results.page_shown
    assert page is not None
    assert page.ask_button.isChecked()
    page.ask_button.click()
    assert not panel.isVisible()


async def test_the_price_is_told_before(beside: AskBeside, fakes: FakeServices) -> None:
    panel = opened(beside, NOTE)
    await until(lambda: panel.cost.text() == "An answer takes about 12,000 tokens, $0.004.")
    fakes.asking.cost = Estimate(0, 0, 0, 0.0, 0.0)
    fakes.settings.change({"general.engine": "offline"})
    await until(lambda: panel.cost.text() == FREE, "the price of another engine")


async def test_a_conversation_goes_on(beside: AskBeside, fakes: FakeServices) -> None:
    panel = opened(beside, NOTE)
    panel.asked.emit("Why?")
    await until(lambda: len(panel.exchanges) == 1)
    panel.asked.emit("And then?")
    await until(lambda: len(panel.exchanges) == 2)
    about = QuestionSubject(note_id="note-1")
    assert fakes.asking.asked == [(about, "Why?", 0), (about, "And then?", 1)]


async def test_an_answer_comes_to_its_own_note(beside: AskBeside, fakes: FakeServices) -> None:
    fakes.asking.held = asyncio.Event()
    panel = opened(beside, SECOND, NOTE)
    panel.asked.emit("Why?")
    await until(lambda: "It is eff" in panel.view.toPlainText(), "some of the answer")
    beside._results.open_note(SECOND)
    assert not panel.is_answering
    fakes.asking.held.set()
    await until(lambda: fakes.asking.kept)
    assert panel.exchanges == ()
    beside._results.open_note(NOTE)
    await until(lambda: len(panel.exchanges) == 1)
    assert not panel.is_answering


async def test_a_stopped_answer_is_asked_no_further(beside: AskBeside, fakes: FakeServices) -> None:
    fakes.asking.held = asyncio.Event()
    panel = opened(beside, NOTE)
    panel.asked.emit("Why?")
    await until(lambda: fakes.asking.asked)
    panel.stop.click()
    assert not panel.is_answering
    fakes.asking.held.set()
    await asyncio.sleep(0)
    assert fakes.asking.kept == {}
    assert panel.edit.text() == "Why?"


async def test_a_failure_is_told_in_its_place(beside: AskBeside, fakes: FakeServices) -> None:
    fakes.asking.refuse = NetworkUnreachable()
    panel = opened(beside, NOTE)
    panel.asked.emit("Why?")
    await until(panel._banner.isVisible)
    assert panel.edit.text() == "Why?"


async def test_what_is_in_no_library_cannot_be_asked(beside: AskBeside) -> None:
    panel = opened(beside, replace(NOTE, id=""))
    assert panel.suggestions._words.text() == NOT_KEPT
    assert not panel.edit.isEnabled()
    page = beside._results.page_shown
    assert page is not None
    page.show_draft(Draft(), video=VIDEO)
    assert panel.suggestions._words.text() == NOT_FINISHED
    page.show_note(NOTE)
    assert panel.edit.isEnabled()


async def test_questions_can_be_deleted(beside: AskBeside, fakes: FakeServices) -> None:
    panel = opened(beside, NOTE)
    panel.asked.emit("Why?")
    await until(lambda: len(panel.exchanges) == 1)
    panel.forget.click()
    await until(lambda: beside._messages.text() == "Deleted.")
    assert panel.exchanges == ()
    assert not any(fakes.asking.kept.values())


async def test_chosen_notes_are_asked_together_and_else_the_library(
    qtbot: QtBot, fakes: FakeServices
) -> None:
    tasks = Tasks()
    services: Deferred[Services] = Deferred()
    services.set(fakes.ports)
    page = QWidget()
    QHBoxLayout(page)
    qtbot.addWidget(page)
    chosen: list[NoteSummary] = []
    context = WindowContext(page, services, tasks, MessageBar(page))
    asking = AskLibrary(context, page, lambda: chosen, NOWHERE)
    page.show()
    asking.toggle()
    panel = asking.panel
    assert panel is not None
    assert panel.title.text() == "Questions about your library"
    chosen += [summary_of(NOTE), summary_of(SECOND)]
    asking.toggle()
    assert panel.isVisible()
    assert panel.title.text() == "Questions about 2 videos"
    panel.asked.emit("Why?")
    await until(lambda: fakes.asking.asked)
    assert fakes.asking.asked[0][0] == QuestionSubject(video_ids=(VIDEO.id, OTHER.id))
    asking.toggle()
    assert not panel.isVisible()
    await tasks.aclose()
