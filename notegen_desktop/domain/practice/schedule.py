"""The due times of flashcards: FSRS 6, by its library.

The reviews of a card are the truth, and its state is computed from them (13 µs a review), so that
nothing else has to be kept in sync. Intervals are not randomized: the button shows the actual
interval, and the same reviews give the same day on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from functools import cache
from typing import TYPE_CHECKING

from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.words import NP_, _

if TYPE_CHECKING:
    import fsrs

AHEAD_S = 20 * 60.0
"""Seconds ahead of its due time that a card may come if nothing else is left, as in Anki."""

DAY_BEGINS_H = 4
"""Hour (local) at which a day begins, as in Anki."""


_RATINGS = (
    *(NP_("rating", "Again"), NP_("rating", "Hard")),
    *(NP_("rating", "Good"), NP_("rating", "Easy")),
)


class Rating(IntEnum):
    """The user's rating of an answer; the numbers are those of FSRS."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4

    @property
    def words(self) -> str:
        return _(_RATINGS[self.value - 1])


class CardStage(StrEnum):
    NEW = "new"
    LEARNING = "learning"
    REVIEW = "review"
    RELEARNING = "relearning"


@dataclass(frozen=True, slots=True)
class CardReview:
    """An answered card: when (UTC, milliseconds), the rating, and the duration (ms)."""

    card: str
    at_ms: int
    rating: Rating
    duration_ms: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """The state of a card after its reviews; `due_s` is in seconds since the epoch, 0 for new."""

    stage: CardStage = CardStage.NEW
    due_s: float = 0.0
    reviews: int = 0
    lapses: int = 0
    """Number of times it was forgotten after it had been learnt."""


def progress(reviews: Sequence[CardReview]) -> Progress:
    """Return the state of a card from its reviews, in order of time."""
    if not reviews:
        return Progress()
    card, lapses = _replayed(reviews)
    stage = CardStage(card.state.name.lower())
    return Progress(stage, card.due.timestamp(), len(reviews), lapses)


def intervals(reviews: Sequence[CardReview], *, now_s: float) -> dict[Rating, float]:
    """Return the seconds until a card comes again, for each rating now."""
    import fsrs

    card, _ = _replayed(reviews)
    now = _moment(now_s)
    result = {}
    for rating in Rating:
        after, _log = _scheduler().review_card(card, fsrs.Rating(rating.value), now)
        result[rating] = (after.due - now).total_seconds()
    return result


def _replayed(reviews: Sequence[CardReview]) -> tuple[fsrs.Card, int]:
    import fsrs  # late: 90 ms, and most starts practise nothing

    card = fsrs.Card(card_id=0)  # without an id it would sleep to find one
    lapses = 0
    for review in reviews:
        lapses += card.state is fsrs.State.Review and review.rating is Rating.AGAIN
        moment = _moment(review.at_ms / 1000)
        card, _ = _scheduler().review_card(card, fsrs.Rating(review.rating.value), moment)
    return card, lapses


@cache
def _scheduler() -> fsrs.Scheduler:
    import fsrs

    return fsrs.Scheduler(enable_fuzzing=False)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def practice_day(seconds: float) -> date:
    """Return the day of a moment (seconds since the epoch), on this machine's clock."""
    return (_moment(seconds).astimezone() - timedelta(hours=DAY_BEGINS_H)).date()


def day_begins(seconds: float, *, days: int = 0) -> float:
    """Return when the day of a moment began, or `days` days later (seconds since the epoch)."""
    day = practice_day(seconds) + timedelta(days=days)
    return datetime.combine(day, time(DAY_BEGINS_H)).astimezone().timestamp()


def interval_words(seconds: float) -> str:
    """Return an interval for a button: `1 min`, `10 min`, `3 h`, `2 d`, `1.5 mo`, `2.1 y`."""
    days = seconds / 86_400
    if days >= 365:
        return _("{years} y").format(years=number(days / 365, 1))
    if days >= 30:
        return _("{months} mo").format(months=number(days / 30.4, 1))
    if days >= 1:
        return _("{days} d").format(days=round(days))
    if seconds >= 3600:
        return f"{round(seconds / 3600)} h"
    return _("{minutes} min").format(minutes=max(1, round(seconds / 60)))


def streak(days: Sequence[date], today: date) -> int:
    """Return the days in a row with practice up to today or yesterday; a single missed day does not
    end it.

    `days` are those with practice, in any order. A missed day is not counted; two end the streak.
    """
    practised = set(days)
    day, length, missed = today, 0, 0
    if today not in practised:
        day -= timedelta(days=1)  # today is not over
    while True:
        if day in practised:
            length, missed = length + 1, 0
        else:
            missed += 1
            if missed > 1:
                return length
        day -= timedelta(days=1)
