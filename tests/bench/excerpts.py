"""Where the offline engine begins chapters and what it quotes, against the textbook methods.

Every method is given the same sentences and the same number of chapters or of words. Chapters are
held against the topics of a talk, extracts against the places that answer questions on it.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import fmean
from typing import Any

import stopwordsiso

from notegen_desktop.domain.checks.grounding import ground
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Draft, Level, Section
from notegen_desktop.domain.notes.statements import split
from notegen_desktop.domain.text.sentences import split_sentences
from notegen_desktop.domain.text.transcript import Segment, Transcript
from notegen_desktop.services.machine.paths import sample_talk
from notegen_desktop.services.sources.captions import read_caption_file
from notegen_desktop.services.writers.extract.analysis import Analysis
from notegen_desktop.services.writers.extract.note import compose
from tests.fakes.assignments import template
from tests.places import SHARED

from . import textbook

MEETINGS = SHARED / "data" / "meetings"
WRITTEN = SHARED / "data" / "cases" / "notes" / "sicp-lec1a"
LECTURE = SHARED / "data" / "transcripts" / "sicp-lec1a.en.srt"
NEAR_S = 30.0
"""A chapter that begins so near to a topic hits it."""
ROUNDED_S = 0.05
"""Places are known to a tenth of a second, words to a thousandth."""
Span = tuple[float, float]


@dataclass(frozen=True)
class Told:
    """A talk as sentences in order of time, where its topics begin, and where questions on it are
    answered (seconds)."""

    words: Transcript
    sentences: tuple[tuple[float, str], ...]
    topics: tuple[float, ...]
    answers: tuple[Span, ...]

    @property
    def talk(self) -> textbook.Talk:
        return [re.findall(r"\w+", text.casefold()) for _, text in self.sentences]

    def number_at(self, time_s: float) -> int:
        """The sentence that begins nearest to a time."""
        return min(range(len(self.sentences)), key=lambda i: abs(self.sentences[i][0] - time_s))


def told(words: Transcript, topics: Iterable[float], answers: Iterable[Span]) -> Told:
    sentences = []
    for segment in words.segments:
        pieces = split_sentences(segment.text)
        letters = 0
        for piece in pieces:
            share = letters / max(1, len(segment.text))
            sentences.append((segment.start_s + share * (segment.end_s - segment.start_s), piece))
            letters += len(piece)
    return Told(words, tuple(sentences), tuple(sorted(topics)), tuple(answers))


def sample(truth: Mapping[str, Any]) -> Told:
    words = read_caption_file(sample_talk())
    at = {segment.label: segment for segment in words.segments}
    return told(
        words,
        [at[str(label)].start_s for label in truth["chapters"]],
        [(at[str(a)].start_s, at[str(b)].end_s) for a, b in truth["questions"].values()],
    )


def meetings() -> Iterator[Told]:
    for path in sorted(MEETINGS.glob("*.vtt")):
        known = json.loads(path.with_suffix(".truth.json").read_text("utf-8"))
        topics = {start for topic in known["topics"] for start, _ in topic["spans"]}
        answers = [(start, end) for q in known["questions"] for start, end in q["spans"]]
        yield told(read_caption_file(path), topics, answers)


def lecture() -> Iterator[Told]:
    """A real lecture, with chapters cut by hand, and the passages that written notes rest on."""
    if not (WRITTEN.exists() and LECTURE.exists()):
        return
    words = read_caption_file(LECTURE)
    at = {segment.label: segment for segment in words.segments}

    def cited(name: str) -> Iterator[list[Segment]]:
        for section in json.loads((WRITTEN / f"{name}.json").read_text("utf-8"))["sections"]:
            yield [at[label] for label in section["cites"]]

    topics = [segments[0].start_s for segments in cited("chapters16")]
    notes = ("basic-summary", "study-notes")
    places = {(s.start_s, s.end_s) for name in notes for segments in cited(name) for s in segments}
    yield told(words, topics, sorted(places))


def measure(truth: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    corpora = {
        "sample": [sample(truth)],
        "lecture": list(lecture()),
        "meetings": list(meetings()),
    }
    for name, talks in corpora.items():
        if not talks:
            print(f"quality: skipped, not on this machine: {name}", file=sys.stderr)
        for kind, judge in (("chapters", chapters), ("extract", extracts)):
            rows = [judge(talk) for talk in talks]
            for figure in rows[0] if rows else ():
                yield f"{kind}_{name}_{figure}", fmean(row[figure] for row in rows)


# --- The program's own ----------------------------------------------------------------------------


def note(talk: Told, template_id: str) -> tuple[Section, ...]:
    """The sections that the offline engine writes, with their places."""
    video = Video(id="measured", url="", duration_s=talk.words.duration_s)
    plan = template(template_id)
    draft = Draft("", tuple(compose(plan, Analysis(talk.words), video)), whole=True)
    return ground(
        draft,
        transcript=talk.words,
        video=video,
        language=talk.words.language,
        quoted=True,
        template=plan,
    ).sections


def own_chapters(talk: Told) -> list[float]:
    return sorted(min(c.start_s for c in section.cites) for section in note(talk, "chapters"))


def own_extract(talk: Told, level: Level) -> list[tuple[float, int]]:
    """What a summary quotes, each sentence once: its time in seconds and its words."""
    quoted: dict[str, tuple[float, int]] = {}
    for section in note(talk, "basic-summary"):
        times = {cite.n: cite.start_s for cite in section.cites}
        for statement in split(section.at(level)):
            if statement.markers:
                size = len(re.findall(r"\w+", statement.text))
                quoted.setdefault(statement.text, (times[statement.markers[0]], size))
    return list(quoted.values())


# --- Held against what is true --------------------------------------------------------------------


def chapters(talk: Told) -> dict[str, float]:
    """Of each method with as many chapters (and of TextTiling with as many as it finds): the share
    of starts, but for the first, that hit a topic's; the two measures of segmentation, 0 is best.
    """
    own = own_chapters(talk)
    count = len(own)
    stop = frozenset(stopwordsiso.stopwords("en"))
    plain = {
        "texttiling": textbook.texttiling(talk.talk, stop, count=count),
        "texttiling_uncounted": textbook.texttiling(talk.talk, stop),
        "evenly": textbook.evenly(talk.talk, count),
    }
    found = {"own": own} | {
        name: [talk.sentences[at][0] for at in starts] for name, starts in plain.items()
    }
    real = [talk.number_at(start) for start in talk.topics]
    figures: dict[str, float] = {"first_at_zero": float(own[0] == 0.0), "count": count}
    for name, starts in found.items():
        hits = [any(abs(s - t) <= NEAR_S for t in talk.topics if t > 0) for s in starts[1:]]
        figures[f"{name}_hits"] = fmean(hits) if hits else 0.0
        numbers = [talk.number_at(start) for start in starts]
        length = len(talk.sentences)
        figures[f"{name}_pk"] = textbook.pk(real, numbers, length)
        figures[f"{name}_windowdiff"] = textbook.windowdiff(real, numbers, length)
    return figures


def extracts(talk: Told) -> dict[str, float]:
    """Of each method with as many words: the share of places from which a sentence is quoted, and
    the share of the words quoted that are said at such places."""
    stop = frozenset(stopwordsiso.stopwords("en"))
    figures: dict[str, float] = {}
    for level in Level:
        own = own_extract(talk, level)
        budget = sum(words for _, words in own)
        figures[f"{level.value}_words"] = budget
        picked = {"own": own}
        for name, method in textbook.EXTRACTORS.items():
            chosen = method(talk.talk, stop, budget)
            picked[name] = [(talk.sentences[at][0], len(talk.talk[at])) for at in chosen]
        for name, quoted in picked.items():
            found = [any(_within(t, place) for t, _ in quoted) for place in talk.answers]
            there = sum(n for t, n in quoted if any(_within(t, place) for place in talk.answers))
            figures[f"{level.value}_{name}_places"] = fmean(found)
            figures[f"{level.value}_{name}_on_point"] = there / max(1, sum(n for _, n in quoted))
    return figures


def _within(time_s: float, place: Span) -> bool:
    return place[0] - ROUNDED_S <= time_s < place[1]
