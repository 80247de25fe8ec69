"""Splits a transcript into sentences; over-long ones are cut at the cheapest gaps between words."""

from __future__ import annotations

import re
from array import array
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from heapq import merge
from itertools import pairwise
from sys import intern

from notegen_desktop.domain.text.scripts import SCRIPTS
from notegen_desktop.domain.text.sentences import EndMark, sentence_ends
from notegen_desktop.domain.text.transcript import Transcript

from .language import (
    UNSPACED,
    Language,
    measure,
    openings,
    shared_data,
    word_pattern,
    words_of,
)
from .stream import Stream

_SOFT = re.compile(r"[,;:—–]\s|\s-{1,2}\s|[，；：、،؛]")
_COMMA = re.compile(r"[，；、]")
_PAUSE_S = 0.7
_TARGET = 18.0
"""Preferred words of a quote."""


def cuts(stream: Stream, start: int, end: int, language: Language) -> list[int]:
    """Return the cuts of an over-long span: the cheapest path over all gaps between words.

    Captions without a full stop are one span of hours, so only what a cut may still reach is kept.
    """
    positions, backs = array("I", [start]), array("I", [0])
    near = deque([(0, 0.0, 0.0)])  # of each gap: its number, and the words and cost up to it
    words = 0.0
    gaps = _gaps(stream, start, end, language)
    for number, (position, price) in enumerate(gaps, start=1):
        words += measure(stream.text[positions[-1] : position])
        while len(near) > 1 and words - near[0][1] > 2.2 * _TARGET:
            near.popleft()
        cost, back = min(
            (cost + ((words - before - _TARGET) / _TARGET) ** 2 * 2 + price, left)
            for left, before, cost in near
        )
        near.append((number, words, cost))
        positions.append(position)
        backs.append(back)
    found: list[int] = []
    at = backs[-1]
    while at > 0:
        found.append(positions[at])
        at = backs[at]
    return found[::-1]


def _gaps(stream: Stream, start: int, end: int, language: Language) -> Iterator[tuple[int, float]]:
    """Yield (position, price of cutting there) for each gap between words, including the end.

    In order; a position with several reasons has the lowest price.
    """
    found = merge(
        _word_gaps(stream, start, end, language),
        ((match.end(), 0.1) for match in _COMMA.finditer(stream.text, start, end)),
        _silent_gaps(stream, start, end) if language.unspaced else (),
    )
    last = start
    for position, price in found:
        if position != last:
            yield position, price
            last = position
    yield end, 0.0


def _silent_gaps(stream: Stream, start: int, end: int) -> Iterator[tuple[int, float]]:
    for position, pause in stream.pauses.within(start, end):
        if UNSPACED.match(stream.text[position]):
            yield position, 0.4 - min(1.0, pause / _PAUSE_S) * 0.4


def _word_gaps(
    stream: Stream, start: int, end: int, language: Language
) -> Iterator[tuple[int, float]]:
    text = stream.text
    leaders = language.words.leaders
    connectors = language.words.connectors
    for before, after in pairwise(word_pattern().finditer(text, start, end)):
        between = text[before.end() : after.start()]
        left, right = before.group().lower(), after.group().lower()
        price = 1.0
        if _SOFT.search(between) or between.strip() in {",", "，", "、", "；"}:
            price -= 0.8
        if right in leaders or right in connectors:
            price -= 0.6
        elif left not in language.stop and right not in language.stop:
            price += 0.3  # two words with a meaning: most likely one phrase
        if left in language.words.fillers or right in language.words.fillers:
            price -= 0.4
        if left in leaders or left in connectors:
            price += 1.0
        elif left in language.stop and len(left) < 6:
            price += 0.6
        if right in language.words.prepositions:
            price += 0.6
        pause = stream.pauses.at(after.start())
        if pause is not None:
            price -= 0.1 + min(1.0, pause / _PAUSE_S) * 0.9
        yield after.start(), price


# --- A transcript as sentences that can be quoted ---


