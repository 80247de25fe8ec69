"""What a drop carries besides plain text: HTML, Mozilla URLs, and shortcut files.

Each function takes what the drag or the file holds and gives what `find_links` gives. Nothing is
executed, fetched or resolved: markup is searched, never interpreted. None of them raises.
"""

from __future__ import annotations

import plistlib
import re
from html import unescape
from xml.parsers.expat import ExpatError

from .link import SHORTCUT_SUFFIXES, Found, Link, LinkKind, Reject, path_of_address, suffix_of
from .text_links import find_links

MAX_SHORTCUT_BYTES = 64 * 1024
"""A shortcut is a few hundred bytes; what is larger is none."""

_TAG = re.compile(r"<(a|area|iframe|video|audio|source|embed|img)\b([^<>]{0,8192})>", re.IGNORECASE)
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(?:href|src)\s{0,8}=\s{0,8}(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))",
    re.IGNORECASE,
)
_ANY_TAG = re.compile(r"<[/!?a-zA-Z][^<>]{0,8192}>")
_YOUTUBE_PATH = re.compile(r"/(?:watch\?|shorts/|live/|playlist\?|embed/|@)")
_DESKTOP_TYPE = re.compile(r"^\[Desktop Entry\][^\[]*?^[ \t]*Type[ \t]*=[ \t]*(\w+)", re.MULTILINE)
_NETWORK_PATH = re.compile(r"[\\/]{2}")
_INI_URL = re.compile(r"^[ \t]*URL[ \t]*=[ \t]*(\S.*)$", re.IGNORECASE | re.MULTILINE)
_LISTED = re.compile(r"https?:|youtu\.?be|^\s*(?:#|file:|~?/|[a-z]:\\)", re.IGNORECASE)
# The one declaration of every property list; any other could define entities.
_APPLE_DOCTYPE = re.compile(
    rb'<!DOCTYPE\s{1,9}plist\s{1,9}PUBLIC\s{1,9}"-//Apple[^"<>\[\]]{0,80}"\s{1,9}'
    rb'"https?://www\.apple\.com/DTDs/PropertyList-1\.0\.dtd"\s{0,9}>'
)


def links_from_html(text: str) -> Found:
    """The links of dropped markup: where its anchors and players point, else its plain words.

    Pictures count only where nothing else does (a dragged thumbnail names its video). Relative
    addresses are taken for YouTube's where they can be only that, and passed over otherwise.
    """
    pointed: list[str] = []
    pictures: list[str] = []
    for tag, attributes in _TAG.findall(text):
        for match in _ATTRIBUTE.finditer(attributes):
            target = unescape(next(g for g in match.groups("") if g or g is match[3])).strip()
            if _YOUTUBE_PATH.match(target):
                target = f"https://www.youtube.com{target}"
            if not re.match(r"(?:[a-zA-Z][\w+.-]*:|//)", target):
                continue
            if target.startswith("//"):
                target = f"https:{target}"
            (pictures if tag.lower() == "img" else pointed).append(_one_line(target))
    found = _each(pointed) if pointed else Found()
    if found.links:
        return found
    words = find_links(unescape(_ANY_TAG.sub("\n", text)))
    if words.links:
        return Found(words.links, found.rejects)
    thumbnails = _each(pictures)
    if thumbnails.links:
        return Found(thumbnails.links, found.rejects)
    return found if pointed else words


def links_from_moz_url(text: str) -> Found:
    """The links of `text/x-moz-url`: an address and its title on alternating lines."""
    lines = text.replace("\r\n", "\n").replace("\x00", "").split("\n")
    return _each([line for line in lines[::2] if line.strip()])


