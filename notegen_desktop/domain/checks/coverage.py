"""Measures how much of a video a note covers, by the purpose of its sections.

Chapters, topics and findings run through a video from beginning to end: a time span without their
cites may be left out. Steps, cards, terms and slides select, and promise no coverage. A note cites
where a matter is said, not every second of it, so the time between two cites is covered unless it
is long (`min_gap`); and a chapter covers the time from its start to its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from notegen_desktop.domain.notes.merging import plans_of
from notegen_desktop.domain.notes.note import Coverage, DraftSection, Section
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind

COVERING = frozenset({SectionKind.CHAPTER, SectionKind.TOPIC, SectionKind.FINDINGS})
"""Kinds of sections that together cover the whole video."""

FOLLOWING = 4
FOLLOWED = 0.25
"""Minimum number of cites, and share of the video between them, of a note that follows the
video."""
SHORT_VIDEO_S = 300.0
"""Seconds; a shorter video may have nothing new in its last third."""

Span = tuple[float, float]


def promises_coverage(template: NoteTemplate) -> bool:
    """Return True if the sections promise coverage. A guide over several videos does not: it states
    what they have in common once."""
    return not template.of_several and any(
        plan.repeat and plan.kind in COVERING for plan in template.sections
    )


def min_gap(duration_s: float) -> float:
    """Return the seconds without a cite that count as a gap: 5 % of a video, at least 60."""
    return max(60.0, duration_s * 0.05)


def coverage(
    sections: Sequence[Section], duration_s: float, template: NoteTemplate | None = None
) -> Coverage:
    """Return the coverage of a video by sections, and the gaps.

    Covered time and gaps make up the whole, unless the template promises no coverage: then there
    are no gaps, and only cited times are covered. Without a template, coverage is promised.
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
    """Return the coverage of a note that is known to lack these time spans, though the section
    before one seems to cover it."""
    total = found.covered_s + sum(end - start for start, end in found.gaps)
    gaps: list[Span] = []
    for start_s, end_s in sorted([*found.gaps, *stretches]):
        if gaps and start_s <= gaps[-1][1]:
            gaps[-1] = (gaps[-1][0], max(gaps[-1][1], end_s))
        else:
            gaps.append((start_s, end_s))
    return Coverage(total - sum(end - start for start, end in gaps), tuple(gaps))


def goes_through(times: Iterable[float], length_s: float) -> bool:
    """Return True if cites (seconds) show that a note follows a video, so that a gap is meaningful.

    A note with a few cites only lacks cites; how far it got is unknown.
    """
    distinct = sorted(set(times))
    return len(distinct) >= FOLLOWING and distinct[-1] - distinct[0] >= length_s * FOLLOWED


def after_filling(before: Coverage, found: Coverage, nothing_in: Span | None) -> Coverage:
    """Return the coverage after a gap was filled, without gaps that the note did not have before.

    `before` is the former coverage, `found` that of the present sections; in `nothing_in` (seconds)
    nothing of substance is said.
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
    """Return the kind of each section, by its heading and its position."""
    plans = template.sections
    headings = [DraftSection(section.heading) for section in sections]
    return [plans[number].kind for number in plans_of(headings, plans)]


def _reaches(
    sections: Sequence[Section], duration_s: float, template: NoteTemplate | None
) -> Iterator[Span]:
    """Yield the time spans of sections, in seconds."""
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
    """Return start and end of a section, by its section-level cites, and True if the end is
    unknown: it has one cite, or none, and its place was searched."""
    marked = section.markers
    # A border may also be the cite of a statement that cannot be checked.
    borders = [c for c in section.cites if c.n not in marked or c.verified is None]
    cites = borders or section.cites
    start_s = min(cite.start_s for cite in cites)
    is_open = len(cites) == 1 or any(cite.verified for cite in cites)
    return (start_s, max(cite.end_s for cite in cites), is_open)


def _between(sections: Sequence[Section], duration_s: float) -> Iterator[Span]:
    """Yield the time spans of sections without cites: between the sections before and after
    them."""
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
