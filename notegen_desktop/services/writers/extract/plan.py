"""From a template's table of contents to the sections of one note."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind, SectionPlan

from .analysis import Analysis
from .headings import Heading, for_stretches
from .language import Role
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


# --- How each kind of section chooses its quotes ---


class Shape(StrEnum):
    """How the quotes of a section are set."""

    TEXT = "text"  # a paragraph, then points, then passages
    LIST = "list"
    CHECKLIST = "checklist"
    STEPS = "steps"  # a paragraph, then numbered actions, then passages
    SLIDE = "slide"  # short points; speaker notes at the comprehensive level


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a kind of section chooses: the part its sentences play, and where they tend to stand.

    `lean` is -1 for the beginning of the talk, 1 for its end. `spread` takes something of every
    stretch of the talk. The three numbers are words at the three levels.
    """

    parts: tuple[Role, ...] = ()
    lean: float = 0.0
    spread: bool = False
    shape: Shape = Shape.LIST
    concise: float = 45.0
    standard: float = 115.0
    comprehensive: float = 230.0

    def scaled(self, scale: float) -> Recipe:
        """The same with shorter texts, for a talk that has little to quote."""
        return replace(
            self,
            concise=self.concise * max(scale, 0.6),
            standard=self.standard * scale,
            comprehensive=self.comprehensive * scale,
        )


MAX_SPREAD = 15
"""Stretches of which an overview takes something; the rest is left to other sections."""
MAX_QUOTED_SHARE = 0.75
"""A note quotes at most about this part of the talk."""
MIN_SCALE = 0.3
"""Yet no section is cut to less than this part of its usual length."""


RECIPES: dict[SectionKind, Recipe] = {
    SectionKind.OVERVIEW: Recipe((Role.AIM,), lean=-0.6, spread=True, shape=Shape.TEXT),
    SectionKind.ABSTRACT: Recipe((Role.AIM, Role.FINDING), spread=True, shape=Shape.TEXT),
    SectionKind.TOPIC: Recipe((Role.KEY, Role.DEFINITION), shape=Shape.TEXT),
    SectionKind.CHAPTER: Recipe(
        (Role.KEY,), shape=Shape.TEXT, concise=30, standard=80, comprehensive=190
    ),
    SectionKind.FINDINGS: Recipe((Role.FINDING,), shape=Shape.TEXT),
    SectionKind.STEP: Recipe(
        (Role.ACTION,), shape=Shape.STEPS, concise=35, standard=90, comprehensive=190
    ),
    SectionKind.SLIDE: Recipe(
        (Role.KEY,), shape=Shape.SLIDE, concise=32, standard=65, comprehensive=170
    ),
    SectionKind.OBJECTIVES: Recipe((Role.AIM,), lean=-0.5),
    SectionKind.SUMMARY: Recipe((Role.CLOSING, Role.KEY), lean=0.3, spread=True),
    SectionKind.APPLICATION: Recipe((Role.USE,)),
    SectionKind.PREREQUISITES: Recipe((Role.NEED,), lean=-0.4, shape=Shape.CHECKLIST),
    SectionKind.TIPS: Recipe((Role.ADVICE,)),
    SectionKind.TROUBLESHOOTING: Recipe((Role.TROUBLE,)),
    SectionKind.VERIFICATION: Recipe((Role.CHECK,), lean=0.4, shape=Shape.CHECKLIST),
    SectionKind.METHOD: Recipe((Role.METHOD,), shape=Shape.TEXT),
    SectionKind.DISCUSSION: Recipe((Role.ARGUMENT,), lean=0.2, shape=Shape.TEXT),
    SectionKind.FACTS: Recipe(),
    SectionKind.QUIZ: Recipe((Role.DEFINITION, Role.KEY)),
    SectionKind.INSIGHT: Recipe((Role.KEY, Role.FINDING)),
    SectionKind.DECISIONS: Recipe((Role.FINDING,)),
    SectionKind.ACTIONS: Recipe((Role.ACTION, Role.NEED)),
    SectionKind.OUTLINE: Recipe((Role.KEY, Role.DEFINITION)),
}
"""Terms, questions and cards are made elsewhere."""

MILD = frozenset(
    {
        SectionKind.OVERVIEW,
        SectionKind.ABSTRACT,
        SectionKind.SUMMARY,
        SectionKind.TOPIC,
        SectionKind.CHAPTER,
        SectionKind.SLIDE,
        SectionKind.STEP,
        SectionKind.FINDINGS,
    }
)
"""Kinds that any good sentence fits, so that missing turns of phrase want no apology."""
