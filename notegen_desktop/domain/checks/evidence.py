"""Measures how well the transcript supports a text.

A statement shares words with every place of a transcript; the place that says it shares more, and
rarer ones. `Claim.fits` counts them for each place as a z-score over the whole transcript: a word
weighs by its rarity (inverse document frequency), half if it is common in the language, less with
each segment of distance; pairs of adjacent words count separately. The `score` of a place is its
z-score less the logarithm of its rank: if another place fits better, more evidence is needed.
Testing whether any of M statements is supported needs ln M more (the Bonferroni correction for a
score that grows like a log-likelihood).

The forms were chosen on notes of five talks, `SUPPORTED` so that 2 % of random places reach it;
`dev.py bench quality` prints the results.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest
from itertools import pairwise
from operator import mul

from notegen_desktop.domain.text.features import features, is_paired, tokens, words_and_features
from notegen_desktop.domain.text.language_detection import common_words
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.transcript import Transcript

from .facts import FactIndex

RUN_WORDS = 6
"""Words in a row that count as a quotation: shorter runs are phrases."""
RUN_CHARACTERS = 10
"""The same for a script without spaces, in characters."""

SHORT_SEGMENT_WORDS = 8
"""Words below which a segment (“Yes, exactly.”) is quoted if a section contains all of it."""

SUPPORTED = -1.2
"""Minimum score of a supported statement."""
SUPPORTED_ANY = 0.25
"""The same if any of a section's statements suffices, corrected for their number and with the
z-score of the whole section added."""
Z_WHOLE = 2.5
"""Z-score of a section at a place from which its statements need no test; below 0 they cannot
help."""
MIN_Z = 1.5
MIN_SHARE = 0.12
"""Minimum z-score, and minimum share of the statement by weight, for support at a place, even if no
other place is better."""
CLEAR = 5.0
SHARE_CLEAR = 0.5
"""Minimum score, or share, for a place to which a wrong label may be moved; the share suffices as
long as no other place has more."""
Z_FOREIGN = 2.5
"""Minimum z-score in another language, where only names, numbers and cognates are shared."""

NEARNESS = (1.0, 0.7, 0.5, 0.3)
"""Weight of a word by its distance in segments."""
_HALF = 0.5
"""Weight of a common word, and of a pair of words relative to its words' weights."""
_FREQUENT_DIVISOR = 6
"""A word in at least every sixth place does not distinguish places."""
FEW_PLACES = 30
"""Minimum number of segments for statistics; shorter transcripts are padded to it."""
_COMMON = 40
_FOREIGN_BELOW = 0.15
# Share of the 40 commonest words of the transcript below which a text is in another language; 250
# words of the same language have 60 to 90 %.
_SHELVES = 256

_Key = int | tuple[int, int]
"""A word, or a pair of adjacent words, by their numbers in the index."""


@dataclass(frozen=True, slots=True)
class Support:
    """The support of one text by one place. Ordered by `rank`."""

    score: float
    quoted: bool
    enough: bool
    clear: bool
    """True if the place may replace another."""

    @property
    def rank(self) -> tuple[bool, bool, float]:
        return (self.quoted, self.enough, self.score)


@dataclass(slots=True)
class Claim:
    """A text to be supported, prepared for measuring."""

    features: set[int]
    """Features that occur in the transcript, by their number in the index."""
    pairs: set[tuple[int, int]]
    """Pairs of adjacent features."""
    runs: set[int]
    tokens: str
    foreign: bool
    """True if written in another language than the transcript."""
    unknown: int
    """Number of features that do not occur in the transcript."""
    min_fit: float = 0.0
    clear: float = 0.0
    """The minimum z-scores for support, and for clear support."""
    fits: Sequence[float] = ()
    """The z-score of each place."""
    ranked: Sequence[float] = ()
    """The z-scores in ascending order."""


