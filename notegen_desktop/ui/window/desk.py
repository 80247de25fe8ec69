"""The two columns of the window: the rail, and the rest, which belongs to what is read.

The rail folds by hand; and by itself where a narrow window has a note to read and the rail has
nothing more to show. It comes back when the window is wide again, unless it was folded by hand.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from notegen_desktop.ui.kit.theme import scaled

from .rail import MIN_PX, STRIP_PX, Rail

RAIL_PX = 360
"""The least width that the rail has by itself."""

RAIL_SHARE, RAIL_MAX_PX = 0.25, 520
"""Of a large window it takes this share, so that titles on it are whole, and no more than that."""

MAX_SHARE = 0.6
"""The share of the width that the rail can be given by hand."""

NARROW_PX = 1000
"""In a narrower window there is no room for rail and note side by side."""


class Desk(QSplitter):
    """Lays out `rail` and `right`.

    Signals: `rail_wanted()` the rail is folded, opened or turned to a page by hand.
    """

    rail_wanted = Signal()

    def __init__(self, rail: Rail, right: QWidget, *, needs_rail: Callable[[], bool]) -> None:
        """While `needs_rail`, it does not fold by itself."""
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName("mainSplitter")
        self.setChildrenCollapsible(False)
        self.rail = rail
        self._needs_rail = needs_rail
        self._own_px: int | None = None  # as it was dragged by hand
        self._by_hand: bool | None = None  # folded or not; None: as there is room
        self._has_note = False
        self._crowded = False
        self.addWidget(rail)
        self.addWidget(right)
        self.setStretchFactor(0, 0)
        self.setStretchFactor(1, 1)
        self.setSizes([RAIL_PX, 920])
        rail.toggle.clicked.connect(self.toggle_rail)
        rail.page_wanted.connect(self.open_rail)
        self.splitterMoved.connect(self._keep_width)

    def toggle_rail(self) -> None:
        """Fold the rail, or open it."""
        self.rail_wanted.emit()
        self._fold_by_hand(not self.rail.is_folded)

    def open_rail(self, page: str) -> None:
        """Show a page of the rail, and open it for that."""
        self.rail_wanted.emit()
        self.rail.show_page(page)
        self._fold_by_hand(False)

    def turn_rail(self, page: str) -> None:
        """Show a page of the rail; what was opened though there is little room is due to fold."""
        self.rail.show_page(page)
        self._crowded = False
        if self._by_hand is False:
            self._by_hand = None
        self.settle()

    def show_has_note(self, has_note: bool) -> None:
        """Whether there is something to read in the right column."""
        self._has_note = has_note
        self.settle()

    def restore(self, state: QSettings) -> None:
        """Take over what `remember` kept."""
        width = str(state.value("rail/width", ""))
        if width.isdigit() and int(width) != RAIL_PX:  # which was kept when nobody had chosen it
            self._own_px = min(4000, max(MIN_PX, int(width)))
            self._share_out()
        if str(state.value("rail/folded", "")) == "true":
            self._fold_by_hand(True)

    def remember(self, state: QSettings) -> None:
        state.setValue("rail/width", str(self._own_px or ""))
        state.setValue("rail/folded", "true" if self._by_hand else "false")

    def settle(self) -> None:
        """Fold or open the rail as there is room, or as was chosen by hand."""
        narrow = self._has_note and self.width() < NARROW_PX
        # What has folded stays so though a note is written again: nothing moves under the hand.
        crowded = narrow and (self._crowded or not self._needs_rail())
        if crowded is not self._crowded:
            self._crowded = crowded
            if self._by_hand is False:
                self._by_hand = None
        folded = crowded if self._by_hand is None else self._by_hand
        self.rail.set_max_width(int(self.width() * MAX_SHARE))
        if folded is not self.rail.is_folded:
            self.rail.set_folded(folded)
            self._share_out()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.settle()
        self._share_out()

    def _share_out(self) -> None:
        """Give each column its width."""
        own = self._own_px or max(
            RAIL_PX + (scaled(RAIL_PX) - RAIL_PX) * 2 // 3,
            min(RAIL_MAX_PX, round(self.width() * RAIL_SHARE)),
        )
        width = STRIP_PX if self.rail.is_folded else min(own, int(self.width() * MAX_SHARE))
        self.setSizes([width, max(1, self.width() - width)])

    def _fold_by_hand(self, folded: bool) -> None:
        self._by_hand = folded if folded is not self._crowded else None
        self.settle()

    def _keep_width(self) -> None:
        if not self.rail.is_folded:
            self._own_px = self.rail.width()
