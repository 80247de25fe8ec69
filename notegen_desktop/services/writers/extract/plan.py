"""Plans the sections of one note from a template, and how each kind is filled."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind, SectionPlan

from .analysis import Analysis
from .headings import for_stretches
from .language import Role
from .topics import SentenceRange

_NUMBER: dict[SectionKind, tuple[float, float, float]] = {
    SectionKind.TOPIC: (100.0, 0.47, 0.4),
    SectionKind.FINDINGS: (100.0, 0.47, 0.4),
    SectionKind.CHAPTER: (200.0, 0.72, 0.0),
    SectionKind.SLIDE: (150.0, 0.72, 0.3),
}
"""Number of sections of a kind: the words that fill the first, the power of the words with which
the number grows (sections of a long video are longer, too), and the shortest as a share of the
average."""

_FOLLOWS_CHAPTERS = frozenset({SectionKind.CHAPTER, SectionKind.TOPIC})


@dataclass(frozen=True, slots=True)
class Planned:
    """One section to fill: from one range of the transcript, or all of it (`stretch` None).

    `turn` counts the sections of the same kind before it.
    """

    kind: SectionKind
    heading: str
    stretch: SentenceRange | None = None
    turn: int = 0


def plan(template: NoteTemplate, analysis: Analysis, video: Video) -> list[Planned]:
    """Return the sections of a note in order; repeated kinds once for each range."""
    result: list[Planned] = []
    for entry in template.sections:
        if entry.repeat and entry.kind in _NUMBER:
            result += _repeated(entry, analysis, video)
        else:
            turn = sum(planned.kind is entry.kind for planned in result)
            result.append(Planned(entry.kind, entry.heading, turn=turn))
    return result


def _repeated(entry: SectionPlan, analysis: Analysis, video: Video) -> list[Planned]:
    if entry.kind in _FOLLOWS_CHAPTERS:
        own = analysis.chapters(video.chapters)
        if entry.min <= len(own) <= entry.max and len(own) > 1:
            return [Planned(entry.kind, title, stretch) for title, stretch in own]
    first, growth, even = _NUMBER[entry.kind]
    by_length = round(float((analysis.words / first) ** growth))
    by_sentences = len(analysis.sentences) // 4
    wanted = max(entry.min, min(entry.max, by_length, by_sentences))
    stretches = analysis.parts(wanted, even=even)
    return [
        Planned(entry.kind, heading, stretch)
        for heading, stretch in zip(for_stretches(analysis, stretches), stretches, strict=True)
    ]


# --- How each kind of section chooses its quotes ---


class Shape(StrEnum):
    """The layout of a section's quotes."""

    TEXT = "text"  # a paragraph, then points, then passages
    LIST = "list"
    CHECKLIST = "checklist"
    SLIDE = "slide"  # short points; speaker notes at the comprehensive level


@dataclass(frozen=True, slots=True)
class Recipe:
    """The rules by which a kind of section chooses its quotes.

    `roles` are those of its sentences; if `strict`, no others are quoted, and without any there is
    no section. The announced `passage` comes first. `lean` is -1 to prefer the beginning of the
    transcript, 1 its end. The numbers are words at the three levels.
    """

    roles: tuple[Role, ...] = ()
    strict: bool = True
    shape: Shape = Shape.LIST
    passage: Role | None = None
    lean: float = 0.0
    concise: float = 14.0
    standard: float = 90.0
    comprehensive: float = 200.0


RECIPES: dict[SectionKind, Recipe] = {
    SectionKind.OVERVIEW: Recipe((Role.AIM,), False, Shape.TEXT, lean=-0.6, concise=28.0),
    SectionKind.ABSTRACT: Recipe(
        (Role.AIM, Role.FINDING), False, Shape.TEXT, lean=-0.2, concise=28.0
    ),
    SectionKind.TOPIC: Recipe((Role.KEY,), False, Shape.TEXT),
    SectionKind.CHAPTER: Recipe((Role.KEY,), False, Shape.TEXT, standard=60.0, comprehensive=170.0),
    SectionKind.FINDINGS: Recipe((Role.FINDING,), False, Shape.TEXT),
    SectionKind.SLIDE: Recipe((Role.KEY,), False, Shape.SLIDE, standard=45.0, comprehensive=150.0),
    SectionKind.SUMMARY: Recipe(
        (Role.CLOSING, Role.KEY), False, passage=Role.CLOSING, lean=0.3, concise=30.0
    ),
    SectionKind.LIMITATIONS: Recipe((Role.LIMIT,), passage=Role.LIMIT),
    SectionKind.OBJECTIVES: Recipe((Role.AIM,), lean=-0.5),
    SectionKind.APPLICATION: Recipe((Role.USE,)),
    SectionKind.PREREQUISITES: Recipe((Role.NEED,), shape=Shape.CHECKLIST, lean=-0.4),
    SectionKind.TIPS: Recipe((Role.ADVICE,)),
    SectionKind.TROUBLESHOOTING: Recipe((Role.TROUBLE,)),
    SectionKind.VERIFICATION: Recipe((Role.CHECK,), shape=Shape.CHECKLIST, lean=0.4),
    SectionKind.METHOD: Recipe((Role.METHOD,), shape=Shape.TEXT),
    SectionKind.DISCUSSION: Recipe((Role.ARGUMENT,), shape=Shape.TEXT, lean=0.2),
    SectionKind.FACTS: Recipe(),
    SectionKind.SOURCES: Recipe(),
}
"""Recipes by kind; terms, questions, cards and steps are created in `drills`."""
