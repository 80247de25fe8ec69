"""Followed lists, and the store of their known videos."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.following import Followed, FollowedVideoState
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.video import Video


class FollowedStore(Protocol):
    """Stores followed lists and the known videos of each. Raises StoreError."""

    async def all(self) -> list[Followed]:
        """Return the lists in the order in which they were added, each with its new videos."""
        ...

    async def put(self, followed: Followed) -> None:
        """Store a list or update its facts; its videos stay as they are."""
        ...

    async def remove(self, key: str) -> None: ...

    async def known(self, key: str) -> set[str]:
        """Return the ids of a list's known videos."""
        ...

    async def add_videos(self, key: str, videos: Sequence[Video], new: Collection[str]) -> None:
        """Add videos that were not known before; those of `new` are marked new, unless they have
        notes or another list had them first."""
        ...

    async def forget(self, key: str, video_ids: Collection[str]) -> None:
        """Remove videos that are no longer in the list; if they come again, they count as
        unknown."""
        ...

    async def decide(self, video_ids: Collection[str], verdict: FollowedVideoState) -> None:
        """Record the user's decision about new videos, in all lists that have them."""
        ...


@dataclass(frozen=True, slots=True)
class FollowCheck:
    """The result of checking the lists. `away` is set if there was no network.

    `waiting`: a file in a folder is still being written; another check will find it complete.
    """

    followed: tuple[Followed, ...]
    away: Failure | None = None
    waiting: bool = False

    @property
    def new(self) -> tuple[Video, ...]:
        """Return the new videos of all lists, without duplicates."""
        found = {video.id: video for each in self.followed for video in each.new}
        return tuple(found.values())


class Following(Protocol):
    """Follows lists. Nothing is generated here: new videos wait for the user's decision."""

    async def all(self) -> list[Followed]:
        """Return the followed lists. Raises StoreError."""
        ...

    async def add(self, link: Link, *, last: int = 0) -> Followed:
        """Follow a list; its present videos count as known, except the `last` ones.

        Raises UsageError for a link that is not a list, SourceError, NetworkUnreachable, TimedOut,
        StoreError.
        """
        ...

    async def remove(self, key: str) -> None:
        """Stop following a list. Raises StoreError."""
        ...

    async def pause(self, key: str, *, paused: bool) -> None:
        """Pause or resume a list. Raises StoreError."""
        ...

    async def check(self, keys: Collection[str] | None = None, *, due: bool = False) -> FollowCheck:
        """Check the lists with these keys, or all that are not paused; with `due`, only those whose
        time has come.

        An error of a list is stored in it. Raises StoreError.
        """
        ...

    async def decide(self, video_ids: Collection[str], verdict: FollowedVideoState) -> None:
        """Record the user's decision about new videos. Raises StoreError."""
        ...
