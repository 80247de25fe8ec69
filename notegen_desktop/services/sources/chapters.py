"""Chapters of a video: as its site lists them, or as its description writes them. Pure."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from notegen_desktop.domain.links.video import Chapter

_LINE = re.compile(
    r"^\W*(?:(?P<title1>\S.*?)\W+)?\(?\[?(?P<time>(?:\d{1,2}:)?\d{1,3}:\d{2})\]?\)?"
    r"(?:\s*[-–—:|.)\]]*\s*(?P<title2>\S.*?))?\s*$"
)
_LEAST = 3
"""YouTube takes three or more times, from 0:00 on and rising, for chapters."""


def chapters_of(info: dict[str, Any], duration_s: float | None) -> tuple[Chapter, ...]:
    """The chapters in what yt-dlp found, each up to the next."""
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
            seconds = 0
            for part in match["time"].split(":"):
                seconds = seconds * 60 + int(part)
            found.append((float(seconds), title.strip(" -–—:|")))
    starts = [start for start, _ in found]
    rising = all(a < b for a, b in pairwise(starts))
    return found if len(found) >= _LEAST and starts[0] == 0 and rising else []


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
