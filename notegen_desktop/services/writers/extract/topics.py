"""Where a talk changes its subject, and how to part it into stretches that each hold one.

After Hearst's TextTiling: at every gap between sentences the words before and after are compared;
a dip in their likeness is a boundary. Pauses and the video's own chapters count too.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from .sentences import Sentence

_WINDOW_WORDS = 180.0
"""Words on each side of a gap that are compared."""


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


def depths(sentences: Sequence[Sentence]) -> list[float]:
    """For each sentence, how deep the dip in likeness before it is (0 to about 2)."""
    count = len(sentences)
    likeness = [0.0] * (count + 1)
    left: Counter[str] = Counter()
    right: Counter[str] = Counter()
    left_from = right_to = 0
    left_size = right_size = 0.0
    for gap in range(1, count):
        left.update(sentences[gap - 1].stems)
        left_size += sentences[gap - 1].length
        if right_to >= gap:
            _take_out(right, sentences[gap - 1].stems)
            right_size -= sentences[gap - 1].length
        while left_size - sentences[left_from].length > _WINDOW_WORDS:
            _take_out(left, sentences[left_from].stems)
            left_size -= sentences[left_from].length
            left_from += 1
        right_to = max(right_to, gap)
        while right_to < count and right_size < _WINDOW_WORDS:
            right.update(sentences[right_to].stems)
            right_size += sentences[right_to].length
            right_to += 1
        likeness[gap] = _cosine(left, right)
    return [_depth(likeness, gap, count) for gap in range(count)]


def _take_out(counts: Counter[str], stems: Iterable[str]) -> None:
    """Count down, and forget what is no longer there: a window must not grow with the talk."""
    for stem in stems:
        counts[stem] -= 1
        if not counts[stem]:
            del counts[stem]


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    dot = sum(n * other[stem] for stem, n in one.items())
    norm = sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return dot / norm if norm else 0.0


def _depth(likeness: Sequence[float], gap: int, count: int) -> float:
    if gap == 0:
        return 0.0
    here = likeness[gap]
    left = here
    for at in range(gap - 1, max(0, gap - 25), -1):
        if likeness[at] < left:
            break
        left = likeness[at]
    right = here
    for at in range(gap + 1, min(count, gap + 25)):
        if likeness[at] < right:
            break
        right = likeness[at]
    return (left - here) + (right - here)


def part(
    sentences: Sequence[Sentence], dips: Sequence[float], wanted: int, within: Stretch | None = None
) -> list[Stretch]:
    """The talk (or a stretch of it) as `wanted` stretches of like size, cut at the deepest dips.

    Fewer where there are fewer sentences than asked for.
    """
    whole = within or Stretch(0, len(sentences))
    wanted = max(1, min(wanted, whole.last - whole.first))
    if wanted == 1:
        return [whole] if whole.last > whole.first else []
    sizes = [0.0]
    for index in whole.indexes:
        sizes.append(sizes[-1] + max(1.0, sentences[index].length))
    mean = sizes[-1] / wanted
    points = _points(dips, whole, wanted)
    top = max((dips[p] for p in points[1:-1]), default=0.0) or 1.0
    places = [sizes[p - whole.first] / mean for p in points]
    gains = [0.9 * dips[p] / top if p < whole.last else 0.0 for p in points]
    path = _cheapest(places, gains, wanted, loose=wanted > len(points) // 3)
    if path is None:
        return _even(whole, sizes, wanted)
    return [Stretch(points[a], points[b]) for a, b in pairwise(path)]


def _cheapest(
    places: Sequence[float], gains: Sequence[float], wanted: int, *, loose: bool
) -> list[int] | None:
    """Which points to cut at so that `wanted` stretches are even and their cuts deep.

    `places` are where the points lie, in stretches of average size. None if there is no way.
    """
    shortest, longest = (0.0, float("inf")) if loose else (0.3, 2.5)
    count = len(places)
    costs: dict[int, float] = {0: 0.0}
    backs: list[array[int]] = []  # for each step, from where each point is reached best
    for _ in range(wanted):
        step: dict[int, float] = {}
        back = array("I", [0]) * count
        known = sorted(costs)
        low = 0
        for right in range(1, count):
            while low < len(known) and places[right] - places[known[low]] > longest:
                low += 1
            best, best_left = float("inf"), -1
            for left in known[low:]:
                size = places[right] - places[left]
                if left >= right or size < shortest:
                    break
                cost = costs[left] + (size - 1) * (size - 1)
                if cost < best:
                    best, best_left = cost, left
            if best_left >= 0:
                step[right] = best - gains[right]
                back[right] = best_left
        costs = step
        backs.append(back)
    if count - 1 not in costs:
        return None
    path = [count - 1]
    for back in reversed(backs):
        path.append(back[path[-1]])
    return path[::-1]


def _points(dips: Sequence[float], whole: Stretch, wanted: int) -> list[int]:
    """Where cuts are considered: the deepest gaps, enough of them to choose from, and both ends."""
    inner = range(whole.first + 1, whole.last)
    limit = max(60, 4 * wanted)
    if len(inner) > limit:
        peaks = [
            at
            for at in inner
            if dips[at] >= dips[at - 1] and (at + 1 >= len(dips) or dips[at] >= dips[at + 1])
        ]
        deepest = sorted(peaks, key=lambda at: (-dips[at], at))[:limit]
        stride = max(1, len(inner) // limit)
        inner_points = sorted({*deepest, *inner[::stride]})
    else:
        inner_points = list(inner)
    return [whole.first, *inner_points, whole.last]


def _even(whole: Stretch, sizes: Sequence[float], wanted: int) -> list[Stretch]:
    """Stretches of like size, for material that offers no better place."""
    cuts = [whole.first]
    for number in range(1, wanted):
        goal = sizes[-1] * number / wanted
        at = next(i for i, size in enumerate(sizes) if size >= goal) + whole.first
        cuts.append(min(max(at, cuts[-1] + 1), whole.last - (wanted - number)))
    cuts.append(whole.last)
    return [Stretch(a, b) for a, b in pairwise(cuts)]
