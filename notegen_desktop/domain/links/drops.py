"""Parses drops besides plain text: HTML, Mozilla URLs, and shortcut files.

Each function takes the content of the drag or file and returns the same as `find_links`. Nothing is
executed, fetched or resolved: markup is searched, never interpreted. No function raises.
"""

from __future__ import annotations

import csv
import io
import plistlib
import re
from html import unescape
from xml.parsers.expat import ExpatError

from notegen_desktop.domain.words import _

from .hosts import YOUTUBE_WATCH
from .link import (
    FEED_SUFFIXES,
    SHORTCUT_SUFFIXES,
    FoundLinks,
    Link,
    LinkKind,
    Reject,
    clipped,
    has_known_suffix,
    path_of_address,
    suffix_of,
)
from .text_links import MIN_WORDS, WORD, find_links, is_speech

MAX_SHORTCUT_BYTES = 64 * 1024
"""Maximum bytes of a shortcut, which has a few hundred."""

_TAG = re.compile(
    r"<(a|area|iframe|video|audio|source|embed|object|img|blockquote|span|div|td|lite-youtube"
    r"|amp-youtube|meta)"
    r"\b([^<>]{0,8192})>",
    re.IGNORECASE,
)
_ATTRIBUTE = re.compile(
    r"(?<![\w-])(?:href|src|cite|data|data-(?:src|href|url|lazy-src|sheets-hyperlink))\s{0,8}=\s{0,8}(?:\"([^\"<>]*)\"|'([^'<>]*)'|([^\s\"'<>]+))",
    re.IGNORECASE,
)
_OF_YOUTUBE = re.compile(r"(?<![\w-])data-(?:[\w-]*=)?[\"']?(?:youtube|yt)\b", re.IGNORECASE)
_MOVED = re.compile(
    r"\bcontent\s?=\s?[\"']?\d{1,5};\s{0,8}url=[\"']?(https?:[^\s\"'<>]+)", re.IGNORECASE
)
"""The target address of a page's redirect (`<meta http-equiv="refresh">`)."""
_CANONICAL = re.compile(
    r"<link\b[^<>]{0,400}?\brel=[\"']?canonical\b[^<>]{0,400}?\bhref=[\"']?([^\s\"'<>]+)"
    r"|<link\b[^<>]{0,400}?\bhref=[\"']?([^\s\"'<>]+)[^<>]{0,400}?\brel=[\"']?canonical\b",
    re.IGNORECASE,
)
"""The canonical address that a saved page declares."""
_TEXT_ELEMENTS = ("blockquote", "span", "div", "td")
"""Text elements whose attributes may hold an address. It is used only if a known site serves it:
pages give them addresses of scripts and images, too."""
_PLAYER_ID = re.compile(
    r"(?<![\w-])(?:data-)?(?:video-?id|(?:youtube|yt|plyr-embed)-(?:video-?)?id)\s?=\s?[\"']?([\w-]{11})(?![\w-])",
    re.IGNORECASE,
)
"""The video id of an element that becomes YouTube's player when clicked."""
_ANY_TAG = re.compile(r"<[/!?a-zA-Z][^<>]{0,8192}>")
_POSSIBLE_BREAK = re.compile(r"<wbr\b[^<>]{0,40}>", re.IGNORECASE)
_YOUTUBE_PATH = re.compile(r"/(?:watch\?|shorts/|live/|playlist\?|embed/|@)")
_DESKTOP_TYPE = re.compile(r"^\[Desktop Entry\][^\[]*?^[ \t]*Type[ \t]*=[ \t]*(\w+)", re.MULTILINE)
_NETWORK_PATH = re.compile(r"[\\/]{2}")
_INI_URL = re.compile(r"^[ \t]*URL(?:\[\$e\])?[ \t]*=[ \t]*(\S.*)$", re.IGNORECASE | re.MULTILINE)
_LISTED = re.compile(
    r"https?:|\b(?:youtu\.be|youtube\.com|vimeo\.com|twitch\.tv|tiktok\.com|bilibili\.com|b23\.tv)/"
    r"|^\s*(?:file:|~?/|[a-z]:\\|(?:youtube|vimeo|dailymotion|bilibili|tiktok|twitch\w*) \S+\s*$)"
    r"|^\s*[\w-]{11}\s*$",
    re.IGNORECASE,
)
_VIDEO_ID = re.compile(r"[A-Za-z0-9_-]{11}")
# The doctype of every property list; any other could define entities.
_APPLE_DOCTYPE = re.compile(
    rb'<!DOCTYPE\s{1,9}plist\s{1,9}PUBLIC\s{1,9}"-//Apple[^"<>\[\]]{0,80}"\s{1,9}'
    rb'"https?://www\.apple\.com/DTDs/PropertyList-1\.0\.dtd"\s{0,9}>'
)


