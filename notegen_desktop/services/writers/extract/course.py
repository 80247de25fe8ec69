"""What the offline engine quotes of a course: its videos in their order, and what they share."""

from __future__ import annotations

from collections.abc import Sequence

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import DraftSection

from . import markup
from .analysis import Analysis
from .language import said
from .ranking import alike
from .terms import Term
from .topics import Stretch

_ENTRIES = (4, 8, 14)
"""Terms at the three levels."""
_SENTENCES = (1, 2, 3)
"""Sentences of each video at the three levels."""


def order(analysis: Analysis, video: Video, heading: str) -> list[DraftSection]:
    """The videos as they were given, each with what weighs most in it, and what they share."""
    videos = analysis.chapters(video.chapters)
    texts = [
        "\n".join(
            f"{number}. **{markup.escaped(title)}**: {_best(analysis, stretch, most)}"
            for number, (title, stretch) in enumerate(videos, start=1)
        )
        for most in _SENTENCES
    ]
    found = [DraftSection(heading, (), *texts)] if videos else []
    return found + _common(analysis, [stretch for _, stretch in videos])


def glossary(analysis: Analysis) -> tuple[str, str, str]:
    """Key terms of a course that defines none, each as it is first said."""
    terms = [term for term in analysis.terms if term.whole]
    first, second, third = (
        "\n".join(
            _entry(analysis, term, term.where[:1])
            for term in sorted(terms[:most], key=lambda term: term.text.casefold())
        )
        for most in _ENTRIES
    )
    return first, second, third


def _common(analysis: Analysis, videos: Sequence[Stretch]) -> list[DraftSection]:
    """Terms that several videos use, each as the first of them, or each of them, first says it."""
    shared: list[tuple[Term, list[int]]] = []
    for term in analysis.names:
        firsts = [next((at for at in term.where if at in video), None) for video in videos]
        places = [at for at in firsts if at is not None]
        if term.whole and len(places) > 1:
            shared.append((term, places))
    shared.sort(key=lambda each: (-len(each[1]), -each[0].score))
    if not shared:
        return []
    texts = [
        "\n".join(_entry(analysis, term, places[:number]) for term, places in shared[:most])
        for most, number in zip(_ENTRIES, (1, 2, len(videos)), strict=True)
    ]
    return [DraftSection(said(analysis.language.code).common, (), *texts)]


def _best(analysis: Analysis, stretch: Stretch, most: int) -> str:
    """The sentences of a video that weigh most, in their order."""
    inside = range(stretch.first, stretch.last)
    chosen: list[int] = []
    for index in sorted(inside, key=lambda index: -analysis.worth[index]):
        known = analysis.sentences
        if len(chosen) < most and not any(alike(known[index], known[other]) for other in chosen):
            chosen.append(index)
    return " ".join(markup.quote([analysis.sentences[index]]) for index in sorted(chosen))


def _entry(analysis: Analysis, term: Term, places: Sequence[int]) -> str:
    quoted = " ".join(markup.quote([analysis.sentences[index]]) for index in places)
    return f"- **{markup.escaped(term.text)}**: {quoted}"
