"""A sitting ends when every card of it is learnt, and no answer in it is final."""

from __future__ import annotations

from notegen_desktop.domain.notes.note import Section
from notegen_desktop.domain.practice.cards import cards_of
from notegen_desktop.domain.practice.schedule import CardReview, Rating, progress
from notegen_desktop.domain.practice.session import PracticeCard, PracticeSession
from tests.fakes.notes import a_note

START_S = 1_764_000_000.0
NOTE = a_note(
    template="flashcards", sections=tuple(Section(f"What is {n}?", (), "It.") for n in "abc")
)


CARDS = [PracticeCard(card, NOTE, (), progress(())) for card in cards_of(NOTE)]


def a_session() -> PracticeSession:
    return PracticeSession(CARDS)


def answer(session: PracticeSession, rating: Rating, now_s: float = START_S) -> None:
    shown = session.current
    assert shown is not None
    review = CardReview(shown.card.id, round(now_s * 1000), rating)
    session.answer(review, progress([*shown.reviews, review]))


def shown(session: PracticeSession, now_s: float = START_S) -> str:
    card = session.next(now_s)
    return card.card.asks if card else ""


def test_what_was_forgotten_comes_again_before_the_end() -> None:
    session = a_session()
    assert shown(session) == "What is a?"
    answer(session, Rating.AGAIN)
    for name in "bc":
        assert shown(session) == f"What is {name}?"
        answer(session, Rating.EASY)
    assert shown(session) == "What is a?"
    answer(session, Rating.EASY)
    assert (shown(session), session.left) == ("", 0)
    assert (session.answered, session.forgotten) == (4, 1)


def test_what_is_due_again_comes_before_what_is_new() -> None:
    session = a_session()
    shown(session)
    answer(session, Rating.AGAIN)
    assert shown(session, START_S + 120) == "What is a?"


def test_the_last_answer_can_be_taken_back() -> None:
    session = a_session()
    assert session.take_back() is None
    shown(session)
    answer(session, Rating.AGAIN)
    assert shown(session) == "What is b?"
    assert session.last is not None
    again = session.take_back()
    assert again is not None
    assert (again.card.asks, again.reviews, session.left) == ("What is a?", (), 3)
    answer(session, Rating.EASY)
    assert shown(session) == "What is b?"
    assert session.answered == 1


def test_a_card_can_be_left_out() -> None:
    session = a_session()
    shown(session)
    session.leave_out()
    assert (shown(session), session.left) == ("What is b?", 2)


def test_more_cards_join_a_sitting_and_none_twice() -> None:
    session = PracticeSession(CARDS[:1])
    shown(session)
    answer(session, Rating.EASY)
    session.extend(CARDS)
    assert session.left == 2
    assert shown(session) == "What is b?"
