"""Any pasted or dropped text becomes a list of links, each once, and a list of rejects."""

from __future__ import annotations

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
    """Something that can be read. `url` is canonical; `start_s` is where to begin, in seconds."""

    kind: LinkKind
    provider: str
    id: str
    url: str
    start_s: float | None = None


@dataclass(frozen=True, slots=True)
class Reject:
    """A piece of the text that cannot be used, and why, in words for people."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Found:
    links: tuple[Link, ...] = ()
    rejects: tuple[Reject, ...] = ()


def find_links(text: str) -> Found:
    """Every link in `text`, in the order found, each once. Never raises."""
    raise NotImplementedError
