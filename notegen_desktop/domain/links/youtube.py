"""Parses all spellings of YouTube videos, playlists, clips and channels."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

from notegen_desktop.domain.text.patterns import lazy_pattern
from notegen_desktop.domain.words import _

from .addresses import Address, parse_address
from .hosts import FRONT_END_NAMES, YOUTUBE_HOSTS, YOUTUBE_PICTURES, YOUTUBE_WATCH, is_front_end
from .link import HANDLE, Link, LinkKind, Refused, no_video_on, own_list

# Eleven characters; an extra underscore is emphasis of the text around the link.
_VIDEO_ID = lazy_pattern(r"([A-Za-z0-9_-]{11})(?:_+(?![A-Za-z0-9-])|(?![A-Za-z0-9_-]))")
_LIST_ID = lazy_pattern(r"(?:VL)?([A-Za-z0-9_-]{2,64})")
_OWN_LISTS = ("WL", "LL", "LM", "HL")
_ALBUM_ID = lazy_pattern(r"MPREb_[A-Za-z0-9_-]{8,30}")
_CHANNEL_ID = lazy_pattern(r"(UC[A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")

_ANY_NAME = lazy_pattern(r"[\w.\-·]{0,99}[\w\-]")
"""The name of a channel in any script."""

_THUMBNAIL_HOSTS = (YOUTUBE_PICTURES, "img.youtube.com")
_VIDEO_PATHS = frozenset(
    """
    watch watch_popup shorts live embed v e vi w video videos movie source vi_webp an an_webp
    """.split()
)
# Pages of YouTube at the place of a channel's name.
_PAGES = frozenset(
    """
    about account ads attribution_link audiolibrary c channel channel_switcher clip community
    feeds consent courses creators embed fashion feed gaming get_video_info hashtag
    howyoutubeworks iframe_api intl jobs kids learning live live_chat login logout m movies
    music news oembed paid_memberships playables playlist podcasts post premium press redirect
    reporthistory results s search shared shop shorts signin source sports static storefront
    history browse course library playlists videos watch_later you offline reel post show shows
    hype creator subscription_manager supported_browsers t trending trends tv upload user
    verify_age watch watch_videos yt
    """.split()
)


def youtube(address: Address) -> tuple[Link, ...] | None:
    """Return the links of a YouTube address in any spelling; None for another host."""
    if any(address.on(host) for host in _THUMBNAIL_HOSTS):
        return _thumbnail(address)
    if address.host == "wayback-fakeurl.archive.org" and address.path[:1] == ("yt",):
        address = replace(address, host="youtu.be", path=address.path[1:])
    front_end = is_front_end(address.host) or (
        address.host == _FARSIDE and address.path[:1] and address.path[0] in FRONT_END_NAMES
    )
    if not front_end and not any(address.on(host) for host in (*YOUTUBE_HOSTS, "y2u.be")):
        return None
    if address.port is not None and not front_end:
        raise Refused(_("This is not the usual address of YouTube; it is not opened."))
    if re.match(r"[!/]|p/|v=|watch\?", address.fragment):
        address = _with_fragment_as_path(address)
    elif "&" in address.raw_path and not address.raw_query:  # youtu.be/ID&t=90
        address = parse_address(f"https://{address.host}{address.raw_path.replace('&', '?', 1)}")
    if address.host == _FARSIDE:
        address = replace(address, path=address.path[1:])
    address = _with_whole_query(address)
    several = address.first("video_ids")
    if several:
        return _several(several)
    video = _youtube_video_id(address)
    if video:
        return (_youtube_video(video, address.start_s),)
    return (_playlist_or_channel(address),)


_FARSIDE = "farside.link"
"""Redirects to an instance of the program that begins its path."""


def _with_whole_query(address: Address) -> Address:
    """Return an address with repaired parameters: behind a second question mark, or encoded as
    quoted-printable by mail, where `=3D` stands for the equals sign."""
    value = address.first("v")
    if found := re.fullmatch(r"([\w-]{11})[?&](.*)", value):
        fields = dict(address.query) | {"v": (found[1],)}
        for pair in found[2].split("&"):
            name, _, told = pair.partition("=")
            fields.setdefault(name, (told,))
        return replace(address, query=fields)
    if re.fullmatch(r"3D[\w-]{11}", value):
        fields = {
            name: tuple(each.removeprefix("3D") for each in values)
            for name, values in address.query.items()
        }
        return replace(address, query=fields)
    return address


def _with_fragment_as_path(address: Address) -> Address:
    """Return an address with its fragment as path, as in old and television links:
    `/tv#/watch?v=…`, `/#p/u/1/…`."""
    path, _, query = address.fragment.lstrip("!/").partition("?")
    fields = dict(address.query)
    for pair in (query or (path if "=" in path else "")).split("&"):
        name, _, value = pair.partition("=")
        fields.setdefault(name, (value,))
    segments = tuple(s for s in path.split("/") if s and "=" not in s)
    if segments[:1] == ("p",):  # user/NAME#p/u/11/ID
        segments = ("v", segments[-1])
    return replace(address, fragment="", path=segments or address.path, query=fields)


def _youtube_video_id(address: Address) -> str:
    named = {name.lower(): values for name, values in address.query.items()}
    for name in ("v", "vi", "video_id", "docid"):
        for value in named.get(name, ()):
            if match := _VIDEO_ID.match(value):
                return match[1]
    path = address.path
    head = path[0].lower() if path else ""
    candidate = ""
    if address.on("youtu.be") or address.on("y2u.be"):
        candidate = path[0] if path and head != "playlist" else ""
    elif head in _VIDEO_PATHS and len(path) > 1:
        candidate = path[1]
    elif len(path) == 1 and is_front_end(address.host):
        candidate = path[0]
    if candidate in ("videoseries", "live_stream", "playlist"):
        return ""
    if match := _VIDEO_ID.match(candidate):
        return match[1]
    broken = candidate or address.first("v")
    if broken and not _LIST_ID.fullmatch(address.first("list")):
        raise Refused(_("This YouTube link is not whole: the id of a video has 11 characters."))
    return ""


def _youtube_video(video: str, start_s: float | None = None) -> Link:
    return Link(LinkKind.VIDEO, "youtube", video, f"{YOUTUBE_WATCH}{video}", start_s)


def _several(ids: str) -> tuple[Link, ...]:
    found = dict.fromkeys(m[1] for part in ids.split(",") if (m := _VIDEO_ID.match(part.strip())))
    if not found:
        raise Refused(_("This YouTube link is not whole: the id of a video has 11 characters."))
    return tuple(map(_youtube_video, found))


def _thumbnail(address: Address) -> tuple[Link, ...]:
    match = _VIDEO_ID.match(address.path[1]) if len(address.path) > 1 else None
    if match is None or not address.path[0].startswith(("vi", "an")):
        raise Refused(_("This is a picture, not a video."))
    return (_youtube_video(match[1]),)


def _playlist_or_channel(address: Address) -> Link:
    path = address.path
    head = path[0] if path else ""
    listed = address.first("list", "playlist_id")
    if not listed and head.lower() == "browse" and len(path) > 1 and path[1].startswith("VL"):
        listed = path[1]
    if not listed and head.lower() == "playlist" and len(path) > 1 and path[1].startswith("PL"):
        listed = path[1]
    if head.lower() in ("browse", "channel") and len(path) > 1 and _ALBUM_ID.fullmatch(path[1]):
        url = f"https://music.youtube.com/browse/{path[1]}"
        return Link(LinkKind.PLAYLIST, "youtube", path[1], url)
    if listed and (match := _LIST_ID.fullmatch(listed)):
        if match[1] in _OWN_LISTS:
            raise own_list()
        url = f"https://www.youtube.com/playlist?list={match[1]}"
        return Link(LinkKind.PLAYLIST, "youtube", match[1], url)
    if head.lower() == "clip" and len(path) > 1 and re.fullmatch(r"[\w-]{8,64}", path[1]):
        return Link(
            LinkKind.URL, "youtube", f"clip-{path[1]}", f"https://www.youtube.com/clip/{path[1]}"
        )
    named = path[1] if head in ("channel", "browse") and len(path) > 1 else ""
    if path[-1:] == ("live_stream",) or head == "feeds":
        named = address.first("channel", "channel_id")
    if match := _CHANNEL_ID.match(named):
        url = f"https://www.youtube.com/channel/{match[1]}"
        return Link(LinkKind.CHANNEL, "youtube", match[1], url)
    name = ""
    if head == "feeds" and _ANY_NAME.fullmatch(address.first("user")):
        name = f"user/{address.first('user')}"
    elif head.startswith("@") and HANDLE.fullmatch(head):
        name = head
    elif head in ("c", "user") and len(path) > 1 and _ANY_NAME.fullmatch(path[1]):
        name = f"{head}/{path[1]}"
    elif (
        len(path) <= 2
        and re.fullmatch(r"[A-Za-z0-9]{3,60}", head)
        and head.lower() not in _PAGES | _VIDEO_PATHS
        and address.on("youtube.com")
    ):
        name = head
    if name:
        return Link(
            LinkKind.CHANNEL, "youtube", name, f"https://www.youtube.com/{quote(name, safe='/@')}"
        )
    raise no_video_on("YouTube")
