"""The versions of a note: what a model wrote, what its reader made of it, what was written again.

One of them is the note that everything shows; the others are kept until the note itself goes.
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
"""What of a note may be changed; a section is named by `of_section`."""

_OF_SECTION = N_("section “{heading}”")

OF_LEVEL = {
    Level.CONCISE: N_("concise level"),
    Level.STANDARD: N_("standard level"),
    Level.COMPREHENSIVE: N_("comprehensive level"),
}
"""One level alone; behind a section where it is that of one."""


class Origin(StrEnum):
    """How a version came about."""

    WRITTEN = "written"
    """By an engine: what the note was at first."""
    EDITED = "edited"
    """By its reader."""
    AGAIN = "again"
    """By an engine once more."""


class Decision(StrEnum):
    """What its reader says of a version that was written again beside the note."""

    NONE = ""
    """It is, or was, the note; or it never waited for a decision."""
    OPEN = "open"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Revision:
    """What a change to a note is, so that what was there before is kept as a version of its own.

    `about` is what of the note it changes, in English; "" for the whole. `about_words` tells it.
    Edits about the same that follow each other closely are one version, but for one that stands
    `alone`: an act of its own rather than typing, which could not be undone otherwise. What a job
    wrote `again` (`Again.text`) is kept once, and its decision is open; it says by whom and with
    which wish.
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
    """A section as what a revision is about."""
    return _OF_SECTION.format(heading=heading)


def about_words(about: str) -> str:
    """What a version changed, in the language spoken."""
    part, comma, level = about.rpartition(", ")
    if comma and level in OF_LEVEL.values():
        return f"{about_words(part)}, {_(level)}"
    before, _heading, after = _OF_SECTION.partition("{heading}")
    if about.startswith(before) and about.endswith(after):
        heading = about.removeprefix(before).removesuffix(after)
        return _(_OF_SECTION).format(heading=heading)
    return _(about)


TYPED = Revision(Origin.EDITED)
"""What its reader does to the text of a note."""


@dataclass(frozen=True, slots=True)
class NoteVersion:
    """A version in the list of those of its note; numbers count from 1, the oldest first.

    `made_at` is seconds since the epoch, of the last change to it; engine, model and wish are those
    that the words were written by.
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
    """What its model wrote last, of the whole note: what edits are compared with."""
    whole = [
        each
        for each in versions
        if each.origin is not Origin.EDITED and not each.about and not each.decision
    ]
    return (whole or versions)[-1 if whole else 0]


def current(versions: Sequence[NoteVersion]) -> NoteVersion:
    return next(each for each in versions if each.is_current)


def undecided(versions: Sequence[NoteVersion]) -> tuple[NoteVersion, ...]:
    """Those that wait beside the note for its reader to choose, the oldest first."""
    return tuple(each for each in versions if each.decision is Decision.OPEN)


def as_current(version: Note, note: Note) -> Note:
    """What a note is once another version of it is the one that is shown: it stays where it is
    filed, has cost what it has, and of its pictures has those that are still there."""
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
