"""Classifies hosts by name: YouTube and other known sites, and private networks.

Only names and addresses are examined; nothing is resolved.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import urlsplit

from notegen_desktop.domain.text.patterns import lazy_pattern
from notegen_desktop.domain.words import N_, _

YOUTUBE_HOSTS = (
    *("youtube.com", "youtu.be", "youtube-nocookie.com", "youtubekids.com"),
    *("youtube.googleapis.com", "youtubeeducation.com"),
)
YOUTUBE_WATCH = "https://www.youtube.com/watch?v="
"""The address of a video, up to its id."""
_FRONT_ENDS = (
    *("yewtu.be", "piped.video", "inv.nadeko.net", "vid.puffyan.us", "yt.artemislena.eu"),
    *("poketube.fun", "cloudtube.com", "viewtube.io", "hyperpipe.surge.sh", "y.com.sb"),
    *("yout-ube.com", "ssyoutube.com", "nsfwyoutube.com", "listenonrepeat.com"),
    *(
        "tube.cadence.moe",
        "inv.tux.pizza",
        "inv.vern.cc",
        "inv.thepixora.com",
        "inv.riverside.rocks",
    ),
    *("yt.funami.tech", "yt.drgnz.club", "vid.lilay.dev", "onion.tube", "invidio.xamh.de"),
    *("projectsegfau.lt", "youtubetranscript.com", "youtubetotranscript.com"),
    *("invidio.us", "invidious.io", "watch.thekitty.zone", "iv.ggtyler.dev", "iv.melmac.space"),
)
FRONT_END_NAMES = ("invidious", "piped", "yewtu", "poketube", "viewtube", "materialious")
"""Programs that show YouTube's videos under hosts of many names, with YouTube's own paths."""
YOUTUBE_PICTURES = "ytimg.com"
YOUTUBE_MEDIA = "googlevideo.com"

SITES = (
    *YOUTUBE_HOSTS,
    *("vimeo.com", "twitch.tv", "tiktok.com", "bilibili.com", "b23.tv"),
    *("dailymotion.com", "dai.ly"),
)
"""Sites that are recognized without a scheme, and that others like to imitate."""

_SITE_NAMES = {
    "youtube": "YouTube",
    "vimeo": "Vimeo",
    "twitch": "Twitch",
    "tiktok": "TikTok",
    "bilibili": "Bilibili",
    "dailymotion": "Dailymotion",
}

SPELLED_WITHOUT_SCHEME = (*SITES, *_FRONT_ENDS)

OWN_COMPUTER = N_("your own computer")
OWN_NETWORK = N_("your own network")

_LOCAL_SUFFIXES = (
    *(".local", ".localdomain", ".lan", ".home", ".internal", ".intranet", ".corp", ".private"),
    *(".home.arpa", ".fritz.box"),
)
_LOOPBACK_DOMAINS = (
    *("localhost", "localhost.localdomain", "localtest.me", "lvh.me", "vcap.me", "lacolhost.com"),
    *("localho.st", "fuf.me", "local.gd", "localhost.direct", "lcl.host", "localdev.me"),
    *("lndo.site", "ddev.site", "devd.io", "127-0-0-1.org.uk", "smackaho.st"),
)
"""Domains of which every name resolves to the local computer."""
_ADDRESS_DOMAINS = (
    *("nip.io", "sslip.io", "xip.io", "xip.name", "traefik.me", "backname.io", "plex.direct"),
    *("rbndr.us", "1u.ms"),
)
"""Public domains whose names resolve to the address contained in them."""
_QUAD = lazy_pattern(r"(?=(?:^|[.-])(\d{1,3})[.-](\d{1,3})[.-](\d{1,3})[.-](\d{1,3})(?:[.-]|$))")
_HEX_ADDRESS = lazy_pattern(r"(?:^|[.-])([0-9a-f]{8})(?=[.-])")

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def site_of(provider: str, url: str) -> str:
    """Return a site's name in settings: the provider, or the host of a page."""
    if provider != "web":
        return provider
    host = urlsplit(url).hostname or ""
    return host.removeprefix("www.")


def site_name(site: str) -> str:
    """Return a site's name in messages."""
    return _SITE_NAMES.get(site, site) or _("The site")


def is_on(host: str, *domains: str) -> bool:
    """Return True if a host (lower case) is one of the domains, or below one."""
    return any(host == domain or host.endswith(f".{domain}") for domain in domains)


def is_front_end(host: str) -> bool:
    """Return True if a host shows YouTube's videos on pages of its own."""
    return is_on(host, *_FRONT_ENDS) or any(
        label in FRONT_END_NAMES for label in re.split(r"[.-]", host)
    )


def ip_address(host: str) -> IPAddress | None:
    """Return the IP address of a host, without brackets and scope; None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def is_loopback(host: str) -> bool:
    """Return True if a host is literally this machine."""
    address = ip_address(host)
    return host.lower() == "localhost" if address is None else address.is_loopback


def is_own_network(host: str) -> bool:
    """Return True if a host is literally this machine or in the user's own network.

    For data that may be sent there unencrypted: unlike `private_place`, a public name that only
    looks private, and a number written oddly, do not count.
    """
    address = ip_address(host)
    if address is not None:
        return bool(_place_of(address))
    host = host.rstrip(".").lower()
    last = host.rpartition(".")[2]
    odd = last.isdigit() or last.startswith("0x")
    return not odd and ("." not in host or host.endswith(_LOCAL_SUFFIXES))


@lru_cache(maxsize=1024)
def private_place(host: str) -> str:
    """Return the place of a host: `your own computer`, `your own network`, or "" for the
    internet."""
    host = host.strip("[].").lower()
    address = ip_address(host)
    if address is not None:
        return _place_of(address)
    if is_on(host, *_LOOPBACK_DOMAINS):
        return OWN_COMPUTER
    last = host.rpartition(".")[2]
    disguised = last.isdigit() or re.fullmatch(r"0x[0-9a-f]+", last)  # 127.1 and the like
    if "." not in host or host.endswith(_LOCAL_SUFFIXES) or disguised:
        return OWN_NETWORK
    named = list(_named_addresses(host))
    if is_on(host, *_ADDRESS_DOMAINS) and not named:
        return "" if host.removeprefix("www.") in _ADDRESS_DOMAINS else OWN_NETWORK
    return next(filter(None, map(_place_of, named)), "")


def _named_addresses(host: str) -> Iterator[IPAddress]:
    """Yield the IP addresses contained in a public name."""
    told = [".".join(quad) for quad in _QUAD.findall(host)]
    if is_on(host, *_ADDRESS_DOMAINS):
        told += [str(ipaddress.IPv4Address(int(word, 16))) for word in _HEX_ADDRESS.findall(host)]
        told += [label.replace("-", ":") for label in host.split(".") if label.count("-") > 1]
    for text in told:
        address = ip_address(text)
        if address is not None:
            yield address


def _place_of(address: IPAddress) -> str:
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    address = inner or address
    if address.is_loopback or address.is_unspecified:
        return OWN_COMPUTER
    return "" if address.is_global and not address.is_multicast else OWN_NETWORK
