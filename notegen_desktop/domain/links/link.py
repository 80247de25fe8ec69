"""Links, and the result of parsing a text: links, and rejected pieces with a reason."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import quote, unquote

from notegen_desktop.domain.text.patterns import lazy_pattern
from notegen_desktop.domain.words import _


class LinkKind(StrEnum):
    VIDEO = "video"
    PLAYLIST = "playlist"
    CHANNEL = "channel"
    FILE = "file"
    URL = "url"  # a page that yt-dlp may support
    COURSE = "course"  # several links that are read as one video


@dataclass(frozen=True, slots=True)
class Link:
    """A readable source. `url` is canonical; `start_s` is the start time, in seconds.

    For a file, `url` is its path as given (decoded, unquoted) and `id` depends on that text alone.
    `id` is the provider's own; `key` is unique among all providers. `members` are those of a
    course, in order.
    """

    kind: LinkKind
    provider: str
    id: str
    url: str
    start_s: float | None = None
    members: tuple[Link, ...] = ()

    @property
    def may_have_parts(self) -> bool:
        """True if only the site knows whether this is one video or several: a page, or a film on
        Bilibili without the number of a part."""
        if self.provider in ("file", "youtube", "course"):
            return False
        is_film = self.kind is LinkKind.VIDEO and self.provider == "bilibili"
        return self.kind is LinkKind.URL or (is_film and "?p=" not in self.url)

    @property
    def key(self) -> str:
        """Unique among providers and kinds: YouTube videos, files, pages, courses keep their id."""
        if self.provider in ("file", "web", "course") or (
            self.provider == "youtube" and self.kind is LinkKind.VIDEO
        ):
            return self.id
        prefix = self.provider if self.kind is LinkKind.VIDEO else f"{self.provider}-{self.kind}"
        return f"{prefix}-{self.id}"


@dataclass(frozen=True, slots=True)
class Reject:
    """A piece of text that cannot be used, and the reason, for users."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class FoundLinks:
    links: tuple[Link, ...] = ()
    rejects: tuple[Reject, ...] = ()


class Refused(Exception):
    """An address or path that is refused; its message is the reason shown."""


# Names of channels; none ends in a mark that would be taken for the sentence's.
NAME = lazy_pattern(r"[\w.\-]{0,99}[\w\-]", re.ASCII)
HANDLE = lazy_pattern(r"@[\w.·\-]{0,59}[\w\-]")


def no_video_on(site: str) -> Refused:
    return Refused(
        _(
            "This is a page of {site}, but there is no video, playlist or channel in its address."
        ).format(site=site)
    )


def clipped(text: str) -> str:
    """Return the beginning of a text, as a reject shows it."""
    return text if len(text) <= 120 else text[:117] + "…"


def own_list() -> Refused:
    return Refused(_("This list belongs to your own account and cannot be read from outside."))


# --- Files named in a pasted or dropped text ---

TABLE_SUFFIXES = (".csv", ".tsv", ".xml")
"""Formats of recognizers and video sites, and of many other programs: ignored in folders."""
CAPTION_SUFFIXES = frozenset(TABLE_SUFFIXES).union(
    ".vtt .srt .json3 .txt .sbv .lrc .ass .ssa .ttml .dfxp .smi .sub".split(),
    ".stl .scc .itt .eaf .textgrid .json .jsonl .docx .odt .rtf .md .text".split(),
    ".srv1 .srv2 .srv3".split(),
)
AUDIO_SUFFIXES = frozenset(".mp3 .m4a .aac .wav .ogg .oga .opus .flac .wma".split())
MEDIA_SUFFIXES = AUDIO_SUFFIXES.union(
    ".mp4 .m4v .mkv .webm .mov .avi .wmv .mpg .mpeg .flv .3gp .ogv".split()
)
_MEDIA_TYPES = {
    **{".mp4": "video/mp4", ".m4v": "video/mp4", ".webm": "video/webm", ".mov": "video/mov"},
    **{".avi": "video/avi", ".wmv": "video/wmv", ".mpg": "video/mpg", ".mpeg": "video/mpeg"},
    **{".flv": "video/x-flv", ".3gp": "video/3gpp"},
    **{".mp3": "audio/mp3", ".m4a": "audio/m4a", ".aac": "audio/aac", ".wav": "audio/wav"},
    **{".ogg": "audio/ogg", ".oga": "audio/ogg", ".opus": "audio/ogg", ".flac": "audio/flac"},
}
"""The formats of films and recordings that Gemini accepts, with its documented names."""

