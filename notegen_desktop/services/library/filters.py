"""Translates a `NoteFilter` into conditions on `notes`, `videos` and `tags`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from sqlalchemy import ColumnElement, Connection, func, literal_column, or_, select

from notegen_desktop.domain.notes.tags import tag_key
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.text.dates import local_time
from notegen_desktop.services.ports import NoteFilter

from .schema import notes, tags, videos

Condition = ColumnElement[bool]


def conditions_of(connection: Connection, wanted: NoteFilter) -> list[Condition]:
    """Return the conditions for matching notes, besides not being deleted; none for all notes."""
    column = notes.c
    found: list[Condition] = []
    for one, values in (
        (column.template, wanted.templates),
        (column.engine, wanted.engines),
        (column.id, wanted.notes),
        (column.video_id, wanted.videos),
    ):
        if values:
            found.append(one.in_([clean(each) for each in values]))
    if wanted.languages:
        language: ColumnElement[str] = column.language
        if connection.dialect.name == "sqlite":
            # Keeps SQLite's planner from the index of languages, which has no order by time.
            language = language.concat(literal_column("''"))
        found.append(language.in_(_spoken(connection, wanted.languages)))
    if wanted.channels:
        # Distinct names first: a comparison without case costs more than reading a video.
        names = select(videos.c.channel).distinct().offset(0).correlate(None).subquery()
        part = [names.c.channel.icontains(clean(c), autoescape=True) for c in wanted.channels]
        named = select(names.c.channel).where(or_(*part))
        of_channel = select(videos.c.id).where(videos.c.channel.in_(named)).correlate(None)
        found.append(column.video_id.in_(of_channel))
    for tag in wanted.tags:
        filed = select(tags.c.note).where(tags.c.key == tag_key(clean(tag))).correlate(None)
        found.append(column.number.in_(filed))
    if wanted.since:
        moment = local_time(wanted.since)
        since = f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" if moment else clean(wanted.since)
        found.append(column.created >= since)
    if wanted.doubtful:
        found.append(column.doubtful > 0)
    if wanted.unread:
        found.append(column.unread)
    if wanted.unfinished:
        # A literal, not a parameter: the planner must recognise the condition of the partial index.
        found.append(column.missing != literal_column("'[]'"))
    return found


def _spoken(connection: Connection, languages: Sequence[str]) -> list[str]:
    """Return the stored languages that match, each with all of its regions. There are few, and a
    recursive query walks them by an index."""
    others = notes.alias()
    kept, others_kept = notes.c.deleted_at.is_(None), others.c.deleted_at.is_(None)
    named = select(func.min(notes.c.language).label("language")).where(kept).cte(recursive=True)
    later = select(func.min(others.c.language)).where(others_kept)
    following = later.where(others.c.language > named.c.language).scalar_subquery()
    named = named.union_all(select(following).where(named.c.language.is_not(None)))
    of_region = (named.c.language.istartswith(f"{clean(each)}-") for each in languages)
    plain = (named.c.language.ilike(clean(each)) for each in languages)
    return list(connection.scalars(select(named.c.language).where(or_(*plain, *of_region))))
