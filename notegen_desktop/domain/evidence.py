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
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .transcript import Transcript
from .wordprint import features, is_paired, tokens

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

    features: set[str]
    runs: set[tuple[str, ...]]
    tokens: str
    quoting: float
    """How much of the text is quoted from the transcript, 0 to 1."""
    foreign: bool
    """Written in another language than the transcript."""
    size: float
    """How many segments' worth of the talk's words it holds."""
    chances: dict[int, float] = field(default_factory=dict)


class GroundingIndex:
    """A transcript prepared for measuring; built once for all notes of a video.

    Building takes about 100 ms for three hours of speech. Immutable afterwards, safe to share
    between threads.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.segments = transcript.segments
        self.place_of = {s.label: i for i, s in enumerate(self.segments)}
        self._features = [features(s.text) for s in self.segments]
        words = [tokens(s.text) for s in self.segments]
        flat = sum(map(len, words))
        paired = sum(is_paired(word) for ws in words for word in ws)
        self._run = RUN_CHARACTERS if paired * 2 > flat else RUN_WORDS
        runs = [_runs(ws, self._run) for ws in words]
        number_of = Counter(run for found in runs for run in found)
        self._all_runs = number_of.keys()
        # What is said in several places is a refrain and points at none of them.
        self._runs = [{run for run in found if number_of[run] == 1} for found in runs]
        self._lines = [f" {' '.join(ws)} " for ws in words]
        self._counts = [len(ws) for ws in words]
        self._df: Counter[str] = Counter(f for fs in self._features for f in fs)
        self._number = max(1, len(self.segments))
        self._weight = {f: math.log((self._number + 1) / df) for f, df in self._df.items()}
        self._mean = sum(map(len, self._features)) / self._number or 1.0
        self._common = [f for f, _ in self._df.most_common(_COMMON)]
        self._postings: dict[str, list[int]] = defaultdict(list)
        for place, found in enumerate(self._features):
            for feature in found:
                self._postings[feature].append(place)

    def claim(self, text: str, *, foreign: bool | None = None) -> Claim:
        """Prepare a text. `foreign` says that it is in another language; None finds out."""
        found = features(text)
        words = tokens(text)
        runs = _runs(words, self._run)
        shared = sum(f in found for f in self._common) / max(1, len(self._common))
        small = len(found) < 30
        if foreign is None:
            foreign = not small and shared < _FOREIGN_BELOW
        else:
            foreign = foreign and (small or shared < _FOREIGN_BELOW)
        return Claim(
            features=found,
            runs=runs,
            tokens=f" {' '.join(words)} ",
            quoting=len(runs & self._all_runs) / len(runs) if runs else 0.0,
            foreign=foreign,
            size=len(found & self._df.keys()) / self._mean,
        )

    def support(self, claim: Claim, first: int, last: int | None = None) -> Support:
        """How well the segments from place `first` to `last`, both included, support a text."""
        last = first if last is None else last
        own = self._joined(first, last)
        quoted = any(self._quotes(claim, place) for place in range(first, last + 1))
        z, share, shared = self._measure(claim, own)
        if len(own) < THIN:
            whole = self._lines[first] in claim.tokens
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
        scores: dict[int, float] = defaultdict(float)
        for feature in claim.features:
            for place in self._postings.get(feature, ()):
                scores[place] += self._weight[feature]
        taken = set(without)
        ranked = sorted(
            (place for place in scores if place not in taken),
            key=lambda place: scores[place] / math.sqrt(len(self._features[place]) + 4),
            reverse=True,
        )
        measured = [(place, self.support(claim, place)) for place in ranked[:8]]
        clear = [pair for pair in measured if pair[1].clear]
        return max(clear, key=lambda pair: (pair[1].rank, -pair[0]), default=None)

    def _joined(self, first: int, last: int) -> set[str]:
        if first == last:
            return self._features[first]
        return set().union(*self._features[first : last + 1])

    def _measure(self, claim: Claim, own: set[str]) -> tuple[float, float, int]:
        """Surplus in standard deviations, surplus as a share, number of telling features shared."""
        got = expected = variance = total = 0.0
        telling = 0
        chances = claim.chances
        for feature in own:
            weight = self._weight[feature]
            df = self._df[feature]
            chance = chances.get(df)
            if chance is None:
                chance = chances[df] = self._chance(claim, df)
            shared = feature in claim.features
            if claim.foreign and not shared and not feature.isdigit():
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

    def _chance(self, claim: Claim, df: int) -> float:
        """How likely a feature of `df` segments is in a text of this size by chance."""
        spread = df / (self._number + 1)
        if claim.foreign:
            return spread  # how likely a segment has it, given that the text does
        return float(1.0 - (1.0 - spread) ** claim.size)

    def _quotes(self, claim: Claim, place: int) -> bool:
        if self._counts[place] >= self._run:
            return not self._runs[place].isdisjoint(claim.runs)
        return self._counts[place] * 2 > self._run and self._lines[place] in claim.tokens


def _runs(words: Sequence[str], length: int) -> set[tuple[str, ...]]:
    return {tuple(words[i : i + length]) for i in range(len(words) - length + 1)}
