"""Ranks passages of transcripts by a question: BM25 over passages of about 125 words.

The caller splits texts into terms: stems, or pairs of characters in scripts without spaces.
Speakers' names are terms of their speech, so that a question may contain them.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.domain.text.transcript import Segment, Transcript

K1, B = 1.2, 0.75
"""Constants of BM25 (Robertson and Zaragoza 2009), as in the library's search."""
PASSAGE_TOKENS = 160
"""Tokens of a passage, about 125 words in any script. Ten with their neighbours contain the right
place for 39 of 43 questions about meetings (QMSum), ten of 200 words without for 38; `dev.py bench
asking`."""

Terms = Callable[[str], Sequence[str]]
"""Returns the terms of a text, with repetitions."""


@dataclass(frozen=True, slots=True)
class Source:
    """A video and its transcript."""

    video: Video
    transcript: Transcript


@dataclass(frozen=True, slots=True)
class Passage:
    """The segments `first` to `last`, both included, of the source of this number."""

    source: int
    first: int
    last: int


class Passages:
    """The passages of some sources, prepared for ranking.

    `terms_of` returns the function that splits a source's texts; sources with the same one share a
    query. `tokens` is the length of a passage.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        terms_of: Callable[[Source], Terms],
        *,
        tokens: int = PASSAGE_TOKENS,
    ) -> None:
        self.passages: list[Passage] = []
        self._terms_of: list[Terms] = []
        self._counts: list[Counter[str]] = []
        for number, source in enumerate(sources):
            terms = terms_of(source)
            for first, last in _cut(source.transcript.segments, tokens):
                self.passages.append(Passage(number, first, last))
                self._terms_of.append(terms)
                spoken = source.transcript.segments[first : last + 1]
                self._counts.append(Counter(terms(_words(spoken))))
        self._lengths = [count.total() for count in self._counts]
        self._mean = sum(self._lengths) / max(1, len(self._lengths))

    def best(self, question: str, limit: int) -> list[Passage]:
        """Return the passages with the rarest terms of a question, the best first; none without
        any."""
        asked = {terms: set(terms(question)) for terms in dict.fromkeys(self._terms_of)}
        having = Counter(
            term
            for terms, counts in zip(self._terms_of, self._counts, strict=True)
            for term in asked[terms] & counts.keys()
        )
        number = len(self.passages)
        rarity = {t: math.log(1 + (number - n + 0.5) / (n + 0.5)) for t, n in having.items()}

        def score(at: int) -> float:
            counts = self._counts[at]
            size = K1 * (1 - B + B * self._lengths[at] / (self._mean or 1.0))
            # Sorted: the order of addition changes the last digits of a float sum.
            return sum(
                rarity[term] * counts[term] * (K1 + 1) / (counts[term] + size)
                for term in sorted(asked[self._terms_of[at]] & counts.keys())
            )

        ranked = sorted(((score(at), -at) for at in range(number)), reverse=True)
        return [self.passages[-at] for points, at in ranked[:limit] if points > 0]

    def with_neighbours(self, passages: Sequence[Passage]) -> list[Passage]:
        """Return the passages joined with their neighbours, as a subject begins before its
        passage."""
        chosen = set(passages)
        wanted = set(passages)
        for before, after in pairwise(self.passages):
            if before.source == after.source and {before, after} & chosen:
                wanted |= {before, after}
        return joined(list(wanted))


def _words(segments: Sequence[Segment]) -> str:
    speakers = dict.fromkeys(s.speaker for s in segments if s.speaker)
    return "\n".join((*map(str, speakers), *(segment.text for segment in segments)))


def _cut(segments: Sequence[Segment], tokens: int) -> Iterator[tuple[int, int]]:
    """Yield the first and last segment of each passage: about equally long, together complete."""
    first, size = 0, 0
    for place, segment in enumerate(segments):
        size += count_tokens(segment.text)
        if size >= tokens or place == len(segments) - 1:
            yield first, place
            first, size = place + 1, 0


def joined(passages: Sequence[Passage]) -> list[Passage]:
    """Return the passages in the order of sources and time, with neighbours joined."""
    result: list[Passage] = []
    for passage in sorted(passages, key=lambda p: (p.source, p.first)):
        last = result[-1] if result else None
        if last and last.source == passage.source and passage.first <= last.last + 1:
            result[-1] = Passage(last.source, last.first, max(last.last, passage.last))
        else:
            result.append(passage)
    return result
