"""What goes on at this moment: requests, limits, tokens and cost, the database's connections.

A card that lies over the right upper corner of its page while it is open.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLabel, QWidget

from notegen_desktop.domain.text.quantities import count, dollars, duration, tokens_words
from notegen_desktop.services.ports import Activity, Today
from notegen_desktop.ui.kit.build import grid, hbox, icon_button, label, vbox
from notegen_desktop.ui.kit.theme import style
from notegen_desktop.ui.kit.widgets import Floating

WIDTH_PX = 356
MARGIN_PX = 12

ROWS = (
    ("now", "Now"),
    ("session", "This session"),
    ("limits", "Refused or failed"),
    ("cost", "Cost this session"),
    ("today", "Today"),
    ("pool", "Database"),
)


class ActivityPanel(Floating):
    """Obeys `show_activity` and `show_today`.

    Signals: `opened()` when it is shown and wants news, `closed()`.
    """

    opened = Signal()
    closed = Signal()

    def __init__(self, over: QWidget) -> None:
        """It keeps to the right upper corner of `over`."""
        super().__init__(over)
        self.setObjectName("activityPanel")
        self.setAccessibleName("Activity")
        self.setProperty("plane", "popover")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        close = icon_button(
            "x",
            "Close (Esc)",
            name="activityClose",
            says="Close activity",
            size=14,
            pressed=self.close_panel,
        )
        self._values: dict[str, QLabel] = {}
        layout = grid(spacing=(16, 8))
        for row, (key, words) in enumerate(ROWS):
            value = label("–", f"activity:{key}", wrap=True, selectable=True)
            value.setAccessibleDescription(words)
            layout.addWidget(label(words, role="caption"), row, 0, Qt.AlignmentFlag.AlignTop)
            layout.addWidget(value, row, 1)
            self._values[key] = value
        self._pace = label("", "activity:pace", role="caption", tone="warning", wrap=True)
        vbox(
            hbox((label("Activity", role="heading"), 1), close),
            layout,
            self._pace,
            margins=(16, 10, 12, 14),
            spacing=10,
            on=self,
        )

    def show_activity(self, now: Activity, *, paused: bool) -> None:
        """How it stands at the gate and at the database."""
        at_once = "one at a time" if now.at_once == 1 else f"up to {now.at_once} at once"
        self._say("now", f"{now.in_flight} in flight, {now.waiting} waiting\n{at_once}")
        again = f", {now.retries} of them again" if now.retries else ""
        self._say("session", f"{count(now.requests, 'request')}{again}\n{_tokens(now)}")
        trouble = bool(now.rate_limited or now.failed)
        refused = f"{now.rate_limited} rate limited, {now.failed} failed" if trouble else "None"
        self._say("limits", refused)
        style(self._values["limits"], tone="warning" if trouble else "")
        cost = dollars(now.spent.cost_usd) if now.spent.cost_usd else "Nothing"
        if now.estimated_usd:
            cost += f"\n{dollars(now.estimated_usd)} expected"
        self._say("cost", cost)
        if now.pool is not None:
            pool = f"{now.pool.in_use} of {count(now.pool.most, 'connection')} in use"
            self._say("pool", pool + (f", {now.pool.waiting} waiting" if now.pool.waiting else ""))
        words = "Paused: nothing more is sent." if paused else ""
        if now.sequential_because:
            reason = now.sequential_because.rstrip(".")
            words = f"{reason}, so notes are written one at a time until it goes well again."
        if now.slept_s:
            words = f"Your computer slept for {duration(now.slept_s)}; going on."
        self._pace.setText(words)
        self._pace.setVisible(bool(words))
        self.place()

    def show_today(self, today: Today) -> None:
        """What all windows on this library took today."""
        words = f"{count(today.requests, 'request')}\n{tokens_words(today.tokens)} tokens"
        cost = f", {dollars(today.cost_usd)}" if today.cost_usd else ""
        self._say("today", words + cost)
        self.place()

    def set_open(self, shown: bool) -> None:
        if shown:
            self.place()
            self.show()
            self.raise_()
            self.setFocus(Qt.FocusReason.PopupFocusReason)
            self.opened.emit()
        else:
            self.close_panel()

    def close_panel(self) -> None:
        if not self.isHidden():
            self.hide()
            self.closed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.close_panel()
        else:
            super().keyPressEvent(event)

    # --- inside ---

    def _say(self, key: str, words: str) -> None:
        if self._values[key].text() != words:
            self._values[key].setText(words)

    def place_on(self, over: QWidget) -> QRect:
        left = max(0, over.width() - WIDTH_PX - MARGIN_PX)
        return QRect(left, 2, WIDTH_PX, self.height_at(WIDTH_PX))


def _tokens(now: Activity) -> str:
    """`24,000 tokens in (18,000 cached)` and, on the next line, `6,000 tokens out`."""
    spent = now.spent
    cached = (
        f" ({tokens_words(spent.cached_tokens)}\N{NO-BREAK SPACE}cached)"
        if spent.cached_tokens
        else ""
    )
    written = tokens_words(spent.output_tokens + spent.thought_tokens)
    return f"{tokens_words(spent.input_tokens)} tokens in{cached}\n{written} tokens out"
