"""Formulas as scalable outlines, by ziamath, which has a mathematical font."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from notegen_desktop.domain.text.scripts import CJK, SCRIPTS

from . import formulas

MAX_CHARS = 2_000
"""Maximum characters of a drawn formula; one of this length takes 0.5 s."""

MAX_NESTING = 7
"""Maximum nesting of fractions, roots and fences: ziamath's time doubles with each, here to 0.2
s."""

MAX_EM = 100
"""Maximum width and height in em; a larger formula is not drawn."""

_EM = 64
"""Size in pixels at which ziamath sets formulas: it rounds to thousandths."""

_NESTED = formulas.ELEMENTS - {"mi", "mn", "mo", "mrow", "mstyle", "mtd", "mtext", "mtr"}

_SQUARE = "\u2b1b"
"""A character as wide and as high as a Chinese one; its outline is 0.983 em wide, starting at 0.041
em."""

_WITHOUT_SPACES = re.compile(f"[{CJK}{SCRIPTS['Hangul']}\u3000-\u303f\uff00-\uffef]*")
"""Letters that are set one by one; those of other scripts join or change their order."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, the left end of its baseline, and its size."""

    text: str
    x: float
    y: float
    size: float


@dataclass(frozen=True, slots=True)
class Outline:
    """The outline of a formula in em, from the left end of its baseline, with positive values down.

    `shapes` have SVG path data of M, L, Q, Z, and the width of the pen; 0: it is filled. `letters`
    are those that the mathematical font lacks, such as Chinese ones.
    """

    width: float
    ascent: float
    descent: float
    shapes: tuple[tuple[str, float], ...]
    letters: tuple[Letter, ...] = ()


@lru_cache(maxsize=256)
def outline(source: str) -> Outline | None:
    """Return the outline of a formula; None if it cannot be drawn. Never raises. Takes 2 to 20
    ms."""
    read = formulas.mathml(source)
    if not read or len(source) > MAX_CHARS:
        return None
    tree = ElementTree.fromstring(read)
    if _nesting(tree) > MAX_NESTING:
        return None
    from ziamath.config import config  # late: 0.1 s
    from ziamath.zmath import Math, loadedfonts

    config.svg2 = False  # otherwise shapes are shared by reference
    lacking = _covered(tree, lambda letter: not loadedfonts["default"].glyphindex(letter))
    if not _WITHOUT_SPACES.fullmatch(lacking):
        return None
    try:
        svg = Math(tree, size=_EM, margin=0).svgxml()
    except Exception:
        log.info("a formula cannot be drawn", exc_info=True)
        return None
    _, top, width, height = (float(each) / _EM for each in svg.get("viewBox", "").split())
    if max(width, height) > MAX_EM:
        return None
    shapes = [shape for node in svg.iter() if (shape := _shape(node))]
    squares = [_square(data) if lacking and not pen else None for data, pen in shapes]
    places = [square for square in squares if square is not None]
    if len(places) != len(lacking):
        return None  # the formula itself contains a square
    letters = [Letter(text, *place) for text, place in zip(lacking, places, strict=True)]
    shapes = [shape for shape, square in zip(shapes, squares, strict=True) if square is None]
    return Outline(width, -top, height + top, tuple(shapes), tuple(letters))


def _covered(tree: Any, lacks: Callable[[str], bool]) -> str:
    """Replace each letter that the font lacks by a square; return those letters."""
    lacking = ""
    for node in tree.iter():
        missing = [each for each in node.text or "" if lacks(each) and not each.isspace()]
        for letter in missing:
            node.text = node.text.replace(letter, _SQUARE, 1)
        lacking += "".join(missing)
    return lacking


def _square(data: str) -> tuple[float, float, float] | None:
    """Return the position and size of the letter that a square replaces; None for other shapes."""
    points = [numbers for _, numbers in scaled(data) if numbers]
    across, down = {x for x, *_ in points}, {y for _, y, *_ in points}
    if len(across) != 2 or len(down) != 2:
        return None
    side = max(across) - min(across)
    if abs(side - max(down) + min(down)) > 0.001 or side < 0.2:
        return None
    size = side / 0.983
    return min(across) - 0.041 * size, max(down) - 0.185 * size, size


def _nesting(node: Any) -> int:
    tag = node.tag.removeprefix(formulas.MATHML)
    fenced = tag == "mrow" and any(child.get("fence") for child in node)
    return (tag in _NESTED or fenced) + max((_nesting(child) for child in node), default=0)


def _shape(node: Any) -> tuple[str, float] | None:
    pen = float(node.get("stroke-width", 1)) if node.get("stroke", "none") != "none" else 0.0
    if node.tag == "path":
        return node.get("d", ""), pen / _EM
    if node.tag == "rect":
        x, y, width, height = (float(node.get(each, 0)) for each in ("x", "y", "width", "height"))
        return (
            f"M {x} {y} L {x + width} {y} L {x + width} {y + height} L {x} {y + height} Z",
            pen / _EM,
        )
    return None


def scaled(data: str) -> list[tuple[str, list[float]]]:
    """Return path data as commands with their numbers, in em."""
    commands: list[tuple[str, list[float]]] = []
    for word in data.split():
        if word.isalpha():
            commands.append((word, []))
        else:
            commands[-1][1].append(float(word) / _EM)
    return commands
