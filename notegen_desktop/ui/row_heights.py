"""How high the rows of a list are: guessed until they are seen, then measured. Pure."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate


class RowHeights:
    """Heights in px, and where each row begins."""

    def __init__(self, guesses: Sequence[int] = ()) -> None:
        self._heights = list(guesses)
        self._known = bytearray(len(self._heights))
        self._tops: list[int] = [0]
        self._sum_up()

    def __len__(self) -> int:
        return len(self._heights)

    def __getitem__(self, row: int) -> int:
        return self._heights[row]

    @property
    def total(self) -> int:
        return self._tops[-1]

    @property
    def measured(self) -> int:
        """How many rows are known and no longer guessed."""
        return sum(self._known)

    def top(self, row: int) -> int:
        return self._tops[row]

    def is_known(self, row: int) -> bool:
        return bool(self._known[row])

    def row_at(self, y: float) -> int:
        """The row at a height; the first above all, the last below; -1 without any."""
        return min(max(0, bisect_right(self._tops, y) - 1), len(self._heights) - 1)

    def place_at(self, y: float) -> float:
        """The row at a height, and how far through it: 2.5 is the middle of the third."""
        row = self.row_at(y)
        if row < 0:
            return 0.0
        share = (y - self._tops[row]) / max(1, self._heights[row])
        return row + min(1.0, max(0.0, share))

    def learn(self, real: Iterable[tuple[int, int]]) -> bool:
        """Take over measured rows as (row, height); whether any differs from its guess."""
        differs = False
        for row, height in real:
            self._known[row] = 1
            differs = differs or height != self._heights[row]
            self._heights[row] = height
        if differs:
            self._sum_up()
        return differs

    def _sum_up(self) -> None:
        self._tops = [0, *accumulate(self._heights)]
