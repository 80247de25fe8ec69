"""How well the words of a transcript support a text, measured without knowing their language.

Two z-scores ask how much more a statement and a passage share than chance would have them share;
a word weighs by its rarity in the talk (inverse document frequency). One looks from the passage:
how much of what is said there is in the statement. One looks from the statement: how much of it is
said there or two segments around. A third term ranks: the talk may have places that fit better.
Their sum, `score`, is compared with `SUPPORTED`; who asks whether any of M statements is supported
asks for ln M more (the Bonferroni correction for a score that grows like a log-likelihood).

Measured on six notes of a lecture with 400 right labels: of statements at their label 92 % are
supported, at a random label of the talk 1 to 2 %; `dev.py bench quality` prints it.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nlargest

from notegen_desktop.domain.text.features import features, is_paired, tokens
from notegen_desktop.domain.text.transcript import Transcript

from .facts import Talk

RUN_WORDS = 6
"""So many words in a row are a quotation: shorter runs are turns of phrase."""
RUN_CHARACTERS = 10
"""The same for a script without spaces, in characters."""

THIN = 8
"""A segment of fewer features (“Yes, exactly.”) is weighed together with its neighbours."""
Z_THIN = 1.5
"""What it takes for such a segment to count as quoted where it stands in the text whole."""

SUPPORTED = 2.5
"""The score from which on a statement is supported: 2 % of random places reach it."""
SUPPORTED_ANY = 3.2
"""The same where any of a section's statements will do, before the correction for their number."""
CLEAR = 5.0
"""The score of a place that clearly says it, so that a wrong label may be moved there."""
Z_WHOLE = 3.0
SHARE_WHOLE = 0.12
SHARE_QUOTED = 0.60
"""What supports a whole section, which holds the words of many segments: a z-score, and the least
surplus as a share of what the segment could share; more where the section only quotes."""
Z_FOREIGN = 3.0
"""In another language only names, numbers and kindred words are shared: ask for more."""

AROUND = 2
"""Segments to each side in which a statement's words are looked for."""
_FREQUENT = 3
"""A word that is near every third place or more tells no place from another."""
_COMMON = 40
_FOREIGN_BELOW = 0.15
# A text with less than this share of the 40 commonest words of the talk is in another language;
# 250 words of the same language have 60 to 90 %.
_SHELVES = 256


@dataclass(frozen=True, slots=True)
class Support:
    """How well one place supports one text. Ordered by `rank`."""

    score: float
    quoted: bool
    enough: bool

    @property
    def clear(self) -> bool:
        """Whether the place may stand in for another."""
        return self.quoted or self.score >= CLEAR

    @property
    def rank(self) -> tuple[bool, bool, float]:
        return (self.quoted, self.enough, self.score)


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
    fits: Sequence[float] = ()
    """For each place, how well it fits as seen from the statement: a z-score."""
    ranked: Sequence[float] = ()
    """The same, smallest first."""


