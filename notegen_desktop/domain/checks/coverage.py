"""How much of a video a note tells of, by what its sections are for.

Chapters, subjects and findings go through a video from its beginning to its end: where none of them
rests on a stretch of it, something may be left out. Steps, cards, terms and slides pick what they
need and promise no more. A note cites where a matter is said, not every second of it, so the time
between two cites is covered unless it is long (`min_gap`); and a chapter reaches from the place
where it begins to the one where it ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from notegen_desktop.domain.notes.merging import plans_of
from notegen_desktop.domain.notes.note import Coverage, DraftSection, Section
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind

COVERING = frozenset({SectionKind.CHAPTER, SectionKind.TOPIC, SectionKind.FINDINGS})
"""Sections that together tell of the whole video."""

FOLLOWING = 4
FOLLOWED = 0.25
"""So many places, over so much of the video, and its order is the note's."""
SHORT_VIDEO_S = 300.0
"""Below this a video may well have nothing new in its last third; seconds."""

Span = tuple[float, float]


def promises_coverage(template: NoteTemplate) -> bool:
    """A guide over several videos says once what they have in common: it leaves out the rest."""
    return not template.of_several and any(
        plan.repeat and plan.kind in COVERING for plan in template.sections
    )


def min_gap(duration_s: float) -> float:
    """Seconds without a cite from which on they count as left out: 5 % of a video, at least 60."""
    return max(60.0, duration_s * 0.05)


def coverage(
    sections: Sequence[Section], duration_s: float, template: NoteTemplate | None = None
) -> Coverage:
    """What of a video the sections tell of, and the stretches that none does.

    Covered time and gaps make up the whole, unless the template promises no coverage: then there
    are no gaps, and what is covered are the places cited. Without a template, coverage is promised.
    """
    if duration_s <= 0:
        return Coverage()
    reaches = sorted(
        (max(0.0, start_s), min(end_s, duration_s))
        for start_s, end_s in _reaches(sections, duration_s, template)
        if start_s < duration_s
    )
    promised = template is None or promises_coverage(template)
    if not reaches:
        return Coverage(0.0, ((0.0, duration_s),) if promised else ())
    least = min_gap(duration_s) if promised else 0.0
    gaps: list[Span] = []
    reached = 0.0
    for start_s, end_s in [*reaches, (duration_s, duration_s)]:
        if start_s - reached >= least and start_s > reached:
            gaps.append((reached, start_s))
        reached = max(reached, end_s)
    covered_s = duration_s - sum(end - start for start, end in gaps)
    return Coverage(covered_s, tuple(gaps) if promised else ())


def without(found: Coverage, stretches: Iterable[Span]) -> Coverage:
    """The coverage of a note that is known to tell nothing of these stretches, though what stands
    before one seems to reach over it."""
    total = found.covered_s + sum(end - start for start, end in found.gaps)
    gaps: list[Span] = []
    for start_s, end_s in sorted([*found.gaps, *stretches]):
        if gaps and start_s <= gaps[-1][1]:
            gaps[-1] = (gaps[-1][0], max(gaps[-1][1], end_s))
        else:
            gaps.append((start_s, end_s))
    return Coverage(total - sum(end - start for start, end in gaps), tuple(gaps))


def goes_through(times: Iterable[float], length_s: float) -> bool:
    """Whether cites (seconds) show that a note follows a video, so that a gap means something.

    A note that cites a few places only is short of cites; nothing tells how far it got.
    """
    distinct = sorted(set(times))
    return len(distinct) >= FOLLOWING and distinct[-1] - distinct[0] >= length_s * FOLLOWED


def after_filling(before: Coverage, found: Coverage, nothing_in: Span | None) -> Coverage:
    """The coverage of a note of which a gap was filled: gaps it did not have before are none.

    `before` is what it had, `found` what its sections show now; in `nothing_in` (seconds) nothing
    of substance is said.
    """
    open_before = [
        piece
        for start, end in before.gaps
        for piece in (
            [(start, min(end, nothing_in[0])), (max(start, nothing_in[1]), end)]
            if nothing_in
            else [(start, end)]
        )
    ]
    gaps = tuple(
        (max(gap[0], piece[0]), min(gap[1], piece[1]))
        for gap in found.gaps
        for piece in open_before
        if min(gap[1], piece[1]) > max(gap[0], piece[0])
    )
    total = found.covered_s + sum(end - start for start, end in found.gaps)
    return Coverage(total - sum(end - start for start, end in gaps), gaps)


def kinds_of(
    sections: Sequence[DraftSection] | Sequence[Section], template: NoteTemplate
) -> list[SectionKind]:
    """The kind of each section, by its heading and its place."""
    plans = template.sections
    headings = [DraftSection(section.heading) for section in sections]
    return [plans[number].kind for number in plans_of(headings, plans)]


def _reaches(
    sections: Sequence[Section], duration_s: float, template: NoteTemplate | None
) -> Iterator[Span]:
    """The stretches that sections tell of, in seconds."""
    kinds = kinds_of(sections, template) if template else [SectionKind.TOPIC] * len(sections)
    told = list(zip(sections, kinds, strict=True))
    for section, kind in told:
        if kind is not SectionKind.CHAPTER:
            yield from ((cite.start_s, cite.end_s) for cite in section.cites)
    chapters = [_borders(s) for s, kind in told if kind is SectionKind.CHAPTER and s.cites]
    nexts = [*(start_s for start_s, _, _ in chapters[1:]), 0.0]
    for (start_s, end_s, is_open), next_s in zip(chapters, nexts, strict=False):
        yield (start_s, max(end_s, next_s) if is_open else end_s)
    yield from _between([s for s, kind in told if kind in COVERING], duration_s)


def _borders(section: Section) -> tuple[float, float, bool]:
    """Where a section begins and ends, by the places that it names as a whole, and whether its end
    is not known: it names one place, or none, and what it tells of was looked up."""
    marked = section.markers
    # A border may be the place of a statement, too, which nothing can be compared with.
    borders = [c for c in section.cites if c.n not in marked or c.verified is None]
    cites = borders or section.cites
    start_s = min(cite.start_s for cite in cites)
    is_open = len(cites) == 1 or any(cite.verified for cite in cites)
    return (start_s, max(cite.end_s for cite in cites), is_open)


def _between(sections: Sequence[Section], duration_s: float) -> Iterator[Span]:
    """Where sections that cite nothing must be: between those before and those after them."""
    reached, open_s = 0.0, None
    for section in sections:
        if not section.cites:
            open_s = reached if open_s is None else open_s
            continue
        start_s, end_s, _ = _borders(section)
        if open_s is not None:
            yield (open_s, start_s)
        reached, open_s = max(reached, end_s), None
    if open_s is not None and reached:
        yield (open_s, duration_s)
