"""From a template's table of contents to the sections of one note."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.templates import NoteTemplate, SectionKind, SectionPlan
from notegen_desktop.domain.video import Video

from .analysis import Analysis
from .headings import Heading, for_stretches
from .topics import Stretch

_WORDS_OF_ONE: dict[SectionKind, float] = {
    SectionKind.TOPIC: 280.0,
    SectionKind.CHAPTER: 200.0,
    SectionKind.SLIDE: 150.0,
    SectionKind.STEP: 220.0,
    SectionKind.CARD: 60.0,
}
"""The shortest talk, in words, that fills one section of a kind; ten minutes are about 1,300."""

_WORDS_OTHERWISE = 400.0
_GROWTH = 0.72
"""Twice the talk makes 1.65 times the sections: those of a long talk are longer, too."""

_TELLING = frozenset({SectionKind.STEP, SectionKind.SLIDE})
_FOLLOWS_CHAPTERS = frozenset({SectionKind.CHAPTER, SectionKind.TOPIC})


@dataclass(frozen=True, slots=True)
class Planned:
    """One section to fill: of one stretch of the talk, or of all of it (`stretch` None).

    `spoken` is the index of the sentence that serves as the heading, if one does.
    """

    kind: SectionKind
    heading: str
    stretch: Stretch | None = None
    spoken: int | None = None


def plan(template: NoteTemplate, analysis: Analysis, video: Video) -> list[Planned]:
    """The sections of a note in order. Never empty for a template that has any."""
    result: list[Planned] = []
    for entry in template.sections:
        if not entry.repeat:
            result.append(Planned(entry.kind, entry.heading))
        else:
            result += _repeated(entry, analysis, video)
    return result


def _repeated(entry: SectionPlan, analysis: Analysis, video: Video) -> list[Planned]:
    if entry.kind in _FOLLOWS_CHAPTERS:
        own = analysis.chapters(video.chapters)
        if entry.min <= len(own) <= entry.max and len(own) > 1:
            return [Planned(entry.kind, title, stretch) for title, stretch in own]
    stretches = analysis.parts(_count(entry, analysis))
    if entry.kind is SectionKind.CARD:
        return [Planned(entry.kind, "", stretch) for stretch in stretches]
    headings: list[Heading] = for_stretches(analysis, stretches, telling=entry.kind in _TELLING)
    return [
        Planned(entry.kind, heading.text, stretch, heading.sentence)
        for heading, stretch in zip(headings, stretches, strict=True)
    ]


def _count(entry: SectionPlan, analysis: Analysis) -> int:
    """How many sections a talk of this length asks for, within the template's limits."""
    portion = _WORDS_OF_ONE.get(entry.kind, _WORDS_OTHERWISE)
    by_length = round(float((analysis.words / portion) ** _GROWTH))
    by_sentences = len(analysis.sentences) // 4
    return max(entry.min, min(entry.max, by_length, by_sentences))
