"""Extracts for a course: its videos in order, and their common terms."""

from __future__ import annotations

from collections.abc import Sequence

from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import DraftSection

from . import markup
from .analysis import Analysis
from .language import said
from .ranking import alike
from .terms import Term
from .topics import SentenceRange

_ENTRIES = (4, 8, 14)
"""Number of terms at the three levels."""
_SENTENCES = (1, 2, 3)
"""Number of sentences per video at the three levels."""


def order(analysis: Analysis, video: Video, heading: str) -> list[DraftSection]:
    """Return the videos in order, each with its best sentences, and their common terms."""
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
    """Return the key terms of a course without definitions, each with its first sentence."""
    terms = [term for term in analysis.terms if term.whole]
    first, second, third = (
        "\n".join(
            _entry(analysis, term, term.where[:1])
            for term in sorted(terms[:most], key=lambda term: term.text.casefold())
        )
        for most in _ENTRIES
    )
    return first, second, third


def _common(analysis: Analysis, videos: Sequence[SentenceRange]) -> list[DraftSection]:
    """Return terms common to several videos, each with its first sentence in the first, or each, of
    them."""
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


def _best(analysis: Analysis, stretch: SentenceRange, most: int) -> str:
    """Return the best sentences of a video, in order."""
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
