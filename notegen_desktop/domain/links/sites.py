"""Resolves an address to its link: each known video site has spellings of its own."""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from urllib.parse import unquote

from notegen_desktop.domain.text.patterns import lazy_pattern
from notegen_desktop.domain.words import _

from .addresses import (
    WRAPPING_DEPTH,
    Address,
    candidates,
    decoded,
    inner_address,
    parse_address,
    parse_start,
    web_link,
)
from .hosts import SITES
from .link import HANDLE, NAME, Link, LinkKind, Refused, no_video_on, own_list
from .podcasts import podcast
from .youtube import youtube

Provider = Callable[[Address], tuple[Link, ...] | None]


def _route(address: Address, routes: Iterable[_Route]) -> tuple[Link, ...]:
    """Return the link of an address that matches one of some routes; empty if none.

    The pattern's `id` and the parameters of the query are inserted into the canonical address.
    """
    subject = "/".join((address.host, *address.path))
    query = {
        name: values[0]
        for name, values in address.query.items()
        if values and re.fullmatch(r"[\w-]{1,40}", values[0], re.ASCII)
    }
    for kind, provider, pattern, template in routes:
        found = pattern.search(subject)
        if found is None:
            continue
        try:
            url = template.format(**query | {k: v for k, v in found.groupdict().items() if v})
        except KeyError:  # the address lacks a parameter
            continue
        name = re.sub(r"[^\w.-]+", "-", url.partition(".")[2].partition("/")[2])
        own = found.groupdict().get("id") or ""
        is_plain = bool(own) and (kind is not LinkKind.URL or not own.isdigit())
        return (Link(kind, provider, own if is_plain else name, url),)
    return ()


_Route = tuple[LinkKind, str, re.Pattern[str], str]


def _routes(site: str, table: str) -> tuple[_Route, ...]:
    """Return the routes of a site: for each the kind, the pattern, and the canonical address."""
    cells = iter(table.split())
    return tuple(
        (LinkKind(kind), site, lazy_pattern(pattern, re.ASCII), url)
        for kind, pattern, url in zip(cells, cells, cells, strict=True)
    )


_VIMEO = _routes(
    "vimeo",
    r"""
    playlist /(?:showcase|album)/(?P<id>[\w-]{1,80})(?:/embed2?)?$ https://vimeo.com/showcase/{id}
    url /event/(?P<id>\d{1,12})(?:/|$) https://vimeo.com/event/{id}
    url /ondemand/(?P<id>[\w/-]{1,80})$ https://vimeo.com/ondemand/{id}
    playlist /(?P<id>[A-Za-z]\w{2,60})/likes$ https://vimeo.com/{id}/likes
    video /(?P<user>[\w-]{1,60})/review/(?P<id>\d{5,12})/(?P<secret>[0-9a-f]{6,16})$
        https://vimeo.com/{user}/review/{id}/{secret}
    """,
)
_VIMEO_PAGES = frozenset(
    """
    watch watchlater categories search upload about features pricing home log_in join manage
    settings blog help stock ott create channels groups solutions enterprise explore library
    moogaloop
    """.split()
)


def vimeo(address: Address) -> tuple[Link, ...] | None:
    if not address.on("vimeo.com"):
        return None
    path = address.path
    if found := _route(address, _VIMEO):
        return found
    if path[:1] == ("moogaloop.swf",):
        path = (address.first("clip_id"),)
    for place, segment in enumerate(path):
        if path[0] in ("user", "help", "blog") or not (
            match := re.match(r"(\d{5,12})(?!\w)", segment, re.ASCII)
        ):
            continue
        if place and path[place - 1] in ("showcase", "album"):
            continue
        following = path[place + 1] if place + 1 < len(path) else ""
        secret = address.first("h") or following
        tail = f"/{secret}" if re.fullmatch(r"[0-9a-f]{6,16}", secret) else ""
        url = f"https://vimeo.com/{match[1]}{tail}"
        return (Link(LinkKind.VIDEO, "vimeo", match[1], url, address.start_s),)
    if path and path[0] in ("channels", "groups") and len(path) > 1 and NAME.fullmatch(path[1]):
        name = f"{path[0]}/{path[1]}"
    elif len(path) in (1, 2) and re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{2,60}", path[0]):
        if path[0] in ("watchlater", "manage", "library"):
            raise own_list()
        if path[0] in _VIMEO_PAGES:
            raise no_video_on("Vimeo")
        name = path[0]
        if len(path) == 2 and path[1] not in _VIMEO_TABS and NAME.fullmatch(path[1]):
            name = f"{name}/{path[1]}"  # a film by the name its owner gave its address
            return (Link(LinkKind.URL, "vimeo", name, f"https://vimeo.com/{name}"),)
    else:
        raise no_video_on("Vimeo")
    return (Link(LinkKind.CHANNEL, "vimeo", name, f"https://vimeo.com/{name}"),)


