"""Lists that are followed, and where it is kept what was seen of each."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from notegen_desktop.domain.errors import Failure
from notegen_desktop.domain.links.following import Followed, Verdict
from notegen_desktop.domain.links.link import Link
from notegen_desktop.domain.links.video import Video


class FollowedStore(Protocol):
    """What is followed, and what of each list was seen. Raises StoreError."""

    async def all(self) -> list[Followed]:
        """In the order in which they were added, each with its new videos."""
        ...

    async def put(self, followed: Followed) -> None:
        """Keep a list, or what is known of it now; its videos stay as they are."""
        ...

    async def remove(self, key: str) -> None: ...

    async def known(self, key: str) -> set[str]:
        """The ids of the videos of a list that came before."""
        ...

    async def add_videos(self, key: str, videos: Sequence[Video], new: Collection[str]) -> None:
        """Videos that were not known before; those of `new` are, unless there are notes of them
        or another list had them first."""
        ...

    async def forget(self, key: str, video_ids: Collection[str]) -> None:
        """What is not there any more; should it come again, it was not known before."""
        ...

    async def decide(self, video_ids: Collection[str], verdict: Verdict) -> None:
        """What is to become of new videos, in all lists that have them."""
        ...


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at the lists found. `away` says that the network was not there.

    `waiting`: a file is still being written in a folder; another look will see it whole.
    """

    followed: tuple[Followed, ...]
    away: Failure | None = None
    waiting: bool = False

    @property
    def new(self) -> tuple[Video, ...]:
        """The new videos of all lists, each once."""
        found = {video.id: video for each in self.followed for video in each.new}
        return tuple(found.values())


class Following(Protocol):
    """Follows lists. Nothing is generated here: what is new waits until somebody decides."""

    async def all(self) -> list[Followed]:
        """Raises StoreError."""
        ...

    async def add(self, link: Link, *, last: int = 0) -> Followed:
        """Follow a list: what it has now counts as seen, apart from the `last` of it.

        Raises UsageError for what is no list, SourceError, NetworkUnreachable, TimedOut,
        StoreError.
        """
        ...

    async def remove(self, key: str) -> None:
        """Raises StoreError."""
        ...

    async def pause(self, key: str, *, paused: bool) -> None:
        """Raises StoreError."""
        ...

    async def check(self, keys: Collection[str] | None = None, *, due: bool = False) -> Looked:
        """Look at the lists that are not paused, or at these, or only at those whose time has come.

        A list that fails says why in itself. Raises StoreError.
        """
        ...

    async def decide(self, video_ids: Collection[str], verdict: Verdict) -> None:
        """Raises StoreError."""
        ...
