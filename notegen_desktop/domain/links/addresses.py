"""Parses one address: checks it, makes it canonical, and unwraps redirects.

Nothing is resolved over the network. Hosts are compared whole, never by similarity; addresses that
imitate a video site, hide credentials or point into a private network are refused.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from notegen_desktop.domain.text.patterns import lazy_pattern
from notegen_desktop.domain.text.scripts import CJK, SCRIPTS
from notegen_desktop.domain.words import _

from .hosts import SITES, SPELLED_WITHOUT_SCHEME, ip_address, is_on, private_place
from .link import Link, LinkKind, Refused

MAX_URL = 4096
WRAPPING_DEPTH = 5  # nested wrappers and encodings

# Pasted schemes with a letter lost or changed, with which a link would not open.
_SCHEME_TYPOS = {
    "ttp": "http",
    "ttps": "https",
    "htp": "http",
    "htps": "https",
    "hxxp": "http",
    "hxxps": "https",
    "httpss": "https",
}
_TRACKING = lazy_pattern(r"^(utm_\w+|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|_ga)$")
_HOST = lazy_pattern(r"^[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$")
# (domain, beginning of the path, the parameters that carry the real address)
_WRAPPERS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("consent.youtube.com", "/", ("continue",)),
    ("youtube.com", "/attribution_link", ("u",)),
    ("youtube.com", "/redirect", ("q", "url")),
    ("youtube.com", "/oembed", ("url",)),
    ("youtube.com", "/signin", ("next", "continue")),
    ("youtube.com", "/login", ("next", "continue")),
    ("youtube.com", "/verify_age", ("next_url", "next")),
    ("youtube.com", "/verify_controversy", ("next_url", "next")),
    ("youtube.com", "/das_captcha", ("next",)),
    ("accounts.google.com", "/", ("continue",)),
    ("accounts.youtube.com", "/", ("continue",)),
    ("vimeo.com", "/api/oembed", ("url",)),
    ("dailymotion.com", "/services/oembed", ("url",)),
    ("tiktok.com", "/oembed", ("url",)),
    ("noembed.com", "/embed", ("url",)),
    ("facebook.com", "/l.php", ("u",)),
    ("l.instagram.com", "/", ("u",)),
    ("out.reddit.com", "/", ("url",)),
    ("vk.com", "/away.php", ("to",)),
    ("slack-redir.net", "/link", ("url",)),
    ("safelinks.protection.outlook.com", "/", ("url",)),
    ("duckduckgo.com", "/l/", ("uddg",)),
    ("linkedin.com", "/safety/go", ("url",)),
    ("steamcommunity.com", "/linkfilter", ("url", "u")),
    ("deref-mail.com", "/", ("q",)),
    ("deref-gmx.net", "/", ("redirectUrl",)),
)
_GOOGLE = lazy_pattern(r"^(?:www\.|consent\.|m\.)?google\.(?:[a-z]{2,3})(?:\.[a-z]{2})?$")

_TRANSLATED = "translate.goog"
"""Below it Google shows translated pages: `www-example-org.translate.goog`."""

# Letters that look like Latin ones, enough to see through an imitation of a known site.
_LOOKALIKES = str.maketrans(
    {
        **dict(zip("аеорсухіјѕԁӏтмвнкьп", "aeopcyxijsdltmbhkbn", strict=True)),  # Cyrillic
        **dict(zip("οαεικντρχγυ", "oaeikvtpxyu", strict=True)),  # Greek
        **dict(zip("01ıɩəɑ", "olilea", strict=True)),
    }
)


_CREDENTIALS = lazy_pattern(
    r"(?P<user>(?:[a-z][a-z0-9+.-]*://)?+[^:@/]*):(?P<password>.*)@", re.I | re.S
)
_USER = lazy_pattern(r"(?P<user>(?:[a-z][a-z0-9+.-]*://)?+[^:@/]*)@", re.I)


def split_password(address: str) -> tuple[str, str]:
    """Return an address without its password, and the decoded password; "" if there is none.

    The last @ ends the password, whatever it contains: users do not always encode it.
    """
    found = _CREDENTIALS.match(address)
    if found is None:
        return address, ""
    return f"{found['user']}@{address[found.end() :]}", unquote(found["password"])


def join_password(address: str, password: str) -> str:
    """Return the address with this password, if it names a user."""
    found = _USER.match(address)
    if found is None or not password:
        return address
    return f"{found['user']}:{quote(password, safe='')}@{address[found.end() :]}"


def names_user(address: str) -> bool:
    """Return True if an address names a user, and no password."""
    return _USER.match(address) is not None


@dataclass(frozen=True, slots=True)
class Address:
    """A parsed http(s) address; `host` is lower case ASCII, `path` decoded segments."""

    scheme: str
    host: str
    port: int | None
    raw_path: str
    raw_query: str
    fragment: str
    path: tuple[str, ...]
    query: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def first(self, *names: str) -> str:
        """Return the first non-empty value of these parameters, in this order; "" if there is
        none."""
        return next((v for n in names for v in self.query.get(n, ()) if v), "")

    def on(self, domain: str) -> bool:
        return is_on(self.host, domain)

    @property
    def start_s(self) -> float | None:
        """Return the start in seconds, from any usual notation in the query or fragment, or
        None."""
        small = {name.lower(): values for name, values in self.query.items()}
        names = ("t", "start", "time_continue", "timestamp", "time")
        value = next((v for name in names for v in small.get(name, ()) if v), "")
        if not value and (shown := self._milliseconds(small)):
            return shown
        if not value and self.fragment:
            inside = dict(parse_qsl(self.fragment.lstrip("!/?"), max_num_fields=50))
            value = inside.get("t") or inside.get("at") or inside.get("start") or ""
        return parse_start(value)

    def _milliseconds(self, query: dict[str, tuple[str, ...]]) -> float | None:
        """Return the start in seconds, from the milliseconds that two sites use, or None."""
        name = "ts" if self.on("vimeo.com") else "start_progress"
        value = query.get(name, ("",))[0]
        return int(value) / 1000 if re.fullmatch(r"\d{1,9}", value, re.ASCII) else None


def parse_start(text: str) -> float | None:
    """Return the seconds of `90`, `90s`, `1m30s`, `1h2m3s`, `1:30`, `npt:90,120`; None for another
    text."""
    text = text.replace(" ", "").lower().removeprefix("npt:").partition(",")[0]
    if not text or len(text) > 16:
        return None
    if match := re.fullmatch(r"(\d{1,7}(?:\.\d{1,3})?)(?:s|secs?)?", text, re.ASCII):
        return float(match[1])
    if match := re.fullmatch(r"(?:(\d{1,3}):)?(\d{1,4}):(\d{1,2})", text, re.ASCII):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    match = re.fullmatch(
        r"(?:(\d{1,3})hr?)?(?:(\d{1,5})m(?:ins?)?)?(?:(\d{1,7})(?:s|secs?)?)?", text, re.ASCII
    )
    if match and any(match.groups()):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return float(hours * 3600 + minutes * 60 + seconds)
    return None


def parse_address(text: str) -> Address:
    """Parse an http(s) address. Raises Refused for anything else or anything dangerous."""
    if len(text) > MAX_URL:
        raise Refused(_("This address is too long to be a video."))
    if text.startswith("//"):
        text = "https:" + text
    elif "://" not in text:
        text = "https://" + text
    scheme, __, rest = text.partition("://")
    scheme = scheme.lower()
    scheme = _SCHEME_TYPOS.get(scheme, scheme)
    if scheme not in ("http", "https"):
        raise Refused(
            _("Links that begin with {scheme}: are not opened.").format(scheme=scheme[:20])
        )
    rest = rest.lstrip("/")
    try:
        parts = urlsplit(f"{scheme}://{rest}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise Refused(_("This address is not written correctly.")) from None
    if parts.username is not None or parts.password is not None:
        raise Refused(_("This address hides a name or password before the @; it is not opened."))
    host = _checked_host(host)
    if port in (80, 443):
        port = None
    path, query, fragment = parts.path, parts.query, parts.fragment
    if "?" not in rest.partition("#")[0] and re.search(r"%3f", path, re.IGNORECASE):
        # The whole tail was percent-encoded: take its question mark for one.
        path, __, query = unquote(path).partition("?")
        query = query.partition("#")[0]
    return Address(
        scheme=scheme,
        host=host,
        port=port,
        raw_path=path,
        raw_query=query,
        fragment=unquote(fragment),
        path=tuple(unquote(segment) for segment in path.split("/") if segment),
        query=_fields(query),
    )


_EQUALS = re.compile(r"(?<=\w)%3[Dd]")


_ASKED_AGAIN = re.compile(r"(=[^&?/:%=]{0,100})\?(?=\w{1,20}=)")
"""A parameter appended to others with a second question mark."""


def _fields(query: str) -> dict[str, tuple[str, ...]]:
    fields: dict[str, tuple[str, ...]] = {}
    for pair in _ASKED_AGAIN.sub(r"\1&", query).split("&")[:200]:
        name, _, value = (pair if "=" in pair else _EQUALS.sub("=", pair, count=1)).partition("=")
        name = unquote(name.replace("+", " ")).removeprefix("amp;").strip()
        fields[name] = (*fields.get(name, ()), unquote(value.replace("+", " ")).strip())
    return fields


@lru_cache(maxsize=1024)
def _refusal_of_imitation(host: str) -> str:
    """Return why a host that imitates a video site is refused; else ""."""
    try:
        shown = ".".join(
            label[4:].encode("ascii").decode("punycode") if label.startswith("xn--") else label
            for label in host.lower().split(".")
        )
    except UnicodeError:
        return _("This address is not written correctly.")
    plain = unicodedata.normalize("NFKD", shown)
    plain = "".join(c for c in plain if not unicodedata.combining(c)).translate(_LOOKALIKES)
    for site in SITES:
        inside = re.search(rf"(^|[.-]){re.escape(site)}[.-]", shown)
        if not is_on(host, site) and (is_on(plain, site) or inside):
            return _("This looks like {site}, but it is another site.").format(site=site)
    return ""


def _checked_host(host: str) -> str:
    if not host:
        raise Refused(_("This address has no site in it."))
    if len(host) > 253:
        raise Refused(_("This address is not written correctly."))
    ip = ip_address(host)
    if ip is not None:
        if private_place(host):
            raise Refused(_("This address belongs to this computer or a private network."))
        return f"[{host}]" if ip.version == 6 else host
    if reason := _refusal_of_imitation(host):
        raise Refused(reason)
    try:
        ascii_host = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise Refused(_("This address is not written correctly.")) from None
    ascii_host = ascii_host.lower().rstrip(".")
    if not _HOST.match(ascii_host):
        raise Refused(_("This address is not written correctly."))
    if private_place(ascii_host):
        raise Refused(_("This address belongs to this computer or a private network."))
    return ascii_host


def inner_address(address: Address) -> str:
    """Return the address that a redirect, consent, sign-in or embed-code link wraps; "" if none."""
    if _GOOGLE.match(address.host):
        if address.host.startswith("consent."):
            return address.first("continue")
        if address.raw_path == "/url":
            return address.first("q", "url")
        if found := re.match(r"/amp/(s/)?(?=[\w-]+\.)", address.raw_path):
            query = f"?{address.raw_query}" if address.raw_query else ""
            scheme = "https" if found[1] else "http"
            return f"{scheme}://{address.raw_path[found.end() :]}{query}"
        if address.raw_path == "/imgres":
            return address.first("imgrefurl")
        return ""
    if address.on(_TRANSLATED):
        name = address.host.removesuffix(f".{_TRANSLATED}")
        host = re.sub("--?", lambda sign: "-" if sign[0] == "--" else ".", name)
        query = re.sub(r"(?:^|&)_x_tr_\w+=[^&]*", "", address.raw_query)
        return f"https://{host}{address.raw_path}{'?' if query else ''}{query}"
    if address.host == "web.archive.org" and address.raw_path.startswith("/web/"):
        tail = address.raw_path.split("/", 3)[3:]
        query = f"?{address.raw_query}" if address.raw_query else ""
        return f"{tail[0]}{query}" if tail and re.match(r"https?:/", tail[0]) else ""
    for beginning, names in _wrappers_on(address.host):
        if address.raw_path.startswith(beginning):
            return address.first(*names)
    return ""


@lru_cache(maxsize=1024)
def _wrappers_on(host: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(
        (beginning, names) for domain, beginning, names in _WRAPPERS if is_on(host, domain)
    )


def decoded(text: str) -> str:
    """Return an address decoded that was percent-encoded as a whole, once or several times."""
    for __ in range(WRAPPING_DEPTH):
        if not re.match(r"[a-z]{3,7}%(25)*3a", text, re.IGNORECASE):
            break
        text = unquote(text)
    return text


def web_link(address: Address) -> Link:
    """Return the link of any other page or media file, for yt-dlp. Its id is a hash of its
    address."""
    bare = f"{address.host}{f':{address.port}' if address.port else ''}"
    path = quote(address.raw_path or "/", safe="%/:=~+!$,;@()*&'")
    kept = [
        pair
        for pair in address.raw_query.split("&")
        if pair and not _TRACKING.match(pair.partition("=")[0].lower())
    ]
    query = quote("&".join(kept), safe="%/:=~+!$,;@()*&'?")
    hash_route = address.fragment if address.fragment.startswith(("!", "/")) else ""
    tail = f"{path}{'?' + query if query else ''}"
    tail += f"#{quote(hash_route, safe='%/:=~+!$,;@()*&?')}" if hash_route else ""
    tail = strip_tail(tail) or "/"
    digest = hashlib.sha256(f"{bare}{tail}".encode()).hexdigest()[:12]
    return Link(
        LinkKind.URL, "web", f"web-{digest}", f"{address.scheme}://{bare}{tail}", address.start_s
    )


_TAIL = ".,;:!?'\"*~…·、。，．；：！？）】」』》〉”’»›|`"
_PAIRS = {")": "(", "]": "[", "}": "{"}


def strip_tail(text: str) -> str:
    """Return an address without the punctuation that ends its sentence."""
    counts = {c: text.count(c) for c in "()[]{}"}
    end = len(text)
    while end:
        last = text[end - 1]
        if last in _PAIRS and counts[last] > counts[_PAIRS[last]]:
            counts[last] -= 1
        elif last not in _TAIL:
            break
        end -= 1
    return text[:end]


# --- Finds addresses among other words ---

_SITE_WORDS = "|".join(re.escape(site) for site in SPELLED_WITHOUT_SCHEME)
_ANCHOR = lazy_pattern(
    r":(?:\\?/){2}|%(?:25)*3A(?:%(?:25)*2F|/){2}|(?:www|m|music|player)\.|"
    rf"(?:{_SITE_WORDS})(?![\w-])|"
    r"notegen:|vnd\.youtube:|youtube:|"
    r"(?:javascript|vbscript|data|blob|view-source|mailto|magnet|tel):(?=\S)|"
    r"(?:feed|podcast|pcast|itpc|rss):(?=https?:)",
    re.IGNORECASE,
)
_SCHEME_BEFORE = lazy_pattern(r"[A-Za-z][A-Za-z0-9+.\-]{0,19}$")
_HOST_BEFORE = lazy_pattern(r"(?:[\w-]{1,63}\.){0,6}[\w-]{0,63}$")
# An address ends at a space, a bracket, a wide punctuation mark, or where the next one begins.
_STOP = lazy_pattern(
    r"[\s<>\"{}|^`\x00-\x20\x7f，、。！？；：（）【】「」『』《》“”‘’…]"
    r"|(?<![=/:?&%_\\])https?:\\?/\\?/|\]\(",
    re.IGNORECASE,
)
_WIDE = lazy_pattern(f"[{CJK}{SCRIPTS['Hangul']}]")


def candidates(line: str) -> Iterator[tuple[int, int, str]]:
    """Yield the addresses of a line with their positions, unchanged."""
    place = 0
    while match := _ANCHOR.search(line, place):
        start = _start_of(line, match, place)
        if start is None:
            place = match.end()
            continue
        stop = _STOP.search(line, match.end())
        end = stop.start() if stop else len(line)
        if start and line[start - 1] == "'" and (quote := line.find("'", match.end(), end)) > 0:
            end = quote
        if "\\u" not in line[start:end] and "\\/" not in line[start:end]:
            slash = line.find("\\", match.end(), end)
            end = slash if slash > 0 else end
        piece = strip_tail(line[start:end])
        yield start, end, piece
        place = max(end, match.end())


def _start_of(line: str, match: re.Match[str], floor: int) -> int | None:
    """Return the start of the address around an anchor; None if the anchor is part of something
    else."""
    anchor = match[0].lower()
    at = match.start()
    if "/" in anchor or "%" in anchor:
        window = line[max(floor, at - 20) : at]
        before = _SCHEME_BEFORE.search(window)
        return at - len(before[0]) if before else None
    if anchor.endswith(":"):
        return at if at == floor or not line[at - 1].isalnum() else None
    window = line[max(floor, at - 256) : at]
    before = _HOST_BEFORE.search(window)
    start = at - (len(before[0]) if before else 0)
    for place in range(at - 1, start - 1, -1):
        if _WIDE.match(line[place]):  # words of a script without spaces touch the address
            start = place + 1
            break
    while line[start] in "_-":  # emphasis around the address
        start += 1
    if start > floor and line[start - 1] in "@/\\.%&?":
        protocol_relative = line[start - 2 : start] == "//" and line[start - 3 : start - 2] in (
            "",
            " ",
            '"',
            "'",
            "(",
        )
        return start if protocol_relative else None
    if anchor.endswith(".") and start != at:
        return None
    if anchor.endswith(".") and not re.match(r"[\w-]+\.[\w-]{2,}", line[match.end() :][:200]):
        return None
    return start
