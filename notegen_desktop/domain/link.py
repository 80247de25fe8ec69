"""What a link is, and what a look at a text gives: links, and pieces refused with a reason."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class LinkKind(StrEnum):
    VIDEO = "video"
    PLAYLIST = "playlist"
    CHANNEL = "channel"
    FILE = "file"
    URL = "url"  # something yt-dlp may know


@dataclass(frozen=True, slots=True)
class Link:
    """Something that can be read. `url` is canonical; `start_s` is where to begin, in seconds.

    For a file, `url` is its path as given (decoded, unquoted) and `id` depends on that text alone.
    `id` is the provider's own; `key` is unique among all providers.
    """

    kind: LinkKind
    provider: str
    id: str
    url: str
    start_s: float | None = None

    @property
    def key(self) -> str:
        """Unique among providers and kinds: YouTube videos, files and web pages keep their id."""
        if self.provider in ("file", "web") or (
            self.provider == "youtube" and self.kind is LinkKind.VIDEO
        ):
            return self.id
        prefix = self.provider if self.kind is LinkKind.VIDEO else f"{self.provider}-{self.kind}"
        return f"{prefix}-{self.id}"


@dataclass(frozen=True, slots=True)
class Reject:
    """A piece of the text that cannot be used, and why, in words for people."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    links: tuple[Link, ...] = ()
    rejects: tuple[Reject, ...] = ()


class Refused(Exception):
    """An address or path that is not taken; its words are the reason shown."""


# Names of channels; none ends in a mark that would be taken for the sentence's.
NAME = re.compile(r"[\w.\-]{0,99}[\w\-]", re.ASCII)
HANDLE = re.compile(r"@[\w.·\-]{0,59}[\w\-]")


def no_video_on(site: str) -> Refused:
    return Refused(
        f"This is a page of {site}, but there is no video, playlist or channel in its address."
    )
