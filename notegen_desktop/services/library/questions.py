"""Stored questions with their answers, and transcripts for them: `ports.QuestionStore`."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Sequence
from dataclasses import asdict, replace

import msgspec
from sqlalchemy import Connection, delete, insert, select

from notegen_desktop.domain.asking.exchange import Exchange
from notegen_desktop.domain.errors import NoteMissing
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.text.transcript import Segment, Transcript

from . import search
from .database.engine import Database
from .rows import cleaned, dump, from_row, put_video, videos_of
from .schema import notes, questions, transcripts

MAX_WORDS = 8
"""Maximum words of a question used to find videos, the longest first."""
MAX_PASSAGES, MAX_NOTES = 200, 40
"""Maximum passages and notes looked up for one word."""


class Questions:
    """Implements `ports.QuestionStore`."""

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
            kept = select(transcripts.c.video_id).where(transcripts.c.video_id.in_(ids))
            there = set(connection.execute(kept).scalars())
            ids = [each for each in ids if each in there][:limit]
            query = select(transcripts).where(transcripts.c.video_id.in_(ids))
            rows = {row["video_id"]: row for row in connection.execute(query).mappings()}
            return [(each, _transcript(rows[each.id])) for each in videos_of(connection, ids)]

        return await self._database.read(work)


def _likely(connection: Connection, words: Sequence[str], limit: int) -> list[str]:
    """Return the ids of videos with the rarest of the words in one passage, or in a note; then of
    those read last."""
    points: dict[tuple[str, int], float] = {}
    of_note: dict[int, float] = {}
    longest = sorted(dict.fromkeys(words), key=len, reverse=True)[:MAX_WORDS]
    for word in map(clean, longest):
        said = search.passages_with(connection, word, limit=MAX_PASSAGES)
        for place in said:
            points[place] = points.get(place, 0.0) + _rarity(said)
        hits = search.find(connection, word, limit=MAX_NOTES)
        for hit in hits:
            of_note[hit.number] = of_note.get(hit.number, 0.0) + _rarity(hits)
    numbers = select(notes.c.number, notes.c.video_id).where(notes.c.number.in_(of_note))
    best: dict[str, float] = {}
    for video_id, value in (
        *((video_id, value) for (video_id, _), value in points.items()),
        *((row.video_id, of_note[row.number]) for row in connection.execute(numbers)),
    ):
        best[video_id] = max(best.get(video_id, 0.0), value)
    ranked = sorted(best, key=lambda each: (-best[each], each))
    latest = select(transcripts.c.video_id).order_by(transcripts.c.stored_at.desc())
    read = connection.execute(latest.limit(limit)).scalars()
    return list(dict.fromkeys((*ranked[: 2 * limit], *read)))[: 2 * limit]


def _rarity(hits: Sequence[object]) -> float:
    """Return the weight of a word with these hits; of common words not all hits are known."""
    return math.log(1 + 1_000_000 / len(hits))


def _transcript(row: object) -> Transcript:
    segments = [Segment(*each) for each in json.loads(row["segments"])]  # type: ignore[index]
    return from_row(Transcript, row, segments=segments)  # type: ignore[arg-type]


def _brief(video: Video) -> dict[str, object]:
    """Return the facts of a video stored with an answer; the rest is stored with the video."""
    return {
        name: getattr(video, name)
        for name in ("id", "url", "provider", "title", "channel", "duration_s")
    }
