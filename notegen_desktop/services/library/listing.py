"""Lists of the library: notes and videos, filter values, and search results."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.sql import Select

from notegen_desktop.domain.notes.lacking import lacks_words
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.services.ports import (
    Facets,
    NoteFilter,
    NoteSummary,
    PassageFound,
    VideoNotes,
    VideoOrder,
)

from . import search
from .filters import Condition, conditions_of
from .rows import from_row, in_batches, is_among, tags_of, video_of
from .schema import notes, pictures, tags, videos

MAX_FACETS = 200
"""Maximum filter values offered of each kind."""

NOTES_OF_VIDEO = 20
"""Notes examined per video shown; hardly any video has more."""

_OF_VIDEO = ("channel", "duration_s", "published")
_SHOWN = (
    *("number", "id", "title", "template", "video_id", "engine", "model", "language", "created"),
    *("cost_usd", "unread", "doubtful", "missing"),
)


def recent(
    connection: Connection, *, limit: int, offset: int, where: NoteFilter
) -> list[NoteSummary]:
    """Return matching notes that are not deleted, the newest first."""
    newest = (notes.c.created.desc(), notes.c.number.desc())
    # The ids are read from an index alone; only the rows of this page are read.
    meant = select(notes.c.number).where(
        notes.c.deleted_at.is_(None), *conditions_of(connection, where)
    )
    page = meant.order_by(*newest).limit(limit).offset(offset).subquery()
    query = _brief().join(page, page.c.number == notes.c.number)
    return _summaries(connection, query.order_by(*newest))


def deleted(connection: Connection, *, limit: int) -> list[NoteSummary]:
    latest = (notes.c.deleted_at.desc(), notes.c.number.desc())
    query = _brief().where(notes.c.deleted_at.is_not(None))
    return _summaries(connection, query.order_by(*latest).limit(limit))


def by_video(
    connection: Connection, *, limit: int, offset: int, where: NoteFilter, order: VideoOrder
) -> list[VideoNotes]:
    """Return videos with matching notes, and those notes, the newest first."""
    conditions = (notes.c.deleted_at.is_(None), *conditions_of(connection, where))
    ids = _page_of_videos(connection, conditions, order, limit=limit, offset=offset)
    facts = _videos(connection, ids)
    told: dict[str, list[NoteSummary]] = {each: [] for each in ids}
    for batch in in_batches(ids):
        of_videos = _brief().where(notes.c.video_id.in_(batch), *conditions)
        for row in _summaries(
            connection, of_videos.order_by(notes.c.created.desc(), notes.c.number.desc())
        ):
            told[row.video_id].append(row)
    return [VideoNotes(video_of(facts[each]), tuple(told[each])) for each in ids]


def _page_of_videos(
    connection: Connection,
    conditions: Sequence[Condition],
    order: VideoOrder,
    *,
    limit: int,
    offset: int,
) -> list[str]:
    """Return one page of ids of videos whose notes fulfil the conditions."""

    meant = select(notes.c.video_id).where(*conditions)
    if order is VideoOrder.NEWEST:
        # The newest videos are those of the newest notes.
        several = NOTES_OF_VIDEO * (offset + limit)
        newest = meant.order_by(notes.c.created.desc(), notes.c.video_id.desc()).limit(several)
        found = connection.scalars(newest).all()
        ids = list(dict.fromkeys(found))[offset : offset + limit]
        if len(ids) == limit or len(found) < several:
            return ids
    query = meant.group_by(notes.c.video_id)
    if order is not VideoOrder.NEWEST:
        columns = {
            VideoOrder.TITLE: func.lower(func.min(videos.c.title)),
            VideoOrder.CHANNEL: func.lower(func.min(videos.c.channel)),
            VideoOrder.LENGTH: func.coalesce(func.max(videos.c.duration_s), 0).desc(),
        }
        query = query.join_from(notes, videos).order_by(columns[order])
    query = query.order_by(func.max(notes.c.created).desc(), notes.c.video_id.desc())
    return list(connection.scalars(query.limit(limit).offset(offset)))


def found(connection: Connection, *, text: str, limit: int, where: NoteFilter) -> list[NoteSummary]:
    """Return notes that contain every word of a text, best first."""
    hits = search.find(connection, text, limit=limit, conditions=conditions_of(connection, where))
    rows: dict[int, Mapping[Any, Any]] = {}
    for numbers in in_batches([hit.number for hit in hits]):
        query = _brief().where(is_among(connection, notes.c.number, numbers))
        rows |= {row["number"]: row for row in connection.execute(query).mappings()}
    told = tags_of(connection, list(rows))
    return [
        _summary(
            rows[hit.number],
            told.get(hit.number, ()),
            snippet=hit.excerpt.text,
            marks=hit.excerpt.marks,
        )
        for hit in hits
    ]


def passages(
    connection: Connection, *, text: str, limit: int, where: NoteFilter
) -> list[PassageFound]:
    """Return passages of transcripts that contain every word of a text, best first."""
    hits = search.find_passages(
        connection, text, limit=limit, conditions=conditions_of(connection, where)
    )
    facts = _videos(connection, list(dict.fromkeys(hit.video_id for hit in hits)))
    return [
        PassageFound(
            video_id=hit.video_id,
            video_title=facts[hit.video_id]["title"],
            channel=facts[hit.video_id]["channel"],
            start_s=hit.start_s,
            snippet=hit.excerpt.text,
            marks=hit.excerpt.marks,
            duration_s=facts[hit.video_id]["duration_s"],
            published=facts[hit.video_id]["published"],
        )
        for hit in hits
    ]


def thumbnails(connection: Connection, *, video_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the first picture of each video, from its oldest note that has one."""
    key = (pictures.c.note, pictures.c.section, pictures.c.position)
    query = select(notes.c.video_id, *key).join_from(pictures, notes).order_by(*key)
    first: dict[str, tuple[int, int, int]] = {}
    for batch in in_batches([clean(each) for each in video_ids]):
        named = query.where(notes.c.video_id.in_(batch), notes.c.deleted_at.is_(None))
        for video, *place in connection.execute(named):
            first.setdefault(video, (place[0], place[1], place[2]))
    data = select(pictures.c.data)
    return {
        video: connection.execute(
            data.where(*(column == value for column, value in zip(key, place, strict=True)))
        ).scalar_one()
        for video, place in first.items()
    }