def links_from_url_file(text: str) -> Found:
    """The link of a Windows `.url` or a Linux `.desktop` file: the line `URL=…`."""
    kind = _DESKTOP_TYPE.search(text)
    if kind is not None and kind[1] != "Link":
        return Found((), (Reject(_shown(text), "This starts a program; it is no link."),))
    match = _INI_URL.search(text)
    if match is None:
        return Found((), (Reject(_shown(text), "This shortcut names no address."),))
    return find_links(match[1].strip())


def links_from_webloc(data: bytes | str) -> Found:
    """The link of a macOS `.webloc` file, a property list in XML or binary form.

    Declarations other than Apple's own are refused, since they could define entities.
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    shown = _shown(raw[:200].decode("utf-8", "replace"))
    if len(raw) > MAX_SHORTCUT_BYTES:
        return Found((), (Reject(shown, "This shortcut is too large to be one."),))
    plain = _APPLE_DOCTYPE.sub(b"", raw, count=1)
    if not plain.startswith(b"bplist") and re.search(
        rb"<!(?:DOCTYPE|ENTITY)", plain, re.IGNORECASE
    ):
        return Found((), (Reject(shown, "This shortcut defines its own markup; it is not read."),))
    try:
        content = plistlib.loads(plain)
        address = content.get("URL") if isinstance(content, dict) else None
    except (
        plistlib.InvalidFileException,
        ExpatError,
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
        MemoryError,
    ):
        return Found((), (Reject(shown, "This shortcut cannot be understood."),))
    if not isinstance(address, str) or not address.strip():
        return Found((), (Reject(shown, "This shortcut names no address."),))
    return find_links(_one_line(address))


def links_in_file(name: str, data: bytes) -> Found | None:
    """The links that a dropped file holds; None if the file itself is what should be read.

    Paths of other computers are refused: to look there, Windows sends the user's name and a proof
    of the password, and whoever made the file says where to.
    Shortcuts and saved pages are looked into. A `.txt` file, or one without an ending, is a list of
    links and files if most of its lines are; otherwise its words are a transcript.
    """
    found = _found_in_file(name, data)
    return None if found is None else _without_network(found)


def _without_network(found: Found) -> Found:
    far = [
        link
        for link in found.links
        if link.kind is LinkKind.FILE and _NETWORK_PATH.match(path_of_address(link.url))
    ]
    reason = "This leads to a file on another computer; it is not looked for there. Drop the file."
    return Found(
        tuple(link for link in found.links if link not in far),
        (*found.rejects, *(Reject(_shown(link.url), reason) for link in far)),
    )


def _found_in_file(name: str, data: bytes) -> Found | None:
    suffix = suffix_of(name)
    if suffix == ".webloc":
        return links_from_webloc(data)
    if suffix in (".url", ".desktop"):
        if len(data) > MAX_SHORTCUT_BYTES:
            return Found((), (Reject(name, "This shortcut is too large to be one."),))
        return links_from_url_file(_text_of(data))
    if suffix in SHORTCUT_SUFFIXES:
        return links_from_html(_text_of(data))
    if suffix not in (".txt", ".list", ".m3u", ".m3u8", ".csv", ".md", ""):
        return None
    text = _text_of(data)
    if suffix == ".txt":
        lines = [line for line in text.splitlines() if line.strip()]
        marked = sum(bool(_LISTED.search(line[:2000])) for line in lines)
        if not lines or marked * 2 < len(lines):
            return None
    return find_links(text)


def _each(addresses: list[str]) -> Found:
    """The links of several addresses, each read on its own, in order and once."""
    links: dict[str, Link] = {}
    rejects: dict[Reject, None] = {}
    for address in addresses:
        found = find_links(address)
        for link in found.links:
            links.setdefault(link.key, link)
        rejects.update(dict.fromkeys(found.rejects))
    if not addresses:
        return find_links("")
    return _without_network(Found(tuple(links.values()), tuple(rejects)[:50]))


def _one_line(text: str) -> str:
    return re.sub(r"[\r\n\t]+", "", text).strip()


def _shown(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 120 else words[:117] + "…"


def _text_of(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
