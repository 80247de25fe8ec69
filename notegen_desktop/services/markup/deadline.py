"""How long a text may be computed on."""

from __future__ import annotations

import time


class Deadline:
    """Passed when this thread has computed for `limit_s` seconds; how long others hold it up does
    not count.

    A thread computes no longer than passes on the wall, so that clock is asked first: it costs a
    twentieth of the other, and a parser asks some thousand times for a note.
    """

    def __init__(self, limit_s: float) -> None:
        self._wall = time.monotonic() + limit_s
        self._computed = time.thread_time() + limit_s

    @property
    def passed(self) -> bool:
        return time.monotonic() > self._wall and time.thread_time() > self._computed
