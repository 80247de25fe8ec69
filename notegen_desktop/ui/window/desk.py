"""The two columns of the window: the rail on the left and the reading area.

The user can fold the rail; it also folds by itself if a narrow window has a note to read and the
rail is not needed. It unfolds when the window is wide again, unless folded by the user.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSplitter, QWidget

from notegen_desktop.ui.kit.theme import scaled

from .rail import MIN_PX, STRIP_PX, Rail

RAIL_PX = 360
"""Default width of the rail in pixels."""

RAIL_SHARE, RAIL_MAX_PX = 0.25, 520
"""Default share of a large window for the rail, and its maximum width in pixels."""

MAX_SHARE = 0.6
"""Maximum share of the width that the user can give the rail."""

NARROW_PX = 1000
"""Window width in pixels below which rail and note do not fit side by side."""


class Desk(QSplitter):
    """Splitter with `rail` and `right`.

    Signals: `rail_wanted()` when the user folds, unfolds or switches the rail.
    """

    rail_wanted = Signal()

    def __init__(self, rail: Rail, right: QWidget, *, needs_rail: Callable[[], bool]) -> None:
        """The rail does not fold by itself while `needs_rail` returns True."""
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName("mainSplitter")
        self.setChildrenCollapsible(False)
        self.rail = rail
        self._needs_rail = needs_rail
        self._own_px: int | None = None  # width set by the user
        self._by_hand: bool | None = None  # folded by the user; None: automatic
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
        """Fold or unfold the rail."""
        self.rail_wanted.emit()
        self._fold_by_hand(not self.rail.is_folded)

    def open_rail(self, page: str) -> None:
        """Show a page of the rail and unfold it."""
        self.rail_wanted.emit()
        self.rail.show_page(page)
        self._fold_by_hand(False)

    def turn_rail(self, page: str) -> None:
        """Show a page of the rail; a rail unfolded by the user may fold by itself again."""
        self.rail.show_page(page)
        self._crowded = False
        if self._by_hand is False:
            self._by_hand = None
        self.settle()

    def show_has_note(self, has_note: bool) -> None:
        """Set whether the right column shows a note."""
        self._has_note = has_note
        self.settle()

    def restore(self, state: QSettings) -> None:
        """Restore the state saved by `remember`."""
        width = str(state.value("rail/width", ""))
        if width.isdigit() and int(width) != RAIL_PX:  # earlier versions stored the default
            self._own_px = min(4000, max(MIN_PX, int(width)))
            self._share_out()
        if str(state.value("rail/folded", "")) == "true":
            self._fold_by_hand(True)

    def remember(self, state: QSettings) -> None:
        state.setValue("rail/width", str(self._own_px or ""))
        state.setValue("rail/folded", "true" if self._by_hand else "false")

    def settle(self) -> None:
        """Fold or unfold the rail by the available width or the user's choice."""
        narrow = self._has_note and self.width() < NARROW_PX
        # A folded rail stays folded while jobs run, so that nothing moves unexpectedly.
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
        """Set the widths of the columns."""
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