def links_from_html(text: str) -> FoundLinks:
    """Return the links of dropped markup, in order: of its anchors, players, and text.

    Pages count only without a video, pictures only without anything else (a dragged thumbnail names
    its video). Relative addresses are YouTube's if they can be only that, and ignored otherwise.
    """
    own = _CANONICAL.search(text)
    page = find_links(unescape(own[1] or own[2])) if own else FoundLinks()
    if page.links and page.links[0].kind is LinkKind.VIDEO:
        return page  # the page of one video: links to others on it are ignored
    pictures: list[str] = []
    anchors: list[str] = []

    def pointed(tag: re.Match[str]) -> str:
        targets = [found for match in _ATTRIBUTE.finditer(tag[2]) if (found := _target(match))]
        if tag[1].lower() == "meta":
            moved = _MOVED.search(tag[2])
            targets = [unescape(moved[1])] if moved else []
        is_player = tag[1].lower().endswith("-youtube") or _OF_YOUTUBE.search(tag[2])
        if is_player and (player := _PLAYER_ID.search(tag[2])):
            targets.append(f"{YOUTUBE_WATCH}{player[1]}")
        if tag[1].lower() == "img":
            pictures.extend(targets)
            return "\n"
        if tag[1].lower() in _TEXT_ELEMENTS:
            targets = [
                target
                for target in targets
                if any(link.provider != "web" for link in find_links(target).links)
            ]
        anchors.extend(targets)
        return "\n".join(["", *targets, ""])

    words = _ANY_TAG.sub("\n", _TAG.sub(pointed, _POSSIBLE_BREAK.sub("", text)))
    found = _each([line for each in words.split("\n") if (line := unescape(each).strip())])
    # Text beside an anchor may be the short form of its address, and is not rejected.
    rejects = _each(anchors).rejects if anchors else found.rejects
    videos = tuple(link for link in found.links if link.provider != "web")
    if videos or found.links:
        return FoundLinks(videos or found.links, rejects)
    thumbnails = _each(pictures)
    return thumbnails if thumbnails.links else FoundLinks((), rejects)


def _target(attribute: re.Match[str]) -> str:
    """Return the address in an attribute; "" for one within its own page."""
    target = unescape(next(g for g in attribute.groups("") if g or g is attribute[3])).strip()
    if _YOUTUBE_PATH.match(target):
        return f"https://www.youtube.com{target}"
    if target.startswith("//"):
        target = f"https:{target}"
    return _one_line(target) if re.match(r"[a-zA-Z][\w+.-]*:", target) else ""


def links_from_moz_url(text: str) -> FoundLinks:
    """Return the links of `text/x-moz-url`: an address and its title on alternating lines."""
    lines = text.replace("\r\n", "\n").replace("\x00", "").split("\n")
    return _each([line for line in lines[::2] if line.strip()])


