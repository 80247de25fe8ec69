"""Smooth scrolling of views to near positions.

Far positions are reached at once, and so are all if the settings or the desktop ask for reduced
motion.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right

from PySide6.QtCore import QEasingCurve, QPropertyAnimation
from PySide6.QtWidgets import QAbstractScrollArea

from notegen_desktop.domain.settings.settings import Settings
from notegen_desktop.domain.settings.table import MOTION
from notegen_desktop.services.machine.desktop.motion import prefers_reduced_motion

from .tasks import Tasks, in_thread

DURATION_MS = 220
MAX_SMOOTH_PAGES = 3
"""Distance in pages above which the view jumps instead of scrolling smoothly."""

MAX_STEP_PAGES = 0.5
"""Distance in pages up to which a view that follows another one jumps; above it scrolls
smoothly."""


_still = False


def keep_still(still: bool) -> None:
    """Switch smooth scrolling off or on: motion on the screen makes some people ill."""
    global _still  # noqa: PLW0603 - one setting for the whole process
    _still = still


class SmoothScroll(QPropertyAnimation):
    """Animation of a view's vertical scroll bar. Wheel, keys or the scroll bar stop it."""

    def __init__(self, view: QAbstractScrollArea) -> None:
        super().__init__(view.verticalScrollBar(), b"value", view)
        self._view = view
        self._jumping = False
        self.setDuration(DURATION_MS)
        self.setEasingCurve(QEasingCurve.Type.OutCubic)
        view.verticalScrollBar().actionTriggered.connect(self.stop)

    @property
    def moves(self) -> bool:
        """True while the animation, not the user, moves the view."""
        return self._jumping or self.state() is QPropertyAnimation.State.Running

    def to(self, value: int) -> None:
        """Scroll to a value of the scroll bar."""
        bar = self._view.verticalScrollBar()
        self.stop()
        value = min(max(bar.minimum(), value), bar.maximum())
        pages = abs(value - bar.value()) / max(1, self._view.viewport().height())
        if pages > MAX_SMOOTH_PAGES or not self._view.isVisible() or _still:
            self.jump(value)
        elif value != bar.value():
            self.setStartValue(bar.value())
            self.setEndValue(value)
            self.start()

    def follow(self, value: int) -> None:
        """Follow another view that scrolls step by step; small steps are taken at once."""
        bar = self._view.verticalScrollBar()
        if abs(value - bar.value()) <= MAX_STEP_PAGES * self._view.viewport().height():
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


READING_LINE = 1 / 3
"""Height at which the user reads, as a fraction of the page; it moves to the first and last line at
the ends of a text."""


def reading_line_at(value: float, *, page: float, most: float) -> float:
    """Return the position in the text at the reading line for a value of the scroll bar, in
    pixels."""
    values, eyes = _knots(page, most)
    return _between(value, values, eyes)


def scroll_value_for(eye: float, *, page: float, most: float) -> float:
    """Return the value of the scroll bar that puts a position of the text at the reading line."""
    values, eyes = _knots(page, most)
    return _between(eye, eyes, values)


def _knots(page: float, most: float) -> tuple[list[float], list[float]]:
    run = min(page, most / 2)
    values = [0.0, run, most - run, most]
    return values, [0.0, run + READING_LINE * page, most - run + READING_LINE * page, most + page]


def _between(x: float, xs: list[float], ys: list[float]) -> float:
    """Interpolate linearly between the points; constant beyond the first and the last."""
    n = bisect_right(xs, x)
    if n == 0:
        return ys[0]
    if n == len(xs):
        return ys[-1]
    span = xs[n] - xs[n - 1]
    return ys[n - 1] + (ys[n] - ys[n - 1]) * (x - xs[n - 1]) / span if span > 0 else ys[n]


# --- Reduced motion ---


class Motion:
    """Applies the setting for motion, or the desktop's preference, to `keep_still`."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._wish = ""
        self._desktop_still = False

    def take_settings(self, settings: Settings) -> None:
        self._wish = settings.text(MOTION)
        self._keep()

    def ask_desktop(self) -> asyncio.Task[None] | None:
        """Query the desktop in a thread after the window is shown: it may answer slowly."""
        return self._tasks.start(in_thread(prefers_reduced_motion), done=self._take_desktop)

    def _take_desktop(self, still: bool) -> None:
        self._desktop_still = still
        self._keep()

    def _keep(self) -> None:
        keep_still(self._wish == "reduced" or (self._wish == "system" and self._desktop_still))
