"""A transcript as one text, with a mapping from any character to its segment and time."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from notegen_desktop.domain.text.scripts import WIDE_MARKS
from notegen_desktop.domain.text.transcript import Segment, Transcript

from .language import UNSPACED, measure

_TIGHT = re.compile(f"{UNSPACED.pattern}|[{WIDE_MARKS}]")
"""Characters between which no space is inserted where two captions meet."""
_RUN = re.compile(r"([^\w\s])\1{3,}")
"""Repeated marks ("......", "-----"), which are shortened to three."""
_SECONDS_A_WORD = 0.42
"""Seconds per word of quick but ordinary speech."""


class Pauses:
    """Seconds of silence by the position after them. Added in order."""

    def __init__(self) -> None:
        self._positions = array("I")
        self._seconds = array("d")

    def add(self, position: int, seconds: float) -> None:
        self._positions.append(position)
        self._seconds.append(seconds)

    def at(self, position: int) -> float | None:
        """Return the seconds of a pause; None without one, not even of no length."""
        place = bisect_left(self._positions, position)
        found = place < len(self._positions) and self._positions[place] == position
        return self._seconds[place] if found else None

    def within(self, start: int, end: int) -> Iterator[tuple[int, float]]:
        """Yield the pauses between two positions, both excluded."""
        first = bisect_right(self._positions, start)
        for place in range(first, bisect_left(self._positions, end)):
            yield self._positions[place], self._seconds[place]


class Stream:
    """All segments as one text, with a mapping from a character to its segment and time."""

    def __init__(self, transcript: Transcript) -> None:
        self.segments: list[Segment] = []
        self.offsets = array("I")
        self.pauses = Pauses()
        self.stops: set[int] = set()
        parts: list[str] = []
        length = 0
        pace = pace_of(transcript.segments)
        previous: Segment | None = None
        for segment in transcript.segments:
            text = _RUN.sub(r"\1\1\1", " ".join(segment.text.split()))
            if not text:
                continue
            if previous is not None:
                last = parts[-1][-1:]
                gap = "" if _TIGHT.match(last) and _TIGHT.match(text[0]) else " "
                parts.append(gap)
                length += len(gap)
                self.pauses.add(length, pause_between(previous, segment, pace))
                if previous.speaker != segment.speaker:
                    self.stops.add(length)
            self.segments.append(segment)
            self.offsets.append(length)
            parts.append(text)
            length += len(text)
            previous = segment
        self.text = "".join(parts)

    def number_at(self, position: int) -> int:
        return max(0, bisect_right(self.offsets, position) - 1)

    def span_of(self, number: int) -> tuple[int, int]:
        end = self.offsets[number + 1] if number + 1 < len(self.offsets) else len(self.text)
        return self.offsets[number], max(end, self.offsets[number] + 1)

    def time_at(self, position: int) -> float:
        """Return the time of a character, as if each segment were spoken evenly."""
        number = self.number_at(position)
        start, end = self.span_of(number)
        segment = self.segments[number]
        share = min(1.0, max(0.0, (position - start) / (end - start)))
        return segment.start_s + share * max(0.0, segment.end_s - segment.start_s)

    def labels_of(self, start: int, end: int) -> tuple[str, ...]:
        """Return the labels of segments that overlap a span by more than a word."""
        whole = max(1, end - start)
        chosen: list[str] = []
        best, best_share = "", 0.0
        for number in range(self.number_at(start), self.number_at(max(start, end - 1)) + 1):
            first, last = self.span_of(number)
            overlap = min(end, last) - max(start, first)
            share = max(overlap / whole, overlap / (last - first))
            label = self.segments[number].label
            if overlap / whole >= 0.2 or overlap / (last - first) >= 0.5:
                chosen.append(label)
            if share > best_share:
                best, best_share = label, share
        return tuple(chosen) or (best,)


def pace_of(segments: Sequence[Segment]) -> float:
    """Return the median seconds per word of the segments."""
    rates = sorted(
        (after.start_s - before.start_s) / measure(before.text)
        for before, after in pairwise(segments)
        if after.start_s > before.start_s and measure(before.text) >= 3
    )
    return rates[len(rates) // 2] if rates else _SECONDS_A_WORD


def pause_between(before: Segment, after: Segment, pace: float) -> float:
    """Return the seconds of silence between two segments; captions overlap, so speech is estimated
    too."""
    gap = after.start_s - before.end_s
    spoken = measure(before.text) * max(pace, _SECONDS_A_WORD) * 1.35 + 0.5
    return max(gap, after.start_s - before.start_s - spoken, 0.0)
