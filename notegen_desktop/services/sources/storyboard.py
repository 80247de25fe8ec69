"""Storyboards: sheets of small pictures that sites show above the line of a player. Pure.

yt-dlp lists them among a video's formats: `rows` times `columns` tiles of `width` by `height` px a
sheet, the sheets under `fragments`, `fps` tiles a second, mostly one in 2 to 10 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MIN_WIDTH = 140
"""px: nothing is to be recognised on smaller tiles."""


@dataclass(frozen=True, slots=True)
class Storyboard:
    """The sheets of a video: where they are, and how many tiles of which size one has."""

    sheets: tuple[str, ...]
    rows: int
    columns: int
    width: int
    height: int
    tiles_per_s: float

    def places(self, at_s: float) -> list[tuple[int, tuple[int, int, int, int]]]:
        """The sheets, and the boxes on them, of what was shown just before and after a second."""
        found = []
        for tile in (int(at_s * self.tiles_per_s), int(at_s * self.tiles_per_s) + 1):
            sheet, place = divmod(tile, self.rows * self.columns)
            row, column = divmod(place, self.columns)
            left, top = column * self.width, row * self.height
            if sheet < len(self.sheets):
                found.append((sheet, (left, top, left + self.width, top + self.height)))
        return found


def storyboard_in(info: dict[str, Any]) -> Storyboard | None:
    """The one with the largest tiles in what yt-dlp found; None where none is large enough."""
    boards = [board for each in info.get("formats") or () if (board := _board(each))]
    best = max(boards, key=lambda board: board.width, default=None)
    return best if best is not None and best.width >= MIN_WIDTH else None


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
