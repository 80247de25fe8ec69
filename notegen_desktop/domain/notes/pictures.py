"""Pictures of the video in a note: selects their times, and inserts them.

A picture belongs to a section and a time. It is useful if the passage of a cite points at something
shown, or the section has code or a formula.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from notegen_desktop.domain.text.transcript import Segment, Transcript

from .note import Cite, Note, Picture, Section
from .statements import split

MAX_PICTURES = 40
"""Maximum pictures in one note: some 2 MB."""

MIN_APART_S = 5.0
"""Minimum seconds between two pictures: nearer ones show the same."""

POINTED, NAMED, WRITTEN = 4, 2, 1
"""Weights: an object that the speaker points at counts more than one only named; code or a formula
in a section was most likely shown on screen."""

_CODE_OR_FORMULA = re.compile(r"^ {0,3}(?:```|~~~)|\$\$|(?<![\\\w])\$[^\s$][^$\n]*\$(?!\w)", re.M)


@dataclass(frozen=True, slots=True)
class PointingTable:
    """The phrases of one language, as patterns: requests to look, and visible objects. `spaced`
    ones match whole words."""

    pointing: tuple[str, ...]
    things: tuple[str, ...]
    spaced: bool = True

    def pattern(self, patterns: tuple[str, ...]) -> str:
        return rf"(?<!\w)(?:{'|'.join(patterns)})(?!\w)" if self.spaced else "|".join(patterns)


class PointingWords:
    """The phrases of some languages about visible objects."""

    def __init__(self, *tables: PointingTable) -> None:
        def either(patterns: Iterable[str]) -> re.Pattern[str]:
            return re.compile("|".join(patterns) or "(?!)", re.IGNORECASE)

        self._pointing = either(table.pattern(table.pointing) for table in tables)
        self._things = either(table.pattern(table.things) for table in tables)

    def weight(self, text: str) -> int:
        """Return how certainly something is shown while this is said."""
        text = text.replace("'", "’")
        if self._pointing.search(text):
            return POINTED
        return NAMED if self._things.search(text) else 0


@dataclass(frozen=True, slots=True)
class PictureMoment:
    """A time of the video worth a picture, and its section (counted from 0)."""

    section: int
    at_s: float


def moments(note: Note, transcript: Transcript | None, words: PointingWords) -> list[PictureMoment]:
    """Return the times with something to see, the best first: of each section its best, then the
    second of each, and so on.

    The text at a cite counts, if its times are known, and that of its statements. Doubtful cites
    are ignored.
    """
    said = transcript.segments if transcript is not None and transcript.timed else ()
    ranked: list[tuple[int, int, PictureMoment]] = []
    for number, section in enumerate(note.sections):
        found = _weighed(section, said, words)
        found.sort(key=lambda each: (-each[0], each[1]))
        ranked += (
            (turn, -weight, PictureMoment(number, at_s))
            for turn, (weight, at_s) in enumerate(found)
        )
    ranked.sort(key=lambda each: (each[0], each[1], each[2].at_s))
    chosen: list[PictureMoment] = []
    for _, _, moment in ranked:
        if all(abs(moment.at_s - other.at_s) >= MIN_APART_S for other in chosen):
            chosen.append(moment)
    return chosen


def _weighed(
    section: Section, said: Sequence[Segment], words: PointingWords
) -> list[tuple[int, float]]:
    """Return the places of a section with something to see: weight and time in seconds."""
    texts = section.texts
    written = WRITTEN if any(map(_CODE_OR_FORMULA.search, texts)) else 0
    stated: Counter[int] = Counter()
    for text in filter(None, texts):
        for statement in split(text):
            weight = min(NAMED, words.weight(statement.text))
            for n in statement.markers:
                stated[n] = max(stated[n], weight)
    found: dict[float, int] = {}
    for cite in section.cites:
        if cite.is_doubtful:
            continue
        weight, at_s = _pointed_at(cite, said, words)
        weight += stated[cite.n] if cite.n else 0
        if weight := weight + written:
            found[at_s] = max(weight, found.get(at_s, 0))
    return [(weight, at_s) for at_s, weight in found.items()]


def _pointed_at(cite: Cite, said: Sequence[Segment], words: PointingWords) -> tuple[int, float]:
    """Return how certainly something is shown at a cite, and the time in seconds."""
    best, at_s = 0, cite.start_s
    for place in range(bisect_left(said, cite.start_s, key=attrgetter("start_s")), len(said)):
        segment = said[place]
        if segment.start_s > max(cite.start_s, cite.end_s):
            break
        weight = words.weight(segment.text)
        if weight > best:
            best, at_s = weight, segment.start_s
    return best, at_s


def with_picture(note: Note, section: int, picture: Picture) -> Note:
    """Return the note with a picture in a section (counted from 0), in order of time; replaces one
    of the same time."""
    others = [each for each in note.sections[section].pictures if each.at_s != picture.at_s]
    pictures = sorted([*others, picture], key=lambda each: each.at_s)
    return _with(note, section, pictures)


def without_picture(note: Note, section: int, picture: Picture) -> Note:
    """Return the note without a picture; unchanged if it is gone already."""
    if section >= len(note.sections):
        return note
    return _with(note, section, (p for p in note.sections[section].pictures if p != picture))


def _with(note: Note, section: int, pictures: Iterable[Picture]) -> Note:
    sections = list(note.sections)
    sections[section] = replace(sections[section], pictures=tuple(pictures))
    return replace(note, sections=tuple(sections))
