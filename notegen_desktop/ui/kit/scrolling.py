"""Takes a view to another place: gently where that is near, at once where it is far."""

from __future__ import annotations

from bisect import bisect_right

from PySide6.QtCore import QEasingCurve, QPropertyAnimation
from PySide6.QtWidgets import QAbstractScrollArea

GLIDE_MS = 220
GLIDE_PAGES = 3
"""Farther than so many pages the view jumps: a blur of words helps nobody to keep the place."""

STEP_PAGES = 0.5
"""What is taken along goes so far in one step; more than that it glides."""


class Glide(QPropertyAnimation):
    """Moves one view. A hand on the view ends it: wheel, keys or scroll bar."""

    def __init__(self, view: QAbstractScrollArea) -> None:
        super().__init__(view.verticalScrollBar(), b"value", view)
        self._view = view
        self._jumping = False
        self.setDuration(GLIDE_MS)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        view.verticalScrollBar().actionTriggered.connect(self.stop)

    @property
    def moves(self) -> bool:
        """Whether it is the glide, and no hand, that moves the view now."""
        return self._jumping or self.state() is QPropertyAnimation.State.Running

    def to(self, value: int) -> None:
        """Go to a value of the scroll bar."""
        bar = self._view.verticalScrollBar()
        self.stop()
        value = min(max(bar.minimum(), value), bar.maximum())
        pages = abs(value - bar.value()) / max(1, self._view.viewport().height())
        if pages > GLIDE_PAGES or not self._view.isVisible():
            self.jump(value)
        elif value != bar.value():
            self.setStartValue(bar.value())
            self.setEndValue(value)
            self.start()

    def along(self, value: int) -> None:
        """Follow who moves step by step: no glide for a small one."""
        bar = self._view.verticalScrollBar()
        if abs(value - bar.value()) <= STEP_PAGES * self._view.viewport().height():
            self.stop()
            self.jump(value)
        else:
            self.to(value)

    def jump(self, value: int) -> None:
        self._jumping = True
        try:
            self._view.verticalScrollBar().setValue(value)
        finally:
            self._jumping = False


# --- Where in a page the eyes are ---

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
