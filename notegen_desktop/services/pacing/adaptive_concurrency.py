"""The concurrency limit of one model: a window that grows and shrinks, as in TCP.

A server with a fixed limit refuses only requests beyond it, with 429 or 503. The level of a request
is the number in flight beside it, itself included. A refusal above every level known to be good is
taken for the limit. One at a good level is chance or has to do with time, and changes nothing; on
such servers, only `DOUBTS` refusals in a row are taken for a limit. Otherwise the window grows by
one with every success up to the last refused size (slow start), and now and then by one beyond.
"""

from __future__ import annotations

FIRST_WINDOW = 8
"""Initial window; every success allows one more request at a time."""

DOUBTS = 4
"""Consecutive refusals, at one level or above, that are no longer chance. With 30 % random
failures, fewer than one request in a hundred begins such a row."""
CHANCE = 40
"""Answers that must begin or end before a server that refuses by chance is believed at once."""

FIRST_PROBE = 4
"""Successes before one more than the limit is tried; doubled each time that is refused."""
COSTLY_PROBE = 100
"""The same if a refusal asks for a wait, which costs all requests."""
MAX_PROBE = 200


class AdaptiveConcurrency:
    """The concurrency limit of one model. `window` is the number of requests that may run now."""

    def __init__(self, most: int) -> None:
        self.window = float(min(most, FIRST_WINDOW))
        self.limit = float("inf")
        """The last refused number of requests, less one; infinite while no limit is known."""
        self._good = 0
        self._doubts = 0
        self._doubted = 0
        self._chance = 0
        self._probe_every = FIRST_PROBE

    def widen(self, most: int) -> None:
        """Allow a larger maximum, after the user raised it."""
        self.window = max(self.window, float(min(most, FIRST_WINDOW)))

    def widen_to(self, most: int) -> None:
        """Widen the window to `most`, unless a limit is known."""
        if self.limit == float("inf"):
            self.window = max(self.window, float(most))

    def answered(self, running: int, *, level: int) -> None:
        """Count an answer that begins or ends while at least `running` requests run at the server,
        itself included.

        `level` is the upper bound of requests that may have run.
        """
        self._chance = max(0, self._chance - 1)
        if level >= self._doubted:
            self._doubts = 0
        self._good = max(self._good, running)
        if running > self.limit:
            self.limit = float("inf")
            self._probe_every = FIRST_PROBE

    def succeeded(self, most: int) -> None:
        """Count a success at a time when a wider window would have been used."""
        step = 1.0 if self.window < self.limit else 1.0 / self._probe_every
        self.window = min(float(most), self.limit + 1, self.window + step)

    def refused(self, level: int, *, beside: int, costs_a_wait: bool) -> bool:
        """Return True if a refusal at this level means that too many requests ran at once.

        `beside`: the other requests still in flight, which the server has accepted.
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
        """Reset the count of doubtful refusals, after refusals with another reason."""
        self.limit = float("inf")
        self._probe_every = FIRST_PROBE
        self._doubts = 0
