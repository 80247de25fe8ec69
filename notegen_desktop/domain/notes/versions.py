"""The versions of a note: written by a model, edited by the user, or rewritten.

One of them is the current one, which is shown everywhere; the others are stored until the note
itself is deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from notegen_desktop.domain.words import N_, _

from .note import Level, Note

LEFT_OUT, MISSING, STATEMENT = (
    N_("what was left out"),
    N_("what was missing"),
    N_("a statement"),
)
"""Parts of a note that a revision may change; a section is named by `of_section`."""

_OF_SECTION = N_("section “{heading}”")

OF_LEVEL = {
    Level.CONCISE: N_("concise level"),
    Level.STANDARD: N_("standard level"),
    Level.COMPREHENSIVE: N_("comprehensive level"),
}
"""A single level; behind a section if it is that of one."""


class Origin(StrEnum):
    """The origin of a version."""

    WRITTEN = "written"
    """Written by an engine: the first version."""
    EDITED = "edited"
    """Edited by the user."""
    AGAIN = "again"
    """Rewritten by an engine."""


class Decision(StrEnum):
    """The user's decision about a version that was rewritten beside the note."""

    NONE = ""
    """Not needed: the version is or was the current one."""
    OPEN = "open"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Revision:
    """The description of a change to a note, with which the former text is stored as a version.

    `about` is the changed part of the note, in English; "" for the whole. `about_words` translates
    it. Edits of the same part in quick succession are one version, unless `alone` is set, for a
    command that could not be undone otherwise. A job's rewrite `again` (`RewriteScope.text`) is
    stored once, with an open decision and the engine, model and wish of the job.
    """

    origin: Origin
    about: str = ""
    job_id: str = ""
    again: str = ""
    engine: str = ""
    model: str = ""
    wish: str = ""
    alone: bool = False


def of_section(heading: str) -> str:
    """Return a section as the part of a revision."""
    return _OF_SECTION.format(heading=heading)


def about_words(about: str) -> str:
    """Return the changed part of a version, translated."""
    part, comma, level = about.rpartition(", ")
    if comma and level in OF_LEVEL.values():
        return f"{about_words(part)}, {_(level)}"
    before, _heading, after = _OF_SECTION.partition("{heading}")
    if about.startswith(before) and about.endswith(after):
        heading = about.removeprefix(before).removesuffix(after)
        return _(_OF_SECTION).format(heading=heading)
    return _(about)


TYPED = Revision(Origin.EDITED)
"""The user's edits of the text of a note."""


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """A version in the list of a note's versions; numbers count from 1, the oldest first.

    `made_at` is seconds since the epoch, of the last change to it; engine, model and wish are those
    of its text.
    """

    number: int
    origin: Origin
    made_at: float
    about: str = ""
    engine: str = ""
    model: str = ""
    wish: str = ""
    is_current: bool = False
    job_id: str = ""
    again: str = ""
    decision: Decision = Decision.NONE


def written(versions: Sequence[NoteVersion]) -> NoteVersion:
    """Return the last version of the whole note by a model: edits are compared with it."""
    whole = [
        each
        for each in versions
        if each.origin is not Origin.EDITED and not each.about and not each.decision
    ]
    return (whole or versions)[-1 if whole else 0]


def current(versions: Sequence[NoteVersion]) -> NoteVersion:
    return next(each for each in versions if each.is_current)


def undecided(versions: Sequence[NoteVersion]) -> tuple[NoteVersion, ...]:
    """Return the versions that wait for the user's decision, the oldest first."""
    return tuple(each for each in versions if each.decision is Decision.OPEN)


def as_current(version: Note, note: Note) -> Note:
    """Return a note with another version as the current one: it keeps its tags, its cost, and those
    of its pictures that still exist."""
    pictures = {each.name: each for section in note.sections for each in section.pictures}
    videos = dict(enumerate(note.videos, start=1))
    sections = tuple(
        replace(
            section,
            pictures=tuple(
                pictures[name]
                for each in section.pictures
                if (name := each.data.decode("ascii", "replace")) in pictures
            ),
            cites=tuple(
                replace(cite, video=videos[cite.video_number])
                if cite.video_number in videos
                else cite
                for cite in section.cites
            ),
        )
        for section in version.sections
    )
    return replace(
        version,
        id=note.id,
        video=note.video,
        videos=note.videos,
        tags=note.tags,
        remarks=note.remarks,
        usage=note.usage,
        saved_at=note.saved_at,
        sections=sections,
    )
