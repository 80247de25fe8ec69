"""Where a talk changes its subject, and how to part it into stretches that each hold one.

Hearst's TextTiling (1997) at two scales: the words before and after a place are compared, and a dip
in their likeness is a boundary. What speakers say and do when they change the subject counts with
it, the more the less often they do so otherwise.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from statistics import fmean

from .language import Language, Role, begins
from .sentences import Sentence

_ROW = 20.0
"""Words of a pseudo-sentence, the unit in which words are compared."""
_BLOCKS = ((10, 1.0), (20, 0.6))
"""Pseudo-sentences on each side of a gap, and what their likeness counts."""
_SIGNS = (0.6, 0.5, 0.6)
"""What a said change, an opening word and a long turn of a new speaker count, for each nat of how
seldom they are. Chosen on meetings and lectures other than those it is measured on."""
_LONG_TURN = 40.0
"""Words of one speaker in a row that are more than an answer."""
_APART = 100.0
"""Words between two boundaries at least."""
_LONG = 0.25
"""What the length of a stretch speaks for cutting it, for each nat above the average."""
_FLOOR = 100.0
_EDGE = 30.0
"""Words before the first boundary and after the last at least."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Sentences `first` up to but not including `last`."""

    first: int
    last: int

    def __contains__(self, index: int) -> bool:
        return self.first <= index < self.last

    @property
    def indexes(self) -> range:
        return range(self.first, self.last)


def boundaries(sentences: Sequence[Sentence], language: Language) -> list[float]:
    """For each sentence, how much speaks for a new subject with it, in deviations."""
    depths = [_standard(_depths(sentences, language, block)) for block, _ in _BLOCKS]
    weights = [weight for _, weight in _BLOCKS]
    strengths = [
        sum(weight * depth for weight, depth in zip(weights, each, strict=True))
        for each in zip(*depths, strict=True)
    ]
    for marks, weight in zip(_signs(sentences, language), _SIGNS, strict=True):
        if marks:
            worth = weight * min(3.0, -log((len(marks) + 1) / (len(sentences) + 2)))
            for index in marks:
                strengths[index] += worth
    return strengths


def _signs(sentences: Sequence[Sentence], language: Language) -> Iterator[set[int]]:
    """The sentences that each kind of sign speaks for."""
    for role in (Role.CHANGE, Role.TURN):
        yield {s.index for s in sentences if begins(role, language.code, s.text)}
    turns: set[int] = set()
    start, said = 0, 0.0
    for before, after in pairwise([*sentences, None]):
        said += before.length if before else 0.0
        if before and (after is None or after.speaker != before.speaker):
            if start and said >= _LONG_TURN:
                turns.add(start)
            start, said = before.index + 1, 0.0
    yield turns


def _depths(sentences: Sequence[Sentence], language: Language, block: int) -> list[float]:
    """For each sentence, how deep the dip in likeness at the gap between rows next to it is."""
    rows: list[Counter[str]] = []
    nearest: list[int] = []
    said = 0.0
    for sentence in sentences:
        nearest.append(round(said / _ROW) - 1)
        words = sentence.stems if language.unspaced else sentence.words
        for number, word in enumerate(words):
            row = int((said + sentence.length * number / len(words)) / _ROW)
            rows += [Counter() for _ in range(row + 1 - len(rows))]
            if language.unspaced or word not in language.stop:
                rows[row][word] += 1
        said += sentence.length
    likeness = [_cosine(*sides) for sides in _sides(rows, block)]
    smooth = [fmean(likeness[max(0, at - 1) : at + 2]) for at in range(len(likeness))]
    depths = [_rise(smooth, at, -1) + _rise(smooth, at, 1) for at in range(len(smooth))]
    top = len(depths) - 1
    return [depths[min(top, max(0, at))] if depths else 0.0 for at in nearest]


def _sides(rows: Sequence[Counter[str]], block: int) -> Iterator[tuple[Counter[str], Counter[str]]]:
    """The words before and after each gap between rows."""
    left: Counter[str] = Counter()
    right: Counter[str] = Counter()
    for row in rows[:block]:
        right.update(row)
    for gap in range(1, len(rows)):
        left.update(rows[gap - 1])
        _take_out(right, rows[gap - 1])
        if gap > block:
            _take_out(left, rows[gap - block - 1])
        if gap + block <= len(rows):
            right.update(rows[gap + block - 1])
        yield left, right


def _take_out(counts: Counter[str], row: Counter[str]) -> None:
    """Count down, and forget what is no longer there: a window must not grow with the talk."""
    for word, number in row.items():
        counts[word] -= number
        if not counts[word]:
            del counts[word]


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    dot = sum(n * other.get(word, 0) for word, n in one.items())
    norm = sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return dot / norm if norm else 0.0


def _rise(values: Sequence[float], at: int, step: int) -> float:
    """How far it goes up from a place before it goes down again."""
    top = values[at]
    here = at + step
    while 0 <= here < len(values) and values[here] >= top:
        top = values[here]
        here += step
    return top - values[at]


def _standard(values: Sequence[float]) -> list[float]:
    mean = fmean(values) if values else 0.0
    deviation = sqrt(fmean((value - mean) ** 2 for value in values)) if values else 0.0
    return [(value - mean) / (deviation or 1.0) for value in values]


def part(
    sentences: Sequence[Sentence], strengths: Sequence[float], wanted: int, *, even: float = 0.0
) -> list[Stretch]:
    """The talk as `wanted` stretches, cut where most speaks for it; fewer of a very short one.

    `even` is the length of the shortest allowed, as a share of the average.
    """
    count = len(sentences)
    offsets = [0.0]
    for sentence in sentences:
        offsets.append(offsets[-1] + sentence.length)
    fair = offsets[-1] / max(1, wanted)
    apart = max(min(_APART, 0.5 * fair), even * fair)
    edge = max(min(_EDGE, 0.5 * fair), even * fair)
    ends = [0, count]
    for _ in range(wanted - 1):
        best, place = 0.0, 0
        for first, last in pairwise(ends):
            size = offsets[last] - offsets[first]
            low = offsets[first] + (apart if first else edge)
            high = offsets[last] - (apart if last < count else edge)
            for index in range(bisect_left(offsets, low), bisect_right(offsets, high)):
                worth = strengths[index] + _LONG * log(size / fair) + _FLOOR
                if first < index < last and worth > best:
                    best, place = worth, index
        if not place:
            break
        insort(ends, place)
    return [Stretch(first, last) for first, last in pairwise(ends) if last > first]
