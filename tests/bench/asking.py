"""Whether the right place is among the first ten passages, for questions about meetings (QMSum).

The passages that the program sends, against plain BM25: passages of the same length without their
neighbours, words as they are written, speakers left out. Beside that how many of the right words
are sent, and how many in all; and how long a question takes over an hour of talk.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean

from notegen_desktop.domain.asking.passages import Passage, Passages, Source
from notegen_desktop.domain.links.video import Video
from notegen_desktop.services.asking.passages import language_of_source, terms_of
from notegen_desktop.services.sources.captions import read_caption_file

from .excerpts import MEETINGS

FIRST = 10


@dataclass(frozen=True)
class Meeting:
    """A source, and its questions with the segments that hold the answer."""

    source: Source
    questions: tuple[tuple[str, frozenset[int]], ...]


def meeting(path: Path) -> Meeting:
    words = read_caption_file(path)
    known = json.loads(path.with_suffix(".truth.json").read_text("utf-8"))

    def right(spans: Sequence[tuple[float, float]]) -> frozenset[int]:
        return frozenset(
            place
            for place, segment in enumerate(words.segments)
            if any(segment.start_s < end and segment.end_s > start for start, end in spans)
        )

    questions = tuple((q["question"], right(q["spans"])) for q in known["questions"])
    return Meeting(Source(Video(path.stem, ""), words), questions)


def plain(source: Source) -> Passages:
    segments = tuple(replace(s, speaker=None) for s in source.transcript.segments)
    bare = replace(source, transcript=replace(source.transcript, segments=segments))
    words = re.compile(r"\w+")
    return Passages([bare], lambda _: lambda text: words.findall(text.lower()))


def ours(source: Source) -> Passages:
    return Passages([source], lambda each: terms_of(language_of_source(each)))


def hits(
    meetings: Sequence[Meeting],
    made: Callable[[Source], Passages],
    shown: Callable[[Passages, list[Passage]], list[Passage]],
) -> tuple[float, float, float]:
    """Shares of questions with any right segment and of right segments; words sent."""
    any_right, shares, sent = [], [], []
    for each in meetings:
        passages, segments = made(each.source), each.source.transcript.segments
        for question, right in each.questions:
            found = shown(passages, passages.best(question, FIRST))
            places = {place for p in found for place in range(p.first, p.last + 1)}
            any_right.append(bool(places & right))
            shares.append(len(places & right) / max(1, len(right)))
            sent.append(sum(len(segments[place].text.split()) for place in places))
    return fmean(any_right), fmean(shares), fmean(sent)


def measure() -> dict[str, float]:
    """Shares from 0 to 1 unless the name says otherwise."""
    meetings = [meeting(path) for path in sorted(MEETINGS.glob("*.vtt"))]
    if not meetings:
        print("asking: skipped, not on this machine: meetings", file=sys.stderr)
        return {}
    figures: dict[str, float] = {"asking_questions_of": sum(len(m.questions) for m in meetings)}
    ways = {
        "ours": hits(meetings, ours, Passages.with_neighbours),
        "ours_alone": hits(meetings, ours, lambda _, best: best),
        "plain_bm25": hits(meetings, plain, lambda _, best: best),
    }
    for name, (found, share, words) in ways.items():
        figures[f"asking_{name}_right_in_ten"] = found
        figures[f"asking_{name}_right_words"] = share
        figures[f"asking_{name}_words_sent"] = words
    begun = time.perf_counter()
    for each in meetings:
        ours(each.source).best(each.questions[0][0], FIRST)
    talked_h = sum(m.source.transcript.duration_s for m in meetings) / 3600
    figures["asking_ms_per_hour_of_talk"] = (time.perf_counter() - begun) * 1000 / talked_h
    return figures
