"""Parses podcast feeds: RSS 2.0, Atom, RSS 1.0 (RDF) or JSON Feed, with the names of iTunes,
Podcasting 2.0 (https://podcasting2.org/docs) and Podlove's simple chapters. Pure.

Uses the standard library, as captions do: podcastparser and feedparser keep one transcript of an
episode, whatever its form and language, and neither keeps its type. Declarations that could define
entities are refused before anything is parsed.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin
from xml.etree import ElementTree

from notegen_desktop.domain.errors import UnsupportedSource
from notegen_desktop.domain.links.addresses import parse_address
from notegen_desktop.domain.links.link import AUDIO_SUFFIXES, MEDIA_SUFFIXES, Link, Refused
from notegen_desktop.domain.links.podcasts import as_feed, episode_link, mark_of
from notegen_desktop.domain.links.text_links import find_links
from notegen_desktop.domain.links.video import Video
from notegen_desktop.domain.text.encodings import decoded
from notegen_desktop.domain.text.languages import normal_tag
from notegen_desktop.domain.text.transcript import CaptionTrack, TranscriptKind
from notegen_desktop.domain.words import _

from .captions.times import seconds
from .metadata import metadata_of

MAX_EPISODES = 5000
"""Maximum episodes read of a feed: the largest known ones have some 4,000."""

Parts = dict[str, list[ElementTree.Element]]
"""The parts of an item, by name."""

_ENTITY = re.compile(rb"<!(?:ENTITY|DOCTYPE[^>]*\[)", re.IGNORECASE)
_ROOT = re.compile(rb"<(?:\w+:)?(rss|feed|RDF)[\s>]")
_JSON_FEED = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{[^{}]*"https?:\\?/\\?/jsonfeed\.org\\?/version\b')
"""The beginning of a JSON Feed (https://www.jsonfeed.org/version/1.1)."""
_HEAD = 8000
"""Bytes in which the root of a feed must occur."""
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z]\w{1,31});")
_BARE = re.compile(r"&(?!(?:#\d{1,7}|#x[0-9a-fA-F]{1,6}|[A-Za-z]\w{1,31});)")
_TAGS = re.compile(r"<[^<>]{1,2000}>")
_ALTERNATE = re.compile(r"<link\b[^<>]{0,2000}>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"([\w-]+)\s{0,4}=\s{0,4}(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'<>]+))")
_DECLARATION = re.compile(r"\s*<\?xml\b[^>]*\?>")
_ENCODING = re.compile(rb"\s*<\?xml\b[^>]*\bencoding\s*=\s*[\"']([\w.:-]{1,40})")
_KINDS = ("application/rss+xml", "application/atom+xml", "application/feed+json")
_BASE = "{http://www.w3.org/XML/1998/namespace}base"
_UNTOLD = ("", "application/octet-stream", "binary/octet-stream", "application/binary")
"""Media types that servers send for unknown files."""
_PROGRAM = re.compile(r"/[^/.]*(?:\.(?:php|aspx?|ashx|cgi|jsp|do))?$", re.IGNORECASE)
"""Paths that do not show the type of the content."""
_ITEM = {
    **{"guid": "id", "link": "url", "title": "title", "pubDate": "date_published"},
    **{"description": "content_html", "encoded": "content_text", "summary": "summary"},
}
"""Names of an item's parts in RSS, and in JSON Feed."""
_FORMS = ("vtt", "srt", "subrip", "json", "html", "plain")
"""Supported forms of a transcript, the best first: those with speakers and times."""


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode. `chapters_url` is the address of its chapters if the feed has none itself."""

    link: Link
    video: Video
    sound_url: str
    page_url: str = ""
    guid: str = ""
    tracks: tuple[CaptionTrack, ...] = ()
    chapters_url: str = ""
    order: float = 0.0

    def marked(self, feed_url: str, mark: str) -> Episode:
        """Return the episode with another mark of its feed."""
        link = episode_link(feed_url, parse_address(self.sound_url), mark=mark_of(mark))
        return replace(self, link=link, video=replace(self.video, id=link.key, url=link.url))


@dataclass(frozen=True, slots=True)
class Feed:
    """A podcast: its episodes, the newest first."""

    title: str
    episodes: tuple[Episode, ...]


def is_feed(data: bytes) -> bool:
    """Return True if bytes are a feed, by their beginning."""
    return _JSON_FEED.match(data) is not None or _ROOT.search(_as_utf8(data)[:_HEAD]) is not None


def feed_of_page(data: bytes, url: str) -> Link | None:
    """Return the feed that a page declares as its own, or None; of several, one that is not of
    comments."""
    page = data[:400_000].decode("utf-8", "replace")
    # A JSON Feed has fewer fields than the RSS feed beside it.
    for tag in sorted(_ALTERNATE.findall(page), key=lambda tag: "feed+json" in tag.lower()):
        told = {name.lower(): a or b or c for name, a, b, c in _ATTRIBUTE.findall(tag)}
        kind = told.get("type", "").lower()
        if "alternate" not in told.get("rel", "").lower().split() or "comment" in tag.lower():
            continue
        if kind in _KINDS:
            for link in find_links(urljoin(url, html.unescape(told.get("href", "")))).links:
                return as_feed(link)
    return None


def read_feed(data: bytes, url: str) -> Feed:
    """Return the episodes of the feed found at `url`, which identifies it from now on.

    Raises UnsupportedSource for data that is no feed, and for a feed of articles without audio.
    """
    data = _rss_of_json(data) if _JSON_FEED.match(data) else _as_utf8(data)
    root = _ROOT.search(data[:_HEAD])
    if root is None:
        raise UnsupportedSource(
            _("There is no podcast at this address."),
            hint=_("Look on its page for the address of its feed, marked RSS."),
        )
    if _ENTITY.search(data[: root.start()]):
        raise UnsupportedSource(_("This feed defines its own markup; it is not read."))
    depth = 2 if root[1] == b"rss" else 1  # depth of the episodes: in the channel, or in the feed
    channel: dict[str, str] = {}
    episodes: dict[tuple[str, str], Episode] = {}
    articles = 0
    for element, base in _elements(data[root.start() :], depth):
        name = _name(element)
        if name in ("item", "entry"):
            own_base = urljoin(urljoin(url, base), element.get(_BASE, ""))
            episode = _episode(element, url, own_base, channel)
            if episode is not None:
                episodes.setdefault((episode.guid, episode.sound_url), episode)
            articles += episode is None
            element.clear()
            if len(episodes) >= MAX_EPISODES:
                break
        for part in element if name == "channel" else (element,):
            if _name(part) in ("title", "language", "author"):
                channel.setdefault(_name(part), _text(part))
    if articles and not episodes:
        raise UnsupportedSource(
            _("This feed has articles, but none with sound that can be fetched."),
            hint=_("Look on its page for the feed of the podcast."),
        )
    uses = Counter(guid for guid, _ in episodes)
    found = [  # some feeds give all their episodes the same mark
        each.marked(url, f"{guid}\n{sound}") if uses[guid] > 1 else each
        for (guid, sound), each in episodes.items()
    ]
    if all(episode.order for episode in found):
        found.sort(key=lambda episode: -episode.order)  # some feeds begin with the oldest
    return Feed(channel.get("title", ""), tuple(found))


# --- XML as it comes, and JSON ---


def _as_utf8(data: bytes) -> bytes:
    """Return a feed as UTF-8 without its declaration. Valid UTF-8 is kept, whatever encoding it
    declares."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        told = _ENCODING.match(data)
        name = told[1].decode().lower() if told else "utf-8"
        try:
            text = decoded(data)[0] if name.startswith("utf") else data.decode(name, "replace")
        except LookupError:
            text = decoded(data)[0]
    return _DECLARATION.sub("", text, count=1).encode()


def _rss_of_json(data: bytes) -> bytes:
    """Return a JSON Feed as equivalent RSS. Raises UnsupportedSource."""
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        raise UnsupportedSource(_("This feed is damaged: it is no JSON.")) from None
    rss = ElementTree.Element("rss")
    channel = ElementTree.SubElement(rss, "channel")
    _put(channel, told, {"title": "title", "language": "language"})
    for each in _dicts(told.get("items")):
        item = ElementTree.SubElement(channel, "item")
        _put(item, each, _ITEM)
        for sound in _dicts(each.get("attachments")):
            _put(item, sound, {"duration": "duration_in_seconds"})
            kind = {"url": str(sound.get("url", "")), "type": str(sound.get("mime_type", ""))}
            ElementTree.SubElement(item, "enclosure", kind)
    return ElementTree.tostring(rss, "unicode").encode("utf-8", "replace")


def _put(parent: ElementTree.Element, told: dict[str, Any], names: dict[str, str]) -> None:
    for name, called in names.items():
        if isinstance(said := told.get(called), str | int | float):
            ElementTree.SubElement(parent, name).text = str(said)


def _dicts(listed: object) -> list[dict[str, Any]]:
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []


def _elements(data: bytes, depth: int) -> Iterator[tuple[ElementTree.Element, str]]:
    """Yield the elements of a feed's channel, each whole, and the base of its addresses; of a
    damaged feed, those before the damage.

    Raises UnsupportedSource if there is none.
    """
    any_found = False
    for mend in (False, True):
        try:
            for child in _children(_mended(data) if mend else data, depth):
                any_found = True
                yield child
            return
        except (ElementTree.ParseError, LookupError, ValueError):
            continue  # read once more from the start: duplicates count once
    if not any_found:
        raise UnsupportedSource(_("This feed is damaged: it is no XML."))


def _children(data: bytes, wanted: int) -> Iterator[tuple[ElementTree.Element, str]]:
    depth, base = 0, ""
    parser: ElementTree.XMLPullParser[Any] = ElementTree.XMLPullParser(("start", "end"))
    for start in range(0, len(data), 65536):
        parser.feed(data[start : start + 65536])
        events: Any = parser.read_events()
        for event, element in events:
            depth += 1 if event == "start" else -1
            if event == "start" and depth <= wanted:
                base = urljoin(base, element.get(_BASE, ""))
            if event == "end" and depth == wanted:
                yield element, base
    parser.close()


def _mended(data: bytes) -> bytes:
    """Return a feed with the most frequent XML errors repaired."""
    text = _CONTROL.sub("", data.decode("utf-8", "replace"))
    text = _NAMED.sub(lambda name: html.unescape(name[0]).replace("&", "&amp;"), text)
    text = _BARE.sub("&amp;", text)
    opening = re.search(r"<(?:\w+:)?(?:rss|feed|RDF)\b[^>]*", text)
    if opening is not None:  # undeclared prefixes
        declared = set(re.findall(r"xmlns:(\w+)", text[:20_000]))
        used = set(re.findall(r"</?(\w+):\w", text)) - declared - {"xml"}
        more = "".join(f' xmlns:{prefix}="urn:{prefix}"' for prefix in sorted(used))
        text = f"{text[: opening.end()]}{more}{text[opening.end() :]}"
    return text.encode()


def _name(element: ElementTree.Element) -> str:
    """Return the name of an element, with its usual prefix if two have the same name."""
    space, _, name = element.tag.rpartition("}")
    if "itunes" in space.lower() and name in ("title", "summary", "author", "image"):
        return f"itunes:{name}"
    return name


def _text(element: ElementTree.Element | None) -> str:
    """Return an element's text, in one line and without markup."""
    if element is None:
        return ""
    said = "".join(element.itertext())
    plain = html.unescape(_TAGS.sub(" ", said)) if "<" in said or "&" in said else said
    return " ".join(_TAGS.sub(" ", plain).split())


# --- An episode ---


def _episode(
    item: ElementTree.Element, feed_url: str, base: str, channel: dict[str, str]
) -> Episode | None:
    """Return the episode of an item; None without audio, or with audio that may not be
    downloaded."""
    parts: Parts = {}
    for part in item:
        parts.setdefault(_name(part), []).append(part)

    def first(*names: str) -> str:
        return next((said for n in names for p in parts.get(n, ()) if (said := _text(p))), "")

    sound = _sound(parts, base)
    if not sound:
        return None
    guid = first("guid", "id") or sound.partition("?")[0]
    try:
        link = episode_link(feed_url, parse_address(sound), mark=mark_of(guid))
    except Refused:
        return None
    when = _when(first("pubDate", "published", "date", "updated"))
    page = next(
        (_address(p.get("href") or _text(p), base) for p in parts.get("link", ())
         if p.get("rel", "alternate") == "alternate"), "",
    )  # fmt: skip
    language = normal_tag(channel.get("language", "")) or ""
    info: dict[str, Any] = {
        "title": first("title", "itunes:title") or sound.partition("?")[0].rpartition("/")[2],
        "channel": channel.get("title") or channel.get("author") or "",
        "duration": _length(first("duration")),
        "thumbnail": next((p.get("href") or "" for p in parts.get("itunes:image", ())), ""),
        "language": language,
        "description": _prose(parts),
        "upload_date": when.strftime("%Y%m%d") if when else "",
        "chapters": [
            {"start_time": seconds(each.get("start", "")) or 0.0, "title": each.get("title", "")}
            for chapters in parts.get("chapters", ())
            for each in chapters
        ],
    }
    video = Video(link.key, link.url, "podcast").known(**metadata_of(info))
    return Episode(
        link,
        video,
        sound,
        page_url=page,
        guid=guid,
        tracks=_tracks(parts.get("transcript", ()), base, language),
        chapters_url=next(
            (_address(p.get("url", ""), base) for p in parts.get("chapters", ())), ""
        ),
        order=when.timestamp() if when else 0.0,
    )


def _sound(parts: Parts, base: str) -> str:
    """Return the address of the audio; "" for none."""
    fitting = [
        (address, kind)
        for url, kind, is_enclosed in _offers(parts)
        if (address := _address(url, base)) and _is_heard(address, kind.lower(), is_enclosed)
    ]
    return min(fitting, key=lambda each: not each[1].startswith("audio/"), default=("", ""))[0]


def _offers(parts: Parts) -> Iterator[tuple[str, str, bool]]:
    """Yield media addresses with their types, and True if they are enclosed as the item's own."""
    for each in parts.get("enclosure", ()):
        told = {name.rpartition("}")[2]: value for name, value in each.items()}
        yield told.get("url") or told.get("resource", ""), told.get("type", ""), True
    for each in parts.get("link", ()):
        if each.get("rel") == "enclosure":
            yield each.get("href", ""), each.get("type", ""), True
    for each in parts.get("alternateEnclosure", ()):
        for source in each:
            yield source.get("uri", ""), each.get("type", ""), True
    in_groups = [e for g in parts.get("group", ()) for e in g if _name(e) == "content"]
    for each in (*parts.get("content", ()), *in_groups):
        yield each.get("url", ""), each.get("type", ""), False


def _is_heard(url: str, kind: str, is_enclosed: bool) -> bool:
    path = url.partition("?")[0].lower()
    ending = f".{path.rpartition('.')[2]}"
    if kind.startswith(("audio/", "video/")):
        return True
    if ending in AUDIO_SUFFIXES | MEDIA_SUFFIXES:
        return not kind.startswith(("image/", "text/"))
    return is_enclosed and kind in _UNTOLD and _PROGRAM.search(path) is not None


def _address(url: str, base: str) -> str:
    """Return an absolute address; "" for one that is not of the web."""
    whole = urljoin(base, url.strip().replace(" ", "%20")) if url.strip() else ""
    return whole if whole.startswith(("http://", "https://")) else ""


def _tracks(
    elements: Iterable[ElementTree.Element], base: str, language: str
) -> tuple[CaptionTrack, ...]:
    """Return the transcripts of an episode, the richest forms first."""
    found: list[tuple[int, CaptionTrack]] = []
    for each in elements:
        url, kind = _address(each.get("url", ""), base), each.get("type", "").lower()
        told = f"{kind} {url.partition('?')[0].lower()}"
        form = next((n for n, form in enumerate(_FORMS) if form in told), len(_FORMS))
        tag = normal_tag(each.get("language", "")) or language
        if url:
            found.append((form, CaptionTrack(tag, TranscriptKind.MANUAL, url=url)))
    return tuple(track for _, track in sorted(found, key=lambda each: each[0]))


def _prose(parts: Parts) -> str:
    """Return the description, a line per paragraph, as chapters are a line each there."""
    for name in ("description", "encoded", "summary", "itunes:summary", "content"):
        for part in parts.get(name, ()):
            said = "".join(part.itertext())
            if said.strip():
                lines = re.sub(r"<(?:br|/p|/li|/div)\b[^<>]{0,99}>", "\n", html.unescape(said))
                return html.unescape(_TAGS.sub("", lines))[:20_000]
    return ""


def _length(text: str) -> float | None:
    if re.fullmatch(r"\d{1,6}(?:\.\d{1,9})?", text):
        return float(text) or None
    return None if "-" in text else seconds(text)


def _when(text: str) -> datetime | None:
    """Return a date of RSS or Atom; None for another text."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            when = read(text.strip())
            return (when if when.tzinfo else when.replace(tzinfo=UTC)).astimezone(UTC)
        except (TypeError, ValueError, IndexError, OverflowError):
            continue
    return None
