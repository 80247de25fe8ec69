"""Guides over several videos: what is asked for when one grows, and where their places are."""

from __future__ import annotations

from dataclasses import replace

from notegen_desktop.domain.courses.course import (
    course_of,
    grown,
    grows_by,
    in_videos,
    kept_to_the_letter,
    template_to_grow,
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
    """What is asked for where a guide grows by the new videos of its course, and the words it is
    asked of; None where it is to be written anew: for another course, or where the new words are
    too many for one request."""
    course = course_of(material.sources)
    if not grows_by(before, course):
        return None
    words = words_to_grow(before, course)
    if sum(count_tokens(segment.text) for segment in words.segments) > facts.limits.whole:
        return None
    return template_to_grow(template, before, course), replace(material, transcript=words)


def to_grow(work: Work) -> Work | None:
    """The request for what the new videos of a course add to the guide there is; the offline
    engine, which costs nothing, writes it anew."""
    if work.before is None or work.engine is Engine.OFFLINE:
        return None
    found = growth(work.before, work.material, work.template, work.facts)
    return replace(work, template=found[0], material=found[1]) if found else None


def estimated_growth(
    before: Note, material: Material, template: NoteTemplate, facts: ModelFacts
) -> Material:
    """The words that a guide grows by, as a video as long as the new ones: for its estimate."""
    found = growth(before, material, template, facts)
    if found is None:
        return material
    course = course_of(material.sources)
    length_s = course.length_s - course.begins[len(before.videos)]
    return replace(found[1], video=replace(material.video, duration_s=length_s))


def with_growth(work: Work, written: Note) -> Note:
    """The guide with what was written for its new videos; all places are those of the course."""
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
    """The heading of the list of a guide's videos, in the language (a BCP 47 tag) of the guide."""
    from notegen_desktop.services.writers.extract.language import said  # late: guides are seldom

    return said(primary(language) or "en").videos


def in_its_videos(work: Work, note: Note) -> Note:
    """A guide with the places of its videos; what did not change of it is as it was."""
    found = in_videos(note, course_of(work.material.sources), videos_heading(note.language))
    if work.before is None:
        return found
    return replace(found, sections=kept_to_the_letter(work.before, found.sections))
