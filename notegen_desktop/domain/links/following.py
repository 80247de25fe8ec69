"""Followed lists: playlists, channels, podcasts and folders with new videos.

New videos are found by comparison with the known ones, by the rules in this module.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from .link import Link, LinkKind
from .video import Video

EVERY_S = 3 * 3600.0
"""Seconds between two checks of a list without failures."""
MAX_DOUBLINGS = 4
"""Maximum doublings of that time after consecutive failures, up to two days."""
LATE = timedelta(days=7)
"""Videos dated longer before the last check are not new: feeds that move rename all episodes."""


class FollowedVideoState(StrEnum):
    """The state of a video in a followed list. Only `new` ones need a decision."""

    NEW = "new"
    SEEN = "seen"
    TAKEN = "taken"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Followed:
    """A followed list. Times are seconds since the epoch; `new` videos wait for a verdict.

    `failure` is the reason of the last failed check, the last of `failures` in a row. `validator`
    is the source's token for conditional requests.
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
        """The kind of list, as named to users."""
        if self.link.provider in ("podcast", "folder"):
            return self.link.provider
        return self.link.kind.value

    def is_due(self, now: float) -> bool:
        """Return True if it should be checked now; folders, which cost nothing, always."""
        if self.paused:
            return False
        wait = EVERY_S * 2 ** min(self.failures, MAX_DOUBLINGS)
        return self.link.provider == "folder" or not 0 <= now - self.checked_at < wait


def can_follow(link: Link) -> bool:
    """Return True if a link is a list, which may get new videos."""
    return link.kind in (LinkKind.PLAYLIST, LinkKind.CHANNEL)


def wanted_first(link: Link, videos: Sequence[Video], last: int) -> set[str]:
    """Return the `last` videos of a list when following begins; all others count as known.

    Channels and podcasts begin with the newest, playlists and folders end with it.
    """
    newest_first = link.kind is LinkKind.CHANNEL or link.provider == "podcast"
    wanted = videos[:last] if newest_first else videos[len(videos) - last :] if last else ()
    return {video.id for video in wanted}


def new_among(followed: Followed, videos: Sequence[Video], known: Collection[str]) -> set[str]:
    """Return the new videos of a list, by the `known` ones.

    A channel shows only its newest videos. If some of them are deleted, older ones appear behind
    the known ones.
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