_VIMEO_TABS = frozenset(("videos", "albums", "showcases", "collections", "following", "about"))


_TWITCH_PAGES = frozenset(
    """
    directory p settings search downloads jobs turbo store popout inventory wallet subscriptions
    drops embed friends messages prime redeem products user login signup broadcast annual-recap
    u moderator collections videos video clip clips team event events
    """.split()
)
_TWITCH = _routes(
    "twitch",
    r"""
    playlist twitch\.tv/collections/(?P<id>[\w-]{4,40}) https://www.twitch.tv/collections/{id}
    playlist twitch\.tv/(?P<id>\w{3,25})/clips(?:/|$) https://www.twitch.tv/{id}/clips
    playlist twitch\.tv/(?P<user>\w{3,25})/(?:videos|profile)$
        https://www.twitch.tv/{user}/videos?filter={filter}&sort={sort}
    playlist twitch\.tv/(?P<user>\w{3,25})/(?:videos|profile)$
        https://www.twitch.tv/{user}/videos?filter={filter}&range={range}
    playlist twitch\.tv/(?P<user>\w{3,25})/(?:videos|profile)$
        https://www.twitch.tv/{user}/videos?filter={filter}
    """,
)


def twitch(address: Address) -> tuple[Link, ...] | None:
    if not address.on("twitch.tv"):
        return None
    path = address.path
    slug = r"[A-Za-z0-9_-]{4,100}"
    recording = address.first("video").removeprefix("v") if address.on("player.twitch.tv") else ""
    recording = recording or address.first("vodID", "vodId")
    for before, segment in pairwise(path):
        if before in ("videos", "video", "v", "highlighter") and re.fullmatch(
            r"v?\d{4,12}", segment, re.ASCII
        ):
            recording = segment.removeprefix("v")
    if re.fullmatch(r"\d{4,12}", recording, re.ASCII):
        url = f"https://www.twitch.tv/videos/{recording}"
        return (Link(LinkKind.VIDEO, "twitch", recording, url, address.start_s),)
    clip = ""
    if address.host == "clips.twitch.tv":
        clip = address.first("clip") if path[:1] == ("embed",) else (path[-1] if path else "")
    elif "clip" in path[:-1][:2]:
        clip = path[path.index("clip") + 1]
    if re.fullmatch(slug, clip):
        return (Link(LinkKind.VIDEO, "twitch", clip, f"https://clips.twitch.tv/{clip}"),)
    if found := _route(address, _TWITCH):
        return found
    name = path[0] if path else address.first("channel")
    if re.fullmatch(r"[A-Za-z0-9_]{3,25}", name) and name.lower() not in _TWITCH_PAGES:
        url = f"https://www.twitch.tv/{name.lower()}"
        return (Link(LinkKind.CHANNEL, "twitch", name.lower(), url),)
    raise no_video_on("Twitch")


_TIKTOK = _routes(
    "tiktok",
    r"""
    playlist /@(?P<user>[\w.-]+)/(?:collection|playlist)/(?:[^/]*-)?(?P<id>\d{6,20})$
        https://www.tiktok.com/@{user}/collection/c-{id}
    playlist /music/(?P<id>[\w.%-]*-\d{6,20})$ https://www.tiktok.com/music/{id}
    url /@(?P<id>[\w.-]+)/live$ https://www.tiktok.com/@{id}/live
    url /share/live/(?P<id>\d{6,20}) https://m.tiktok.com/share/live/{id}
    """,
)


