"""A part of a long video, and what is kept of a note on it."""

from __future__ import annotations

from dataclasses import dataclass

from .notes import Draft
from .video import clock


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a video that one request writes about; times in seconds.

    `first` and `last` are the labels of its own segments, "" where there are no words. It is number
    `number` of `count`. A part that `fills` closes a gap of a note that has the sections `known`.
    """

    start_s: float
    end_s: float
    first: str = ""
    last: str = ""
    number: int = 1
    count: int = 1
    fills: bool = False
    known: tuple[str, ...] = ()

    @property
    def seconds(self) -> float:
        return self.end_s - self.start_s

    @property
    def words(self) -> str:
        """Where it is, for people and models."""
        return f"{clock(self.start_s)} to {clock(self.end_s)}"


@dataclass(frozen=True, slots=True)
class PartDraft:
    """What is kept of one part, numbered from 0: whole sections, and whether they are all of it."""

    number: int
    draft: Draft
    done: bool = False
