"""The stored versions of notes that are not shown now.

A note that was never changed has no rows here: it is its only version. Otherwise each version has
one. The content of the current one is in the note's own rows, that of the others is stored as JSON,
which refers to pictures of the note by name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from notegen_desktop.domain.errors import NoteMissing
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.rewriting import RewriteScope, as_asked
from notegen_desktop.domain.notes.versions import (
    Decision,
    NoteVersion,
    Origin,
    Revision,
    as_current,
)
from notegen_desktop.domain.text.dates import local_time
from notegen_desktop.domain.words import _

from .rows import columns_of, dump, from_row
from .schema import versions

SITTING_S = 1800.0
"""Seconds between edits of a note that count as one version."""

_ROW = [c for c in versions.c if c.name != "content"]


def history(connection: Connection, number: int, note: Note) -> list[NoteVersion]:
    """Return all versions, the oldest first."""
    query = select(*_ROW, versions.c.content.is_(None).label("is_current"))
    query = query.where(versions.c.note == number).order_by(versions.c.number)
    rows = connection.execute(query).mappings().all()
    found = [from_row(NoteVersion, row, is_current=bool(row["is_current"])) for row in rows]
    return found or [_only(note)]


def version(connection: Connection, number: int, note: Note, which: int) -> Note:
    """Return one version as a note. Raises NoteMissing."""
    kept = (versions.c.content, versions.c.again, versions.c.decision)
    row = connection.execute(select(*kept).where(*_is(number, which))).first()
    if row is None and which != 1:
        raise NoteMissing(
            _("This note has no version {which}.").format(which=which),
            hint=f"notegen notes versions {note.id}",
        )
    if row is None or row.content is None:
        return note
    found = as_current(Note.from_json(json.loads(row.content)), note)
    # the note may have changed since the rewrite began
    if row.again and row.decision == Decision.OPEN:
        return as_asked(note, found, RewriteScope.of_text(row.again))
    return found


def begin(
    connection: Connection, number: int, before: Note, after: Note, revision: Revision, now: float
) -> None:
    """Make the note stored next a new version, unless it continues an edit or is unchanged;
    `before` is kept."""
    found = history(connection, number, before)
    last = next(each for each in found if each.is_current)
    goes_on = (
        revision.origin is Origin.EDITED
        and not revision.alone
        and (last.origin, last.about) == (Origin.EDITED, revision.about)
        and now - last.made_at <= SITTING_S
    )
    if goes_on:
        values = {"made_at": now}
        connection.execute(update(versions).where(*_is(number, last.number)).values(values))
    elif content_of(before) != content_of(after):
        _put_aside(connection, number, found, before)
        _insert(connection, number, found[-1].number + 1, after, revision, now)


def add(
    connection: Connection, number: int, current: Note, note: Note, revision: Revision, now: float
) -> int:
    """Store a version beside the current one; return its number. Idempotent for one job."""
    found = history(connection, number, current)
    same = (each.number for each in found if revision.job_id and each.job_id == revision.job_id)
    if (known := next(same, None)) is not None:
        return known
    if found == [_only(current)]:
        _ensure(connection, number, current)
    place = found[-1].number + 1
    _insert(connection, number, place, note, revision, now, content=content_of(note))
    return place


def use(connection: Connection, number: int, current: Note, which: int) -> Note:
    """Make another version the current one; the caller writes its content into the note's rows."""
    chosen = version(connection, number, current, which)
    found = history(connection, number, current)
    if which != next(each for each in found if each.is_current).number:
        _put_aside(connection, number, found, current)
        values = {"content": None, "decision": Decision.NONE.value}
        connection.execute(update(versions).where(*_is(number, which)).values(values))
    return chosen


def decline(connection: Connection, number: int, which: int) -> None:
    """Mark a version as declined; the note stays unchanged, and the version listed."""
    waits = versions.c.decision == Decision.OPEN.value
    values = {"decision": Decision.DECLINED.value}
    connection.execute(update(versions).where(*_is(number, which), waits).values(values))


def content_of(note: Note) -> str:
    """Return the content of a version as JSON."""
    sections = tuple(
        replace(
            section,
            pictures=tuple(replace(each, data=each.name.encode()) for each in section.pictures),
        )
        for section in note.sections
    )
    bare = replace(note, sections=sections, tags=(), remarks=())
    return dump(bare.to_json() | {"statements": None})


def _is(number: int, which: int) -> tuple[Any, Any]:
    return versions.c.note == number, versions.c.number == which


def _only(note: Note) -> NoteVersion:
    """Return the only version of a note that was never changed."""
    made = local_time(note.created)
    facts = columns_of(note, "engine", "model", "wish")
    made_at = made.timestamp() if made else note.saved_at
    return NoteVersion(1, Origin.WRITTEN, made_at, is_current=True, **facts)


def _put_aside(
    connection: Connection, number: int, found: Sequence[NoteVersion], current: Note
) -> None:
    """Store the current version's content, as another becomes current."""
    _ensure(connection, number, current)
    last = next(each for each in found if each.is_current)
    values = {"content": content_of(current)}
    connection.execute(update(versions).where(*_is(number, last.number)).values(values))


def _ensure(connection: Connection, number: int, note: Note) -> None:
    """Insert the row of a note's only version, if it has no rows yet."""
    query = select(func.count()).select_from(versions).where(versions.c.note == number)
    if not connection.execute(query).scalar_one():
        only = _only(note)
        _insert(connection, number, 1, note, Revision(only.origin), only.made_at)


def _insert(
    connection: Connection,
    number: int,
    which: int,
    note: Note,
    revision: Revision,
    now: float,
    content: str | None = None,
) -> None:
    connection.execute(
        insert(versions).values(
            note=number,
            number=which,
            origin=revision.origin.value,
            about=revision.about,
            made_at=now,
            content=content,
            job_id=revision.job_id,
            again=revision.again,
            decision=(Decision.OPEN if revision.job_id else Decision.NONE).value,
            **columns_of(revision if revision.job_id else note, "engine", "model", "wish"),
        )
    )