def tiktok(address: Address) -> tuple[Link, ...] | None:
    if not address.on("tiktok.com"):
        return None
    path = address.path
    user = path[0] if path and HANDLE.fullmatch(path[0]) else ""
    for before, segment in pairwise(path):
        match = re.match(r"(\d{10,20})(?!\d)", segment, re.ASCII)
        if before in ("video", "v", "v2", "v3", "embed", "player", "v1") and match:
            url = f"https://www.tiktok.com/{user or '@_'}/video/{match[1]}"
            return (Link(LinkKind.VIDEO, "tiktok", match[1], url),)
    if found := _route(address, _TIKTOK):
        return found
    short = path[0] if address.host in ("vm.tiktok.com", "vt.tiktok.com") and path else ""
    if path[:1] == ("t",) and len(path) > 1:
        short = path[1]
    if re.fullmatch(r"[A-Za-z0-9]{5,20}", short):
        return (Link(LinkKind.URL, "tiktok", short, f"https://vm.tiktok.com/{short}"),)
    if user and len(path) == 1:
        return (Link(LinkKind.CHANNEL, "tiktok", user, f"https://www.tiktok.com/{user}"),)
    raise no_video_on("TikTok")


_BILIBILI = _routes(
    "bilibili",
    r"""
    playlist space\.bilibili\.com/(?P<user>\d+)/channel/collectiondetail$
        https://space.bilibili.com/{user}/lists/{sid}?type=season
    playlist space\.bilibili\.com/(?P<user>\d+)/channel/seriesdetail$
        https://space.bilibili.com/{user}/lists/{sid}?type=series
    playlist space\.bilibili\.com/(?P<user>\d+)/lists/(?P<sid>\d+)$
        https://space.bilibili.com/{user}/lists/{sid}?type={type}
    playlist space\.bilibili\.com/(?P<user>\d+)/lists/(?P<sid>\d+)$
        https://space.bilibili.com/{user}/lists/{sid}?type=season
    playlist space\.bilibili\.com/(?P<user>\d+)/lists$
        https://space.bilibili.com/{user}/lists/{sid}?type={type}
    playlist space\.bilibili\.com/(?P<user>\d+)/lists$
        https://space.bilibili.com/{user}/lists/{sid}?type=season
    playlist space\.bilibili\.com/(?P<user>\d+)/favlist$
        https://space.bilibili.com/{user}/favlist?fid={fid}
    playlist space\.bilibili\.com/(?P<user>\d+)/(?:upload/)?audio$
        https://space.bilibili.com/{user}/audio
    playlist /(?:medialist/(?:play|detail)|list)/(?P<id>ml\d+)(?:/|$)
        https://www.bilibili.com/list/{id}
    playlist /list/(?P<id>\d+)$ https://www.bilibili.com/list/{id}?sid={sid}
    playlist /medialist/play/(?P<id>\d+)$ https://www.bilibili.com/list/{id}?sid={business_id}
    url /bangumi/play/(?P<id>(?:ep|ss)\d{1,10}) https://www.bilibili.com/bangumi/play/{id}
    playlist /bangumi/media/(?P<id>md\d{1,10}) https://www.bilibili.com/bangumi/media/{id}
    url /cheese/play/(?P<id>(?:ep|ss)\d{1,10}) https://www.bilibili.com/cheese/play/{id}
    url /audio/(?P<id>a[um]\d{1,12}) https://www.bilibili.com/audio/{id}
    url live\.bilibili\.com/(?:\w+/)?(?P<id>\d{1,12})$ https://live.bilibili.com/{id}
    url ^t\.bilibili\.com/(?P<id>\d{6,20})$ https://t.bilibili.com/{id}
    url /opus/(?P<id>\d{6,20})$ https://www.bilibili.com/opus/{id}
    url bilibili\.tv/(?:[A-Za-z]{2}/)?video/(?P<id>\d{4,12}) https://www.bilibili.tv/en/video/{id}
    url bilibili\.tv/(?:[A-Za-z]{2}/)?play/(?P<series>\d+)/(?P<id>\d{4,12})
        https://www.bilibili.tv/en/play/{series}/{id}
    playlist bilibili\.tv/(?:[A-Za-z]{2}/)?(?:play|media)/(?P<id>\d+)$
        https://www.bilibili.tv/en/play/{id}
    """,
)


