"""The mind map of a note: the title in the middle, a branch for each section, its lists below.

The layout uses widths measured by the caller; exports are OPML, Markdown for Markmap, and SVG.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from html import escape

from notegen_desktop.domain.text.cleaning import clean_for_xml

from .note import Cite, Level, Note, Section
from .statements import markers, plain_line

MAX_CHARS = 120
"""Maximum characters of an entry; longer ones are cut, to keep the map readable."""

ROW_PX, GAP_PX, STEP_PX = 30, 10, 44
"""Pixels: height of an entry; gap between entries of two branches; width of a line between
levels."""

_ITEM = re.compile(r"^([ \t]*)(?:[-*+]|\d{1,3}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(.*)$")


@dataclass(frozen=True, slots=True)
class Branch:
    """An entry. `place` is its unique path: the indexes of the branches that lead to it.

    `cite` is its place in the video, None if unknown.
    """

    words: str
    place: tuple[int, ...] = ()
    cite: Cite | None = None
    branches: tuple[Branch, ...] = ()

    def all(self) -> Iterator[Branch]:
        """Yield this entry and all below it, in reading order."""
        yield self
        for branch in self.branches:
            yield from branch.all()


def mind_map(note: Note, level: Level) -> Branch:
    """Return the map of a note at a level."""
    title = " ".join((note.title or note.video.name).split())
    branches = (_section(section, level, number) for number, section in enumerate(note.sections))
    return Branch(_short(title), branches=tuple(branches))


def _section(section: Section, level: Level, number: int) -> Branch:
    cites = {cite.n: cite for cite in section.cites if cite.n}
    stack: list[tuple[int, list[Branch], tuple[int, ...]]] = [(-1, [], (number,))]
    for line in section.shown_at(level).splitlines():
        if (item := _ITEM.match(line)) is None or not (words := plain_line(item[2])):
            continue
        depth = len(item[1].expandtabs(4))
        while stack[-1][0] >= depth:
            _close(stack)
        named = [cites[n] for n in sorted(markers(item[2])) if n in cites]
        place = (*stack[-1][2], len(stack[-1][1]))
        stack[-1][1].append(Branch(_short(words), place, named[0] if named else None))
        stack.append((depth, [], place))
    while len(stack) > 1:
        _close(stack)
    first = min(section.cites, key=lambda cite: (cite.video_number, cite.start_s), default=None)
    words = _short(plain_line(section.heading)) or "…"
    return Branch(words, (number,), first, tuple(stack[0][1]))


def _close(stack: list[tuple[int, list[Branch], tuple[int, ...]]]) -> None:
    """Attach the entries found below the last entry to it."""
    _, below, _ = stack.pop()
    if below:
        entry = stack[-1][1][-1]
        stack[-1][1][-1] = Branch(entry.words, entry.place, entry.cite, tuple(below))


def _short(words: str) -> str:
    words = clean_for_xml(words)
    return words if len(words) <= MAX_CHARS else words[: MAX_CHARS - 1].rstrip() + "…"


# --- where each entry stands ---


@dataclass(frozen=True, slots=True)
class Placed:
    """An entry in pixels from the upper left; `parent` is the place of its parent entry."""

    branch: Branch
    x: float
    y: float
    width: float
    parent: tuple[int, ...] | None
    is_folded: bool = False

    @property
    def depth(self) -> int:
        return len(self.branch.place)

    @property
    def middle(self) -> float:
        return self.y + ROW_PX / 2


def laid_out(
    root: Branch, measure: Callable[[Branch], float], folded: Collection[tuple[int, ...]] = ()
) -> list[Placed]:
    """Return every visible entry, from left to right; `measure` returns the width of one in pixels.

    Entries below a `folded` place are hidden. An entry is centred beside its children.
    """
    placed: list[Placed] = []
    y = 0.0

    def put(branch: Branch, x: float, parent: tuple[int, ...] | None) -> float:
        """Place an entry and its children; return its middle."""
        nonlocal y
        width = measure(branch)
        is_folded = branch.place in folded and bool(branch.branches)
        at = len(placed)
        placed.append(Placed(branch, x, y, width, parent, is_folded))
        below = () if is_folded else branch.branches
        middles = [put(each, x + width + STEP_PX, branch.place) for each in below]
        if not middles:
            y += ROW_PX
            return y - ROW_PX / 2
        if branch.branches[-1].branches or len(branch.place) == 1:
            y += GAP_PX
        middle = (middles[0] + middles[-1]) / 2
        placed[at] = Placed(branch, x, middle - ROW_PX / 2, width, parent)
        return middle

    put(root, 0.0, None)
    return placed


# --- for other programs ---


def to_opml(root: Branch) -> str:
    """Return an OPML outline, version 2.0, with the seconds of an entry as `start`."""

    def outline(branch: Branch, indent: str) -> str:
        start = f' start="{branch.cite.start_s:g}"' if branch.cite is not None else ""
        head = f'{indent}<outline text="{escape(branch.words)}"{start}'
        if not branch.branches:
            return f"{head}/>\n"
        inner = "".join(outline(each, indent + "  ") for each in branch.branches)
        return f"{head}>\n{inner}{indent}</outline>\n"

    body = "".join(outline(each, "    ") for each in root.branches)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<opml version="2.0">\n'
        f"  <head>\n    <title>{escape(root.words)}</title>\n  </head>\n"
        f"  <body>\n{body}  </body>\n</opml>\n"
    )


def to_markmap(root: Branch, link: Callable[[Cite], str]) -> str:
    """Return Markdown for Markmap; `link` returns the address of a cite, "" for none."""

    def line(branch: Branch) -> str:
        words = re.sub(r"([\\`*_\[\]<>#])", r"\\\1", branch.words)
        href = link(branch.cite) if branch.cite is not None else ""
        return f"[{words}](<{href}>)" if href else words

    lines = [f"# {line(root)}", ""]
    for section in root.branches:
        lines += [f"## {line(section)}", ""]
        below = [each for each in section.all() if each is not section]
        lines += [f"{'  ' * (len(each.place) - 2)}- {line(each)}" for each in below]
        lines += [""] if below else []
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class MapColours:
    """Colours of a drawing, as `#rrggbb`: one of `lines` for each branch in turn."""

    ground: str
    text: str
    lines: tuple[str, ...]

    def line_of(self, place: tuple[int, ...]) -> str:
        return self.lines[place[0] % len(self.lines)] if place else self.text


def curve(parent: Placed, entry: Placed) -> tuple[float, ...]:
    """Return the points of a Bézier curve from an entry to its child, start and end included."""
    left, right = parent.x + parent.width, entry.x
    half = (left + right) / 2
    return left, parent.middle, half, parent.middle, half, entry.middle, right, entry.middle


MARGIN_PX = 24


def to_svg(
    placed: Collection[Placed],
    colours: MapColours,
    *,
    font: str,
    px: int,
    link: Callable[[Cite], str],
) -> str:
    """Return a standalone drawing; entries link to their times by `link`."""
    by_place = {each.branch.place: each for each in placed}
    width = max(each.x + each.width for each in placed) + 2 * MARGIN_PX
    height = max(each.y for each in placed) + ROW_PX + 2 * MARGIN_PX
    lines, words = [], []
    for each in placed:
        colour = colours.line_of(each.branch.place)
        if each.parent is not None:
            x1, y1, *rest = (f"{n:.1f}" for n in curve(by_place[each.parent], each))
            path = f"M{x1} {y1}C{' '.join(rest)}"
            lines.append(f'<path d="{path}" stroke="{colour}" fill="none" stroke-width="1.5"/>')
        weight = 600 if each.depth < 2 else 400
        text = (
            f'<text x="{each.x + 8:.1f}" y="{each.middle + px * 0.36:.1f}" '
            f'font-weight="{weight}">{escape(each.branch.words)}</text>'
        )
        cite = each.branch.cite
        href = link(cite) if cite is not None else ""
        words.append(f'<a href="{escape(href)}">{text}</a>' if href else text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{-MARGIN_PX} {-MARGIN_PX} {width:.0f} {height:.0f}">\n'
        f'<rect x="{-MARGIN_PX}" y="{-MARGIN_PX}" width="100%" height="100%" '
        f'fill="{colours.ground}"/>\n{"".join(lines)}\n'
        f'<g font-family="{escape(font)}" font-size="{px}" fill="{colours.text}">\n'
        f"{chr(10).join(words)}\n</g>\n</svg>\n"
    )
