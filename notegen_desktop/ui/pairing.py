"""Which place of a note goes with which place of a transcript. Pure.

A place in the note is a section and how far through it: 2.5 is the middle of the third, -1 the
beginning of the head. A place in the transcript is the same with rows.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

NEIGHBOURS = 2
"""Passages as near as that to the one wanted do as well: nothing moves for the sake of a line."""


class Pairing:
    """Made from what each section rests on: its rows, in order."""

    def __init__(self, rows: Sequence[Sequence[int]], count: int) -> None:
        """`count` rows has the transcript."""
        self._rows = rows
        firsts = [(own[0], n) for n, own in enumerate(rows) if own and own[0] > 0]
        chain = _in_order(firsts)
        self._at = [0.0, *(float(row) for row, _ in chain), float(max(1, count))]
        self._places = [-1.0, *(float(n) for _, n in chain), float(len(rows))]

    def place_of(self, row: float) -> float:
        """The place of the note that goes with one of the transcript.

        Where sections follow the talk it is between them, in proportion. The place never runs back
        while the transcript runs on: a section told out of turn is passed over.
        """
        if row >= self._at[-1]:
            return self._places[-1]
        n = max(1, bisect_right(self._at, row))
        begin, end = self._at[n - 1], self._at[n]
        share = (max(row, 0.0) - begin) / (end - begin)
        return self._places[n - 1] + share * (self._places[n] - self._places[n - 1])

    def rows_of(self, place: float) -> Sequence[int]:
        """The passages that go with a place of the note, with the one to begin at first.

        None if its section rests on none.
        """
        section = int(place) if place >= 0 else -1
        own = self._rows[section] if 0 <= section < len(self._rows) else ()
        if not own:
            return ()
        best = round((place - section) * (len(own) - 1))
        first = best - NEIGHBOURS if best > 2 * NEIGHBOURS else 0
        return own[first : best + NEIGHBOURS + 1]


def _in_order(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest run of (row, section) in which rows only grow, sections being in order."""
    ends: list[int] = []  # for each length, the smallest row that a run can end with
    last: list[int] = []  # and which pair that is
    before: list[int] = []
    for number, (row, _) in enumerate(pairs):
        n = bisect_left(ends, row)
        before.append(last[n - 1] if n else -1)
        ends[n : n + 1] = [row]
        last[n : n + 1] = [number]
    run: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        run.append(pairs[at])
        at = before[at]
    return run[::-1]
