"""Reviews are kept, in the library and in the fake that stands for it alike."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from alembic import command
from sqlalchemy import Connection, text

from notegen_desktop.domain.errors import CardMissing
from notegen_desktop.domain.notes.note import Cite, Note, Section
from notegen_desktop.domain.notes.remark import Remark
from notegen_desktop.domain.practice.cards import cards_of
from notegen_desktop.domain.practice.schedule import CardReview, CardStage, Rating
from notegen_desktop.services.library import migrate
from notegen_desktop.services.library.store import UNDO_S
from notegen_desktop.services.ports import NoteStore, PracticeStore
from tests.fakes.notes import a_note, a_request
from tests.fakes.services import FakeServices

from .conftest import Place

NOON_S = datetime(2026, 11, 29, 12, 0).astimezone().timestamp()
MINUTE_S, DAY_S = 60.0, 86_400.0
CITE = Cite(10.0, 12.0, True, 1)


def card_note(*asked: str, **facts: object) -> Note:
    sections = tuple(Section(each, (CITE,), "So. [^1]", "So. [^1]", "") for each in asked)
    return a_note(template="flashcards", sections=sections, **facts)


THREE = card_note("What is one?", "What is two?", "What is three?")
REQUEST = a_request(template="flashcards")


@dataclass
class Desk:
    notes: NoteStore
    practice: PracticeStore

    async def asked(self, now_s: float, new: int = 20, **options: object) -> list[str]:
        found = await self.practice.due(now_s=now_s, new=new, **options)  # type: ignore[arg-type]
        return [each.card.asks for each in found]


@pytest.fixture(params=["library", "fake"])
async def desk(request: pytest.FixtureRequest, place: Place) -> Desk:
    if request.param == "fake":
        fakes = FakeServices()
        return Desk(fakes.store, fakes.practice)
    library = await place.open()
    return Desk(library.store, library.practice)


def answer(card: str, at_s: float, rating: Rating = Rating.GOOD) -> CardReview:
    return CardReview(card, round(at_s * 1000), rating, 2500)


async def test_new_cards_come_in_the_order_of_their_note(desk: Desk) -> None:
    await desk.notes.save(THREE, REQUEST)
    assert await desk.asked(NOON_S) == ["What is one?", "What is two?", "What is three?"]
    first, *_ = await desk.practice.due(now_s=NOON_S, new=1)
    assert (first.progress.stage, first.reviews) == (CardStage.NEW, ())
    assert first.note.title == THREE.title
    assert first.card.section.cites == (CITE,)


async def test_a_day_begins_so_many_new_cards_and_no_more(desk: Desk) -> None:
    await desk.notes.save(THREE, REQUEST)
    cards = cards_of(THREE)
    assert len(await desk.asked(NOON_S, new=2)) == 2
    await desk.practice.review(answer(cards[0].id, NOON_S, Rating.EASY))
    assert await desk.asked(NOON_S, new=2) == ["What is two?"]
    counts = await desk.practice.counts(now_s=NOON_S, new=2)
    assert (counts.due, counts.new, counts.done) == (0, 1, 1)
    await desk.practice.review(answer(cards[1].id, NOON_S + 1, Rating.EASY))
    assert await desk.asked(NOON_S, new=2) == []
    counts = await desk.practice.counts(now_s=NOON_S, new=2)
    assert counts.next_s == datetime(2026, 11, 30, 4, 0).astimezone().timestamp()
    assert await desk.asked(NOON_S + DAY_S, new=2) == ["What is three?"]


async def test_what_is_learnt_in_minutes_comes_to_the_minute(desk: Desk) -> None:
    await desk.notes.save(card_note("What is one?"), REQUEST)
    (card,) = cards_of(card_note("What is one?"))
    turn = await desk.practice.review(answer(card.id, NOON_S))
    assert (turn.stage, turn.due_s - NOON_S) == (CardStage.LEARNING, 10 * MINUTE_S)
    assert await desk.asked(NOON_S + 9 * MINUTE_S) == []
    assert await desk.asked(NOON_S + 11 * MINUTE_S) == ["What is one?"]
    assert (await desk.practice.counts(now_s=NOON_S, new=20)).next_s == turn.due_s


async def test_what_is_due_in_days_comes_from_the_morning_of_that_day(desk: Desk) -> None:
    await desk.notes.save(card_note("What is one?"), REQUEST)
    (card,) = cards_of(card_note("What is one?"))
    turn = await desk.practice.review(answer(card.id, NOON_S, Rating.EASY))
    days = (turn.due_s - NOON_S) // DAY_S
    assert await desk.asked(turn.due_s - DAY_S) == []
    assert await desk.asked(turn.due_s - 5 * 3600) == ["What is one?"]
    assert days > 1


async def test_an_answer_can_be_taken_back(desk: Desk) -> None:
    await desk.notes.save(THREE, REQUEST)
    review = answer(cards_of(THREE)[0].id, NOON_S, Rating.EASY)
    await desk.practice.review(review)
    await desk.practice.review(review)
    assert (await desk.practice.counts(now_s=NOON_S, new=20)).done == 1
    await desk.practice.take_back(review)
    assert (await desk.asked(NOON_S))[0] == "What is one?"
    assert (await desk.practice.counts(now_s=NOON_S, new=20)).done == 0


async def test_a_card_can_be_left_out(desk: Desk) -> None:
    await desk.notes.save(THREE, REQUEST)
    card = cards_of(THREE)[1].id
    await desk.practice.suspend(card, suspended=True)
    assert await desk.asked(NOON_S) == ["What is one?", "What is three?"]
    counts = await desk.practice.counts(now_s=NOON_S, new=20)
    assert (counts.new, counts.suspended) == (2, 1)
    assert await desk.practice.unsuspend_all() == 1
    assert len(await desk.asked(NOON_S)) == 3


async def test_a_note_can_be_practised_alone(desk: Desk) -> None:
    await desk.notes.save(THREE, REQUEST)
    other = replace(card_note("What else?"), video=replace(THREE.video, id="other"))
    saved = await desk.notes.save(other, a_request(template="flashcards", video_id="other"))
    assert await desk.asked(NOON_S, notes=[saved.id]) == ["What else?"]
    assert len(await desk.asked(NOON_S)) == 4


async def test_a_card_that_is_not_there_is_refused(desk: Desk) -> None:
    with pytest.raises(CardMissing):
        await desk.practice.review(answer("nothing", NOON_S))
    with pytest.raises(CardMissing):
        await desk.practice.suspend("nothing", suspended=True)


async def test_days_with_practice_make_a_streak(desk: Desk) -> None:
    await desk.notes.save(THREE, REQUEST)
    card = cards_of(THREE)[0].id
    for days in (3, 1, 0):
        await desk.practice.review(answer(card, NOON_S - days * DAY_S))
    assert (await desk.practice.counts(now_s=NOON_S, new=20)).streak == 3


# --- in the library alone ---


async def test_a_note_written_again_keeps_the_reviews_of_what_it_still_asks(place: Place) -> None:
    library = await place.open()
    saved = await library.store.save(THREE, REQUEST)
    one, two, _ = cards_of(THREE)
    for card in (one, two):
        await library.practice.review(answer(card.id, NOON_S, Rating.EASY))
    again = card_note("What is zero?", "What is two?", "What is three?", id=saved.id)
    await library.store.revise(again)
    desk = Desk(library.store, library.practice)
    assert await desk.asked(NOON_S) == ["What is zero?", "What is three?"]
    await library.store.revise(replace(THREE, id=saved.id))
    assert await desk.asked(NOON_S) == ["What is three?"], "what comes back has its reviews"


async def test_a_card_is_dated_by_its_own_last_change(place: Place) -> None:
    now_s = NOON_S
    library = await place.open(clock=lambda: now_s)
    saved = await library.store.save(THREE, REQUEST)
    one, two, three = (card.id for card in cards_of(THREE))
    stored = await library.store.get(saved.id)
    assert {stored.card_dates.get(each, stored.card_dates[""]) for each in (one, two, three)} == {
        NOON_S
    }

    now_s += MINUTE_S
    first, second, third = stored.sections
    changed = replace(second, standard="Otherwise. [^1]")
    await library.store.revise(replace(stored, title="Renamed", sections=(changed, first, third)))
    stored = await library.store.get(saved.id)
    assert stored.card_dates == {"": NOON_S, two: NOON_S + MINUTE_S}

    now_s += MINUTE_S
    remark = Remark("r1", "So.", "Really?", section="What is three?", level="standard")
    await library.store.revise(replace(stored, remarks=(remark,)))
    stored = await library.store.get(saved.id)
    assert stored.saved_at == now_s
    assert stored.card_dates == {"": NOON_S, two: NOON_S + MINUTE_S, three: now_s}


async def test_a_note_written_again_leaves_the_dates_of_cards_with_remarks(place: Place) -> None:
    now_s = NOON_S
    library = await place.open(clock=lambda: now_s)
    saved = await library.store.save(THREE, REQUEST)
    stored = await library.store.get(saved.id)
    *_, three = (card.id for card in cards_of(THREE))
    now_s += MINUTE_S
    remark = Remark("r1", "So.", "Really?", section="What is three?", level="standard")
    await library.store.revise(replace(stored, remarks=(remark,)))
    now_s += MINUTE_S
    again = await library.store.save(THREE, REQUEST)
    stored = await library.store.get(again.id)
    assert stored.remarks == (remark,)
    assert stored.card_dates == {"": NOON_S, three: NOON_S + MINUTE_S}


async def test_a_deleted_note_is_not_practised_and_leaves_nothing(
    place: Place, clock: object
) -> None:
    library = await place.open(clock=clock)
    saved = await library.store.save(THREE, REQUEST)
    await library.practice.review(answer(cards_of(THREE)[0].id, NOON_S, Rating.EASY))
    desk = Desk(library.store, library.practice)
    await library.store.delete(saved.id)
    assert await desk.asked(NOON_S) == []
    with_id = replace(THREE, id=saved.id)
    await library.store.restore(with_id)
    assert await desk.asked(NOON_S) == ["What is two?", "What is three?"]
    await library.store.delete(saved.id)
    clock.now += UNDO_S + 1  # type: ignore[attr-defined]
    await library._database.write(library.store.purging())
    left = await library._database.read(
        lambda c: [
            c.execute(text(f"SELECT count(*) FROM {t}")).scalar() for t in ("cards", "reviews")
        ]
    )
    assert left == [0, 0]


async def test_the_same_question_of_two_notes_is_asked_once(place: Place) -> None:
    library = await place.open()
    await library.store.save(THREE, REQUEST)
    await library.store.save(THREE, a_request(template="flashcards", language="de"))
    desk = Desk(library.store, library.practice)
    assert len(await desk.asked(NOON_S)) == 3
    await library.practice.review(answer(cards_of(THREE)[0].id, NOON_S, Rating.EASY))
    assert len(await desk.asked(NOON_S)) == 2
    assert (await library.practice.counts(now_s=NOON_S, new=20)).new == 2


async def test_whose_turn_it_is_follows_from_the_reviews(place: Place) -> None:
    """Two programs answer at once: nothing is lost, and the state is that of all answers."""
    first, second = [await place.open() for _ in range(2)]
    await first.store.save(THREE, REQUEST)
    card = cards_of(THREE)[0].id
    await asyncio.gather(
        *(each.practice.review(answer(card, NOON_S + n)) for n, each in enumerate((first, second)))
    )
    (found,) = [
        each
        for each in await first.practice.due(now_s=NOON_S + 10 * DAY_S, new=20)
        if each.card.id == card
    ]
    assert len(found.reviews) == 2


async def test_an_older_library_can_be_practised(place: Place) -> None:
    library = await place.open()
    await library.store.save(THREE, REQUEST)
    await library.store.save(a_note(), a_request())

    def older(connection: Connection) -> None:
        command.downgrade(migrate.alembic_config(connection), "0011")

    await library._database.write(older)
    await library.aclose()
    library = await place.open()
    assert len(await Desk(library.store, library.practice).asked(NOON_S)) == 3


async def test_cards_that_an_earlier_program_read_otherwise_are_found_anew(place: Place) -> None:
    library = await place.open()
    await library.store.save(THREE, REQUEST)
    await library._database.write(lambda c: c.execute(text("UPDATE cards SET id = 'x' || id")))
    assert len(await Desk(library.store, library.practice).asked(NOON_S)) == 3
