"""Lists that are followed: playlists, channels, podcasts and folders whose new videos are told.

What is new is found by comparing with what was seen; the rules for that stand here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from .link import Link, LinkKind
from .video import Video

EVERY_S = 3 * 3600.0
"""Seconds from one look at a list to the next, while all goes well."""
MAX_DOUBLINGS = 4
"""After each failure in a row the wait doubles, up to two days."""
LATE = timedelta(days=7)
"""What is dated longer before the last look is not new: feeds that move rename all episodes."""


class Verdict(StrEnum):
    """What became of a video of a followed list. Only `new` ones are asked about."""

    NEW = "new"
    SEEN = "seen"
    TAKEN = "taken"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Followed:
    """A list that is followed. Times are seconds since the epoch; `new` waits for a verdict.

    `failure` says why the last look failed, the last of so many `failures` in a row. `validator`
    is what the source gave for asking whether anything has changed.
    """

    link: Link
    title: str = ""
    paused: bool = False
    added_at: float = 0.0
    checked_at: float = 0.0
    failures: int = 0
    failure: str = ""
    validator: str = ""
    new: tuple[Video, ...] = field(default=(), compare=False)

    @property
    def key(self) -> str:
        return self.link.key

    @property
    def name(self) -> str:
        return self.title or self.link.url

    @property
    def kind(self) -> str:
        """What people call such a list."""
        if self.link.provider in ("podcast", "folder"):
            return self.link.provider
        return self.link.kind.value

    def is_due(self, now: float) -> bool:
        """Whether it is to be looked at again; folders, which cost nothing, always."""
        if self.paused:
            return False
        wait = EVERY_S * 2 ** min(self.failures, MAX_DOUBLINGS)
        return self.link.provider == "folder" or not 0 <= now - self.checked_at < wait


def can_follow(link: Link) -> bool:
    """Whether new videos may come to it: it is a list."""
    return link.kind in (LinkKind.PLAYLIST, LinkKind.CHANNEL)


def wanted_first(link: Link, videos: Sequence[Video], last: int) -> set[str]:
    """The `last` videos of a list that begins to be followed; all others count as seen.

    Channels and podcasts begin with the newest, playlists and folders end with it.
    """
    newest_first = link.kind is LinkKind.CHANNEL or link.provider == "podcast"
    wanted = videos[:last] if newest_first else videos[len(videos) - last :] if last else ()
    return {video.id for video in wanted}


def new_among(followed: Followed, videos: Sequence[Video], known: Collection[str]) -> set[str]:
    """Which of the videos of a list are new, by those that are `known`.

    A channel shows its newest videos alone. Where some of them are deleted, older ones come into
    sight behind those that are known.
    """
    end = len(videos)
    places = [place for place, video in enumerate(videos) if video.id in known]
    if followed.link.kind is LinkKind.CHANNEL and places:
        end = places[-1]
    last_look = datetime.fromtimestamp(followed.checked_at, UTC) - LATE
    first_day = last_look.date().isoformat() if followed.checked_at else ""
    return {
        video.id
        for video in videos[:end]
        if video.id not in known and (not video.published or video.published >= first_day)
    }
