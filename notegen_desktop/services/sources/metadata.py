"""Converts yt-dlp's facts about a video: title, length, captions, chapters, storyboard.

Pure.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from urllib.parse import parse_qs, urlparse

from notegen_desktop.domain.links.video import Chapter, clock_seconds
from notegen_desktop.domain.text.languages import normal_tag, primary
from notegen_desktop.domain.text.transcript import CaptionTrack, TranscriptKind

FORMATS = ("json3", "vtt", "srt")
"""Formats that our reader supports, the richest first."""
_LINE = re.compile(
    r"^\W*(?:(?P<title1>\S.*?)\W+)?\(?\[?(?P<time>(?:\d{1,2}:)?\d{1,3}:\d{2})\]?\)?"
    r"(?:\s*[-–—:|.)\]]*\s*(?P<title2>\S.*?))?\s*$"
)
_MIN_CHAPTERS = 3
"""YouTube takes three or more times, from 0:00 on and rising, for chapters."""


def metadata_of(info: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of `Video.known`; the length is in seconds."""
    duration = info.get("duration")
    seconds = float(duration) if isinstance(duration, (int, float)) and duration > 0 else None
    pictures = [t for t in info.get("thumbnails") or [] if isinstance(t, dict)]
    thumbnail = info.get("thumbnail") or (pictures[-1].get("url") if pictures else "")
    return {
        "title": str(info.get("title") or ""),
        "channel": str(info.get("channel") or info.get("uploader") or ""),
        "duration_s": seconds,
        "thumbnail_url": str(thumbnail or ""),
        "language": original_language(info),
        "chapters": chapters_of(info, seconds),
        "description": _prose(str(info.get("description") or "")),
        "published": _date(str(info.get("upload_date") or "")),
    }


def _date(digits: str) -> str:
    """Return an ISO date from `20261130`; "" for other texts."""
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:8]}" if re.fullmatch(r"\d{8}", digits) else ""


MAX_DESCRIPTION = 1200
"""Maximum characters stored of a description; the rest is mostly advertisement."""


def _prose(description: str) -> str:
    """Return a description without its lists of links, times and hashtags."""
    lines = (line.strip() for line in description.split("\n"))
    said = [
        line
        for line in lines
        if not ("://" in line or line[:1] == "#" or (":" in line and _LINE.match(line)))
    ]
    return " ".join(" ".join(said).split())[:MAX_DESCRIPTION]


def original_language(info: dict[str, Any]) -> str:
    """Return the spoken language, if the site names it, else ""."""
    for code in info.get("automatic_captions") or {}:
        if code.endswith("-orig"):
            return str(code).removesuffix("-orig")
    return str(info.get("language") or "")


def tracks_in(info: dict[str, Any]) -> list[CaptionTrack]:
    """Return the tracks that yt-dlp found, in its order; translations are marked."""
    original = original_language(info)
    tracks: list[CaptionTrack] = []
    for key, kind in (
        ("subtitles", TranscriptKind.MANUAL),
        ("automatic_captions", TranscriptKind.AUTOMATIC),
    ):
        for code, forms in (info.get(key) or {}).items():
            form = _best_form(forms)
            if form is None or code == "live_chat":
                continue
            language = _tag(str(code or "").removeprefix("ai-").removesuffix("-orig"))
            url = str(form.get("url") or "")
            automatic = kind is TranscriptKind.AUTOMATIC or _by_machine(info, str(code))
            made = TranscriptKind.AUTOMATIC if automatic else kind
            foreign = automatic and original and primary(language) != primary(original)
            if foreign or "tlang" in parse_qs(urlparse(url).query):
                made = TranscriptKind.TRANSLATED
            track = CaptionTrack(
                language, made, str(form.get("name") or ""), url, str(form.get("data") or "")
            )
            if not any((t.language, t.kind) == (language, made) for t in tracks):
                tracks.append(track)
    return tracks


def _by_machine(info: dict[str, Any], code: str) -> bool:
    """Return True for machine captions listed as manual: Vimeo and Bilibili mark them, TikTok's all
    are.

    Manual captions of TikTok come in a form that is not read.
    """
    marked = code.endswith("-x-autogen") or code.startswith("ai-")
    return marked or info.get("extractor_key") == "TikTok"


def _tag(code: str) -> str:
    """Return the language tag of a track: YouTube's `en-a1B2c3` for a second English track is
    `en`."""
    return normal_tag(code) or normal_tag(code.partition("-")[0]) or code


def _best_form(forms: Any) -> dict[str, Any] | None:
    known = [f for f in forms or [] if isinstance(f, dict) and _format(f) in FORMATS]
    known = [f for f in known if f.get("url") or f.get("data")]
    return min(known, key=lambda f: FORMATS.index(_format(f)), default=None)


