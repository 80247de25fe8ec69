"""Formulas as outlines that are drawn at any size, by ziamath, which has a font for mathematics."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from xml.etree import ElementTree

from . import formulas

MAX_CHARS = 1_000
"""Longer formulas are not drawn; this one takes 0.2 s."""

MAX_NESTING = 7
"""Fractions within roots within fences: ziamath's time doubles with each, here to 0.2 s."""

MAX_EM = 100
"""A formula that says it is wider or higher is none that anyone reads."""

_EM = 64
"""Size at which ziamath sets, in its px: it rounds to thousandths."""

_NESTED = formulas.ELEMENTS - {"mi", "mn", "mo", "mrow", "mstyle", "mtd", "mtext", "mtr"}

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outline:
    """A formula in sizes of its text (em), from the left end of its baseline, down is positive.

    `shapes` have SVG path data of M, L, Q, Z, and how broad a pen draws it; 0: it is filled.
    """

    width: float
    ascent: float
    descent: float
    shapes: tuple[tuple[str, float], ...]


@lru_cache(maxsize=1024)
def outline(source: str) -> Outline | None:
    """The outline of a formula; None where it cannot be drawn. Never raises. Takes 2 to 20 ms."""
    read = formulas.mathml(source)
    if not read or len(source) > MAX_CHARS:
        return None
    tree = ElementTree.fromstring(read)
    if _nesting(tree) > MAX_NESTING:
        return None
    from ziamath.config import config  # late: 0.1 s
    from ziamath.zmath import Math

    config.svg2 = False  # or shapes are named once and used by reference
    try:
        svg = Math(tree, size=_EM, margin=0).svgxml()
    except Exception:
        log.info("a formula cannot be drawn", exc_info=True)
        return None
    _, top, width, height = (float(each) / _EM for each in svg.get("viewBox", "").split())
    if max(width, height) > MAX_EM:
        return None
    shapes = tuple(shape for node in svg.iter() if (shape := _shape(node)))
    return Outline(width, -top, height + top, shapes)


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
    """Path data as commands with their numbers, in em."""
    commands: list[tuple[str, list[float]]] = []
    for word in data.split():
        if word.isalpha():
            commands.append((word, []))
        else:
            commands[-1][1].append(float(word) / _EM)
    return commands