@dataclass(frozen=True, slots=True)
class Sentence:
    """A quotable piece of the transcript. `text` is its words, with a capital and a full stop.

    `start_s` and `end_s` are seconds, estimated within long segments. `words` are in lower case,
    `stems` the meaningful ones; `length` is in words. `broken`: it was cut by length, not
    punctuation, or interrupted. `lead` counts the characters of connectives and stage talk at its
    beginning, which a separate quote omits.
    """

    index: int
    text: str
    labels: tuple[str, ...]
    start_s: float
    end_s: float
    words: tuple[str, ...]
    stems: tuple[str, ...]
    length: float
    speaker: str | None = None
    question: bool = False
    broken: bool = False
    lead: int = 0

    @property
    def opened(self) -> str:
        """Return the text as the beginning of a quote."""
        return _capital(self.text[self.lead :])

    @property
    def word_set(self) -> frozenset[str]:
        # computed on demand: stored, it would outweigh everything else
        return frozenset(self.words)

    @property
    def stem_set(self) -> frozenset[str]:
        return frozenset(self.stems)


_NOISE = re.compile(
    r"\[[^\]]{0,60}\]|\{[a-z]{4,20}\}|【[^】]{0,60}】|［[^］]{0,60}］|♪[^♪]{0,200}♪|[♪♫]|>>+|"
    r"\((?:music|applause|laughter|laughs|inaudible|crosstalk|silence|musik|applaus|música|"
    r"aplausos|risas|musique|applaudissements|rires)[^)]{0,30}\)|（(?:音乐|掌声|笑声|音楽|拍手|笑)）",
    re.IGNORECASE,
)
_SPEAKER = re.compile(
    r"(?:(?<=[.!?。！？])|^)\s*(?:-\s+)?"
    rf"(?:[A-Z][A-Z .'’]{{2,30}}|[{SCRIPTS['Han']}]{{2,4}}(?=：)):?[:：]\s*"
)
_SHORTEST = 3.0
"""Minimum words that must be left of a sentence without its opening."""
_LOOSE_STOP = re.compile(r"(?<=\w) +([.,?!])(?=\s|$)")
"""A punctuation mark separated from its word, as in texts made for machines."""
_EDGE = 12
"""Characters before the first and after the last word that may belong to a quote."""
_PAIRS = {"[": "]", "(": ")", "{": "}", "「": "」", "『": "』", "（": "）", "“": "”", "«": "»"}
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "st", "sr", "sra", "e.g", "i.e", "vs", "v"})
_ORDINAL_DOT = frozenset({"de", "da", "no", "fi", "cs", "hu", "sk", "pl", "sl", "hr", "et"})
"""Languages that write "3." for "third"."""


@dataclass(slots=True)
class _Piece:
    """A part of the stream between two hard stops, as a span of characters."""

    start: int
    end: int
    broken: bool = False


def split(transcript: Transcript, language: Language) -> list[Sentence]:
    """Return all quotable pieces of a transcript, in order; together nearly all its words.

    Singing and descriptions in brackets are left out, unless there is nothing else.
    """
    stream = Stream(transcript)
    return _split(stream, language, noise=False) or _split(stream, language, noise=True)


def _split(stream: Stream, language: Language, *, noise: bool) -> list[Sentence]:
    sentences: list[Sentence] = []
    punctuated = _is_punctuated(stream.text)
    for first, last in _hard_stops(stream, noise=noise):
        for piece in _pieces(stream, first, last, language, punctuated):
            sentence = _sentence(stream, piece, language, len(sentences))
            if sentence is not None:
                sentences.append(sentence)
    return sentences


def _is_punctuated(text: str) -> bool:
    ends = sum(1 for _ in sentence_ends(text))
    return ends > 0 and measure(text[:200_000]) / ends < 45


def _hard_stops(stream: Stream, *, noise: bool) -> Iterator[tuple[int, int]]:
    """Yield spans between changes of speaker and, unless `noise` is wanted, stage directions."""
    cuts = [(at, at) for at in stream.stops]
    if not noise:
        cuts += [match.span() for match in _NOISE.finditer(stream.text)]
    cuts += [match.span() for match in _SPEAKER.finditer(stream.text)]
    position = 0
    for start, end in sorted(cuts):
        if start > position:
            yield position, start
        position = max(position, end)
    if position < len(stream.text):
        yield position, len(stream.text)


def _pieces(
    stream: Stream, first: int, last: int, language: Language, punctuated: bool
) -> Iterator[_Piece]:
    longest = 50.0 if punctuated else 30.0
    position = first
    for end in sentence_ends(stream.text, first, last, within=partial(_goes_on, language)):
        yield from _fitted(stream, position, end, language, longest, broken=False)
        position = end
    if position < last:
        yield from _fitted(stream, position, last, language, longest, broken=True)


