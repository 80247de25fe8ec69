"""Long work in the loop's thread, a little at a time, so that the window never stands still."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from functools import partial

LEAST = 100
"""So many steps are done at once in any case: what is short has no second part."""
SLICE_S = 0.02
"""A fifth of what people notice as a stop."""


def advance(work: Iterator[object], *, least: int = 1) -> bool:
    """Go on with `work` for a moment, and for so many steps at least; False when it is done."""
    ends = time.monotonic() + SLICE_S
    for number, _ in enumerate(work, start=1):
        if number >= least and time.monotonic() >= ends:
            return True
    return False


async def go_through(work: Iterator[object]) -> None:
    """Do all of it, with a turn for everybody else in between."""
    for _ in iter(partial(advance, work), False):
        await asyncio.sleep(0)
