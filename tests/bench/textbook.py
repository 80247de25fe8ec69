"""Textbook methods that the offline engine is compared with: small, plain, as published.

A talk is a list of sentences, each a list of its words in lower case. Segmentation gives the
numbers of the sentences that begin a segment, the first (0) included; extraction gives the numbers
of the sentences it would quote, in order of the talk, until `budget` words are reached.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from math import log, sqrt
from statistics import fmean, pstdev

Talk = Sequence[Sequence[str]]

# --- Segmentation ---------------------------------------------------------------------------------


def texttiling(
    talk: Talk, stop: frozenset[str], *, width: int = 20, block: int = 10, count: int | None = None
) -> list[int]:
    """TextTiling by block comparison (Hearst, Computational Linguistics 23(1), 1997).

    Pseudo-sentences of `width` words, `block` of them on each side of a gap, likeness smoothed over
    three gaps, depth scores, boundaries deeper than mean minus half the deviation, none nearer than
    three pseudo-sentences. With `count` that many segments, the deepest gaps, instead.
    """
    tokens = [(word, at) for at, words in enumerate(talk) for word in words]
    rows = [tokens[i : i + width] for i in range(0, len(tokens), width)]
    bags = [Counter(word for word, _ in row if word not in stop) for row in rows]
    gaps = range(1, len(rows))
    likeness = [
        _cosine(_sum(bags[max(0, gap - block) : gap]), _sum(bags[gap : gap + block]))
        for gap in gaps
    ]
    smooth = [fmean(likeness[max(0, i - 1) : i + 2]) for i in range(len(likeness))]
    depths = [
        _climb(smooth, i, -1) + _climb(smooth, i, 1) - 2 * smooth[i] for i in range(len(smooth))
    ]
    if not depths:
        return [0]
    cutoff = fmean(depths) - pstdev(depths) / 2 if count is None else 0.0
    most = len(depths) if count is None else count - 1
    chosen: list[int] = []
    for gap in sorted(range(len(depths)), key=lambda i: (-depths[i], i)):
        if len(chosen) >= most or depths[gap] <= cutoff:
            break
        if all(abs(gap - other) > 3 for other in chosen):
            chosen.append(gap)
    starts = {0}
    begins = _word_offsets(talk)
    for gap in chosen:
        goal = (gap + 1) * width
        starts.add(min(range(len(talk)), key=lambda i: abs(begins[i] - goal)))
    return sorted(starts)


def evenly(talk: Talk, count: int) -> list[int]:
    """Segments of equal numbers of words: what any method has to beat."""
    begins = _word_offsets(talk)
    total = begins[-1] + len(talk[-1])
    return sorted(
        {
            min(range(len(talk)), key=lambda i: abs(begins[i] - total * n / count))
            for n in range(count)
        }
    )


def pk(truth: Iterable[int], found: Iterable[int], length: int) -> float:
    """Beeferman's Pk: how often two places half a true segment apart are told apart wrongly."""
    real, guess, k = _window(truth, found, length)
    return fmean(
        (sum(real[i + 1 : i + k + 1]) == 0) != (sum(guess[i + 1 : i + k + 1]) == 0)
        for i in range(length - k)
    )


def windowdiff(truth: Iterable[int], found: Iterable[int], length: int) -> float:
    """Pevzner and Hearst's WindowDiff: how often a window holds another number of boundaries."""
    real, guess, k = _window(truth, found, length)
    return fmean(
        sum(real[i + 1 : i + k + 1]) != sum(guess[i + 1 : i + k + 1]) for i in range(length - k)
    )


def _window(
    truth: Iterable[int], found: Iterable[int], length: int
) -> tuple[list[int], list[int], int]:
    real, guess = [0] * length, [0] * length
    for marks, starts in ((real, truth), (guess, found)):
        for start in starts:
            if 0 < start < length:
                marks[start] = 1
    k = max(2, round(length / (2 * (sum(real) + 1))))
    return real, guess, min(k, length - 1)


# --- Extraction -----------------------------------------------------------------------------------


def lead(talk: Talk, stop: frozenset[str], budget: int) -> list[int]:
    """The first sentences."""
    return _filled(talk, [-float(i) for i in range(len(talk))], budget)


def tiles(talk: Talk, stop: frozenset[str], budget: int) -> list[int]:
    """The first sentences of each TextTiling segment, in turns."""
    starts = texttiling(talk, stop)
    ends = [*starts[1:], len(talk)]
    scores = [0.0] * len(talk)
    for start, end in zip(starts, ends, strict=True):
        for at in range(start, end):
            scores[at] = -float(at - start)
    return _filled(talk, scores, budget)


