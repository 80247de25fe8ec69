"""Finds changes of subject in a transcript, and divides it into ranges of one subject each.

Hearst's TextTiling (1997), with three changes: words are stems weighted by their rarity in rows, at
two scales; the dissimilarity itself counts, not the depth of the dip; and speakers are compared as
well, for in a meeting a subject goes with its speakers. Words and signs that typically accompany a
change of subject count with it, the more the rarer they are otherwise.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log, sqrt
from statistics import fmean

from .language import Language, Role, begins
from .sentences import Sentence

_ROW = 20.0
"""Words per row, the unit in which words are compared."""
_BLOCKS = (10, 20)
"""Rows on each side of a gap whose words are compared, at two scales."""
_SPEAKERS = 20
"""Rows on each side of a gap whose speakers are compared."""
_SIDE = 1 / 3
"""Maximum share of a short transcript on one side of a gap."""
_SIGN = 0.4
"""Weight of an announced change, an opening word and a long turn of a new speaker, per nat of their
rarity. Chosen on other meetings and lectures than those it is measured on, like the rest."""
_LONG_TURN = 40.0
"""Words of one speaker in a row that are more than an answer."""
_APART = 100.0
"""Minimum words between two boundaries."""
_LONG = 0.25
"""Weight of a range's length for cutting it, per nat above the average."""
_FLOOR = 100.0
_EDGE = 30.0
"""Minimum words before the first boundary and after the last."""


@dataclass(frozen=True, slots=True)
class SentenceRange:
    """Sentences `first` up to but not including `last`."""

    first: int
    last: int

    def __contains__(self, index: int) -> bool:
        return self.first <= index < self.last

    @property
    def indexes(self) -> range:
        return range(self.first, self.last)


def boundaries(sentences: Sequence[Sentence], language: Language) -> list[float]:
    """Return, for each sentence, the evidence of a new subject, in standard deviations."""
    said = _rows(sentences, lambda sentence: sentence.stems)
    voices = _rows(sentences, lambda sentence: [sentence.speaker] * len(sentence.words))
    among = Counter(stem for row in said for stem in row)
    weights = {stem: log(len(said) / number) ** 2 for stem, number in among.items()}
    changes = [_changes(said, block, weights) for block in _BLOCKS]
    if len({sentence.speaker for sentence in sentences}) > 1:
        changes.append(_changes(voices, _SPEAKERS, {}))
    strengths: list[float] = []
    offset = 0.0
    for sentence in sentences:
        gap = round(offset / _ROW) - 1
        strengths.append(sum(each[min(max(0, gap), len(each) - 1)] for each in changes if each))
        offset += sentence.length
    for marks in _signs(sentences, language):
        for index in marks:
            strengths[index] += _SIGN * min(3.0, -log((len(marks) + 1) / (len(sentences) + 2)))
    return strengths


def _signs(sentences: Sequence[Sentence], language: Language) -> Iterator[set[int]]:
    """Yield the sentences with each kind of sign."""
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


def _rows(
    sentences: Sequence[Sentence], of: Callable[[Sentence], Sequence[Hashable]]
) -> list[Counter[Hashable]]:
    """Return the items of sentences, counted in rows of equal numbers of words."""
    rows: list[Counter[Hashable]] = []
    offset = 0.0
    for sentence in sentences:
        held = of(sentence)
        for number, each in enumerate(held):
            row = int((offset + sentence.length * number / len(held)) / _ROW)
            rows += [Counter() for _ in range(row + 1 - len(rows))]
            rows[row][each] += 1
        offset += sentence.length
    return rows


def _changes(
    rows: Sequence[Counter[Hashable]], block: int, weights: Mapping[Hashable, float]
) -> list[float]:
    """Return the dissimilarity of the two sides of each gap between rows, smoothed over three, in
    standard deviations."""
    block = max(1, min(block, int(_SIDE * len(rows))))
    unlike = [-_likeness(*sides, weights) for sides in _sides(rows, block)]
    return _standard([fmean(unlike[max(0, at - 1) : at + 2]) for at in range(len(unlike))])


def _sides(
    rows: Sequence[Counter[Hashable]], block: int
) -> Iterator[tuple[Counter[Hashable], Counter[Hashable]]]:
    """Yield the counts before and after each gap between rows."""
    left: Counter[Hashable] = Counter()
    right: Counter[Hashable] = Counter()
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


def _take_out(counts: Counter[Hashable], row: Counter[Hashable]) -> None:
    """Subtract a row, and delete zero counts: the window must not grow with the transcript."""
    for word, number in row.items():
        counts[word] -= number
        if not counts[word]:
            del counts[word]


def _likeness(
    one: Counter[Hashable], other: Counter[Hashable], weights: Mapping[Hashable, float]
) -> float:
    """Return the likeliness that one item of each is the same, independent of size, so that short
    sides at the ends are no boundaries: a square root, so that constant words do not dominate."""
    pairs = one.total() * other.total()
    same = sum(n * other[key] * weights.get(key, 1.0) for key, n in one.items() if key in other)
    return sqrt(same / pairs) if pairs else 0.0


def _standard(values: Sequence[float]) -> list[float]:
    mean = fmean(values) if values else 0.0
    deviation = sqrt(fmean((value - mean) ** 2 for value in values)) if values else 0.0
    return [(value - mean) / (deviation or 1.0) for value in values]


def part(
    sentences: Sequence[Sentence], strengths: Sequence[float], wanted: int, *, even: float = 0.0
) -> list[SentenceRange]:
    """Return the transcript in `wanted` ranges, cut where the evidence is strongest; fewer if it is
    very short.

    `even` is the minimum length, as a share of the average.
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
    return [SentenceRange(first, last) for first, last in pairwise(ends) if last > first]
