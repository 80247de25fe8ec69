"""Exports the mind map of a note: as a drawing, an outline, and Markdown for Markmap."""

from __future__ import annotations

from collections.abc import Callable

from notegen_desktop.domain.notes.mind_map import (
    Branch,
    MapColours,
    laid_out,
    mind_map,
    to_markmap,
    to_opml,
    to_svg,
)
from notegen_desktop.domain.notes.note import Cite, Level, Note

PX = 15
COLOURS = MapColours("#ffffff", "#1f2328", ("#2f5fd0", "#1a7f37", "#9a6700", "#cf222e", "#57606a"))


def svg(note: Note, level: Level) -> bytes:
    placed = laid_out(mind_map(note, level), _width)
    return to_svg(placed, COLOURS, font="sans-serif", px=PX, link=_links(note)).encode()


def opml(note: Note, level: Level) -> bytes:
    return to_opml(mind_map(note, level)).encode()


def markmap(note: Note, level: Level) -> bytes:
    return to_markmap(mind_map(note, level), _links(note)).encode()


def _width(branch: Branch) -> float:
    """Return the width in pixels, estimated without a font: enough for wide letters."""
    widths = (1.0 if ord(char) > 0x1100 else 0.6 for char in branch.words)
    return 16 + PX * sum(widths)


def _links(note: Note) -> Callable[[Cite], str]:
    """Return a function from a cite to the address of its time in the video."""
    return lambda cite: (cite.video or note.video).link_at(cite.start_s)
