"""Numbers and lists in words for people: how many, how long, how much, which."""

from __future__ import annotations

from collections.abc import Sequence


def count(number: int, what: str) -> str:
    """`1 note`, `3 notes`, `1,000 notes`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def listed(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def duration(seconds: float) -> str:
    """A duration (seconds): `8 s`, `2 min 5 s`, `1 h 4 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes} min {rest} s" if rest else f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def rounded_duration(seconds: float) -> str:
    """A long duration (seconds) in whole minutes: `45 min`, `7 h 30 min`, `2 h 0 min`."""
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def tokens_words(tokens: int) -> str:
    """Two digits that count: `840`, `24,000`, `1.3 million`."""
    if tokens < 1000:
        return str(tokens)
    if tokens < 1_000_000:
        step = 1000 if tokens >= 10_000 else 100
        return f"{round(tokens / step) * step:,}"
    return f"{tokens / 1_000_000:.1f} million"


def dollars(amount: float) -> str:
    """US dollars, fine enough to tell a small sum from nothing."""
    if amount < 0.001:
        return "under $0.001"
    return f"${amount:.3f}" if amount < 1 else f"${amount:.2f}"


def exact_dollars(amount: float) -> str:
    """US dollars, as fine as it takes to compare them: $5.00, $0.50, $0.062, $0.0005."""
    if amount >= 1 or not amount:
        return f"${amount:.2f}"
    if amount < 0.01:
        return f"${amount:.6f}".rstrip("0")
    return f"${amount:.3f}".removesuffix("0")
