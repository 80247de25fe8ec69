"""What a note covers of its video, as stretches of the time line and in words."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.notes import Coverage
from notegen_desktop.domain.video import clock

NAMED_GAPS = 5
"""So many gaps are told in words; the rest are counted."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the time line in seconds."""

    start_s: float
    end_s: float
    covered: bool


@dataclass(frozen=True, slots=True)
class Filling:
    """A gap that is being written, and how far that is, 0 to 1."""

    start_s: float
    end_s: float
    share: float = 0.0


def stretches(duration_s: float, coverage: Coverage) -> tuple[Stretch, ...]:
    """The time line from 0 to `duration_s` without holes or overlaps."""
    result: list[Stretch] = []
    at = 0.0
    for gap_start, gap_end in sorted(coverage.gaps):
        start, end = max(at, gap_start), min(gap_end, duration_s)
        if end <= start:
            continue
        if start > at:
            result.append(Stretch(at, start, True))
        result.append(Stretch(start, end, False))
        at = end
    if at < duration_s:
        result.append(Stretch(at, duration_s, True))
    return tuple(result)


def in_words(duration_s: float, coverage: Coverage) -> str:
    """The strip for those who do not see it."""
    line = stretches(duration_s, coverage)
    gaps = [part for part in line if not part.covered]
    covered = sum(part.end_s - part.start_s for part in line if part.covered)
    if not gaps:
        return f"The note covers all {clock(duration_s)} of the video."
    named = ", ".join(f"{clock(g.start_s)} to {clock(g.end_s)}" for g in gaps[:NAMED_GAPS])
    rest = len(gaps) - NAMED_GAPS
    more = f" and {rest} more" if rest > 0 else ""
    return f"The note covers {clock(covered)} of {clock(duration_s)}. It leaves out {named}{more}."
