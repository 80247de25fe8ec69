"""What may turn out to be a term, and a sieve for what cannot: what is said once only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass

_SLOTS = 1 << 21
"""Bytes of a sieve. Ten hours have about a million different strings of words."""


@dataclass(slots=True)
class Candidate:
    """A string that may be a term: how it is written, and in which sentences."""

    forms: Counter[str]
    where: list[int]
    times: int = 0


class Sieve:
    """Tells what was met once only, so that nothing more need be kept of it.

    Counts by hash in a table of fixed size: it may take a few for more often, never for less.
    """

    def __init__(self) -> None:
        self._met = bytearray(_SLOTS)

    def meet(self, key: Hashable) -> None:
        slot = hash(key) % _SLOTS
        if self._met[slot] < 2:
            self._met[slot] += 1

    def holds(self, key: Hashable) -> bool:
        """Whether it was met again."""
        return self._met[hash(key) % _SLOTS] > 1
