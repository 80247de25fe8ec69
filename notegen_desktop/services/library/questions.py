"""Questions with their answers, and the words they are answered from: `ports.QuestionStore`."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace

import msgspec
from sqlalchemy import Connection, delete, func, insert, select

from notegen_desktop.domain.asking.exchange import Exchange
from notegen_desktop.domain.errors import NoteMissing
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.text.transcript import Segment, Transcript

from . import search
from .engine import Database
from .rows import cleaned, dump, from_row, put_video, videos_of
from .schema import notes, questions, transcripts

MAX_WORDS = 16
"""Words of a question that notes are looked up by."""
MAX_HITS = 200
"""Notes that are looked up for one word."""


class Questions:
    """Fulfils `ports.QuestionStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, key: str, note_id: str, exchange: Exchange) -> Exchange:
        exchange = cleaned(replace(exchange, id=exchange.id or uuid.uuid4().hex[:12]))
        told = asdict(exchange) | {"videos": [_brief(video) for video in exchange.videos]}

        def work(connection: Connection) -> None:
            number = None
            if note_id:
                query = select(notes.c.number).where(notes.c.id == clean(note_id))
                number = connection.execute(query).scalar_one_or_none()
                if number is None:
                    raise NoteMissing
            put_video(connection, *exchange.videos)
            connection.execute(
                insert(questions).values(
                    id=exchange.id,
                    about=clean(key),
                    note=number,
                    asked_at=exchange.asked_at,
                    exchange=dump(told),
                )
            )

        await self._database.write(work)
        return exchange

    async def all(self, key: str) -> list[Exchange]:
        def work(connection: Connection) -> list[Exchange]:
            query = select(questions.c.exchange).where(questions.c.about == clean(key))
            rows = connection.execute(query.order_by(questions.c.number)).scalars()
            return [msgspec.convert(json.loads(row), Exchange) for row in rows]

        return await self._database.read(work)

    async def delete(self, exchange_id: str) -> None:
        await self._database.execute(delete(questions).where(questions.c.id == clean(exchange_id)))

    async def sources(self, words: Sequence[str], *, limit: int) -> list[tuple[Video, Transcript]]:
        def work(connection: Connection) -> list[tuple[Video, Transcript]]:
            ids = _likely(connection, words, limit)
            known = {video.id: video for video in videos_of(connection, ids)}
            query = select(transcripts).where(transcripts.c.video_id.in_(ids))
            rows = {row["video_id"]: row for row in connection.execute(query).mappings()}
            return [
                (known[each], _transcript(rows[each]))
                for each in ids
                if each in known and each in rows
            ]

        return await self._database.read(work)


def _likely(connection: Connection, words: Sequence[str], limit: int) -> list[str]:
    """The ids of videos whose notes have the rarest of the words, then of those read last."""
    total = connection.execute(select(func.count()).select_from(notes)).scalar_one()
    points: dict[int, float] = {}
    for word in list(dict.fromkeys(words))[:MAX_WORDS]:
        hits = search.find(connection, clean(word), limit=MAX_HITS)
        for hit in hits:
            weight = math.log(1 + (total + 1) / (len(hits) + 0.5))
            points[hit.number] = points.get(hit.number, 0.0) + weight
    best = sorted(points, key=lambda number: (-points[number], -number))[: 4 * limit]
    query = (
        select(notes.c.number, notes.c.video_id)
        .join_from(notes, transcripts, notes.c.video_id == transcripts.c.video_id)
        .where(notes.c.number.in_(best))
    )
    of_note = {row.number: row.video_id for row in connection.execute(query)}
    ids = dict.fromkeys(of_note[number] for number in best if number in of_note)
    latest = select(transcripts.c.video_id).order_by(transcripts.c.stored_at.desc())
    ids |= dict.fromkeys(connection.execute(latest.limit(limit)).scalars())
    return list(ids)[:limit]


def _transcript(row: object) -> Transcript:
    segments = [Segment(*each) for each in json.loads(row["segments"])]  # type: ignore[index]
    return from_row(Transcript, row, segments=segments)  # type: ignore[arg-type]


def _brief(video: Video) -> dict[str, object]:
    """What an answer tells of a video; the rest is with the video itself."""
    return {
        name: getattr(video, name)
        for name in ("id", "url", "provider", "title", "channel", "duration_s")
    }
