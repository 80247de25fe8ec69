"""What may turn out to be a term."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass


@dataclass(slots=True)
class Candidate:
    """A string that may be a term: how it is written, and in which sentences."""

    forms: Counter[str]
    where: list[int]
    times: int = 0
