"""How video sites are reached, and where YouTube is to be found."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlparse

TIMEOUT_S = 15.0
"""Longest silence of a server, in seconds."""

_YOUTUBE_HOSTS = ("youtube.com", "youtu.be", "youtube-nocookie.com")


@dataclass(frozen=True, slots=True)
class Access:
    """How sites are reached. `youtube_url` stands for YouTube's own address if set."""

    youtube_url: str = ""
    proxy: str = ""
    cookies_from_browser: str = ""
    timeout_s: float = TIMEOUT_S

    def rewritten(self, url: str) -> str:
        """`url`, at `youtube_url` if it is one of YouTube's."""
        if not self.youtube_url or not is_youtube(url):
            return url
        parts = urlparse(url)
        query = f"?{parts.query}" if parts.query else ""
        return f"{self.youtube_url}{parts.path or '/'}{query}"

    def is_own(self, url: str) -> bool:
        """Whether `url` is on the server that stands for YouTube."""
        return bool(self.youtube_url) and urlparse(url).netloc == urlparse(self.youtube_url).netloc


def is_youtube(url: str) -> bool:
    host = (urlparse(url).hostname or "").lower()
    return any(host == name or host.endswith("." + name) for name in _YOUTUBE_HOSTS)
