"""Parse pasted or dropped text into links, without duplicates, and rejected entries.

The text is read line by line. A line is either the path of a file or text with any number of
addresses in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote

from notegen_desktop.domain.text.cleaning import paired, unescaped
from notegen_desktop.domain.text.patterns import lazy_pattern
from notegen_desktop.domain.text.quantities import number
from notegen_desktop.domain.text.scripts import CJK
from notegen_desktop.domain.words import N_, _, ngettext

from .addresses import MAX_URL, candidates, decoded, strip_tail
from .hosts import SITES, YOUTUBE_WATCH
from .link import (
    LINE_END,
    MAX_PATH,
    PATH_START,
    FoundLinks,
    Link,
    Refused,
    Reject,
    clipped,
    file_link,
    has_known_suffix,
    path_of_uri,
)
from .podcasts import SCHEMES, as_feed
from .sites import resolve

_MAX_REJECTS = 50

_INVISIBLES = "\u00ad\ufeff" + "".join(
    chr(c)
    for a, b in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x2069))
    for c in range(a, b + 1)
)
_INVISIBLE = lazy_pattern(f"[{_INVISIBLES}]")
_FILE_URI = lazy_pattern(r"file:/", re.IGNORECASE)
WORD = lazy_pattern(r"[^\W\d_]{2,}")
_WIDE = lazy_pattern(f"[{CJK}]")
_QUOTED = lazy_pattern(r"'([^'\n]{1,1024})'|\"([^\"\n]{1,1024})\"")
_COMMON_ENDINGS = lazy_pattern(
    r"^[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}"
    r"\.(?:com|org|net|edu|gov|io|tv|co|info|dev|app|me|de|fr|es|it|nl|uk|eu|ch|at|jp|cn|kr|br|in|ru"
    r"|ca|au|us)(?:[/?:#]\S*)?$",
    re.IGNORECASE,
)

_TIME_LINE = lazy_pattern(r"^\W{0,4}(?:\d{1,2}:)?\d{1,2}:\d{2}\b\S*|-->.*$")
_ADDRESS = lazy_pattern(r"\w+:/\S+")
MIN_WORDS_PER_TIME = 4
"""Minimum words after each timestamp for a text to count as a transcript; a chapter title has two
or three."""
MIN_WORDS = 40
"""Minimum words for a pasted text without a link to be a source of its own."""

NOTHING = N_("There is no link and no file in this text. Paste the address of a video.")
EMPTY = N_("There is no text. Paste the address of a video.")


def provider_of(url: str) -> str:
    """Return the provider guessed from an address alone; "file" for a path."""
    link = next(iter(find_links(url).links), None)
    if link is not None:
        return link.provider
    return "web" if url.startswith(("http://", "https://")) else "file"


def find_links(text: str) -> FoundLinks:
    """Return every link in `text`, in order and without duplicates. Never raises.

    Words around links are skipped. In a list (most lines are a link and nothing else), a line
    without a link becomes a reject; lines that begin with `#` are comments there.
    """
    return _find(text, trusted=True)


def _find(text: str, *, trusted: bool) -> FoundLinks:
    collector = _LinkCollector()
    text = _repair_addresses(paired(text).replace("\0", "\n"))
    lines = [line.strip().strip(_INVISIBLES).strip() for line in LINE_END.split(text)]
    lines = list(dict.fromkeys(line for line in lines if line))
    lines = [_expand_id(line) for line in lines]
    ids = [each.strip() for line in lines for each in re.split("[,;]", line.strip(" ,;"))]
    if ids and all(map(_looks_like_video_id, ids)):
        for line in ids:
            collector.add_address(f"{YOUTUBE_WATCH}{line}", line)
        return collector.found()
    unlinked: list[str] = []
    whole = 0
    for line in lines:
        before = len(collector.links) + collector.doubles + len(collector.rejects)
        rest = _read_line(line, collector, alone=len(lines) == 1, trusted=trusted)
        if len(collector.links) + collector.doubles + len(collector.rejects) == before:
            unlinked.append(line)
        elif len(rest) <= 3:
            whole += 1
    listed = [line for line in unlinked if not line.startswith("#")]
    if whole and whole * 2 >= len(lines):
        for line in listed:
            collector.refuse(line, _("There is no link in this line."))
    if not collector.links and not collector.rejects:
        collector.refuse(" ".join(lines[:3]), NOTHING if lines else EMPTY)
    return collector.found()


def is_speech(text: str) -> bool:
    """Return True if a text without links is long enough to make notes of, not a mistyped
    address."""
    return _words_in(text[:20_000]) >= MIN_WORDS


def is_source(text: str, found: FoundLinks) -> bool:
    """Return True if a pasted text is itself a source to make notes of; `found` are the links in
    it.

    True for a text without links, and for a transcript that mentions a few: its lines are several
    words with timestamps, while a chat has links and a list of chapters has short titles.
    """
    if not found.links and is_speech(text):
        return True
    lines = [line for line in LINE_END.split(text[:100_000]) if line.strip()]
    timed = [at for at, line in enumerate(lines) if _TIME_LINE.search(line[:80])]
    if len(timed) < 3 or len(timed) * 4 < len(lines) or len(found.links) * 4 > len(timed):
        return False
    words = [_words_in(_ADDRESS.sub(" ", _TIME_LINE.sub(" ", line))) for line in [*lines, ""]]
    return sum(words[at] or words[at + 1] for at in timed) >= MIN_WORDS_PER_TIME * len(timed)


def _words_in(text: str) -> int:
    return len(WORD.findall(text)) + len(_WIDE.findall(text)) // 2


@dataclass(slots=True)
class _LinkCollector:
    """Collects links and rejects while a text is parsed, without duplicates."""

    links: dict[str, Link] = field(default_factory=dict)
    rejects: dict[Reject, None] = field(default_factory=dict)
    doubles: int = 0
    left_out: int = 0
    seen: set[str] = field(default_factory=set)

    def add(self, link: Link) -> None:
        self.doubles += link.key in self.links
        self.links.setdefault(link.key, link)

    def add_address(self, address: str, shown: str, *, feed: bool = False) -> None:
        """Resolve an address and add its links, or a reject. With `feed`, a plain web page is taken
        for the feed of a podcast."""
        if address in self.seen:
            self.doubles += 1
            return
        self.seen.add(address)
        try:
            links = resolve(address)
        except Refused as refusal:
            self.refuse(shown, str(refusal))
            return
        for link in links:
            self.add(as_feed(link) if feed else link)

    def add_path(self, path: str, shown: str) -> None:
        try:
            self.add(file_link(path))
        except Refused as refusal:
            self.refuse(shown, str(refusal))

    def refuse(self, text: str, reason: str) -> None:
        reject = Reject(clipped(text), reason)
        if len(self.rejects) >= _MAX_REJECTS and reject not in self.rejects:
            self.left_out += 1
            return
        self.rejects.setdefault(reject)

    def found(self) -> FoundLinks:
        rejects = tuple(self.rejects)
        if self.left_out:
            rejects += (
                Reject(
                    "…",
                    ngettext(
                        "{n} more piece could not be used.",
                        "{n} more pieces could not be used.",
                        self.left_out,
                    ).format(n=number(self.left_out)),
                ),
            )
        return FoundLinks(tuple(self.links.values()), rejects)


_ARCHIVED = {
    "youtube": YOUTUBE_WATCH,
    "vimeo": "https://vimeo.com/",
    "dailymotion": "https://www.dailymotion.com/video/",
    "bilibili": "https://www.bilibili.com/video/",
    "tiktok": "https://www.tiktok.com/@_/video/",
    "twitchvod": "https://www.twitch.tv/videos/",
    "twitchclips": "https://clips.twitch.tv/",
}
"""Site names in a yt-dlp download archive (lines of the form `youtube ID`), and their addresses."""


_LIST = lazy_pattern(r"(?:PL|OLAK5uy_|RDCLAK5uy_|TLGG)[\w-]{14,48}")


def _expand_id(line: str) -> str:
    """Return the address of a bare id or of a line of a yt-dlp archive; other lines unchanged."""
    if _LIST.fullmatch(line) and re.search(r"\d", line):
        return f"https://www.youtube.com/playlist?list={line}"
    if found := _ID_ALONE.fullmatch(line):
        return f"{YOUTUBE_WATCH}{found[1] or found[3]}{found[2] or ''}"
    if re.fullmatch(r"UC[\w-]{21}[AQgw]", line, re.ASCII):
        return f"https://www.youtube.com/channel/{line}"
    if re.fullmatch(r"BV1[A-Za-z0-9]{9}|av[0-9]{5,12}", line):
        return f"{_ARCHIVED['bilibili']}{line}"
    site, _, video = line.partition(" ")
    if site in _ARCHIVED and re.fullmatch(r"[\w-]{5,24}", video):
        return f"{_ARCHIVED[site]}{video.removeprefix('v') if site == 'twitchvod' else video}"
    return line


_ID_ALONE = re.compile(
    r"(?:/?(?:watch)?\?)?v=([A-Za-z0-9_-]{11})(&[^\s<>]*)?|(?:yt|ytdl):(?://)?([A-Za-z0-9_-]{11})"
)
_MAILED = re.compile(r"\bv=3D[\w-]{11}(?![\w-])")
_SITE = "|".join(map(re.escape, SITES))
_SCHEME_MISSPELLED = re.compile(
    rf"(?<![\w/.=%:])(?:h+(?:t+|xx)ps?[:;]?/{{1,3}}){{1,2}}(?=(?:[\w-]{{1,30}}\.){{0,2}}(?:{_SITE})[/?])",
    re.IGNORECASE,
)
_APART = re.compile(
    r"(\byoutu\.be/|\byoutube\.com/(?:watch\?v=|shorts/|live/|embed/|v/))\s{1,4}([\w-]{11})(?![\w-])"
)
_PAGE_APART = re.compile(r"(\byoutube\.com/)\s{1,4}(?=(?:watch|playlist)\?|(?:shorts|live)/)")
_HOST_APART = re.compile(r"\b(youtube|youtu|vimeo)(?:\. |,|\[\.\])(com|be)(?=/\S)")
_SHELL_ESCAPE = re.compile(r"(?<=[\w%-])\\(?=[?&=]\w)")
_MARKED_ID = re.compile(
    r"(?:\[youtube\b[^\]\n]{0,40}\]|\{\{<? ?youtube[ >:]+(?:id=)?|\{% ?youtube )"
    r"\"?([\w-]{11})(?![\w-])"
)


def _repair_addresses(text: str) -> str:
    """Return `text` with broken addresses repaired: wrapped at the end of a line, encoded as
    quoted-printable, with a blank inside, with a misspelled scheme, or as a wiki template."""
    if _MAILED.search(text):
        text = re.sub(r"=\r?\n", "", text).replace("=3D", "=")
    if "youtu" in text or "vimeo" in text:
        text = _HOST_APART.sub(r"\1.\2", text)
        text = _SHELL_ESCAPE.sub("", _PAGE_APART.sub(r"\1", text))
        text = _APART.sub(lambda m: m[1] + m[2] if _looks_like_video_id(m[2]) else m[0], text)
        text = _MARKED_ID.sub(lambda m: f" {YOUTUBE_WATCH}{m[1]} ", text)
    return _SCHEME_MISSPELLED.sub("https://", text)


def _looks_like_video_id(text: str) -> bool:
    """Return True for eleven characters that are no word, number or name: letters with digits or
    capitals."""
    return bool(
        re.fullmatch(r"[A-Za-z0-9_-]{11}", text)
        and re.search(r"[A-Za-z]", text)
        and re.search(r"[0-9]|[a-z][A-Z]|[A-Z]{2}[a-z]", text)
        and not re.fullmatch(r"[A-Za-z]+[-_]?[0-9]{1,4}|[0-9]{1,4}[-_]?[A-Za-z]+", text)
    )


def _read_line(line: str, collector: _LinkCollector, *, alone: bool, trusted: bool) -> str:
    """Collect the links of a line; return the rest of the line."""
    if trusted and len(line) <= MAX_PATH and (path := _whole_path(line)):
        collector.add_path(path, line)
        return ""
    line = _INVISIBLE.sub("", line)
    rest = ""
    place = 0
    for start, end, piece in candidates(line):
        rest += line[place:start]
        place = end
        _take(piece, collector, trusted=trusted)
    if place:
        return (rest + line[place:]).strip()
    if trusted and (quoted := _quoted_paths(line)):
        for path in quoted:
            collector.add_path(path, path)
        return ""
    bare = _unquote(line)
    if trusted and len(bare) <= MAX_PATH and PATH_START.match(bare) and not bare.startswith("//"):
        collector.add_path(bare, line)
        return ""
    return "" if _read_word(bare, collector, alone=alone, trusted=trusted) else line


def _whole_path(line: str) -> str:
    """Return the path if the whole line is one, blanks included, with the extension of a readable
    file."""
    if line[:5].lower() == "file:":
        path = path_of_uri(line[5:])
        return path if has_known_suffix(path) and len(_FILE_URI.findall(line)) == 1 else ""
    if line[0] in "\"'" and line.count(line[0]) > 2:
        return ""
    bare = _unquote(line)
    return bare if PATH_START.match(bare) and has_known_suffix(bare) and "://" not in bare else ""


def _read_word(bare: str, collector: _LinkCollector, *, alone: bool, trusted: bool) -> bool:
    """Read a line without a marker as a site without its scheme, or as the name of a file."""
    single = not re.search(r"\s", bare)
    if single and len(bare) <= MAX_URL and "@" not in bare:
        word = strip_tail(bare)
        hostlike = bool(_COMMON_ENDINGS.match(word))
        if hostlike and ("/" in word or not has_known_suffix(word)):
            collector.add_address(word, bare)
            return True
    if trusted and (single or alone) and len(bare) <= MAX_PATH and has_known_suffix(bare):
        collector.add_path(bare, bare)
        return True
    return False


def _take(piece: str, collector: _LinkCollector, *, trusted: bool) -> None:
    """Collect one address, of any scheme."""
    shown = piece
    piece = _unescape(decoded(piece))
    scheme, colon, rest = piece.partition(":")
    scheme = scheme.lower() if colon and re.fullmatch(r"[A-Za-z][\w+.\-]*", scheme) else ""
    if scheme == "notegen":
        _open_own(rest, collector, shown)
    elif scheme == "file":
        if trusted:
            collector.add_path(path_of_uri(rest), shown)
        else:
            collector.refuse(shown, _("A web page may not name files of this computer."))
    elif scheme == "view-source":
        _take(rest, collector, trusted=trusted)
    elif scheme in ("vnd.youtube", "youtube"):
        tail = rest.lstrip("/")
        spelled = tail if re.match(r"(www\.|m\.)?youtu", tail) else f"www.youtube.com/{tail}"
        bare_id = re.match(r"[\w-]{11}(?![\w-])", tail)
        collector.add_address(
            f"https://youtu.be/{tail}" if bare_id else f"https://{spelled}", shown
        )
    elif scheme in SCHEMES:
        spelled = rest.lstrip("/")
        collector.add_address(
            spelled if "://" in spelled else f"http://{spelled}", shown, feed=True
        )
    elif scheme == "blob":
        collector.refuse(
            shown, _("This address is only valid inside the browser tab that made it.")
        )
    elif scheme in _SHARES:
        collector.refuse(
            shown,
            _(
                "Links that begin with {scheme}: lead to a file on another computer. Connect its "
                "folder to this one, or copy the file here, then drop it."
            ).format(scheme=scheme),
        )
    elif scheme == "mailto" and (sent := _sent_by_mail(rest)):
        for link in sent:
            collector.add(link)
    elif scheme in _SCRIPTS:
        collector.refuse(
            shown, _("Links that begin with {scheme}: are not opened.").format(scheme=scheme)
        )
    elif scheme not in ("", "http", "https") and (carried := _CARRIED.match(rest)):
        _take(carried[1], collector, trusted=False)
    elif scheme not in ("", "http", "https") and _KNOWN_SITE.match(rest):
        collector.add_address(f"https://{rest.lstrip('/')}", shown)
    elif scheme == "android-app" and (opened := _OPENED_BY.match(rest)):
        _take(f"{opened[1]}://{opened[2]}", collector, trusted=False)
    elif scheme == "intent":
        _take(f"https:{rest.partition('#Intent')[0]}", collector, trusted=False)
    elif scheme in ("http", "https") and not rest.strip("/"):
        collector.refuse(shown, _("This address is not whole."))
    else:
        collector.add_address(piece, shown)


def _sent_by_mail(rest: str) -> tuple[Link, ...]:
    """Return the links in the text of a `mailto:` address; a nested `mailto:` is ignored."""
    words = unquote(rest)
    return () if "mailto:" in words.casefold() else _find(words, trusted=False).links


_CARRIED = lazy_pattern(r"/*(https?(?::|%3a).*)", re.IGNORECASE)
"""A whole address behind the scheme of a media player: `vlc://https://…`."""
_OPENED_BY = lazy_pattern(r"/*[\w.]+/(https?)/(.+)")
"""An address for a program of Android: `android-app://its.name/https/www.example.org/…`."""
_KNOWN_SITE = re.compile(rf"/*(?:[\w-]{{1,30}}\.)?(?:{_SITE})/", re.IGNORECASE)
_SHARES = frozenset({"smb", "afp", "nfs", "sftp", "ftp", "dav", "davs", "mtp", "gvfs"})
_SCRIPTS = frozenset({"javascript", "vbscript", "data", "mailto", "magnet", "tel"})


def _open_own(rest: str, collector: _LinkCollector, shown: str) -> None:
    """Read `notegen://add?url=…`, by which web pages and scripts hand over links; files are
    refused."""
    __, __, query = rest.partition("?")
    pairs = parse_qsl(query[:MAX_URL], max_num_fields=None)[:100]
    wanted = [value for name, value in pairs if name in ("url", "text", "v")]
    direct = rest.lstrip("/")
    if not wanted and re.match(r"https?:?//|www\.|youtu", direct):
        wanted = [re.sub(r"^(https?):?/+", r"\1://", direct)]
    if not wanted:
        collector.refuse(
            shown, _("This NoteGen link names no video; it should be notegen://add?url=….")
        )
    for value in wanted:
        if value.lstrip().lower().startswith("notegen:"):
            collector.refuse(shown, _("This link hides another link too many times."))
            continue
        found = _find(value, trusted=False)
        for link in found.links:
            collector.add(link)
        for reject in found.rejects:
            collector.refuse(reject.text, reject.reason)


def _unescape(piece: str) -> str:
    """Return `piece` without HTML entities and JSON escapes, cut where these reveal its end."""
    for __ in range(4):
        if "&" not in piece:
            break
        plain = re.sub(r"&(?:amp;)+", "&", piece)
        plain = unescaped(plain)
        if plain == piece:
            break
        piece = plain
    if "\\" in piece:
        piece = re.sub(
            r"\\u([0-9A-Fa-f]{4})", lambda m: chr(int(m[1], 16)) if m[1] < "00FF" else "", piece
        ).replace("\\/", "/")
    end = re.search(r"[\s<>\"{}|^`\\]", piece)
    return strip_tail(piece[: end.start()] if end else piece)


def _unquote(line: str) -> str:
    if len(line) > 2 and line[0] == line[-1] and line[0] in "\"'`":
        return line[1:-1].strip()
    return line


def _quoted_paths(line: str) -> list[str]:
    """Return the quoted paths of a drop from a file manager onto a terminal."""
    pieces = [a or b for a, b in _QUOTED.findall(line[: 64 * MAX_PATH])]
    return [p for p in pieces if PATH_START.match(p) and "://" not in p]
