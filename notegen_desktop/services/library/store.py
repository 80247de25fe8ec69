"""Stored notes and transcripts: the port `NoteStore` on a database."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.sql import Select

from notegen_desktop.domain.errors import NoteMissing, StoreError
from notegen_desktop.domain.jobs.job import NoteRequest
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.notes.note import Note
from notegen_desktop.domain.notes.tags import tag_key, tag_name, unique_tags
from notegen_desktop.domain.notes.versions import NoteVersion, Origin, Revision
from notegen_desktop.domain.text.cleaning import clean
from notegen_desktop.domain.text.transcript import Segment, Transcript
from notegen_desktop.domain.words import _
from notegen_desktop.services.ports import (
    ALL_NOTES,
    Facets,
    NoteFilter,
    NoteStamp,
    NoteSummary,
    PassageFound,
    VideoNotes,
    VideoOrder,
)

from . import listing, search, versions
from .backups import back_up, pack_older
from .database.access import IN_MEMORY
from .database.engine import Database
from .rows import (
    cleaned,
    columns_of,
    dump,
    from_row,
    in_batches,
    note_columns,
    note_of,
    put_row,
    put_sections,
    put_tags,
    put_video,
    segments_text,
    video_of,
    whole_notes,
)
from .schema import cards, note_videos, notes, reviews, tags, transcripts, videos

UNDO_S = 30 * 86_400.0
"""Seconds for which a deletion can be undone: thirty days; then the text is purged."""


class Store:
    """Implements `ports.NoteStore`. `clock` returns seconds since the epoch; `maker` is the token
    of this process, which identifies its unfinished backups."""

    def __init__(
        self, database: Database, *, clock: Callable[[], float] = time.time, maker: str = ""
    ) -> None:
        self._database = database
        self._maker = maker
        self._clock = clock

    async def save(self, note: Note, request: NoteRequest, *, fingerprint: str = "") -> Note:
        note = cleaned(note)
        fresh_id = uuid.uuid4().hex[:12]
        now = self._clock()

        def work(connection: Connection) -> str:
            put_video(connection, note.video)
            known = select(notes.c.number, notes.c.id, notes.c.deleted_at)
            before = connection.execute(known.where(notes.c.request_id == request.job_id)).first()
            if before is not None and before.deleted_at is not None:
                _erase(connection, before.number)
                before = None
            has_place = before is None or note.id in ("", before.id)
            if before is None or not has_place:
                before = connection.execute(known.where(notes.c.id == note.id)).first()
            former = None if before is None else _note(connection, before.number)
            # The user's remarks are kept.
            kept = note if former is None or note.remarks else replace(note, remarks=former.remarks)
            columns = note_columns(kept, former, now) | {
                "asked": dump(columns_of(request, "mode", "engine", "model", "language")),
                "fingerprint": clean(fingerprint),
                "request_id": request.job_id if has_place else None,
                "unread": True,
            }
            if before is None or former is None:
                note_id = columns["id"] = note.id or fresh_id
                number = connection.execute(
                    insert(notes).values(columns).returning(notes.c.number)
                ).scalar_one()
            else:
                number, note_id = before.number, before.id
                if former.sections != note.sections:
                    again = Revision(Origin.AGAIN)
                    versions.begin(connection, number, former, note, again, now)
                connection.execute(update(notes).where(notes.c.number == number).values(columns))
            put_sections(connection, number, note)
            search.index(connection, number, note)
            return note_id

        return replace(note, id=await self._database.write(work), saved_at=now)

    async def find(self, request: NoteRequest, *, fingerprint: str | None = None) -> Note | None:
        def work(connection: Connection) -> Note | None:
            query = _whole().where(notes.c.request_id == request.job_id)
            if fingerprint is not None:
                query = query.where(notes.c.fingerprint == clean(fingerprint))
            row = connection.execute(query).mappings().first()
            return note_of(connection, row) if row is not None else None

        return await self._database.read(work)

    async def get(self, note_id: str) -> Note:
        def work(connection: Connection) -> Note:
            return _known(connection, note_id)[1]

        return await self._database.read(work)

    async def history(self, note_id: str) -> list[NoteVersion]:
        def work(connection: Connection) -> list[NoteVersion]:
            return versions.history(connection, *_known(connection, note_id))

        return await self._database.read(work)

    async def version(self, note_id: str, number: int) -> Note:
        def work(connection: Connection) -> Note:
            return versions.version(connection, *_known(connection, note_id), number)

        return await self._database.read(work)

    async def add_version(self, note: Note, revision: Revision) -> int:
        note = cleaned(note)
        now = self._clock()

        def work(connection: Connection) -> int:
            number, current = _known(connection, note.id)
            # Usage belongs to the note, whichever version is shown.
            spent = update(notes).where(notes.c.number == number).values(asdict(note.usage))
            connection.execute(spent)
            return versions.add(connection, number, current, note, revision, now)

        return await self._database.write(work)

    async def use_version(self, note_id: str, number: int) -> Note:
        now = self._clock()

        def work(connection: Connection) -> Note:
            row, current = _known(connection, note_id)
            chosen = versions.use(connection, row, current, number)
            if chosen is not current:
                _revise(connection, row, current, chosen, now)
            return chosen

        return await self._database.write(work)

    async def decline_version(self, note_id: str, number: int) -> None:
        def work(connection: Connection) -> None:
            versions.decline(connection, _known(connection, note_id)[0], number)

        await self._database.write(work)

    async def recent(
        self, *, limit: int = 200, offset: int = 0, where: NoteFilter = ALL_NOTES
    ) -> list[NoteSummary]:
        return await self._database.read(
            partial(listing.recent, limit=limit, offset=offset, where=where)
        )

    async def search(
        self, text: str, *, limit: int = 200, where: NoteFilter = ALL_NOTES
    ) -> list[NoteSummary]:
        return await self._database.read(
            partial(listing.found, text=clean(text), limit=limit, where=where)
        )

    async def stamps(self) -> list[NoteStamp]:
        facts = (videos.c.title, videos.c.channel, videos.c.duration_s, videos.c.url)

        def work(connection: Connection) -> list[NoteStamp]:
            query = (
                select(notes.c.number, notes.c.id, videos.c.id, notes.c.saved_at, *facts)
                .join_from(notes, videos)
                .where(notes.c.deleted_at.is_(None))
                .order_by(notes.c.created, notes.c.number)
            )
            named: dict[int, list[str]] = {}
            filed = select(tags.c.note, tags.c.name).order_by(tags.c.key)
            for number, name in connection.execute(filed):
                named.setdefault(number, []).append(name)
            return [
                NoteStamp(note_id, video_id, repr((*known, named.get(number, ()))))
                for number, note_id, video_id, *known in connection.execute(query)
            ]

        return await self._database.read(work)

    async def search_transcripts(
        self, text: str, *, limit: int = 50, where: NoteFilter = ALL_NOTES
    ) -> list[PassageFound]:
        return await self._database.read(
            partial(listing.passages, text=clean(text), limit=limit, where=where)
        )

    async def findable(self) -> float:
        return await self._database.read(search.findable)

    async def videos(
        self,
        *,
        limit: int = 100,
        offset: int = 0,
        where: NoteFilter = ALL_NOTES,
        order: VideoOrder = VideoOrder.NEWEST,
    ) -> list[VideoNotes]:
        return await self._database.read(
            partial(listing.by_video, limit=limit, offset=offset, where=where, order=order)
        )

    async def facets(self) -> Facets:
        return await self._database.read(listing.facets)

    async def thumbnails(self, video_ids: Sequence[str]) -> dict[str, bytes]:
        return await self._database.read(partial(listing.thumbnails, video_ids=video_ids))

    async def courses(self) -> dict[str, tuple[str, ...]]:
        def work(connection: Connection) -> dict[str, tuple[str, ...]]:
            query = (
                select(notes.c.video_id, note_videos.c.video_id)
                .join_from(note_videos, notes, notes.c.number == note_videos.c.note)
                .where(notes.c.deleted_at.is_(None))
                .order_by(notes.c.number, note_videos.c.position)
            )
            found: dict[str, dict[str, None]] = {}
            for course, video in connection.execute(query):
                found.setdefault(course, {})[video] = None
            return {course: tuple(videos) for course, videos in found.items()}

        return await self._database.read(work)

    async def deleted(self, *, limit: int = 200) -> list[NoteSummary]:
        return await self._database.read(partial(listing.deleted, limit=limit))

    async def tag(
        self, note_ids: Sequence[str], *, add: Sequence[str] = (), remove: Sequence[str] = ()
    ) -> None:
        added = unique_tags(map(tag_name, add))
        keys = [tag_key(tag_name(each)) for each in remove]

        def work(connection: Connection) -> None:
            for number in _numbers(connection, note_ids):
                put_tags(connection, number, added)
                connection.execute(delete(tags).where(tags.c.note == number, tags.c.key.in_(keys)))

        await self._database.write(work)

    async def mark_read(self, *note_ids: str) -> None:
        await self._database.execute(
            update(notes).where(notes.c.id.in_(map(clean, note_ids))).values(unread=False)
        )

    async def add(self, notes: Sequence[Note]) -> list[str]:
        notes = [cleaned(note) for note in notes]
        now = self._clock()

        def work(connection: Connection) -> list[str]:
            return [
                ""
                if _is_here(connection, note)
                else _insert(connection, note, note_id=uuid.uuid4().hex[:12], now=now)
                for note in notes
            ]

        return await self._database.write(work)

    async def revise(self, note: Note, revision: Revision | None = None) -> None:
        note = cleaned(note)
        now = self._clock()

        def work(connection: Connection) -> None:
            number, before = _known(connection, note.id)
            if revision is not None:
                versions.begin(connection, number, before, note, revision, now)
            _revise(connection, number, before, note, now)

        await self._database.write(work)

    async def delete(self, *note_ids: str) -> None:
        now = self._clock()

        def work(connection: Connection) -> None:
            # Deleted notes are removed at the next start, or when another note takes their place.
            numbers = _numbers(connection, note_ids)
            for batch in in_batches(numbers):
                connection.execute(
                    update(notes).where(notes.c.number.in_(batch)).values(deleted_at=now)
                )

        await self._database.write(work)

    async def undelete(self, *note_ids: str) -> None:
        def work(connection: Connection) -> None:
            numbers = _numbers(connection, note_ids, deleted=True)
            for batch in in_batches(numbers):
                connection.execute(
                    update(notes).where(notes.c.number.in_(batch)).values(deleted_at=None)
                )

        await self._database.write(work)

    async def restore(self, note: Note) -> None:
        note = cleaned(note)
        now = self._clock()

        def work(connection: Connection) -> None:
            found = connection.execute(
                update(notes).where(notes.c.id == note.id).values(deleted_at=None)
            )
            if not found.rowcount:
                _insert(connection, note, note_id=note.id, now=now)

        await self._database.write(work)

    async def put_transcript(self, video: Video, transcript: Transcript) -> None:
        now = self._clock()
        video = cleaned(video)

        def work(connection: Connection) -> None:
            put_video(connection, video)
            columns: dict[str, Any] = {
                "language": clean(transcript.language),
                "kind": transcript.kind.value,
                "timed": transcript.timed,
                "fingerprint": transcript.fingerprint,
                "segments": segments_text(transcript),
                "stored_at": now,
            }
            known = select(transcripts.c.ordinal, transcripts.c.segments)
            before = connection.execute(known.where(transcripts.c.video_id == video.id)).first()
            put_row(connection, transcripts, {"video_id": video.id}, columns)
            ordinal, segments = (None, "") if before is None else before
            if ordinal is None or segments != columns["segments"]:
                search.unindex_transcript(connection, video.id, ordinal, segments)
                search.index_transcript(connection, video.id, ordinal, columns["segments"])

        await self._database.write(work)

    async def get_transcript(self, video_id: str) -> Transcript | None:
        def work(connection: Connection) -> Transcript | None:
            query = select(transcripts).where(transcripts.c.video_id == clean(video_id))
            row = connection.execute(query).mappings().first()
            if row is None:
                return None
            segments = [Segment(*each) for each in json.loads(row["segments"])]
            return from_row(Transcript, row, segments=segments)

        return await self._database.read(work)

    async def get_video(self, video_id: str) -> Video | None:
        def work(connection: Connection) -> Video | None:
            query = select(videos).where(videos.c.id == clean(video_id))
            row = connection.execute(query).mappings().first()
            return video_of(row) if row is not None else None

        return await self._database.read(work)

    def purging(self) -> Callable[[Connection], None]:
        """Return the work that purges notes whose deletion can no longer be undone."""
        before = self._clock() - UNDO_S

        def work(connection: Connection) -> None:
            for (number,) in connection.execute(
                select(notes.c.number).where(notes.c.deleted_at < before)
            ).all():
                _erase(connection, number)

        return work

    async def back_up(self) -> Path:
        if self._database.path is None or self._database.access is IN_MEMORY:
            raise StoreError(
                _("This library is no file of this computer."),
                hint=_("One on a server is backed up there."),
            )
        try:
            return await asyncio.to_thread(self._back_up, self._database.path)
        except (sqlite3.Error, OSError) as error:
            raise self._database.translated(error) from error

    def _back_up(self, path: Path) -> Path:
        made = back_up(self._database, label="asked", maker=self._maker)
        pack_older(path, maker=self._maker)
        return made

    async def aclose(self) -> None:
        """Do nothing: the library closes the database."""


def _whole() -> Select[Any]:
    return whole_notes().where(notes.c.deleted_at.is_(None))


def _numbers(
    connection: Connection, note_ids: Sequence[str], *, deleted: bool = False
) -> list[int]:
    """Return the numbers of notes. Raises NoteMissing if one does not exist."""
    wanted = list(dict.fromkeys(map(clean, note_ids)))
    state = notes.c.deleted_at.is_not(None) if deleted else notes.c.deleted_at.is_(None)
    query = select(notes.c.id, notes.c.number).where(state)
    found: dict[str, int] = {}
    for batch in in_batches(wanted):
        for note_id, number in connection.execute(query.where(notes.c.id.in_(batch))):
            found[note_id] = number
    for note_id in wanted:
        if note_id not in found:
            raise _missing(note_id)
    return list(found.values())


def _known(connection: Connection, note_id: str) -> tuple[int, Note]:
    """Return a note and its number. Raises NoteMissing."""
    row = connection.execute(_whole().where(notes.c.id == clean(note_id))).mappings().first()
    if row is None:
        raise _missing(note_id)
    return row["number"], note_of(connection, row)


def _note(connection: Connection, number: int) -> Note:
    query = whole_notes().where(notes.c.number == number)
    return note_of(connection, connection.execute(query).mappings().one())


def _revise(connection: Connection, number: int, former: Note, note: Note, now: float) -> None:
    values = note_columns(note, former, now)
    connection.execute(update(notes).where(notes.c.number == number).values(values))
    put_sections(connection, number, note)
    search.index(connection, number, note)


def _insert(connection: Connection, note: Note, *, note_id: str, now: float) -> str:
    """Store a note without a request of this library; return its id."""
    put_video(connection, note.video)
    columns = note_columns(note, None, now) | {"id": note_id}
    number = connection.execute(
        insert(notes).values(columns).returning(notes.c.number)
    ).scalar_one()
    put_sections(connection, number, note)
    put_tags(connection, number, note.tags)
    search.index(connection, number, note)
    return note_id


def _is_here(connection: Connection, note: Note) -> bool:
    """Return True if an imported note exists already, even with another title or other text."""
    same = ("template", "created", "engine", "model", "language")
    query = _whole().where(
        notes.c.video_id == note.video.id, *(notes.c[name] == getattr(note, name) for name in same)
    )
    return any(
        row["title"] == note.title or note_of(connection, row).sections == note.sections
        for row in connection.execute(query).mappings().all()
    )


def _erase(connection: Connection, number: int) -> None:
    search.unindex(connection, number)
    asked = connection.execute(select(cards.c.id).where(cards.c.note == number)).scalars().all()
    connection.execute(delete(notes).where(notes.c.number == number))
    for batch in in_batches(asked):
        gone = reviews.c.card.in_(batch) & reviews.c.card.not_in(select(cards.c.id))
        connection.execute(delete(reviews).where(gone))


def _missing(note_id: str) -> NoteMissing:
    return NoteMissing(
        _("There is no note “{note_id}” (any more).").format(note_id=clean(note_id)[:40])
    )
