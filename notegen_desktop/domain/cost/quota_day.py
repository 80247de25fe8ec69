"""The day by which quotas are counted: it begins and ends at midnight Pacific time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta


def next_midnight_pacific(now: float) -> float:
    """Return when daily quotas are reset, in seconds since the epoch.

    Computed here rather than by zoneinfo, which has no time zones on Windows by itself. The rule is
    that of 2007: summer time from the second Sunday of March to the first of November, 2 o'clock.
    """
    return _midnight(pacific_date(now) + timedelta(days=1))


def last_midnight_pacific(now: float) -> float:
    """Return when the present day of quotas began, in seconds since the epoch."""
    return _midnight(pacific_date(now))


def pacific_date(moment: float) -> date:
    """Return the day of a moment (seconds since the epoch) by which quotas and prices are
    counted."""
    return datetime.fromtimestamp(moment + _pacific_offset(moment), UTC).date()


def _midnight(day: date) -> float:
    """Return the start of a day in Pacific time, in seconds since the epoch; clock changes are at
    least two hours later."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    return midnight - _pacific_offset(midnight + 8 * 3600)


def _pacific_offset(moment: float) -> float:
    year = datetime.fromtimestamp(moment, UTC).year
    begins = _sunday(year, 3, 2) + 10 * 3600  # 2:00 at UTC-8
    ends = _sunday(year, 11, 1) + 9 * 3600  # 2:00 at UTC-7
    return -7 * 3600 if begins <= moment < ends else -8 * 3600


def _sunday(year: int, month: int, number: int) -> float:
    first = date(year, month, 1)
    day = first + timedelta(days=(6 - first.weekday()) % 7 + 7 * (number - 1))
    return datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