FEED_SUFFIXES = (".rss", ".atom", ".opml", ".xml")
"""Podcast files: saved feeds, and lists of subscriptions; `.xml` may be captions, too."""
SHORTCUT_SUFFIXES = frozenset(
    {".url", ".webloc", ".desktop", ".html", ".htm", ".opml", ".rss", ".atom"}
)
"""Files that contain links instead of being a source; parsed by `drops.links_in_file`."""

MAX_PATH = 1024
LINE_END = lazy_pattern(r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
PATH_START = lazy_pattern(r"(?:[A-Za-z]:[\\/]|\\\\[^\\]|/.|~[\\/]|\.{1,2}[\\/])")

_SUFFIX = lazy_pattern(r"\.[A-Za-z0-9]{1,8}$")
_SHELL_ESCAPE = lazy_pattern(r"\\+(?=[ ()\[\]{}&'\"!$;*?#<>|`])")


def file_link(path: str, *, is_text_file: bool = False) -> Link:
    """Return the link of a file by its path, on which alone the id depends. Raises Refused, with
    the reason.

    `is_text_file`: a file without an extension was read and may contain text.

    A path whose bytes are not UTF-8, as Python represents it, becomes a `file:` URI in the link:
    that is valid text, which can be stored and shown.
    """
    if path.startswith(("/", "~", "./", "../")):
        path = _SHELL_ESCAPE.sub("", path)  # dropped on, or copied from, a terminal
    if not path.strip() or "://" in path or LINE_END.search(path) or "\x00" in path:
        raise Refused(_("This is not the path of a file."))
    if len(path) > MAX_PATH:
        raise Refused(_("This path is too long."))
    suffix = suffix_of(path)
    if not has_known_suffix(path) and (suffix or not is_text_file):
        if not suffix:
            raise Refused(_("This is a folder, or a file without an ending such as .vtt or .mp4."))
        if suffix == ".zip":
            raise Refused(_("This is an archive: unpack it first, then name the folder."))
        raise Refused(
            _(
                "Files that end in {suffix} cannot be read; captions and transcripts (.vtt, "
                ".srt, .txt, .docx and others), video and audio files can."
            ).format(suffix=suffix)
        )
    digest = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return Link(LinkKind.FILE, "file", f"file-{digest}", text_of_path(path))


def folder_link(path: str) -> Link:
    """Return a folder as the list of its readable files."""
    digest = hashlib.sha256(path.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return Link(LinkKind.PLAYLIST, "folder", digest, text_of_path(path))


def text_of_path(path: str) -> str:
    """Return the path itself, or its `file:` URI if its bytes are not UTF-8; it must be
    absolute."""
    return path if is_text(path) else f"file://{quote(path, errors='surrogateescape')}"


def is_text(path: str) -> bool:
    """Return True if a file name is valid text: on Linux it may be any bytes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def suffix_of(path: str) -> str:
    """Return the extension of a path in lower case, with its dot; "" if it has none."""
    match = _SUFFIX.search(path[-12:])
    return match[0].lower() if match else ""


def has_known_suffix(path: str) -> bool:
    """Return True if a path has the extension of a readable file."""
    suffix = suffix_of(path)
    return suffix in CAPTION_SUFFIXES | MEDIA_SUFFIXES | SHORTCUT_SUFFIXES


def media_type(path: str) -> str:
    """Return the media type for giving a film or recording to a model; "" if it is not accepted."""
    return _MEDIA_TYPES.get(suffix_of(path), "")


def path_of_address(address: str) -> str:
    """Return the path in the address of a file link: a path as it is, or a `file:` URI."""
    return path_of_uri(address[5:]) if address[:5].lower() == "file:" else address


def path_of_uri(rest: str) -> str:
    """Return the path of a `file:` URI, given without its scheme."""
    host = ""
    if rest.startswith("//"):
        host, _, tail = rest[2:].partition("/")
        rest = "/" + tail
    if not has_known_suffix(rest):
        rest = rest.partition("?")[0].partition("#")[0]
    path = unquote(rest, errors="surrogateescape")
    if re.match(r"/[A-Za-z][:|][\\/]", path):
        path = path[1] + ":" + path[3:]
    if re.fullmatch(r"[A-Za-z]:", host):
        return host + path
    if host and host.lower() != "localhost":
        return f"//{unquote(host)}{path}"
    return path
