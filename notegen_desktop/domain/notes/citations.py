"""What a writer may put where a place in the video is asked for, read as labels and times.

Asked for is one label (`12`) or one time (`3:41`). What comes is also `[12]`, `12-15`, `12, 13`,
`segment 12`, `[1:02:07]` or `3:41–4:10`; all of it is understood, none of it raises.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

MAX_CITES = 200
"""More places than this in one section are no citation but a listing."""

_NOISE = re.compile(
    r"\b(?:segments?|labels?|lines?|cites?|seg|at|from|t)\b[.:#=]?|[\[\](){}<>\"'“”#*`]", re.I
)
_CLOCK = r"(?:\d{1,2}:[0-5]\d:[0-5]\d|\d{1,3}:[0-5]\d)(?:\.\d{1,3})?"
_CLOCKS = re.compile(rf"(?<![\d:])({_CLOCK})(?:\s*(?:[-–—~→]|to|bis|until)\s*({_CLOCK}))?(?![\d:])")
_SECONDS = re.compile(r"(?<![\w:.])(\d{1,6}(?:\.\d{1,3})?)\s?s(?:ec(?:onds?)?)?(?!\w)", re.I)
_RANGE = re.compile(r"^(\S+?)\s*(?:[-–—~→]|\.{2,3}|\bto\b|\bbis\b)\s*(\S+)$")


@dataclass(frozen=True, slots=True)
class LabelRange:
    """From one label to another, both included; the same for one. They need not exist."""

    first: str
    last: str


@dataclass(frozen=True, slots=True)
class Moment:
    """A time of the video in seconds, or a stretch of it. `end_s` is None for a mere time."""

    start_s: float
    end_s: float | None = None


CitedPlace = LabelRange | Moment


def cited_places(cites: Iterable[str], known: Collection[str]) -> list[CitedPlace]:
    """Every place named, in the order given, each once. `known` are the labels that exist."""
    found: dict[CitedPlace, None] = {}
    for cite in cites:
        for place in _of_one(cite, known):
            found.setdefault(place, None)
            if len(found) >= MAX_CITES:
                return list(found)
    return list(found)


def _of_one(cite: str, known: Collection[str]) -> Iterable[CitedPlace]:
    text = cite[:500].strip()
    if text in known:
        return [LabelRange(text, text)]
    text = " ".join(_NOISE.sub(" ", text).split())
    if text in known:
        return [LabelRange(text, text)]
    result: list[CitedPlace] = []

    def take_clock(match: re.Match[str]) -> str:
        start, end = seconds(match[1]), seconds(match[2]) if match[2] else None
        backwards = end is not None and end < start
        result.append(Moment(start, None if backwards else end))
        return ";"

    def take_seconds(match: re.Match[str]) -> str:
        result.append(Moment(float(match[1])))
        return ";"

    text = _SECONDS.sub(take_seconds, _CLOCKS.sub(take_clock, text))
    for part in re.split(r"[,;、，/|]|\s+(?:and|und|et|y|e|&)\s+", text):
        result.extend(_labels(part.strip(" .:-–—"), known))
    return result


def _labels(part: str, known: Collection[str]) -> Iterable[CitedPlace]:
    if not part or len(part) > 40:
        return
    if part in known:
        yield LabelRange(part, part)
    elif match := _RANGE.match(part):
        yield LabelRange(match[1], match[2])
    elif " " in part:
        for word in part.split():
            yield LabelRange(word, word)
    else:
        yield LabelRange(part, part)


def seconds(clock: str) -> float:
    """Seconds of `3:41` or `1:02:07`."""
    total = 0.0
    for part in clock.split(":"):
        total = total * 60 + float(part)
    return total