def bilibili(address: Address) -> tuple[Link, ...] | None:
    if not (address.on("bilibili.com") or address.on("b23.tv") or address.on("bilibili.tv")):
        return None
    path = address.path
    names = [*path, address.first("bvid")]
    if aid := address.first("aid"):
        names.append(f"av{aid}")
    for name in names:
        match = re.match(r"(BV[A-Za-z0-9]{10}|av\d{1,20})(?![A-Za-z0-9])", name, re.ASCII | re.I)
        if match:
            part_of_path = re.fullmatch(r"p([0-9]{1,4})", path[-1]) if path else None
            named = address.first("p") or (part_of_path[1] if part_of_path else "")
            # embedded players name page 1 always
            page = named or address.first("page").removeprefix("1")
            part = int(page) if re.fullmatch(r"[0-9]{1,4}", page) else 0
            tail = (f"_p{part}", f"?p={part}") if part else ("", "")
            video = match[1][:2].replace("bv", "BV").replace("AV", "av") + match[1][2:]
            url = f"https://www.bilibili.com/video/{video}{tail[1]}"
            return (Link(LinkKind.VIDEO, "bilibili", video + tail[0], url, address.start_s),)
    if address.on("b23.tv") and path and re.fullmatch(r"[A-Za-z0-9]{5,12}", path[0]):
        return (Link(LinkKind.URL, "bilibili", path[0], f"https://b23.tv/{path[0]}"),)
    if found := _route(address, _BILIBILI):
        return found
    if path[-1:] == ("watchlater",):
        raise own_list()
    if address.host == "space.bilibili.com" and path and re.fullmatch(r"[0-9]{1,20}", path[0]):
        if path[1:2] not in ((), ("video",), ("upload",), ("dynamic",), ("index",)):
            raise no_video_on("Bilibili")
        url = f"https://space.bilibili.com/{path[0]}"
        return (Link(LinkKind.CHANNEL, "bilibili", path[0], url),)
    raise no_video_on("Bilibili")


_DAILYMOTION_PAGES = frozenset(
    """
    video embed swf playlist search player player.html crawler hub signin feed library partner
    legal about trending explore topic
    """.split()
)


def dailymotion(address: Address) -> tuple[Link, ...] | None:
    if not (address.on("dailymotion.com") or address.on("dai.ly")):
        return None
    path = address.path
    video = address.first("video")
    listed = address.first("playlist") if address.host == "geo.dailymotion.com" else ""
    path = ("playlist", listed) if listed and not video else path
    if address.on("dai.ly") and path:
        video = path[0]
    for before, segment in pairwise(path):
        if before in ("video", "swf"):
            video = segment
        elif before == "playlist" and (
            m := re.match(r"([A-Za-z0-9]{4,12})(?![A-Za-z0-9])", segment)
        ):
            url = f"https://www.dailymotion.com/playlist/{m[1]}"
            return (Link(LinkKind.PLAYLIST, "dailymotion", m[1], url),)
    # The ids of private films are longer and begin with a k.
    if match := re.match(r"([A-Za-z0-9]{5,12}|k[A-Za-z0-9]{12,24})(?![A-Za-z0-9])", video):
        url = f"https://www.dailymotion.com/video/{match[1]}"
        return (
            Link(
                LinkKind.VIDEO,
                "dailymotion",
                match[1],
                url,
                parse_start(address.first("start", "t")),
            ),
        )
    name = path[1] if path[:1] == ("user",) and len(path) > 1 else (path[0] if path else "")
    if NAME.fullmatch(name) and len(path) <= 2 and name not in _DAILYMOTION_PAGES:
        url = f"https://www.dailymotion.com/{name}"
        return (Link(LinkKind.CHANNEL, "dailymotion", name, url),)
    raise no_video_on("Dailymotion")