def luhn(talk: Talk, stop: frozenset[str], budget: int) -> list[int]:
    """Luhn, IBM Journal 2(2), 1958: clusters of significant words at most four words apart."""
    times = Counter(word for words in talk for word in words if word not in stop)
    significant = {word for word, n in times.items() if n > 2}
    scores: list[float] = []
    for words in talk:
        places = [at for at, word in enumerate(words) if word in significant]
        best, first = 0.0, 0
        for at in range(len(places)):
            if at and places[at] - places[at - 1] > 4:
                first = at
            best = max(best, (at - first + 1) ** 2 / (places[at] - places[first] + 1))
        scores.append(best)
    return _filled(talk, scores, budget)


def textrank(talk: Talk, stop: frozenset[str], budget: int) -> list[int]:
    """Mihalcea and Tarau, EMNLP 2004: shared words over the logarithms of both lengths."""
    bags = [frozenset(words) - stop for words in talk]

    def likeness(one: int, other: int) -> float:
        long = log(max(2, len(talk[one]))) + log(max(2, len(talk[other])))
        return len(bags[one] & bags[other]) / long

    return _filled(talk, _ranked(bags, likeness), budget)


def lexrank(talk: Talk, stop: frozenset[str], budget: int) -> list[int]:
    """Erkan and Radev, JAIR 22, 2004: cosine of tf-idf above 0.1, then the power method."""
    bags = [frozenset(words) - stop for words in talk]
    among = Counter(word for bag in bags for word in bag)
    vectors = [
        {w: n * log(len(talk) / among[w]) for w, n in Counter(words).items() if w in among}
        for words in talk
    ]
    norms = [sqrt(sum(v * v for v in vector.values())) or 1.0 for vector in vectors]

    def likeness(one: int, other: int) -> float:
        dot = sum(v * vectors[other].get(w, 0.0) for w, v in vectors[one].items())
        return float(dot / norms[one] / norms[other] > 0.1)

    return _filled(talk, _ranked(bags, likeness), budget)


Extractor = Callable[[Talk, frozenset[str], int], list[int]]

EXTRACTORS: dict[str, Extractor] = {
    "lead": lead,
    "texttiling": tiles,
    "luhn": luhn,
    "textrank": textrank,
    "lexrank": lexrank,
}


def _ranked(
    bags: Sequence[frozenset[str]], likeness: Callable[[int, int], float], damping: float = 0.85
) -> list[float]:
    """PageRank over the sentences that share a word."""
    holders: dict[str, list[int]] = {}
    for at, bag in enumerate(bags):
        for word in bag:
            holders.setdefault(word, []).append(at)
    edges: list[dict[int, float]] = [{} for _ in bags]
    for at, bag in enumerate(bags):
        for other in {o for word in bag for o in holders[word] if o > at}:
            weight = likeness(at, other)
            if weight > 0:
                edges[at][other] = edges[other][at] = weight
    totals = [sum(edge.values()) for edge in edges]
    scores = [1.0] * len(bags)
    for _ in range(30):
        scores = [
            1 - damping + damping * sum(w * scores[o] / totals[o] for o, w in edge.items())
            for edge in edges
        ]
    return scores


def _filled(talk: Talk, scores: Sequence[float], budget: int) -> list[int]:
    """The best sentences until the words are used up."""
    chosen: list[int] = []
    left = budget
    for at in sorted(range(len(talk)), key=lambda i: (-scores[i], i)):
        if left <= 0:
            break
        chosen.append(at)
        left -= len(talk[at])
    return sorted(chosen)


# --- Both -----------------------------------------------------------------------------------------


def _word_offsets(talk: Talk) -> list[int]:
    offsets = [0]
    for words in talk[:-1]:
        offsets.append(offsets[-1] + len(words))
    return offsets


def _sum(bags: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for bag in bags:
        total.update(bag)
    return total


def _cosine(one: Counter[str], other: Counter[str]) -> float:
    norm = sqrt(sum(n * n for n in one.values()) * sum(n * n for n in other.values()))
    return sum(n * other[word] for word, n in one.items()) / norm if norm else 0.0


def _climb(values: Sequence[float], at: int, step: int) -> float:
    """The height of the hill beside a valley."""
    top = values[at]
    while 0 <= at + step < len(values) and values[at + step] >= top:
        at += step
        top = values[at]
    return top
