"""Where the tab of a note belongs: after those that were finished before.

`ranks` are the finish ranks of the tabs from the first to the last, None where there is none.
"""

from __future__ import annotations

from collections.abc import Sequence


def place_of(rank: int | None, ranks: Sequence[int | None]) -> int:
    """After the last tab that finished before; at the end for what has no rank yet."""
    if rank is None or all(other is None for other in ranks):
        return len(ranks)
    before = (at + 1 for at, other in enumerate(ranks) if other is not None and other < rank)
    return max(before, default=0)


def stands_right(rank: int, at: int, ranks: Sequence[int | None]) -> bool:
    """Whether a tab at a place has before it what finished before, and after it what did after."""
    return all(
        (index < at) == (other < rank)
        for index, other in enumerate(ranks)
        if other is not None and index != at
    )