def links_from_url_file(text: str) -> FoundLinks:
    """Return the link of a Windows `.url` or a Linux `.desktop` file: the line `URL=…`."""
    kind = _DESKTOP_TYPE.search(text)
    if kind is not None and kind[1] != "Link":
        return FoundLinks((), (Reject(_shown(text), _("This starts a program; it is no link.")),))
    match = _INI_URL.search(text)
    if match is None:
        return FoundLinks((), (Reject(_shown(text), _("This shortcut names no address.")),))
    return find_links(match[1].strip())


def links_from_webloc(data: bytes | str) -> FoundLinks:
    """Return the link of a macOS `.webloc` file, a property list in XML or binary form.

    Declarations other than Apple's own are refused, since they could define entities.
    """
    raw = data.encode("utf-8", "replace") if isinstance(data, str) else data
    shown = _shown(raw[:200].decode("utf-8", "replace"))
    if len(raw) > MAX_SHORTCUT_BYTES:
        return FoundLinks((), (Reject(shown, _("This shortcut is too large to be one.")),))
    plain = _APPLE_DOCTYPE.sub(b"", raw, count=1)
    if not plain.startswith(b"bplist") and re.search(
        rb"<!(?:DOCTYPE|ENTITY)", plain, re.IGNORECASE
    ):
        return FoundLinks(
            (), (Reject(shown, _("This shortcut defines its own markup; it is not read.")),)
        )
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
        return FoundLinks((), (Reject(shown, _("This shortcut cannot be understood.")),))
    if not isinstance(address, str) or not address.strip():
        return FoundLinks((), (Reject(shown, _("This shortcut names no address.")),))
    return find_links(_one_line(address))


def links_in_file(name: str, data: bytes) -> FoundLinks | None:
    """Return the links in a dropped file; None if the file itself is the source.

    Paths of other computers are refused: to read them, Windows sends the user's name and a proof of
    the password to an address that the file's author chose. Shortcuts, saved pages and tables are
    searched. Another text is a list of links and files if it contains that, whatever its name;
    otherwise it is a transcript.
    """
    found = _found_in_file(name, data)
    return None if found is None else _without_network(found)


def _without_network(found: FoundLinks) -> FoundLinks:
    far = [
        link
        for link in found.links
        if link.kind is LinkKind.FILE and _NETWORK_PATH.match(path_of_address(link.url))
    ]
    reason = _(
        "This leads to a file on another computer; it is not looked for there. Drop the file."
    )
    return FoundLinks(
        tuple(link for link in found.links if link not in far),
        (*found.rejects, *(Reject(_shown(link.url), reason) for link in far)),
    )


def _found_in_file(name: str, data: bytes) -> FoundLinks | None:
    suffix = suffix_of(name)
    if suffix in FEED_SUFFIXES and (feed := links_of_feed(_text_of(data))) is not None:
        return feed
    if suffix == ".webloc":
        return links_from_webloc(data)
    if suffix in (".url", ".desktop"):
        if len(data) > MAX_SHORTCUT_BYTES:
            return FoundLinks((), (Reject(name, _("This shortcut is too large to be one.")),))
        return links_from_url_file(_text_of(data))
    if suffix in SHORTCUT_SUFFIXES:
        found = links_from_html(_text_of(data))
        if not _HISTORY.search(_text_of(data)):
            return found
        videos = tuple(link for link in found.links if link.kind is not LinkKind.CHANNEL)
        return FoundLinks(videos or found.links, found.rejects)
    known = suffix in (*_LIST_SUFFIXES, *_TEXT_SUFFIXES)
    if not known and (has_known_suffix(name) or b"\0" in data[:4000]):
        return None
    if data.startswith(_DOCUMENTS):
        return None
    text = _text_of(data)
    if suffix in (".json", ".jsonl") and _TIMED_JSON.search(text[:20_000]):
        return None
    played = "\n".join(unescape(a or b).strip() for a, b in _PLAYED.findall(text))
    watched = played or "\n".join(
        a or f"{YOUTUBE_WATCH}{video}" for a, video in _WATCHED.findall(text)
    )
    if suffix == ".json" and not watched:
        ids = [video for each in _IDS.findall(text) for video in re.findall(r"[\w-]{11}", each)]
        watched = "\n".join(f"{YOUTUBE_WATCH}{video}" for video in ids)
    found = find_links(watched or (_cells(text) if suffix in (".csv", ".tsv") else text))
    if watched or suffix in _LIST_SUFFIXES:
        return found if found.links or not text.strip() else None
    return found if _is_list(text, found) else None


