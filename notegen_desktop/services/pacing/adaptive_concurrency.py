"""How many requests of one model may run side by side: a window that grows and shrinks, as in TCP.

A server with a fixed limit refuses what comes on top of it and nothing else, be it with 429 or 503.
The level of a request is how many were in flight beside it, itself included. A refusal above every
level that is known to be good is taken for the limit. One at a good level is chance, or has to do
with time, and changes nothing; where such things happen, only `DOUBTS` in a row are taken for a
limit. Otherwise the window is one more with every success up to where it last went wrong (slow
start), and now and then one beyond.
"""

from __future__ import annotations

FIRST_WINDOW = 8
"""Requests at once before anything is known; every success allows one more."""

DOUBTS = 4
"""Refusals in a row, at one level or above, that are no chance any more. Of requests that fail at
random, 30 % of them, fewer than one in a hundred begins such a row."""
CHANCE = 40
"""Answers that must begin or end before a server that refuses by chance is believed at once."""

FIRST_PROBE = 4
"""Successes before one more than the limit is tried. Each time that is refused, twice as many."""
COSTLY_PROBE = 100
"""The same where a refusal asks for a wait, which costs all requests."""
MAX_PROBE = 200


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

    def widen_to(self, most: int) -> None:
        """Nothing speaks against so many."""
        if self.limit == float("inf"):
            self.window = max(self.window, float(most))

    def answered(self, running: int, *, level: int) -> None:
        """An answer begins, or ends, while `running` surely run at the other side, this included.

        `level` is how many may have run.
        """
        self._chance = max(0, self._chance - 1)
        if level >= self._doubted:
            self._doubts = 0
        self._good = max(self._good, running)
        if running > self.limit:
            self.limit = float("inf")
            self._probe_every = FIRST_PROBE

    def succeeded(self, most: int) -> None:
        """A request is through while a wider window would have been used."""
        step = 1.0 if self.window < self.limit else 1.0 / self._probe_every
        self.window = min(float(most), self.limit + 1, self.window + step)

    def refused(self, level: int, *, beside: int, costs_a_wait: bool) -> bool:
        """Whether a refusal at this level says that there were too many at once.

        `beside`: the others that are in flight still, which is what the other side has let in.
        """
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
            self._probe_every = min(MAX_PROBE, 2 * self._probe_every)
        if costs_a_wait:
            self._probe_every = max(COSTLY_PROBE, self._probe_every)
        self.limit = max(1.0, min(self.limit, max(self._good, min(beside, level - 1))))
        self.window = min(self.window, self.limit)
        return True

    def forget(self) -> None:
        """Refusals that had another reason say nothing about how many may run."""
        self.limit = float("inf")
        self._probe_every = FIRST_PROBE
        self._doubts = 0
