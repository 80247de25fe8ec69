"""Real talks for tests, and drafts made of their passages with true and made-up cites."""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cache

import pytest

from notegen_desktop.domain.notes.note import Draft, DraftSection
from notegen_desktop.domain.text.transcript import Segment, Transcript, TranscriptKind
from notegen_desktop.services.sources.captions import read_caption_file
from tests.places import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "transcripts"
SAMPLE = ROOT / "resources" / "samples" / "how-to-remember-what-you-learn.en.vtt"
NAMES = (
    "lunchroom-manners_1960.en.vtt",
    "openedx-community.en.srt",
    "scotus-sffa-v-unc_2022.en.vtt",
    "sicp-lec1a.en.srt",
    "sicp-lec8a.zh.srt",
    "state-of-openedx.auto-translated.es.srt",
    "state-of-openedx.auto.en.srt",
)


@cache
def talk(name: str) -> Transcript:
    """A real transcript; skips the test where the development data is missing."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"the development transcript {name} is not on this machine")
    return read_caption_file(path)


@cache
def sample() -> Transcript:
    return read_caption_file(SAMPLE)


def spoken(*texts: str, seconds: float = 10.0, language: str = "en") -> Transcript:
    """A made transcript: a segment for each text, labelled from 1."""
    return Transcript(
        language,
        TranscriptKind.MANUAL,
        tuple(
            Segment(str(n), (n - 1) * seconds, n * seconds, text)
            for n, text in enumerate(texts, start=1)
        ),
    )


@dataclass(frozen=True)
class Told:
    """A draft and, for each of its sections, the cites that are true and those made up."""

    draft: Draft
    true: tuple[frozenset[str], ...]
    made_up: tuple[frozenset[str], ...]


def retold(
    transcript: Transcript,
    *,
    seed: int,
    sections: int = 20,
    keep: float = 1.0,
    made_up: float = 0.1,
    exists: bool = True,
) -> Told:
    """Sections that tell eight neighbouring segments with a share of their words, citing four.

    One cite in ten is made up: with `exists` the label of another part, else of no segment.
    """
    chance = random.Random(seed)
    segments = transcript.segments
    made, true, false = [], [], []
    for number in range(sections):
        first = chance.randrange(max(1, len(segments) - 8))
        told = range(first, min(len(segments), first + 8))
        text = " ".join(_some(segments[i].text, keep, chance) for i in told)
        right, wrong = [], []
        for place in chance.sample(told, min(4, len(told))):
            if chance.random() >= made_up:
                right.append(segments[place].label)
            elif exists:
                far = [i for i in range(len(segments)) if i < first - 4 or i > first + 11]
                wrong.append(segments[chance.choice(far)].label)
            else:
                wrong.append(str(len(segments) + chance.randrange(1, 5000)))
        third = len(text) // 3
        cites = tuple(right + wrong)
        made.append(DraftSection(f"Part {number}", cites, text[:third], text[: 2 * third], text))
        true.append(frozenset(right))
        false.append(frozenset(wrong))
    return Told(Draft("A talk", tuple(made), whole=True), tuple(true), tuple(false))


def _some(text: str, keep: float, chance: random.Random) -> str:
    if keep >= 1:
        return text
    return " ".join(word for word in text.split() if chance.random() < keep)
