"""Practice of cards by keys alone; no answer is lost or counted twice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QTextBrowser, QWidget

from notegen_desktop.domain.errors import DiskFull
from notegen_desktop.domain.notes.note import Cite, Note, Section
from notegen_desktop.domain.practice.schedule import CardReview, CardStage, Rating
from notegen_desktop.ui.kit.theme import theme
from notegen_desktop.ui.window.controllers.practising import FIRST
from notegen_desktop.ui.window.main_window import MainWindow
from tests.fakes.services import FakeServices, make_note, make_video
from tests.ui.conftest import Opened, until
from tests.ui.screens import settle

CITE = Cite(61.0, 70.0, True, 1)
DOUBTFUL = Cite(122.0, 130.0, False, 1)


def card_note(*cards: tuple[str, str, Cite], note_id: str = "n1", **facts: Any) -> Note:
    sections = tuple(Section(asked, (cite,), told, told, told) for asked, told, cite in cards)
    note = make_note(template="flashcards", video=make_video(), note_id=note_id)
    return replace(note, sections=sections, **facts)


TWO = card_note(
    ("What halts?", "A machine. [^1]", CITE), ("It takes ___ steps.", "**ten** [^1]", DOUBTFUL)
)


@pytest.fixture
async def window(fakes: FakeServices, main_window: Callable[..., Any]) -> MainWindow:
    fakes.store.notes[TWO.id] = TWO
    made: MainWindow = main_window()
    return made


def face(window: MainWindow) -> str:
    return window.practice.face.toPlainText()


def said(window: MainWindow) -> list[str]:
    return [label.text() for label in window.practice.findChildren(QLabel)]


def press(window: MainWindow, *keys: Any) -> None:
    for key in keys:
        QTest.keyClick(window.practice.face, key)


async def begin(window: MainWindow) -> None:
    window.page_switch.choose("practice")
    await until(lambda: window.practice.shown, "a card")


async def test_a_card_is_turned_and_answered_by_keys(
    window: MainWindow, fakes: FakeServices
) -> None:
    await begin(window)
    assert "What halts?" in face(window)
    assert "A machine" not in face(window)
    press(window, Qt.Key.Key_Space)
    assert "A machine" in face(window)
    press(window, Qt.Key.Key_4)
    await until(lambda: "takes" in face(window), "the next card")
    (review,) = fakes.practice.reviews
    assert review.rating is Rating.EASY
    assert not window.practice.is_turned


async def test_a_sitting_begins_with_a_few_cards_and_goes_on_with_the_others(
    window: MainWindow, fakes: FakeServices
) -> None:
    asked = [(f"What is {n}?", "It. [^1]", CITE) for n in range(FIRST + 3)]
    fakes.store.notes[TWO.id] = card_note(*asked)
    await begin(window)
    press(window, Qt.Key.Key_Space, Qt.Key.Key_4)
    await until(lambda: "What is 1?" in face(window))
    await until(lambda: f"{FIRST + 2} left" in said(window))


async def test_space_on_a_turned_card_says_good(window: MainWindow, fakes: FakeServices) -> None:
    await begin(window)
    press(window, Qt.Key.Key_Space, Qt.Key.Key_Space)
    await until(lambda: fakes.practice.reviews)
    assert fakes.practice.reviews[0].rating is Rating.GOOD


async def test_a_number_turns_a_card_before_it_answers(
    window: MainWindow, fakes: FakeServices
) -> None:
    await begin(window)
    press(window, Qt.Key.Key_1)
    assert window.practice.is_turned
    assert fakes.practice.reviews == []


async def test_an_answer_is_given_once_however_often_the_key_is_pressed(
    window: MainWindow, fakes: FakeServices
) -> None:
    await begin(window)
    press(window, Qt.Key.Key_Space, Qt.Key.Key_4, Qt.Key.Key_4, Qt.Key.Key_4)
    await until(lambda: "takes" in face(window))
    assert len(fakes.practice.reviews) == 1


async def test_the_buttons_say_when_the_card_comes_again(window: MainWindow) -> None:
    await begin(window)
    again = window.practice.answer_buttons[Rating.AGAIN]
    assert "1 min" in again.text()
    assert again.accessibleName() == "Again: again in 1 min"


async def test_a_gap_is_filled_when_the_card_is_turned(window: MainWindow) -> None:
    await begin(window)
    press(window, Qt.Key.Key_Space, Qt.Key.Key_4)
    await until(lambda: "takes" in face(window))
    assert "It takes ___ steps." in face(window)
    press(window, Qt.Key.Key_Space)
    assert "It takes ten steps." in face(window)


async def test_the_last_answer_is_taken_back(window: MainWindow, fakes: FakeServices) -> None:
    await begin(window)
    press(window, Qt.Key.Key_Space, Qt.Key.Key_1)
    await until(lambda: "takes" in face(window))
    assert window.practice.undo_button.isEnabled()
    window._take_back()
    await until(lambda: "What halts?" in face(window), "the card before")
    assert fakes.practice.reviews == []
    assert not window.practice.undo_button.isEnabled()
    assert window.practice._left.text() == "2 left"


async def test_at_the_end_it_is_said_when_the_next_card_comes(window: MainWindow) -> None:
    await begin(window)
    for number in range(2):
        press(window, Qt.Key.Key_Space, Qt.Key.Key_4)
        await until(lambda number=number: window.practising._session.answered == number + 1)  # type: ignore[union-attr]
    await until(lambda: window.practice.shown is None, "the end")
    words = window.practice._nothing.findChildren(QWidget)
    said = " ".join(getattr(each, "text", str)() for each in words)
    assert "Done for now" in said
    assert "2 answers, 2 of them known. The next card comes in 8 days." in said


async def test_without_cards_it_is_said_where_they_come_from(
    main_window: Callable[..., Any],
) -> None:
    window = main_window()
    window.page_switch.choose("practice")
    await until(lambda: "No cards yet" in window.practice._nothing._title.text())


async def test_a_time_of_a_card_opens_the_video_there(window: MainWindow, opened: Opened) -> None:
    await begin(window)
    press(window, Qt.Key.Key_Space)
    window.practice.face._follow(QUrl("cite:0/0"))
    await until(lambda: opened.urls)
    assert "t=61" in opened.urls[0].toString()


async def test_a_card_is_left_out_and_had_again(window: MainWindow, fakes: FakeServices) -> None:
    await begin(window)
    window.practice.leave_out_wanted.emit()
    await until(lambda: "takes" in face(window))
    assert len(fakes.practice.suspended) == 1
    window._take_back()
    await until(lambda: "What halts?" in face(window), "the card again")
    assert not fakes.practice.suspended


async def test_the_cards_of_one_note_are_practised_from_it(
    window: MainWindow, fakes: FakeServices
) -> None:
    other = card_note(("Who else?", "Nobody. [^1]", CITE), note_id="n2", title="Others")
    other = replace(other, video=make_video("aircAruvnKk"))
    fakes.store.notes[other.id] = other
    window.results.open_note(other)
    page = window.results.page_shown
    assert page is not None
    assert not page.practice_button.isHidden()
    page.practice_button.click()
    await until(lambda: window.practice.shown)
    assert "Who else?" in face(window)
    assert window.practice._title.text() == "Others"
    window.practice.all_wanted.emit()
    await until(lambda: window.practice._left.text() == "3 left", "the cards of all notes")
    assert window.practice._title.text() == "Practice"


async def test_the_cards_of_a_note_are_practised_from_the_library(
    window: MainWindow, fakes: FakeServices
) -> None:
    fakes.store.notes["plain"] = make_note(template="basic-summary", note_id="plain")
    menu = window.library.menu_for(TWO.id)
    next(each for each in menu.actions() if each.text() == "Practise its cards").trigger()
    await until(lambda: window.practice.shown, "a card")
    assert window.practice._title.text() == TWO.title
    window.library.practice_wanted.emit("plain")
    title = window.practice._nothing._title
    await until(lambda: title.text() == "This note asks nothing")


async def test_a_note_that_asks_nothing_offers_no_practice(window: MainWindow) -> None:
    window.results.open_note(make_note(template="basic-summary", note_id="n3"))
    page = window.results.page_shown
    assert page is not None
    assert page.practice_button.isHidden()


async def test_the_page_switch_tells_how_many_there_are(window: MainWindow) -> None:
    button = window.page_switch.button("practice")
    await until(lambda: button.text() == "Practice  2")
    assert button.accessibleName() == "Practice: 2 cards"


async def test_an_answer_that_cannot_be_kept_is_said_and_can_be_given_again(
    window: MainWindow, fakes: FakeServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begin(window)

    async def full(_: CardReview) -> None:
        raise DiskFull

    with monkeypatch.context() as patch:
        patch.setattr(fakes.practice, "review", full)
        press(window, Qt.Key.Key_Space, Qt.Key.Key_4)
        await until(window.messages.text)
    assert "What halts?" in face(window)
    press(window, Qt.Key.Key_4)
    await until(lambda: fakes.practice.reviews)


async def test_a_card_whose_note_was_deleted_is_passed_over(
    window: MainWindow, fakes: FakeServices
) -> None:
    await begin(window)
    fakes.store.notes.clear()
    press(window, Qt.Key.Key_Space, Qt.Key.Key_4)
    await until(lambda: "takes" in face(window), "the next card")
    assert "There is no such card" in window.messages.text()


async def test_cards_that_come_while_there_were_none_are_offered(
    main_window: Callable[..., Any], fakes: FakeServices
) -> None:
    window = main_window()
    window.page_switch.choose("practice")
    title = window.practice._nothing._title
    await until(lambda: title.text() == "No cards yet")
    fakes.store.notes[TWO.id] = TWO
    window.library.refresh()
    await until(lambda: title.text() == "2 cards to practise")
    window.practice.next_wanted.emit()
    await until(lambda: window.practice.shown, "a card")


async def test_ctrl_z_takes_the_last_answer_back(window: MainWindow, fakes: FakeServices) -> None:
    window.activateWindow()
    await begin(window)
    press(window, Qt.Key.Key_Space, Qt.Key.Key_4)
    await until(lambda: "takes" in face(window))
    QTest.keyClick(window.practice.face, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: "What halts?" in face(window), "the card before")
    assert fakes.practice.reviews == []


async def test_a_doubtful_card_says_so(window: MainWindow) -> None:
    await begin(window)
    assert window.practice._doubt.isHidden()
    press(window, Qt.Key.Key_Space, Qt.Key.Key_4)
    await until(lambda: "takes" in face(window))
    assert not window.practice._doubt.isHidden()


async def test_what_was_forgotten_comes_again(window: MainWindow, fakes: FakeServices) -> None:
    await begin(window)
    press(window, Qt.Key.Key_Space, Qt.Key.Key_1)
    await until(lambda: "takes" in face(window))
    press(window, Qt.Key.Key_Space, Qt.Key.Key_4)
    await until(lambda: "What halts?" in face(window), "the forgotten card")
    shown = window.practice.shown
    assert shown is not None
    assert (shown.progress.stage, len(shown.reviews)) == (CardStage.LEARNING, 1)


async def test_the_text_of_a_card_keeps_its_size_in_reading_mode(window: MainWindow) -> None:
    await begin(window)
    card = window.practice.findChild(QTextBrowser, "cardFace")
    assert card is not None
    size = card.document().defaultFont().pixelSize()
    assert size == theme().reading_px
    for _ in range(2):  # into reading mode and back
        QTest.keyClick(window, Qt.Key.Key_F11)
        await settle()  # no `processEvents` in a task: the first step of another would be lost
        assert card.document().defaultFont().pixelSize() == size


async def test_keys_pressed_before_the_first_card_is_loaded_go_into_no_field(
    window: MainWindow,
) -> None:
    field = window.composer.source.field
    field.setFocus()
    QTest.keyClick(
        window,
        Qt.Key.Key_P,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    assert window.practice.shown is None
    assert window.focusWidget() is window.practice
    await until(lambda: window.practice.shown, "a card")
    assert window.focusWidget() is window.practice.face
