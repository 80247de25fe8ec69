"""Every spelling of a YouTube video, playlist, clip or channel."""

from __future__ import annotations

import re

from .addresses import Address
from .link import HANDLE, NAME, Link, LinkKind, Refused, no_video_on

# Eleven characters; an underscore too many is emphasis of the text around the link.
_VIDEO_ID = re.compile(r"([A-Za-z0-9_-]{11})(?:_+$|(?![A-Za-z0-9_-]))")
_LIST_ID = re.compile(r"(?:VL)?([A-Za-z0-9_-]{2,64})")
_OWN_LISTS = ("WL", "LL", "LM", "HL")
_CHANNEL_ID = re.compile(r"(UC[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")

_YOUTUBE_HOSTS = (
    "youtube.com",
    "youtube-nocookie.com",
    "youtubekids.com",
    "youtube.googleapis.com",
    "youtu.be",
    "y2u.be",
)
_THUMBNAIL_HOSTS = ("ytimg.com", "img.youtube.com")
_FRONTENDS = ("piped.video", "yewtu.be", "inv.nadeko.net", "invidious.nerdvpn.de")
_VIDEO_PATHS = frozenset(
    [
        *("watch", "watch_popup", "shorts", "live", "embed", "v", "e", "vi", "w"),
        *("video", "videos", "movie", "source", "vi_webp", "an", "an_webp"),
    ]
)
# Pages of YouTube that are no channel although they stand where a channel's name could.
_PAGES = frozenset(
    [
        *("about", "account", "ads", "attribution_link", "audiolibrary", "c", "channel"),
        *("channel_switcher", "clip", "community", "consent", "courses", "creators", "embed"),
        *("fashion", "feed", "gaming", "get_video_info", "hashtag", "howyoutubeworks"),
        *("iframe_api", "intl", "jobs", "kids", "learning", "live", "live_chat", "login"),
        *("logout", "m", "movies", "music", "news", "oembed", "paid_memberships", "playables"),
        *("playlist", "podcasts", "post", "premium", "press", "redirect", "reporthistory"),
        *("results", "s", "shop", "shorts", "signin", "sports", "static", "storefront"),
        *("subscription_manager", "supported_browsers", "t", "trending", "trends", "tv"),
        *("upload", "user", "verify_age", "watch", "watch_videos", "yt"),
    ]
)


def youtube(address: Address) -> tuple[Link, ...] | None:
    """Every spelling of a YouTube video, playlist or channel."""
    if any(address.on(host) for host in _THUMBNAIL_HOSTS):
        return _thumbnail(address)
    if not any(address.on(host) for host in (*_YOUTUBE_HOSTS, *_FRONTENDS)):
        return None
    if address.port is not None:
        raise Refused("This is not the usual address of YouTube; it is not opened.")
    if re.match(r"[!/]|p/|v=|watch\?", address.fragment):
        address = _with_fragment_as_path(address)
    several = address.first("video_ids")
    if several:
        return _several(several)
    video = _youtube_video_id(address)
    if video:
        url = f"https://www.youtube.com/watch?v={video}"
        return (Link(LinkKind.VIDEO, "youtube", video, url, address.start_s),)
    return (_playlist_or_channel(address),)


def _with_fragment_as_path(address: Address) -> Address:
    """Old and television links keep the page behind the `#`: `/tv#/watch?v=…`, `/#p/u/1/…`."""
    path, _, query = address.fragment.lstrip("!/").partition("?")
    fields = dict(address.query)
    for pair in (query or (path if "=" in path else "")).split("&"):
        name, _, value = pair.partition("=")
        fields.setdefault(name, (value,))
    segments = tuple(s for s in path.split("/") if s and "=" not in s)
    if segments[:1] == ("p",):  # user/NAME#p/u/11/ID
        segments = ("v", segments[-1])
    return Address(
        address.scheme,
        address.host,
        address.port,
        address.raw_path,
        address.raw_query,
        "",
        segments or address.path,
        fields,
    )


def _youtube_video_id(address: Address) -> str:
    for name in ("v", "vi", "video_id", "docid"):
        for value in address.query.get(name, ()):
            if match := _VIDEO_ID.match(value):
                return match[1]
    path = address.path
    head = path[0].lower() if path else ""
    candidate = ""
    if address.on("youtu.be") or address.on("y2u.be"):
        candidate = path[0] if path and head != "playlist" else ""
    elif head in _VIDEO_PATHS and len(path) > 1:
        candidate = path[1]
    elif len(path) == 1 and any(address.on(host) for host in _FRONTENDS):
        candidate = path[0]
    if candidate in ("videoseries", "live_stream", "playlist"):
        return ""
    if match := _VIDEO_ID.match(candidate):
        return match[1]
    broken = candidate or address.first("v")
    if broken and not _LIST_ID.fullmatch(address.first("list")):
        raise Refused("This YouTube link is not whole: the id of a video has 11 characters.")
    return ""


def _several(ids: str) -> tuple[Link, ...]:
    found = dict.fromkeys(m[1] for part in ids.split(",") if (m := _VIDEO_ID.match(part.strip())))
    if not found:
        raise Refused("This YouTube link is not whole: the id of a video has 11 characters.")
    return tuple(
        Link(LinkKind.VIDEO, "youtube", video, f"https://www.youtube.com/watch?v={video}")
        for video in found
    )


def _thumbnail(address: Address) -> tuple[Link, ...]:
    match = _VIDEO_ID.match(address.path[1]) if len(address.path) > 1 else None
    if match is None or not address.path[0].startswith(("vi", "an")):
        raise Refused("This is a picture, not a video.")
    url = f"https://www.youtube.com/watch?v={match[1]}"
    return (Link(LinkKind.VIDEO, "youtube", match[1], url),)


def _playlist_or_channel(address: Address) -> Link:
    path = address.path
    head = path[0] if path else ""
    listed = address.first("list")
    if not listed and head.lower() == "browse" and len(path) > 1 and path[1].startswith("VL"):
        listed = path[1]
    if listed and (match := _LIST_ID.fullmatch(listed)):
        if match[1] in _OWN_LISTS:
            raise Refused("This list belongs to your own account and cannot be read from outside.")
        url = f"https://www.youtube.com/playlist?list={match[1]}"
        return Link(LinkKind.PLAYLIST, "youtube", match[1], url)
    if head.lower() == "clip" and len(path) > 1 and re.fullmatch(r"[\w-]{8,64}", path[1]):
        return Link(
            LinkKind.URL, "youtube", f"clip-{path[1]}", f"https://www.youtube.com/clip/{path[1]}"
        )
    named = path[1] if head == "channel" and len(path) > 1 else ""
    if path[-1:] == ("live_stream",):
        named = address.first("channel")
    if match := _CHANNEL_ID.match(named):
        url = f"https://www.youtube.com/channel/{match[1]}"
        return Link(LinkKind.CHANNEL, "youtube", match[1], url)
    name = ""
    if head.startswith("@") and HANDLE.fullmatch(head):
        name = head
    elif head in ("c", "user") and len(path) > 1 and NAME.fullmatch(path[1]):
        name = f"{head}/{path[1]}"
    elif (
        len(path) <= 2
        and re.fullmatch(r"[A-Za-z0-9]{3,60}", head)
        and head.lower() not in _PAGES | _VIDEO_PATHS
        and address.on("youtube.com")
    ):
        name = head
    if name:
        return Link(LinkKind.CHANNEL, "youtube", name, f"https://www.youtube.com/{name}")
    raise no_video_on("YouTube")
