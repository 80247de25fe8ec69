"""Doubtful statements, which their passages do not support: found, removed, replaced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from .note import Cite, Level, Note, Section
from .rewriting import numbered_on, recited
from .statements import Statement, renumbered, split, without_statement


@dataclass(frozen=True, slots=True)
class DoubtfulStatement:
    """A statement of section `section` (from 0) at `level`, and its doubtful cite.

    `number` is the index, from 0, among the statements at that level of the section with this cite.
    """

    section: int
    level: Level
    statement: Statement
    cite: Cite
    number: int = 0


def doubts(note: Note, level: Level) -> tuple[DoubtfulStatement, ...]:
    """Return the doubtful statements visible at a level, in order and without duplicates."""
    found = []
    for place, section in enumerate(note.sections):
        doubtful = {cite.n: cite for cite in section.cites if cite.n and cite.is_doubtful}
        if not doubtful:
            continue
        shown = section.level_shown_at(level)
        met: dict[int, int] = {}
        for statement in split(section.at(shown)):
            cites = [doubtful[n] for n in statement.markers if n in doubtful]
            if cites:
                number = met.get(cites[0].n, 0)
                found.append(DoubtfulStatement(place, shown, statement, cites[0], number))
            for cite in cites:
                met[cite.n] = met.get(cite.n, 0) + 1
    return tuple(found)


def section_of(note: Note, doubt: DoubtfulStatement) -> int | None:
    """Return the section of a doubtful statement in a note that may have changed since; None if it
    is gone."""
    places: tuple[int, ...] = (doubt.section, *range(len(note.sections)))
    for place in places:
        section = note.sections[place] if place < len(note.sections) else Section("")
        stated = split(section.at(doubt.level)) if doubt.cite in section.cites else ()
        if any(statement.text == doubt.statement.text for statement in stated):
            return place
    return None


def without(note: Note, doubt: DoubtfulStatement) -> Note:
    """Return the note without a statement; a section left empty is removed, too."""
    return _changed(note, doubt, None)


def with_instead(note: Note, doubt: DoubtfulStatement, written: Section) -> Note:
    """Return the note with a statement replaced by a section of one statement, at each level.

    The cites of `written` get the next free numbers.
    """
    return _changed(note, doubt, written)


def put_back(note: Note, *, before: Note, after: Note) -> Note:
    """Return `note` with the section as it was `before` its change to `after`; other changes since
    then stay. Unchanged if that section no longer exists."""
    old = [section for section in before.sections if section not in after.sections]
    new = [section for section in after.sections if section not in before.sections]
    sections = list(note.sections)
    if new and new[0] in sections:
        at = sections.index(new[0])
        sections[at : at + 1] = old
    elif not new and old and old[0] not in sections:
        at = before.sections.index(old[0])
        sections[at:at] = old
    return replace(note, sections=tuple(sections))


def _changed(note: Note, doubt: DoubtfulStatement, written: Section | None) -> Note:
    place = section_of(note, doubt)
    if place is None:
        return note
    section = note.sections[place]
    fresh = numbered_on(section, written.cites) if written is not None else {}
    texts = [_text(section, level, doubt, _instead(written, level, fresh)) for level in Level]
    section = recited(section, section.with_texts(texts), fresh.values())
    sections = list(note.sections)
    sections[place : place + 1] = [section] if any(texts) else []
    return replace(note, sections=tuple(sections))


def _instead(written: Section | None, level: Level, cites: Mapping[int, Cite]) -> str:
    """Return the statement of `written` at a level, on one line, with the new numbers of its
    cites."""
    text = " ".join(written.shown_at(level).split()) if written is not None else ""
    if stated := split(text):
        text = text[stated[0].start : stated[-1].end]
    return renumbered(text, {n: cite.n for n, cite in cites.items()})


def _text(section: Section, level: Level, doubt: DoubtfulStatement, instead: str) -> str:
    """Return a level's text without the statement, or with it replaced.

    At another level, the statement with the same words, or with the same doubtful words at the same
    place, is taken for the same.
    """
    text = section.at(level)
    stated = split(text)
    for statement in reversed(stated):
        same = statement.text == doubt.statement.text
        if level is not doubt.level:
            same = same or bool(doubt.cite.mark and doubt.cite.n in statement.markers)
        elif doubt.statement in stated:  # the text may say the same twice
            same = statement == doubt.statement
        if same and instead:
            text = text[: statement.start] + instead + text[statement.end :]
        elif same:
            text = without_statement(text, statement)
    return text