PROVIDERS: tuple[Provider, ...] = (
    *(youtube, vimeo, twitch, tiktok, bilibili, dailymotion),
    podcast,
)


_NOT_ABOUT = frozenset({"ref", "referer", "referrer"})
"""Parameters that name the origin of a visit, not its target."""


def _carried(address: Address, depth: int) -> tuple[Link, ...]:
    """Return the video or playlist whose whole address is contained in a page's own: of a redirect,
    a share button, a mail filter, a search, an archive."""
    values = [
        value
        for name, values in address.query.items()
        if name.lower() not in _NOT_ABOUT
        for value in values
    ]
    path = _ONE_SLASH.sub("://", unquote(address.raw_path[1:]))
    query = f"?{address.raw_query}" if "://" in path and "?" not in path else ""
    values += [path + query, address.fragment, *_filtered(address)]
    if re.match(r"https?(?::|%3a)", address.raw_query, re.IGNORECASE):
        values.append(unquote(address.raw_query))  # the whole query is the address
    if bare := _SITE_IN_PATH.search(path):
        values.append(f"{bare[0]}?{address.raw_query}")
    for __, __, piece in (found for value in values for found in candidates(value)):
        try:
            links = resolve(piece, depth=depth + 1)
        except Refused:
            continue
        wanted = (LinkKind.VIDEO, LinkKind.PLAYLIST)
        if links and all(link.kind in wanted for link in links):
            return links
    return ()


_SITE_IN_PATH = re.compile(rf"(?:^|(?<=/))(?:www\.|m\.)?(?:{'|'.join(map(re.escape, SITES))})/.*")
"""The address of a video site without its scheme."""
_ONE_SLASH = re.compile(r"(?<=http):/(?=\w)|(?<=https):/(?=\w)")


def _filtered(address: Address) -> Iterable[str]:
    """Yield the address wrapped by a mail filter: Proofpoint's second form, and those in base64."""
    if address.on("urldefense.proofpoint.com"):
        yield unquote(address.first("u").replace("-", "%").replace("_", "/"))
    for value in (*address.path, *(v for values in address.query.values() for v in values)):
        if found := re.match(
            r"(?:a1)?(aHR0c(?:HM6Ly|DovL)[A-Za-z0-9_+/-]*)", value
        ):  # "http(s)://"
            whole = found[1].replace("+", "-").replace("/", "_")
            with contextlib.suppress(binascii.Error):
                yield base64.urlsafe_b64decode(whole + "=" * (-len(whole) % 4)).decode(
                    "utf-8", "replace"
                )


def _of_provider(address: Address) -> tuple[Link, ...]:
    """Return the links of a known video site; empty for another page. Raises Refused."""
    for provider in PROVIDERS:
        links = provider(address)
        if links is not None:
            return links
    return ()


def resolve(text: str, *, depth: int = 0) -> tuple[Link, ...]:
    """Return the links of an address: nearly always one. Raises Refused, with the reason.

    `depth` counts the addresses this one was found in.
    """
    if depth > WRAPPING_DEPTH:
        raise Refused(_("This link hides another link too many times."))
    start: float | None = None
    for __ in range(WRAPPING_DEPTH):
        text = decoded(text)
        address = parse_address(text)
        start = address.start_s if start is None else start
        inner = inner_address(address)
        if not inner:
            break
        text = f"https://www.youtube.com{inner}" if re.match(r"/(?!/)", inner) else inner
    else:
        raise Refused(_("This link hides another link too many times."))
    try:
        links = _of_provider(address) or _carried(address, depth) or (web_link(address),)
    except Refused:
        links = _carried(address, depth)
        if not links:
            raise
    return tuple(
        replace(link, start_s=start)
        if link.start_s is None and link.kind in (LinkKind.VIDEO, LinkKind.URL)
        else link
        for link in links
    )
