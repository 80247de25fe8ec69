"""Rewriting a stored note: all of it, one of its sections, or one of its levels.

Defines the request, and merges its result: the note with the new text in its place and the rest
unchanged to the letter.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass, replace

from .merging import key_of
from .note import Cite, Level, Note, Section
from .statements import renumbered
from .versions import OF_LEVEL, of_section


@dataclass(frozen=True, slots=True)
class RewriteScope:
    """The part of a note to rewrite; without `section` and `level` all of it.

    `section` counts from 0. Its `heading` finds it in a note that has changed since. `edition`
    distinguishes repeated requests of the same kind: it changes with each version of the note.
    """

    note_id: str
    section: int | None = None
    level: Level | None = None
    heading: str = ""
    edition: str = ""

    @property
    def is_whole(self) -> bool:
        return self.section is None and self.level is None

    @property
    def text(self) -> str:
        """Return the request as a job stores it."""
        return json.dumps(astuple(self), ensure_ascii=False)

    @classmethod
    def of_text(cls, text: str) -> RewriteScope:
        note_id, section, level, heading, edition = json.loads(text)
        return cls(note_id, section, Level(level) if level else None, heading, edition)

    @property
    def about(self) -> str:
        """The part of the note, as a version stores it; "" for the whole."""
        level = OF_LEVEL[self.level] if self.level else ""
        section = of_section(self.heading) if self.section is not None else ""
        return ", ".join(each for each in (section, level) if each)

    def place_in(self, note: Note) -> int | None:
        """Return the present index of the section; None if it no longer exists."""
        if self.section is None:
            return None
        key = key_of(self.heading)
        places = (self.section, *range(len(note.sections)))
        return next(
            (
                place
                for place in places
                if place < len(note.sections) and key_of(note.sections[place].heading) == key
            ),
            None,
        )


def with_section(note: Note, place: int, written: Section, *, renames: bool = False) -> Note:
    """Return the note with a rewritten section: its pictures stay, and so does its heading unless
    the rewrite `renames` it."""
    before = note.sections[place]
    heading = written.heading if renames and written.heading.strip() else before.heading
    section = replace(written, heading=heading, pictures=before.pictures)
    return _with(note, {place: section})


def with_level(note: Note, level: Level, written: Mapping[int, Section]) -> Note:
    """Return the note with a rewritten level of these sections."""
    changed = {}
    for place, section in written.items():
        before = note.sections[place]
        fresh = numbered_on(before, section.cites)
        text = renumbered(section.shown_at(level), {n: cite.n for n, cite in fresh.items()})
        if text.strip():
            changed[place] = recited(before, before.with_text(level, text), fresh.values())
    return _with(note, changed)


def as_asked(note: Note, version: Note, again: RewriteScope) -> Note:
    """Return a version written beside a note, with everything outside of `again` taken from the
    present note."""
    found = {key_of(section.heading): section for section in version.sections}
    places = range(len(note.sections))
    if again.section is not None:
        at = again.place_in(note)
        written = again.place_in(version)
        written = again.section if written is None else written  # the section has a new heading
        if at is None or written >= len(version.sections):
            return version
        places = range(at, at + 1)
        found = {key_of(note.sections[at].heading): version.sections[written]}
    if again.is_whole:
        return version
    merged = note
    for place in places:
        before = note.sections[place]
        section = found.get(key_of(before.heading))
        if section is None:
            continue
        if again.level is None or _same_beside(before, section, again.level):
            merged = _with(merged, {place: replace(section, pictures=before.pictures)})
        else:
            merged = with_level(merged, again.level, {place: section})
    return replace(merged, coverage=version.coverage)


def _same_beside(one: Section, other: Section, level: Level) -> bool:
    """Return True if two sections differ in this level at most."""
    return all(one.at(each) == other.at(each) for each in Level if each is not level)


def numbered_on(section: Section, cites: Iterable[Cite]) -> dict[int, Cite]:
    """Return cites to add to a section, by their former number, with the next free numbers."""
    highest = max((cite.n for cite in section.cites), default=0)
    return {cite.n: replace(cite, n=highest + cite.n) for cite in cites}


def recited(before: Section, changed: Section, fresh: Iterable[Cite]) -> Section:
    """Return a section whose texts were `changed`, with the `fresh` cites that they name; cites
    that no text names any more are removed."""
    named, left = before.markers, changed.markers
    cites = [cite for cite in before.cites if cite.n in left or cite.n not in named]
    return replace(changed, cites=(*cites, *(cite for cite in fresh if cite.n in left)))


def _with(note: Note, changed: Mapping[int, Section]) -> Note:
    sections = [changed.get(place, section) for place, section in enumerate(note.sections)]
    return replace(note, sections=tuple(sections))
