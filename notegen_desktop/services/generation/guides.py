"""Guides over several videos: what is asked for when one grows, and where their places are."""

from __future__ import annotations

from dataclasses import replace

from notegen_desktop.domain.courses.course import course_of, in_videos
from notegen_desktop.domain.courses.growing import (
    grown,
    grows_by,
    kept_to_the_letter,
    template_to_grow,
    words_to_grow,
)
from notegen_desktop.domain.notes.note import Engine, Note
from notegen_desktop.domain.text.tokens import count_tokens

from .assignment import Work


def to_grow(work: Work) -> Work | None:
    """The request for what the new videos of a course add to the guide there is; None where the
    guide is to be written anew: by the offline engine, which costs nothing, for another course, or
    where the new words are too many for one request."""
    before = work.before
    course = course_of(work.material.sources)
    if before is None or work.engine is Engine.OFFLINE or not grows_by(before, course):
        return None
    words = words_to_grow(before, course)
    if sum(count_tokens(segment.text) for segment in words.segments) > work.facts.limits.whole:
        return None
    return replace(
        work,
        template=template_to_grow(work.template, before, course),
        material=replace(work.material, transcript=words),
    )


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


def in_its_videos(work: Work, note: Note) -> Note:
    """A guide with the places of its videos; what did not change of it is as it was."""
    found = in_videos(note, course_of(work.material.sources))
    if work.before is None:
        return found
    return replace(found, sections=kept_to_the_letter(work.before, found.sections))