class GroundingIndex:
    """A transcript prepared for measuring; built once for all notes of a video.

    Building takes about 50 ms for three hours of speech. What is made later, on
    demand, never changes: safe to share between threads. The words themselves stay in the
    transcript alone and are read again where a segment is measured: what is kept of a segment is a
    number for each feature and each run of words, so that ten hours take about 3 MB.
    """

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self.segments = transcript.segments
        self.place_of = {s.label: i for i, s in enumerate(self.segments)}
        self.talk = Talk([segment.text for segment in self.segments])
        self._number = max(1, len(self.segments))
        self._number_of: dict[str, int] = {}
        self._is_figure = bytearray()  # by number of a feature, as is the next
        self._df = array("I")
        self._features = array("I")  # of all segments, one after the other ...
        self._begins = array("I", [0])  # ... each from here to where the next begins
        self._places: dict[int, array[int]] = {}
        flat = paired = 0
        for segment in self.segments:
            self._take(features(segment.text))
            words = tokens(segment.text)
            flat += len(words)
            paired += sum(map(is_paired, words))
        self._run = RUN_CHARACTERS if paired * 2 > flat else RUN_WORDS
        # Pairs of characters overlap: they are not independent, two of them count as one.
        self._overlap = math.sqrt(2) if self._run == RUN_CHARACTERS else 1.0
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
        """How well the segments from `first` to `last`, both included, support a statement."""
        last = first if last is None else last
        quoted = any(self._quotes(claim, place) for place in range(first, last + 1))
        z = shared = -math.inf
        for begin, end in ((first, last), (first - 1, last), (first, last + 1)):
            own = self._joined(max(0, begin), min(self._number - 1, end))
            passage_z, _, telling = self._measure(claim, own)
            z, shared = max(z, passage_z), max(shared, telling)
        if claim.foreign:
            return Support(z, quoted, quoted or (z >= Z_FOREIGN and shared >= 2))
        fits = self._fits(claim)
        fit = max(fits[first : last + 1])
        better = self._number - bisect_right(claim.ranked, fit)
        z_scores = (z + 0.5 * fit) / self._overlap
        score = z_scores - 0.5 * math.log(1 + better)
        return Support(score, quoted, quoted or score >= SUPPORTED)

    def supports_whole(self, section: Claim, first: int, last: int) -> Support:
        """How well segments support a whole section, which holds the words of many segments."""
        quoted = any(self._quotes(section, place) for place in range(first, last + 1))
        own = self._joined(first, last)
        z, share, shared = self._measure(section, own)
        if len(own) < THIN:
            line = _line(tokens(self.segments[first].text))
            quoted = quoted or (first == last and z >= Z_THIN and line in section.tokens)
            around = self._joined(max(0, first - 1), min(self._number - 1, last + 1))
            z, share, shared = self._measure(section, around)
        if section.foreign:
            return Support(z, quoted, quoted or (z >= Z_FOREIGN and shared >= 2))
        least = SHARE_WHOLE + (SHARE_QUOTED - SHARE_WHOLE) * max(0.0, section.quoting - 0.3) / 0.7
        return Support(z, quoted, quoted or (z >= Z_WHOLE and share >= least and shared >= 2))

    def supports_any(self, claims: Sequence[Claim], first: int, last: int, *, bonus: float) -> bool:
        """Whether segments support any of a section's statements, as well as its other words do.

        `bonus` is what the section as a whole has in common with them, a z-score.
        """
        needed = SUPPORTED_ANY + math.log(max(1, len(claims))) - 0.3 * bonus
        nearest = nlargest(4, claims, key=lambda claim: max(self._fits(claim)[first : last + 1]))
        return any(
            support.quoted or support.score >= needed
            for support in (self.support(claim, first, last) for claim in nearest)
        )

    def best(self, claim: Claim, *, without: Iterable[int] = ()) -> tuple[int, Support] | None:
        """The place that supports a statement best, if one does so clearly."""
        taken = set(without)
        fits = self._fits(claim)
        ranked = nlargest(
            8, (p for p in range(len(self.segments)) if p not in taken), key=fits.__getitem__
        )
        measured = [(place, self.support(claim, place)) for place in ranked]
        clear = [pair for pair in measured if pair[1].clear]
        return max(clear, key=lambda pair: (pair[1].rank, -pair[0]), default=None)

    def _fits(self, claim: Claim) -> Sequence[float]:
        """For each place the surplus of a statement's words around it, in standard deviations."""
        if claim.fits:
            return claim.fits
        got = [0.0] * self._number
        expected = variance = 0.0
        for feature in claim.features:
            places = self._around(feature)
            chance = len(places) / (self._number + 1)
            weight = -math.log(chance)
            if chance * _FREQUENT >= 1 and self._number > 30:
                continue
            expected += weight * chance
            variance += weight * weight * chance * (1 - chance)
            for place in places:
                got[place] += weight
        deviation = math.sqrt(variance + 1.0)
        claim.fits = [(each - expected) / deviation for each in got]
        claim.ranked = sorted(claim.fits)
        return claim.fits

    def _around(self, feature: int) -> array[int]:
        """The places near which a feature is said; kept, for others ask again."""
        if not self._places:
            self._places = _transposed(self._features, self._begins, len(self._df))
        return self._places[feature]

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


def _transposed(features: array[int], begins: array[int], kinds: int) -> dict[int, array[int]]:
    """For each feature the places that have it within `AROUND` segments, in order."""
    number = len(begins) - 1
    places: dict[int, array[int]] = {feature: array("I") for feature in range(kinds)}
    for place in range(number):
        for feature in features[begins[place] : begins[place + 1]]:
            near = places[feature]
            begin = max(place - AROUND, near[-1] + 1 if near else 0)
            near.extend(range(begin, min(number, place + AROUND + 1)))
    return places
