"""The remarks of a note: their sections, adding and removing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from notegen_desktop.domain.links.video import clock
from notegen_desktop.domain.words import _

from .note import Level, Note, Section
from .remark import Remark, span_of
from .statements import without_markers

_TARGET = re.compile(r"\]\([^()\s]*\)")


def section_of(note: Note, remark: Remark, level: Level | None = None) -> int | None:
    """Return the section that contains a remark's text, counted from 0, at its own level or the
    given one; one with its heading first. None if it is deleted, or in the transcript."""
    if remark.is_spoken:
        return None
    at = level or (Level(remark.level) if remark.level in set(Level) else Level.STANDARD)
    order = sorted(
        range(len(note.sections)), key=lambda n: note.sections[n].heading != remark.section
    )
    for number in order:
        if span_of(_prose(note.sections[number], at), remark) is not None:
            return number
    return None


def sectioned(note: Note) -> list[list[Remark]]:
    """Return the remarks on each section."""
    found: list[list[Remark]] = [[] for _section in note.sections]
    for remark in note.remarks:
        if (place := section_of(note, remark)) is not None:
            found[place].append(remark)
    return found


def remarks_apart(note: Note) -> list[Remark]:
    """Return the remarks on no section: on the transcript, in order of time, and on deleted
    text."""
    apart = [each for each in note.remarks if section_of(note, each) is None]
    return sorted(apart, key=lambda each: (not each.is_spoken, each.start_s or 0.0))


def place_words(remark: Remark, time: Callable[[float], str] = clock) -> str:
    """Return the place of one of these, for users; `time` formats the time of one on the
    transcript."""
    if remark.start_s is None:
        return _("Remark on words that are gone")
    return _("Remark on what is said at {time}").format(time=time(remark.start_s))


def with_remark(remarks: Iterable[Remark], remark: Remark) -> tuple[Remark, ...]:
    """Return the remarks with one added, or with its text or colour replaced."""
    kept = tuple(remarks)
    if all(each.id != remark.id for each in kept):
        return (*kept, remark)
    return tuple(remark if each.id == remark.id else each for each in kept)


def without_remark(remarks: Iterable[Remark], remark_id: str) -> tuple[Remark, ...]:
    return tuple(each for each in remarks if each.id != remark_id)


def _prose(section: Section, level: Level) -> str:
    return _TARGET.sub("]", without_markers(section.shown_at(level)))