def _format(form: dict[str, Any]) -> str:
    """Return the format of captions; if the page does not name it, the extension of their
    address."""
    path = urlparse(str(form.get("url") or "")).path
    return str(form.get("ext") or path.rpartition(".")[2]).lower()


# --- Chapters: as the site lists them, or as the description writes them ---


def chapters_of(info: dict[str, Any], duration_s: float | None) -> tuple[Chapter, ...]:
    """Return the chapters that yt-dlp found, each up to the next."""
    listed = [
        (float(c["start_time"]), str(c.get("title") or ""))
        for c in info.get("chapters") or []
        if isinstance(c, dict) and isinstance(c.get("start_time"), (int, float))
    ]
    return _closed(listed or _described(str(info.get("description") or "")), duration_s)


def _described(description: str) -> list[tuple[float, str]]:
    found: list[tuple[float, str]] = []
    for line in description.split("\n"):
        match = _LINE.match(line.strip()) if ":" in line and len(line) < 300 else None
        if match:
            title = match["title2"] or match["title1"] or ""
            found.append((clock_seconds(match["time"]), title.strip(" -–—:|")))
    starts = [start for start, _ in found]
    rising = all(a < b for a, b in pairwise(starts))
    return found if len(found) >= _MIN_CHAPTERS and starts[0] == 0 and rising else []


def _closed(starts: list[tuple[float, str]], duration_s: float | None) -> tuple[Chapter, ...]:
    if duration_s:
        starts = [(start, title) for start, title in starts if start < duration_s]
    ends = [start for start, _ in starts[1:]]
    if starts:
        ends.append(max(duration_s or 0.0, starts[-1][0]))
    return tuple(
        Chapter(title or f"Chapter {number}", start, end)
        for number, ((start, title), end) in enumerate(zip(starts, ends, strict=True), 1)
    )


# --- Lists ---

NEWEST = 30
"""Videos of a channel that are checked for new ones; the newest come first there."""
WHOLE = 1000
"""Videos of a playlist that are checked, as new ones may be anywhere in it: ten requests at
most."""


def is_out(entry: dict[str, Any]) -> bool:
    """Return True if a listed video can be read: no premiere to come, and not live right now."""
    return entry.get("live_status") not in ("is_live", "is_upcoming")


# --- Storyboards: sheets of small pictures that sites show above the line of a player ---

MIN_TILE_WIDTH = 140
"""Minimum width of tiles in pixels: smaller ones are unrecognizable."""


@dataclass(frozen=True, slots=True)
class Storyboard:
    """The storyboard sheets of a video: their addresses, and number and size (pixels) of their
    tiles.

    yt-dlp lists them among the formats: `rows` times `columns` tiles per sheet, the sheets under
    `fragments`, `fps` tiles per second, mostly one in 2 to 10 s.
    """

    sheets: tuple[str, ...]
    rows: int
    columns: int
    width: int
    height: int
    tiles_per_s: float

    def places(self, at_s: float) -> list[tuple[int, tuple[int, int, int, int]]]:
        """Return the sheets, and the boxes on them, of the tiles just before and after a second."""
        found = []
        for tile in (int(at_s * self.tiles_per_s), int(at_s * self.tiles_per_s) + 1):
            sheet, place = divmod(tile, self.rows * self.columns)
            row, column = divmod(place, self.columns)
            left, top = column * self.width, row * self.height
            if sheet < len(self.sheets):
                found.append((sheet, (left, top, left + self.width, top + self.height)))
        return found


def storyboard_in(info: dict[str, Any]) -> Storyboard | None:
    """Return the storyboard with the largest tiles that yt-dlp found; None if none is large
    enough."""
    boards = [board for each in info.get("formats") or () if (board := _board(each))]
    best = max(boards, key=lambda board: board.width, default=None)
    return best if best is not None and best.width >= MIN_TILE_WIDTH else None


def _board(form: Any) -> Storyboard | None:
    if not isinstance(form, dict) or not str(form.get("format_id", "")).startswith("sb"):
        return None
    sheets: list[Any] = [f.get("url") for f in form.get("fragments") or () if isinstance(f, dict)]
    sizes: list[Any] = [form.get(key) for key in ("rows", "columns", "width", "height", "fps")]
    if not sheets or not all(isinstance(url, str) for url in sheets):
        return None
    if not all(isinstance(size, (int, float)) and size > 0 for size in sizes):
        return None
    rows, columns, width, height, fps = sizes
    return Storyboard(tuple(sheets), int(rows), int(columns), int(width), int(height), float(fps))