def _goes_on(language: Language, text: str, found: EndMark) -> bool:
    """Return True if a full stop ends an abbreviation or precedes a small letter, not a sentence
    end."""
    before = re.search(r"[^\s(\"“]*$", text[max(0, found.start() - 12) : found.start()])
    word = before.group().lower() if before else ""
    after = re.match(r"\s*(\S+)", text[found.end() : found.end() + 24])
    if after is None:
        return False
    opens = after[1].strip("\"“'’,").lower() in language.openers
    if word in shared_data().abbreviations or (len(word) == 1 and word.isalpha()):
        return not opens or word in _TITLES
    ordinal = word.isdigit() and len(word) < 3 and language.code in _ORDINAL_DOT
    return after[1][0].islower() or (ordinal and not opens)


def _fitted(
    stream: Stream, start: int, end: int, language: Language, longest: float, *, broken: bool
) -> Iterator[_Piece]:
    """Yield a span as it is, or cut into readable lengths if it is too long."""
    if measure(stream.text[start:end]) <= longest:
        yield _Piece(start, end, broken)
        return
    position = start
    for cut in cuts(stream, start, end, language):
        yield _Piece(position, cut, True)
        position = cut
    yield _Piece(position, end, True)


def _sentence(stream: Stream, piece: _Piece, language: Language, index: int) -> Sentence | None:
    start, end = piece.start, piece.end
    raw = stream.text[start:end]
    matches = list(word_pattern().finditer(raw))
    while matches and matches[0].group().lower() in language.words.fillers:
        matches.pop(0)
    while matches and matches[-1].group().lower() in language.words.fillers:
        matches.pop()
        piece = _Piece(start, end, True)
    if not matches:
        return None
    lead = re.search(
        r"[\"“‘«‹(「『（¿¡$€£<\[{#/\\.+\-−~@&*=]*$", raw[: matches[0].start()][-_EDGE:]
    )
    first = start + matches[0].start() - (len(lead.group()) if lead else 0)
    tail = raw[matches[-1].end() :][:_EDGE]
    closing = _closing(tail) if piece.broken else len(tail)
    last = min(end, start + matches[-1].end() + closing)
    while first < last and _PAIRS.get(stream.text[first], "") not in stream.text[first:last]:
        first += 1  # a bracket or quotation mark that closes elsewhere
    quote = " ".join(stream.text[first:last].split())
    words = tuple(map(intern, words_of(quote)))  # a long transcript repeats its words
    stems = tuple(map(intern, language.content(words)))
    interrupted = bool(re.search(r"(--|—|…|\.\.\.)\W*$", tail))
    text = _tidy(quote, language)
    begin = openings(language.code, text)[-1]
    return Sentence(
        index=index,
        text=text,
        labels=stream.labels_of(first, last),
        start_s=stream.time_at(first),
        end_s=max(stream.time_at(first), stream.time_at(last)),
        words=words,
        stems=stems,
        length=measure(quote),
        speaker=stream.segments[stream.number_at(first)].speaker,
        question=bool(re.search(r"[?？؟]\W*$", quote[-6:])),
        broken=piece.broken or interrupted,
        lead=begin if measure(text[begin:]) >= _SHORTEST else 0,
    )


def _closing(tail: str) -> int:
    """Return the number of characters after the last word that belong to it: brackets, percent,
    operators."""
    match = re.match(r"[\"”’»)」』）%°+*/=²³!?！？؟]*", tail)
    return match.end() if match else 0


_FULL_STOPS = {"zh": "。", "ja": "。", "th": "", "lo": "", "my": "။", "km": "។"}
"""The end of a sentence in languages without spaces between words; Thai and Lao leave a space."""


def _tidy(quote: str, language: Language) -> str:
    """Return the same words with a capital and a full stop, as a sentence."""
    text = _capital(_LOOSE_STOP.sub(r"\1", quote).rstrip(" ,;:，；：、،–—-"))
    if not re.search(r"[.!?…。！？｡؟۔।॥।።։][\"'”’»)」』）\]]*$", text):
        text += _FULL_STOPS.get(language.code, ".") if language.unspaced else "."
    return text


def _capital(text: str) -> str:
    """Return the text with a capital first letter, unless its first word has a spelling of its
    own."""
    for position, char in enumerate(text):
        if char.isalpha():
            word = text[position:].split(maxsplit=1)[0]
            if char.islower() and not any(c.isupper() for c in word[1:]):
                return text[:position] + char.upper() + text[position + 1 :]
            break
        if not (char.isspace() or char in "\"“‘«¿¡('"):
            break
    return text
