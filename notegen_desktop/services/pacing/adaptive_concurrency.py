"""How many requests of one model may run side by side, learnt from who is let in and who is not.

A server with a fixed limit refuses whoever comes on top of it and nobody else, be it with 429 or
503. So each request remembers how many ran when it started, itself included: its level. A refusal
above every level that was ever let in is taken for the limit. One at a level that is known to be
good is chance, or has to do with time, and changes nothing; where such things happen, only four
running are taken for a limit. Between the two it is AIMD, as in TCP: one more with every success
up to where it last went wrong, and now and then one beyond.
"""

from __future__ import annotations

FIRST_WINDOW = 8
"""So many at once before anything is known; every success allows one more."""

DOUBTS = 4
"""Refusals in a row, at one level or above, that are no chance any more. Of requests that fail at
random, 30 % of them, fewer than one in a hundred begins such a row."""
CHANCE = 40
"""So many answers must begin or end before a server that refuses by chance is believed at once."""

FIRST_PROBE = 4
"""Successes before one more than the limit is tried. Each time that is refused, twice as many."""
COSTLY_PROBE = 100
"""The same where a refusal asks for a wait, which costs everybody."""
LAST_PROBE = 200


class AdaptiveConcurrency:
    """One model's limit of requests at once. `window` is how many may run now."""

    def __init__(self, most: int) -> None:
        self.window = float(min(most, FIRST_WINDOW))
        self.limit = float("inf")
        """One more than this was refused last; infinite while nothing of the kind is known."""
        self._good = 0
        self._doubts = 0
        self._doubted = 0
        self._chance = 0
        self._probe_every = FIRST_PROBE

    def widen(self, most: int) -> None:
        """More are allowed by the user than before."""
        self.window = max(self.window, float(min(most, FIRST_WINDOW)))

    def let_in(self, level: int, *, perhaps: int) -> None:
        """The answer to a request of this level has begun; it is `perhaps` that of a higher one."""
        self._chance = max(0, self._chance - 1)
        if perhaps >= self._doubted:
            self._doubts = 0
        self._good = max(self._good, level)
        if level > self.limit:
            self.limit = float("inf")
            self._probe_every = FIRST_PROBE

    def succeeded(self, most: int) -> None:
        """A request is through while there was want of a wider window."""
        step = 1.0 if self.window < self.limit else 1.0 / self._probe_every
        self.window = min(float(most), self.limit + 1, self.window + step)

    def refused(self, level: int, *, costs_a_wait: bool) -> bool:
        """Whether a refusal at this level says that there were too many at once."""
        good = level <= max(1, self._good)
        if good and not costs_a_wait:
            if not self._chance:
                self.forget()
            self._chance = CHANCE
        if good or (self._chance and not costs_a_wait):
            self._doubted = min(self._doubted, level) if self._doubts else level
            self._doubts += 1
            if self._doubts < DOUBTS or level == 1:
                return False
            self._good = min(self._good, level - 1)
        self._doubts = 0
        if self.limit < float("inf"):
            self._probe_every = min(LAST_PROBE, 2 * self._probe_every)
        if costs_a_wait:
            self._probe_every = max(COSTLY_PROBE, self._probe_every)
        self.limit = min(self.limit, float(level - 1))
        self.window = min(self.window, self.limit)
        return True

    def halve(self) -> None:
        """All were too fast, however many they were."""
        self.window = max(1.0, self.window / 2)

    def forget(self) -> None:
        """Refusals that belonged to an outage say nothing about how many may run."""
        self.limit = float("inf")
        self._probe_every = FIRST_PROBE
        self._doubts = 0
