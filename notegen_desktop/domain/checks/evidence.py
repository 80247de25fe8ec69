"""How well the words of a transcript support a text, measured without knowing their language.

The measure asks how much more a segment shares with the text than chance would have it share. A
word weighs by its rarity in the talk; chance is how likely a text of that size holds the word
anyway. `z` is that surplus in standard deviations, `share` the surplus as a part of all the segment
could share: 1 for a quotation, about 0 for a segment of another part of the talk, and in between
for a retelling (0.5 where half of the words are kept).

Measured on the nine real transcripts, for texts of five segments: quoted whole, a cited segment has
a share of 1 and others at most 0.3 in 99 of 100 cases; with half of the words left out, a cited one
has 0.5 in the middle and 0.25 in 95 of 100.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from notegen_desktop.domain.text.features import features, is_paired, tokens
from notegen_desktop.domain.text.transcript import Transcript

RUN_WORDS = 6
"""So many words in a row are a quotation: shorter runs are turns of phrase."""
RUN_CHARACTERS = 10
"""The same for a script without spaces, in characters."""

THIN = 8
"""A segment of fewer features (“Yes, exactly.”) is weighed together with its neighbours."""

Z_THIN = 1.5
"""What it takes for such a segment to count as quoted where it stands in the text whole."""

Z_SUPPORT = 2.5
SHARE_RETOLD = 0.12
"""The least share that supports a text which retells."""
SHARE_QUOTED = 0.60
"""The least share that supports a text which only quotes, where no whole run is quoted."""
Z_CLEAR = 5.0
SHARE_CLEAR = 0.30
"""What a passage needs to stand in for a label that does not exist."""
Z_FOREIGN = 3.0
"""In another language only names, numbers and kindred words are shared: ask for more."""

_COMMON = 40
_FOREIGN_BELOW = 0.15
# A text with less than this share of the 40 commonest words of the talk is in another language;
# 250 words of the same language have 60 to 90 %.
_SHELVES = 256


@dataclass(frozen=True, slots=True)
class Support:
    """How well one segment supports one text. Ordered by `rank`."""

    z: float
    share: float
    quoted: bool
    enough: bool
    clear: bool

    @property
    def rank(self) -> tuple[bool, bool, float]:
        return (self.quoted, self.enough, self.share)


@dataclass(slots=True)
class Claim:
    """A text that is to be supported, prepared for measuring."""

    features: set[int]
    """Those that occur in the talk, by their number in the index."""
    runs: set[int]
    tokens: str
    quoting: float
    """How much of the text is quoted from the transcript, 0 to 1."""
    foreign: bool
    """Written in another language than the transcript."""
    size: float
    """How many segments' worth of the talk's words it holds."""
    odds: dict[int, tuple[float, float]] = field(default_factory=dict)
    """By number of segments: the weight of such a feature and its chance to be in the text."""


class GroundingIndex:
    """A transcript prepared for measuring; built once for all notes of a video.

    Building takes about 100 ms for three hours of speech. Immutable afterwards, safe to share
    between threads. The words themselves stay in the transcript alone and are read again where a
    segment is measured: what is kept of a segment is a number for each feature and each run of
    words, so that ten hours take about 3 MB.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.segments = transcript.segments
        self.place_of = {s.label: i for i, s in enumerate(self.segments)}
        self._number = max(1, len(self.segments))
        self._number_of: dict[str, int] = {}
        self._is_figure = bytearray()  # by number of a feature, as is the next
        self._df = array("I")
        self._features = array("I")  # of all segments, one after the other ...
        self._begins = array("I", [0])  # ... each from here to where the next begins
        flat = paired = 0
        for segment in self.segments:
            self._take(features(segment.text))
            words = tokens(segment.text)
            flat += len(words)
            paired += sum(map(is_paired, words))
        self._run = RUN_CHARACTERS if paired * 2 > flat else RUN_WORDS
        self._runs = _Runs(_runs(tokens(s.text), self._run) for s in self.segments)
        self._mean = len(self._features) / self._number or 1.0
        self._common = nlargest(_COMMON, range(len(self._df)), key=self._df.__getitem__)

    def _take(self, found: set[str]) -> None:
        for feature in found:
            number = self._number_of.setdefault(feature, len(self._df))
            if number == len(self._df):
                self._df.append(0)
                self._is_figure.append(feature.isdigit())
            self._df[number] += 1
            self._features.append(number)
        self._begins.append(len(self._features))

    def claim(self, text: str, *, foreign: bool | None = None) -> Claim:
        """Prepare a text. `foreign` says that it is in another language; None finds out."""
        found = features(text)
        words = tokens(text)
        runs = _runs(words, self._run)
        known = {number for f in found if (number := self._number_of.get(f)) is not None}
        shared = sum(number in known for number in self._common) / max(1, len(self._common))
        small = len(found) < 30
        if foreign is None:
            foreign = not small and shared < _FOREIGN_BELOW
        else:
            foreign = foreign and (small or shared < _FOREIGN_BELOW)
        return Claim(
            features=known,
            runs=runs,
            tokens=_line(words),
            quoting=sum(run in self._runs for run in runs) / len(runs) if runs else 0.0,
            foreign=foreign,
            size=len(known) / self._mean,
        )

    def support(self, claim: Claim, first: int, last: int | None = None) -> Support:
        """How well the segments from place `first` to `last`, both included, support a text."""
        last = first if last is None else last
        own = self._joined(first, last)
        quoted = any(self._quotes(claim, place) for place in range(first, last + 1))
        z, share, shared = self._measure(claim, own)
        if len(own) < THIN:
            whole = _line(tokens(self.segments[first].text)) in claim.tokens
            quoted = quoted or (whole and first == last and z >= Z_THIN)
            own = self._joined(max(0, first - 1), min(self._number - 1, last + 1))
            z, share, shared = self._measure(claim, own)
        if claim.foreign:
            enough = z >= Z_FOREIGN and shared >= 2
            return Support(z, share, quoted, quoted or enough, quoted)
        least = SHARE_RETOLD + (SHARE_QUOTED - SHARE_RETOLD) * max(0.0, claim.quoting - 0.3) / 0.7
        enough = z >= Z_SUPPORT and share >= least and shared >= 2
        clear = z >= Z_CLEAR and share >= max(SHARE_CLEAR, least) and shared >= 3
        return Support(z, share, quoted, quoted or enough, quoted or clear)

    def best(self, claim: Claim, *, without: Iterable[int] = ()) -> tuple[int, Support] | None:
        """The place that supports a text best, if one does so clearly."""
        weights = {f: self._weight(self._df[f]) for f in claim.features}
        taken = set(without)

        def score(place: int) -> float:
            own = self._of(place)
            return sum(weights.get(f, 0.0) for f in own) / math.sqrt(len(own) + 4)

        ranked = nlargest(8, (p for p in range(len(self.segments)) if p not in taken), key=score)
        measured = [(place, self.support(claim, place)) for place in ranked]
        clear = [pair for pair in measured if pair[1].clear]
        return max(clear, key=lambda pair: (pair[1].rank, -pair[0]), default=None)

    def _of(self, place: int) -> Sequence[int]:
        """The features of one segment, each once."""
        return self._features[self._begins[place] : self._begins[place + 1]]

    def _joined(self, first: int, last: int) -> Collection[int]:
        """The features of some segments, each once."""
        if first == last:
            return self._of(first)
        return set(self._features[self._begins[first] : self._begins[last + 1]])

    def _measure(self, claim: Claim, own: Iterable[int]) -> tuple[float, float, int]:
        """Surplus in standard deviations, surplus as a share, number of telling features shared."""
        got = expected = variance = total = 0.0
        telling = 0
        for feature in own:
            df = self._df[feature]
            odds = claim.odds.get(df)
            if odds is None:
                odds = claim.odds[df] = (self._weight(df), self._chance(claim, df))
            weight, chance = odds
            shared = feature in claim.features
            if claim.foreign and not shared and not self._is_figure[feature]:
                continue  # a word that has no counterpart says nothing
            total += weight
            expected += weight * chance
            variance += weight * weight * chance * (1 - chance)
            if shared:
                got += weight
                telling += df * 10 <= self._number or df <= 2
        surplus = got - expected
        share = surplus / (total - expected) if total > expected else 0.0
        return surplus / math.sqrt(variance + 1.0), share, telling

    def _weight(self, df: int) -> float:
        """What a feature of `df` segments weighs: the rarer, the more."""
        return math.log((self._number + 1) / df)

    def _chance(self, claim: Claim, df: int) -> float:
        """How likely a feature of `df` segments is in a text of this size by chance."""
        spread = df / (self._number + 1)
        if claim.foreign:
            return spread  # how likely a segment has it, given that the text does
        return float(1.0 - (1.0 - spread) ** claim.size)

    def _quotes(self, claim: Claim, place: int) -> bool:
        words = tokens(self.segments[place].text)
        if len(words) >= self._run:
            # What is said in several places is a refrain and points at none of them.
            shared = claim.runs & _runs(words, self._run)
            return any(self._runs.is_single(run) for run in shared)
        return len(words) * 2 > self._run and _line(words) in claim.tokens


class _Runs:
    """The runs of words of all segments, eight bytes each, and which of them are said only once."""

    def __init__(self, of_segments: Iterable[set[int]]) -> None:
        shelves = [array("q") for _ in range(_SHELVES)]
        for runs in of_segments:
            for run in runs:
                shelves[run % _SHELVES].append(run)
        for number, shelf in enumerate(shelves):  # small ones: sorting takes a copy
            shelves[number] = array("q", sorted(shelf))
        self._shelves = shelves

    def __contains__(self, run: int) -> bool:
        shelf = self._shelves[run % _SHELVES]
        at = bisect_left(shelf, run)
        return at < len(shelf) and shelf[at] == run

    def is_single(self, run: int) -> bool:
        """Whether a run that is there is in one segment alone."""
        shelf = self._shelves[run % _SHELVES]
        at = bisect_left(shelf, run) + 1
        return at == len(shelf) or shelf[at] != run


def _runs(words: Sequence[str], length: int) -> set[int]:
    """All runs of so many words, each as a number of 64 bits."""
    return {hash(tuple(words[i : i + length])) for i in range(len(words) - length + 1)}


def _line(words: Iterable[str]) -> str:
    return f" {' '.join(words)} "
