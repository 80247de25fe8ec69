"""Which notes are meant: a `NoteFilter` as conditions on `notes`, `videos` and `tags`."""

from __future__ import annotations

from datetime import UTC

from sqlalchemy import ColumnElement, or_, select

from notegen_desktop.domain.notes.tags import tag_key
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.text.dates import local_time
from notegen_desktop.services.ports import NoteFilter

from .schema import notes, tags, videos

Condition = ColumnElement[bool]


def conditions_of(wanted: NoteFilter) -> list[Condition]:
    """What a note must fulfil beside not being deleted; none for all notes."""
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
        # A language is meant with all of its regions.
        spoken = [
            (column.language.ilike(clean(each)), column.language.istartswith(f"{clean(each)}-"))
            for each in wanted.languages
        ]
        found.append(or_(*(each for pair in spoken for each in pair)))
    if wanted.channels:
        part = [videos.c.channel.icontains(clean(c), autoescape=True) for c in wanted.channels]
        of_channel = select(videos.c.id).where(or_(*part)).correlate(None)
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
        found.append(column.missing != "[]")
    return found
