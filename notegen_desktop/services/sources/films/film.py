"""Subtitle tracks and chapters of a film."""

from __future__ import annotations

from dataclasses import dataclass

from notegen_desktop.domain.links.video import Chapter

MAX_TEXT_BYTES = 20 * 2**20
"""Maximum bytes of one track's text; that of a film has some 100 KB."""
MAX_ITEMS = 500_000
"""Maximum samples or blocks read of one track, so that a damaged table ends."""


@dataclass(frozen=True, slots=True)
class FilmTrack:
    """A subtitle track. `number` counts the tracks of its film from 1; `language` is a tag."""

    number: int
    language: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Film:
    """The subtitle tracks and chapters of a film."""

    tracks: tuple[FilmTrack, ...] = ()
    chapters: tuple[Chapter, ...] = ()


def chapters_of(rows: list[tuple[float, str]], length_s: float | None) -> tuple[Chapter, ...]:
    """Return chapters from their starts (seconds) and titles: each ends where the next begins."""
    rows = sorted((start, " ".join(title.split())) for start, title in rows if title.strip())
    ends = [start for start, _ in rows[1:]] + [max(length_s or 0.0, rows[-1][0] if rows else 0.0)]
    return tuple(
        Chapter(title, start, end) for (start, title), end in zip(rows, ends, strict=False)
    )
