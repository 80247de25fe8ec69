"""A video: its identity, its address and its known facts."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .hosts import site_of
from .link import AUDIO_SUFFIXES, MEDIA_SUFFIXES, suffix_of


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter of a video; times in seconds."""

    title: str
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Video:
    """A video, or a local file that replaces one.

    `id` is unique among all providers. `title`, `channel`, `duration_s` (seconds) and the rest are
    empty until the source has been read. `published` is an ISO date, if known. `remark` informs
    users how it was read; it is not stored.
    """

    id: str
    url: str
    provider: str = "youtube"
    title: str = ""
    channel: str = ""
    duration_s: float | None = None
    thumbnail_url: str = ""
    language: str = ""
    chapters: tuple[Chapter, ...] = ()
    description: str = ""
    published: str = ""
    remark: str = ""

    @property
    def name(self) -> str:
        """The title, or the address while no title is known."""
        return self.title or self.public_url or self.id

    @property
    def public_url(self) -> str:
        """The address for others: without the feed of an episode, which may contain its
        subscriber's secret."""
        return self.url.partition("#episode=")[0]

    @property
    def site(self) -> str:
        """The site's name in settings: the provider, or the host of a page."""
        return site_of(self.provider, self.url)

    @property
    def is_online(self) -> bool:
        return self.provider != "file"

    @property
    def is_media(self) -> bool:
        """True if it is a film or a recording itself, not a caption file."""
        return self.provider != "file" or suffix_of(self.url) in MEDIA_SUFFIXES

    @property
    def is_sound(self) -> bool:
        """True if there is nothing to see: a recording, or an episode of a podcast."""
        if self.sound_url:
            return True
        return self.provider == "file" and suffix_of(self.url) in AUDIO_SUFFIXES

    @property
    def is_uploaded(self) -> bool:
        """True if its file must be uploaded for a model to watch or hear it."""
        return bool(self.sound_url) or not self.is_online

    @property
    def sound_url(self) -> str:
        """The address of the audio of an episode or a sound file on the web; "" for others."""
        url = self.url.partition("#")[0]
        is_file = suffix_of(url.partition("?")[0]) in AUDIO_SUFFIXES
        return url if self.provider == "podcast" or (self.provider == "web" and is_file) else ""

    def ends_before(self, seconds: float) -> bool:
        """Return True if a time is beyond its end; never if its length is unknown."""
        return bool(self.duration_s) and seconds >= (self.duration_s or 0.0) + 1.0

    def link_at(self, seconds: float) -> str:
        """Return the address that opens the video at a time (seconds); "" if the site has none."""
        if not self.url.startswith(("http://", "https://")):
            return ""
        whole = max(0, int(seconds))
        if self.provider == "youtube":
            joiner = "&" if "?" in self.url else "?"
            return f"{self.url}{joiner}t={whole}s"
        return f"{self.public_url}#t={whole}"

    def known(self, **facts: Any) -> Video:
        """Return the video with more facts; empty facts do not erase known ones."""
        return replace(self, **{k: v for k, v in facts.items() if v not in (None, "", ())})


def clock(seconds: float) -> str:
    """Return seconds as a time of a video: `3:41`, `1:02:07`."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"


def clock_seconds(words: str) -> float:
    """Return the reverse of `clock`."""
    total = 0.0
    for part in words.split(":"):
        total = total * 60 + float(part)
    return total