def is_history(name: str, head: bytes) -> bool:
    """Return True if a page is a history of Google Takeout, in any language, by its beginning."""
    return name.casefold() == "watch-history.html" or b"outer-cell mdl-cell" in head


def is_playlist_index(head: bytes) -> bool:
    """Return True if a table, by its beginning, is Takeout's list of playlists, which names no
    video."""
    return _PLAYLISTS.match(head) is not None and not _VIDEO_ROW.search(head)


def links_of_feed(text: str) -> FoundLinks | None:
    """Return the podcasts in a list of subscriptions (OPML), or the feed that a saved feed
    declares, or else the audio of its episodes; None for any other text."""
    root = _FEED_ROOT.search(text[:4000])
    if root is None:
        return None
    if root[1] == "opml":
        addresses = [f"feed:{unescape(a or b)}" for a, b in _XML_URL.findall(text)]
        return _each(addresses)
    own = next((tag for tag in _SELF.findall(text[:40_000]) if _REL_SELF.search(tag)), "")
    if own and (address := _ATTRIBUTE.search(own)):
        return find_links(f"feed:{_target(address)}")
    return _each([unescape(a or b) for a, b in _ENCLOSURE.findall(text)][:MAX_ENCLOSURES])


MAX_ENCLOSURES = 500
_VIDEO_ROW = re.compile(rb"\n\s{0,9}\"?[\w-]{11}\"?\s{0,9}[,;\t\r\n]")
_PLAYLISTS = re.compile(
    rb"(?:\xef\xbb\xbf)?(?:\"?Playlist ID\b|[^\n]{0,4000}\n\"?PL[\w-]{14,40}\"?[,;\t])",
    re.IGNORECASE,
)
_FEED_ROOT = re.compile(r"^\ufeff?\s*(?:<[?!][^>]*>\s*){0,9}<(rss|feed|opml)[\s>]")
_XML_URL = re.compile(r"\bxmlUrl\s{0,4}=\s{0,4}(?:\"([^\"<>]*)\"|'([^'<>]*)')", re.IGNORECASE)
_SELF = re.compile(r"<(?:\w+:)?link\b[^<>]{0,2000}>")
_REL_SELF = re.compile(r"\brel\s{0,4}=\s{0,4}[\"']self[\"']")
_ENCLOSURE = re.compile(
    r"<enclosure\b[^<>]{0,999}?\burl\s{0,4}=\s{0,4}(?:\"([^\"<>]*)\"|'([^'<>]*)')"
)
_LIST_SUFFIXES = (".list", ".m3u", ".m3u8", ".csv", ".tsv", ".db")
_TEXT_SUFFIXES = (".txt", ".text", ".md", ".json", ".jsonl", "")
_TIMED_JSON = re.compile(
    r'"(?:segments|events|transcription|transcript|chunks|words|utterances|cues|monologues|start)"'
)
_DOCUMENTS = (b"PK\x03\x04", b"{\\rtf", b"%PDF", b"SQLite format 3\0")
"""Signatures of documents and databases, which are not searched for links whatever their file
name."""
_IDS = re.compile(r'"(?:videos|videoIds|video_ids)"\s*:\s*\[((?:\s*"[\w-]{11}"\s*,?)+)\s*\]')
"""The lists that Invidious exports."""
_HISTORY = re.compile(r"\bWatched(?:&nbsp;|\s)<a\b", re.IGNORECASE)
"""Google's history as a page: each video is followed by its channel."""
_WATCHED = re.compile(r'"(?:titleUrl|webpage_url)"\s*:\s*"([^"]+)"|"videoId"\s*:\s*"([\w-]{11})"')
"""Watched videos in Google's history and FreeTube's lists; their channels are listed, too."""
_PLAYED = re.compile(r"^File\d+=(.+)$|<location>([^<]+)</location>", re.MULTILINE)
"""Entries of a player's playlist: PLS (Winamp) and XSPF (VLC)."""
_PROSE = re.compile(r"[^\W\d_]{5,}[.!?] +[^\W\d_]")
"""The boundary between two sentences."""
_ADDRESS = re.compile(r"\S*[:/.]\S+")
_DATED = re.compile(r"^\W{0,3}\d{1,4}[./-]\d{1,2}[./-]\d{2,4},?\s+\d{1,2}[:.]\d{2}")


