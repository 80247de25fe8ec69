"""Moments in words, in local time.

The words are English, as the rest of the program is: `strftime("%B")` would take the month from the
locale of the process, which Qt sets to the machine's.
"""

from __future__ import annotations

from datetime import datetime

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


def local_time(moment: str) -> datetime | None:
    """An ISO 8601 time in the local time zone, None if it is none."""
    try:
        return datetime.fromisoformat(moment).astimezone()
    except (ValueError, OverflowError, OSError):  # the last two far off in time
        return None


def day_words(moment: str) -> str:
    """The local day of an ISO 8601 time: `24 November 2026`; "" if it is none."""
    then = local_time(moment)
    return f"{then.day} {MONTHS[then.month - 1]} {then.year}" if then else ""
