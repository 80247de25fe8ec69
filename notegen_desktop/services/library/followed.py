"""Followed lists and their known videos: the port `FollowedStore` on a database."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, delete, select, update

from notegen_desktop.domain.links.following import Followed, FollowedVideoState
from notegen_desktop.domain.links.link import Link, LinkKind
from notegen_desktop.domain.links.video import Video

from .database.engine import Database
from .rows import cleaned, columns_of, in_batches, put_row, upsert
from .schema import followed, followed_videos, notes

_OWN = ("title", "paused", "added_at", "checked_at", "failures", "failure", "validator")
_TOLD = ("url", "provider", "title", "channel", "duration_s", "published")


class FollowedLists:
    """Implements `ports.FollowedStore`. `clock` returns seconds since the epoch."""

    def __init__(self, database: Database, *, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def all(self) -> list[Followed]:
        def work(connection: Connection) -> list[Followed]:
            new: dict[str, list[Video]] = {}
            table = followed_videos
            query = select(table).where(table.c.state == FollowedVideoState.NEW.value)
            for row in connection.execute(query.order_by(table.c.found_at)).mappings():
                facts = {name: row[name] for name in _TOLD}
                new.setdefault(row["followed"], []).append(Video(row["video_id"], **facts))
            rows = connection.execute(select(followed).order_by(followed.c.added_at)).mappings()
            return [
                Followed(
                    Link(LinkKind(row["kind"]), row["provider"], row["id"], row["url"]),
                    **{name: row[name] for name in _OWN},
                    new=tuple(new.get(row["key"], ())),
                )
                for row in rows
            ]

        return await self._database.read(work)

    async def put(self, each: Followed) -> None:
        link = each.link
        columns = cleaned(
            columns_of(each, *_OWN)
            | {"kind": link.kind.value, "provider": link.provider, "id": link.id, "url": link.url}
        )

        def work(connection: Connection) -> None:
            put_row(connection, followed, {"key": each.key}, columns)

        await self._database.write(work)

    async def remove(self, key: str) -> None:
        def work(connection: Connection) -> None:
            connection.execute(delete(followed).where(followed.c.key == key))

        await self._database.write(work)

    async def known(self, key: str) -> set[str]:
        def work(connection: Connection) -> set[str]:
            table = followed_videos
            query = select(table.c.video_id).where(table.c.followed == key)
            return set(connection.execute(query).scalars())

        return await self._database.read(work)

    async def add_videos(self, key: str, videos: Sequence[Video], new: Collection[str]) -> None:
        now = self._clock()

        def work(connection: Connection) -> None:
            table = followed_videos
            rows: dict[str, dict[str, Any]] = {}  # a playlist may contain a video twice
            done: set[str] = set()
            for batch in in_batches(list(new)):
                done.update(
                    connection.execute(
                        select(notes.c.video_id)
                        .where(notes.c.video_id.in_(batch))
                        .union(
                            select(table.c.video_id).where(
                                table.c.video_id.in_(batch),
                                table.c.state != FollowedVideoState.NEW.value,
                            )
                        )
                    ).scalars()
                )
            for place, video in enumerate(map(cleaned, videos)):
                is_new = video.id in new and video.id not in done
                told = asdict(video)
                rows[video.id] = (
                    {name: told[name] for name in _TOLD}
                    | {"followed": key, "video_id": video.id, "found_at": now + place / 1e4}
                    | {
                        "state": (
                            FollowedVideoState.NEW if is_new else FollowedVideoState.SEEN
                        ).value
                    }
                )
            if rows:  # another program may have checked at the same moment
                statement = upsert(connection, table).on_conflict_do_nothing()
                connection.execute(statement, list(rows.values()))

        await self._database.write(work)

    async def forget(self, key: str, video_ids: Collection[str]) -> None:
        def work(connection: Connection) -> None:
            table = followed_videos
            for batch in in_batches(list(video_ids)):
                connection.execute(
                    delete(table).where(table.c.followed == key, table.c.video_id.in_(batch))
                )

        await self._database.write(work)

    async def decide(self, video_ids: Collection[str], verdict: FollowedVideoState) -> None:
        def work(connection: Connection) -> None:
            table = followed_videos
            for batch in in_batches(list(video_ids)):
                connection.execute(
                    update(table)
                    .where(
                        table.c.video_id.in_(batch), table.c.state == FollowedVideoState.NEW.value
                    )
                    .values(state=verdict.value)
                )

        await self._database.write(work)
