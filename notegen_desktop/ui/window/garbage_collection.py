"""Garbage is collected in the window's thread and nowhere else.

Python collects in whatever thread happens to make the objects that are too many. A dead widget that
is part of a cycle would then be taken apart in a worker thread, which ends a Qt program at once.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 500


class Collector(QObject):
    """Collects on a timer of the thread it was made in, while `start`ed; then puts things back.

    Each turn collects the generations that Python itself would have, so a quiet program does
    nothing.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._was_on = gc.isenabled()

    def start(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        self._timer.stop()
        gc.collect()
        if self._was_on:
            gc.enable()

    def collect(self) -> None:
        """The oldest generation that is due, with all younger ones."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation]:
                gc.collect(generation)
                return
