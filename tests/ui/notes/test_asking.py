"""Question panel: questions, growing answers, failures, and copying."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.asking.exchange import AnswerCite, Exchange
from notegen_desktop.domain.errors import KeyRejected
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Doubt
from notegen_desktop.ui.notes.asking import AskPanel
from notegen_desktop.ui.window.side_panes.asking import suggested
from tests.fakes.notes import a_note

TALK = Video("talk", "https://example.org/talk", "web", title="A talk")
OTHER = Video("other", "https://example.org/other", "web", title="Another talk")


def an_exchange(question: str = "Why?", answer: str = "Because. [^1]", **facts: object) -> Exchange:
    cites = (
        AnswerCite(61.0, 70.0, verified=True, n=1, video_id="talk"),
        AnswerCite(12.0, 20.0, verified=False, n=2, doubt=Doubt.SENSE, video_id="other"),
    )
    given = {"cites": cites, "videos": (TALK, OTHER), **facts}
    return Exchange(
        question,
        answer,
        engine="gemini",
        model="gemini-x",
        asked_at="",
        **given,  # type: ignore[arg-type]
    )


@pytest.fixture
def panel(qtbot: QtBot) -> AskPanel:
    panel = AskPanel()
    qtbot.addWidget(panel)
    panel.resize(360, 600)
    panel.show()
    panel.show_suggestions(["What is it?"], "Ask.")
    return panel


def test_enter_asks_and_an_empty_field_asks_nothing(panel: AskPanel, qtbot: QtBot) -> None:
    asked = QSignalSpy(panel.asked)
    qtbot.keyClick(panel.edit, Qt.Key.Key_Return)
    assert not panel.send.isEnabled()
    assert asked.count() == 0
    qtbot.keyClicks(panel.edit, "  Why is that so?  ")
    qtbot.keyClick(panel.edit, Qt.Key.Key_Return)
    assert asked.at(0) == ["Why is that so?"]


def test_an_answer_grows_below_its_question_and_can_be_stopped(panel: AskPanel) -> None:
    panel.begin("Why?")
    panel.grow("Because it is")
    panel._render()
    assert panel.view.toPlainText().split() == ["Why?", "Because", "it", "is"]
    assert panel.stop.isVisible()
    assert not panel.send.isVisible()
    stopped = QSignalSpy(panel.stop.clicked)
    panel.stop.click()
    assert stopped.count() == 1
    panel.stopped()
    assert panel.edit.text() == "Why?"
    assert panel.send.isEnabled()


def test_times_of_an_answer_lead_into_the_video_they_are_of(panel: AskPanel) -> None:
    panel.begin("Why?")
    panel.finish(an_exchange(answer="Because. [^1] And so. [^2]"))
    followed = QSignalSpy(panel.view.links.cite_activated)
    panel.view.links.follow("cite:0/0")
    panel.view.links.follow("cite:0/1")
    assert [followed.at(n) for n in range(2)] == [[TALK, 61.0], [OTHER, 12.0]]
    assert panel.view.links.tip_for("cite:0/1").startswith("Another talk\n")
    assert "1:01" in panel.view.toPlainText()
    assert "not found in the words at their places: 1 of 2." in panel.view.toPlainText()


def test_a_failure_is_told_and_its_question_stays_in_the_field(panel: AskPanel) -> None:
    panel.edit.setText("Why?")
    panel.begin("Why?")
    assert panel.edit.text() == ""
    panel.fail(KeyRejected().failure())
    assert panel._banner.isVisible()
    assert panel.edit.text() == "Why?"
    asked = QSignalSpy(panel.asked)
    panel._banner.retry.click()
    assert asked.at(0) == ["Why?"]


def test_the_conversation_is_copied_with_its_times_as_links(panel: AskPanel, qapp: object) -> None:
    from PySide6.QtGui import QGuiApplication

    panel.show_conversation([an_exchange(videos=(TALK,))], TALK)
    panel.copy.click()
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith("## Why?\n")
    assert "[1:01](https://example.org/talk#t=61)" in copied


def test_the_menu_of_an_answer_offers_what_an_answer_has(panel: AskPanel) -> None:
    panel.show_conversation([an_exchange(answer="Because. [^1] And so. [^2]")], TALK)
    offered = [action.text() for action in panel.view.menu_at("cite:0/1").actions()]
    assert "Open video at 0:12" in offered
    assert "Copy all as Markdown" in offered
    assert not any("doubtful" in text or "icture" in text for text in offered)
    assert "Another talk, [0:12?](" in panel.view.markdown()


def test_where_nothing_can_be_asked_that_is_said(panel: AskPanel) -> None:
    panel.show_nothing("Not yet.")
    panel.edit.setText("Why?")
    assert not panel.edit.isEnabled()
    assert not panel.send.isEnabled()


def test_headings_that_are_the_notes_own_become_questions() -> None:
    note = a_note()
    first, *others = (section.heading for section in note.sections)
    questions = suggested(note, {first})
    assert questions[0] == "What are the main points?"
    assert not any(first in question for question in questions)
    assert all(any(other in question for question in questions) for other in others[:3])
