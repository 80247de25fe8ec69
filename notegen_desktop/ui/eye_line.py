"""Where in a page the eyes are, so that two pages can be kept at the same words. Pure.

It is a third down the page. At the ends of a text it moves up to its first line and down to its
last, or else those could never be reached together. All in px; `value` is that of the scroll bar,
`most` its greatest.
"""

from __future__ import annotations

from bisect import bisect_right

EYE = 1 / 3


def eye_at(value: float, *, page: float, most: float) -> float:
    """The height in the text at which the eyes are when it is scrolled so far."""
    values, eyes = _knots(page, most)
    return _between(value, values, eyes)


def value_for(eye: float, *, page: float, most: float) -> float:
    """How far to scroll to have the eyes at a height in the text."""
    values, eyes = _knots(page, most)
    return _between(eye, eyes, values)


def _knots(page: float, most: float) -> tuple[list[float], list[float]]:
    run = min(page, most / 2)
    values = [0.0, run, most - run, most]
    return values, [0.0, run + EYE * page, most - run + EYE * page, most + page]


def _between(x: float, xs: list[float], ys: list[float]) -> float:
    """On the line through the points; beyond its ends, its ends."""
    n = bisect_right(xs, x)
    if n == 0:
        return ys[0]
    if n == len(xs):
        return ys[-1]
    span = xs[n] - xs[n - 1]
    return ys[n - 1] + (ys[n] - ys[n - 1]) * (x - xs[n - 1]) / span if span > 0 else ys[n]
