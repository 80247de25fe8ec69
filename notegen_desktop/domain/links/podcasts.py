"""Addresses of podcasts: feeds, Apple's directory, and single episodes.

An episode is identified by the address of its audio; behind the `#`, which no server is sent, are
its feed and its mark there, so that title, transcript and chapters can be found again.
"""

from __future__ import annotations

import hashlib
import re
from urllib.parse import quote

from notegen_desktop.domain.text.patterns import lazy_pattern

from .addresses import Address, parse_address, web_link
from .link import Link, LinkKind

SCHEMES = frozenset({"feed", "podcast", "pcast", "itpc", "rss"})
"""Schemes that podcast programs put in front of a feed's address."""

APPLE = "podcasts.apple.com"

_EPISODE = lazy_pattern(r"episode=([0-9a-f]{12})&feed=(https?://.+)", re.DOTALL)
_APPLE_SHOW = lazy_pattern(r"id(\d{5,15})")
_FEED_PATH = lazy_pattern(
    r"\.(?:rss|atom|rdf)$|/(?:feed|feeds|rss|podcast|atom|itunes|index)\.xml$|/feed\.json$"
    r"|/(?:feed|rss|podcast)/(?:podcast|mp3|m4a|audio|itunes)/?$|/(?:feed|rss)/?$|/feed/json/?$",
    re.IGNORECASE,
)
_FEED_HOST = lazy_pattern(r"^(?:feeds?|rss)\d?\.")
_SOUND_OR_PICTURE = lazy_pattern(r"\.(?:mp3|m4a|aac|ogg|opus|wav|mp4|m4v|jpe?g|png|html?)$", re.I)


def podcast(address: Address) -> tuple[Link, ...] | None:
    """Return the episode or the feed that an address names by itself; None for any other page.

    Other pages may lead to a feed, too; that is known only when they are read.
    """
    found = _EPISODE.fullmatch(address.fragment)
    if found is not None:
        return (episode_link(found[2], address, mark=found[1]),)
    if address.on(APPLE) and (show := next(filter(None, map(_show, address.path)), "")):
        episode = address.first("i")
        url = f"https://{APPLE}/podcast/id{show}"
        if re.fullmatch(r"\d{5,20}", episode):
            return (Link(LinkKind.VIDEO, "podcast", f"apple-{episode}", f"{url}?i={episode}"),)
        return (Link(LinkKind.PLAYLIST, "podcast", f"apple-{show}", url),)
    path = address.raw_path
    by_host = _FEED_HOST.match(address.host) and len(path) > 1
    if _FEED_PATH.search(path) or (by_host and not _SOUND_OR_PICTURE.search(path)):
        return (as_feed(web_link(address)),)
    return None


def as_feed(page: Link) -> Link:
    """Return a page as a list of episodes; any other link unchanged."""
    if page.provider != "web":
        return page
    return Link(LinkKind.PLAYLIST, "podcast", page.id.removeprefix("web-"), page.url)


def episode_link(feed_url: str, sound: Address, *, mark: str) -> Link:
    """Return the link of an episode by its feed, the address of its audio and its `mark_of`."""
    feed = feed_url.partition("://")[2]  # the feed may be reachable by http and https
    digest = hashlib.sha256(f"{feed}\n{mark}".encode()).hexdigest()[:12]
    url = web_link(sound).url.partition("#")[0]
    return Link(
        LinkKind.VIDEO,
        "podcast",
        digest,
        f"{url}#episode={mark}&feed={quote(feed_url, safe='')}",
    )


def mark_of(guid: str) -> str:
    """Return a hash that identifies an episode in its feed, by the guid that the feed gives it."""
    return hashlib.sha256(guid.strip().encode("utf-8", "replace")).hexdigest()[:12]


def origin_of(link: Link) -> tuple[str, str, str]:
    """Return the feed, the mark and the audio in the address of an episode; "" for missing ones.

    Raises Refused.
    """
    address = parse_address(link.url)
    found = _EPISODE.fullmatch(address.fragment)
    sound = link.url.partition("#")[0]
    return (found[2], found[1], sound) if found else ("", "", "")


def _show(segment: str) -> str:
    found = _APPLE_SHOW.fullmatch(segment)
    return found[1] if found else ""
