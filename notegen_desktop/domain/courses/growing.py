"""A guide that grows by videos: only what these change is asked for, the rest stays as it is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from notegen_desktop.domain.asking.excerpt import Excerpt
from notegen_desktop.domain.checks.coverage import kinds_of
from notegen_desktop.domain.notes.merging import filled, key_of
from notegen_desktop.domain.notes.note import Level, Note, Section
from notegen_desktop.domain.notes.statements import without_markers
from notegen_desktop.domain.notes.templates import NoteTemplate, SectionKind
from notegen_desktop.domain.prompts.material import fenced, one_line
from notegen_desktop.domain.prompts.task import shared_texts
from notegen_desktop.domain.text.transcript import Segment, Transcript

from .course import in_course, written_of

ANEW = frozenset({SectionKind.OVERVIEW, SectionKind.ORDER})
"""Sections on the course as a whole, which every video changes."""

NEIGHBOURS = 2
"""Segments on either side of a place of the guide that are shown with it."""


def grows_by(note: Note, course: Excerpt) -> int:
    """How many videos of a course are new to a guide; 0 if it cannot grow into this course."""
    before = [video.id for video in note.videos]
    now = [source.video.id for source in course.sources]
    return len(now) - len(before) if before and now[: len(before)] == before else 0


def words_to_grow(note: Note, course: Excerpt) -> Transcript:
    """All words of the new videos, and those that the guide rests on, with the labels and times of
    the whole course."""
    border = course.begins[len(note.videos)]
    places = [(c.start_s, c.end_s) for s in in_course(note, course) for c in s.cites]
    segments = course.transcript.segments
    shown: set[int] = set()
    for number, segment in enumerate(segments):
        if segment.start_s >= border:
            shown.add(number)
        elif any(segment.start_s < end + 0.5 and segment.end_s > start for start, end in places):
            shown |= set(range(number - NEIGHBOURS, number + NEIGHBOURS + 1))
    kept: tuple[Segment, ...] = tuple(s for n, s in enumerate(segments) if n in shown)
    return replace(course.transcript, segments=kept)


def template_to_grow(template: NoteTemplate, note: Note, course: Excerpt) -> NoteTemplate:
    """What is asked for when a guide grows: its template, with the guide as data."""
    fresh = course.sources[len(note.videos) :]
    names = " and ".join(f"video {len(note.videos) + n}" for n in range(1, len(fresh) + 1))
    told = [
        {
            "heading": one_line(section.heading, 200),
            "text": without_markers(section.shown_at(Level.STANDARD)),
        }
        for section in written_of(note)
    ]
    data = fenced(json.dumps(told, ensure_ascii=False, indent=1))
    asked = shared_texts(template).guide_grows.strip().format(fresh=names)
    words = f"{asked}\n\n{data}".replace("{", "{{").replace("}", "}}")
    plans = tuple(replace(plan, min=1) if plan.repeat else plan for plan in template.sections)
    return replace(template, instructions=f"{template.instructions}\n\n{words}", sections=plans)


def grown(
    note: Note, written: Sequence[Section], template: NoteTemplate, course: Excerpt
) -> tuple[Section, ...]:
    """The sections of a guide with those that were written for its new videos, all with places of
    the course: sections on the whole and those of the same subject are replaced, terms added."""
    sections = in_course(note, course)
    kinds = kinds_of(sections, template)
    more: list[Section] = []
    for section, kind in zip(written, kinds_of(written, template), strict=True):
        place = next(
            (
                n
                for n, known in enumerate(sections)
                if (kind in ANEW and kinds[n] is kind)
                or (kind is SectionKind.TOPIC and key_of(known.heading) == key_of(section.heading))
            ),
            None,
        )
        if place is None:
            more.append(section)
        else:
            sections[place] = replace(section, heading=sections[place].heading)
    return filled(sections, more, template)


def kept_to_the_letter(note: Note, sections: Sequence[Section]) -> tuple[Section, ...]:
    """Sections of a grown guide, those that did not change being the very ones of the guide before:
    its times are not moved to and fro."""
    before = {(s.heading, *map(s.at, Level)): s for s in written_of(note)}
    return tuple(before.get((s.heading, *map(s.at, Level)), s) for s in sections)
