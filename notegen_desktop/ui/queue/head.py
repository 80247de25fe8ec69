"""The line above the jobs: how the whole stands, and what can be done about all of them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from notegen_desktop.ui.kit.build import button, hbox, icon_button, progress_bar, vbox
from notegen_desktop.ui.kit.elided import ElidedLabel
from notegen_desktop.ui.kit.segmented import Segmented
from notegen_desktop.ui.kit.theme import set_icon, style

from .model import Show

HEAD_PX = 44
"""Height of the first line, so that it does not jump when its buttons come and go."""


class QueueHead(QWidget):
    """Words, progress and buttons; a second line with a filter for long queues.

    Signals: `cancel_all_wanted()`, `retry_failed_wanted()`, `pause_wanted(bool)`,
    `grid_wanted(bool)` when the other view is wanted, `filter_chosen(Show)`.
    """

    cancel_all_wanted = Signal()
    retry_failed_wanted = Signal()
    pause_wanted = Signal(bool)
    grid_wanted = Signal(bool)
    filter_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._paused = False
        self._grid = False
        self.words = ElidedLabel(name="overallWords", role="strong")
        self.remaining = ElidedLabel(name="remainingLabel", role="muted")
        self.remaining.setAccessibleName("Time left and cost")
        self.progress = progress_bar("overallProgress", "Overall progress")
        self.progress.setMinimumWidth(32)
        self.retry_failed = button(
            "Retry failed",
            "retryFailedButton",
            kind="link",
            icon="rotate-ccw",
            pressed=self.retry_failed_wanted,
        )
        self.pause = button(
            "",
            "pauseButton",
            kind="ghost",
            pressed=lambda: self.pause_wanted.emit(not self._paused),
        )
        self.cancel_all = button(
            "Cancel all", "cancelAllButton", kind="ghost", pressed=self.cancel_all_wanted
        )
        self.switch = icon_button(
            name="queueViewButton", pressed=lambda: self.grid_wanted.emit(not self._grid)
        )
        self.filter = Segmented(
            ((Show.ALL, "All"), (Show.RUNNING, "Running"), (Show.FAILED, "Failed"))
        )
        self.filter.setObjectName("queueFilter")
        self.filter.setAccessibleName("Videos shown")
        self.filter.chosen.connect(lambda key: self.filter_chosen.emit(Show(key)))

        self._rest = QWidget()  # keeps what follows on the right when there is no bar
        buttons = hbox(self.pause, self.cancel_all, self.switch, spacing=4)
        self._first = hbox(self.words, self._rest, buttons, spacing=12)
        self._second = hbox(self.filter, None, spacing=12)
        vbox(self._first, self._second, margins=(24, 8, 20, 4), spacing=6, on=self)
        self.setMinimumHeight(HEAD_PX)
        self.show_paused(paused=False)
        self.show_view(grid=False, may_switch=False)

    def show_state(self, words: str, remaining: str, *, active: bool, failed: int) -> None:
        """What is said, and which buttons make sense."""
        self.words.setText(words)
        self.remaining.setText(remaining)
        self.remaining.setVisible(bool(remaining))
        self.progress.setVisible(active)
        self._rest.setVisible(self._grid or not active)
        self.cancel_all.setVisible(active)
        self.pause.setVisible(active)
        self.retry_failed.setVisible(failed > 1)
        self.filter.button(Show.FAILED).setText(f"Failed {failed:,}" if failed else "Failed")

    def show_paused(self, *, paused: bool) -> None:
        self._paused = paused
        self.pause.setText("Go on" if paused else "Pause")
        self.pause.setToolTip(
            "Send what waits"
            if paused
            else "Send nothing more, not even the next part of a note; answers under way are kept"
        )
        set_icon(self.pause, "play" if paused else "pause", size=14)
        style(self.progress, tone="muted" if paused else "")

    def show_view(self, *, grid: bool, may_switch: bool) -> None:
        """Which view is shown, and whether there is a choice."""
        self._grid = grid
        self.filter.setVisible(grid)
        self._place(self._second if grid else self._first)
        self.switch.setVisible(may_switch)
        words = "Show as cards" if grid else "Show as a table"
        self.switch.setToolTip(words)
        self.switch.setAccessibleName(words)
        set_icon(self.switch, "layout-list" if grid else "layout-grid")

    def _place(self, line: QHBoxLayout) -> None:
        """A long queue has more to say: its bar and its times go to a line of their own."""
        at = 1
        for widget, stretch in ((self.remaining, 0), (self.progress, 1), (self.retry_failed, 0)):
            for other in (self._first, self._second):
                other.removeWidget(widget)
            if widget is self.retry_failed:
                at += 1  # after the empty space
            line.insertWidget(at, widget, stretch)
            at += 1
        self._first.setStretchFactor(self._rest, 1)
