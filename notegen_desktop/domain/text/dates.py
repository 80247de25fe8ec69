"""Formats dates and times as text, in local time.

The text is in the interface language: `strftime("%B")` would take the month from the locale of the
process, which Qt sets to the machine's.
"""

from __future__ import annotations

from datetime import datetime

from notegen_desktop.domain.words import N_, _, pgettext

MONTHS = (
    *(N_("January"), N_("February"), N_("March"), N_("April"), N_("May"), N_("June")),
    *(N_("July"), N_("August"), N_("September"), N_("October"), N_("November"), N_("December")),
)
"""Names of months in the form used in dates, which differs in many languages."""


def local_time(moment: str) -> datetime | None:
    """Return an ISO 8601 time in the local time zone, None if it is invalid."""
    try:
        return datetime.fromisoformat(moment).astimezone()
    # OverflowError and OSError: dates far in the future or the past
    except (ValueError, OverflowError, OSError):
        return None


def day_words(moment: str) -> str:
    """Return the local day of an ISO 8601 time: `24 November 2026`; "" if it is invalid."""
    then = local_time(moment)
    return day_of(then) if then else ""


def day_of(then: datetime) -> str:
    """Return `24 November 2026`."""
    month = _(MONTHS[then.month - 1])
    return _("{day} {month} {year}").format(day=then.day, month=month, year=then.year)


def day_of_year(then: datetime) -> str:
    """Return `24 November`."""
    return _("{day} {month}").format(day=then.day, month=_(MONTHS[then.month - 1]))


def short_day(then: datetime, *, with_year: bool) -> str:
    """Return `24 Nov` or `24 Nov 2026`."""
    form = _("{day} {month} {year}") if with_year else _("{day} {month}")
    return form.format(day=then.day, month=_short_months()[then.month - 1], year=then.year)


def _short_months() -> tuple[str, ...]:
    return (
        pgettext("short month", "Jan"),
        pgettext("short month", "Feb"),
        pgettext("short month", "Mar"),
        pgettext("short month", "Apr"),
        pgettext("short month", "May"),
        pgettext("short month", "Jun"),
        pgettext("short month", "Jul"),
        pgettext("short month", "Aug"),
        pgettext("short month", "Sep"),
        pgettext("short month", "Oct"),
        pgettext("short month", "Nov"),
        pgettext("short month", "Dec"),
    )


def time_words(then: datetime) -> str:
    """Return the time of day, `14:05`."""
    return then.strftime("%H:%M")
