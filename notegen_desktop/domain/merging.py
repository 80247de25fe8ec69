"""Notes on the parts of a video become one note on all of it, without doubled headings.

A section of the template that stands once (an overview, key terms) is made of what each part wrote
for it; sections that repeat follow each other in order of time. Nothing is made up and nothing is
dropped but what is said twice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import TypeVar

from .joining import alike, joined, key_of
from .notes import Cite, Draft, DraftSection, Level, Section
from .templates import NoteTemplate, SectionKind, SectionPlan

S = TypeVar("S", DraftSection, Section)

IN_ORDER = frozenset(
    {SectionKind.CHAPTER, SectionKind.STEP, SectionKind.SLIDE},
)
"""Sections whose order is their sense: only neighbours are joined, whatever their headings."""

NOTHING_CHARS = 240
"""A section without cites whose shortest text is no longer only says that there is nothing."""


def merge(drafts: Sequence[Draft], template: NoteTemplate) -> Draft:
    """One draft of those of all parts, given in order of time. Those not begun yet are empty."""
    begun = [draft for draft in drafts if draft.sections or draft.title]
    if len(begun) < 2:
        return begun[0] if begun else Draft()
    plans = template.sections
    by_plan: list[list[list[DraftSection]]] = [[] for _ in plans]
    for draft in begun:
        places = _plans_of(draft.sections, plans)
        for number, groups in enumerate(by_plan):
            groups.append([s for s, n in zip(draft.sections, places, strict=True) if n == number])
    result: list[DraftSection] = []
    for plan, groups in zip(plans, by_plan, strict=True):
        if plan.repeat:
            result += _in_a_row(groups, in_order=plan.kind in IN_ORDER)
        elif sections := [section for group in groups for section in group]:
            result.append(_as_one(sections))
    title = next((draft.title for draft in begun if draft.title), "")
    return Draft(title, tuple(_told_apart(result)), whole=all(draft.whole for draft in begun))


def filled(
    sections: Sequence[Section], more: Sequence[Section], template: NoteTemplate
) -> tuple[Section, ...]:
    """A finished note with sections that close a gap, each at its place in time.

    Where nothing repeats in the template, they are added to the section of their heading.
    """
    result = list(sections)
    repeating = _span_of_repeats(result, template)
    for section in more:
        same = _place_of_heading(result, section.heading)
        if same is not None and not (repeating and repeating[0] <= same < repeating[1]):
            result[same] = _joined_sections([result[same], section])
            continue
        if repeating is None:
            result.append(section)
            continue
        low, high = repeating
        at = next(
            (n for n in range(low, high) if _starts(result[n]) > _starts(section)),
            high,
        )
        result.insert(at, section)
        repeating = (low, high + 1)
    return tuple(_told_apart(result))


# --- which section of the template a section is ---------------------------------------------------


def _plans_of(sections: Sequence[DraftSection], plans: Sequence[SectionPlan]) -> list[int]:
    """For each section the number of its plan: by heading, and by place where that is translated.

    What stands before the repeated ones is counted from the front, what stands after from the end.
    """
    names = {key_of(plan.heading): n for n, plan in enumerate(plans) if not plan.repeat}
    found = [names.get(key_of(section.heading)) for section in sections]
    repeats = [n for n, plan in enumerate(plans) if plan.repeat]
    taken = {plan for plan in found if plan is not None}
    leading = repeats[0] if repeats else len(plans)
    trailing = len(plans) - 1 - repeats[-1] if repeats else 0
    complete = len(sections) >= leading + trailing + len(repeats)
    for place in range(len(sections)):
        if found[place] is not None:
            continue
        behind = len(sections) - 1 - place
        if place < leading and place not in taken:
            found[place] = place
        elif complete and behind < trailing and len(plans) - 1 - behind not in taken:
            found[place] = len(plans) - 1 - behind
        taken |= {plan for plan in (found[place],) if plan is not None}
    result: list[int] = []
    last = 0
    for plan in found:
        if plan is None:
            following = [n for n in repeats if n >= last]
            last = (following or repeats or [len(plans) - 1])[0]
        else:
            last = plan
        result.append(last)
    return result


def _span_of_repeats(sections: Sequence[Section], template: NoteTemplate) -> tuple[int, int] | None:
    """Where in a note the repeated sections begin and end; None if the template has none."""
    plans = template.sections
    drafts = [DraftSection(section.heading) for section in sections]
    places = [n for n, plan in enumerate(_plans_of(drafts, plans)) if plans[plan].repeat]
    if places:
        return (places[0], places[-1] + 1)
    repeats = [n for n, plan in enumerate(plans) if plan.repeat]
    return (min(repeats[0], len(sections)),) * 2 if repeats else None


def _place_of_heading(sections: Sequence[Section], heading: str) -> int | None:
    key = key_of(heading)
    return next((n for n, s in enumerate(sections) if key_of(s.heading) == key), None)


def _starts(section: Section) -> float:
    return min((cite.start_s for cite in section.cites), default=0.0)


# --- putting together -----------------------------------------------------------------------------


def _as_one(sections: Sequence[DraftSection]) -> DraftSection:
    """The parts of a section that stands once. Parts that had nothing for it leave it to others."""
    telling = [section for section in sections if not _says_nothing(section)] or sections[:1]
    return _joined_drafts(telling)


def _says_nothing(section: DraftSection) -> bool:
    return not section.cites and len(section.concise) <= NOTHING_CHARS


def _in_a_row(groups: Sequence[Sequence[DraftSection]], *, in_order: bool) -> list[DraftSection]:
    """Repeated sections of all parts in order of time, those of one subject as one."""
    result: list[list[DraftSection]] = []
    for sections in groups:
        border = len(result)
        for number, section in enumerate(sections):
            known: Iterable[int] = range(border)
            if in_order:  # the last of the part before and the first of this one
                known = (border - 1,) if border and number == 0 else ()
            same = next((n for n in known if alike(result[n][0].heading, section.heading)), None)
            if same is None:
                result.append([section])
            else:
                result[same].append(section)
    return [_joined_drafts(sections) for sections in result]


def _joined_drafts(sections: Sequence[DraftSection]) -> DraftSection:
    if len(sections) == 1:
        return sections[0]
    cites = dict.fromkeys(cite for section in sections for cite in section.cites)
    return replace(sections[0], cites=tuple(cites), **_joined_levels(sections))


def _joined_sections(sections: Sequence[Section]) -> Section:
    cites: set[Cite] = {cite for section in sections for cite in section.cites}
    return replace(
        sections[0],
        cites=tuple(sorted(cites, key=lambda cite: (cite.start_s, cite.end_s))),
        **_joined_levels(sections),
    )


def _joined_levels(sections: Sequence[DraftSection] | Sequence[Section]) -> dict[str, str]:
    return {level.value: joined([section.at(level) for section in sections]) for level in Level}


def _told_apart(sections: Iterable[S]) -> list[S]:
    """Headings that are the same word for word, yet of different places, are numbered."""
    seen: set[str] = set()
    result = []
    for section in sections:
        heading, number = section.heading, 1
        while key_of(heading) in seen:
            number += 1
            heading = f"{section.heading} ({number})"
        if heading.strip():
            seen.add(key_of(heading))
        result.append(section if number == 1 else replace(section, heading=heading))
    return result
