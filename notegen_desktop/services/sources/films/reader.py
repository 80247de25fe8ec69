"""Reads the tracks and chapters of a film, and the text of one track. Blocking.

Only headers and the subtitles themselves are read, so that a film of gigabytes takes seconds. Never
raises for a damaged file: its readable parts are returned.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import BinaryIO

from .film import Film
from .matroska import MATROSKA_SUFFIXES, Matroska
from .mp4 import MP4_SUFFIXES, Mp4

_BROKEN = (OSError, struct.error, ValueError, LookupError, OverflowError, zlib.error)


def film_of(path: Path, length_s: float | None = None) -> Film:
    """Return the subtitle tracks and chapters of a film; empty if they cannot be read."""
    try:
        with path.open("rb") as file:
            opened = _opened(file, path)
            return Film() if opened is None else Film(opened.tracks(), opened.chapters(length_s))
    except _BROKEN:
        return Film()


def captions_in(path: Path, number: int) -> str:
    """Return the text of a track as SubRip; "" if there is none. Raises OSError."""
    rows: list[tuple[float, float, str]] = []
    with path.open("rb") as file:
        try:
            opened = _opened(file, path)
            for row in opened.words(number) if opened is not None else ():
                rows.append(row)
        except _BROKEN:  # damaged from here on; the cues before are good
            pass
    return "\n".join(
        f"{at}\n{_clock(start)} --> {_clock(end)}\n{text}\n"
        for at, (start, end, text) in enumerate(rows, 1)
    )


def _opened(file: BinaryIO, path: Path) -> Mp4 | Matroska | None:
    suffix = path.suffix.lower()
    if suffix in MATROSKA_SUFFIXES:
        return Matroska(file)
    return Mp4(file) if suffix in MP4_SUFFIXES else None


def _clock(seconds: float) -> str:
    thousandths = max(0, round(seconds * 1000))
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // 1000:02},{rest % 1000:03}"