def _is_list(text: str, found: FoundLinks) -> bool:
    """Return True if a text is a list of links: most of its lines have one, or it is a chat.

    A transcript may contain an address now and then, and is a transcript nevertheless.
    """
    if not found.links:
        return False
    lines = [bare for line in text.splitlines() if (bare := line.strip()) and bare[0] != "#"]
    beside = _ADDRESS.sub(" ", text[:20_000])
    words = len(WORD.findall(beside))
    if len(lines) == 1:
        return words <= 20
    linked = sum(map(_is_entry, lines))
    if len(found.links) == 1 and linked > 1 and is_speech(beside):
        return False  # a transcript of one video, each line with a link to its time
    dated = sum(bool(_DATED.match(line)) for line in lines)
    few = len(found.links) > 1 and words <= 5 * len(found.links)
    if few or dated * 2 >= len(lines):
        return True
    apart = " ".join(line for line in lines if not _is_entry(line))
    return linked * 2 >= len(lines) and len(WORD.findall(apart)) < MIN_WORDS * len(found.links)


def _is_entry(line: str) -> bool:
    """Return True if a line is an address with a description, and no sentence that contains one."""
    found = _LISTED.search(line[:2000])
    return found is not None and (found.start() <= 20 or not _PROSE.search(_ADDRESS.sub(" ", line)))


def _cells(text: str) -> str:
    """Return the cells of a table, a line each; video ids in a column of their own become
    addresses.

    Google Takeout lists a playlist so: “Video ID” and the time it was added.
    """
    try:
        dialect = csv.Sniffer().sniff(text[:4000], ",;\t")
    except csv.Error:
        dialect = csv.excel
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff")), dialect))
    width = max(map(len, rows), default=0)
    columns = [[row[at].strip() for row in rows[1:] if len(row) > at] for at in range(width)]
    ids = {
        at
        for at, column in enumerate(columns)
        if sum(map(bool, map(_VIDEO_ID.fullmatch, column))) * 10 >= len(column) * 9 > 0
    } | {at for row in rows for at, cell in enumerate(row) if cell.strip().casefold() == "video id"}
    return "\n".join(
        f"{YOUTUBE_WATCH}{cell.strip()}"
        if at in ids and _VIDEO_ID.fullmatch(cell.strip())
        else cell
        for row in rows
        for at, cell in enumerate(row)
        if at in ids or _LISTED.search(cell) or has_known_suffix(cell)
    )


def _each(addresses: list[str]) -> FoundLinks:
    """Return the links of several addresses, each parsed on its own, in order and without
    duplicates."""
    links: dict[str, Link] = {}
    rejects: dict[Reject, None] = {}
    for address in addresses:
        found = find_links(address)
        for link in found.links:
            links.setdefault(link.key, link)
        rejects.update(dict.fromkeys(found.rejects))
    if not addresses:
        return find_links("")
    return _without_network(FoundLinks(tuple(links.values()), tuple(rejects)[:50]))


def _one_line(text: str) -> str:
    return re.sub(r"[\r\n\t]+", "", text).strip()


def _shown(text: str) -> str:
    return clipped(" ".join(text.split()))


def _text_of(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