def facets(connection: Connection) -> Facets:
    """Return the values of each kind with their counts, the most frequent first."""
    kinds = (notes.c.language, notes.c.template, notes.c.engine)  # the order of the index
    kept, number = notes.c.deleted_at.is_(None), func.count()
    templates, engines, languages = Counter[str](), Counter[str](), Counter[str]()
    of_kinds = select(*kinds, number).where(kept).group_by(*kinds)
    for language, template, engine, many in connection.execute(of_kinds):
        templates[template] += many
        engines[engine] += many
        languages[language] += many
    of_video = select(notes.c.video_id, number.label("many")).where(kept)
    counted = of_video.group_by(notes.c.video_id).subquery()
    channels = Counter[str]()
    of_channel = select(videos.c.channel, counted.c.many)
    of_channel = of_channel.join_from(counted, videos, videos.c.id == counted.c.video_id)
    for channel, many in connection.execute(of_channel):
        channels[channel] += many
    return Facets(
        templates=_most(templates),
        engines=_most(engines),
        languages=_most(languages),
        channels=_most(channels),
        tags=_tags(connection),
    )


def _most(counted: Counter[str]) -> tuple[tuple[str, int], ...]:
    named = ((name, many) for name, many in counted.items() if name)
    return tuple(sorted(named, key=lambda each: (-each[1], each[0]))[:MAX_FACETS])


def _tags(connection: Connection) -> tuple[tuple[str, int], ...]:
    """Return the tags with their counts; of several spellings the alphabetically first."""
    number, name = func.count(), func.min(tags.c.name)
    query = (
        select(name, number)
        .join_from(tags, notes)
        .where(notes.c.deleted_at.is_(None))
        .group_by(tags.c.key)
        .order_by(number.desc(), tags.c.key)
        .limit(MAX_FACETS)
    )
    return tuple((name, many) for name, many in connection.execute(query))


def _brief() -> Select[Any]:
    columns = [notes.c[name] for name in _SHOWN]
    facts = (videos.c.title.label("video_title"), *map(videos.c.get, _OF_VIDEO))
    return select(*columns, *facts).join_from(notes, videos)


def _videos(connection: Connection, ids: Sequence[str]) -> dict[str, Mapping[Any, Any]]:
    query = select(videos)
    return {
        row["id"]: row
        for batch in in_batches(ids)
        for row in connection.execute(query.where(videos.c.id.in_(batch))).mappings()
    }


def _summaries(connection: Connection, query: Select[Any]) -> list[NoteSummary]:
    rows = connection.execute(query).mappings().all()
    told = tags_of(connection, [row["number"] for row in rows])
    return [_summary(row, told.get(row["number"], ())) for row in rows]


def _summary(row: Mapping[Any, Any], tags: tuple[str, ...], **other: Any) -> NoteSummary:
    missing = json.loads(row["missing"])
    return from_row(NoteSummary, row, tags=tags, lacks=lacks_words(missing), **other)
