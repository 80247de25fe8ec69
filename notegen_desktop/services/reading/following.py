"""Checks followed lists for new videos: one cheap request each, and none for paused lists."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import replace

from notegen_desktop.domain.errors import (
    InvalidLink,
    NetworkUnreachable,
    NoteGenError,
    SourceError,
    TimedOut,
)
from notegen_desktop.domain.links.following import (
    Followed,
    FollowedVideoState,
    can_follow,
    new_among,
    wanted_first,
)
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.words import _
from notegen_desktop.services.machine.clock import Clock
from notegen_desktop.services.ports import FollowCheck, FollowedStore, Latest, LinkSource

MAX_AWAY = 3
"""Unreachable lists, without any that answers, after which the network counts as away."""

log = logging.getLogger(__name__)


class ListFollower:
    """Implements `ports.Following`."""

    def __init__(self, source: LinkSource, store: FollowedStore, clock: Clock) -> None:
        self._source = source
        self._store = store
        self._clock = clock
        self._looking = asyncio.Lock()

    async def all(self) -> list[Followed]:
        return await self._store.all()

    async def add(self, link: Link, *, last: int = 0) -> Followed:
        link = await self._source.resolve(link)
        if not can_follow(link):
            raise InvalidLink(
                _("This is no list to which new videos come."),
                hint=_("Follow a channel, a playlist, a podcast's feed or a folder."),
            )
        async with self._looking:
            if any(each.key == link.key for each in await self._store.all()):
                raise InvalidLink(
                    _("This is followed already."), hint=_("You hear of what is new.")
                )
            latest = await self._source.latest(link)
            assert latest is not None, "nothing was known that could be unchanged"
            now = self._clock.time()
            followed = _told(Followed(link, added_at=now), latest, now)
            await self._store.put(followed)
            new = wanted_first(link, latest.videos, last)
            await self._store.add_videos(followed.key, latest.videos, new)
        return next(each for each in await self._store.all() if each.key == link.key)

    async def remove(self, key: str) -> None:
        async with self._looking:
            await self._store.remove(key)

    async def pause(self, key: str, *, paused: bool) -> None:
        async with self._looking:
            for each in await self._store.all():
                if each.key == key:
                    await self._store.put(replace(each, paused=paused))

    async def decide(self, video_ids: Collection[str], verdict: FollowedVideoState) -> None:
        await self._store.decide(video_ids, verdict)

    async def check(self, keys: Collection[str] | None = None, *, due: bool = False) -> FollowCheck:
        async with self._looking:
            now = self._clock.time()
            wanted = [
                each
                for each in await self._store.all()
                if (each.key in keys if keys is not None else not each.paused)
                and (not due or each.is_due(now))
            ]
            away: dict[str, NoteGenError] = {}
            answered = waiting = False
            for each in wanted:
                online = each.link.provider != "folder"
                if online and len(away) >= MAX_AWAY and not answered:
                    break
                try:
                    waiting |= await self._check_list(each)
                    answered |= online
                except (NetworkUnreachable, TimedOut) as error:
                    away[each.key] = error
                except SourceError as error:
                    answered |= online
                    await self._fail(each, error)
            if answered:  # the network works: these lists fail by themselves
                for each in wanted:
                    if each.key in away:
                        await self._fail(each, away[each.key])
            found = await self._store.all()
        told = [each for each in found if keys is None or each.key in keys]
        first = next(iter(away.values()), None)
        return FollowCheck(
            tuple(each for each in told if not each.paused or keys is not None),
            away=first.failure() if first is not None and not answered else None,
            waiting=waiting,
        )

    async def _check_list(self, followed: Followed) -> bool:
        """Check one list; True if something in it is incomplete. Raises SourceError,
        NetworkUnreachable, TimedOut."""
        latest = await self._source.latest(followed.link, validator=followed.validator)
        now = self._clock.time()
        if latest is None:
            await self._store.put(replace(followed, checked_at=now, failures=0, failure=""))
            return False
        known = await self._store.known(followed.key)
        new = new_among(followed, latest.videos, known)
        fresh = [video for video in latest.videos if video.id not in known]
        await self._store.add_videos(followed.key, fresh, new)
        # a file was renamed, moved or is being written again
        if followed.link.provider == "folder":
            there = {video.id for video in latest.videos}
            gone = [video.id for video in followed.new if video.id not in there]
            await self._store.forget(followed.key, gone)
        await self._store.put(_told(followed, latest, now))
        return latest.waiting

    async def _fail(self, followed: Followed, error: NoteGenError) -> None:
        log.info("%s is not looked at: %s", followed.key, error)
        words = f"{error.message} {error.hint}".strip()
        await self._store.put(
            replace(
                followed,
                checked_at=self._clock.time(),
                failures=followed.failures + 1,
                failure=words,
            )
        )


def _told(followed: Followed, latest: Latest, now: float) -> Followed:
    """Return the list updated from its latest state."""
    title = latest.title.removesuffix(" - Videos") or followed.title
    return replace(
        followed,
        title=title,
        validator=latest.validator,
        checked_at=now,
        failures=0,
        failure="",
    )
