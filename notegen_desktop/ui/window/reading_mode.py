"""Reading mode: only the page of a note. F11 toggles it, Escape or a button ends it."""

from __future__ import annotations

from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtWidgets import QWidget

from notegen_desktop.domain.words import _
from notegen_desktop.ui.kit.build import hbox, icon_button
from notegen_desktop.ui.kit.commands import command
from notegen_desktop.ui.kit.widgets import Floating, identify
from notegen_desktop.ui.notes.result_tabs import ResultTabs

from .desk import Desk
from .side_panes.reading import Reading
from .workspace import TopBar

MARGIN_PX = 12
SCROLL_BAR_PX = 12


class ReadingMode(QObject):
    """Hides everything around the page, and shows it again on request."""

    def __init__(self, window: QWidget, top: TopBar, desk: Desk, reading: Reading) -> None:
        """`top` is the bar above the pages of the `window`."""
        super().__init__(window)
        self.is_on = False
        self._top, self._desk, self._reading = top, desk, reading
        self._results = reading.results
        self._leave_button: LeaveButton | None = None
        self.action = command(window, _("Reading mode"), self.toggle, "F11", group="Window")
        self.action.setObjectName("readingModeAction")
        self.action.setCheckable(True)
        self._show_possible("")
        top.read.clicked.connect(self.toggle)
        desk.rail_wanted.connect(self.leave)
        reading.beside_wanted.connect(self.leave)
        self._results.shown_changed.connect(self._show_possible)

    def toggle(self) -> None:
        self._set(not self.is_on)

    def leave(self) -> None:
        self._set(False)

    def _show_possible(self, key: str) -> None:
        """Enable reading mode while a note is shown."""
        self.action.setEnabled(bool(key))
        self._top.read.setEnabled(bool(key))
        if not key:
            self.leave()

    def _set(self, on: bool) -> None:
        on = on and self._results.page_shown is not None
        self.action.setChecked(on)
        if on is self.is_on:
            return
        self.is_on = on
        self._top.setVisible(not on)
        self._desk.rail.setVisible(not on)
        self._reading.side_column.set_suppressed(on)
        self._results.set_bare(on)
        page = self._results.page_shown
        if on and page is not None:
            page.view.setFocus(Qt.FocusReason.OtherFocusReason)
        if self._leave_button is None:
            self._leave_button = LeaveButton(self, self._results)
        self._leave_button.setVisible(on)
        self._leave_button.place()
        self._leave_button.raise_()


class LeaveButton(Floating):
    """Button in the corner of the page that ends reading mode."""

    def __init__(self, mode: ReadingMode, over: ResultTabs) -> None:
        super().__init__(over)
        self.setProperty("plane", "popover")
        leave = icon_button(
            "minimize",
            _("Leave reading mode (F11)"),
            name="leaveReadingButton",
            pressed=mode.leave,
        )
        leave.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # Escape does the same
        hbox(leave, on=self)
        identify(self)

    def place_on(self, over: QWidget) -> QRect:
        size = self.sizeHint()
        left = over.width() - size.width() - MARGIN_PX - SCROLL_BAR_PX
        return QRect(left, MARGIN_PX, size.width(), size.height())
