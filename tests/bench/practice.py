"""Practice with many cards: ms of the processor for the first cards of a sitting, the whole list of
what is due, the counts, and one answer. Each card is of another note: the worst there can be."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from sqlalchemy import Connection, insert

from notegen_desktop.domain.notes.note import Section
from notegen_desktop.domain.practice.cards import cards_of
from notegen_desktop.domain.practice.schedule import CardReview, Rating
from notegen_desktop.services.library import open_library
from notegen_desktop.services.library.practice import _settle
from notegen_desktop.services.library.schema import reviews
from notegen_desktop.ui.window.controllers.practising import FIRST
from tests.fakes.notes import VIDEO, a_note

CARDS = (1_000, 10_000)
CARDS_A_NOTE = 20
ROUNDS = 15
NOW_S = 1_800_000_000.0
WEEK_MS = 7 * 86_400_000


def measure() -> dict[str, float]:
    figures: dict[str, float] = {}
    for cards in CARDS:
        with tempfile.TemporaryDirectory() as folder:
            figures |= asyncio.run(_of(cards, Path(folder)))
    return figures


async def _of(cards: int, folder: Path) -> dict[str, float]:
    library = open_library(None, path=folder / "notes.db", maintenance_after_s=1e9)
    try:
        notes = []
        for number in range(cards // CARDS_A_NOTE):
            asked = [
                Section(f"What is {number} and {n}?", (), "It is so.", "It is so.", "It is so.")
                for n in range(CARDS_A_NOTE)
            ]
            video = replace(VIDEO, id=f"video{number:06}")
            notes.append(a_note(template="flashcards", video=video, sections=tuple(asked)))
        await library.store.add(notes)
        ids = [card.id for note in notes for card in cards_of(note)]
        practice = library.practice
        answered_ms = int(NOW_S * 1000) - WEEK_MS

        def answer(connection: Connection) -> None:  # all of them are due by now
            rows = [
                {"card": card, "at_ms": answered_ms, "rating": Rating.GOOD.value, "duration_ms": 0}
                for card in ids
            ]
            connection.execute(insert(reviews), rows)
            for card in ids:
                _settle(connection, card)

        await practice._database.write(answer)

        async def first() -> None:
            assert await practice.due(now_s=NOW_S, limit=FIRST, new=20)

        async def due() -> None:
            found = await practice.due(now_s=NOW_S, new=20)
            assert len(found) == 200

        async def counts() -> None:
            assert (await practice.counts(now_s=NOW_S, new=20)).due == cards

        answers = iter(ids)

        async def review() -> None:
            await practice.review(CardReview(next(answers), int(NOW_S * 1000), Rating.GOOD))

        return {
            f"practice.{what}_ms_{cards}": await _median_ms(work)
            for what, work in (
                ("first", first),
                ("due", due),
                ("counts", counts),
                ("review", review),
            )
        }
    finally:
        await library.aclose()


async def _median_ms(work: Callable[[], Awaitable[None]]) -> float:
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        await work()
        times.append(1000 * (time.process_time() - begun))
    return statistics.median(times)
