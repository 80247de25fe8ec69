"""Why somebody waits, and until when: what the gate and the jobs tell people."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from notegen_desktop.domain.dates import MONTHS
from notegen_desktop.domain.errors import NetworkUnreachable, RateLimited, TimedOut

SAME_UNTIL_S = 0.2  # ends of a wait that are nearer to each other are told once
SLEPT = "Your computer slept; going on"


@dataclass(frozen=True, slots=True)
class Wait:
    """Why somebody waits. `until` is in seconds since the epoch, None if it is not known."""

    reason: str = ""
    until: float | None = None

    def is_news_after(self, told: Wait) -> bool:
        """Whether people would notice: two clocks read one after the other differ by a hair."""
        if self.reason != told.reason or self.until is None or told.until is None:
            return self != told
        return abs(self.until - told.until) >= SAME_UNTIL_S


OnWait = Callable[[Wait], None]


def waiting_words(error: BaseException) -> str:
    """What is waited for after an error that passes, for people."""
    if isinstance(error, NetworkUnreachable):
        return "Waiting for the network"
    if isinstance(error, TimedOut):
        return "No answer in time; trying again"
    if isinstance(error, RateLimited):
        return "Gemini asks to slow down; trying again"
    return "Gemini is overloaded; trying again"


def moment_words(at: float, now: float) -> str:
    """A moment within the next days, as people here read it; both in seconds since the epoch."""
    then, today = (datetime.fromtimestamp(when, UTC).astimezone() for when in (at, now))
    if then.date() == today.date():
        return f"at {then:%H:%M}"
    if then.date() == today.date() + timedelta(days=1):
        return f"at {then:%H:%M} tomorrow"
    return f"at {then:%H:%M} on {then.day} {MONTHS[then.month - 1]}"