class GroundingIndex:
    """The index of a transcript for measuring support; built once for all notes of a video.

    Building takes about 50 ms for three hours of speech. Lazily computed parts never change: safe
    to share between threads. The texts stay in the transcript and are read again when a segment is
    measured: the index has a number for each word and each run of words, about 3 MB for ten hours.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.segments = transcript.segments
        self.place_of = {s.label: i for i, s in enumerate(self.segments)}
        self.talk = FactIndex([segment.text for segment in self.segments])
        self._number = max(1, len(self.segments))
        self._number_of: dict[str, int] = {}
        self._row = array("I")  # features of all segments, concatenated ...
        self._begins = array("I", [0])  # ... and the offset of each segment
        self._near: dict[_Key, Sequence[Sequence[int]]] = {}
        for segment in self.segments:
            for feature in words_and_features(segment.text)[1]:
                self._row.append(self._number_of.setdefault(feature, len(self._number_of)))
            self._begins.append(len(self._row))
        counts = Counter(self._row)
        paired = sum(counts[number] for f, number in self._number_of.items() if is_paired(f))
        self._run = RUN_CHARACTERS if paired * 2 > len(self._row) else RUN_WORDS
        self._commonest = [number for number, _ in counts.most_common(_COMMON)]
        # sentinel: the neighbour of the last feature and of the first
        self._row.append(len(self._number_of))

    @cached_property
    def _runs(self) -> _Runs:
        return _Runs(_runs(tokens(s.text), self._run) for s in self.segments)

    @cached_property
    def _positions(self) -> list[array[int]]:
        """Positions of each feature in the row."""
        positions = [array("I") for _ in self._number_of]
        for at, number in enumerate(self._row[:-1]):
            positions[number].append(at)
        return positions

    @cached_property
    def _place_at(self) -> array[int]:
        """The segment of each feature in the row."""
        sizes = (end - begin for begin, end in pairwise(self._begins))
        return array("I", (place for place, size in enumerate(sizes) for _ in range(size)))

    @cached_property
    def _common(self) -> frozenset[int]:
        """Features that are common in any text of the language."""
        found = features(" ".join(common_words(primary(self.transcript.language) or "en")))
        return frozenset(self._number_of[f] for f in found if f in self._number_of)

    def claim(self, text: str, *, foreign: bool | None = None) -> Claim:
        """Return a prepared text. `foreign` tells if it is in another language; None detects
        that."""
        words, said = words_and_features(text)
        row = [self._number_of.get(feature, -1) for feature in said]
        known = set(row) - {-1}
        unknown = {feature for feature in said if feature not in self._number_of}
        shared = sum(number in known for number in self._commonest)
        small = len(known) + len(unknown) < 30
        far = shared < _FOREIGN_BELOW * max(1, len(self._commonest))
        return Claim(
            features=known,
            pairs={(one, two) for one, two in pairwise(row) if one >= 0 and two >= 0},
            runs=_runs(words, self._run),
            tokens=_line(words),
            foreign=far and not small if foreign is None else foreign and (small or far),
            unknown=len(unknown),
        )

    def support(self, claim: Claim, first: int, last: int | None = None) -> Support:
        """Return the support of a statement by the segments from `first` to `last`, both
        included."""
        last = first if last is None else last
        quoted = any(self._quotes(claim, place) for place in range(first, last + 1))
        fit = max(self._fits(claim)[first : last + 1])
        if claim.foreign:
            telling = {n for n in self._around(first, last) & claim.features if self._tells(n)}
            enough = fit >= Z_FOREIGN and len(telling) >= 2
            return Support(fit, quoted, quoted or enough, quoted or fit >= CLEAR)
        score = self._score(claim, fit)
        return Support(score, quoted, quoted or score >= SUPPORTED, quoted or score >= claim.clear)

    def shares(self, claim: Claim, place: int) -> bool:
        """Return True if a segment has a word of a statement that distinguishes places."""
        said = self._row[self._begins[place] : self._begins[place + 1]]
        telling = claim.features.intersection(said) - self._common
        return any(map(self._tells, telling))

    def supports_any(
        self, section: Claim, parts: Callable[[], Sequence[Claim]], first: int, last: int
    ) -> bool:
        """Return True if segments support any part of a section as well as its other text.

        `parts` returns its statements and paragraphs; often the section as a whole suffices.
        """
        whole = self.support(section, first, last)
        if section.foreign or whole.quoted:
            return whole.enough
        fit = max(self._fits(section)[first : last + 1])
        if not 0 <= fit < Z_WHOLE:
            return fit > 0
        if fit >= MIN_Z and self.is_turn_of(section, first, last):
            return True
        claims = parts() or [section]
        nearest = nlargest(4, claims, key=lambda claim: max(self._fits(claim)[first : last + 1]))
        best = max(self.support(claim, first, last).score for claim in nearest)
        return best + fit - math.log(len(claims)) >= SUPPORTED_ANY

    def is_turn_of(self, section: Claim, first: int, last: int) -> bool:
        """Return True if the place is one short segment (“Thank you.”) that the section contains:
        if the section does not fit its surroundings, nothing more can be compared."""
        said = tokens(self.segments[first].text) if first == last else []
        return len(said) < SHORT_SEGMENT_WORDS and bool(said) and _line(said) in section.tokens

    def best(self, claim: Claim, *, without: Iterable[int] = ()) -> tuple[int, Support] | None:
        """Return the place that supports a statement best, if clearly, or None."""
        taken = set(without)
        fits = self._fits(claim)
        ranked = nlargest(
            8, (p for p in range(len(self.segments)) if p not in taken), key=fits.__getitem__
        )
        measured = [(place, self.support(claim, place)) for place in ranked]
        clear = [pair for pair in measured if pair[1].clear]
        return max(clear, key=lambda pair: (pair[1].rank, -pair[0]), default=None)

    def _score(self, claim: Claim, fit: float) -> float:
        if fit < claim.min_fit:
            return -math.inf
        if not claim.ranked:
            claim.ranked = sorted(claim.fits)
        return fit - math.log(1 + len(claim.ranked) - bisect_right(claim.ranked, fit))

    def _fits(self, claim: Claim) -> Sequence[float]:
        """Return, for each place, how much of a statement is said around it, in standard
        deviations."""
        if claim.fits:
            return claim.fits
        got = [0.0] * self._number
        total = claim.unknown * math.log(self._number + 1)
        keys: list[_Key] = [*claim.features, *claim.pairs]
        for key in keys:
            rings = self._rings(key)
            if len(rings) == 1:
                continue
            weight = self._weight(key) * math.log((self._number + 1) / len(rings[0]))
            total += weight if isinstance(key, int) else 0.0
            for nearness, ring in zip(NEARNESS, rings, strict=True):
                counts = weight * nearness
                for place in ring:
                    got[place] += counts
        places = max(self._number, FEW_PLACES)
        mean = math.fsum(got) / places
        deviation = math.sqrt(math.fsum(map(mul, got, got)) / places - mean * mean + 1.0)
        claim.min_fit = max(MIN_Z, (MIN_SHARE * total - mean) / deviation)
        claim.clear = min(CLEAR, (SHARE_CLEAR * total - mean) / deviation)
        claim.fits = [(each - mean) / deviation for each in got]
        return claim.fits

    def _weight(self, key: _Key) -> float:
        """Return the weight of a word, or a pair, without its rarity."""
        if isinstance(key, int):
            return _HALF if key in self._common else 1.0
        return _HALF * (self._weight(key[0]) + self._weight(key[1])) / 2

    def _rings(self, key: _Key) -> Sequence[Sequence[int]]:
        """Return the places of a word, or a pair, then their neighbours, and so on; only the first
        if it is too frequent to be useful."""
        if key not in self._near:
            at: Iterable[int]
            if isinstance(key, int):
                at = self._positions[key]
            else:
                one, two = key
                if len(self._positions[one]) <= len(self._positions[two]):
                    at = (p for p in self._positions[one] if self._row[p + 1] == two)
                else:
                    at = (p for p in self._positions[two] if self._row[p - 1] == one)
            ring = {self._place_at[p] for p in at}
            rings = [array("I", ring)]
            if 0 < len(ring) * _FREQUENT_DIVISOR <= max(self._number, FEW_PLACES):
                seen = {-1, self._number, *ring}
                for _ in NEARNESS[1:]:
                    ring = {p + 1 for p in ring if p < self._number} | {p - 1 for p in ring}
                    ring -= seen
                    seen |= ring
                    rings.append(array("I", ring))
            self._near[key] = rings
        return self._near[key]

    def _around(self, first: int, last: int) -> set[int]:
        """Return the features of some segments and their neighbours."""
        begin = self._begins[max(0, first - 1)]
        return set(self._row[begin : self._begins[min(self._number, last + 2)]])

    def _tells(self, number: int) -> bool:
        """Return True if a feature is rare enough to distinguish places."""
        said = len(self._rings(number)[0])
        return said * 10 <= self._number or said <= 2

    def _quotes(self, claim: Claim, place: int) -> bool:
        words = tokens(self.segments[place].text)
        if len(words) >= self._run:
            # A phrase that occurs in several segments is a refrain and is evidence for none of
            # them.
            shared = claim.runs & _runs(words, self._run)
            return any(self._runs.is_single(run) for run in shared)
        return len(words) * 2 > self._run and _line(words) in claim.tokens


class _Runs:
    """The runs of words of all segments as hashes of eight bytes, with their uniqueness."""

    def __init__(self, of_segments: Iterable[set[int]]) -> None:
        shelves = [array("q") for _ in range(_SHELVES)]
        for runs in of_segments:
            for run in runs:
                shelves[run % _SHELVES].append(run)
        for number, shelf in enumerate(shelves):  # in small arrays, because sorting takes a copy
            shelves[number] = array("q", sorted(shelf))
        self._shelves = shelves

    def is_single(self, run: int) -> bool:
        """Return True if an existing run occurs in one segment only."""
        shelf = self._shelves[run % _SHELVES]
        at = bisect_left(shelf, run) + 1
        return at == len(shelf) or shelf[at] != run


def _runs(words: Sequence[str], length: int) -> set[int]:
    """Return all runs of `length` words, each as a 64-bit hash."""
    return set(map(hash, zip(*(words[begin:] for begin in range(length)), strict=False)))


def _line(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "
