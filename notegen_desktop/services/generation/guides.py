"""Guides over several videos: the request by which one grows, and the times of their videos."""

from __future__ import annotations

from dataclasses import replace

from notegen_desktop.domain.courses.course import (
    course_of,
    grown,
    grows_by,
    in_videos,
    template_to_grow,
    with_unchanged_sections,
    words_to_grow,
)
from notegen_desktop.domain.notes.note import Engine, Note
from notegen_desktop.domain.notes.templates import NoteTemplate
from notegen_desktop.domain.text.languages import primary
from notegen_desktop.domain.text.tokens import count_tokens
from notegen_desktop.services.ports import Material, ModelFacts

from .assignment import Work


def growth(
    before: Note, material: Material, template: NoteTemplate, facts: ModelFacts
) -> tuple[NoteTemplate, Material] | None:
    """Return the template and material for extending a guide by the new videos of its course.

    None if it must be written anew: for another course, or if the new transcripts are too long for
    one request.
    """
    course = course_of(material.sources)
    if not grows_by(before, course):
        return None
    words = words_to_grow(before, course)
    if sum(count_tokens(segment.text) for segment in words.segments) > facts.limits.whole:
        return None
    return template_to_grow(template, before, course), replace(material, transcript=words)


def to_grow(work: Work) -> Work | None:
    """Return the work for extending the existing guide by new videos; None if it is written anew,
    as always by the offline engine, which is free."""
    if work.before is None or work.engine is Engine.OFFLINE:
        return None
    found = growth(work.before, work.material, work.template, work.facts)
    return replace(work, template=found[0], material=found[1]) if found else None


def estimated_growth(
    before: Note, material: Material, template: NoteTemplate, facts: ModelFacts
) -> Material:
    """Return the new videos' material, with their total length, to estimate the growth of a
    guide."""
    found = growth(before, material, template, facts)
    if found is None:
        return material
    course = course_of(material.sources)
    length_s = course.length_s - course.begins[len(before.videos)]
    return replace(found[1], video=replace(material.video, duration_s=length_s))


def with_growth(work: Work, written: Note) -> Note:
    """Return the guide with the text about its new videos; all times are those of the course."""
    before = work.before
    assert before is not None
    course = course_of(work.material.sources)
    sections = grown(before, written.sections, work.template, course)
    return replace(
        written,
        title=before.title,
        sections=sections,
        usage=before.usage + written.usage,
    )


def videos_heading(language: str) -> str:
    """Return the heading of the list of a guide's videos in `language` (a BCP 47 tag)."""
    from notegen_desktop.services.writers.extract.language import said  # late: guides are rare

    return said(primary(language) or "en").videos


def in_its_videos(work: Work, note: Note) -> Note:
    """Return a guide with the times of its single videos; unchanged sections stay as they were."""
    found = in_videos(note, course_of(work.material.sources), videos_heading(note.language))
    if work.before is None:
        return found
    return replace(found, sections=with_unchanged_sections(work.before, found.sections))
