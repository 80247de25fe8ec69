"""Where a stretch too long to be quoted is cut: the cheapest way through all gaps between words."""

from __future__ import annotations

import re
from array import array
from collections import deque
from collections.abc import Iterator
from heapq import merge
from itertools import pairwise

from .language_data import language_data
from .stream import Stream
from .words import UNSPACED, Language, measure, word_pattern

_SOFT = re.compile(r"[,;:—–]\s|\s-{1,2}\s|[，；：、،؛]")
_COMMA = re.compile(r"[，；、]")
_PAUSE_S = 0.7
_TARGET = 18.0
"""Words a quote has when its length is free."""


def cuts(stream: Stream, start: int, end: int, language: Language) -> list[int]:
    """Where to cut an over-long span: the cheapest path over all gaps between words.

    Captions without a full stop are one span of hours, so only what a cut may still reach is kept.
    """
    positions, backs = array("I", [start]), array("I", [0])
    near = deque([(0, 0.0, 0.0)])  # of each gap: its number, the words and the cost up to it
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
    """(position, price of cutting there) for each gap between words, the end included.

    In order; a place that several things speak for has the lowest of their prices.
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
    leaders = language_data(language.code).words.leaders
    connectors = language_data(language.code).words.connectors
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
        if left in language.fillers or right in language.fillers:
            price -= 0.4
        if left in leaders or left in connectors:
            price += 1.0
        elif left in language.stop and len(left) < 6:
            price += 0.6
        if right in language_data(language.code).words.prepositions:
            price += 0.6
        pause = stream.pauses.at(after.start())
        if pause is not None:
            price -= 0.1 + min(1.0, pause / _PAUSE_S) * 0.9
        yield after.start(), price
