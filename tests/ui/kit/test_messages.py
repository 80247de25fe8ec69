"""Message bar: newest first, plain text, dismissable; only plain news disappear by themselves."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from notegen_desktop.domain.errors import DiskFull, KeyMissing
from notegen_desktop.ui.kit.messages import Message, MessageBar


@pytest.fixture
def bar(qtbot: QtBot) -> MessageBar:
    made = MessageBar()
    qtbot.addWidget(made)
    return made


def test_it_is_hidden_until_there_is_something_to_say(bar: MessageBar, qtbot: QtBot) -> None:
    assert bar.isHidden()
    with qtbot.waitSignal(bar.shown_changed) as heard:
        bar.show_failure(DiskFull().failure())
    assert heard.args == [True]
    assert bar.isVisible()
    assert bar.text().startswith("The disk is full. Free some space")
    assert bar.accessibleDescription() == bar.text()


def test_dismissing_shows_the_one_before(bar: MessageBar, qtbot: QtBot) -> None:
    bar.show_failure(DiskFull().failure())
    bar.show_failure(KeyMissing().failure())
    close = bar.findChild(QToolButton, "messageClose")
    assert "API key" in bar.text()
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert "disk is full" in bar.text()
    qtbot.mouseClick(close, Qt.MouseButton.LeftButton)
    assert bar.isHidden()
    assert bar.text() == ""


def test_the_same_message_is_shown_once(bar: MessageBar) -> None:
    for _ in range(3):
        bar.show_failure(DiskFull().failure())
    bar.dismiss()
    assert bar.isHidden()


def test_an_action_is_offered_and_done_once(bar: MessageBar, qtbot: QtBot) -> None:
    done: list[str] = []
    bar.show_message(Message("Unfinished.", action="Go on", on_action=lambda: done.append("on")))
    button = bar.findChild(QPushButton, "messageAction")
    assert button.text() == "Go on"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert done == ["on"]
    assert bar.isHidden()


@pytest.mark.parametrize(
    ("message", "stays"),
    [
        (Message("Copied.", tone="success"), False),
        (Message("There is no video yet."), False),
        (Message("Deleted.", tone="success", undo=list), True),
        (Message("Look out.", tone="warning"), True),
        (Message("It failed.", tone="danger"), True),
    ],
    ids=lambda value: value.text if isinstance(value, Message) else "",
)
def test_only_news_that_asks_for_nothing_goes_by_itself(
    bar: MessageBar, qtbot: QtBot, message: Message, stays: bool
) -> None:
    bar._timer.setInterval(1)
    bar.show_message(message)
    if stays:
        qtbot.wait(20)
        assert bar.isVisible()
    else:
        qtbot.waitUntil(bar.isHidden)


def test_what_is_undone_by_its_message_cannot_be_undone_again(
    bar: MessageBar, qtbot: QtBot
) -> None:
    done: list[str] = []
    bar.show_message(Message("Deleted.", undo=lambda: done.append("undo")))
    button = bar.findChild(QPushButton, "messageAction")
    assert button.text() == "Undo"
    with qtbot.waitSignal(bar.undo_changed) as heard:
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert heard.args == [False]
    bar.undo()
    assert done == ["undo"]
    assert bar.isHidden()


def test_what_was_done_last_is_undone_first_also_when_its_message_has_gone(bar: MessageBar) -> None:
    done: list[int] = []
    for number in range(3):
        bar.show_message(Message("Deleted.", undo=lambda number=number: done.append(number)))
    bar.dismiss()
    for _ in range(4):
        bar.undo()
    assert done == [2, 1, 0]


def test_what_waits_for_its_message_to_go_is_carried_out_then_and_undone_no_more(
    bar: MessageBar,
) -> None:
    done: list[str] = []
    message = Message(
        "Discarded.", undo=lambda: done.append("undo"), settle=lambda: done.append("discard")
    )
    bar.show_message(message)
    bar.undo()
    assert done == ["undo"]
    bar.show_message(message)
    bar.dismiss()
    bar.undo()
    assert done == ["undo", "discard"]


def test_it_stands_above_a_bar_at_the_foot(qtbot: QtBot) -> None:
    over = QWidget()
    qtbot.addWidget(over)
    foot = QWidget(over)
    foot.hide()
    over.resize(600, 400)
    over.show()
    foot.setGeometry(0, 360, 600, 40)
    bar = MessageBar(over)
    bar.stand_above(foot)
    bar.show_message(Message("Stored."))
    low = bar.geometry().bottom()
    foot.show()
    assert bar.geometry().bottom() == low - 40
    foot.hide()
    assert bar.geometry().bottom() == low


def test_words_from_outside_are_plain(bar: MessageBar) -> None:
    bar.show_message(Message("<b>not bold</b>"))
    label = bar.findChild(QLabel, "messageText")
    assert label.textFormat() is Qt.TextFormat.PlainText
    assert label.text() == "<b>not bold</b>"


def test_a_path_keeps_its_order_where_the_window_runs_from_right_to_left(
    bar: MessageBar, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QGuiApplication, "isRightToLeft", lambda: True)
    bar.show_message(Message("كُتبت ملاحظة في /home/a/my notes"))
    assert bar.text() == "كُتبت ملاحظة في \u200e/home/a/my notes"
