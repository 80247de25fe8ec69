"""When a card comes again follows from its reviews alone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from notegen_desktop.domain.practice.schedule import (
    CardReview,
    CardStage,
    Progress,
    Rating,
    day_begins,
    interval_words,
    intervals,
    practice_day,
    progress,
    streak,
)

DAY_S = 86_400.0
START_S = datetime(2026, 11, 29, 12, 30, tzinfo=UTC).timestamp()


def test_reviews_when_due_give_the_days_that_fsrs_states() -> None:
    """The vector of py-fsrs' own tests: good six times, again twice, good five times."""
    reviews: list[CardReview] = []
    now, days = START_S, []
    for rating in [Rating.GOOD] * 6 + [Rating.AGAIN] * 2 + [Rating.GOOD] * 5:
        reviews.append(CardReview("c", round(now * 1000), rating))
        due = progress(reviews).due_s
        days.append(int((due - now) // DAY_S))
        now = due
    assert days == [0, 2, 11, 46, 163, 498, 0, 0, 2, 4, 7, 12, 21]
    assert progress(reviews).lapses == 1


def test_a_card_that_was_never_shown_is_new() -> None:
    assert progress([]) == Progress(CardStage.NEW)


def test_the_buttons_say_what_will_be() -> None:
    reviews = [CardReview("c", round((START_S + n * DAY_S) * 1000), Rating.GOOD) for n in range(3)]
    now = START_S + 20 * DAY_S
    said = intervals(reviews, now_s=now)
    assert list(said) == list(Rating)
    assert sorted(said.values()) == list(said.values())
    for rating, seconds in said.items():
        after = progress([*reviews, CardReview("c", round(now * 1000), rating)])
        assert after.due_s - now == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(20, "1 min"), (600, "10 min"), (7200, "2 h"), (2 * DAY_S, "2 d"), (46 * DAY_S, "1.5 mo"),
     (498 * DAY_S, "1.4 y")],
)  # fmt: skip
def test_intervals_are_told_in_few_letters(seconds: float, words: str) -> None:
    assert interval_words(seconds) == words


def test_the_evening_ends_late() -> None:
    late = datetime(2026, 11, 29, 2, 0).astimezone().timestamp()
    assert practice_day(late) == date(2026, 11, 28)
    assert day_begins(late, days=1) - late == 2 * 3600


@pytest.mark.parametrize(
    ("days", "length"),
    [((), 0), ((29,), 1), ((28, 27), 2), ((29, 28, 27), 3), ((29, 27, 26), 3), ((29, 26, 25), 1),
     ((27,), 1), ((26,), 0)],
)  # fmt: skip
def test_one_missed_day_ends_no_streak(days: tuple[int, ...], length: int) -> None:
    today = date(2026, 11, 29)
    assert streak([date(2026, 11, day) for day in days], today) == length
